"""Make a plan: read the export, compare with what is remembered, ask the books only if need be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from acctsync.documents import (
    PART_OF,
    PARTIES,
    DocumentRef,
    Held,
    Item,
    Kind,
    Stub,
    digest,
    whole_of,
)
from acctsync.engine.collector import paused_collector
from acctsync.engine.completed import Completed
from acctsync.engine.events import Step
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.keeping import Rows, Unsettled
from acctsync.engine.mailing import draft_mail
from acctsync.engine.noting import draft_notes, owing_notes
from acctsync.engine.reading import Reading, read_documents, skim
from acctsync.engine.results import DocumentResult, PlanResult, Status, with_parts
from acctsync.engine.retaining import put_in_form
from acctsync.engine.splitting import in_parts
from acctsync.engine.writing_off import written_off_before
from acctsync.errors import InputRefused, Problem, Severity
from acctsync.mapping.model import Accounting
from acctsync.mapping.quick import twin
from acctsync.mapping.unheeded import unheeded
from acctsync.money import Money
from acctsync.plan.drafting import Fingerprinted, Policy, draft, moved
from acctsync.plan.items import key_of, uses
from acctsync.plan.model import Action, Change
from acctsync.plan.references import folded, folded_path
from acctsync.plan.retaining import order
from acctsync.plan.selection import select
from acctsync.plan.splitting import as_changes
from acctsync.plan.stages import estimated_calls
from acctsync.providers.port import Calls, Provider
from acctsync.state.row_memory import FILE, RowMemory
from acctsync.values import dataclass

_RESULTS: dict[Action, Status] = {
    Action.CREATE: Status.PENDING,
    Action.UPDATE: Status.PENDING,
    Action.VOID: Status.PENDING,
    Action.ADOPT: Status.PENDING,
    Action.UNCHANGED: Status.UNCHANGED,
    Action.CONFLICT: Status.BLOCKED,
    Action.BLOCKED: Status.BLOCKED,
}
_OFFLINE_BATCH = 30
_ResultTwin = twin(DocumentResult)
_money = lru_cache(maxsize=4096)(Money)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan as far as our own memory goes.

    `chosen` is everything that it is about, in the export's order. Those of which only a stub
    was kept are in the books just as the export says; the others have their changes.
    """

    reading: Reading
    chosen: tuple[Held, ...]
    facts: Facts
    changes: tuple[Change, ...]
    policy: Policy
    problems: tuple[Problem, ...] = ()

    @property
    def beside(self) -> frozenset[DocumentRef]:
        """Name what is no document of the export, but written beside them."""
        return frozenset(each.ref for each in self.reading.parts)

    @property
    def asks(self) -> bool:
        """Tell whether the books must be asked before it can be carried out."""
        return any(change.action.writes for change in self.changes)


def plan(job: Job) -> PlanResult:
    """Say what a push would do, without doing any of it."""
    started = job.clock.monotonic()
    drafted = prepare(job)
    provider = job.provider() if drafted.asks and job.provider is not None else None
    completed = finish(job, drafted, provider)
    result = plan_result(drafted, completed, provider, every_result(drafted, completed))
    return replace(result, seconds=job.clock.monotonic() - started)


@paused_collector()
def prepare(job: Job, *, learns: bool = False) -> Draft:
    """Read the export and compare it with what is remembered.

    One that `learns` remembers what the rows came to; it must be the only run.
    """
    if job.company:
        refuse_other_company(job.mapping.books.company, job.company)
    job.listener.notice(Step("reading the export"))
    fingerprinted = Fingerprinted()
    reading, chosen, facts = _read(job, fingerprinted, learns=learns)
    unapplies = Kind.UNAPPLIED_PAYMENTS in job.kinds
    policy = Policy(
        updates=job.mapping.push.updates != "false",
        overwrite=job.mapping.push.updates == "overwrite",
        voids=job.mapping.push.void != "false",
        unapply=job.mapping.push.void == "unapply" and unapplies,
        unapplies=unapplies,
        first_open_day=job.mapping.push.closed_books == "first_open_day",
        parties=_overwritten(job.mapping.accounting),
    )
    drafted = draft(facts.documents.values(), facts.known, policy, fingerprinted)
    changes = tuple(as_changes(order(drafted, facts.forms)))
    owed = draft_mail(job, changes, chosen, facts, reading)
    owed += draft_notes(job, changes, chosen, facts, reading.refused)
    left_out = Counter(each.ref.kind for each in chosen if each.ref.kind not in job.kinds)
    problems = tuple(_left_out(kind, number) for kind, number in left_out.items())
    problems += written_off_before(job, reading)
    if job.mapping.push.void == "unapply" and not unapplies:
        problems += (_never_unapplied(),)
    problems += tuple(unheeded(job.mapping, job.kinds))
    pushable = tuple(each for each in chosen if each.ref.kind in job.kinds)
    return Draft(
        reading=reading,
        chosen=(*pushable, *(each.document for each in owed)),
        facts=facts,
        changes=(*changes, *owed),
        policy=policy,
        problems=problems,
    )


def _overwritten(accounting: Accounting) -> frozenset[Kind]:
    """Name the kinds of customers and vendors whose contact data in the books follow the export."""
    rules = {Kind.CUSTOMERS: accounting.customers, Kind.VENDORS: accounting.vendors}
    return frozenset(kind for kind, each in rules.items() if each.overwrite_existing)


def _read(
    job: Job, fingerprinted: Fingerprinted, *, learns: bool
) -> tuple[Reading, tuple[Held, ...], Facts]:
    """Read the export, and recall what is known of what is not settled.

    A settled document whose customer is another one now is to be written after all: then the
    export is read once more, for the whole of it.
    """
    whole = owing_notes(job)
    while True:
        reading = _reading(job, whole, fingerprinted, learns=learns)
        formed, forms = put_in_form(job, _chosen(job, reading))
        chosen = in_parts(job, formed)
        facts = Facts(
            each for each in chosen if each.ref.kind in job.kinds and not isinstance(each, Stub)
        )
        facts.forms, facts.written = forms, forms.receipts
        stubs = [each for each in chosen if isinstance(each, Stub)]
        if job.store is not None:
            facts.recall(job.store, {each.customer for each in stubs if each.customer})
        gone_on = moved(stubs, facts.known) - whole
        if not gone_on:
            return reading, chosen, facts
        whole |= gone_on


def _reading(
    job: Job, whole: frozenset[DocumentRef], fingerprinted: Fingerprinted, *, learns: bool
) -> Reading:
    if job.store is None:
        return read_documents(job.mapping, job.data_dir, job.today)
    with RowMemory(job.store.folder / FILE, learns=learns) as memory:
        keeper = Unsettled(job.mapping, job.store, Rows(memory, job.today), fingerprinted)
        return skim(job.mapping, job.data_dir, job.today, keeper, whole)


def finish(job: Job, drafted: Draft, provider: Provider | None) -> Completed:
    """Ask the books what the draft leaves open; without them, take our word for it."""
    if not drafted.asks:
        return Completed(changes=drafted.changes)
    if provider is None:
        return Completed(changes=tuple(_offline(each) for each in drafted.changes), asked=False)
    from acctsync.engine.completing import complete

    return complete(job, drafted.changes, drafted.facts, drafted.policy, provider)


def plan_result(
    drafted: Draft,
    completed: Completed,
    provider: Provider | None,
    every: Sequence[DocumentResult],
) -> PlanResult:
    """Put a plan into words for people and scripts; `every` are all its results."""
    size = provider.limits.batch_size if provider else _OFFLINE_BATCH
    warnings = () if completed.asked else (_unasked(),)
    return PlanResult(
        documents=with_parts(every, drafted.beside),
        problems=(*plan_problems(drafted, completed), *warnings),
        company=completed.company,
        complete=completed.asked,
        calls=provider.calls if provider else Calls(),
        estimated_calls=estimated_calls(completed.changes, size),
        digest=plan_digest(completed.changes),
        mails=count_mails(every, Status.PENDING) if completed.asked else 0,
    )


def count_mails(results: Iterable[DocumentResult], status: Status) -> int:
    """Count the e-mails among results, before they are told as part of their invoices."""
    mails = (each for each in results if each.ref.kind is Kind.DELIVERIES)
    return sum(each.status is status and each.action is Action.CREATE for each in mails)


@paused_collector()
def every_result(drafted: Draft, completed: Completed) -> tuple[DocumentResult, ...]:
    """List what is to become of every document, and of every part of one by itself."""
    changed = {each.ref: each for each in completed.changes}
    chosen = (
        settled_result(each) if isinstance(each, Stub) else document_result(changed[each.ref])
        for each in drafted.chosen
    )
    added = (document_result(changed[ref]) for ref in _added(changed, drafted.chosen))
    return (*refused(drafted), *chosen, *added)


def _added(changed: Iterable[DocumentRef], chosen: Iterable[Held]) -> Iterator[DocumentRef]:
    """Name what changes and was not chosen; mostly nothing, so the very many stubs come last."""
    whole = {each.ref for each in chosen if not isinstance(each, Stub)}
    others = [ref for ref in changed if ref not in whole]
    stubs = {each.ref for each in chosen if isinstance(each, Stub)} if others else set()
    return (ref for ref in others if ref not in stubs)


def plan_problems(drafted: Draft, completed: Completed) -> tuple[Problem, ...]:
    """List every problem of a plan once: the export's, the company's and the documents'."""
    own = tuple(_own_problems(completed.changes))
    return (*drafted.reading.problems, *drafted.problems, *completed.problems, *own)


def _own_problems(changes: Iterable[Change]) -> Iterator[Problem]:
    """List what is wrong with each document; of a part only what is not its document's trouble."""
    told = {each.ref: each.problem for each in changes if each.problem is not None}
    for ref, problem in told.items():
        whole = whole_of(ref)
        if whole == ref or whole not in told:
            yield problem


def plan_digest(changes: Iterable[Change]) -> str:
    """Hash what a plan would do, so that carrying it out later can insist on just that."""
    return digest(sorted(f"{c.action} {c.ref} {c.fingerprint}" for c in changes if c.action.writes))


def document_result(change: Change) -> DocumentResult:
    """Put one change into words for people and scripts."""
    document = change.document
    remote = change.known or None
    remote_id = change.remote.id if change.remote else remote.remote_id if remote else ""
    return DocumentResult(
        ref=change.ref,
        number=document.number,
        status=_RESULTS[change.action],
        action=change.action,
        remote_id=remote_id,
        money=getattr(document, "money", None),
        problem=change.problem,
    )


def settled_result(settled: Stub) -> DocumentResult:
    """Say that a document is in the books as the export says."""
    made = _ResultTwin(
        ref=settled.ref,
        number=settled.number,
        status=Status.UNCHANGED,
        action=Action.UNCHANGED,
        remote_id=settled.remote_id,
        money=_money(settled.total, settled.currency),
        problem=None,
        attempts=0,
    )
    made.__class__ = DocumentResult
    result: DocumentResult = made
    return result


def refused(drafted: Draft) -> tuple[DocumentResult, ...]:
    """List the documents that the export holds but nobody can make sense of."""
    causes = {
        (each.kind, each.document): each
        for each in reversed(drafted.reading.problems)
        if each.is_error and each.document
    }
    return tuple(
        DocumentResult(
            ref=ref, number=number, status=Status.BLOCKED, problem=causes.get((ref.kind, number))
        )
        for ref, number in sorted(drafted.reading.refused.items())
    )


def refuse_other_company(wanted: str, connected: str) -> None:
    """Refuse to go on in another company than the mapping is written for."""
    if folded(wanted) != folded(connected):
        raise InputRefused(
            f"the mapping is for {wanted!r}, but this connection is to {connected!r}",
            hint="Connect the right company, or correct books.company in the mapping. If the"
            " company was renamed, sign in again, so that its new name is known.",
        )


def _chosen(job: Job, reading: Reading) -> tuple[Held, ...]:
    wanted = job.mapping.push.kinds | PARTIES
    documents = [
        each
        for each in (*reading.every, *reading.parts)
        if PART_OF.get(each.ref.kind, each.ref.kind) in wanted and _is_written(job, each.ref.kind)
    ]

    def pushed(ref: DocumentRef) -> bool:
        return job.store is not None and ref in job.store.known([ref])

    chosen = select(documents, job.selection, pushed)
    return chosen if job.selection.everything else _with_items(chosen, documents)


def _is_written(job: Job, kind: Kind) -> bool:
    """Tell whether these books take a kind apart: a refund may be written with its money in it."""
    return kind is not Kind.REPAYMENTS or kind in job.kinds


def _with_items(chosen: Sequence[Held], documents: Iterable[Held]) -> tuple[Held, ...]:
    """Bring the items of the export along that chosen documents name."""
    own = [each for each in documents if isinstance(each, Item)]
    taken = {each.ref for each in chosen} if own else set()
    whole = [each for each in (chosen if own else ()) if not isinstance(each, Stub)]
    names = {key_of(use.item) for each in whole for use in uses(each)}
    others = (each for each in own if each.ref not in taken)
    return (*(each for each in others if folded_path(each.name) in names), *chosen)


def _left_out(kind: Kind, number: int) -> Problem:
    name = kind.value.replace("_", " ")
    return Problem(
        code="PLAN003",
        severity=Severity.WARNING,
        message=f"{number} {name} are in the export, but these books can't be given {name} yet",
        hint=f"Nothing else hangs on them. push.{kind.value}: false silences this.",
        kind=kind.value,
    )


def _never_unapplied() -> Problem:
    return Problem(
        code="PLAN081",
        severity=Severity.WARNING,
        message="push.void: unapply can't be done in these books, where a payment is nothing"
        " without what it settles: void invoices that are paid are held back",
        hint="Void the payment in the billing system as well: it is taken back first then. Or"
        " delete it in the books by hand.",
    )


def _offline(change: Change) -> Change:
    never_pushed = change.action is Action.VOID and change.known is None
    return replace(change, action=Action.UNCHANGED) if never_pushed else change


def _unasked() -> Problem:
    return Problem(
        code="PLAN009",
        severity=Severity.WARNING,
        message="no company is connected: what already is in the books could not be asked",
        hint="Documents that are there already will be adopted, not created, once you connect.",
    )
