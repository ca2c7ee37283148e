"""Puts a mapping together from its own file, the files it includes, and `like:` between records."""

from __future__ import annotations

from pathlib import Path

from acctsync.errors import Problem
from acctsync.mapping.grammar import MAPPING, similar
from acctsync.mapping.grammar_check import opened
from acctsync.mapping.tree import Node, Section, Series, Text, TreeRefused, read

_PRESETS = "presets/"
_HINT = "name a file beside the mapping, or presets/NAME"

# How many levels of keys are put together, section by section; below them one side is taken whole.
_LEVELS = {"books": 1, "sources": 2, "records": 3, "accounting": 2, "checks": 1, "push": 1}


def assembled(path: Path, name: str) -> tuple[Section, list[Problem]]:
    """Read a mapping with everything it includes; what the file itself says wins."""
    section, problems = _opened(*read(path, name))
    includes = _Includes(path.parent)
    section, found = includes.put_together(section, (path.resolve(),))
    problems.extend(found)
    section, found = _with_likes(section)
    return section, [*problems, *found]


class _Includes:
    """Reads included files, each once; their names are looked up beside the mapping itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: set[Path] = set()

    def put_together(
        self, section: Section, above: tuple[Path, ...]
    ) -> tuple[Section, list[Problem]]:
        """Put a file together with those that it includes, and they with theirs."""
        problems: list[Problem] = []
        for wanted in _included(section):
            try:
                other, found = self._include(wanted, above)
            except TreeRefused as error:
                problems.extend(error.problems)
                continue
            problems.extend(found)
            section = _put_together(section, other)
        return section, problems

    def _include(self, wanted: Text, above: tuple[Path, ...]) -> tuple[Section, list[Problem]]:
        own = self._own(wanted)
        if own is None:
            return _preset(wanted)
        if own in above:
            raise TreeRefused(_refused(wanted, "{} leads back to itself", "remove this include"))
        if own in self._read:
            return Section({}, {}, wanted.place), []
        self._read.add(own)
        section, problems = _opened(*read(own, str(self._folder / wanted.value)))
        section, found = self.put_together(section, (*above, own))
        return section, [*problems, *found]

    def _own(self, wanted: Text) -> Path | None:
        """Find an included file beside the mapping; None when a preset is meant."""
        name = wanted.value
        outside = _refused(wanted, "{} leads out of the mapping's folder", _HINT)
        if name.startswith(("/", "~")) or ".." in name.split("/") or "$" in name or "\\" in name:
            raise TreeRefused(outside)
        try:
            own = (self._folder / name).resolve()
            if not own.is_relative_to(self._folder.resolve()):
                raise TreeRefused(outside)
            if own.is_file():
                return own
        except (
            OSError,
            RuntimeError,
            ValueError,
        ) as error:  # no name of a file, or links in a ring
            raise TreeRefused(_refused(wanted, "{} can't be found", _HINT)) from error
        if not name.startswith(_PRESETS):
            raise TreeRefused(_refused(wanted, "there is no {}", _HINT))
        return None


def _included(section: Section) -> list[Text]:
    node = section.entries.get("include")
    return (
        [item for item in node.items if isinstance(item, Text)] if isinstance(node, Series) else []
    )


def _refused(wanted: Text, what: str, hint: str) -> Problem:
    message = f"include: {what.format(wanted.value)}"
    return Problem(code="MAP010", message=message, hint=hint, location=wanted.place)


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
        raise TreeRefused(_refused(wanted, "there is no {}", hint))
    with as_file(presets / f"{name}.yaml") as path:
        return read(path, f"{_PRESETS}{name}.yaml")


def _opened(section: Section, problems: list[Problem]) -> tuple[Section, list[Problem]]:
    """Open the sections that have nothing in them yet: entries may be included, or come later."""
    whole = opened(section, MAPPING)
    return whole if isinstance(whole, Section) else section, problems


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
    if levels == 0 or not isinstance(other, Section) or isinstance(main, Series):
        return main
    if isinstance(main, Text):
        return main if main.value else other
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
