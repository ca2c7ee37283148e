"""The order of writing: nothing is sent before what it hangs on; and how writes share exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from acctsync.documents import LABELS, PART_OF, PARTIES, Kind, Label
from acctsync.plan.model import Change

STAGES: tuple[frozenset[Kind], ...] = (
    PARTIES,
    frozenset({Kind.ITEMS}),
    LABELS,
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
            yield from _by_depth(stage) if kinds is LABELS else (stage,)


def _by_depth(labels: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Put those that stand below others after them."""
    depths = [each.document.depth if isinstance(each.document, Label) else 0 for each in labels]
    for depth in sorted(set(depths)):
        yield tuple(each for each, own in zip(labels, depths, strict=True) if own == depth)


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
    return sum(_calls(_writing(stage), size) for stage in staged(changes))


def _calls(writes: Sequence[Change], size: int) -> int:
    mails = sum(each.ref.kind is Kind.DELIVERIES for each in writes)
    return mails + -(-(len(writes) - mails) // size)


def _writing(stage: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(change for change in stage if change.action.writes)
