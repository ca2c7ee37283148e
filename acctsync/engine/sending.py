"""Send one stage of a plan: commit, send, settle; workers only send, this thread does the rest.

Nothing leaves before it is committed in the outbox with its exact bytes. What nobody knows the end
of is looked up after the quiet period and only then, if it is proven absent, sent anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import NamedTuple

from acctsync.documents import (
    LABELS,
    OWED,
    PARTIES,
    Delivery,
    DocumentRef,
    Kind,
    RemoteDocument,
)
from acctsync.engine.aftermath import Aftermath, decided_again
from acctsync.engine.completing import sought_for
from acctsync.engine.errand import Errand
from acctsync.engine.events import Sending, Settled, Waiting
from acctsync.engine.filling import Batch, Riders
from acctsync.engine.mailing import unsaid
from acctsync.engine.operations import (
    disagreement,
    phases,
)
from acctsync.engine.writing_off import measured
from acctsync.errors import AcctsyncError, ComeBackLater, Problem
from acctsync.plan.deciding import (
    block,
    placed,
    waits_for,
)
from acctsync.plan.model import Action, Change, Known
from acctsync.plan.outbox import Operation, Outstanding, Phase, Settlement
from acctsync.plan.owing import is_owed, owed_by
from acctsync.plan.stages import cut, is_taken_back
from acctsync.plan.writing_off import is_new_write_off
from acctsync.providers.port import (
    Accepted,
    Exchange,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Write,
)

# Books may refuse names that are written at the same time.
_NAMED = PARTIES | LABELS | {Kind.ITEMS}
_ROUNDS = 4
_THROTTLES = 10
_TROUBLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An exchange that is committed as being sent, with the changes it carries.

    `doubtful`: it was sent before, and nobody knows what came of that. What comes of a repetition
    then says nothing of the first time, unless the books recognise the key.
    """

    exchange: Exchange
    changes: tuple[Change, ...]
    seqs: tuple[int, ...]
    operations: tuple[Operation, ...]
    begun: float
    throttled: int = 0
    doubtful: bool = False


class _Answer(NamedTuple):
    """What became of one write; `otherwise` tells what the books made of it instead, if so."""

    change: Change
    seq: int
    operation: Operation
    outcome: Outcome
    otherwise: str | Problem

    @property
    def mark(self) -> str:
        """Tell the fingerprint to remember: none if the books made something else of it.

        Then the document counts as changed until the two agree.
        """
        return "" if self.otherwise else self.change.fingerprint


class Sender:
    """Carries the stages of one run's plan out."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._job = errand.job
        self._store = errand.store
        self._provider = errand.provider
        self._facts = errand.facts
        self._record = errand.record
        self._after = Aftermath(errand)
        self._riders = self._riders_of(())
        self._ahead: set[DocumentRef] = set()
        self._paused_until = 0.0
        self._troubles = 0

    def carry_out(self, stage: Sequence[Change], following: Sequence[Change] = ()) -> None:
        """Bring one stage into the books, as far as that can be done now.

        What is not full is filled from the stage that follows.
        """
        stage = [each for each in stage if each.ref not in self._ahead]
        self._riders = self._riders_of(following)
        self._ahead = self._riders.gone
        self._errand.adopt(stage)
        sending = self._ready([each for each in stage if each.action.writes])
        sending = self._afresh(sending)
        kinds = tuple(dict.fromkeys(each.ref.kind for each in sending))
        if sending:
            self._job.listener.notice(Sending(kinds, len(sending)))
        for _ in range(_ROUNDS):
            sending = self._measured(sending)
            if not sending or self._errand.stopping():
                break
            self._send(sending)
            sending = self._after.looked_through()
        self._give_up(sending)

    def _riders_of(self, following: Sequence[Change]) -> Riders:
        return Riders(following, facts=self._facts, record=self._record, provider=self._provider)

    def _give_up(self, unsent: Sequence[Change]) -> None:
        for change in unsent:
            self._record.waiting(change)
        if unsent and self._record.stopped is None and not self._errand.stopping():
            self._record.stopped = ComeBackLater(
                f"{self._provider.name} did not take {len(unsent)} documents in {_ROUNDS} tries",
                hint="Run the same command again later; what is done is recorded.",
            )

    # Before sending

    def _afresh(self, changes: Sequence[Change]) -> list[Change]:
        """Read again what other writes of this run have changed, and decide about it once more."""
        stale = [each for each in changes if each.after]
        if not stale or self._record.stopped is not None:
            return list(changes)
        try:
            findings = self._provider.find([sought_for(each) for each in stale])
        except AcctsyncError as error:
            self._record.stopped = error
            for change in stale:
                self._record.waiting(change)
            return [each for each in changes if not each.after]
        fresh = (
            self._decided_anew(each, findings.get(each.ref, ())) if each.after else each
            for each in changes
        )
        return [each for each in fresh if each is not None]

    def _measured(self, changes: Sequence[Change]) -> list[Change]:
        """Write off no more than is open now; what came to nothing is remembered and told."""
        if not any(is_new_write_off(each) for each in changes) or self._record.stopped is not None:
            return list(changes)
        try:
            decided = measured(changes, self._facts, self._provider)
        except AcctsyncError as error:
            self._record.stopped = error
            for change in changes:
                self._record.waiting(change)
            return []
        self._facts.documents |= {each.ref: each.document for each in decided}
        for change in (each for each in decided if not each.action.writes):
            self._errand.adopt([change])
            self._record.blocked(change)
        return [each for each in decided if each.action.writes]

    def _decided_anew(self, change: Change, candidates: Sequence[RemoteDocument]) -> Change | None:
        """Decide by what the books hold now; None if nothing is to be sent any more."""
        known = self._facts.known.get(change.ref, change.known)
        decided = decided_again(
            replace(change, known=known), candidates, self._facts, self._errand.policy
        )
        if decided.action.writes:
            return decided
        if decided.action is Action.ADOPT:
            self._errand.adopt([replace(decided, after=())])
        else:
            self._record.blocked(decided)
        return None

    def _ready(self, changes: Iterable[Change]) -> list[Change]:
        """Hold back what hangs on documents that did not make it."""
        ready = []
        for change in changes:
            refs = (*self._hung_on(change), *change.after)
            spoilt = next((ref for ref in refs if self._record.spoilt(ref)), None)
            if spoilt is not None:
                problem = waits_for(self._facts.documents[spoilt])
                self._record.blocked(block(change, problem))
            elif any(self._record.unsent(ref) for ref in refs):
                self._record.waiting(change)
            elif change.ref.kind in OWED and not self._owes(change.ref):
                self._record.left(change)
            else:
                ready.append(change)
        return ready

    def _hung_on(self, change: Change) -> Iterator[DocumentRef]:
        """Name what must be in the books first; a payment is taken back before all else."""
        return iter(()) if is_taken_back(change) else self._facts.needs(change.document)

    def _owes(self, part: DocumentRef) -> bool:
        """Tell whether it is owed: its document may have been there before we created it."""
        return is_owed(self._facts.known.get(part))

    # Sending

    def _send(self, changes: Sequence[Change]) -> None:
        """Keep as many exchanges in the air as the books allow, and settle each as it lands.

        The commit that settles one brings the next into the outbox too, which flies at once.
        """
        batches = self._cut(changes)
        resting: deque[Claimed] = deque()
        flying: dict[Future[Sequence[Outcome]], Claimed] = {}
        sent: set[DocumentRef] = set()
        named = any(each.ref.kind in _NAMED for each in changes)
        workers = 1 if named else self._provider.limits.in_flight
        with ThreadPoolExecutor(workers, thread_name_prefix="send") as pool:
            while True:
                while len(flying) < workers and self._may_fly():
                    claimed = self._next(resting, batches, sent)
                    if claimed is None:
                        break
                    flying[pool.submit(self._provider.send, claimed.exchange)] = claimed
                if not flying and not self._rest(resting):
                    break
                answered, _ = wait(flying, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in answered:
                    landed = flying.pop(future)
                    self._refuse_unforeseen(landed, future)
                    with self._store.together():
                        resting.extend(self._settle(landed, future))
                        claimed = self._next(resting, batches, sent) if self._may_fly() else None
                    if claimed is not None:
                        flying[pool.submit(self._provider.send, claimed.exchange)] = claimed
        self._release(resting)
        for change in changes:
            if change.ref not in sent:
                self._record.waiting(change)

    def _cut(self, changes: Sequence[Change]) -> Iterator[Batch]:
        pairs = ((each, self._provider.render(each, self._facts)) for each in changes)
        batches = cut(pairs, lambda pair: pair[1].lane, self._provider.limits.batch_size)
        return self._riders.fill(batches)

    def _next(
        self,
        resting: deque[Claimed],
        batches: Iterator[Batch],
        sent: set[DocumentRef],
    ) -> Claimed | None:
        """Take the next exchange: one that rested, or a new one that is committed first."""
        if resting:
            return resting.popleft()
        batch = next(batches, None)
        if batch is None:
            return None
        claimed = self._claim([change for change, _ in batch], [write for _, write in batch])
        sent.update(change.ref for change in claimed.changes)
        return claimed

    def _claim(self, changes: Sequence[Change], writes: Sequence[Write]) -> Claimed:
        """Commit one exchange to the outbox; from here on it may have been sent."""
        exchange = self._provider.pack(writes, self._job.new_id())
        operations = tuple(self._errand.operation(each) for each in changes)
        seqs = self._store.claim(
            self._errand.run, exchange.key, exchange.target, exchange.body, operations
        )
        return Claimed(
            exchange=exchange,
            changes=tuple(changes),
            seqs=seqs,
            operations=operations,
            begun=self._job.clock.monotonic(),
        )

    def _may_fly(self) -> bool:
        return not self._errand.stopping() and self._job.clock.monotonic() >= self._paused_until

    def _rest(self, resting: Sequence[Claimed]) -> bool:
        """Wait out a pause that the books asked for; tell whether there is more to send after."""
        seconds = self._paused_until - self._job.clock.monotonic()
        if self._errand.stopping() or (seconds <= 0 and not resting):
            return False
        if seconds > 0:
            why = f"{self._provider.name} asked for a pause"
            self._job.listener.notice(Waiting(seconds, why))
            self._job.clock.sleep(seconds, self._job.stop)
        return not self._errand.stopping()

    # Settling

    def _refuse_unforeseen(self, claimed: Claimed, future: Future[Sequence[Outcome]]) -> None:
        """Raise what nobody foresaw, once it is recorded that nobody knows what it left behind."""
        error = future.exception()
        if error is not None and not isinstance(error, AcctsyncError):
            self._settle_outcomes(claimed, _nobody_knows(claimed, f"{type(error).__name__}"))
            raise error

    def _settle(self, claimed: Claimed, future: Future[Sequence[Outcome]]) -> tuple[Claimed, ...]:
        """Record what came of an exchange; give it back if it is to be sent as it is again."""
        error = future.exception()
        if isinstance(error, AcctsyncError):
            self._record.stopped = self._record.stopped or error
            self._release([claimed])
            return ()
        outcomes = future.result()
        if all(isinstance(each, Throttled) for each in outcomes):
            return self._pause(claimed, outcomes)
        if self._may_repeat(claimed, outcomes):
            self._count_troubles(outcomes)
            return (replace(claimed, doubtful=True),)
        self._settle_outcomes(claimed, _in_view_of_the_first(claimed, outcomes))
        return ()

    def _pause(self, claimed: Claimed, outcomes: Sequence[Outcome]) -> tuple[Claimed, ...]:
        """Rest after being throttled: this time nothing was done, the same bytes may go again.

        What is doubtful from an earlier time may do so only while its key is recognised.
        """
        seconds = max(each.wait for each in outcomes if isinstance(each, Throttled))
        self._paused_until = max(self._paused_until, self._job.clock.monotonic() + seconds)
        if claimed.doubtful and not self._is_recognised(claimed, self._paused_until):
            self._release([claimed])
            return ()
        if claimed.throttled < _THROTTLES:
            return (replace(claimed, throttled=claimed.throttled + 1),)
        self._record.stopped = ComeBackLater(
            f"{self._provider.name} keeps asking for a pause",
            hint="Run the same command again later; what is done is recorded.",
        )
        self._release([claimed])
        return ()

    def _may_repeat(self, claimed: Claimed, outcomes: Sequence[Outcome]) -> bool:
        """Tell whether the same bytes under the same key are certain to do nothing twice."""
        return (
            self._is_recognised(claimed, self._job.clock.monotonic())
            and not self._errand.stopping()
            and all(isinstance(each, Unknown) and not each.stored_answer for each in outcomes)
        )

    def _is_recognised(self, claimed: Claimed, moment: float) -> bool:
        """Tell whether the books will still know the key of an exchange at a monotonic moment."""
        return moment - claimed.begun < self._provider.limits.key_window

    def _settle_outcomes(self, claimed: Claimed, outcomes: Sequence[Outcome]) -> None:
        answers = [
            _Answer(*each, self._otherwise(each[0], each[-1]))
            for each in zip(
                claimed.changes, claimed.seqs, claimed.operations, outcomes, strict=True
            )
        ]
        settlements = [_settlement(each) for each in answers]
        self._store.settle(self._errand.run, settlements)
        self._count_troubles(outcomes)
        self._errand.note_owed(settlements)
        now = self._job.clock.monotonic()
        for answer, settlement in zip(answers, settlements, strict=True):
            self._note(answer, claimed.exchange.key, now, settlement.known)
        self._job.listener.notice(Settled(*phases(settlements), self._provider.calls))

    def _otherwise(self, change: Change, outcome: Outcome) -> str | Problem:
        """Tell what the books made of a document other than was meant; empty if they agree."""
        if not isinstance(outcome, Accepted):
            return ""
        customer = self._facts.customer_of(change.ref)
        return outcome.warning or disagreement(change, customer, outcome.remote)

    def _note(self, answer: _Answer, key: str, now: float, known: Known | None) -> None:
        change, outcome = answer.change, answer.outcome
        match outcome:
            case Accepted():
                self._facts.learn(known)
                self._note_accepted(change, outcome.remote, answer)
            case Rejected():
                self._after.refused(change, outcome)
            case Throttled():
                self._paused_until = max(self._paused_until, now + outcome.wait)
                self._after.postponed(change)
            case Unknown():
                outstanding = Outstanding(
                    seq=answer.seq, exchange=key, phase=Phase.IN_DOUBT, operation=answer.operation
                )
                self._after.doubted(change, outcome, outstanding, now)

    def _note_accepted(self, change: Change, remote: RemoteDocument, answer: _Answer) -> None:
        why = answer.otherwise
        if answer.mark:
            self._record.done(change, remote.id)
            return
        if isinstance(why, Problem):
            self._record.failed(change, placed(why, change.document), remote.id)
            return
        if isinstance(change.document, Delivery):
            self._record.failed(change, placed(unsaid(why), change.document), remote.id)
            return
        problem = Problem(
            code="PUSH002",
            message=f"the books made something else of it: {why}",
            hint="Compare the two in the books; their tax or rounding settings may differ from the"
            " billing system's.",
        )
        self._record.failed(change, placed(problem, change.document), remote.id)

    def _count_troubles(self, outcomes: Sequence[Outcome]) -> None:
        trouble = all(isinstance(each, Unknown) for each in outcomes)
        self._troubles = self._troubles + 1 if trouble else 0
        if self._troubles >= _TROUBLES and self._record.stopped is None:
            self._record.stopped = ComeBackLater(
                f"{self._provider.name} failed {_TROUBLES} times in a row",
                hint="Run the same command again later: it first asks the books what arrived.",
            )

    def _release(self, unsent: Iterable[Claimed]) -> None:
        """Take back exchanges that certainly were not carried out; doubts stay doubts."""
        for claimed in unsent:
            if claimed.doubtful:
                self._settle_outcomes(claimed, _nobody_knows(claimed, "its answer was lost"))
                continue
            why = "not carried out"
            self._store.settle(
                self._errand.run,
                [Settlement(seq=seq, phase=Phase.RELEASED, why=why) for seq in claimed.seqs],
            )
            for change in claimed.changes:
                self._record.waiting(change)


def _settlement(answer: _Answer) -> Settlement:
    seq, outcome = answer.seq, answer.outcome
    match outcome:
        case Accepted():
            return Settlement(
                seq=seq,
                phase=Phase.DONE,
                known=answer.operation.known_as(outcome.remote, answer.mark),
                # What a person has to look at first is neither mailed nor noted.
                owed=owed_by(answer.operation, outcome.remote) if answer.mark else (),
                request=outcome.request,
            )
        case Rejected():
            problem = placed(outcome.problem, answer.change.document)
            request = problem.provider_request or ""
            return Settlement(seq=seq, phase=Phase.REFUSED, problem=problem, request=request)
        case Throttled():
            return Settlement(seq=seq, phase=Phase.RELEASED, why=outcome.why)
        case Unknown():
            return Settlement(
                seq=seq, phase=Phase.IN_DOUBT, why=outcome.why, request=outcome.request
            )


def _in_view_of_the_first(claimed: Claimed, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Don't take a repetition's being throttled for a sign that the first time came to nothing."""
    if not claimed.doubtful:
        return outcomes
    unclear = Unknown(why="its answer was lost")
    return [unclear if isinstance(each, Throttled) else each for each in outcomes]


def _nobody_knows(claimed: Claimed, why: str) -> list[Outcome]:
    return [Unknown(why=why) for _ in claimed.changes]
