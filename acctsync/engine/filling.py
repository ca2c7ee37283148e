"""Fill the last exchange of a stage with what the next stage has and need wait for no longer.

An exchange costs a call however little is in it. What rides along is written as any other write:
committed first, settled by its own answer. It hangs on nothing that this run has still to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from acctsync.documents import DocumentRef, Kind
from acctsync.engine.facts import Facts
from acctsync.engine.record import Record
from acctsync.plan.model import Action, Change
from acctsync.providers.port import Provider, Write

# All that these hang on, they name; stages keep the others apart for what they leave open.
_RIDING = frozenset(
    {
        Kind.ESTIMATES,
        Kind.INVOICES,
        Kind.SALES_RECEIPTS,
        Kind.CREDIT_NOTES,
        Kind.PURCHASE_ORDERS,
        Kind.BILLS,
        Kind.PAYMENTS,
    }
)

Batch = tuple[tuple[Change, Write], ...]


class Riders:
    """What of the next stage may ride along; `gone` are those that did."""

    def __init__(
        self, following: Sequence[Change], *, facts: Facts, record: Record, provider: Provider
    ) -> None:
        self._waiting = [each for each in following if _may_ride(each)]
        self._facts = facts
        self._record = record
        self._provider = provider
        self.gone: set[DocumentRef] = set()

    def fill(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Fill up what is not full, at the moment when it is asked for."""
        size = self._provider.limits.batch_size
        for batch in batches:
            lane = batch[0][1].lane
            room = size - len(batch)
            yield batch if lane is None or not room else (*batch, *self._take(lane, room))

    def _take(self, lane: str, room: int) -> Iterator[tuple[Change, Write]]:
        left: list[Change] = []
        elsewhere: set[Kind] = set()  # what is of one kind travels one way
        for change in self._waiting:
            write = None
            if room and change.ref.kind not in elsewhere and self._waits_for_nothing(change):
                write = self._provider.render(change, self._facts)
            if write is not None and write.lane == lane:
                room -= 1
                self.gone.add(change.ref)
                yield change, write
                continue
            if write is not None:
                elsewhere.add(change.ref.kind)
            left.append(change)
        self._waiting = left

    def _waits_for_nothing(self, change: Change) -> bool:
        """Tell whether all that it hangs on stands in the books as this run wants it."""
        return all(
            self._facts.settled(ref) is not None and self._record.stands(ref)
            for ref in self._facts.needs(change.document)
        )


def _may_ride(change: Change) -> bool:
    new = change.action in {Action.CREATE, Action.UPDATE}
    return new and change.ref.kind in _RIDING and not change.after
