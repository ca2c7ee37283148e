"""What may be taken out of the books again of what a run created; pure.

What a person changed there since, and what money lies on that the run did not push, stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from acctsync.documents import ALLOCATIONS, OWED, PART_OF, Kind, RemoteDocument
from acctsync.errors import Problem
from acctsync.money import ZERO
from acctsync.plan.model import Known

# What hangs on other documents goes before them.
STAGES: tuple[frozenset[Kind], ...] = (
    frozenset(
        {Kind.PAYMENTS, Kind.RETAINERS, Kind.PAYOUTS, Kind.REFUNDS, *PART_OF}
        - {*OWED, Kind.WRITE_OFFS}
    ),
    frozenset(
        {
            Kind.WRITE_OFFS,
            Kind.ESTIMATES,
            Kind.INVOICES,
            Kind.SALES_RECEIPTS,
            Kind.CREDIT_NOTES,
            Kind.PURCHASE_ORDERS,
            Kind.BILLS,
        }
    ),
)
TAKEN = frozenset(kind for stage in STAGES for kind in stage)
_SETTLED = frozenset({Kind.INVOICES, Kind.CREDIT_NOTES, Kind.WRITE_OFFS, Kind.BILLS})
_ORDERS = frozenset({Kind.ESTIMATES, Kind.PURCHASE_ORDERS})
_PAYING = frozenset({Kind.PAYMENTS, Kind.PAYMENT_PARTS, *ALLOCATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One document of the run: `remote` is to be taken back unless a problem says why it stays.

    Without both it is out of the books already.
    """

    known: Known
    remote: RemoteDocument | None = None
    problem: Problem | None = None

    @property
    def goes(self) -> bool:
        return self.remote is not None and self.problem is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What the payments that go as well give back: by the id of what they settle, and their ids."""

    amounts: Mapping[str, Decimal]
    payments: frozenset[str] = frozenset()


NOTHING_FREED = Freed(amounts={})


def judge_made(
    known: Known,
    candidates: Sequence[RemoteDocument],
    closed_until: dt.date | None,
    freed: Freed = NOTHING_FREED,
) -> Judged:
    """Say whether a document that we created may go, as the books hold it now."""
    remote = next((each for each in candidates if each.id == known.remote_id), None)
    if remote is None:
        return Judged(known=known)
    problem = _why_it_stays(known, remote, closed_until, freed)
    if problem is not None:
        problem = problem.about(known.number or known.ref.id, known.ref.kind)
    return Judged(known=known, remote=remote, problem=problem)


def freed_by(going: Iterable[Judged]) -> Freed:
    """Add up what is open again once these are gone."""
    amounts: dict[str, Decimal] = {}
    payments = set()
    for each in going:
        if each.remote is None or not each.goes or each.known.ref.kind not in _PAYING:
            continue
        payments.add(each.remote.id)
        for link in each.remote.links:
            amounts[link.remote_id] = amounts.get(link.remote_id, ZERO) + (link.amount or ZERO)
    return Freed(amounts=amounts, payments=frozenset(payments))


def _why_it_stays(  # noqa: PLR0911 - one per reason
    known: Known, remote: RemoteDocument, closed_until: dt.date | None, freed: Freed
) -> Problem | None:
    if remote.stamp != known.ref.id:
        return _not_ours()
    if remote.voided:
        return _voided()
    if remote.digest != known.remote_digest:
        return _edited()
    if closed_until is not None and remote.date is not None and remote.date <= closed_until:
        return _closed(closed_until)
    if remote.deposited:
        return _deposited()
    if remote.kind in _ORDERS and remote.links:
        return _followed(remote)
    if remote.kind in _SETTLED and _settled_by_others(remote, freed):
        return _paid(remote, freed)
    return None


def _settled_by_others(remote: RemoteDocument, freed: Freed) -> bool:
    if remote.total is None or remote.balance is None:
        return False
    return remote.total - remote.balance != freed.amounts.get(remote.id, ZERO)


def _edited() -> Problem:
    return Problem(
        code="UNDO001",
        message="somebody changed it in the books since we wrote it, so it stays",
        hint="Look at it there. If it is to go, delete it there and run undo again.",
    )


def _paid(remote: RemoteDocument, freed: Freed) -> Problem:
    others = [each for each in remote.links if each.remote_id not in freed.payments]
    named = ", ".join(f"{each.word or 'payment'} id {each.remote_id}" for each in others)
    return Problem(
        code="UNDO002",
        message="money is applied to it that this undo does not take back"
        + (f" ({named})" if named else ""),
        hint="Take that money off it in the books, then run undo again.",
    )


def _voided() -> Problem:
    return Problem(
        code="UNDO003",
        message="somebody voided it in the books; void it keeps its number, so it stays",
        hint="If it is to be pushed again, delete it there and run undo again.",
    )


def _deposited() -> Problem:
    return Problem(
        code="UNDO004",
        message="it lies in a bank deposit",
        hint="Take it off that deposit in the books, then run undo again.",
    )


def _closed(closed_until: dt.date) -> Problem:
    return Problem(
        code="UNDO005",
        message=f"the books are closed until {closed_until}, and it is dated before",
        hint="Open the period in the books, if that is right, then run undo again.",
    )


def _not_ours() -> Problem:
    return Problem(
        code="UNDO006",
        message="what stands for it in the books does not bear our stamp: the run found it there,"
        " or somebody took the stamp away",
        hint="If it is to go, delete it in the books and run undo again.",
    )


def _followed(remote: RemoteDocument) -> Problem:
    named = ", ".join(f"{each.word} id {each.remote_id}" for each in remote.links)
    return Problem(
        code="UNDO009",
        message=f"something was made of it in the books since ({named})",
        hint="Delete that there first, if it is wrong as well, then run undo again.",
    )
