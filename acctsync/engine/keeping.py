"""Says which documents of an export are kept whole while it is read; of the rest stubs stay.

An export of a million lines is far larger in memory than on disk. Nearly all of its documents are
in the books already just as it says, and for those a few facts are enough: mostly they need not
even be built.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Dict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from acctsync.checks import is_credible
from acctsync.documents import (
    PART_OF,
    DocumentRef,
    Invoice,
    Kind,
    Payment,
    Reference,
    State,
    Stub,
    stub_of,
)
from acctsync.engine.packing import pack, unpack
from acctsync.engine.spill import Scratch, Spill
from acctsync.engine.versions import builder_version
from acctsync.exports.paging import Head, Page
from acctsync.mapping.findings import Named, Trace
from acctsync.mapping.model import Fees, Mapping
from acctsync.mapping.paging import Contents, Opened, Sketched, Told
from acctsync.mapping.recalling import STATES, Recalled, Remembered, Shut
from acctsync.mapping.register import Tables
from acctsync.plan.drafting import Fingerprinted, content, is_settled
from acctsync.plan.model import Mark
from acctsync.plan.parts import FeeRule, parts_of
from acctsync.plan.writing_off import BadDebts

if TYPE_CHECKING:  # who only checks an export loads no database
    from acctsync.state.row_memory import RowMemory
    from acctsync.state.store import Store

Stubbable = Invoice | Payment
Wanted = Callable[[Kind, str, str, str], bool]

# The kind of what is written beside documents of a kind.
_PARTS = {whole: part for part, whole in PART_OF.items()}
# What rows came to is looked at anew once in so many days (a quarter), each day another part.
_TRUSTED_DAYS = 91


class Fresh(NamedTuple):
    """A document that was just built, and by what its rows can be recognised, if they can."""

    document: Stubbable
    trace: Trace | None = None
    named: Named | None = None


class Rows(NamedTuple):
    """Our memory of rows, and the day on which it is asked."""

    memory: RowMemory
    today: dt.date

    def usable(self, kind: Kind, source: str, traces: Sequence[Trace]) -> list[Remembered | None]:
        """Find the entries of just these rows, but for those whose turn it is to be built anew."""
        found = self.memory.find(kind, source, [each.name for each in traces])
        entries = [found.get(each.name) for each in traces]
        return [
            entry if entry is not None and self._is_usable(entry, trace) else None
            for entry, trace in zip(entries, traces, strict=True)
        ]

    def page(self, page: Page) -> Contents | Shut:
        """Find what a page told, unless it is its turn to be built anew."""
        contents = self.memory.page(page.head.number)
        if contents is None:
            return Shut()
        days = [each.day for each in contents.documents]
        credible = (
            is_credible(dt.date.fromordinal(day), self.today) for day in (min(days), max(days))
        )
        if self._is_turn(page.head.digest) or not all(credible):
            return Shut(contents.names, anew=True)
        return contents

    def _is_turn(self, digest: bytes) -> bool:
        part = int.from_bytes(digest[:8], "big") % _TRUSTED_DAYS
        return part == self.today.toordinal() % _TRUSTED_DAYS

    def _is_usable(self, entry: Remembered, trace: Trace) -> bool:
        same = entry.digest == trace.digest and not self._is_turn(entry.digest)
        return same and is_credible(entry.date, self.today)


class Marked(NamedTuple):
    """The fingerprints of a document and of what is written beside it, if anything."""

    own: str
    part: str


class Keeper(Protocol):
    """Asked about documents of one kind, some hundred at a time, in their order."""

    @property
    def version(self) -> bytes:
        """What all that makes the same of the same rows is known by; empty: nothing is recalled."""
        ...

    def recall(
        self, kind: Kind, source: str, traces: Sequence[Trace], wanted: Wanted
    ) -> Sequence[Recalled | None]:
        """Recall what need not be built; what is `wanted` by id or number is to be built whole."""
        ...

    def starts(self, kind: Kind, source: str) -> Dict[str, Head] | None:
        """Tell by which lines pages start; None where nothing is recalled page by page."""
        ...

    def open(self, kind: Kind, source: str, page: Page, wanted: Wanted) -> Opened | Shut:
        """Recall a page none of whose documents need be built; none of them is `wanted` whole."""
        ...

    def sketched(self, kind: Kind, source: str) -> Callable[[Sketched], None] | None:
        """Tell who is to learn new pages, if anybody is."""
        ...

    def stubs(self, documents: Sequence[Fresh]) -> Sequence[Stub | None]:
        """Give the stubs that are enough; None for a document that is to be kept whole."""
        ...

    def tables(self) -> Tables:
        """Say what makes the tables that hold an entry for every document of the export."""
        ...

    def same(self, first: Stub, second: Stubbable) -> bool | None:
        """Tell whether a document says what another said, of which a stub was kept.

        None where that can't be told from the stub.
        """
        ...


class OnlyStubs:
    """Keeps nothing whole but what is asked for by id or number."""

    version = b""

    def __init__(self, asked_for: Collection[str] = (), most: int = 20_000) -> None:
        """Set up; about `most` documents of a kind are held in memory."""
        self._asked_for = frozenset(asked_for)
        self._most = most

    def recall(
        self, kind: Kind, source: str, traces: Sequence[Trace], wanted: Wanted
    ) -> Sequence[Recalled | None]:
        """Recall nothing: what is wrong with an export is found by building it."""
        del kind, source, wanted
        return [None] * len(traces)

    def starts(self, kind: Kind, source: str) -> Dict[str, Head] | None:
        """Recall nothing."""
        del kind, source
        return None

    def open(self, kind: Kind, source: str, page: Page, wanted: Wanted) -> Opened | Shut:
        """Recall nothing."""
        del kind, source, page, wanted
        return Shut()

    def sketched(self, kind: Kind, source: str) -> Callable[[Sketched], None] | None:
        """Learn nothing."""
        del kind, source
        return None

    def stubs(self, documents: Sequence[Fresh]) -> Sequence[Stub | None]:
        """Give a stub of everything that nobody asked for."""
        return [
            None if self._is_asked_for(each.document) else stub_of(each.document)
            for each in documents
        ]

    def tables(self) -> Tables:
        """Let go of memory where an export is large: a check needs nothing of it twice."""
        scratch = Scratch()
        return lambda: Spill(scratch, pack, unpack, self._most)

    def same(self, first: Stub, second: Stubbable) -> bool | None:
        """Stubs that differ tell; lines and texts are not in them."""
        return None if alike(first, stub_of(second)) else False

    def _is_asked_for(self, document: Stubbable) -> bool:
        return not self._asked_for.isdisjoint((document.ref.id, document.number))


class Unsettled:
    """Keeps whole what our memory does not know to be in the books just as the export says.

    With `rows` it recalls what rows came to before, and learns what they come to now.
    `fingerprinted` takes the fingerprints of what it keeps whole.
    """

    def __init__(
        self,
        mapping: Mapping,
        store: Store,
        rows: Rows | None = None,
        fingerprinted: Fingerprinted | None = None,
    ) -> None:
        self.version = builder_version(mapping) if rows else b""
        self._store = store
        self._rows = rows
        self._whole = fingerprinted if fingerprinted is not None else Fingerprinted()
        self._kinds = mapping.push.kinds
        self._fees = fee_rule(mapping.accounting.fees) if mapping.accounting.fees else None
        written_off = mapping.accounting.written_off
        self._debts = BadDebts(account=written_off) if written_off else None
        # An overpaid payment is cut to what is open: it can't be compared before all is read.
        self._payments_change = mapping.checks.payment_over_invoice == "warn"
        self._customers: dict[str, str] = {}

    def recall(
        self, kind: Kind, source: str, traces: Sequence[Trace], wanted: Wanted
    ) -> Sequence[Recalled | None]:
        """Recall what is settled."""
        if self._rows is None or not self._compares(kind):
            return [None] * len(traces)
        entries = self._rows.usable(kind, source, traces)
        known = [each for each in entries if each is not None]
        parted = [each.id for each in known if each.part]
        marks = self._marks(kind, source, [each.id for each in known], parted)
        return [
            None if each is None else self._recalled(kind, source, each, wanted, marks)
            for each in entries
        ]

    def starts(self, kind: Kind, source: str) -> Dict[str, Head] | None:
        """Tell by which lines the pages start that the memory holds."""
        if self._rows is None or not self._compares(kind):
            return None
        return self._rows.memory.starts(kind, source)

    def open(self, kind: Kind, source: str, page: Page, wanted: Wanted) -> Opened | Shut:
        """Recall a page all of whose documents are settled."""
        assert self._rows is not None, "pages come from the memory of rows"
        contents = self._rows.page(page)
        if isinstance(contents, Shut):
            return contents
        documents = contents.documents
        remote = self._all_settled(kind, source, documents)
        if remote is None or any(wanted(kind, source, each.id, each.number) for each in documents):
            return Shut(contents.names)
        self._rows.memory.took(page.head.number)
        shared = self._customers.setdefault
        return Opened(
            page, contents, [(id_, shared(customer, customer)) for id_, customer in remote]
        )

    def sketched(self, kind: Kind, source: str) -> Callable[[Sketched], None] | None:
        """Let the memory learn pages, where it learns."""
        memory = self._rows.memory if self._rows is not None else None
        if memory is None or not memory.learns:
            return None
        return partial(memory.sketched, kind, source)

    def stubs(self, documents: Sequence[Fresh]) -> Sequence[Stub | None]:
        """Give stubs of what is settled, and of what is not pushed at all."""
        if not documents:
            return ()
        ref = documents[0].document.ref
        if ref.kind not in self._kinds:
            return [stub_of(each.document) for each in documents]
        if not self._compares(ref.kind):
            return [None] * len(documents)
        contents = [self._contents(each.document) for each in documents]
        ids = [each.document.ref.id for each in documents]
        parted = [each for each, content_ in zip(ids, contents, strict=True) if content_.part]
        marks = self._marks(ref.kind, ref.source, ids, parted)
        return [self._stub(*each, marks) for each in zip(documents, contents, strict=True)]

    def tables(self) -> Tables:
        """Hold everything in memory: what is compared with the state is gone through often."""
        return dict

    def same(self, first: Stub, second: Stubbable) -> bool | None:
        """Both say what our memory knows, or only the first does."""
        if first.ref.kind not in self._kinds:
            return None if alike(first, stub_of(second)) else False
        (again,) = self.stubs([Fresh(second)])
        return again is not None and alike(first, again)

    def _compares(self, kind: Kind) -> bool:
        """Tell whether documents of a kind can be compared with what is remembered of them."""
        return kind in self._kinds and not (self._payments_change and kind is Kind.PAYMENTS)

    def _contents(self, document: Stubbable) -> Marked:
        part = next(iter(parts_of(document, self._fees, self._debts)), None)
        return Marked(content(document), content(part) if part is not None else "")

    def _stub(self, fresh: Fresh, contents: Marked, marks: Marks) -> Stub | None:
        document = fresh.document
        self._learn(fresh, contents)
        state = document.state or State.OPEN
        memory = marks.settled(document.ref.kind, document.ref.id, state, contents)
        if memory is None:
            self._whole.hold(document, contents.own)
            return None
        return stub_of(document)._replace(
            remote_id=memory.remote_id, remote_customer=self._shared(memory.remote_customer)
        )

    def _recalled(
        self, kind: Kind, source: str, entry: Remembered, wanted: Wanted, marks: Marks
    ) -> Recalled | None:
        contents = Marked(entry.mark, entry.part)
        memory = marks.settled(kind, entry.id, entry.state, contents)
        if memory is None or wanted(kind, source, entry.id, entry.number):
            return None
        return Recalled(entry, memory.remote_id, self._shared(memory.remote_customer))

    def _shared(self, customer: str) -> str:
        """Hold a text once that very many documents have."""
        return self._customers.setdefault(customer, customer)

    def _marks(self, kind: Kind, source: str, ids: Sequence[str], parted: Sequence[str]) -> Marks:
        part = _PARTS.get(kind)
        beside = self._store.marks(part, source, parted) if part and parted else {}
        return Marks(self._store.marks(kind, source, ids), beside)

    def _all_settled(
        self, kind: Kind, source: str, documents: Sequence[Told]
    ) -> list[tuple[str, str]] | None:
        """Tell the ids and customers in the books; None unless nothing is to be done about any."""
        remote = self._store.live_as(kind, source, [(each.id, each.mark) for each in documents])
        parted = [each for each in documents if each.part]
        if parted:
            marks = self._marks(
                kind, source, [each.id for each in parted], [each.id for each in parted]
            )
            if any(
                marks.settled(kind, each.id, STATES[each.state], Marked(each.mark, each.part))
                is None
                for each in parted
            ):
                return None
        void = any(each.state == State.VOID for each in documents)
        return None if void else remote

    def _learn(self, fresh: Fresh, contents: Marked) -> None:
        """Remember what rows came to, if they can be recognised again."""
        if self._rows is None or fresh.trace is None or fresh.named is None:
            return
        stub = stub_of(fresh.document)
        entry = _entry(fresh.trace, stub, fresh.named, contents)
        self._rows.memory.learn(stub.ref.kind, stub.ref.source, entry)


class Marks(NamedTuple):
    """What is remembered of some documents of one kind, and of what is written beside them."""

    own: Dict[str, Mark]
    beside: Dict[str, Mark]

    def settled(self, kind: Kind, id_: str, state: State, contents: Marked) -> Mark | None:
        """Tell what is remembered of a document, if nothing is to be done about it."""
        memory = self.own.get(id_)
        if not is_settled(kind, state, contents.own, memory):
            return None
        if contents.part and not is_settled(
            _PARTS[kind], None, contents.part, self.beside.get(id_)
        ):
            return None
        return memory


def fee_rule(fees: Fees, processor: DocumentRef | None = None) -> FeeRule:
    """Say how fees are booked."""
    item = Reference(name=fees.item) if fees.item else None
    return FeeRule(account=fees.account, item=item, processor=processor)


def _entry(trace: Trace, stub: Stub, named: Named, contents: Marked) -> Remembered:
    return Remembered(
        name=trace.name,
        digest=trace.digest,
        id=stub.ref.id,
        number=stub.number,
        date=stub.date,
        currency=stub.currency,
        total=stub.total,
        tax_total=stub.tax_total,
        state=stub.state,
        exchange_rate=stub.exchange_rate,
        fee=stub.fee,
        wanted=stub.allocations[0].wanted if stub.allocations else "",
        party=named.party,
        invoice=named.invoice,
        mark=contents.own,
        part=contents.part,
    )


def alike(first: Stub, second: Stub) -> bool:
    """Tell whether two stubs say the same, wherever their documents stand."""
    return first == second._replace(file=first.file, line=first.line)
