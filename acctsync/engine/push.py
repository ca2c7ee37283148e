"""Carry a plan out: recover what an earlier run left open, plan, ask, write stage by stage.

What only a run needs that has something to do is imported where that turns out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import field, replace
from itertools import zip_longest
from pathlib import Path

from acctsync.engine.collector import patient_collector, paused_collector
from acctsync.engine.completed import Completed
from acctsync.engine.job import Job
from acctsync.engine.mailing import forgive_mail
from acctsync.engine.noting import forgive_notes
from acctsync.engine.planning import (
    Draft,
    count_mails,
    every_result,
    finish,
    plan_problems,
    plan_result,
    prepare,
)
from acctsync.engine.record import Record, result_row
from acctsync.engine.results import (
    DocumentResult,
    PlanResult,
    PushResult,
    Status,
    counts,
    with_parts,
)
from acctsync.errors import AcctsyncError, ExitCode, GuardStopped, InputRefused, StateUnusable
from acctsync.plan.model import Action
from acctsync.plan.notes import signed
from acctsync.plan.stages import staged
from acctsync.providers.port import Calls, Provider
from acctsync.state.store import Store
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """How a push is to be carried out.

    `confirm` is asked once, when there is something to do. `expect_digest` insists on a plan made
    earlier; `max_create` refuses plans that create more than this.
    """

    command: str = "push"
    confirm: Callable[[PlanResult], bool] = field(default=lambda _: True)
    max_create: int | None = None
    fail_fast: bool = False
    expect_digest: str | None = None


def push(job: Job, orders: Orders) -> PushResult:
    """Bring the books to what the export says, and tell what became of every document.

    Raises what stops a run before anything was sent; what stops it later is in the result.
    """
    assert job.store is not None, "a push needs a state"
    begun = job.clock.monotonic()
    run = _Run(job, orders, job.store, begun)
    return replace(run.carry_out(), seconds=job.clock.monotonic() - begun)


class _Run:
    """One push, from its first look at the export to its record in the state."""

    def __init__(self, job: Job, orders: Orders, store: Store, begun: float) -> None:
        self._job = job
        self._orders = orders
        self._store = store
        self._begun = begun
        self._id = job.new_id()
        self._provider: Provider | None = None
        self._backup: Path | None = None

    def carry_out(self) -> PushResult:
        drafted = prepare(self._job, learns=True)
        recovering = bool(self._store.unsettled())
        if drafted.asks or recovering:
            self._back_up()
        self._store.begin_run(self._id, self._orders.command, whole=self._job.selection.everything)
        try:
            if recovering:
                self._recover()
                drafted = prepare(self._job, learns=True)
            forgive_mail(self._job, self._id, self._store)
            forgive_notes(self._job, self._id, self._store)
            with patient_collector():
                return self._plan_and_write(drafted)
        except AcctsyncError as error:
            self._note_end(error)
            raise
        finally:
            if self._provider is not None:
                self._provider.close()
            self._forget_backup()

    def _recover(self) -> None:
        from acctsync.engine.doubts import recover

        recover(self._job, self._id, self._store, self._books(), self._begun)

    def _back_up(self) -> None:
        """Copy the state before the books are asked: a disk that is full stops the run here."""
        self._backup = self._store.back_up(f"{self._job.clock.now():%Y%m%dT%H%M%S}-{self._id[:8]}")

    def _forget_backup(self) -> None:
        """Let go of a copy that nothing was written after; one that stays does no harm."""
        if self._backup is not None:
            with suppress(OSError):
                self._backup.unlink(missing_ok=True)

    def _keep_backup(self) -> None:
        """Keep the copy: something is about to be written, and what it was like before is gone."""
        self._backup = None
        self._store.prune_backups()

    def _books(self) -> Provider:
        if self._provider is None:
            assert self._job.provider is not None, "a push needs the books"
            self._provider = self._job.provider()
        return self._provider

    def _plan_and_write(self, drafted: Draft) -> PushResult:
        provider = self._books() if drafted.asks else self._provider
        completed = finish(self._job, drafted, provider)
        every = every_result(drafted, completed)
        planned = plan_result(drafted, completed, provider, every)
        self._guard(planned)
        if not self._has_work(completed):
            return self._ended(drafted, completed, planned.documents)
        record = Record(every)
        if not self._orders.confirm(planned):
            return self._result(drafted, completed, record, declined=True)
        self._write(drafted, completed, record)
        return self._result(drafted, completed, record)

    def _guard(self, planned: PlanResult) -> None:
        expected = self._orders.expect_digest
        if expected is not None and expected != planned.digest:
            raise InputRefused(
                "the plan file no longer matches: the export, the mapping or the books changed",
                hint="Make a new plan, look at it, and push that: acctsync plan --out FILE.",
            )
        creates = sum(
            each.action is Action.CREATE and each.status is Status.PENDING
            for each in planned.documents
        )
        limit = self._orders.max_create
        if limit is not None and creates > limit:
            raise GuardStopped(
                f"this push would create {creates} documents; --max-create allows {limit}",
                hint="Look at acctsync plan; if it is right, raise the limit.",
            )

    def _has_work(self, completed: Completed) -> bool:
        return completed.asked and self._provider is not None

    def _write(self, drafted: Draft, completed: Completed, record: Record) -> None:
        from acctsync.engine.errand import Errand
        from acctsync.engine.sending import Sender

        if any(each.action.writes for each in completed.changes):
            self._keep_backup()
        errand = Errand(
            job=self._job,
            run=self._id,
            store=self._store,
            provider=self._books(),
            facts=drafted.facts,
            policy=drafted.policy,
            record=record,
            fail_fast=self._orders.fail_fast,
        )
        sender = Sender(errand)
        stages = list(staged(signed(completed.changes, self._id)))
        for stage, following in zip_longest(stages, stages[1:], fillvalue=()):
            sender.carry_out(stage, following)

    @paused_collector()
    def _result(
        self, drafted: Draft, completed: Completed, record: Record, *, declined: bool = False
    ) -> PushResult:
        if not declined:
            record.leave_waiting()
        documents = tuple(
            replace(each, attempts=self._store.attempts(each.ref))
            if each.status is Status.FAILED
            else each
            for each in with_parts(record.results.values(), drafted.beside)
        )
        mails = count_mails(record.results.values(), Status.DONE)
        return self._ended(
            drafted,
            completed,
            documents,
            stopped=record.stopped,
            mails=mails,
            declined=declined,
        )

    @paused_collector()
    def _ended(
        self,
        drafted: Draft,
        completed: Completed,
        documents: tuple[DocumentResult, ...],
        *,
        stopped: AcctsyncError | None = None,
        mails: int = 0,
        declined: bool = False,
    ) -> PushResult:
        result = PushResult(
            run=self._id,
            documents=documents,
            problems=plan_problems(drafted, completed),
            company=completed.company,
            calls=self._provider.calls if self._provider else Calls(),
            stopped=stopped,
            mails=mails,
        )
        # What happened is told; of a part of the export, also what turned out to be right.
        untold = {Status.PENDING}
        if self._job.selection.everything:
            untold.add(Status.UNCHANGED)
        head = self._store.end_run(
            self._id,
            exit_code=ExitCode.GUARD if declined else result.exit_code,
            counts=counts(documents),
            results=[result_row(each) for each in documents if each.status not in untold],
        )
        return replace(result, audit_head=head)

    def _note_end(self, error: AcctsyncError) -> None:
        """Record how the run ended, if the state can still be written."""
        if isinstance(error, StateUnusable):
            return
        self._store.end_run(self._id, exit_code=error.exit_code, counts={}, results=[])
