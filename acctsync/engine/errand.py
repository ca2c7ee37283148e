"""What one run's writes have in common: where they go, what is known, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from acctsync.documents import OWED, Kind
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.operations import operation_for
from acctsync.engine.record import Record
from acctsync.errors import Interrupted
from acctsync.plan.drafting import Policy
from acctsync.plan.model import Action, Change, Standing
from acctsync.plan.outbox import Operation, Settlement
from acctsync.providers.port import Provider
from acctsync.state.store import Store

# What becomes of a part that is not written; of a document it can only be that it is void.
_ABSENT = {
    Kind.CREDIT_ALLOCATIONS: "left open",
    Kind.DELIVERIES: "not to be mailed",
    Kind.NOTES: "not to be noted",
    Kind.WRITE_OFFS: "nothing to write off",
    Kind.WRITE_OFF_ALLOCATIONS: "nothing to write off",
}


@dataclass(slots=True, kw_only=True)
class Errand:
    """One run on its way: its books, its state, and what it has come to so far."""

    job: Job
    run: str
    store: Store
    provider: Provider
    facts: Facts
    policy: Policy
    record: Record
    fail_fast: bool = False

    def stopping(self) -> bool:
        """Tell whether nothing more may be sent; notes why when somebody asked for that."""
        if self.job.stop.is_set() and self.record.stopped is None:
            self.record.stopped = Interrupted("stopped on request; what was sent is recorded")
        failed = self.fail_fast and self.record.any_failed()
        return failed or self.record.stopped is not None

    def adopt(self, stage: Sequence[Change]) -> None:
        """Remember what needs no write: adopted documents, and voids that were never pushed."""
        adopted = [self._as_left(each) for each in stage if each.action is Action.ADOPT]
        absent = [each for each in stage if self._newly_absent(each)]
        told = {"adopted": adopted}
        for each in absent:
            told.setdefault(_ABSENT.get(each.ref.kind, "void, never pushed"), []).append(each)
        for word, changes in told.items():
            if changes:
                self._remember(word, changes)
        for change in adopted:
            assert change.known is not None
            self.record.done(change, change.known.remote_id)

    def _remember(self, word: str, changes: Sequence[Change]) -> None:
        pairs = [
            (each.known, getattr(each.document, "aliases", ()))
            for each in changes
            if each.known is not None
        ]
        self.store.remember(self.run, word, pairs)
        self.facts.known |= {known.ref: known for known, _ in pairs}

    def _as_left(self, change: Change) -> Change:
        """Adopt a document as an earlier write of this run left it, where there was one."""
        known = self.facts.known.get(change.ref) if change.after else None
        return replace(change, known=known) if known is not None else change

    def _newly_absent(self, change: Change) -> bool:
        known = change.known
        return (
            known is not None
            and known.standing is Standing.ABSENT
            and self.facts.known.get(change.ref) != known
        )

    def operation(self, change: Change) -> Operation:
        """Say of a change what the outbox holds of it."""
        customer = self.facts.customer_of(change.ref)
        new = change.action is Action.CREATE
        owes = self.facts.owing.get(change.ref, ()) if new else ()
        known = self.facts.known.get(change.ref) if change.ref.kind in OWED else None
        if known is not None:
            change = replace(change, known=known)
        return operation_for(change, customer, owes)

    def note_owed(self, settlements: Iterable[Settlement]) -> None:
        """Know of the mails and notes that became owed with these settlements."""
        self.facts.known |= {each.ref: each for one in settlements for each in one.owed}
