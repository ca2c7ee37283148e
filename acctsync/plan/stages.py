"""The order of writing: nothing is sent before what it hangs on; and how writes share exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from acctsync.documents import PART_OF, PARTIES, Kind
from acctsync.plan.model import Change

STAGES: tuple[frozenset[Kind], ...] = (
    PARTIES,
    frozenset({Kind.ITEMS}),
    # Invoices lose their payments before they are voided.
    frozenset({Kind.UNAPPLIED_PAYMENTS}),
    frozenset(
        {
            Kind.ESTIMATES,
            Kind.INVOICES,
            Kind.SALES_RECEIPTS,
            Kind.CREDIT_NOTES,
            Kind.PURCHASE_ORDERS,
            Kind.BILLS,
        }
    ),
    frozenset({Kind.PAYMENTS, Kind.PAYOUTS}),
    frozenset({Kind.REFUNDS, *PART_OF} - {Kind.DELIVERIES}),
    frozenset({Kind.DELIVERIES}),
)

T = TypeVar("T")


def staged(changes: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Split a plan's changes into stages, leaving out the empty ones."""
    for kinds in STAGES:
        stage = tuple(change for change in changes if change.ref.kind in kinds)
        if stage:
            yield stage


def cut(writes: Iterable[T], lane: Callable[[T], str | None], size: int) -> Iterator[tuple[T, ...]]:
    """Cut writes into exchanges: those of one lane `size` at a time, those of none singly."""
    together: dict[str, list[T]] = {}
    for write in writes:
        name = lane(write)
        if name is None:
            yield (write,)
            continue
        waiting = together.setdefault(name, [])
        waiting.append(write)
        if len(waiting) == size:
            yield tuple(together.pop(name))
    yield from map(tuple, together.values())


def estimated_calls(changes: Sequence[Change], size: int) -> int:
    """Estimate how many write calls a plan takes."""
    return sum(_calls(_writing(stage), size) for stage in staged(changes))


def _calls(writes: Sequence[Change], size: int) -> int:
    mails = sum(each.ref.kind is Kind.DELIVERIES for each in writes)
    return mails + -(-(len(writes) - mails) // size)


def _writing(stage: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(change for change in stage if change.action.writes)
