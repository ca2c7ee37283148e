"""What comes after an answer that settled nothing: look again, and try again what may be tried.

Three things are looked at: what the books refused because they have it already, or have it
otherwise; what they refused for a name; and what nobody knows the end of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from acctsync.documents import LABELS, OWED, PARTIES, Kind, RemoteDocument, UnappliedPayment
from acctsync.engine.doubts import Doubt, look_up, wait_until
from acctsync.engine.errand import Errand
from acctsync.engine.facts import Facts
from acctsync.engine.naming import renamed, renewed
from acctsync.engine.operations import settlement_of, sought_again
from acctsync.engine.stocking import decided_anew
from acctsync.errors import AcctsyncError, Problem
from acctsync.plan.deciding import block, decide_contact, decide_document, placed, still_paid
from acctsync.plan.drafting import Policy
from acctsync.plan.judging import Verdict
from acctsync.plan.labels import decide_label
from acctsync.plan.model import Action, Change, is_paid
from acctsync.plan.outbox import Outstanding, Phase, Settlement
from acctsync.plan.unapplying import decide_again
from acctsync.providers.port import Refusal, Rejected, Unknown


class Aftermath:
    """Gathers what has to be looked at again, and looks when everything else is settled."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._provider = errand.provider
        self._facts = errand.facts
        self._record = errand.record
        self._again: list[Change] = []
        self._doubts: list[Doubt] = []
        self._second_looks: list[tuple[Change, Problem]] = []
        self._strange_names: list[tuple[Change, Problem]] = []

    def refused(self, change: Change, outcome: Rejected) -> None:
        """Note a refusal: some are looked at again, the others are final."""
        problem = placed(outcome.problem, change.document)
        is_void = change.action is Action.VOID
        match outcome.refusal:
            case Refusal.DUPLICATE | Refusal.STALE:
                self._second_looks.append((change, problem))
            case Refusal.GONE if is_void:
                self._second_looks.append((change, problem))
            case Refusal.REFERENCE | Refusal.GONE if not is_void:
                self._strange_names.append((change, problem))
            case _:
                self._record.failed(change, problem)

    def postponed(self, change: Change) -> None:
        """Note that a write was certainly not carried out and may be tried again."""
        self._again.append(change)

    def doubted(
        self, change: Change, outcome: Unknown, outstanding: Outstanding, now: float
    ) -> None:
        """Note that nobody knows what came of a write; `now` is monotonic."""
        self._record.in_doubt(change, outcome.why)
        doubt = Doubt(change=change, outstanding=outstanding, since=now, why=outcome.why)
        self._doubts.append(doubt)

    def looked_through(self) -> list[Change]:
        """Look at all of it; give what is to be sent now, for the first time or again."""
        self._look_again()
        self._name_again()
        self._resolve_doubts()
        again, self._again = self._again, []
        return again

    def _look_again(self) -> None:
        """Look up what the books refused as a duplicate or as changed meanwhile."""
        looks, self._second_looks = self._second_looks, []
        if not looks or self._record.stopped is not None:
            for change, problem in looks:
                self._record.failed(change, problem)
            return
        try:
            findings = self._provider.find(
                [sought_again(self._errand.operation(each)) for each, _ in looks]
            )
        except AcctsyncError as error:
            self._record.stopped = error
            findings = {}
        for change, problem in looks:
            self._look_at(change, problem, findings.get(change.ref, ()))

    def _look_at(
        self, change: Change, problem: Problem, candidates: Sequence[RemoteDocument]
    ) -> None:
        new_party = change.ref.kind in PARTIES and change.action is Action.CREATE
        voided = change.action is Action.VOID
        if new_party or change.ref.kind in OWED or not (candidates or voided):
            self._record.failed(change, problem)
            return
        decided = decided_again(change, candidates, self._facts, self._errand.policy)
        match decided.action:
            case Action.ADOPT:
                self._errand.adopt([decided])
            case Action.UNCHANGED if change.action is Action.VOID:
                self._agree(decided)
            case Action.UNCHANGED:
                self._record.done(change, candidates[0].id)
            case Action.UPDATE | Action.VOID:
                self._again.append(decided)
            case Action.CREATE:
                self._record.failed(change, problem)
            case _:
                self._record.blocked(_with_code(decided, problem))

    def _agree(self, change: Change) -> None:
        """Remember that a document which was to be voided is gone from the books already."""
        self._errand.adopt([change])
        self._record.done(change, change.known.remote_id if change.known else "")

    def _name_again(self) -> None:
        """Read lists again whose entries were refused: what they said may have changed since."""
        refused, self._strange_names = self._strange_names, []
        if not refused or self._record.stopped is not None:
            for change, problem in refused:
                self._record.failed(change, problem)
            return
        before = self._facts.catalog
        try:
            documents = [change.document for change, _ in refused]
            self._facts.catalog = renewed(documents, before, self._provider)
        except AcctsyncError as error:
            self._record.stopped = error
        for change, problem in refused:
            lost = self._facts.gone(change.document)
            if lost is not None:
                self._record.blocked(block(change, lost))
                continue
            after, made = self._facts.catalog, self._facts.made
            match renamed(change.document, before, after, made):
                case Problem() as found:
                    self._record.blocked(_with_code(block(change, found), problem))
                case True:
                    self._again.append(change)
                case _:
                    self._record.failed(change, problem)

    def _resolve_doubts(self) -> None:
        """Wait out the quiet period, then ask the books; only the proven absent is sent anew."""
        doubts, self._doubts = self._doubts, []
        if not doubts or self._record.stopped is not None:
            return
        quiet_until = max(each.since for each in doubts) + self._provider.limits.quiet_period
        if not wait_until(self._errand.job, quiet_until, "what was sent may still be arriving"):
            self._errand.stopping()
            return
        outstanding = [each.outstanding for each in doubts]
        try:
            verdicts = look_up(self._provider, outstanding)
        except AcctsyncError as error:
            self._record.stopped = error
            return
        self._settle_doubts(doubts, verdicts)

    def _settle_doubts(self, doubts: Sequence[Doubt], verdicts: Sequence[Verdict]) -> None:
        pairs = list(zip(doubts, verdicts, strict=True))
        settlements = [settlement_of(doubt.outstanding, verdict) for doubt, verdict in pairs]
        self._errand.store.settle(self._errand.run, settlements)
        self._errand.note_owed(settlements)
        for (doubt, verdict), settlement in zip(pairs, settlements, strict=True):
            self._note_resolved(doubt.change, verdict, settlement)

    def _note_resolved(self, change: Change, verdict: Verdict, settlement: Settlement) -> None:
        if settlement.phase is Phase.DONE:
            self._facts.learn(settlement.known)
            self._record.done(change, verdict.remote.id if verdict.remote else "")
        elif settlement.phase is Phase.RELEASED:
            self._again.append(change)
        else:
            problem = Problem(
                code="PUSH003",
                message=f"its sending was interrupted, and the books now differ: {verdict.why}",
                hint="Compare the two and settle by hand which one is right.",
            )
            self._record.blocked(
                replace(
                    change,
                    action=Action.CONFLICT,
                    remote=verdict.remote,
                    problem=placed(problem, change.document),
                )
            )


def decided_again(
    change: Change, candidates: Sequence[RemoteDocument], facts: Facts, policy: Policy
) -> Change:
    """Decide once more about a change, by what the books hold of it now."""
    if change.ref.kind is Kind.ITEMS:
        return decided_anew(change, candidates, facts.catalog)
    if change.ref.kind in LABELS:
        return decide_label(change, candidates)
    if isinstance(change.document, UnappliedPayment):
        return decide_again(change, candidates[0])
    if change.ref.kind in PARTIES:
        return decide_contact(change, candidates)
    customer = facts.customer_of(change.ref)
    decided = decide_document(change, candidates, customer, policy)
    remote = decided.remote
    if decided.action is Action.VOID and remote is not None and is_paid(remote):
        # It was paid since the plan was made: that is for a person.
        return block(decided, still_paid())
    return decided


def _with_code(change: Change, refusal: Problem) -> Change:
    """Keep the books' own code and request id beside what we found out: support asks for them."""
    assert change.problem is not None, "what is held back says why"
    told = replace(
        change.problem,
        provider_code=refusal.provider_code,
        provider_request=refusal.provider_request,
    )
    return replace(change, problem=told)
