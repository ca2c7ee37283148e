"""Recognises rows that were built before, and recalls what they came to instead of building it.

Nearly every row of a nightly export is as it was the night before. What a document came to follows
from its rows and the mapping alone, but for its customer and for what it names: those depend on the
rest of the export, and are told anew each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, Protocol

from acctsync.documents import Allocation, DocumentRef, Kind, State, Stub
from acctsync.exports.records import Row
from acctsync.mapping.findings import Built, Findings, Trace
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


class Memory(Protocol):
    """Remembers what rows came to, and knows which of it needs no document any more."""

    def recall(self, kind: Kind, source: str, traces: Sequence[Trace]) -> Sequence[Recalled | None]:
        """Recall what need not be built; None for what is not known, or is to be built whole."""
        ...


class Recognition:
    """Takes the rows of a record's documents, and has those built that are not recognised."""

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
        self._begun = sha256(version)
        self._kind, self._source = belonging
        self._parties = parties
        self._register = register
        self._customers: dict[Party, DocumentRef] = {}

    def documents(
        self, groups: Iterator[tuple[Key, Members]], build: Callable[[Members], Built]
    ) -> Iterator[Built | Stub]:
        """Give the documents in the order of their rows: those recalled by stubs, those built."""
        while batch := list(islice(groups, _BATCH)):
            traces = [self._trace(key, members) for key, members in batch]
            asked = [each for each in traces if each is not None]
            recalled = iter(self._memory.recall(self._kind, self._source, asked))
            for (_, members), trace in zip(batch, traces, strict=True):
                known = next(recalled) if trace is not None else None
                stub = self._completed(known, members[0]) if known is not None else None
                if stub is not None:
                    yield stub
                else:
                    built = build(members)
                    built.trace = trace
                    yield built

    def _completed(self, known: Recalled, row: Row) -> Stub | None:
        """Say whom a document is with and what it names; None when it must be built after all."""
        what = known.what
        allocations: tuple[Allocation, ...] = ()
        debtor = None
        if self._kind is Kind.PAYMENTS and what.invoice:
            now = self._register.allocation(what.invoice, what.total)
            if now is None or now.wanted != what.wanted:
                return None
            if self._register.currency(now.invoice) not in ("", what.currency):
                return None
            allocations, debtor = (now,), self._register.customer(now.invoice)
        ref = _RefTwin(kind=self._kind, source=self._source, id=what.id)
        ref.__class__ = DocumentRef
        return Stub(
            ref,
            what.number,
            what.date,
            what.currency,
            what.total,
            debtor or self._customers.get(what.party) or self._customer(what.party, row),
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
        if not party.named:
            return None
        ref = self._parties.ref(party, Findings(row.file, row.line))
        # It may move to a better alias yet; then that is told of every reference handed out.
        if len(self._customers) >= _MOST_CUSTOMERS:
            self._customers.clear()
        self._customers[party] = ref
        return ref

    def _trace(self, key: Key, members: Members) -> Trace | None:
        """Digest the rows' cells; none for rows that name no document or hold the separators."""
        name = key if isinstance(key, str) else _CELL.join(key)
        rows = [row.cells for row in members]
        text = _ROW.join(map(_CELL.join, rows))
        inner = len(rows) * (len(rows[0]) - 1)
        if not name or text.count(_CELL) != inner or text.count(_ROW) != len(rows) - 1:
            return None
        digest = self._begun.copy()
        digest.update(text.encode(errors="surrogatepass"))
        return Trace(name, digest.digest()[:_LENGTH])
