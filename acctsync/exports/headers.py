"""Finding the mapping's columns in a header row: exact, then starred, then by case and spaces."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from acctsync.errors import Location, Problem, Severity
from acctsync.exports.records import FileRefused, Source, Wanted
from acctsync.values import dataclass

_HARDLY_ANY = 2
_MOST_LISTED = 40
_MOST_COMPARED = 500
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


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
    plain = [cell.strip() for cell in cells]
    taken = set(plain)
    names: list[str] = []
    seen: dict[str, int] = {}
    for name in plain:
        seen[name] = seen.get(name, 0) + 1
        own = name
        while seen[name] > 1 and own in taken:
            own = f"{name} #{seen[name]}"
            seen[name] += own in taken
        taken.add(own)
        names.append(own)
    return Header(file, line, tuple(cells), tuple(names))


def positions(
    found: Header, wanted: Iterable[Wanted], source: Source
) -> tuple[list[int | None], list[Problem]]:
    """Tell where each wanted column stands (None: optional and absent), with warnings.

    Raises FileRefused with every column that can't be found.
    """
    finder = _Finder(found, source)
    places: list[int | None] = []
    absent: list[Wanted] = []
    warnings: list[Problem] = []
    for column in wanted:
        index, note = finder.find(column.name)
        if index is None and not column.optional:
            absent.append(column)
        if note:
            warnings.append(_note(found, note))
        places.append(index)
    errors = [*finder.doubts, *_absent(found, absent, source, any_found=any(places) or 0 in places)]
    errors.extend(_unexpected(found, source, finder))
    if errors:
        raise FileRefused(errors)
    used = {place for place in places if place is not None}
    new = _new_columns(found, used, source, finder)
    return places, [*warnings, *_twins(found, used, source, finder), *new]


def looks_like(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether a row holds all the names that mark the header row."""
    cells = {_folded(name) for name in names}
    return all(_folded(name) in cells for name in wanted)


class _Finder:
    """Finds columns by name: exact, then starred, then as they were called before, then folded."""

    def __init__(self, found: Header, source: Source) -> None:
        self.doubts: list[Problem] = []
        self._found = found
        self._source = source
        self._at = {name: index for index, name in reversed(list(enumerate(found.names)))}
        self._near: dict[str, list[int]] = {}
        for index, name in enumerate(found.names):
            self._near.setdefault(_folded(name), []).append(index)

    def find(self, name: str) -> tuple[int | None, str]:
        """Tell where a column stands, and what to say of that."""
        own = self._exactly(name)
        if own is not None:
            return own, ""
        aliases = [each for each in self._source.column_names.get(name, ()) if each != name]
        former = [index for each in aliases if (index := self._exactly(each)) is not None]
        if len(set(former)) > 1:
            self._doubt(name, former)
        if former:
            return former[0], ""
        words = dict.fromkeys(_folded(each) for each in (name, *aliases))
        near = [index for word in words for index in self._near.get(word, ())]
        if len(near) != 1:
            return None, ""
        spelled = self._found.cells[near[0]]
        return near[0], f'column "{name}" is read from "{spelled}": case or spaces differ'

    def _exactly(self, name: str) -> int | None:
        index = self._at.get(name)
        return self._at.get(f"*{name}") if index is None else index

    def _doubt(self, name: str, former: Sequence[int]) -> None:
        listed = " and ".join(f'"{self._found.cells[index]}"' for index in former)
        problem = Problem(
            code="FILE010",
            message=f'column "{name}" may be {listed}: {self._found.file} has both',
            hint=f"keep one of them under column_names of source {self._source.name}",
            location=Location(self._found.file, self._found.line, name),
        )
        if problem not in self.doubts:
            self.doubts.append(problem)


def _folded(name: str) -> str:
    return " ".join(name.translate(_INVISIBLE).split()).casefold().removeprefix("*")


def _absent(
    found: Header, absent: Sequence[Wanted], source: Source, *, any_found: bool
) -> list[Problem]:
    """Tell which columns are not there; in one message where the whole header is another."""
    if any_found or len(absent) <= 1:
        return [_missing(found, column, source) for column in absent]
    first = _missing(found, absent[0], source)
    others = ", ".join(f'"{column.name}"' for column in absent[1:])
    return [replace(first, message=f"{first.message}, nor any other that is asked for: {others}")]


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
    near = similar(name, found.names[:_MOST_COMPARED])
    listed = _listed([known for known in found.names if known])
    return f'did you mean "{near}"? There are: {listed}' if near else f"there are: {listed}"


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return f"{listed} and {more:,} more" if more > 0 else listed


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


def _unexpected(found: Header, source: Source, finder: _Finder) -> list[Problem]:
    return [
        _missing(found, Wanted(name, source.place), source)
        for name in source.expect_columns
        if finder.find(name)[0] is None
    ]


def _twins(found: Header, used: set[int], source: Source, finder: _Finder) -> Iterator[Problem]:
    """Tell of columns whose name is there again, where the mapping shows no sign of knowing."""
    known = used | {finder.find(name)[0] for name in source.expect_columns}
    names = [cell.strip() for cell in found.cells]
    by_name: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        by_name.setdefault(name, []).append(index)
    for index in sorted(used):
        same = by_name[names[index]]
        if len(same) > 1 and names[index] and not known.intersection(same) - {index}:
            others = " and ".join(f'"{found.names[other]}"' for other in same if other != index)
            yield Problem(
                code="FILE015",
                message=f'column "{found.names[index]}" is there {len(same)} times',
                hint=f"the others are called {others}: check which one is meant",
                severity=Severity.WARNING,
                location=found.place,
            )


def _new_columns(found: Header, used: set[int], source: Source, finder: _Finder) -> list[Problem]:
    if source.new_columns == "ignore":
        return []
    known = used | {finder.find(name)[0] for name in source.expect_columns}
    new = [name for index, name in enumerate(found.names) if name and index not in known]
    if not new:
        return []
    problem = Problem(
        code="FILE011",
        message=f"columns that the mapping does not know: {_listed(new)}",
        hint=f"list them under expect_columns of source {source.name}, or set new_columns: ignore",
        severity=Severity.ERROR if source.new_columns == "error" else Severity.WARNING,
        location=found.place,
    )
    if problem.is_error:
        raise FileRefused([problem])
    return [problem]


def _note(found: Header, message: str) -> Problem:
    return Problem(code="FILE012", message=message, severity=Severity.WARNING, location=found.place)
