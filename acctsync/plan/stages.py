"""The order of writing: nothing is sent before what it hangs on; and how writes share exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from acctsync.documents import CUT, LABELS, OWED, PART_OF, PARTIES, Kind, Label
from acctsync.plan.model import Action, Change

# Taken back before documents are written: an invoice that they settled may be voided, or paid anew.
TAKEN_BACK = frozenset({Kind.PAYMENTS, *CUT, Kind.RETAINERS, Kind.REPAYMENTS})
_WRITTEN_OFF = frozenset({Kind.WRITE_OFFS, Kind.WRITE_OFF_ALLOCATIONS})
# Parts that are written in a stage of their own, or with what they are part of.
_OF_THEIR_OWN = frozenset({*OWED, *CUT, Kind.REPAYMENTS, *_WRITTEN_OFF})
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
            Kind.RETAINERS,
        }
    ),
    frozenset({Kind.PAYMENTS, *CUT, Kind.PAYOUTS}),
    frozenset({Kind.REFUNDS, *PART_OF} - _OF_THEIR_OWN),
    # The money of a refund settles what stands for the refund.
    frozenset({Kind.REPAYMENTS}),
    # What is written off is what everything else left open.
    frozenset({Kind.WRITE_OFFS}),
    frozenset({Kind.WRITE_OFF_ALLOCATIONS}),
    frozenset({Kind.DELIVERIES}),
    # Each takes a call of its own, and nothing waits for it.
    frozenset({Kind.NOTES}),
)

T = TypeVar("T")


def staged(changes: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Split a plan's changes into stages, leaving out the empty ones.

    Payments that are voided go before the documents that they settled.
    """
    early = tuple(change for change in changes if is_taken_back(change))
    present = {change.ref.kind for change in changes}
    for kinds in STAGES:
        if Kind.INVOICES in kinds and early:
            yield early
        if kinds.isdisjoint(present):
            continue
        stage = tuple(
            change for change in changes if change.ref.kind in kinds and not is_taken_back(change)
        )
        if stage:
            yield from _by_depth(stage) if kinds is LABELS else (stage,)


def _by_depth(labels: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Put those that stand below others after them."""
    depths = [each.document.depth if isinstance(each.document, Label) else 0 for each in labels]
    for depth in sorted(set(depths)):
        yield tuple(each for each, own in zip(labels, depths, strict=True) if own == depth)


def is_taken_back(change: Change) -> bool:
    """Tell whether money, in or out, is to be taken off what it settles."""
    return change.action is Action.VOID and change.ref.kind in TAKEN_BACK


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
    alone = sum(each.ref.kind in OWED for each in writes)
    return alone + -(-(len(writes) - alone) // size)


def _writing(stage: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(change for change in stage if change.action.writes)
