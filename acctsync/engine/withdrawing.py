"""Take documents out of the books, one stage of an undo: commit, send, settle, look up.

One exchange at a time: nobody waits for an undo as for a push of a year. Before each round the
books are asked anew, for what went before may have changed what is still there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from acctsync.documents import DocumentRef
from acctsync.engine.doubts import look_up, wait_until
from acctsync.engine.events import Sending, Settled, Waiting
from acctsync.engine.job import Job
from acctsync.engine.operations import phases, settlement_of
from acctsync.engine.results import DocumentResult, Status
from acctsync.errors import AcctsyncError, ComeBackLater, Interrupted, Problem
from acctsync.plan.model import Action, Known
from acctsync.plan.outbox import Operation, Outstanding, Phase, Settlement
from acctsync.plan.stages import cut
from acctsync.plan.undoing import Judged, judge_made
from acctsync.providers.port import (
    Accepted,
    Exchange,
    Outcome,
    Provider,
    Refusal,
    Rejected,
    Sought,
    Throttled,
    Unknown,
    Write,
)
from acctsync.state.store import Store

_ROUNDS = 6
_TROUBLES = 5
_LOOK_AGAIN = frozenset({Refusal.STALE, Refusal.GONE})


def sought_by_id(known: Known) -> Sought:
    """Say how to find in the books what we remember of them."""
    return Sought(ref=known.ref, remote_id=known.remote_id, number=known.number)


@dataclass(frozen=True, slots=True)
class _Item:
    """One document on its way out, as the outbox holds it."""

    known: Known
    outstanding: Outstanding


class Withdrawal:
    """Takes documents out of the books. `stopped` is why nothing more may be sent."""

    def __init__(
        self,
        job: Job,
        run: str,
        store: Store,
        provider: Provider,
        results: Mapping[DocumentRef, DocumentResult],
    ) -> None:
        self.results = dict(results)
        self.stopped: AcctsyncError | None = None
        self._job = job
        self._run = run
        self._store = store
        self._provider = provider
        self._doubts: list[_Item] = []
        self._since = 0.0
        self._troubles = 0

    def carry_out(self, stage: Sequence[Known], closed_until: dt.date | None) -> None:
        """Take one stage out of the books, as far as that can be done now."""
        left = list(stage)
        if left:
            kinds = tuple(dict.fromkeys(each.ref.kind for each in left))
            self._job.listener.notice(Sending(kinds, len(left)))
        for _ in range(_ROUNDS):
            if not left or self._stopping():
                break
            left = self._round(left, closed_until)
        for each in left:
            self._note(each, Status.WAITING)
        if left and not self._stopping():
            self.stopped = ComeBackLater(
                f"{self._provider.name} did not let {len(left)} documents go in {_ROUNDS} tries",
                hint="Run the same undo again later; what is done is recorded.",
            )

    def _round(self, stage: Sequence[Known], closed_until: dt.date | None) -> list[Known]:
        """Ask, send and settle once; tell what is to be looked at again."""
        try:
            findings = self._provider.find(list(map(sought_by_id, stage)))
        except AcctsyncError as error:
            self.stopped = error
            return list(stage)
        judged = [judge_made(each, findings.get(each.ref, ()), closed_until) for each in stage]
        self._forget([each.known for each in judged if each.remote is None])
        pairs = [pair for each in judged if (pair := self._written(each)) is not None]
        again = self._send(pairs)
        return [*again, *self._resolved()]

    def _written(self, judged: Judged) -> tuple[Judged, Write] | None:
        """Build the write that takes a document out; note why there is none."""
        if judged.remote is None:
            return None
        if judged.problem is not None:
            self._note(judged.known, Status.BLOCKED, judged.problem)
            return None
        write = self._provider.take_back(judged.known.ref, judged.remote)
        assert write is not None, "only what the books let go is made a stage of"
        return judged, write

    def _forget(self, gone: Sequence[Known]) -> None:
        """Count as never pushed what somebody took out of the books."""
        if gone:
            self._store.forget(self._run, "gone already", [each.ref for each in gone])
        for each in gone:
            self._note(each, Status.DONE)

    # Sending

    def _send(self, pairs: Iterable[tuple[Judged, Write]]) -> list[Known]:
        """Send exchange by exchange; tell what was certainly not carried out, to be tried again."""
        again: list[Known] = []
        batches = cut(pairs, lambda pair: pair[1].lane, self._provider.limits.batch_size)
        for batch in batches:
            if self._stopping():
                again += [judged.known for judged, _ in batch]
                continue
            exchange, items = self._claim(batch)
            again += self._settle(items, self._outcomes(exchange, items))
        return again

    def _claim(self, batch: Sequence[tuple[Judged, Write]]) -> tuple[Exchange, list[_Item]]:
        """Commit one exchange to the outbox; from here on it may have been sent."""
        exchange = self._provider.pack([write for _, write in batch], self._job.new_id())
        operations = [_operation(judged) for judged, _ in batch]
        seqs = self._store.claim(
            self._run, exchange.key, exchange.target, exchange.body, operations
        )
        items = [
            _Item(
                judged.known,
                Outstanding(
                    seq=seq, exchange=exchange.key, phase=Phase.SENDING, operation=operation
                ),
            )
            for (judged, _), seq, operation in zip(batch, seqs, operations, strict=True)
        ]
        return exchange, items

    def _outcomes(self, exchange: Exchange, items: Sequence[_Item]) -> Sequence[Outcome]:
        """Exchange once. What stops the run certainly left everything as it was."""
        try:
            return self._provider.send(exchange)
        except AcctsyncError as error:
            self.stopped = error
            return [Throttled(wait=0.0, why="not carried out")] * len(items)
        except Exception as error:
            self._settle(items, [Unknown(why=type(error).__name__)] * len(items))
            raise

    # Settling

    def _settle(self, items: Sequence[_Item], outcomes: Sequence[Outcome]) -> list[Known]:
        settlements = [_settlement(*pair) for pair in zip(items, outcomes, strict=True)]
        self._store.settle(self._run, settlements)
        self._job.listener.notice(Settled(*phases(settlements), self._provider.calls))
        again = [
            item.known
            for item, outcome in zip(items, outcomes, strict=True)
            if self._noted(item, outcome)
        ]
        self._rest(outcomes)
        return again

    def _noted(self, item: _Item, outcome: Outcome) -> bool:
        """Note what came of one; tell whether it is to be looked at again."""
        match outcome:
            case Accepted():
                self._note(item.known, Status.DONE)
            case Rejected(refusal=refusal) if refusal in _LOOK_AGAIN:
                return True
            case Rejected(problem=problem):
                number = item.known.number or item.known.ref.id
                told = problem.about(number, item.known.ref.kind)
                self._note(item.known, Status.FAILED, told)
            case Throttled():
                return True
            case Unknown():
                self._note(item.known, Status.IN_DOUBT, _unknown(item.known, outcome.why))
                self._doubts.append(item)
                self._since = self._job.clock.monotonic()
        return False

    def _rest(self, outcomes: Sequence[Outcome]) -> None:
        """Wait where the books asked for it; give up where they keep failing."""
        trouble = all(isinstance(each, Unknown) for each in outcomes)
        self._troubles = self._troubles + 1 if trouble else 0
        if self._troubles >= _TROUBLES and self.stopped is None:
            self.stopped = ComeBackLater(
                f"{self._provider.name} failed {_TROUBLES} times in a row",
                hint="Run the same undo again later: it first asks the books what is gone.",
            )
        seconds = max((each.wait for each in outcomes if isinstance(each, Throttled)), default=0.0)
        if seconds > 0 and not self._stopping():
            self._job.listener.notice(Waiting(seconds, f"{self._provider.name} asked for a pause"))
            self._job.clock.sleep(seconds, self._job.stop)

    def _resolved(self) -> list[Known]:
        """Wait out the quiet period and ask; tell what is proven to be there still."""
        if not self._doubts or self.stopped is not None:
            return []
        quiet_until = self._since + self._provider.limits.quiet_period
        if not wait_until(self._job, quiet_until, "what was sent may still be arriving"):
            self._stopping()
            return []
        try:
            verdicts = look_up(self._provider, [each.outstanding for each in self._doubts])
        except AcctsyncError as error:
            self.stopped = error
            return []
        doubts, self._doubts = self._doubts, []
        settlements = [
            settlement_of(each.outstanding, verdict)
            for each, verdict in zip(doubts, verdicts, strict=True)
        ]
        self._store.settle(self._run, settlements)
        left = []
        for each, settlement in zip(doubts, settlements, strict=True):
            if settlement.phase is Phase.DONE:
                self._note(each.known, Status.DONE)
            else:
                left.append(each.known)
        return left

    def _stopping(self) -> bool:
        if self._job.stop.is_set() and self.stopped is None:
            self.stopped = Interrupted("stopped on request; what was sent is recorded")
        return self.stopped is not None

    def _note(self, known: Known, status: Status, problem: Problem | None = None) -> None:
        self.results[known.ref] = replace(self.results[known.ref], status=status, problem=problem)


def _operation(judged: Judged) -> Operation:
    known, remote = judged.known, judged.remote
    return Operation(
        action=Action.UNDO,
        ref=known.ref,
        fingerprint="",
        number=known.number,
        date=remote.date if remote else None,
        total=known.total,
        currency=known.currency,
        remote_id=known.remote_id,
        before=remote.digest if remote else "",
        customer=known.remote_customer,
    )


def _settlement(item: _Item, outcome: Outcome) -> Settlement:
    seq = item.outstanding.seq
    match outcome:
        case Accepted():
            return Settlement(seq=seq, phase=Phase.DONE, request=outcome.request)
        case Rejected():
            request = outcome.problem.provider_request or ""
            return Settlement(
                seq=seq, phase=Phase.REFUSED, problem=outcome.problem, request=request
            )
        case Throttled():
            return Settlement(seq=seq, phase=Phase.RELEASED, why=outcome.why)
        case Unknown():
            return Settlement(
                seq=seq, phase=Phase.IN_DOUBT, why=outcome.why, request=outcome.request
            )


def _unknown(known: Known, why: str) -> Problem:
    problem = Problem(
        code="PUSH001",
        message=f"nobody can tell yet whether it is out of the books: {why}",
        hint="Run the same undo again: it asks the books first.",
    )
    return problem.about(known.number or known.ref.id, known.ref.kind)
