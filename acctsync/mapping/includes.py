"""Puts a mapping together from its own file, the files it includes, and `like:` between records."""

from __future__ import annotations

from pathlib import Path

from acctsync.errors import Problem
from acctsync.mapping.grammar import similar
from acctsync.mapping.tree import Node, Section, Series, Text, TreeRefused, read

_PRESETS = "presets/"

# How many levels of keys are put together, section by section; below them one side is taken whole.
_LEVELS = {"books": 1, "sources": 2, "records": 3, "accounting": 2, "checks": 1, "push": 1}


def assembled(path: Path, name: str) -> tuple[Section, list[Problem]]:
    """Read a mapping with everything it includes; what the file itself says wins."""
    section, problems = read(path, name)
    for place in _included(section):
        other, found = _include(place, path.parent)
        problems.extend(found)
        if other is not None:
            section = _put_together(section, other)
    section, found = _with_likes(section)
    return section, [*problems, *found]


def _included(section: Section) -> list[Text]:
    node = section.entries.get("include")
    return (
        [item for item in node.items if isinstance(item, Text)] if isinstance(node, Series) else []
    )


def _include(wanted: Text, folder: Path) -> tuple[Section | None, list[Problem]]:
    name = wanted.value
    parts = name.split("/")
    if name.startswith(("/", "~")) or ".." in parts or "$" in name or "\\" in name:
        message = f"include: {name} leads out of the mapping's folder"
        hint = "name a file beside the mapping, or presets/NAME"
        return None, [Problem(code="MAP010", message=message, hint=hint, location=wanted.place)]
    try:
        own = folder / name
        if own.is_file():
            section, problems = read(own, str(own))
        elif name.startswith(_PRESETS):
            section, problems = _preset(wanted)
        else:
            return None, [_not_found(wanted, "")]
    except TreeRefused as error:
        return None, [error.problem]
    if "include" in section.entries:
        place = section.keys["include"]
        problems.append(
            Problem(
                code="MAP010",
                message="an included file includes another",
                hint="include both from the mapping",
                location=place,
            )
        )
    return section, problems


def _preset(wanted: Text) -> tuple[Section, list[Problem]]:
    from importlib.resources import as_file, files  # few mappings include a preset

    name = wanted.value.removeprefix(_PRESETS).removesuffix(".yaml")
    presets = files("acctsync") / "presets"
    known = (
        sorted(each.name.removesuffix(".yaml") for each in presets.iterdir())
        if presets.is_dir()
        else []
    )
    known = [each for each in known if not each.startswith("_")]
    if name not in known:
        near = similar(name, known)
        listed = ", ".join(known)
        hint = f"did you mean {_PRESETS}{near}?" if near else f"there are: {listed}"
        raise TreeRefused(_not_found(wanted, hint))
    with as_file(presets / f"{name}.yaml") as path:
        return read(path, f"{_PRESETS}{name}.yaml")


def _not_found(wanted: Text, hint: str) -> Problem:
    message = f"include: there is no {wanted.value}"
    return Problem(
        code="MAP010",
        message=message,
        hint=hint or "name a file beside the mapping, or presets/NAME",
        location=wanted.place,
    )


def _put_together(main: Section, other: Section) -> Section:
    entries, keys = dict(main.entries), dict(main.keys)
    for key, value in other.entries.items():
        if key in {"acctsync", "include"}:
            continue
        levels = _LEVELS.get(key, 0)
        if key in entries:
            entries[key] = _merged(entries[key], value, levels)
        else:
            entries[key], keys[key] = value, other.keys[key]
    return Section(entries, keys, main.place)


def _merged(main: Node, other: Node, levels: int) -> Node:
    """Take the other side's keys where the main side has none, so many levels deep."""
    if levels == 0 or not isinstance(main, Section) or not isinstance(other, Section):
        return main
    entries, keys = dict(main.entries), dict(main.keys)
    for key, value in other.entries.items():
        if key in entries:
            entries[key] = _merged(entries[key], value, levels - 1)
        else:
            entries[key], keys[key] = value, other.keys[key]
    return Section(entries, keys, main.place)


def _with_likes(section: Section) -> tuple[Section, list[Problem]]:
    records = section.entries.get("records")
    if not isinstance(records, Section):
        return section, []
    problems: list[Problem] = []
    entries = {name: _resolved(records, name, (), problems) for name in records.entries}
    whole = {**section.entries, "records": Section(entries, records.keys, records.place)}
    return Section(whole, section.keys, section.place), problems


def _resolved(records: Section, name: str, above: tuple[str, ...], problems: list[Problem]) -> Node:
    record = records.entries[name]
    like = record.entries.get("like") if isinstance(record, Section) else None
    if not isinstance(like, Text):
        return record
    if like.value in (name, *above):
        problems.append(
            Problem(
                code="MAP011",
                message=f"like: {like.value} leads back to itself",
                location=like.place,
            )
        )
        return record
    if like.value not in records.entries:
        near = similar(like.value, list(records.entries))
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(records.entries)}"
        problems.append(
            Problem(
                code="MAP011",
                message=f"like: there is no record {like.value}",
                hint=hint,
                location=like.place,
            )
        )
        return record
    model = _resolved(records, like.value, (name, *above), problems)
    return _merged(record, model, 2)
