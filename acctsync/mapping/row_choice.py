"""Chooses the rows of a record, and tells which document each of them belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from acctsync.exports.conditions import UnreadableNumber, compile_tests
from acctsync.exports.records import Condition, Row
from acctsync.exports.scope import Columns, Getter, Scope, loosely
from acctsync.mapping.findings import Built
from acctsync.mapping.meaning import names_of
from acctsync.mapping.model import RecordRule
from acctsync.money import NumberReader

_HINT = "declare how numbers are written with numbers: on the source"

Key = str | tuple[str, ...]


class RowChoice:
    """Takes rows as `where` says, by what their whole document says.

    The columns of a document may be blank on its later rows: there `where` looks at the first. A
    row that has nothing of a document, not even its key, but something of a line belongs to the
    document above it.
    """

    def __init__(
        self,
        record: RecordRule,
        scope: Scope,
        numbers: NumberReader,
        currency: str,
        head_width: int,
    ) -> None:
        self._scope = scope
        self._head_width = head_width
        self._key = _key_reader(
            [
                loosely(scope.text(name, record.group_place or record.place))
                for name in record.group_by
            ]
        )
        known = set(scope.wanted) if isinstance(scope, Columns) else set()
        self._marks = self._line_marks(record)
        self._where = compile_tests(record.where, scope, numbers, currency, strict=True)
        self._inherited = self._inheriting(record.where, known)
        self.doubts: dict[int, UnreadableNumber] = {}

    @property
    def chooses(self) -> bool:
        """Tell whether there are rows that may not be taken."""
        return self._where is not None

    def takes(self, row: Row) -> bool:
        """Tell whether a row that is a document of its own is taken."""
        return self._where is None or self._takes(row, row)

    def key_of(self, row: Row) -> Key:
        """Tell the key that a row itself names."""
        return self._key(row.cells)

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Give the rows that are taken, each a document of its own."""
        return iter(rows) if self._where is None else (row for row in rows if self._takes(row, row))

    def groups(self, rows: Iterable[Row]) -> Iterator[tuple[Key, list[Row]]]:
        """Give the rows that are taken, those that stand together under one key, and the key."""
        members: list[Row] = []
        last: Key = ""
        for key, row in self.keyed(rows):
            if key != last and members:
                yield last, members
                members = []
            last = key
            members.append(row)
        if members:
            yield last, members

    def keyed(self, rows: Iterable[Row]) -> Iterator[tuple[Key, Row]]:
        """Give the rows that are taken, each with the key of its document."""
        key_of, where, current = self._key, self._where, ""
        first: Row | None = None
        for row in rows:
            key: Any = key_of(row.cells)
            if key != current or first is None:
                if first is not None and is_blank(key) and self._follows(row, first):
                    key = current
                else:
                    current, first = key, row
            if where is None or self._takes(row, first):
                yield key, row

    def settle(self, built: Built, rows: Sequence[Row]) -> Built:
        """Refuse a document when nobody can tell whether one of its rows was to be taken."""
        for row in rows:
            doubt = self.doubts.pop(id(row), None)
            if doubt is not None and not built.skipped:
                message = f"where: {doubt}"
                built.findings.error("DOC002", message, _HINT, row=row, column=doubt.column)
                built.document = None
        return built

    def _takes(self, row: Row, first: Row) -> bool:
        assert self._where is not None
        cells = row.cells
        if first is not row and self._inherited:
            own = list(cells)
            for position in self._inherited:
                if not own[position].strip():
                    own[position] = first.cells[position]
            cells = tuple(own)
        try:
            return self._where(cells)
        except UnreadableNumber as doubt:
            self.doubts[id(row)] = doubt
            return True

    def _follows(self, row: Row, first: Row) -> bool:
        cells = row.cells
        return (
            bool(self._marks)
            and row.file == first.file
            and not is_blank(self._key(first.cells))
            and not any(map(str.strip, cells[: self._head_width]))
            and any(cells[position].strip() for position in self._marks)
        )

    def _line_marks(self, record: RecordRule) -> tuple[int, ...]:
        """List the columns by which a line shows that it is one: its item and its description."""
        lines, scope = record.lines, self._scope
        if lines is None or lines.each or lines.source or lines.repeat is not None:
            return ()
        if not isinstance(scope, Columns):
            return ()
        fields = [lines.fields[name] for name in ("item", "description") if name in lines.fields]
        names = dict.fromkeys(name for field in fields for name in names_of(field))
        marks = [scope.position(name, lines.place) for name in names]
        return tuple(mark for mark in marks if mark >= self._head_width)

    def _inheriting(self, where: Sequence[Condition], known: set[str]) -> tuple[int, ...]:
        """List the columns that a later row has from the first: the document's, and its alone."""
        scope = self._scope
        if not isinstance(scope, Columns):
            return ()
        inherited: dict[int, None] = {}
        for each in where:
            position = scope.position(each.column, each.place)
            asks_for_blank = "" in {each.is_, each.is_not}
            if position < self._head_width or (each.column not in known and not asks_for_blank):
                inherited[position] = None
        return tuple(inherited)


def is_blank(key: Key) -> bool:
    """Tell whether a row names no document."""
    return not key or not any(key)


def _key_reader(keys: Sequence[Getter]) -> Callable[[Any], Key]:
    if len(keys) == 1:
        return keys[0]
    return lambda cells: tuple([key(cells) for key in keys])
