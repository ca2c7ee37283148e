"""The plan's vocabulary: what is known of the books, what should change, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from acctsync.documents import Document, DocumentRef, Kind, RemoteDocument
from acctsync.errors import Problem
from acctsync.money import ZERO


class Action(StrEnum):
    """What a plan does with one document."""

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    ADOPT = "adopt"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    BLOCKED = "blocked"

    @property
    def writes(self) -> bool:
        """Tell whether the action sends something to the books."""
        return self in {Action.CREATE, Action.UPDATE, Action.VOID}


class Standing(StrEnum):
    """How a document that we know of stands in the books."""

    LIVE = "live"
    VOID = "void"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What our state remembers of a document in the books.

    `remote_digest` is the digest of the fields we own, as our last write or adoption saw them.
    A known document that is ABSENT was void in the export before it was ever pushed.
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


def seen(ref: DocumentRef, fingerprint: str, number: str, remote: RemoteDocument) -> Known:
    """Say what to remember of a document as the books hold it."""
    return Known(
        ref=ref,
        fingerprint=fingerprint,
        standing=Standing.VOID if remote.voided else Standing.LIVE,
        remote_id=remote.id,
        remote_version=remote.version,
        remote_digest=remote.digest,
        remote_customer=remote.customer,
        number=remote.number or number,
        total=remote.total if remote.currency else None,
        currency=remote.currency,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One document and what becomes of it; a problem says why it can't go on."""

    action: Action
    document: Document
    fingerprint: str = ""
    known: Known | None = None
    remote: RemoteDocument | None = None
    problem: Problem | None = None

    @property
    def ref(self) -> DocumentRef:
        return self.document.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every selected document's change, in the export's order.

    `complete` is false when the books could not be asked (no connection): then documents that
    already are in the books still show as created.
    """

    changes: tuple[Change, ...]
    complete: bool = True

    @property
    def writes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action.writes)

    def counts(self) -> dict[Action, int]:
        """Count the changes by action."""
        return count(change.action for change in self.changes)

    def counts_by_kind(self) -> dict[Kind, dict[Action, int]]:
        """Count the changes by kind and action."""
        kinds = dict.fromkeys(change.ref.kind for change in self.changes)
        return {kind: count(c.action for c in self.changes if c.ref.kind is kind) for kind in kinds}

    def money(self) -> dict[Kind, dict[str, Decimal]]:
        """Add up what would be written or adopted, by kind and currency."""
        sums: dict[Kind, dict[str, Decimal]] = {}
        for change in self.changes:
            if change.action in {Action.CREATE, Action.UPDATE, Action.ADOPT, Action.VOID}:
                add_money(sums, change.document)
        return sums


def count(actions: Iterable[Action]) -> dict[Action, int]:
    """Count actions, every action named."""
    counts = dict.fromkeys(Action, 0)
    for action in actions:
        counts[action] += 1
    return counts


def add_money(sums: dict[Kind, dict[str, Decimal]], document: Document) -> None:
    """Add a document's amount to sums by kind and currency; customers have none."""
    money = getattr(document, "money", None)
    if money is None:
        return
    by_currency = sums.setdefault(document.ref.kind, {})
    by_currency[money.currency] = by_currency.get(money.currency, ZERO) + money.amount


KnownDocuments = Mapping[DocumentRef, Known]
