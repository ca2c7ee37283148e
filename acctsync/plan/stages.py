"""The order of writing: nothing is sent before what it hangs on; and how writes share exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from acctsync.documents import PART_OF, PARTIES, Kind
from acctsync.plan.model import Change

STAGES: tuple[frozenset[Kind], ...] = (
    PARTIES,
    frozenset({Kind.ITEMS}),
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
    frozenset({Kind.REFUNDS, *PART_OF}),
)

T = TypeVar("T")


def staged(changes: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Split a plan's changes into stages, leaving out the empty ones."""
    for kinds in STAGES:
        stage = tuple(change for change in changes if change.ref.kind in kinds)
        if stage:
            yield stage


def cut(writes: Iterable[T], alone: Callable[[T], bool], size: int) -> Iterator[tuple[T, ...]]:
    """Cut writes into exchanges: those that travel alone singly, the others `size` at a time."""
    together: list[T] = []
    for write in writes:
        if alone(write):
            yield (write,)
            continue
        together.append(write)
        if len(together) == size:
            yield tuple(together)
            together = []
    if together:
        yield tuple(together)


def estimated_calls(changes: Sequence[Change], size: int) -> int:
    """Estimate how many write calls a plan takes."""
    return sum(-(-len(_writing(stage)) // size) for stage in staged(changes) if _writing(stage))


def _writing(stage: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(change for change in stage if change.action.writes)
