"""Compare the export with the books, document by document; reads only, in few calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal

from acctsync.documents import (
    ALLOCATIONS,
    EXPENSED_FEES,
    LABELS,
    PART_OF,
    PARTIES,
    CreditAllocation,
    Delivery,
    DocumentRef,
    Fee,
    Held,
    Invoice,
    Kind,
    Listed,
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
from acctsync.errors import ExitCode, Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.drafting import is_void
from acctsync.plan.model import Known
from acctsync.plan.reconciling import Compared, Difference, Finding, Here, There, compare
from acctsync.plan.selection import Selection
from acctsync.providers.port import Calls, Provider, Sought

# Names are not compared, nor what has no amount of its own in the export.
_COMPARED = frozenset(Kind) - {
    *(*PARTIES, *LABELS, Kind.ITEMS),
    *(*ALLOCATIONS, Kind.UNAPPLIED_PAYMENTS, Kind.WRITE_OFFS, Kind.DELIVERIES),
    Kind.REPAYMENTS,
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
    | Delivery
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
    """What the export holds of one kind: the chosen documents, and the ids of all."""

    chosen: tuple[Here, ...]
    exported: frozenset[str]
    since: dt.date | None
    until: dt.date | None


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
        kind: _compare(job, kind, chapter, there[kind], provider)
        for kind, chapter in chapters.items()
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
    paid = _paid_by_payments(reading.every)
    chosen: dict[Kind, list[Here]] = {kind: [] for kind in _kinds(job)}
    exported: dict[Kind, set[str]] = {kind: set() for kind in chosen}
    for each in (here for document in reading.every for here in _entries(document, paid)):
        if each.ref.kind in chosen:
            exported[each.ref.kind].add(each.ref.id)
            if job.selection.takes(each.ref, each.number, each.date):
                chosen[each.ref.kind].append(each)
    for ref in reading.refused:
        for kind in (ref.kind, _FEE_OF.get(ref.kind, ref.kind)):
            exported.get(kind, set()).add(ref.id)
    return {
        kind: _chapter(job.selection, listed, exported[kind]) for kind, listed in chosen.items()
    }


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


def _chapter(selection: Selection, chosen: Sequence[Here], exported: Collection[str]) -> _Chapter:
    """Settle which days of the books to look at: those asked for, or those of the export."""
    dates = [each.date for each in chosen]
    return _Chapter(
        chosen=tuple(chosen),
        exported=frozenset(exported),
        since=selection.since or (min(dates) if dates else selection.until),
        until=selection.until or (max(dates) if dates else selection.since),
    )


def _entries(document: Held, paid: Mapping[DocumentRef, Decimal]) -> Iterator[Here]:
    """Write a document, and the fee that was kept of it, as things to compare."""
    if isinstance(document, Listed) or document.date is None:
        return
    here = _here(document, document.date, paid.get(document.ref))
    yield here
    fee = document.fee if isinstance(document, Payment | Payout | Stub) else None
    if fee and here.ref.kind in _FEE_OF:
        ref = replace(here.ref, kind=_FEE_OF[here.ref.kind])
        yield replace(here, ref=ref, number=ref.id, total=fee, paid=None)


def _here(document: Entered, day: dt.date, paid: Decimal | None) -> Here:
    void = document.state is State.VOID if isinstance(document, Stub) else is_void(document)
    invoice = document.ref.kind is Kind.INVOICES
    if invoice and paid is None and _says_paid(document):
        paid = document.money.amount
    settled = min(paid or ZERO, document.money.amount) if invoice else None
    return Here(
        ref=document.ref,
        number=document.number,
        date=day,
        currency=document.currency,
        total=abs(document.money.amount),
        void=void,
        paid=settled,
        place=document.place,
    )


def _paid_by_payments(every: Iterable[Held]) -> dict[DocumentRef, Decimal]:
    """Add up what the export's payments settle, by invoice."""
    paid: dict[DocumentRef, Decimal] = {}
    for each in every:
        parts = each.allocations if isinstance(each, Payment | Stub) else ()
        for part in parts:
            if part.invoice is not None:
                paid[part.invoice] = paid.get(part.invoice, ZERO) + part.amount
    return paid


# The books' side


def _listed(chapters: Mapping[Kind, _Chapter], provider: Provider) -> dict[Kind, There]:
    """Read what the books hold of each kind in its days, kind by kind at the same time."""
    with ThreadPoolExecutor(_QUESTIONS, thread_name_prefix="ask") as pool:
        asked = {
            kind: pool.submit(_read, provider, kind, chapter) for kind, chapter in chapters.items()
        }
    return {kind: There(answer.result()) for kind, answer in asked.items()}


def _read(provider: Provider, kind: Kind, chapter: _Chapter) -> list[RemoteDocument]:
    if chapter.since is None or chapter.until is None:
        return []
    return list(provider.dated(kind, chapter.since, chapter.until))


def _compare(job: Job, kind: Kind, chapter: _Chapter, there: There, provider: Provider) -> Compared:
    assert job.store is not None
    known = job.store.known([each.ref for each in chapter.chosen])
    for remote in _elsewhere(chapter.chosen, known, there, provider):
        there.add(remote)
    ours = job.store.known_in_books(kind, [each.id for each in there])
    return compare(chapter.chosen, known, there, chapter.exported, ours)


def _elsewhere(
    chosen: Sequence[Here], known: Mapping[DocumentRef, Known], there: There, provider: Provider
) -> Iterator[RemoteDocument]:
    """Look up, by id or number, what was not found on its days: it may be dated otherwise."""
    sought = [
        Sought(
            ref=each.ref,
            number=each.number,
            stamp=each.ref.id,
            remote_id=known[each.ref].remote_id if each.ref in known else "",
            date=each.date,
        )
        for each in chosen
        if not there.candidates(each, known.get(each.ref))
    ]
    findings = provider.find(sought) if sought else {}
    for each in sought:
        yield from findings.get(each.ref, ())


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
    """Count and add up both sides, by kind and currency; what is void counts nowhere."""
    for kind, chapter in chapters.items():
        found = compared[kind]
        sums: dict[str, Total] = {}
        for each in chapter.chosen:
            if not each.void:
                total = sums.get(each.currency) or Total(kind=kind, currency=each.currency)
                sums[each.currency] = replace(
                    total, here=total.here + 1, here_sum=total.here_sum + each.total
                )
        own = {ref: each.currency for each in chapter.chosen for ref in (each.ref,)}
        held = [(one, own[ref]) for ref, one in found.matched.items()]
        for remote, currency in (*held, *((each, "") for each in found.surplus)):
            name = remote.currency or currency or next(iter(sums), "")
            total = sums.get(name) or Total(kind=kind, currency=name)
            there_sum = total.there_sum + (remote.total or ZERO)
            sums[name] = replace(total, there=total.there + 1, there_sum=there_sum)
        yield from (sums[name] for name in sorted(sums))


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
