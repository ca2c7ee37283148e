"""Applies a mapping to rows: groups them, and builds one document after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

from acctsync.documents import Kind, Stub
from acctsync.errors import Location, Problem, Severity
from acctsync.exports.paging import Page, Pager
from acctsync.exports.records import Format, Row, Source, Wanted
from acctsync.exports.scope import Columns, Paths, Scope, loosely
from acctsync.mapping.choices import Choices
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.findings import Built
from acctsync.mapping.heads import HeadReader
from acctsync.mapping.line_places import Under, line_reader
from acctsync.mapping.lines import LineBuilder
from acctsync.mapping.model import Field, LinesRule, RecordRule
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.paging import Group, Opened, Pieces, name_of
from acctsync.mapping.parties import Parties
from acctsync.mapping.payouts import PayoutBuilder
from acctsync.mapping.people import PeopleBuilder
from acctsync.mapping.products import ItemBuilder
from acctsync.mapping.recalling import Memory, Recognition
from acctsync.mapping.receipts import ReceiptBuilder
from acctsync.mapping.register import Register, Tables
from acctsync.mapping.row_choice import Key, RowChoice, is_blank
from acctsync.mapping.sales import SaleBuilder
from acctsync.mapping.tools import Tools

Rows = Callable[[], Iterator[Row]]
Paged = Callable[[Pager], Iterator[Row | Page]]
Watch = Callable[[Sequence[Row], Any, Built], None]
AnyBuilder = SaleBuilder | ReceiptBuilder | PayoutBuilder | PeopleBuilder | ItemBuilder

PEOPLE = (Kind.CUSTOMERS, Kind.VENDORS)
_NO_LINES = (*PEOPLE, Kind.ITEMS, Kind.PAYMENTS, Kind.REFUNDS, Kind.PAYOUTS)

# The order in which records are read: what others refer to comes first.
ORDER = (
    *PEOPLE, Kind.ITEMS, Kind.ESTIMATES, Kind.INVOICES, Kind.SALES_RECEIPTS, Kind.CREDIT_NOTES,
    Kind.PURCHASE_ORDERS, Kind.BILLS, Kind.PAYMENTS, Kind.REFUNDS, Kind.PAYOUTS,
)  # fmt: skip


class Builder(Protocol):
    """Builds one document from its rows."""

    def build(self, rows: Sequence[Row], cells: Any) -> Built: ...


class _Watched:
    """Builds as another builder does, and shows what it was given and what came of it."""

    def __init__(self, builder: Builder, watch: Watch) -> None:
        self._builder = builder
        self._watch = watch

    def build(self, rows: Sequence[Row], cells: Any) -> Built:
        built = self._builder.build(rows, cells)
        self._watch(rows, cells, built)
        return built


class Workshop:
    """Everything that the records of one run share."""

    def __init__(self, rules: Rules, tables: Tables = dict) -> None:
        """Set up; `tables` makes what holds an entry for every document."""
        self.rules = rules
        self.tables = tables
        self.choices = Choices(rules.accounting)
        self.parties = {
            Kind.CUSTOMERS: Parties(Kind.CUSTOMERS, rules.accounting.customers),
            Kind.VENDORS: Parties(Kind.VENDORS, rules.accounting.vendors),
        }
        self.register = Register(rules, tables)
        customers, vendors = self.parties[Kind.CUSTOMERS], self.parties[Kind.VENDORS]
        self.tools = Tools(rules, self.choices, customers, vendors, self.register)


class LineSource:
    """The rows of a second source that hold lines, by the columns that match them to documents."""

    def __init__(self, rule: LinesRule, rules: Rules, above: FieldCompiler, head: Scope) -> None:
        self.source = rules.sources[rule.source]
        self.compiler = FieldCompiler(self.source, rules.books, above)
        self.scope = _scope(self.source)
        self._keys = [loosely(self.scope.text(name, rule.place)) for name in rule.match]
        self._parents = [loosely(head.text(name, rule.place)) for name in rule.match.values()]
        self._asked: set[tuple[str, ...]] = set()
        self.rows: Rows | None = None
        self._index: dict[tuple[str, ...], list[Row]] | None = None

    def noticing(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Pass on a document source's rows, and remember whose lines there may be."""
        for row in rows:
            self._asked.add(tuple(read(row.cells) for read in self._parents))
            yield row

    def orphans(self) -> Iterator[Problem]:
        """Tell of lines that belong to no document of the export."""
        index = self.by_key()
        lost = [row for key, rows in index.items() if key not in self._asked for row in rows]
        if lost:
            lines = "1 line belongs" if len(lost) == 1 else f"{len(lost):,} lines belong"
            yield Problem(
                code="FILE016",
                message=f"{lines} to no document of the export",
                hint="are all pages of the documents there, and is match: right?",
                severity=Severity.WARNING,
                location=Location(lost[0].file, lost[0].line),
            )

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
        self.notes: list[Problem] = []
        self._compiler = FieldCompiler(self.source, shop.rules.books)
        self.lines: LineSource | None = None
        self._register = shop.register
        self._tables = shop.tables
        self._recognition: Recognition | None = None
        self._paged: Callable[[], Iterator[Row | Page]] | None = None
        self._name: Callable[[Any], str] = _no_name
        self.builder = self._made(shop, available)
        self._builder: Builder = self.builder
        books = shop.rules.books
        self._choice = RowChoice(
            record, self.scope, self._compiler.numbers, books.currency, self._head_width
        )

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Tell the columns that the rows' cells must hold, in order."""
        return tuple(self.scope.wanted.values()) if isinstance(self.scope, Columns) else ()

    def watched(self, watch: Watch) -> None:
        """From now on, show each document's rows, the cells of its head, and what was built."""
        self._builder = _Watched(self.builder, watch)

    def recalling(self, memory: Memory, version: bytes, paged: Paged) -> None:
        """From now on, recall what needs not be built; `version` stands for the whole mapping.

        `paged` reads the rows but for those of pages.
        """
        kind, builder, scope = self.record.kind, self.builder, self.scope
        # Lines of a second source, and what a refund takes over, are not in a document's own rows.
        apart = self.lines is not None or kind in (*PEOPLE, Kind.ITEMS, Kind.REFUNDS, Kind.PAYOUTS)
        # Nor is it remembered which of several invoices a payment settles.
        apart = apart or (kind is Kind.PAYMENTS and self.record.lines is not None)
        if apart or isinstance(builder, ItemBuilder) or not isinstance(scope, Columns):
            return
        own = version + repr((kind, self.record.source, list(scope.wanted))).encode()
        belonging = (kind, self.record.source)
        self._recognition = Recognition(memory, own, belonging, builder.parties, self._register)
        # Rows that are left out may stand between two of one document: then no page ends there.
        if not (self.record.group_by and self._choice.chooses):
            pager = self._recognition.pager(gaps=not self.record.group_by)
            self._paged = (lambda: paged(pager)) if pager is not None else None
        if not self.record.group_by:
            self._name = _loosely_read(builder.head.getters["id"])

    def taken(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Give those of some rows that `where` takes, each as soon as it is read."""
        if self.record.group_by:
            return (row for _, row in self._choice.keyed(rows))
        return self._choice.rows(rows)

    def documents(self, rows: Rows) -> Iterator[tuple[Built | Stub, bool]]:
        """Build the documents; true beside one that stands for an earlier one of the same id."""
        apart: set[Key] = set()
        built: Iterator[Built | Stub]
        if self._recognition is not None:
            pieces = self._pieces(self._recognition, rows, apart)
            built = self._recognition.documents(pieces, self._make, self._grouped)
        else:
            read = self.lines.noticing(rows()) if self.lines else rows()
            built = (self._make(members) for _, members in self._groups(read, apart))
        for each in built:
            yield each, False
        if apart:
            yield from self._gathered(rows, apart)
        if self.lines is not None:
            self.notes.extend(self.lines.orphans())

    def _groups(self, read: Iterator[Row], apart: set[Key]) -> Iterator[Group]:
        """Give the rows of one document after the other; name those that stand apart."""
        if not self.record.group_by:
            return self._grouped(read)
        return self._together_only(self._grouped(read), self._tables(), apart)

    def _pieces(
        self, recognition: Recognition, rows: Rows, apart: set[Key]
    ) -> Iterator[Group | Opened]:
        """Give the rows of one document after the other, and pages in their places."""
        if self._paged is None:
            return self._groups(rows(), apart)
        if not self.record.group_by:
            return self._singly(self._paged(), recognition)
        pieces = iter(Pieces(self._paged(), self._choice, recognition.opened))
        return self._apart_from_pages(pieces, apart)

    def _grouped(self, read: Iterator[Row]) -> Iterator[Group]:
        """Take rows of whole documents apart, document by document."""
        if self.record.group_by:
            return self._choice.groups(read)
        return ((self._name(row.cells), [row]) for row in self._choice.rows(read))

    def _singly(
        self, read: Iterator[Row | Page], recognition: Recognition
    ) -> Iterator[Group | Opened]:
        """Give each row as a document of its own, under its id, and pages as they are."""
        for item in read:
            if isinstance(item, Row):
                if self._choice.takes(item):
                    yield self._name(item.cells), [item]
                continue
            opened = recognition.opened(item)
            if opened is not None:
                yield opened
            else:
                yield from self._grouped(item.rows())

    def _apart_from_pages(
        self, pieces: Iterator[Group | Opened], apart: set[Key]
    ) -> Iterator[Group | Opened]:
        """Take pages only where none of their documents was there before."""
        seen = self._tables()
        for piece in pieces:
            if not isinstance(piece, Opened):
                yield from self._together_only(iter((piece,)), seen, apart)
            elif any(name in seen for name in piece.contents.names):
                yield from self._together_only(self._grouped(piece.page.rows()), seen, apart)
            else:
                seen.update(dict.fromkeys(piece.contents.names))
                yield piece

    def _together_only(
        self, groups: Iterator[Group], seen: MutableMapping[str, Any], apart: set[Key]
    ) -> Iterator[Group]:
        """Give each document's rows but for those that stand apart; name these."""
        for key, members in groups:
            if is_blank(key):
                for row in members:
                    yield "", [row]
                continue
            name = name_of(key)
            if name in seen:
                apart.add(key)
            else:
                seen[name] = None
                if members[0].file == members[-1].file:
                    yield key, members
                else:
                    apart.add(key)

    def _gathered(self, rows: Rows, apart: set[Key]) -> Iterator[tuple[Built, bool]]:
        """Read once more, for the documents whose rows were not together."""
        groups: dict[Key, list[Row]] = {}
        for key, row in self._choice.keyed(rows()):
            if key in apart:
                groups.setdefault(key, []).append(row)
        for members in groups.values():
            parts = _by_file(members)
            again = len(parts) > 1 and all(_cells(part) == _cells(parts[0]) for part in parts)
            used = parts[0] if again else members
            built = self._make(used)
            if not built.skipped:
                self._tell_apart(built, members, parts, again=again)
            yield built, True

    def _make(self, members: Sequence[Row]) -> Built:
        built = self._one(members)
        return self._choice.settle(built, members) if self._choice.doubts else built

    def _tell_apart(
        self, built: Built, members: list[Row], parts: list[list[Row]], *, again: bool
    ) -> None:
        """Say that a document's rows stand in several places; two files may tell it twice."""
        places = ", ".join(f"{row.file}:{row.line}" for row in members[:10])
        found = built.findings
        if again:
            message = f"{built.ref.id} is in {len(parts)} files with the same content ({places})"
            found.warn("DOC012", f"{message}: it counts once")
        elif len(parts) > 1 and "total" not in self.record.document:
            hint = "leave one of the files out, or map total, which tells what belongs together"
            message = f"{built.ref.id} is in {len(parts)} files with different rows ({places})"
            found.error("DOC011", message, hint)
            built.document = None
        else:
            message = f"the rows of this document are not together ({places})"
            found.warn("DOC013", message, "fine if the export is sorted by something else")

    def _one(self, members: Sequence[Row]) -> Built:
        if self._is_simple(members):
            return self._builder.build(members, members[0].cells)
        cells, complaints = self._together(members)
        built = self._builder.build(members, cells)
        if not built.skipped:
            for name, message, hint in complaints:
                built.findings.error("DOC007", message, hint, column=name)
            if complaints:
                built.document = None
        return built

    def _is_simple(self, members: Sequence[Row]) -> bool:
        """Tell whether all rows say the same of the document itself."""
        if len(members) == 1:
            return True
        first, width = members[0].cells, self._head_width
        return bool(width) and all(row.cells[:width] == first[:width] for row in members[1:])

    def _together(self, members: Sequence[Row]) -> tuple[Any, list[tuple[str, str, str]]]:
        """Put the document's own cells together: blank ones may follow, different ones may not."""
        cells = members[0].cells
        complaints: list[tuple[str, str, str]] = []
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

    def _made(self, shop: Workshop, available: frozenset[str] | None) -> AnyBuilder:
        record, rules = self.record, shop.rules
        for name in record.group_by:
            self.scope.text(name, record.group_place or record.place)
        if record.kind in _NO_LINES:
            head = HeadReader(record, self._compiler, self.scope, rules.books, rules.push)
            self._close_head()
            expectations = head.compile_expectations(self._compiler)
            if record.kind in PEOPLE:
                return PeopleBuilder(head, shop.parties[record.kind]).expecting(expectations)
            if record.kind is Kind.ITEMS:
                return ItemBuilder(head, shop.choices).expecting(expectations)
            customers = shop.parties[Kind.CUSTOMERS]
            if record.kind is Kind.PAYOUTS:
                made = PayoutBuilder(head, rules, shop.choices, customers)
                return made.expecting(expectations)
            receipts = ReceiptBuilder(head, rules, shop.choices, customers, shop.register)
            if record.kind is Kind.PAYMENTS and record.lines is not None:
                receipts.settling(*self._line_reader(shop, available))
            return receipts.expecting(expectations)
        sale = SaleBuilder(record, shop.tools, self._compiler, self.scope)
        self._close_head()
        expectations = sale.head.compile_expectations(self._compiler)
        sale.complete(self._line_reader(shop, available), expectations)
        return sale

    def _line_reader(
        self, shop: Workshop, available: frozenset[str] | None
    ) -> tuple[LineBuilder | None, Under]:
        """Compile where the record's lines stand and what they are."""
        self.lines = self._line_source(shop)
        other = (self.lines.compiler, self.lines.scope, self.lines.by_key) if self.lines else None
        return line_reader(
            self.record, shop.tools, self._compiler, self.scope, other=other, available=available
        )

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
        return LineSource(rule, shop.rules, self._compiler, self.scope)


def _no_name(_cells: Any) -> str:
    return ""


def _loosely_read(read: Callable[[Any], str]) -> Callable[[Any], str]:
    """Read a text that nothing depends on: blank where it can't be read."""

    def word(cells: Any) -> str:
        try:
            return read(cells)
        except Misread:
            return ""

    return word


def _scope(source: Source) -> Scope:
    return Columns() if source.format is Format.CSV else Paths()


def _by_file(rows: Sequence[Row]) -> list[list[Row]]:
    files: dict[str, list[Row]] = {}
    for row in rows:
        files.setdefault(row.file, []).append(row)
    return list(files.values())


def _cells(rows: Sequence[Row]) -> list[Any]:
    return [row.cells for row in rows]


def _head_names(record: RecordRule) -> list[str]:
    fields: list[Field] = [*record.document.values(), *record.party.values()]
    names = [name for each in fields for name in (each.column, *each.first_of) if name]
    return list(dict.fromkeys(names))


def _same(text: str, other: str) -> bool:
    return text == other or " ".join(text.split()).casefold() == " ".join(other.split()).casefold()


def _complaint(name: str, first: tuple[Row, str], other: tuple[Row, str]) -> tuple[str, str, str]:
    message = (
        f'"{name}" is "{first[1]}" on line {first[0].line} and "{other[1]}" '
        f"on line {other[0].line}: one document can't have both"
    )
    hint = "these may be two documents with one number: correct it in the billing system"
    return name, message, hint


def _with_cell(cells: Any, position: int, text: str) -> Any:
    return (*cells[:position], text, *cells[position + 1 :])
