"""Finds a document's lines: in its rows, in lists inside them, side by side, in a second source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from acctsync.documents import Line
from acctsync.exports.conditions import Test, UnreadableNumber, all_of, compile_test
from acctsync.exports.paths import MISSING, finder
from acctsync.exports.records import Condition, Row
from acctsync.exports.scope import Below, Getter, Paths, Repeated, Scope, loosely
from acctsync.mapping.fields import FieldCompiler
from acctsync.mapping.findings import Findings
from acctsync.mapping.lines import Head, LineBuilder
from acctsync.mapping.lookups import collapsed
from acctsync.mapping.meaning import MOST_SIDEWAYS
from acctsync.mapping.model import LinesRule, RecordRule, Repeat
from acctsync.mapping.tools import Tools

_COMPARED = "declare how numbers are written with numbers: on the source"

LineRows = Callable[[], Mapping[tuple[str, ...], Sequence[Row]]]
Under = Callable[[Sequence[Row], Any, Findings], Iterator[tuple[Any, Row]]]


def line_reader(
    record: RecordRule,
    tools: Tools,
    compiler: FieldCompiler,
    scope: Scope,
    *,
    other: tuple[FieldCompiler, Scope, LineRows] | None,
    available: frozenset[str] | None,
) -> tuple[LineBuilder | None, Under]:
    """Compile where a record's lines stand and what they are.

    `other` is the second source, if lines come from one; `available` the columns that there are.
    """
    rule = record.lines
    if rule is None:
        return None, no_lines
    if rule.source and other is not None:
        other_compiler, own, line_rows = other
        place = _Place(rule, tools, other_compiler, Below(own, scope))
        parents = [loosely(scope.text(name, rule.place)) for name in rule.match.values()]
        return place.builder(), _from_other(parents, line_rows, place.test())
    if rule.each:
        place = _Place(rule, tools, compiler, Below(Paths(), scope))
        asked = frozenset(each.column for each in record.expect)
        return place.builder(), _from_list(rule.each, place.test(), asked)
    place = _Place(rule, tools, compiler, scope)
    if rule.repeat is not None:
        checked = "total" in record.document
        return SidewaysBuilder(), _sideways(rule.repeat, place, available, checked=checked)
    return place.builder(), _from_rows(place.test())


def no_lines(_rows: Sequence[Row], _cells: Any, _found: Findings) -> Iterator[tuple[Any, Row]]:
    """Give no lines."""
    return iter(())


class SidewaysBuilder(LineBuilder):
    """Builds a line with the builder of its own columns."""

    def __init__(self) -> None:
        """Hold nothing: every pair of cells brings its builder along."""

    def build(self, cells: Any, row: Row, head: Head, found: Findings) -> Line | None:
        builder, own = cells
        built: Line | None = builder.build(own, row, head, found)
        return built


class _Place(NamedTuple):
    """The names that lines may use, and how the values under them are read."""

    rule: LinesRule
    tools: Tools
    compiler: FieldCompiler
    scope: Scope

    def beside(self, number: int) -> _Place:
        return self._replace(scope=Repeated(self.scope, number))

    def builder(self) -> LineBuilder:
        return LineBuilder(
            self.rule.fields,
            self.rule.taxes,
            self.compiler,
            self.scope,
            choices=self.tools.choices,
            tolerance=self.tools.rules.checks.tolerance,
        )

    def test(self) -> Test | None:
        """Compile `where`; what reaches up to the document is read as its source writes."""
        return all_of([self._condition(each) for each in self.rule.where])

    def _condition(self, condition: Condition) -> Test:
        numbers = self.compiler.for_name(condition.column).numbers
        currency = self.tools.rules.books.currency
        return compile_test(condition, self.scope, numbers, currency, strict=True)


def _takes(test: Test | None, cells: Any, row: Row, found: Findings) -> bool:
    """Tell whether a line is taken; a number that can't be compared is the document's fault."""
    try:
        return test is None or test(cells)
    except UnreadableNumber as error:
        found.error("DOC002", f"where: {error}", _COMPARED, row=row, column=error.column)
        return True


def _from_rows(test: Test | None) -> Under:
    if test is None:
        return lambda rows, _cells, _found: iter([(row.cells, row) for row in rows])
    return lambda rows, _cells, found: iter(
        [(row.cells, row) for row in rows if _takes(test, row.cells, row, found)]
    )


def _from_list(path: str, test: Test | None, asked: frozenset[str]) -> Under:
    """Take lines from a list inside each row; `asked` are the columns that `expect` looks at."""
    find = finder(path)
    sign = f"{path.rpartition('.')[0]}.has_more"
    goes_on = finder(sign) if "." in path and sign not in asked else None

    def under(rows: Sequence[Row], _cells: Any, found: Findings) -> Iterator[tuple[Any, Row]]:
        for row in rows:
            entries = find(row.cells)
            if entries is None or entries is MISSING:
                entries = []
            if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
                message = f"{path} is no list of lines"
                found.error("DOC018", message, "check each:", row=row, column=path)
                continue
            if goes_on is not None and goes_on(row.cells) is True:
                message = f"{sign} is true: the document has more lines than the export holds"
                found.error("DOC027", message, "export it with all lines", row=row, column=sign)
            for entry in entries:
                pair = (entry, row.cells)
                if _takes(test, pair, row, found):
                    yield pair, row

    return under


def _from_other(parents: Sequence[Getter], line_rows: LineRows, test: Test | None) -> Under:
    def under(_rows: Sequence[Row], cells: Any, found: Findings) -> Iterator[tuple[Any, Row]]:
        key = tuple(parent(cells) for parent in parents)
        for row in line_rows().get(key, ()):
            pair = (row.cells, cells)
            if _takes(test, pair, row, found):
                yield pair, row

    return under


def _sideways(
    repeat: Repeat, place: _Place, available: frozenset[str] | None, *, checked: bool
) -> Under:
    """Take lines from numbered groups of columns; `checked`: a total tells whether one lacks."""
    numbers = _numbers(repeat, available)
    if not numbers:
        # No file has such a column: asking for the first one says so.
        place.scope.text(repeat.until_empty.replace("{n}", str(numbers.start)), repeat.place)
    groups = [_group(repeat, place.beside(number)) for number in numbers]
    # Of JSON nobody knows beforehand whether the groups are counted from 0 or from 1.
    may_start_later = available is None and repeat.first is None

    def under(rows: Sequence[Row], _cells: Any, found: Findings) -> Iterator[tuple[Any, Row]]:
        for row in rows:
            filled = [bool(mark(row.cells)) for mark, _, _ in groups]
            start = 1 if may_start_later and not filled[0] else 0
            end = filled.index(False, start) if False in filled[start:] else len(filled)
            if not checked:
                _refuse_lost(repeat, numbers, filled, end, row=row, found=found)
            for _, test, build in groups[start:end]:
                if _takes(test, row.cells, row, found):
                    yield (build, row.cells), row

    return under


def _group(repeat: Repeat, place: _Place) -> tuple[Getter, Test | None, LineBuilder]:
    mark = loosely(place.scope.text(repeat.until_empty, repeat.place))
    return mark, place.test(), place.builder()


def _refuse_lost(
    repeat: Repeat, numbers: range, filled: list[bool], end: int, *, row: Row, found: Findings
) -> None:
    """Refuse a row whose groups of columns go on after the last that counts as a line."""
    if repeat.last is None and end >= MOST_SIDEWAYS:
        column = repeat.until_empty
        message = f"there are more than {MOST_SIDEWAYS} groups of columns"
    elif any(filled[end:]):
        places = (end, filled.index(True, end))
        gap, column = (repeat.until_empty.replace("{n}", str(numbers[at])) for at in places)
        message = f'"{column}" is filled, but "{gap}" before it is empty'
    else:
        return
    hint = "lines end at the first empty one: map total, which tells whether that is right"
    found.error("DOC028", message, hint, row=row, column=column)


def _numbers(repeat: Repeat, available: frozenset[str] | None) -> range:
    """Tell which numbers `{n}` takes: as declared, else as far as there are columns."""
    known = None if available is None else set(map(collapsed, available))

    def there(number: int) -> bool:
        name = collapsed(repeat.until_empty.replace("{n}", str(number)))
        return known is None or name in known or f"*{name}" in known

    first = repeat.first
    if first is None:
        first = 0 if there(0) else 1
    if repeat.last is not None:
        return range(first, repeat.last + 1)
    last = first
    while last - first < MOST_SIDEWAYS and there(last):
        last += 1
    return range(first, last)
