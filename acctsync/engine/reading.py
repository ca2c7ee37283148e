"""Reads exports into documents: opens the files, and hands their rows to the pure parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping, Sequence
from collections.abc import Mapping as Dict
from dataclasses import field, replace
from pathlib import Path
from typing import Protocol

from acctsync.checks import Verdict, check_across, check_document
from acctsync.documents import (
    Document,
    DocumentRef,
    Held,
    Kind,
    Listed,
    Payment,
    Payout,
    State,
    Stub,
)
from acctsync.engine.collector import paused_collector
from acctsync.engine.files import Files, RowsOf, control_total
from acctsync.engine.keeping import (
    Fresh,
    Keeper,
    Stubbable,
    alike,
    fee_rule,
)
from acctsync.engine.refunded import Words, named_by_refunds
from acctsync.errors import Problem
from acctsync.exports.paging import Head, Page
from acctsync.exports.records import FileRefused
from acctsync.mapping.apply import ORDER, PEOPLE, RecordReader, Workshop
from acctsync.mapping.findings import Built, Findings, Trace
from acctsync.mapping.lookups import Sighting, Unmapped, tally, uncreatable
from acctsync.mapping.model import Fees, Mapping
from acctsync.mapping.paging import Opened, Sketched
from acctsync.mapping.party import Party
from acctsync.mapping.recalling import Recalled, Shut
from acctsync.mapping.register import Register, Tables
from acctsync.mapping.unused import unused
from acctsync.plan.parts import FeeRule, parts_of
from acctsync.plan.writing_off import BadDebts
from acctsync.values import dataclass

# So many documents are looked up in our memory at once.
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the exports say: documents in their order, customers first, and all that is wrong.

    `every` tells of all documents, some of them by a stub; `documents` are those kept whole,
    `refused` the numbers of those that nobody can make sense of.
    `parts` are written beside documents that were kept whole.
    """

    documents: tuple[Document, ...]
    every: Collection[Held] = ()
    parts: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: Dict[DocumentRef, str] = field(default_factory=dict)
    skipped: Dict[Kind, int] = field(default_factory=dict)
    unmapped: tuple[Unmapped, ...] = ()
    files: tuple[str, ...] = ()


class Onlooker(Protocol):
    """Sees how documents are read, to tell about it afterwards."""

    def opens(self, shop: Workshop, reader: RecordReader, rows: RowsOf) -> None:
        """See a record before its documents are read; called once for each."""
        ...


def read_documents(
    mapping: Mapping, data_dir: Path, today: dt.date, onlooker: Onlooker | None = None
) -> Reading:
    """Read all documents; raise InputRefused with every problem of files that can't be used."""
    with paused_collector():
        return _read(Files(mapping, data_dir), Collected(mapping, today), onlooker)


def skim(
    mapping: Mapping,
    data_dir: Path,
    today: dt.date,
    keeper: Keeper,
    whole: frozenset[DocumentRef] = frozenset(),
) -> Reading:
    """Read all documents, and keep whole only `whole` and those that the keeper wants so.

    Raises InputRefused with every problem of files that can't be used.
    """
    with paused_collector():
        while True:
            files = Files(mapping, data_dir)
            keep = Keep(keeper, whole, named_by_refunds(mapping, files))
            collected = Collected(mapping, today, keep)
            reading = _read(files, collected)
            if not collected.doubtful:
                return reading
            whole |= collected.doubtful


def _read(files: Files, collected: Collected, onlooker: Onlooker | None = None) -> Reading:
    mapping = collected.mapping
    shop = Workshop(mapping, collected.tables)
    for record in (mapping.records[kind] for kind in ORDER if kind in mapping.records):
        reader = RecordReader(record, shop, files.available(record.source))
        if reader.lines is not None:
            reader.lines.rows = files.rows_of(reader.lines.source, reader.lines.scope)
        rows = files.rows_of(reader.source, reader.scope)
        if onlooker is not None:
            onlooker.opens(shop, reader, rows)
        if collected.keep is not None and collected.keep.keeper.version:
            reader.recalling(collected.keep, collected.keep.keeper.version, rows.paged)
        try:
            collected.fill(reader.documents(rows), shop.register)
        except FileRefused as error:
            files.problems.extend(error.problems)
        files.keep(reader.notes)
    for control in mapping.checks.control_totals:
        files.problems.extend(control_total(control, mapping, files))
    files.refuse_if_bad()
    return collected.reading(shop, files)


@dataclass(slots=True)
class Shelf:
    """The documents of one kind as they come, by their id."""

    documents: MutableMapping[str, Held]
    refused: dict[str, tuple[DocumentRef, str]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    sightings: dict[str, list[Sighting]] = field(default_factory=dict)

    def forget(self, key: str) -> None:
        """Forget a document, because another stands for it."""
        self.skipped.discard(key)
        self.documents.pop(key, None)
        for table in (self.refused, self.problems, self.sightings):
            table.pop(key, None)


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept whole: what the keeper wants so, some documents by name, what is refunded."""

    keeper: Keeper
    whole: frozenset[DocumentRef]
    refunded: Words

    def wants(self, kind: Kind, source: str, id_: str, number: str) -> bool:
        """Tell whether a document is asked for by name."""
        if self.whole and DocumentRef(kind, source, id_) in self.whole:
            return True
        return self.refunded.name(kind, id_, number)

    def recall(self, kind: Kind, source: str, traces: Sequence[Trace]) -> Sequence[Recalled | None]:
        """Recall what need not be built."""
        return self.keeper.recall(kind, source, traces, self.wants)

    def starts(self, kind: Kind, source: str) -> Dict[str, Head] | None:
        """Tell by which lines pages start."""
        return self.keeper.starts(kind, source)

    def open(self, kind: Kind, source: str, page: Page) -> Opened | Shut:
        """Recall a page."""
        return self.keeper.open(kind, source, page, self.wants)

    def sketched(self, kind: Kind, source: str) -> Callable[[Sketched], None] | None:
        """Tell who is to learn new pages."""
        return self.keeper.sketched(kind, source)

    def stubs(self, documents: Sequence[Fresh]) -> Iterator[tuple[Stubbable, Stub]]:
        """Give the stubs that are enough, each with the document it stands for."""
        free = [each for each in documents if not self._wants(each.document)]
        for fresh, stub in zip(free, self.keeper.stubs(free), strict=True):
            if stub is not None:
                yield fresh.document, stub

    def _wants(self, document: Stubbable) -> bool:
        ref = document.ref
        return self.wants(ref.kind, ref.source, ref.id, document.number)


class Collected:
    """The documents of a run, kind by kind.

    `fresh` are those of which nobody has said yet whether they are kept whole, `doubtful` those
    that another has the id of, and of which too little was kept to compare the two.
    """

    def __init__(self, mapping: Mapping, today: dt.date, keep: Keep | None = None) -> None:
        self.mapping = mapping
        self.keep = keep
        self.tables: Tables = keep.keeper.tables() if keep is not None else dict
        self.fresh: list[Fresh] = []
        self.doubtful: set[DocumentRef] = set()
        self._today = today
        self._shelves: dict[Kind, Shelf] = {}

    def fill(self, documents: Iterable[tuple[Built | Stub, bool]], register: Register) -> None:
        """Take a record's documents in, built or recalled, and let go of what need not be whole."""
        for built, again in documents:
            if isinstance(built, Stub):
                self.take(built)
            else:
                self.add(built, again=again)
            register.add(built)
            if len(self.fresh) >= _BATCH:
                self.let_go(register)
        self.let_go(register)

    def add(self, built: Built, *, again: bool) -> None:
        """Take one document in; `again` when it stands for an earlier one of the same id."""
        check_document(built, self.mapping, self._today)
        key, found, document = built.ref.id, built.findings, built.document
        shelf = self._shelf(built.ref.kind)
        if again:
            shelf.forget(key)
        elif key in shelf.documents or key in shelf.refused:
            self._twice(shelf, built, document)
            return
        if found.problems:
            shelf.problems[key] = built.problems
        if found.sightings:
            shelf.sightings[key] = found.sightings
        if built.skipped:
            shelf.skipped.add(key)
        elif document is not None:
            shelf.documents[key] = document
            if isinstance(document, Stubbable):
                blank = not found.problems and not found.sightings
                self.fresh.append(Fresh(document, built.trace if blank else None, built.named))
        elif found.refused:
            shelf.refused[key] = built.ref, built.number or key

    def take(self, stub: Stub) -> None:
        """Take in the stub of a document that was recalled: all is well with it by itself."""
        shelf, key = self._shelf(stub.ref.kind), stub.ref.id
        if key in shelf.documents or key in shelf.refused:
            found = Findings(stub.file, stub.line or 0)
            self._twice(shelf, Built(ref=stub.ref, number=stub.number, findings=found), stub)
        else:
            shelf.documents[key] = stub

    def _shelf(self, kind: Kind) -> Shelf:
        shelf = self._shelves.get(kind)
        if shelf is None:
            shelf = self._shelves[kind] = Shelf(self.tables())
        return shelf

    def let_go(self, register: Register) -> None:
        """Keep stubs of the fresh documents where they are enough."""
        fresh, self.fresh = self.fresh, []
        if self.keep is None:
            return
        for document, stub in self.keep.stubs(fresh):
            documents, key = self._shelves[document.ref.kind].documents, document.ref.id
            # Another may have taken its place since.
            if documents.get(key) is document:
                documents[key] = stub
            register.let_go(document, stub)

    def reading(self, shop: Workshop, files: Files) -> Reading:
        """Finish: check documents against each other, and put customers first."""
        moved = {old: new for each in shop.parties.values() for old, new in each.moved().items()}
        documents = _Every(self._shelves, moved)
        refused = dict(each for shelf in self._shelves.values() for each in shelf.refused.values())
        verdict = check_across(documents, refused, self.mapping, self._find, self.tables)
        kept = _Every(self._shelves, moved, verdict)
        whole, used, has_fees = _gone_through(kept)
        parts = self._parts(whole, shop, has_fees=has_fees)
        people = [doc for kind in PEOPLE for doc in shop.parties[kind].documents(used)]
        others = _parties_of(parts) - used - {each.ref for each in people}
        beside = [doc for doc in shop.parties[Kind.VENDORS].documents(others) if doc.ref in others]
        unmapped = tally(
            each
            for shelf in self._shelves.values()
            for found in shelf.sightings.values()
            for each in found
        )
        return Reading(
            documents=(*people, *whole),
            every=_Every(self._shelves, moved, verdict, first=tuple(people)),
            parts=(*beside, *parts),
            problems=(
                *self._all_problems(verdict, shop, files),
                *uncreatable(unmapped, self.mapping.places),
            ),
            refused=verdict.refused,
            skipped={
                kind: len(shelf.skipped) for kind, shelf in self._shelves.items() if shelf.skipped
            },
            unmapped=unmapped,
            files=files.names,
        )

    def _find(self, ref: DocumentRef) -> Held | None:
        shelf = self._shelves.get(ref.kind)
        return shelf.documents.get(ref.id) if shelf is not None else None

    def _parts(
        self, whole: Sequence[Document], shop: Workshop, *, has_fees: bool
    ) -> tuple[Document, ...]:
        """Name what is written beside these documents."""
        fees = self.mapping.accounting.fees
        rule = _fee_rule(fees, shop) if fees is not None and has_fees else None
        written_off = self.mapping.accounting.written_off
        debts = BadDebts(account=written_off, day=self._today) if written_off else None
        return tuple(part for each in whole for part in parts_of(each, rule, debts))

    def _twice(self, shelf: Shelf, built: Built, second: Held | None) -> None:
        """Deal with an id that is there twice: the same again is dropped, another refuses both."""
        key = built.ref.id
        if built.skipped:
            return
        if self._is_same(shelf.documents.get(key), second):
            message = f"{key} is there twice with the same content: it counts once"
            built.findings.warn("DOC012", message)
        else:
            hint = "if several rows make one document, say so: group_by"
            built.findings.error("DOC011", f"{key} is there twice with different content", hint)
            shelf.documents.pop(key, None)
            shelf.refused[key] = built.ref, built.number or key
        shelf.problems.setdefault(key, []).extend(built.problems)

    def _is_same(self, first: Held | None, second: Held | None) -> bool:
        """Tell whether a document says what an earlier one of the same id said."""
        if first is None or second is None:
            return False
        if isinstance(first, Stub):
            same = alike(first, second) if isinstance(second, Stub) else self._says(second, first)
        else:
            same = self._says(first, second) if isinstance(second, Stub) else first == second
        if same is None:
            self.doubtful.add(first.ref)
        return same is not False

    def _says(self, document: Document, stub: Stub) -> bool | None:
        """Tell whether a document says what another said, of which a stub is left."""
        if self.keep is None or not isinstance(document, Stubbable):
            return False
        return self.keep.keeper.same(stub, document)

    def _all_problems(self, verdict: Verdict, shop: Workshop, files: Files) -> tuple[Problem, ...]:
        problems = [*unused(self.mapping), *files.notes]
        for kind in PEOPLE:
            problems.extend(shop.parties[kind].problems)
        for shelf in self._shelves.values():
            for found in shelf.problems.values():
                problems.extend(found)
        return (*problems, *verdict.problems)


def _with_customer(document: Held, moved: Dict[DocumentRef, DocumentRef]) -> Held:
    if isinstance(document, Listed) or document.customer is None:
        return document
    customer = moved.get(document.customer)
    if customer is None:
        return document
    if isinstance(document, Stub):
        return document._replace(customer=customer)
    return replace(document, customer=customer)


def _gone_through(
    documents: Iterable[Held],
) -> tuple[tuple[Document, ...], set[DocumentRef], bool]:
    """Pick the documents kept whole, name the parties of all, and tell whether there are fees."""
    whole: list[Document] = []
    # To hash a reference whole, for each of very many documents, would be most of the work here.
    parties: dict[tuple[str, str], DocumentRef] = {}
    has_fees = False
    for each in documents:
        if not isinstance(each, Stub):
            whole.append(each)
        party = None if isinstance(each, Listed) else each.customer
        if party is not None:
            parties[party.source, party.id] = party
        has_fees = has_fees or (isinstance(each, Payment | Stub | Payout) and _has_fee(each))
    return tuple(whole), set(parties.values()), has_fees


def _has_fee(document: Payment | Stub | Payout) -> bool:
    """Tell whether a fee was kept, or must be taken back with what it was kept of."""
    return bool(document.fee) or document.state is State.VOID


def _parties_of(documents: Iterable[Held]) -> set[DocumentRef]:
    """Name the customers and vendors that documents are with."""
    return {each.customer for each in documents if not isinstance(each, Listed) and each.customer}


def _fee_rule(fees: Fees, shop: Workshop) -> FeeRule:
    """Say how fees are booked; the processor becomes a vendor like any other."""
    vendors, place = shop.parties[Kind.VENDORS], fees.place
    processor = None
    if fees.vendor:
        found = vendors.ref(Party(name=fees.vendor), Findings(place.file, place.line or 0))
        processor = vendors.moved().get(found, found)
    return fee_rule(fees, processor)


class _Every(Collection[Held]):
    """The documents of a run in their order, each time anew: most of them may stand on disk.

    They have the final references of their customers; those that the verdict refuses are left out.
    """

    def __init__(
        self,
        shelves: Dict[Kind, Shelf],
        moved: Dict[DocumentRef, DocumentRef],
        verdict: Verdict | None = None,
        first: tuple[Held, ...] = (),
    ) -> None:
        self._shelves, self._moved, self._first = shelves, moved, first
        self._refused = verdict.refused if verdict is not None else {}
        self._changed = verdict.changed if verdict is not None else {}

    def __iter__(self) -> Iterator[Held]:
        yield from self._first
        for shelf in self._shelves.values():
            if not (self._moved or self._refused or self._changed):
                yield from shelf.documents.values()
                continue
            for each in shelf.documents.values():
                document = _with_customer(each, self._moved) if self._moved else each
                if document.ref not in self._refused:
                    yield self._changed.get(document.ref, document)

    def __len__(self) -> int:
        shelved = sum(len(shelf.documents) for shelf in self._shelves.values())
        return len(self._first) + shelved - sum(map(self._is_shelved, self._refused))

    def __contains__(self, document: object) -> bool:
        return any(each == document for each in self)

    def _is_shelved(self, ref: DocumentRef) -> bool:
        shelf = self._shelves.get(ref.kind)
        return shelf is not None and ref.id in shelf.documents
