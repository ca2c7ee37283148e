"""The export files of a run: found and opened once, read row by row as often as asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from acctsync.errors import InputRefused, Problem
from acctsync.exports.conditions import Test, compile_tests
from acctsync.exports.files import find
from acctsync.exports.objects import Objects
from acctsync.exports.paging import Page, Pager
from acctsync.exports.records import FileRefused, Format, Row, Source
from acctsync.exports.scope import Columns, Paths, Scope, loosely
from acctsync.exports.tables import Table
from acctsync.mapping.model import ControlTotal, Mapping
from acctsync.money import ZERO, NotANumber, NumberReader
from acctsync.values import dataclass

R = TypeVar("R")


class Files:
    """The export files of a run: found and opened once, read as often as asked for."""

    def __init__(self, mapping: Mapping, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._mapping = mapping
        self._open: dict[str, list[Table | Objects]] = {}
        self._names: dict[str, None] = {}
        self._notes: dict[Problem, None] = {}
        self._folder = folder
        for name in _used(mapping):
            self._open_source(mapping.sources[name])
        self.refuse_if_bad()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    @property
    def notes(self) -> tuple[Problem, ...]:
        return tuple(self._notes)

    def available(self, source: str) -> frozenset[str] | None:
        """Tell which columns a source's files have; None where there are no columns."""
        tables = [each for each in self._open[source] if isinstance(each, Table)]
        return (
            frozenset(name for table in tables for name in table.header.names) if tables else None
        )

    def rows_of(self, source: Source, scope: Scope) -> RowsOf:
        """Prepare reading a source's rows with the columns that a scope wants."""
        skip, stop = self._row_tests(source, scope)
        return RowsOf(self, self._open[source.name], scope, skip, stop)

    def keep(self, notes: Sequence[Problem]) -> None:
        """Keep what was noticed on reading, once."""
        self._notes.update(dict.fromkeys(notes))

    def refuse_if_bad(self) -> None:
        """Stop the run when a file can't be used."""
        problems = list(dict.fromkeys(self.problems))
        if not problems:
            return
        first = problems[0]
        message = (
            first.message
            if len(problems) == 1
            else f"{len(problems)} problems in the exports: {first.message}"
        )
        raise InputRefused(message, hint=first.hint, problems=tuple(problems))

    def _open_source(self, source: Source) -> None:
        paths, problems = find(source, self._folder)
        self.problems.extend(problems)
        opened = self._open.setdefault(source.name, [])
        for path in paths:
            name = _shown(path, self._folder)
            self._names[name] = None
            try:
                opened.append(
                    Table(path, name, source)
                    if source.format is Format.CSV
                    else Objects(path, name, source)
                )
            except FileRefused as error:
                self.problems.extend(error.problems)

    def _row_tests(self, source: Source, scope: Scope) -> tuple[Test | None, Test | None]:
        numbers = NumberReader(source.numbers)
        currency = self._mapping.books.currency
        return (
            compile_tests(source.skip_rows, scope, numbers, currency),
            compile_tests(source.stop_at, scope, numbers, currency),
        )


@dataclass(frozen=True, slots=True)
class RowsOf:
    """The rows of one source, file by file."""

    files: Files
    opened: Sequence[Table | Objects]
    scope: Scope
    skip: Test | None
    stop: Test | None

    def __call__(self) -> Iterator[Row]:
        return self._all(self._read)

    def _all(self, read: Callable[[Table | Objects], Iterator[R]]) -> Iterator[R]:
        problems: list[Problem] = []
        for each in self.opened:
            try:
                yield from read(each)
            except FileRefused as error:
                problems.extend(error.problems)
            self.files.keep(each.notes)
        if problems:
            raise FileRefused(problems)

    def paged(self, pager: Pager) -> Iterator[Row | Page]:
        """Read the rows, but for those of pages that are found again."""
        return self._all(lambda each: self._paged(each, pager))

    def glance(self) -> Iterator[Row]:
        """Read the rows ahead of time; what is wrong with them is told when they are read."""
        for each in self.opened:
            noted = len(each.notes)
            with suppress(FileRefused):
                yield from self._read(each)
            del each.notes[noted:]

    def _read(self, each: Table | Objects) -> Iterator[Row]:
        if isinstance(each, Table):
            assert isinstance(self.scope, Columns)
            return each.rows(list(self.scope.wanted.values()), self.skip, self.stop)
        return self._kept(each.rows())

    def _paged(self, each: Table | Objects, pager: Pager) -> Iterator[Row | Page]:
        if isinstance(each, Table):
            assert isinstance(self.scope, Columns)
            return each.paged(list(self.scope.wanted.values()), self.skip, self.stop, pager)
        return self._read(each)

    def _kept(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if self.stop is not None and self.stop(row.cells):
                return
            if self.skip is None or not self.skip(row.cells):
                yield row


def control_total(control: ControlTotal, mapping: Mapping, files: Files) -> Iterator[Problem]:
    """Compare a column's sum with what the mapping says it comes to."""
    source = mapping.sources[control.source]
    scope: Scope = Columns() if source.format is Format.CSV else Paths()
    read = loosely(scope.text(control.column, control.place))
    numbers, currency = NumberReader(source.numbers), mapping.books.currency
    total = ZERO
    try:
        wanted = numbers.amount(control.equals, currency)
        for row in files.rows_of(source, scope)():
            text = read(row.cells)
            total += numbers.amount(text, currency) if text else ZERO
    except NotANumber as error:
        message = f'control total of "{control.column}": a value {error}'
        yield Problem(code="FILE030", message=message, location=control.place)
        return
    except FileRefused as error:
        yield from error.problems
        return
    if total != wanted:
        sums = f"comes to {total:,}, the mapping says {wanted:,}"
        message = f'"{control.column}" of {control.source} {sums}'
        hint = "the export is not the one that was meant, or it is cut"
        yield Problem(code="FILE030", message=message, hint=hint, location=control.place)


def _used(mapping: Mapping) -> list[str]:
    names = [record.source for record in mapping.records.values()]
    names += [
        record.lines.source
        for record in mapping.records.values()
        if record.lines and record.lines.source
    ]
    names += [control.source for control in mapping.checks.control_totals]
    return list(dict.fromkeys(names))


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
