"""Finding the mapping's columns in a header row: exact, then starred, then by case and spaces."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from acctsync.errors import Location, Problem, Severity
from acctsync.exports.records import FileRefused, Source, Wanted

_HARDLY_ANY = 2


@dataclass(frozen=True, slots=True)
class Header:
    """A file's header: its names made unlike each other, and the line where it stands."""

    file: str
    line: int
    cells: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def place(self) -> Location:
        return Location(self.file, self.line)


def header(file: str, line: int, cells: Sequence[str]) -> Header:
    """Name the columns; a name seen before becomes `X #2`."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell.strip()
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return Header(file, line, tuple(cells), tuple(names))


def positions(
    found: Header, wanted: Iterable[Wanted], source: Source
) -> tuple[list[int | None], list[Problem]]:
    """Tell where each wanted column stands (None: optional and absent), with warnings.

    Raises FileRefused with every column that can't be found.
    """
    places: list[int | None] = []
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for column in wanted:
        index, note = _find(found, column.name, source.column_names)
        if index is None and not column.optional:
            errors.append(_missing(found, column, source))
        if note:
            warnings.append(_note(found, note))
        places.append(index)
    errors.extend(_unexpected(found, source))
    if errors:
        raise FileRefused(errors)
    return places, [*warnings, *_new_columns(found, places, source)]


def looks_like(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether a row holds all the names that mark the header row."""
    cells = {_folded(name) for name in names}
    return all(_folded(name) in cells for name in wanted)


def _find(
    found: Header, name: str, aliases: Mapping[str, tuple[str, ...]]
) -> tuple[int | None, str]:
    for candidate in (name, *aliases.get(name, ())):
        for spelled in (candidate, f"*{candidate}"):
            if spelled in found.names:
                return found.names.index(spelled), ""
    near = [
        index
        for index, known in enumerate(found.names)
        if _folded(known) in {_folded(alias) for alias in (name, *aliases.get(name, ()))}
    ]
    if len(near) == 1:
        spelled = found.cells[near[0]]
        return near[0], f'column "{name}" is read from "{spelled}": case or spaces differ'
    return None, ""


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold().removeprefix("*")


def _missing(found: Header, column: Wanted, source: Source) -> Problem:
    return Problem(
        code="FILE010",
        message=f'no column "{column.name}" in {found.file} (asked for at {column.place})',
        hint=_missing_hint(found, column.name, source),
        location=Location(found.file, found.line, column.name),
    )


def _missing_hint(found: Header, name: str, source: Source) -> str:
    for known in found.names:
        if known.startswith(f"{name} #") and not known.removeprefix(f"{name} #").isdigit():
            return f'in YAML a # after a space starts a comment, so quote it: "{known}"'
    other = likely_delimiter(found.cells, source.delimiter)
    if other:
        return (
            f"the line looks separated by {other}: set delimiter: {other} on source {source.name}"
        )
    if not source.header_row_contains and source.header_row is None and len(found.names) == 1:
        return (
            "if titles stand above the header row, say which columns it holds: "
            f'header_row_contains: ["{name}"]'
        )
    near = similar(name, found.names)
    listed = ", ".join(f'"{known}"' for known in found.names if known)
    return f'did you mean "{near}"? There are: {listed}' if near else f"there are: {listed}"


def similar(name: str, names: Sequence[str]) -> str:
    """Tell the name that was probably meant, or nothing."""
    folded = {_folded(known): known for known in reversed(names) if known}
    near = difflib.get_close_matches(_folded(name), list(folded), n=1, cutoff=0.6)
    if near:
        return folded[near[0]]
    words = set(_folded(name).split())
    sharing = [known for key, known in folded.items() if words & set(key.split())]
    return max(
        sharing,
        key=lambda known: (len(words & set(_folded(known).split())), -len(known)),
        default="",
    )


def likely_delimiter(cells: Sequence[str], declared: str) -> str:
    """Tell the mark that seems to separate a header's names, when it came as hardly any cells."""
    if len(cells) > _HARDLY_ANY:
        return ""
    text = declared.join(cells)
    counts = {mark: text.count(mark) for mark in (",", ";", "\t", "|") if mark != declared}
    mark, count = max(counts.items(), key=lambda item: item[1])
    if count < _HARDLY_ANY:
        return ""
    return '"\\t"' if mark == "\t" else f'"{mark}"'


def _unexpected(found: Header, source: Source) -> list[Problem]:
    return [
        _missing(found, Wanted(name, source.place), source)
        for name in source.expect_columns
        if _find(found, name, source.column_names)[0] is None
    ]


def _new_columns(found: Header, used: Sequence[int | None], source: Source) -> list[Problem]:
    if source.new_columns == "ignore":
        return []
    expected = {_find(found, name, source.column_names)[0] for name in source.expect_columns}
    known = expected | set(used)
    new = [name for index, name in enumerate(found.names) if name and index not in known]
    if not new:
        return []
    listed = ", ".join(f'"{name}"' for name in new)
    problem = Problem(
        code="FILE011",
        message=f"columns that the mapping does not know: {listed}",
        hint=f"list them under expect_columns of source {source.name}, or set new_columns: ignore",
        severity=Severity.ERROR if source.new_columns == "error" else Severity.WARNING,
        location=found.place,
    )
    if problem.is_error:
        raise FileRefused([problem])
    return [problem]


def _note(found: Header, message: str) -> Problem:
    return Problem(code="FILE012", message=message, severity=Severity.WARNING, location=found.place)
