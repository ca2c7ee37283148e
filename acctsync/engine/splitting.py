"""Split payments where the books take one for each invoice; what they hold of parts is recalled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acctsync.documents import DocumentRef, Held, Kind, Payment, Stub
from acctsync.engine.job import Job
from acctsync.plan.splitting import split
from acctsync.state.store import Store

_LIVE = "SELECT source, id FROM known WHERE kind = 'payment_parts' AND standing = 'live'"


def in_parts(job: Job, chosen: Sequence[Held]) -> tuple[Held, ...]:
    """Split the payments of several invoices, if these books take them so."""
    if Kind.PAYMENT_PARTS not in job.kinds:
        return tuple(chosen)
    return tuple(split(chosen, live_parts(job.store) if job.store is not None else ()))


def stand_in_parts(job: Job, every: Iterable[Held]) -> bool:
    """Tell whether some payments stand in the books in parts, or are to."""
    if Kind.PAYMENT_PARTS not in job.kinds:
        return False
    paid = (each for each in every if isinstance(each, Payment | Stub))
    several = any(each.kind is Kind.PAYMENTS and len(each.allocations) > 1 for each in paid)
    return several or (job.store is not None and bool(live_parts(job.store)))


def live_parts(store: Store) -> frozenset[DocumentRef]:
    """Recall the parts of payments that are in the books."""
    rows = store.rows(_LIVE)
    return frozenset(DocumentRef(Kind.PAYMENT_PARTS, row["source"], row["id"]) for row in rows)
