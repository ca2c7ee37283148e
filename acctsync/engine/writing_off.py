"""Read what is open of invoices that are to be written off, at the moment of writing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from acctsync.documents import DocumentRef, Kind, Listed, State
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.reading import Reading
from acctsync.errors import Problem
from acctsync.money import ZERO
from acctsync.plan.model import Change
from acctsync.plan.writing_off import (
    credit_of,
    is_new_write_off,
    measure,
    reopened,
    written_off_of,
)
from acctsync.providers.port import Provider, Sought

_WRITTEN_OFF = "SELECT source, id FROM known WHERE kind = 'write_offs' AND standing = 'live'"


def measured(changes: Sequence[Change], facts: Facts, provider: Provider) -> list[Change]:
    """Write off what is open now, which may be less than when the plan was made."""
    new = [each for each in changes if is_new_write_off(each)]
    refs = dict.fromkeys(
        ref for each in new for ref in (written_off_of(each.document), credit_of(each.document))
    )
    known = {ref: found for ref in refs if (found := facts.settled(ref)) is not None}
    sought = [Sought(ref=ref, remote_id=each.remote_id) for ref, each in known.items()]
    findings = provider.find(sought) if sought else {}
    open_ = {
        ref: found[0].balance or ZERO
        for ref, found in findings.items()
        if found and not found[0].voided
    }
    return [_measured(each, open_) if is_new_write_off(each) else each for each in changes]


def written_off_before(job: Job, reading: Reading) -> tuple[Problem, ...]:
    """Tell of invoices that were written off and count again in the export."""
    rows = job.store.rows(_WRITTEN_OFF) if job.store is not None else ()
    refs = {DocumentRef(Kind.INVOICES, row["source"], row["id"]) for row in rows}
    return tuple(
        reopened(each.ref, each.number)
        for each in (reading.every if refs else ())
        if each.ref in refs
        and not isinstance(each, Listed)
        and getattr(each, "state", None) is State.OPEN
    )


def _measured(change: Change, open_: dict[DocumentRef, Decimal]) -> Change:
    credit = credit_of(change.document)
    # A credit note that came to nothing, or was deleted since, has nothing to give.
    left = ZERO if change.ref != credit and credit not in open_ else open_.get(credit)
    return measure(change, open_.get(written_off_of(change.document)), left)
