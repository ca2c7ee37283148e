"""Make a plan: read the export, compare with what is remembered, ask the books only if need be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from acctsync.documents import PARTIES, Document, DocumentRef, Kind, digest
from acctsync.engine.completing import Completed, complete
from acctsync.engine.events import Step
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.reading import Reading, read_documents
from acctsync.engine.results import DocumentResult, PlanResult, Status
from acctsync.errors import InputRefused, Problem, Severity
from acctsync.plan.drafting import Policy, draft
from acctsync.plan.model import Action, Change
from acctsync.plan.references import folded
from acctsync.plan.selection import select
from acctsync.plan.stages import estimated_calls
from acctsync.providers.port import Calls, Provider

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan as far as our own memory goes."""

    reading: Reading
    facts: Facts
    changes: tuple[Change, ...]
    policy: Policy
    problems: tuple[Problem, ...] = ()

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
    result = plan_result(drafted, completed, provider)
    return replace(result, seconds=job.clock.monotonic() - started)


def prepare(job: Job) -> Draft:
    """Read the export and compare it with what is remembered."""
    _check_company(job)
    job.listener.notice(Step("reading the export"))
    reading = read_documents(job.mapping, job.data_dir, job.today)
    chosen = _chosen(job, reading)
    facts = Facts(each for each in chosen if each.ref.kind in job.kinds)
    if job.store is not None:
        facts.recall(job.store)
    policy = Policy(
        updates=job.mapping.push.updates != "false",
        overwrite=job.mapping.push.updates == "overwrite",
        voids=job.mapping.push.void,
    )
    changes = draft(facts.documents.values(), facts.known, policy)
    left_out = Counter(each.ref.kind for each in chosen if each.ref.kind not in job.kinds)
    problems = tuple(_left_out(kind, number) for kind, number in left_out.items())
    return Draft(reading=reading, facts=facts, changes=changes, policy=policy, problems=problems)


def finish(job: Job, drafted: Draft, provider: Provider | None) -> Completed:
    """Ask the books what the draft leaves open; without them, take our word for it."""
    if not drafted.asks:
        return Completed(changes=drafted.changes)
    if provider is None:
        return Completed(changes=tuple(_offline(each) for each in drafted.changes), asked=False)
    return complete(job, drafted.changes, drafted.facts, drafted.policy, provider)


def plan_result(drafted: Draft, completed: Completed, provider: Provider | None) -> PlanResult:
    """Put a plan into words for people and scripts."""
    documents = (*refused(drafted), *map(document_result, completed.changes))
    size = provider.limits.batch_size if provider else _OFFLINE_BATCH
    warnings = () if completed.asked else (_unasked(),)
    return PlanResult(
        documents=documents,
        problems=(*plan_problems(drafted, completed), *warnings),
        company=completed.company,
        complete=completed.asked,
        calls=provider.calls if provider else Calls(),
        estimated_calls=estimated_calls(completed.changes, size),
        digest=plan_digest(completed.changes),
    )


def plan_problems(drafted: Draft, completed: Completed) -> tuple[Problem, ...]:
    """List every problem of a plan once: the export's, the company's and the documents'."""
    own = tuple(each.problem for each in completed.changes if each.problem is not None)
    return (*drafted.reading.problems, *drafted.problems, *completed.problems, *own)


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


def refused(drafted: Draft) -> tuple[DocumentResult, ...]:
    """List the documents that the export holds but nobody can make sense of."""
    causes = {
        (each.kind, each.document): each
        for each in reversed(drafted.reading.problems)
        if each.is_error and each.document
    }
    return tuple(
        DocumentResult(
            ref=ref, number=ref.id, status=Status.BLOCKED, problem=causes.get((ref.kind, ref.id))
        )
        for ref in sorted(drafted.reading.refused)
    )


def _check_company(job: Job) -> None:
    """Refuse to go on in another company than the mapping is written for."""
    wanted = job.mapping.books.company
    if job.company and folded(wanted) != folded(job.company):
        raise InputRefused(
            f"the mapping is for {wanted!r}, but this connection is to {job.company!r}",
            hint="Connect the right company, or correct books.company in the mapping. If the"
            " company was renamed, sign in again, so that its new name is known.",
        )


def _chosen(job: Job, reading: Reading) -> tuple[Document, ...]:
    wanted = job.mapping.push.kinds | PARTIES
    documents = [each for each in reading.documents if each.ref.kind in wanted]

    def pushed(ref: DocumentRef) -> bool:
        return job.store is not None and ref in job.store.known([ref])

    return select(documents, job.selection, pushed)


def _left_out(kind: Kind, number: int) -> Problem:
    name = kind.value.replace("_", " ")
    return Problem(
        code="PLAN003",
        severity=Severity.WARNING,
        message=f"{number} {name} are in the export, but these books can't be given {name} yet",
        hint=f"Nothing else hangs on them. push.{kind.value}: false silences this.",
        kind=kind.value,
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
