"""Take back what a run created: payments before invoices, each write through the outbox.

What is out of the books counts as never pushed, so that the next push may create it anew: under
its own number, since what is voided keeps it. What a person touched stays, and is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from acctsync.documents import DocumentRef, Kind
from acctsync.engine.doubts import recover
from acctsync.engine.events import Step
from acctsync.engine.job import Job
from acctsync.engine.planning import refuse_other_company
from acctsync.engine.record import result_row
from acctsync.engine.results import DocumentResult, Status, as_exported
from acctsync.engine.retry import run_named
from acctsync.engine.withdrawing import Withdrawal, sought_by_id
from acctsync.errors import AcctsyncError, ExitCode, Problem, Severity, StateUnusable
from acctsync.money import Money
from acctsync.plan.model import Action, Known, Standing
from acctsync.plan.undoing import STAGES, TAKEN, Judged, freed_by, judge_made
from acctsync.providers.port import Calls, Company, Provider
from acctsync.state.store import Store

# Of a document that was created, taken back and created again only the last time counts.
_MADE = """
SELECT made.kind, made.source, made.id FROM operations AS made
WHERE made.run = :run AND made.action = 'create' AND made.phase = 'done'
AND NOT EXISTS (SELECT 1 FROM operations AS later
    WHERE later.kind = made.kind AND later.id = made.id AND later.source = made.source
    AND later.seq > made.seq AND later.phase = 'done' AND later.action IN ('create', 'undo'))
ORDER BY made.seq
"""
_DONE = """
SELECT kind, action, count(*) AS number FROM operations
WHERE run = :run AND phase = 'done' GROUP BY kind, action
"""
_ONE = {"classes": "class"}
_NAMES = (Kind.CUSTOMERS, Kind.VENDORS, Kind.ITEMS, Kind.CLASSES, Kind.LOCATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """What an undo did, or would do. `undone` is the run it is about.

    PENDING documents would be taken back, DONE ones were, UNCHANGED ones were gone already.
    """

    undone: str
    documents: tuple[DocumentResult, ...]
    run: str = ""
    problems: tuple[Problem, ...] = ()
    company: Company | None = None
    calls: Calls = field(default_factory=Calls)
    seconds: float = 0.0
    stopped: AcctsyncError | None = None
    declined: bool = False

    @property
    def pending(self) -> tuple[DocumentResult, ...]:
        return tuple(each for each in self.documents if each.status is Status.PENDING)

    @property
    def exit_code(self) -> ExitCode:
        if self.stopped is not None:
            return self.stopped.exit_code
        statuses = {each.status for each in self.documents}
        if Status.IN_DOUBT in statuses:
            return ExitCode.LATER
        return ExitCode.PARTIAL if statuses & {Status.FAILED, Status.BLOCKED} else ExitCode.DONE


def undo(
    job: Job, wanted: str, confirm: Callable[[UndoResult], bool], *, dry_run: bool = False
) -> UndoResult:
    """Take back what a run created, once it was confirmed; a dry run only says what would be done.

    Raises InputRefused for a run that nobody remembers, and what stops it before anything was sent.
    """
    assert job.store is not None, "what a run created is in the state"
    refuse_other_company(job.mapping.books.company, job.company)
    begun = job.clock.monotonic()
    undone = run_named(job.store, wanted)
    run = _Undoing(job, job.store, undone, begun)
    result = run.look() if dry_run else run.carry_out(confirm)
    return replace(result, seconds=job.clock.monotonic() - begun)


class _Undoing:
    """One undo, from what the state tells of a run to its own record there."""

    def __init__(self, job: Job, store: Store, undone: str, begun: float) -> None:
        self._job = job
        self._store = store
        self._undone = undone
        self._begun = begun
        self._id = job.new_id()
        self._provider: Provider | None = None

    def look(self) -> UndoResult:
        """Say what would be done; nothing is recorded."""
        judged, company = self._judged()
        return self._result({each.known.ref: _planned(each) for each in judged}, company)

    def carry_out(self, confirm: Callable[[UndoResult], bool]) -> UndoResult:
        self._store.begin_run(self._id, "undo", whole=False)
        try:
            if self._store.unsettled():
                recover(self._job, self._id, self._store, self._books(), self._begun)
            return self._take_back(confirm)
        except AcctsyncError as error:
            self._note_end(error)
            raise

    def _take_back(self, confirm: Callable[[UndoResult], bool]) -> UndoResult:
        judged, company = self._judged()
        results = {each.known.ref: _planned(each) for each in judged}
        planned = replace(self._result(results, company), run=self._id)
        if planned.pending and not confirm(planned):
            return self._ended(replace(planned, declined=True))
        gone = [each.known.ref for each in judged if each.remote is None]
        if gone:
            self._store.forget(self._id, "gone already", gone)
        if not planned.pending:
            return self._ended(planned)
        self._store.back_up(f"{self._job.clock.now():%Y%m%dT%H%M%S}-{self._id[:8]}")
        withdrawal = Withdrawal(self._job, self._id, self._store, self._books(), results)
        going = [each.known for each in judged if each.goes]
        for kinds in STAGES:
            stage = [each for each in going if each.ref.kind in kinds]
            withdrawal.carry_out(stage, company.closed_until if company else None)
        done = self._result(withdrawal.results, company)
        return self._ended(replace(done, run=self._id, stopped=withdrawal.stopped))

    def _judged(self) -> tuple[list[Judged], Company | None]:
        """Look at everything that the run created, as the books hold it now."""
        made = self._made()
        if not made:
            return [], None
        provider = self._books()
        self._job.listener.notice(Step(f"asking {provider.name} what became of it"))
        company = provider.company()
        findings = provider.find(list(map(sought_by_id, made)))

        def judge(known: Known) -> Judged:
            return judge_made(known, findings.get(known.ref, ()), company.closed_until)

        first = [judge(each) for each in made if each.ref.kind in STAGES[0]]
        freed = freed_by(first)
        rest = [
            judge_made(each, findings.get(each.ref, ()), company.closed_until, freed)
            for each in made
            if each.ref.kind not in STAGES[0]
        ]
        return [*first, *rest], company

    def _made(self) -> list[Known]:
        """Recall what the run created and what is in the books still, for all we know."""
        rows = self._store.rows(_MADE, {"run": self._undone})
        refs = [DocumentRef(Kind(row["kind"]), row["source"], row["id"]) for row in rows]
        known = self._store.known(ref for ref in refs if ref.kind in TAKEN)
        return [known[ref] for ref in refs if ref in known and known[ref].standing is Standing.LIVE]

    def _result(
        self, results: Mapping[DocumentRef, DocumentResult], company: Company | None
    ) -> UndoResult:
        return UndoResult(
            undone=self._undone,
            documents=as_exported(results.values()),
            problems=self._limits(),
            company=company,
            calls=self._provider.calls if self._provider else Calls(),
        )

    def _limits(self) -> tuple[Problem, ...]:
        """Say what of the run can't be taken back at all."""
        rows = self._store.rows(_DONE, {"run": self._undone})
        done = {(Kind(row["kind"]), str(row["action"])): int(row["number"]) for row in rows}
        names = {kind: done.get((kind, Action.CREATE), 0) for kind in _NAMES}
        changes = {
            "updates": sum(n for (_, action), n in done.items() if action == Action.UPDATE),
            "voids": sum(n for (_, action), n in done.items() if action == Action.VOID),
            "e-mails": done.get((Kind.DELIVERIES, Action.CREATE), 0),
        }
        stays = [_names_stay(names)] if any(names.values()) else []
        return (*stays, *([_changes_stay(changes)] if any(changes.values()) else ()))

    def _ended(self, result: UndoResult) -> UndoResult:
        """Record how it ended. What stays is told, but it is no failure of a push."""
        done = [each for each in result.documents if each.status is Status.DONE]
        stays = sum(each.status in {Status.FAILED, Status.BLOCKED} for each in result.documents)
        self._store.end_run(
            self._id,
            exit_code=ExitCode.GUARD if result.declined else result.exit_code,
            counts={} if result.declined else {"undo": len(done), "blocked": stays},
            results=[result_row(each) for each in done],
        )
        return replace(result, calls=self._provider.calls if self._provider else Calls())

    def _note_end(self, error: AcctsyncError) -> None:
        if not isinstance(error, StateUnusable):
            self._store.end_run(self._id, exit_code=error.exit_code, counts={}, results=[])

    def _books(self) -> Provider:
        if self._provider is None:
            assert self._job.provider is not None, "an undo needs the books"
            self._provider = self._job.provider()
        return self._provider


def _planned(judged: Judged) -> DocumentResult:
    known = judged.known
    status = Status.PENDING if judged.goes else Status.BLOCKED
    return DocumentResult(
        ref=known.ref,
        number=known.number or known.ref.id,
        status=Status.UNCHANGED if judged.remote is None else status,
        action=Action.UNDO,
        remote_id=known.remote_id,
        money=None if known.total is None else Money(known.total, known.currency),
        problem=judged.problem,
    )


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(
        f"1 {_ONE.get(word) or word.removesuffix('s')}" if number == 1 else f"{number} {word}"
        for word, number in counts
        if number
    )


def _names_stay(names: Mapping[Kind, int]) -> Problem:
    listed = _listed((kind.value, number) for kind, number in names.items())
    return Problem(
        code="UNDO007",
        severity=Severity.WARNING,
        message=f"names that the run made stay in the books: {listed}",
        hint="Other documents may use them by now. Make those inactive there that are wrong.",
    )


def _changes_stay(changes: Mapping[str, int]) -> Problem:
    return Problem(
        code="UNDO008",
        severity=Severity.WARNING,
        message=f"of what the run did besides, nothing is taken back: {_listed(changes.items())}",
        hint="What was there before it is not known. Set the export or the mapping right and push:"
        " updates follow. What is void or e-mailed stays so.",
    )
