"""The life of a write: which moves are legal, and what must be remembered to finish it later."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from acctsync.documents import DocumentRef, Kind, RemoteDocument
from acctsync.errors import Problem
from acctsync.plan.model import Action, Known, seen
from acctsync.values import dataclass


class Phase(StrEnum):
    """Where a write stands. It is born SENDING: committed with its exact bytes, then sent.

    DONE: the books have it. REFUSED: they looked at it and will not. RELEASED: certainly not
    carried out, the document is free to be sent anew. CONFLICT: they hold something else in its
    place, a person decides. IN_DOUBT: nobody can tell yet.
    """

    __hash__ = str.__hash__

    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    DONE = "done"
    REFUSED = "refused"
    RELEASED = "released"
    CONFLICT = "conflict"

    @property
    def settled(self) -> bool:
        return self not in {Phase.SENDING, Phase.IN_DOUBT}


MOVES: dict[Phase, frozenset[Phase]] = {
    Phase.SENDING: frozenset({Phase.DONE, Phase.REFUSED, Phase.RELEASED, Phase.IN_DOUBT}),
    Phase.IN_DOUBT: frozenset({Phase.DONE, Phase.REFUSED, Phase.RELEASED, Phase.CONFLICT}),
    Phase.DONE: frozenset(),
    Phase.REFUSED: frozenset(),
    Phase.RELEASED: frozenset(),
    Phase.CONFLICT: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One document's write in the outbox.

    Beside its identity it keeps what a later process needs to recognise it in the books: number,
    date and total (of parties: names and e-mails), the remote id and the digest from before an
    update, and what to remember once it is found (fingerprint, aliases). One that takes a payment
    off invoices names them, by their ids in the books, and as `owner` the document that the payment
    is, if it is one of ours. `owes`: the parts that are due once this document is created.
    What is not `numbered` gets a number of the books' own, and is known there by its stamp alone.
    """

    action: Action
    ref: DocumentRef
    fingerprint: str
    number: str
    date: dt.date | None = None
    total: Decimal | None = None
    currency: str = ""
    remote_id: str = ""
    before: str = ""
    customer: str = ""
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    takes_off: tuple[str, ...] = ()
    owner: DocumentRef | None = None
    owes: tuple[Kind, ...] = ()
    numbered: bool = True

    def known_as(self, remote: RemoteDocument, mark: str | None = None) -> Known | None:
        """Say what to remember once the books have it, as they answered; None: nothing is.

        `mark` is the fingerprint to remember where it is not the operation's own. Of a payment
        that is taken off something our own payment is remembered, as it was.
        """
        if self.action is Action.UNDO:
            return None
        if self.takes_off:
            return seen(self.owner, self.fingerprint, self.number, remote) if self.owner else None
        mark = self.fingerprint if mark is None else mark
        return seen(self.ref, mark, self.number, remote, numbered=self.numbered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """An operation that an earlier moment left unsettled, as the outbox holds it."""

    seq: int
    exchange: str
    phase: Phase
    operation: Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one operation. `known` is what to remember when it is DONE.

    `owed` is what to remember with it of what a created document owes.
    """

    seq: int
    phase: Phase
    known: Known | None = None
    owed: tuple[Known, ...] = ()
    problem: Problem | None = None
    why: str = ""
    request: str = ""
