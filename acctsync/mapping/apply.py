"""Applies a mapping to rows: groups them, and builds one document after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

from acctsync.documents import Kind
from acctsync.exports.conditions import compile_tests
from acctsync.exports.records import Format, Row, Source, Wanted
from acctsync.exports.scope import Columns, Getter, Paths, Scope, loosely
from acctsync.mapping.choices import Choices
from acctsync.mapping.fields import FieldCompiler
from acctsync.mapping.findings import Built
from acctsync.mapping.heads import HeadReader
from acctsync.mapping.model import Field, PartyRules, RecordRule
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.parties import Parties
from acctsync.mapping.people import PeopleBuilder
from acctsync.mapping.receipts import ReceiptBuilder
from acctsync.mapping.register import Register
from acctsync.mapping.sales import SaleBuilder, Tools, line_reader

Rows = Callable[[], Iterator[Row]]

PEOPLE = (Kind.CUSTOMERS, Kind.VENDORS, Kind.ITEMS)

# The order in which records are read: what others refer to comes first.
ORDER = (
    *PEOPLE, Kind.ESTIMATES, Kind.INVOICES, Kind.SALES_RECEIPTS, Kind.CREDIT_NOTES,
    Kind.PURCHASE_ORDERS, Kind.BILLS, Kind.PAYMENTS, Kind.REFUNDS,
)  # fmt: skip


class Builder(Protocol):
    """Builds one document from its rows."""

    def build(self, rows: Sequence[Row], cells: Any) -> Built: ...


class Workshop:
    """Everything that the records of one run share."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.choices = Choices(rules.accounting)
        self.parties = {
            Kind.CUSTOMERS: Parties(Kind.CUSTOMERS, rules.accounting.customers),
            Kind.VENDORS: Parties(Kind.VENDORS, rules.accounting.vendors),
            Kind.ITEMS: Parties(Kind.ITEMS, PartyRules(match=("id", "name"))),
        }
        self.register = Register()
        customers, vendors = self.parties[Kind.CUSTOMERS], self.parties[Kind.VENDORS]
        self.tools = Tools(rules, self.choices, customers, vendors, self.register)


class LineSource:
    """The rows of a second source that hold lines, by the columns that match them to documents."""

    def __init__(self, source: Source, rules: Rules, match: Sequence[str], place: Any) -> None:
        self.source = source
        self.compiler = FieldCompiler(source, rules.books)
        self.scope = _scope(source)
        self._keys = [loosely(self.scope.text(name, place)) for name in match]
        self.rows: Rows | None = None
        self._index: dict[tuple[str, ...], list[Row]] | None = None

    def by_key(self) -> Mapping[tuple[str, ...], Sequence[Row]]:
        """Read all rows, once."""
        if self._index is None:
            self._index = {}
            assert self.rows is not None
            for row in self.rows():
                key = tuple(read(row.cells) for read in self._keys)
                self._index.setdefault(key, []).append(row)
        return self._index


class RecordReader:
    """Reads the documents of one record; knows which columns it wants of its source."""

    def __init__(
        self, record: RecordRule, shop: Workshop, available: frozenset[str] | None
    ) -> None:
        self.record = record
        self.source = shop.rules.sources[record.source]
        self.scope = _scope(self.source)
        self.lines = self._line_source(shop)
        self._compiler = FieldCompiler(self.source, shop.rules.books)
        self._builder = self._made(shop, available)
        self._where = compile_tests(
            record.where, self.scope, self._compiler.numbers, shop.rules.books.currency
        )

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Tell the columns that the rows' cells must hold, in order."""
        return tuple(self.scope.wanted.values()) if isinstance(self.scope, Columns) else ()

    def documents(self, rows: Rows) -> Iterator[tuple[Built, bool]]:
        """Build the documents; true beside one that stands for an earlier one of the same id."""
        if not self.record.group_by:
            build = self._builder.build
            for row in self._chosen(rows()):
                yield build([row], row.cells), False
            return
        apart: set[object] = set()
        seen: set[object] = set()
        for key, group in groupby(self._chosen(rows()), self._key):
            members = list(group)
            if not any(key if isinstance(key, tuple) else (key,)):
                for row in members:
                    yield self._one([row]), False
            elif key in seen:
                apart.add(key)
            else:
                seen.add(key)
                yield self._one(members), False
        if apart:
            yield from self._gathered(rows, apart)

    def _gathered(self, rows: Rows, apart: set[object]) -> Iterator[tuple[Built, bool]]:
        """Read once more, for the documents whose rows were not together."""
        groups: dict[object, list[Row]] = {}
        for row in self._chosen(rows()):
            key = self._key(row)
            if key in apart:
                groups.setdefault(key, []).append(row)
        for members in groups.values():
            built = self._one(members)
            if not built.skipped:
                lines = ", ".join(str(row.line) for row in members[:10])
                message = f"the rows of this document are not together (lines {lines})"
                built.findings.warn(
                    "DOC013", message, "fine if the export is sorted by something else"
                )
            yield built, True

    def _chosen(self, rows: Iterator[Row]) -> Iterator[Row]:
        where = self._where
        if where is None:
            return rows
        return (row for row in rows if where(row.cells))

    def _one(self, members: list[Row]) -> Built:
        if len(members) == 1:
            return self._builder.build(members, members[0].cells)
        first = members[0].cells
        width = self._head_width
        if width and all(row.cells[:width] == first[:width] for row in members[1:]):
            return self._builder.build(members, first)
        cells, complaints = self._together(members)
        built = self._builder.build(members, cells)
        if not built.skipped:
            for complaint in complaints:
                built.findings.error("DOC007", *complaint)
            if complaints:
                built.document = None
        return built

    def _together(self, members: list[Row]) -> tuple[Any, list[tuple[str, str]]]:
        """Put the document's own cells together: blank ones may follow, different ones may not."""
        cells = members[0].cells
        complaints: list[tuple[str, str]] = []
        for name, read in self._head_texts:
            filled = [(row, text) for row in members if (text := read(row.cells))]
            different = next((pair for pair in filled if not _same(pair[1], filled[0][1])), None)
            if different is not None:
                complaints.append(_complaint(name, filled[0], different))
            elif filled and filled[0][0] is not members[0] and isinstance(self.scope, Columns):
                cells = _with_cell(
                    cells, self.scope.position(name, self.record.place), filled[0][1]
                )
        return cells, complaints

    def _made(self, shop: Workshop, available: frozenset[str] | None) -> Builder:
        record, rules = self.record, shop.rules
        keys = [
            loosely(self.scope.text(name, record.group_place or record.place))
            for name in record.group_by
        ]
        self._key = _key_reader(keys)
        if record.kind in (*PEOPLE, Kind.PAYMENTS, Kind.REFUNDS):
            head = HeadReader(record, self._compiler, self.scope, rules.books, rules.push)
            self._close_head()
            expectations = head.compile_expectations(self._compiler)
            if record.kind in PEOPLE:
                return PeopleBuilder(head, shop.parties[record.kind]).expecting(expectations)
            customers = shop.parties[Kind.CUSTOMERS]
            return ReceiptBuilder(head, rules, shop.choices, customers, shop.register).expecting(
                expectations
            )
        sale = SaleBuilder(record, shop.tools, self._compiler, self.scope)
        self._close_head()
        other = (self.lines.compiler, self.lines.scope, self.lines.by_key) if self.lines else None
        lines = line_reader(
            record, shop.tools, self._compiler, self.scope, other=other, available=available
        )
        sale.compile_rest(lines, self._compiler)
        return sale

    def _close_head(self) -> None:
        """Fix which columns belong to the document: those asked for so far."""
        names = (
            list(self.scope.wanted) if isinstance(self.scope, Columns) else _head_names(self.record)
        )
        self._head_width = len(names) if isinstance(self.scope, Columns) else 0
        self._head_texts = [
            (name, loosely(self.scope.text(name, self.record.place))) for name in names
        ]

    def _line_source(self, shop: Workshop) -> LineSource | None:
        rule = self.record.lines
        if rule is None or not rule.source:
            return None
        return LineSource(shop.rules.sources[rule.source], shop.rules, list(rule.match), rule.place)


def _scope(source: Source) -> Scope:
    return Columns() if source.format is Format.CSV else Paths()


def _key_reader(keys: Sequence[Getter]) -> Callable[[Row], object]:
    if len(keys) == 1:
        only = keys[0]
        return lambda row: only(row.cells)
    return lambda row: tuple(key(row.cells) for key in keys)


def _head_names(record: RecordRule) -> list[str]:
    fields: list[Field] = [*record.document.values(), *record.party.values()]
    names = [name for each in fields for name in (each.column, *each.first_of) if name]
    return list(dict.fromkeys(names))


def _same(text: str, other: str) -> bool:
    return text == other or " ".join(text.split()).casefold() == " ".join(other.split()).casefold()


def _complaint(name: str, first: tuple[Row, str], other: tuple[Row, str]) -> tuple[str, str]:
    message = (
        f'"{name}" is "{first[1]}" on line {first[0].line} and "{other[1]}" '
        f"on line {other[0].line}: one document can't have both"
    )
    return message, "these may be two documents with one number: correct it in the billing system"


def _with_cell(cells: Any, position: int, text: str) -> Any:
    return (*cells[:position], text, *cells[position + 1 :])
