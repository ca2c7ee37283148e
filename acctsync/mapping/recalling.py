"""Recognises rows that were built before, and recalls what they came to instead of building it.

Nearly every row of a nightly export is as it was the night before. What a document came to follows
from its rows and the mapping alone, but for its customer and for what it names: those depend on the
rest of the export, and are told anew each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from itertools import repeat
from typing import NamedTuple, Protocol

from acctsync.documents import Allocation, DocumentRef, Kind, State, Stub
from acctsync.exports.paging import Head, Page, Pager, Tape
from acctsync.exports.records import Row
from acctsync.mapping.findings import Built, Findings, Trace
from acctsync.mapping.paging import Group, Opened, Sketch, Sketched, Told, name_of
from acctsync.mapping.parties import Parties
from acctsync.mapping.party import Party
from acctsync.mapping.quick import twin
from acctsync.mapping.register import Register
from acctsync.mapping.row_choice import Key

_BATCH = 500
_LENGTH = 16
_MOST_CUSTOMERS = 20_000
# They separate cells and rows; rows that hold them are not recognised.
_CELL, _ROW = "\x1f", "\x1e"

Members = Sequence[Row]
_RefTwin = twin(DocumentRef)
_SETTLES_NOTHING: tuple[tuple[Allocation, ...], DocumentRef | None] = ((), None)
STATES = {str(state): state for state in State}
# What very many documents have is held once.
_day = lru_cache(maxsize=4096)(dt.date.fromordinal)
_amount = lru_cache(maxsize=4096)(Decimal)


class Remembered(NamedTuple):
    """What the rows of one document came to, when they were built last.

    `mark` is the fingerprint of the document, `part` of what is written beside it, if anything.
    `party` and `invoice` are whom and what the rows name; `wanted` is what a payment called its
    invoice then.
    """

    name: str
    digest: bytes
    id: str
    number: str
    date: dt.date
    currency: str
    total: Decimal
    tax_total: Decimal
    state: State
    exchange_rate: Decimal | None
    fee: Decimal | None
    wanted: str
    party: Party
    invoice: str
    mark: str
    part: str


class Recalled(NamedTuple):
    """What is remembered of rows that need not be built, and its ids in the books."""

    what: Remembered
    remote_id: str
    remote_customer: str


class Shut(NamedTuple):
    """A page that can't be taken whole: its documents are to be built `anew`, or looked at."""

    names: Sequence[str] = ()
    anew: bool = False


class Memory(Protocol):
    """Remembers what rows came to, and knows which of it needs no document any more."""

    def recall(self, kind: Kind, source: str, traces: Sequence[Trace]) -> Sequence[Recalled | None]:
        """Recall what need not be built; None for what is not known, or is to be built whole."""
        ...

    def starts(self, kind: Kind, source: str) -> Dict[str, Head] | None:
        """Tell by which lines pages start; None where nothing is recalled page by page."""
        ...

    def open(self, kind: Kind, source: str, page: Page) -> Opened | Shut:
        """Recall a page none of whose documents need be built."""
        ...

    def sketched(self, kind: Kind, source: str) -> Callable[[Sketched], None] | None:
        """Tell who is to learn new pages, if anybody is."""
        ...


class Recognition:
    """Takes the rows of a record's documents, and has those built that are not recognised.

    Documents of pages that were found but are taken apart are either built `anew`, or looked at one
    by one: then what is not settled (`doubted`) is in no page from now on.
    """

    def __init__(
        self,
        memory: Memory,
        version: bytes,
        belonging: tuple[Kind, str],
        parties: Parties,
        register: Register,
    ) -> None:
        """Set up; `version` stands for all that makes of the same rows the same document."""
        self._memory = memory
        self._version = version
        self._begun = sha256(version)
        self._kind, self._source = belonging
        self._parties = parties
        self._register = register
        self._customers: dict[Party, DocumentRef] = {}
        self._anew: set[str] = set()
        self._doubted: set[str] = set()
        self._sketch: Sketch | None = None

    def pager(self, *, gaps: bool) -> Pager | None:
        """Prepare for finding pages and for learning new ones; `gaps`: rows may be left out."""
        starts = self._memory.starts(self._kind, self._source)
        if starts is None:
            return None
        learn, tape = self._memory.sketched(self._kind, self._source), None
        if learn is not None:
            tape = Tape()
            self._sketch = Sketch(tape, learn, gaps=gaps)
        return Pager(self._version, starts, tape)

    def opened(self, page: Page) -> Opened | None:
        """Open a page that can be taken whole."""
        found = self._memory.open(self._kind, self._source, page)
        if isinstance(found, Opened):
            return found
        (self._anew if found.anew else self._doubted).update(found.names)
        return None

    def documents(
        self,
        pieces: Iterator[Group | Opened],
        build: Callable[[Members], Built],
        groups: Callable[[Iterator[Row]], Iterator[Group]],
    ) -> Iterator[Built | Stub]:
        """Give the documents in the order of their rows: those recalled by stubs, those built.

        `groups` takes rows of whole documents apart.
        """
        batch: list[Group] = []
        for piece in pieces:
            if not isinstance(piece, Opened):
                batch.append(piece)
                if len(batch) < _BATCH:
                    continue
            yield from self._one_by_one(batch, build)
            batch = []
            if isinstance(piece, Opened):
                stubs = self._stubs(piece)
                batch = list(groups(piece.page.rows())) if stubs is None else []
                yield from stubs or ()
        yield from self._one_by_one(batch, build)
        if self._sketch is not None:
            self._sketch.end()

    def _one_by_one(
        self, batch: Sequence[Group], build: Callable[[Members], Built]
    ) -> Iterator[Built | Stub]:
        traces = [self._trace(key, members) for key, members in batch]
        asked = [each for each in traces if each is not None and each.name not in self._anew]
        recalled = iter(self._memory.recall(self._kind, self._source, asked))
        for (_, members), trace in zip(batch, traces, strict=True):
            asks = trace is not None and trace.name not in self._anew
            known = next(recalled) if asks else None
            stub = self._completed(known, members[0]) if known is not None else None
            if stub is not None:
                yield stub
                self._learn(trace, members)
            else:
                built = build(members)
                built.trace = trace
                yield built
                # By now it was checked.
                self._learn(trace if self._may_be_of_a_page(built) else None, members)

    def _may_be_of_a_page(self, built: Built) -> bool:
        """Tell whether a document that was built will be settled next time, for all we know."""
        document, found = built.document, built.findings
        if document is None or built.skipped or found.problems or found.sightings:
            return False
        doubted = built.trace is not None and built.trace.name in self._doubted
        return not doubted and getattr(document, "state", None) is not State.VOID

    def _learn(self, trace: Trace | None, members: Members) -> None:
        if self._sketch is None:
            return
        if trace is None:
            self._sketch.cut(members)
        else:
            self._sketch.add(trace, members)

    def _stubs(self, opened: Opened) -> list[Stub] | None:
        """Make the stubs of a page; None when a document must be built after all."""
        page, (_, documents, parties), remote = opened
        allocated = self._allocated(documents)
        if allocated is None:
            return None
        kind, source, file, first = self._kind, self._source, page.file, page.first
        customers: dict[int, DocumentRef | None] = {}
        stubs: list[Stub] = []
        for told, (allocations, debtor), ids in zip(documents, allocated, remote, strict=False):
            id_, number, day, currency, total, tax, state, rate, fee, _, party, *_, at = told
            line = first + at
            if party not in customers:
                row = Row(file, line, ())
                customers[party] = self._customer(Party(*parties[party]), row)
            ref = _RefTwin(kind=kind, source=source, id=id_)
            ref.__class__ = DocumentRef
            stubs.append(
                Stub(
                    ref,
                    number,
                    _day(day),
                    currency,
                    _amount(total),
                    debtor or customers[party],
                    file,
                    line,
                    STATES[state],
                    _amount(tax),
                    _amount(rate) if rate else None,
                    allocations,
                    _amount(fee) if fee else None,
                    *ids,
                )
            )
        return stubs

    def _allocated(
        self, documents: Sequence[Told]
    ) -> Iterable[tuple[tuple[Allocation, ...], DocumentRef | None]] | None:
        """Say what the documents of a page settle, and whose that is; None where it is not sure."""
        if self._kind is not Kind.PAYMENTS:
            return repeat(_SETTLES_NOTHING)
        allocated = [
            self._settles(each.invoice, _amount(each.total), each.wanted, each.currency)
            if each.invoice
            else _SETTLES_NOTHING
            for each in documents
        ]
        sure = [each for each in allocated if each is not None]
        return sure if len(sure) == len(allocated) else None

    def _settles(
        self, invoice: str, total: Decimal, wanted: str, currency: str
    ) -> tuple[tuple[Allocation, ...], DocumentRef | None] | None:
        """Say what a payment settles now, and whose that is; None where it must be built."""
        now = self._register.allocation(invoice, total)
        if now is None or now.wanted != wanted:
            return None
        if self._register.currency(now.invoice) not in ("", currency):
            return None
        return (now,), self._register.customer(now.invoice)

    def _completed(self, known: Recalled, row: Row) -> Stub | None:
        """Say whom a document is with and what it names; None when it must be built after all."""
        what = known.what
        allocations: tuple[Allocation, ...] = ()
        debtor = None
        if self._kind is Kind.PAYMENTS and what.invoice:
            settles = self._settles(what.invoice, what.total, what.wanted, what.currency)
            if settles is None:
                return None
            allocations, debtor = settles
        ref = _RefTwin(kind=self._kind, source=self._source, id=what.id)
        ref.__class__ = DocumentRef
        return Stub(
            ref,
            what.number,
            what.date,
            what.currency,
            what.total,
            debtor or self._customer(what.party, row),
            row.file,
            row.line,
            what.state,
            what.tax_total,
            what.exchange_rate,
            allocations,
            what.fee,
            known.remote_id,
            known.remote_customer,
        )

    def _customer(self, party: Party, row: Row) -> DocumentRef | None:
        known = self._customers.get(party)
        if known is not None or not party.named:
            return known
        ref = self._parties.ref(party, Findings(row.file, row.line))
        # It may move to a better alias yet; then that is told of every reference handed out.
        if len(self._customers) >= _MOST_CUSTOMERS:
            self._customers.clear()
        self._customers[party] = ref
        return ref

    def _trace(self, key: Key, members: Members) -> Trace | None:
        """Digest the rows' cells; none for rows that name no document or hold the separators."""
        name = name_of(key)
        rows = [row.cells for row in members]
        text = _ROW.join(map(_CELL.join, rows))
        inner = len(rows) * (len(rows[0]) - 1)
        if not name or text.count(_CELL) != inner or text.count(_ROW) != len(rows) - 1:
            return None
        digest = self._begun.copy()
        digest.update(text.encode(errors="surrogatepass"))
        return Trace(name, digest.digest()[:_LENGTH])
