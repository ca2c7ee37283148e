"""Link what is in the books already with the export, by number; nothing is sent.

It is a plan of which only the adopting is carried out. What stands against pushing a document (an
item that is no longer there, books that are closed) does not stand against linking it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from acctsync.documents import DocumentRef, Listed, Owed
from acctsync.engine.completed import Completed
from acctsync.engine.completing import sought_for
from acctsync.engine.doubts import recover
from acctsync.engine.events import Step
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.planning import Draft, every_result, finish, prepare
from acctsync.engine.record import result_row
from acctsync.engine.results import DocumentResult, Status, with_parts
from acctsync.errors import AcctsyncError, ExitCode, Problem, Severity, StateUnusable
from acctsync.plan.deciding import decide_document
from acctsync.plan.drafting import Policy
from acctsync.plan.model import Action, Change
from acctsync.providers.port import Calls, Company, Provider
from acctsync.state.store import Store

# Money that somebody recorded by hand can't be linked by number, nor money that the books hold in
# another form: that is for a person.
_PAID_THERE = frozenset({"PLAN014", "PLAN062"})


class Link(StrEnum):
    """What adopting came to for one document.

    ABSENT: the books don't hold it. CHANGED: it is linked, and the export says something else
    since. DIFFERS: the books hold something else in its place, a person decides. REFUSED: nobody
    can make sense of it in the export.
    """

    ADOPTED = "adopted"
    UNCHANGED = "unchanged"
    ABSENT = "absent"
    CHANGED = "changed"
    DIFFERS = "differs"
    REFUSED = "refused"


_LINKS = {
    Action.ADOPT: Link.ADOPTED,
    Action.UNCHANGED: Link.UNCHANGED,
    Action.CREATE: Link.ABSENT,
    Action.UPDATE: Link.CHANGED,
    Action.VOID: Link.CHANGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptResult:
    """What was linked, and what could not be."""

    run: str
    documents: tuple[DocumentResult, ...]
    problems: tuple[Problem, ...] = ()
    company: Company | None = None
    calls: Calls = field(default_factory=Calls)
    seconds: float = 0.0

    def of(self, link: Link) -> tuple[DocumentResult, ...]:
        """List the documents of which adopting came to this."""
        return tuple(each for each in self.documents if link_of(each) is link)

    @property
    def exit_code(self) -> ExitCode:
        held = self.of(Link.DIFFERS) or self.of(Link.REFUSED)
        return ExitCode.PARTIAL if held else ExitCode.DONE


def link_of(result: DocumentResult) -> Link:
    """Tell what adopting came to for one document."""
    if result.action is None:
        return Link.REFUSED
    return _LINKS.get(result.action, Link.DIFFERS)


def adopt(job: Job) -> AdoptResult:
    """Remember what of the export the books hold already, as if we had pushed it.

    Raises what stops a run; then nothing was remembered but what an earlier run had left in doubt.
    """
    assert job.store is not None, "what is linked is remembered in the state"
    begun = job.clock.monotonic()
    run = _Adopting(job, job.store, begun)
    return replace(run.carry_out(), seconds=job.clock.monotonic() - begun)


class _Adopting:
    """One run that links and writes nothing."""

    def __init__(self, job: Job, store: Store, begun: float) -> None:
        self._job = job
        self._store = store
        self._begun = begun
        self._id = job.new_id()
        self._provider: Provider | None = None

    def carry_out(self) -> AdoptResult:
        drafted = prepare(self._job)
        self._store.begin_run(self._id, "adopt", whole=False)
        try:
            if self._store.unsettled():
                recover(self._job, self._id, self._store, self._books(), self._begun)
                drafted = prepare(self._job)
            return self._link(drafted)
        except AcctsyncError as error:
            if not isinstance(error, StateUnusable):
                self._store.end_run(self._id, exit_code=error.exit_code, counts={}, results=[])
            raise

    def _link(self, drafted: Draft) -> AdoptResult:
        provider = self._books() if drafted.asks else None
        completed = finish(self._job, drafted, provider)
        if provider is not None:
            self._job.listener.notice(Step("linking what is there"))
            changes = _freed(completed.changes, drafted.facts, drafted.policy, provider)
            completed = replace(completed, changes=changes)
        found = [each for each in completed.changes if each.action is Action.ADOPT]
        pairs = [
            (each.known, getattr(each.document, "aliases", ()))
            for each in found
            if each.known is not None
        ]
        if pairs:
            self._store.remember(self._id, "adopted", pairs)
        return self._ended(drafted, completed)

    def _ended(self, drafted: Draft, completed: Completed) -> AdoptResult:
        every = with_parts(every_result(drafted, completed), drafted.beside)
        documents = tuple(
            replace(each, status=Status.DONE) if each.action is Action.ADOPT else each
            for each in every
        )
        result = AdoptResult(
            run=self._id,
            documents=documents,
            company=completed.company,
            calls=self._provider.calls if self._provider else Calls(),
        )
        result = replace(result, problems=(*drafted.reading.problems, *_left(result)))
        adopted = result.of(Link.ADOPTED)
        self._store.end_run(
            self._id,
            exit_code=result.exit_code,
            counts={"adopt": len(adopted), "unchanged": len(result.of(Link.UNCHANGED))},
            results=[result_row(each) for each in adopted],
        )
        return result

    def _books(self) -> Provider:
        if self._provider is None:
            assert self._job.provider is not None, "there is nothing to link with"
            self._provider = self._job.provider()
        return self._provider


def _freed(
    changes: Sequence[Change], facts: Facts, policy: Policy, provider: Provider
) -> tuple[Change, ...]:
    """Look up what a push would hold back: it may be in the books nevertheless."""
    held = [each for each in changes if _is_held_new(each)]
    if not held:
        return tuple(changes)
    findings = provider.find([sought_for(each) for each in held])
    decided: Mapping[DocumentRef, Change] = {
        each.ref: decide_document(
            replace(each, action=Action.CREATE, problem=None),
            findings.get(each.ref, ()),
            facts.remote_customer(each.document),
            policy,
        )
        for each in held
    }
    return tuple(_settled(each, decided.get(each.ref)) for each in changes)


def _is_held_new(change: Change) -> bool:
    new = change.known is None or not change.known.remote_id
    whole = not isinstance(change.document, Listed | Owed)
    return change.action is Action.BLOCKED and new and whole


def _settled(change: Change, decided: Change | None) -> Change:
    if decided is None:
        return change
    paid_there = change.problem is not None and change.problem.code in _PAID_THERE
    return change if decided.action is Action.CREATE and paid_there else decided


def _left(result: AdoptResult) -> Iterable[Problem]:
    """Say what adopting leaves undone."""
    absent, changed = len(result.of(Link.ABSENT)), len(result.of(Link.CHANGED))
    if absent:
        yield Problem(
            code="ADOPT001",
            severity=Severity.WARNING,
            message=f"the books don't hold {absent} of the export's documents and names",
            hint="adopt creates nothing. acctsync plan shows what a push would create.",
        )
    if changed:
        yield Problem(
            code="ADOPT002",
            severity=Severity.WARNING,
            message=f"of {changed} that are in the books the export says something else since",
            hint="adopt changes nothing. acctsync plan shows what a push would change.",
        )
