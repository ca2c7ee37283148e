"""The plan's vocabulary: what is known of the books, what should change, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from acctsync.documents import Document, DocumentRef, Kind, RemoteDocument
from acctsync.errors import Problem
from acctsync.money import rounded
from acctsync.values import dataclass

# Money that moved is not owed: what it is applied to lets it go.
_MONEY = frozenset({Kind.PAYMENTS, Kind.PAYMENT_PARTS, Kind.REFUNDS})


class Action(StrEnum):
    """What a plan does with one document. UNDO takes back what an earlier run created."""

    __hash__ = str.__hash__

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    UNDO = "undo"
    ADOPT = "adopt"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    BLOCKED = "blocked"

    @property
    def writes(self) -> bool:
        """Tell whether the action sends something to the books."""
        return self in {Action.CREATE, Action.UPDATE, Action.VOID, Action.UNDO}


class Standing(StrEnum):
    """How a document that we know of stands in the books."""

    __hash__ = str.__hash__

    LIVE = "live"
    VOID = "void"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What our state remembers of a document in the books.

    `remote_digest` is the digest of the fields we own, as our last write or adoption saw them.
    A known document that is ABSENT was void in the export before it was ever pushed. `number` is
    what the export calls it; `assigned` the number that the books gave it, told when it is new.
    """

    ref: DocumentRef
    fingerprint: str
    standing: Standing = Standing.LIVE
    remote_id: str = ""
    remote_version: str = ""
    remote_digest: str = ""
    remote_customer: str = ""
    number: str = ""
    total: Decimal | None = None
    currency: str = ""
    assigned: str = field(default="", compare=False)


class Mark(NamedTuple):
    """As much of what our state remembers as tells whether anything is to be done."""

    fingerprint: str
    standing: Standing
    remote_id: str
    remote_customer: str


def seen(
    ref: DocumentRef,
    fingerprint: str,
    number: str,
    remote: RemoteDocument,
    *,
    numbered: bool = True,
) -> Known:
    """Say what to remember of a document as the books hold it.

    One that is not `numbered` has a number of the books' own: payments in the export know it by
    the export's, which another document may well have there.
    """
    return Known(
        ref=ref,
        fingerprint=fingerprint,
        standing=Standing.VOID if remote.voided else Standing.LIVE,
        remote_id=remote.id,
        remote_version=remote.version,
        remote_digest=remote.digest,
        remote_customer=remote.customer,
        number=(remote.number or number) if numbered else number,
        total=_whole(remote),
        currency=remote.currency,
        assigned="" if numbered else remote.number,
    )


def is_paid(remote: RemoteDocument) -> bool:
    """Tell whether something was settled of a document that is owed."""
    if remote.kind in _MONEY:
        return False
    return remote.balance is not None and remote.balance != remote.total


def _whole(remote: RemoteDocument) -> Decimal | None:
    """Tell the total, if it is one that the currency has."""
    if remote.total is None or not remote.currency:
        return None
    return remote.total if remote.total == rounded(remote.total, remote.currency) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One document and what becomes of it; a problem says why it can't go on, or warns.

    `after` names writes that must be through before this one. `booked` is the day that the books
    get instead of the document's own, which lies in a closed period.
    """

    action: Action
    document: Document
    fingerprint: str = ""
    known: Known | None = None
    remote: RemoteDocument | None = None
    problem: Problem | None = None
    after: tuple[DocumentRef, ...] = ()
    booked: dt.date | None = None

    @property
    def ref(self) -> DocumentRef:
        return self.document.ref


KnownDocuments = Mapping[DocumentRef, Known]
