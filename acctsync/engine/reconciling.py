"""Compare the export with the books, document by document; reads only, in few calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain

from acctsync.documents import (
    ALLOCATIONS,
    ASSIGNABLE,
    CUT,
    EXPENSED_FEES,
    LABELS,
    OWED,
    PART_OF,
    PARTIES,
    CreditAllocation,
    DocumentRef,
    Fee,
    Held,
    Invoice,
    Kind,
    Listed,
    Owed,
    Payment,
    Payout,
    Refund,
    RemoteDocument,
    Repayment,
    State,
    Stub,
    UnappliedPayment,
)
from acctsync.engine.events import Step
from acctsync.engine.job import Job
from acctsync.engine.keeping import Fresh, OnlyStubs
from acctsync.engine.planning import refuse_other_company
from acctsync.engine.reading import Reading, skim
from acctsync.engine.retaining import Standings, standings
from acctsync.engine.splitting import stand_in_parts
from acctsync.errors import ExitCode, Problem, Severity
from acctsync.mapping.model import Mapping as Rules
from acctsync.money import ZERO
from acctsync.plan.drafting import is_void
from acctsync.plan.model import Known
from acctsync.plan.reconciling import Compared, Difference, Finding, Here, There, compare
from acctsync.plan.selection import Selection
from acctsync.plan.splitting import together
from acctsync.providers.port import Calls, Provider, Sought
from acctsync.state.store import Store

# Names are not compared, nor what has no amount of its own in the export.
_COMPARED = frozenset(Kind) - {
    *(*PARTIES, *LABELS, Kind.ITEMS),
    *(*ALLOCATIONS, Kind.UNAPPLIED_PAYMENTS, Kind.WRITE_OFFS, *OWED),
    Kind.REPAYMENTS,
    *CUT,  # with what they are parts of
    Kind.RETAINERS,  # with the payments, whose other form they are
}
_FEE_OF = {whole: part for part, whole in PART_OF.items() if part in EXPENSED_FEES}
_QUESTIONS = 4
# What has a date and an amount.
Entered = (
    Invoice
    | Payment
    | Refund
    | Payout
    | Stub
    | Fee
    | Repayment
    | CreditAllocation
    | UnappliedPayment
    | Owed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many documents of a kind and currency there are on both sides, and their sums."""

    kind: Kind
    currency: str
    here: int = 0
    there: int = 0
    here_sum: Decimal = ZERO
    there_sum: Decimal = ZERO

    @property
    def agrees(self) -> bool:
        return (self.here, self.here_sum) == (self.there, self.there_sum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileResult:
    """What comparing export and books came to.

    `compared` documents of the export were looked at, `agreeing` of them have no difference;
    `unreadable` ones nobody can make sense of. `since` and `until` are the days of what was
    compared. `links` lead to documents in the books, by their ids there.
    """

    differences: tuple[Difference, ...]
    totals: tuple[Total, ...]
    compared: int
    agreeing: int
    unreadable: int = 0
    since: dt.date | None = None
    until: dt.date | None = None
    problems: tuple[Problem, ...] = ()
    calls: Calls = field(default_factory=Calls)
    links: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        differs = self.differences or self.unreadable
        return ExitCode.PARTIAL if differs else ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Chapter:
    """What the export holds of one kind: the chosen documents, and the ids of all.

    `kinds` are those that they may be of in the books, `cut` of what else some stand there.
    """

    kinds: tuple[Kind, ...]
    chosen: tuple[Here, ...]
    exported: frozenset[str]
    since: dt.date | None
    until: dt.date | None
    cut: frozenset[Kind] = frozenset()


def reconcile(job: Job) -> ReconcileResult:
    """Compare the export with the books; raise ComeBackLater when they can't be asked."""
    assert job.store is not None, "what we remember of the books is in the state"
    assert job.provider is not None, "there is nothing to compare with"
    begun = job.clock.monotonic()
    refuse_other_company(job.mapping.books.company, job.company)
    job.listener.notice(Step("reading the export"))
    keeper = _Paid(keeps_paid=Kind.PAYMENTS not in job.mapping.records)
    reading = skim(job.mapping, job.data_dir, job.today, keeper)
    chapters = _chapters(job, reading)
    provider = job.provider()
    job.listener.notice(Step(f"asking {provider.name} what it has"))
    there = _listed(chapters, provider)
    compared = {
        kind: _compare(job, chapter, there[kind], provider) for kind, chapter in chapters.items()
    }
    result = _result(job, chapters, compared, reading)
    remotes = _named(compared, there, result.differences)
    return replace(
        result,
        links={each.id: provider.link(each) for each in remotes},
        calls=provider.calls,
        seconds=job.clock.monotonic() - begun,
    )


class _Paid(OnlyStubs):
    """Keeps only stubs, but where no payments are exported the invoices that are said to be paid.

    A stub does not tell that.
    """

    def __init__(self, *, keeps_paid: bool) -> None:
        super().__init__()
        self._keeps_paid = keeps_paid

    def stubs(self, documents: Sequence[Fresh]) -> Sequence[Stub | None]:
        """Give stubs of what need not be whole."""
        return [
            None if self._keeps_paid and _says_paid(fresh.document) else stub
            for fresh, stub in zip(documents, super().stubs(documents), strict=True)
        ]


def _says_paid(document: Held) -> bool:
    return isinstance(document, Invoice) and document.paid


# The export's side


def _chapters(job: Job, reading: Reading) -> dict[Kind, _Chapter]:
    """Sort what the export holds by kind, in its order."""
    paid, forms = _paid_by_payments(reading.every), standings(job, reading.every)
    entries = _Entries(paid, forms, job.mapping)
    chosen: dict[Kind, list[Here]] = {kind: [] for kind in _kinds(job)}
    exported: dict[Kind, set[str]] = {kind: set() for kind in chosen}
    for each in (here for document in reading.every for here in entries.of(document)):
        kind = _chapter_of(each.ref.kind)
        if kind in chosen:
            exported[kind].add(each.ref.id)
            if job.selection.takes(replace(each.ref, kind=kind), each.number, each.date):
                chosen[kind].append(each)
    for ref in reading.refused:
        for kind in (ref.kind, _FEE_OF.get(ref.kind, ref.kind)):
            exported.get(kind, set()).add(ref.id)
    chapters = {
        kind: _chapter(job.selection, forms.kinds_of(kind), listed, exported[kind])
        for kind, listed in chosen.items()
    }
    if Kind.PAYMENTS in chapters:
        cut = stand_in_parts(job, reading.every)
        chapters[Kind.PAYMENTS] = replace(chapters[Kind.PAYMENTS], cut=cut)
    return chapters


def _chapter_of(kind: Kind) -> Kind:
    """Tell with which kind another is compared: money is money in either form."""
    return Kind.PAYMENTS if kind is Kind.RETAINERS else kind


def _kinds(job: Job) -> list[Kind]:
    """Name the kinds that are pushed, and the fees where the mapping books them."""
    wanted, fees = job.mapping.push.kinds, job.mapping.accounting.fees is not None
    return [
        kind
        for kind in Kind
        if kind in _COMPARED & job.kinds
        and PART_OF.get(kind, kind) in wanted
        and (fees or kind not in EXPENSED_FEES)
    ]


def _chapter(
    selection: Selection, kinds: tuple[Kind, ...], chosen: Sequence[Here], exported: Collection[str]
) -> _Chapter:
    """Settle which days of the books to look at: those asked for, or those of the export."""
    dates = [each.date for each in chosen]
    return _Chapter(
        kinds=kinds,
        chosen=tuple(chosen),
        exported=frozenset(exported),
        since=selection.since or (min(dates) if dates else selection.until),
        until=selection.until or (max(dates) if dates else selection.since),
    )


class _Entries:
    """Writes documents, and the fees that were kept of them, as things to compare."""

    def __init__(
        self, paid: Mapping[DocumentRef, Decimal], forms: Standings, mapping: Rules
    ) -> None:
        self._paid = paid
        self._forms = forms
        self._assigned = mapping.push.numbers == "assign"
        self._writes_off = mapping.accounting.written_off is not None

    def of(self, document: Held) -> Iterator[Here]:
        """Give the document and its fee."""
        if isinstance(document, Listed) or document.date is None:
            return
        here = self._here(document, document.date)
        yield replace(here, ref=self._forms.form_of(document))
        fee = document.fee if isinstance(document, Payment | Payout | Stub) else None
        if fee and here.ref.kind in _FEE_OF:
            ref = replace(here.ref, kind=_FEE_OF[here.ref.kind])
            yield replace(here, ref=ref, number=ref.id, total=fee, paid=None)

    def _here(self, document: Entered, day: dt.date) -> Here:
        return Here(
            ref=document.ref,
            number=document.number,
            date=day,
            currency=document.currency,
            total=abs(document.money.amount),
            void=_is_void(document),
            paid=self._settled(document),
            written_off=self._is_written_off(document),
            numbered=not (self._assigned and document.ref.kind in ASSIGNABLE),
            place=document.place,
        )

    def _settled(self, document: Entered) -> Decimal | None:
        """Tell how much of an invoice is paid, or never will be."""
        if document.ref.kind is not Kind.INVOICES:
            return None
        whole = document.money.amount
        if self._is_written_off(document):
            return whole
        paid = self._paid.get(document.ref)
        if paid is None:
            paid = whole if _says_paid(document) else ZERO
        return min(paid, whole)

    def _is_written_off(self, document: Entered) -> bool:
        state = document.state if isinstance(document, Invoice | Stub) else None
        return self._writes_off and state is State.WRITTEN_OFF


def _is_void(document: Entered) -> bool:
    return document.state is State.VOID if isinstance(document, Stub) else is_void(document)


def _paid_by_payments(every: Iterable[Held]) -> dict[DocumentRef, Decimal]:
    """Add up what the export's payments settle, by invoice; a void one settles nothing."""
    paid: dict[DocumentRef, Decimal] = {}
    for each in every:
        if not isinstance(each, Payment | Stub) or _is_void(each):
            continue
        for part in each.allocations:
            if part.invoice is not None:
                paid[part.invoice] = paid.get(part.invoice, ZERO) + part.amount
    return paid


# The books' side


def _listed(chapters: Mapping[Kind, _Chapter], provider: Provider) -> dict[Kind, There]:
    """Read what the books hold of each kind in its days, kind by kind at the same time."""
    with ThreadPoolExecutor(_QUESTIONS, thread_name_prefix="ask") as pool:
        asked = {
            kind: [pool.submit(_read, provider, each, chapter) for each in chapter.kinds]
            for kind, chapter in chapters.items()
        }
    return {
        kind: There(each for answer in answers for each in answer.result())
        for kind, answers in asked.items()
    }


def _read(provider: Provider, kind: Kind, chapter: _Chapter) -> list[RemoteDocument]:
    if chapter.since is None or chapter.until is None:
        return []
    found = list(provider.dated(kind, chapter.since, chapter.until))
    if kind is not Kind.PAYMENTS or not chapter.cut:
        return found
    asked = (provider.dated(each, chapter.since, chapter.until) for each in sorted(chapter.cut))
    return together(found, chain.from_iterable(asked))


def _compare(job: Job, chapter: _Chapter, there: There, provider: Provider) -> Compared:
    assert job.store is not None
    known = job.store.known([each.ref for each in chapter.chosen])
    for remote in _elsewhere(chapter, known, there, provider):
        there.add(remote)
    ours = {
        key: each for kind in chapter.kinds for key, each in _ours(job.store, kind, there).items()
    }
    return compare(chapter.chosen, known, there, chapter.exported, ours)


def _ours(store: Store, kind: Kind, there: There) -> dict[str, Known]:
    """Recall what of the books we wrote, by its id there."""
    return store.known_in_books(kind, [each.id for each in there if each.kind is kind])


def _elsewhere(
    chapter: _Chapter, known: Mapping[DocumentRef, Known], there: There, provider: Provider
) -> Iterator[RemoteDocument]:
    """Look up, by id or number, what was not found on its days: it may be dated otherwise."""
    lost = [each for each in chapter.chosen if not there.candidates(each, known.get(each.ref))]
    sought = [
        _sought(each, known.get(ref), ref)
        for each in lost
        for ref in (replace(each.ref, kind=kind) for kind in chapter.kinds)
    ]
    findings = provider.find(sought) if sought else {}
    for each in sought:
        yield from findings.get(each.ref, ())


def _sought(here: Here, known: Known | None, ref: DocumentRef) -> Sought:
    """Say how to look for a document, in one of its forms."""
    return Sought(
        ref=ref,
        number=here.number if here.numbered else "",
        stamp=ref.id,
        remote_id=known.remote_id if known is not None else "",
        date=here.date,
    )


# What it came to


def _result(
    job: Job,
    chapters: Mapping[Kind, _Chapter],
    compared: Mapping[Kind, Compared],
    reading: Reading,
) -> ReconcileResult:
    differences = [each for found in compared.values() for each in found.differences]
    chosen = [each for chapter in chapters.values() for each in chapter.chosen]
    differing = {each.ref for each in differences if each.finding is not Finding.EXTRA}
    order = list(Finding)
    return ReconcileResult(
        differences=tuple(sorted(differences, key=lambda each: order.index(each.finding))),
        totals=tuple(_totals(chapters, compared)),
        compared=len(chosen),
        agreeing=sum(each.ref not in differing for each in chosen),
        unreadable=sum(ref.kind in chapters for ref in reading.refused),
        since=min((each.since for each in chapters.values() if each.since), default=None),
        until=max((each.until for each in chapters.values() if each.until), default=None),
        problems=(*reading.problems, *_doubtful(job)),
    )


def _totals(
    chapters: Mapping[Kind, _Chapter], compared: Mapping[Kind, Compared]
) -> Iterator[Total]:
    """Count and add up both sides, by kind and currency; what is void counts nowhere.

    Money counts in the form that it has in the books.
    """
    for kind, chapter in chapters.items():
        found = compared[kind]
        sums: dict[tuple[Kind, str], Total] = {}
        for each in chapter.chosen:
            remote = found.matched.get(each.ref)
            own = remote.kind if remote is not None else each.ref.kind
            if not each.void:
                _count(sums, own, each.currency, here=each.total)
            if remote is not None:
                currency = remote.currency or each.currency
                _count(sums, own, currency, there=remote.total or ZERO)
        home = next((currency for _, currency in sums), "")
        for remote in found.surplus:
            _count(sums, remote.kind, remote.currency or home, there=remote.total or ZERO)
        kinds = list(chapter.kinds)
        yield from sorted(sums.values(), key=lambda each: (kinds.index(each.kind), each.currency))


def _count(
    sums: dict[tuple[Kind, str], Total],
    kind: Kind,
    currency: str,
    *,
    here: Decimal | None = None,
    there: Decimal | None = None,
) -> None:
    """Count one more document, on one side."""
    total = sums.get((kind, currency)) or Total(kind=kind, currency=currency)
    sums[kind, currency] = replace(
        total,
        here=total.here + (here is not None),
        here_sum=total.here_sum + (here or ZERO),
        there=total.there + (there is not None),
        there_sum=total.there_sum + (there or ZERO),
    )


def _named(
    compared: Mapping[Kind, Compared],
    there: Mapping[Kind, There],
    differences: Iterable[Difference],
) -> Iterator[RemoteDocument]:
    """Give what the books hold of the documents that differ."""
    ids = {each.remote_id for each in differences}
    for kind in compared:
        yield from (each for each in there[kind] if each.id in ids)


def _doubtful(job: Job) -> tuple[Problem, ...]:
    number = len(job.store.unsettled()) if job.store is not None else 0
    if not number:
        return ()
    return (
        Problem(
            code="REC009",
            severity=Severity.WARNING,
            message=f"{number} documents are in doubt: an earlier run was cut off",
            hint="acctsync push looks them up first; then reconcile again.",
        ),
    )
