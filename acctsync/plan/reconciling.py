"""Export against books, document by document: what is missing, extra or different; pure.

A document of the books belongs to one of the export by our memory of its id, by our stamp, or by
its number. What nobody of us wrote and whose number no exported document has is other people's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from acctsync.documents import DocumentRef, Kind, RemoteDocument
from acctsync.errors import Location, Problem
from acctsync.money import ZERO
from acctsync.plan.model import Known, Standing


class Finding(StrEnum):
    """What is found of one document, worst first."""

    DOUBLE = "double"
    EXTRA = "extra"
    MISSING = "missing"
    AMOUNT = "amount"
    UNPAID = "unpaid"
    VOIDED = "voided"
    NOT_VOIDED = "not_voided"
    EDITED = "edited"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A document as the export has it.

    `total` is never negative. `paid` is what the export says was paid of an invoice; None for what
    nobody pays; of what is `written_off` nothing is to be open. What is not `numbered` bears a
    number of the books' own there.
    """

    ref: DocumentRef
    number: str
    date: dt.date
    currency: str
    total: Decimal
    void: bool = False
    paid: Decimal | None = None
    written_off: bool = False
    numbered: bool = True
    place: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that export and books don't agree about, with the amounts of both sides."""

    finding: Finding
    ref: DocumentRef
    number: str
    date: dt.date | None
    currency: str
    problem: Problem
    here: Decimal | None = None
    there: Decimal | None = None
    remote_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What comparing came to: all differences, and what of the books the export accounts for.

    `matched` are live documents in the books by the ref of the exported one; `surplus` are live
    documents of ours that are there over and above.
    """

    differences: tuple[Difference, ...]
    matched: Mapping[DocumentRef, RemoteDocument]
    surplus: tuple[RemoteDocument, ...]


class There:
    """What the books hold of one kind, or of both forms of money, to be found by id, stamp, number.

    A payment may stand there as a payment or as a retainer: one void form says nothing of the
    other.
    """

    def __init__(self, remotes: Iterable[RemoteDocument]) -> None:
        self._by_id: dict[tuple[Kind, str], RemoteDocument] = {}
        self._by_stamp: dict[str, list[RemoteDocument]] = {}
        self._by_number: dict[str, list[RemoteDocument]] = {}
        for each in remotes:
            self.add(each)

    def __iter__(self) -> Iterator[RemoteDocument]:
        return iter(self._by_id.values())

    def add(self, remote: RemoteDocument) -> None:
        """Take one more in, once."""
        key = (remote.kind, remote.id)
        if key in self._by_id:
            return
        self._by_id[key] = remote
        if remote.stamp:
            self._by_stamp.setdefault(remote.stamp, []).append(remote)
        if remote.number:
            self._by_number.setdefault(remote.number.casefold(), []).append(remote)

    def candidates(self, here: Here, known: Known | None) -> list[RemoteDocument]:
        """List what may be a document of the export, the likeliest first, voided ones last."""
        remembered = self._by_id.get((here.ref.kind, known.remote_id)) if known else None
        alike = self._by_number.get(here.number.casefold(), ()) if here.numbered else ()
        found = [
            *([remembered] if remembered is not None else ()),
            *self._by_stamp.get(here.ref.id, ()),
            *(each for each in alike if _may_be(here, each)),
        ]
        own = {
            (each.kind, each.id): each
            for each in found
            if each.kind is here.ref.kind or not each.voided
        }
        return sorted(own.values(), key=lambda each: each.voided)


# Many documents may bear their number: it says nothing by itself.
_NUMBERS_REPEAT = frozenset({Kind.PAYMENTS, Kind.PAYOUTS, Kind.RETAINERS})


def compare(
    export: Sequence[Here],
    known: Mapping[DocumentRef, Known],
    there: There,
    exported: frozenset[str],
    ours: Mapping[str, Known],
) -> Compared:
    """Compare the documents of one kind, or of both forms of money that was paid.

    `exported` are the ids of all documents of the kind that the export holds, chosen or not;
    `ours` is what we remember of documents in the books, by their ids there.
    """
    differences: list[Difference] = []
    matched: dict[DocumentRef, RemoteDocument] = {}
    doubles: list[RemoteDocument] = []
    taken: set[tuple[Kind, str]] = set()
    for each in export:
        found = there.candidates(each, known.get(each.ref))
        first = found[0] if found else None
        if first is not None and not first.voided:
            matched[each.ref] = first
        again = [one for one in found[1:] if not one.voided]
        taken |= {(one.kind, one.id) for one in found}
        differences += _differences(each, known.get(each.ref), first)
        differences += [_double(each, found[0], one) for one in again]
        doubles += again
    extra = [
        each
        for each in there
        if (each.kind, each.id) not in taken and not each.voided and _is_extra(each, exported, ours)
    ]
    differences += [_extra(each, ours.get(each.id)) for each in extra]
    return Compared(differences=tuple(differences), matched=matched, surplus=(*doubles, *extra))


def _may_be(here: Here, remote: RemoteDocument) -> bool:
    """Tell whether what bears the number is the document; a stamp of another one says no."""
    if remote.stamp:
        return remote.stamp == here.ref.id
    if here.ref.kind not in _NUMBERS_REPEAT:
        return True
    return (remote.total, remote.date) == (here.total, here.date)


def _is_extra(remote: RemoteDocument, exported: frozenset[str], ours: Mapping[str, Known]) -> bool:
    known = ours.get(remote.id)
    ids = {remote.stamp, known.ref.id if known is not None else ""} - {""}
    return bool(ids) and exported.isdisjoint(ids)


def _differences(
    here: Here, known: Known | None, there: RemoteDocument | None
) -> Iterator[Difference]:
    if here.void:
        if there is not None and not there.voided:
            yield _found(Finding.NOT_VOIDED, here, there, _still_live())
        return
    if there is None:
        pushed = known is not None and known.standing is not Standing.ABSENT
        yield _found(Finding.MISSING, here, None, _missing(pushed=pushed))
        return
    if there.voided:
        yield _found(Finding.VOIDED, here, there, _voided())
        return
    own = _own_difference(here, known, there)
    if own is not None:
        yield own
    unpaid = _unpaid_part(here, there)
    if unpaid is not None:
        yield unpaid


def _own_difference(here: Here, known: Known | None, there: RemoteDocument) -> Difference | None:
    same = known is not None and (known.ref.kind, known.remote_id) == (there.kind, there.id)
    touched = same and known is not None and bool(known.remote_digest)
    edited = touched and known is not None and there.digest != known.remote_digest
    side = _side(known, edited=edited)
    if there.total is not None and there.total != here.total:
        return _found(Finding.AMOUNT, here, there, _amount(here, there, side))
    if there.currency and there.currency != here.currency:
        return _found(Finding.AMOUNT, here, there, _currency(here, there, side))
    if edited:
        return _found(Finding.EDITED, here, there, _edited(here, there))
    if there.date and here.date not in {there.date, there.real_date}:
        return _found(Finding.DATE, here, there, _date(here, there, side))
    return None


def _side(known: Known | None, *, edited: bool) -> str:
    """Say who changed it since it was pushed, where that is known."""
    if known is None or not known.remote_digest:
        return ""
    if edited:
        return "; it was changed there"
    if not known.fingerprint:
        return "; the books made something else of it as it was pushed"
    return "; the export says something else since"


def _unpaid_part(here: Here, there: RemoteDocument) -> Difference | None:
    """Say that the export knows of more money than lies on an invoice there."""
    if here.paid is None or there.total is None or there.balance is None:
        return None
    paid = there.total - there.balance
    if here.paid <= paid:
        return None
    problem = _still_open(here, there.balance) if here.written_off else _unpaid(here, paid)
    return replace(_found(Finding.UNPAID, here, there, problem), here=here.paid, there=paid)


def _unpaid(here: Here, paid: Decimal) -> Problem:
    return Problem(
        code="REC005",
        message=f"{here.paid} {here.currency} is paid here, but {paid} there",
        hint="Look whether its payments are pushed, and applied to it in the books.",
    )


def _still_open(here: Here, left: Decimal) -> Problem:
    return Problem(
        code="REC005",
        message=f"it is written off here, but {left} {here.currency} of it is open there",
        hint="acctsync plan tells whether a push writes it off. If one did before, somebody took"
        " its credit memo off the invoice in the books.",
    )


def _found(
    finding: Finding, here: Here, there: RemoteDocument | None, problem: Problem
) -> Difference:
    told = problem.about(here.number, here.ref.kind)
    voided = there is None or there.voided
    return Difference(
        finding=finding,
        ref=here.ref,
        number=here.number,
        date=here.date,
        currency=here.currency,
        problem=told if told.location else replace(told, location=here.place),
        here=ZERO if here.void else here.total,
        there=ZERO if voided or there is None else there.total,
        remote_id=there.id if there is not None else "",
    )


def _double(here: Here, first: RemoteDocument, second: RemoteDocument) -> Difference:
    mark = "with our stamp" if second.stamp else "with its number, but without our stamp"
    problem = Problem(
        code="REC003",
        message=f"it is in the books twice: id {first.id}, and again {mark} as id {second.id}",
        hint="Compare the two, and delete or void the wrong one in the books.",
    )
    found = _found(Finding.DOUBLE, here, second, problem)
    return replace(found, here=ZERO, date=second.date or here.date)


def _extra(remote: RemoteDocument, known: Known | None) -> Difference:
    id_ = remote.stamp or (known.ref.id if known is not None else "")
    number = remote.number or id_
    problem = Problem(
        code="REC002",
        message="we pushed it, and the export does not hold it (or the mapping leaves it out)",
        hint="Export a period that holds it; or void it in the books if it was taken back.",
    )
    return Difference(
        finding=Finding.EXTRA,
        ref=DocumentRef(remote.kind, known.ref.source if known is not None else "", id_),
        number=number,
        date=remote.date,
        currency=remote.currency or (known.currency if known is not None else ""),
        problem=problem.about(number, remote.kind),
        here=ZERO,
        there=remote.total,
        remote_id=remote.id,
    )


def _missing(*, pushed: bool) -> Problem:
    if pushed:
        return Problem(
            code="REC001",
            message="it was pushed, and is no longer in the books: somebody deleted it there",
            hint="acctsync show tells its history. Enter it there again, or void it here.",
        )
    return Problem(
        code="REC001", message="it is not in the books", hint="acctsync plan says why; push it."
    )


def _voided() -> Problem:
    return Problem(
        code="REC007",
        message="it is open here, and void in the books",
        hint="Void it in the billing system too, or bill it again under a new number.",
    )


def _still_live() -> Problem:
    return Problem(
        code="REC008",
        message="it is void here, and stands in the books",
        hint="push.void says whether a push voids it there; acctsync plan tells what it would do.",
    )


def _amount(here: Here, there: RemoteDocument, side: str) -> Problem:
    return Problem(
        code="REC004",
        message=f"{here.total} {here.currency} here, {there.total} there{side}",
        hint="Find out which of the two is right. A push follows the export where nobody changed"
        " the books.",
    )


def _currency(here: Here, there: RemoteDocument, side: str) -> Problem:
    return Problem(
        code="REC004",
        message=f"its currency is {here.currency} here, {there.currency} there{side}",
        hint="Void it in the books and bill it again under a new number.",
    )


def _date(here: Here, there: RemoteDocument, side: str) -> Problem:
    return Problem(
        code="REC006",
        message=f"dated {here.date} here, {there.date} there{side}",
        hint="Find out which day is right. A push follows the export where nobody changed the"
        " books.",
    )


def _edited(here: Here, there: RemoteDocument) -> Problem:
    dated = f", and dates it {there.date} instead of {here.date}" if _is_moved(here, there) else ""
    return Problem(
        code="REC006",
        message=f"somebody changed it in the books since we wrote it{dated}",
        hint="The amount agrees. Look at it there if lines or customer matter.",
    )


def _is_moved(here: Here, there: RemoteDocument) -> bool:
    return there.date is not None and here.date not in {there.date, there.real_date}
