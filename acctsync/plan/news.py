"""What a payment in the books is to somebody who was told of earlier ones; pure."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from acctsync.documents import RecordedPayment
from acctsync.values import dataclass

# The books tell whole seconds, and may show what was written some minutes later.
_ABOUT = dt.timedelta(minutes=10)


class News(StrEnum):
    """What became of a payment since it was told the last time."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullMemory:
    """How far the books were read back: `until` when, by their own clock.

    `began` is when the first pull was, `first_date` the date that it was told to begin at, if any.
    """

    until: dt.datetime
    began: dt.datetime
    first_date: dt.date | None = None


def news_of(
    payment: RecordedPayment, told: RecordedPayment | None, memory: PullMemory | None
) -> News:
    """Tell what a payment is to somebody who was told `told` of it, or nothing yet."""
    if told is not None:
        return News.UNCHANGED if same(payment, told) else News.CHANGED
    return News.CHANGED if _left_out_before(payment, memory) else News.NEW


def same(payment: RecordedPayment, told: RecordedPayment) -> bool:
    """Tell whether nothing of a payment changed that anybody was told."""
    return _compared(payment) == _compared(told)


def remembered(memory: PullMemory | None, at: dt.datetime, first: dt.date | None) -> PullMemory:
    """Say what to remember after a pull: the first one says where the memory begins."""
    if memory is None:
        return PullMemory(until=at, began=at, first_date=first)
    return PullMemory(until=at, began=memory.began, first_date=memory.first_date)


def _left_out_before(payment: RecordedPayment, memory: PullMemory | None) -> bool:
    """Tell whether a payment was there at the first pull already, but dated too early for it."""
    if memory is None or memory.first_date is None or payment.created_at is None:
        return False
    early = payment.date is not None and payment.date < memory.first_date
    return early and payment.created_at < memory.began - _ABOUT


def _compared(payment: RecordedPayment) -> tuple[object, ...]:
    """List what counts: the moments and the names that follow ids don't."""
    return (
        payment.date,
        payment.customer,
        payment.currency,
        payment.amount,
        payment.unapplied,
        payment.method,
        payment.reference,
        payment.deposit_to,
        [(part.kind, part.remote_id, part.amount) for part in payment.applied],
        payment.memo,
        payment.voided,
    )
