"""Find out what became of writes that nobody knows the end of: wait, ask, and only then decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acctsync.engine.events import Step, Waiting
from acctsync.engine.job import Job
from acctsync.engine.operations import settlement_of, sought_again
from acctsync.errors import Interrupted
from acctsync.plan.judging import Verdict, judge_doubt
from acctsync.plan.model import Change
from acctsync.plan.outbox import Outstanding, Phase, Settlement
from acctsync.providers.port import Provider
from acctsync.state.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A write that nobody knows the end of, since when (monotonic), and why."""

    change: Change
    outstanding: Outstanding
    since: float
    why: str


def look_up(provider: Provider, outstanding: Sequence[Outstanding]) -> list[Verdict]:
    """Ask the books about writes that nobody knows the end of, in bulk."""
    findings = provider.find([sought_again(each.operation) for each in outstanding])
    return [
        judge_doubt(each.operation, findings.get(each.operation.ref, ())) for each in outstanding
    ]


def wait_until(job: Job, moment: float, why: str) -> bool:
    """Wait for a monotonic moment; tell whether it came before somebody asked to stop."""
    seconds = moment - job.clock.monotonic()
    if seconds > 0:
        job.listener.notice(Waiting(seconds, why))
        job.clock.sleep(seconds, job.stop)
    return not job.stop.is_set()


def recover(job: Job, run: str, store: Store, provider: Provider, begun: float) -> None:
    """Settle what an earlier run left open, before anything else is decided.

    Waits out the quiet period from our own start: when that run's last byte left is unknown.
    Raises ComeBackLater when the books can't be asked; then everything stays in doubt.
    """
    outstanding = store.unsettled()
    job.listener.notice(Step(f"looking up {len(outstanding)} documents that were being sent"))
    if not wait_until(job, begun + provider.limits.quiet_period, "an earlier run was interrupted"):
        raise Interrupted("stopped before the books were asked; nothing was sent")
    doubtful = [each for each in outstanding if each.phase is Phase.SENDING]
    store.settle(
        run,
        [
            Settlement(seq=each.seq, phase=Phase.IN_DOUBT, why="found at the start of a run")
            for each in doubtful
        ],
    )
    verdicts = look_up(provider, outstanding)
    store.settle(
        run,
        [settlement_of(each, verdict) for each, verdict in zip(outstanding, verdicts, strict=True)],
    )
