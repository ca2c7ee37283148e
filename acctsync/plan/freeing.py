"""What voided payments free: invoices that can then be voided, or paid anew. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import DocumentRef, Kind
from acctsync.money import ZERO
from acctsync.plan.deciding import still_paid
from acctsync.plan.model import Action, Change
from acctsync.plan.stages import TAKEN_BACK
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True)
class Freed:
    """What an invoice gets back: so much of it is open again once these voids are through."""

    amount: Decimal
    voids: tuple[DocumentRef, ...]


def freed(changes: Iterable[Change]) -> dict[str, Freed]:
    """Tell what the payments that are about to be voided settle, by the invoices' ids there."""
    found: dict[str, Freed] = {}
    for change in changes:
        if change.action is not Action.VOID or change.ref.kind not in TAKEN_BACK:
            continue
        for link in change.remote.links if change.remote is not None else ():
            if link.kind is Kind.INVOICES:
                before = found.get(link.remote_id, Freed(ZERO, ()))
                amount = before.amount + (link.amount or ZERO)
                found[link.remote_id] = Freed(amount, (*before.voids, change.ref))
    return found


def free_invoices(changes: Sequence[Change], free: Mapping[str, Freed]) -> list[Change]:
    """Void the invoices after all that nothing settles any more once those voids are through."""
    return [_free_again(each, free) for each in changes]


def after_voids(
    changes: Sequence[Change],
    free: Mapping[str, Freed],
    invoices_of: Callable[[Change], Iterable[str]],
) -> list[Change]:
    """Let what settles an invoice anew wait until the payment that did so before is void.

    `invoices_of` tells the ids in the books of the invoices that a change settles.
    """
    if not free:
        return list(changes)
    decided = []
    for change in changes:
        voids = tuple(ref for id_ in invoices_of(change) if id_ in free for ref in free[id_].voids)
        waits = tuple(dict.fromkeys(ref for ref in voids if ref != change.ref))
        decided.append(replace(change, after=(*change.after, *waits)) if waits else change)
    return decided


def _free_again(change: Change, free: Mapping[str, Freed]) -> Change:
    remote, problem = change.remote, change.problem
    held = problem is not None and problem.code == still_paid().code
    if remote is None or not (held or change.action is Action.VOID):
        return change
    got = free.get(remote.id)
    settled = (remote.total or ZERO) - (remote.balance or ZERO)
    if got is None or got.amount != settled:
        return change
    told = None if held else problem
    return replace(change, action=Action.VOID, problem=told, after=(*change.after, *got.voids))
