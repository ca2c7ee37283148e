"""Cut payments up where the books can't take them as one; what they hold of parts is recalled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acctsync.documents import CUT, DocumentRef, Held, Kind, Payment, Stub
from acctsync.engine.job import Job
from acctsync.plan.splitting import cut_into, split
from acctsync.state.store import Store

_LIVE = """
SELECT kind, source, id FROM known
WHERE kind IN ('payment_parts', 'overpayments') AND standing = 'live'
"""


def in_parts(job: Job, chosen: Sequence[Held]) -> tuple[Held, ...]:
    """Cut up payments of several invoices or of more than them, if these books take them so."""
    if not job.kinds >= CUT:
        return tuple(chosen)
    return tuple(split(chosen, live_parts(job.store) if job.store is not None else ()))


def stand_in_parts(job: Job, every: Iterable[Held]) -> frozenset[Kind]:
    """Tell of what kinds parts of payments stand in the books, or are to."""
    if not job.kinds >= CUT:
        return frozenset()
    paid = (each for each in every if isinstance(each, Payment | Stub))
    wanted = {kind for each in paid if each.kind is Kind.PAYMENTS for kind in cut_into(each)}
    live = live_parts(job.store) if job.store is not None else ()
    return frozenset(wanted | {ref.kind for ref in live})


def live_parts(store: Store) -> frozenset[DocumentRef]:
    """Recall the parts of payments that are in the books."""
    rows = store.rows(_LIVE)
    return frozenset(DocumentRef(Kind(row["kind"]), row["source"], row["id"]) for row in rows)
