"""Decide what a look-up in the books means: whether it is there, is ours, and agrees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from acctsync.documents import (
    LABELS,
    PART_OF,
    PARTIES,
    CreditAllocation,
    Document,
    DocumentRef,
    Invoice,
    Kind,
    Listed,
    Mailed,
    Payout,
    RemoteDocument,
    UnappliedPayment,
)
from acctsync.documents.values import value
from acctsync.plan.model import Action
from acctsync.plan.outbox import Operation
from acctsync.plan.references import folded


class Found(StrEnum):
    """What a look-up came to."""

    ABSENT = "absent"
    AGREES = "agrees"
    DIFFERS = "differs"
    VOIDED = "voided"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; `why` tells a person what differs."""

    found: Found
    remote: RemoteDocument | None = None
    why: str = ""


@value
class Expected:
    """What the books should hold of a document. An unknown customer ("") agrees with any.

    What is not `numbered` has a number of the books' own there.
    """

    kind: Kind
    stamp: str
    number: str
    date: dt.date | None
    total: Decimal | None
    currency: str
    customer: str
    numbered: bool = True


# Their number is none that only one document has: what bears it is another unless all agrees.
_NUMBERS_REPEAT = frozenset({Kind.PAYMENTS, Kind.PAYOUTS, Kind.RETAINERS})
# Our stamp alone says which one they are.
_STAMPED = frozenset({Kind.PAYOUTS, Kind.NOTES})
# They are dated to the day on which they are written.
_WRITTEN_OFF = frozenset({Kind.WRITE_OFFS, Kind.WRITE_OFF_ALLOCATIONS})
_ABSENT = Verdict(Found.ABSENT)


def is_numbered(document: Document) -> bool:
    """Tell whether a document brings its own number; if not, the books give it one."""
    return not isinstance(document, Invoice) or document.numbered


def expected_of(document: Document, customer: str) -> Expected:
    """Say what to compare a document's candidates with; `customer` is its id in the books."""
    assert not isinstance(document, Listed), "what stands in lists is recognised by its name"
    total: Decimal | None = document.money.amount
    written_off = document.kind in _WRITTEN_OFF
    if isinstance(document, CreditAllocation | UnappliedPayment) or written_off:
        # How much of a credit is set off is decided by what is open, not by the export; and the
        # amount that is taken off an invoice is not the payment's.
        total = None
    elif isinstance(document, Payout):
        total = abs(document.amount)  # Which way the money went is told by the accounts.
    return Expected(
        kind=document.ref.kind,
        stamp=document.ref.id,
        number=document.number,
        date=None if written_off else document.date,
        total=total,
        currency=document.currency,
        customer=customer,
        numbered=is_numbered(document),
    )


def judge(expected: Expected, candidates: Sequence[RemoteDocument]) -> Verdict:
    """Judge what was found for a document that we are about to create.

    A candidate with our stamp is ours. One with the same number is the same document if it agrees
    in total, date and customer; a number that need not be unique (a payment's reference) only
    counts then. Several that agree are for a person to choose from.
    """
    ours = [each for each in candidates if each.stamp == expected.stamp]
    if ours:
        return _best(expected, ours)
    strangers = [each for each in candidates if _could_be(expected, each)]
    return _best(expected, strangers) if strangers else _ABSENT


def share_out(
    expected: Mapping[DocumentRef, Expected],
    findings: Mapping[DocumentRef, Sequence[RemoteDocument]],
    taken: Collection[str] = (),
) -> dict[DocumentRef, tuple[RemoteDocument, ...]]:
    """Let no two documents stand for one that somebody entered by hand.

    Nothing in a transfer says which payout it is, and there may be several of one amount on one
    day: each goes to the first that agrees with it. `taken` are ids in the books that documents of
    earlier runs stand for.
    """
    gone = set(taken)
    shared: dict[DocumentRef, tuple[RemoteDocument, ...]] = {}
    for ref, each in expected.items():
        found = findings.get(ref, ())
        ours = tuple(one for one in found if one.stamp == each.stamp)
        free = (one for one in found if one.id not in gone and _could_be(each, one))
        shared[ref] = ours or tuple(islice(free, 1))
        gone.update(one.id for one in shared[ref])
    return shared


def lookalikes(
    expected: Mapping[DocumentRef, Expected],
    findings: Mapping[DocumentRef, Sequence[RemoteDocument]],
    shared: Mapping[DocumentRef, Sequence[RemoteDocument]],
    taken: Collection[str] = (),
) -> dict[DocumentRef, RemoteDocument]:
    """Find what may be a document that is about to be created, entered by hand for another day.

    Bank feeds date a payout when it arrives. `shared` is what was found to be a document.
    """
    gone = {*taken, *(one.id for each in shared.values() for one in each)}
    near: dict[DocumentRef, RemoteDocument] = {}
    for ref, each in expected.items():
        undated = replace(each, date=None)
        like = (
            one for one in findings.get(ref, ()) if one.id not in gone and _could_be(undated, one)
        )
        first = None if shared.get(ref) else next(like, None)
        if first is not None:
            near[ref] = first
            gone.add(first.id)
    return near


def judge_doubt(  # noqa: PLR0911 - one per kind of write
    operation: Operation, candidates: Sequence[RemoteDocument]
) -> Verdict:
    """Judge what was found for a write that nobody knows the end of."""
    match operation.action:
        case Action.CREATE if operation.ref.kind is Kind.DELIVERIES:
            return _judge_mail(operation, candidates)
        case Action.CREATE if operation.ref.kind in PARTIES:
            return judge_party(operation.aliases, candidates)
        case Action.CREATE if operation.ref.kind in {Kind.ITEMS, *LABELS}:
            return judge_item(candidates)
        case Action.CREATE if operation.ref.kind in _STAMPED or not operation.numbered:
            # What we sent bears our stamp; of those like it somebody else's may be another one.
            ours = [each for each in candidates if each.stamp == operation.ref.id]
            return judge(_expected_by(operation), ours)
        case Action.CREATE:
            return judge(_expected_by(operation), candidates)
        case Action.UNDO:
            return _judge_undo(operation, candidates)
        case _:
            return _judge_rewrite(operation, candidates)


def judge_party(
    aliases: Sequence[str], candidates: Sequence[RemoteDocument], *, first: bool = False
) -> Verdict:
    """Judge candidates for a party by what it may be recognised by, the first alias that fits.

    Several that fit are DIFFERS, and a person must say which one is meant, unless `first`.
    """
    emails = [each.partition(":")[2] for each in aliases if each.startswith("email:")]
    for alias in aliases:
        fitting = [each for each in candidates if _fits(alias, each, emails)]
        active = [each for each in fitting if each.active]
        if len(active) == 1 or (active and first):
            return Verdict(Found.AGREES, active[0])
        if active:
            listed = ", ".join(f"{each.name} (id {each.id})" for each in active)
            return Verdict(Found.DIFFERS, active[0], listed)
        if fitting and alias.startswith("name:"):
            return Verdict(Found.VOIDED, fitting[0])
    return _ABSENT


def judge_item(candidates: Sequence[RemoteDocument]) -> Verdict:
    """Judge what bears the name of an item, class or location that we are about to create."""
    active = [each for each in candidates if each.active]
    if len(active) == 1:
        return Verdict(Found.AGREES, active[0])
    if active:
        listed = ", ".join(f"{each.name} (id {each.id})" for each in active)
        return Verdict(Found.DIFFERS, active[0], listed)
    return Verdict(Found.VOIDED, candidates[0], "it is inactive there") if candidates else _ABSENT


def _fits(alias: str, remote: RemoteDocument, emails: Sequence[str]) -> bool:
    """Tell whether a candidate bears an alias.

    The books may write a name in their own way (without a colon, say): a candidate that no e-mail
    brought was found by its name, whatever it looks like.
    """
    way, _, value = alias.partition(":")
    theirs = {part.strip().casefold() for part in remote.email.replace(";", ",").split(",")}
    if way == "email":
        return value in theirs
    return way == "name" and (value == folded(remote.name) or not theirs & set(emails))


def differences(expected: Expected, remote: RemoteDocument) -> str:
    """Tell a person what differs between the export and the books; empty when they agree."""
    parts = []
    if remote.total is not None and expected.total is not None and remote.total != expected.total:
        parts.append(f"total {remote.total} there, {expected.total} here")
    if remote.currency and expected.currency and remote.currency != expected.currency:
        parts.append(f"currency {remote.currency} there, {expected.currency} here")
    if remote.date and expected.date and expected.date not in {remote.date, remote.real_date}:
        parts.append(f"date {remote.date} there, {expected.date} here")
    if expected.customer and remote.customer and remote.customer != expected.customer:
        side = "other accounts" if expected.kind is Kind.PAYOUTS else "another customer"
        parts.append(f"{side} there")
    return "; ".join(parts)


def _best(expected: Expected, candidates: Sequence[RemoteDocument]) -> Verdict:
    alive = [each for each in candidates if not each.voided]
    if not alive:
        return Verdict(Found.VOIDED, candidates[0], "it is voided there")
    agreeing = [each for each in alive if not differences(expected, each)]
    if len(agreeing) == 1:
        return Verdict(Found.AGREES, agreeing[0])
    if agreeing:
        ids = ", ".join(each.id for each in agreeing)
        return Verdict(Found.DIFFERS, agreeing[0], f"it is there {len(agreeing)} times (ids {ids})")
    return Verdict(Found.DIFFERS, alive[0], differences(expected, alive[0]))


def _could_be(expected: Expected, stranger: RemoteDocument) -> bool:
    """Tell whether a document of the same number may be the one that is expected.

    A part is known by its stamp alone: what people enter by hand has numbers of its own.
    """
    if expected.kind in PART_OF:
        return False
    if not expected.numbered and not expected.customer:
        # A customer who is not in the books yet has nothing there.
        return False
    if expected.kind not in _NUMBERS_REPEAT and expected.numbered:
        return True
    return not (stranger.stamp or stranger.voided or differences(expected, stranger))


def _judge_taking_off(operation: Operation, remote: RemoteDocument | None) -> Verdict:
    """Tell whether a payment was taken off its invoices, by whether they are still linked."""
    if remote is None:
        return _ABSENT
    linked = {each.remote_id for each in remote.links if each.kind is Kind.INVOICES}
    still = linked.intersection(operation.takes_off)
    return Verdict(Found.UNTOUCHED if still else Found.AGREES, remote)


def _judge_mail(operation: Operation, candidates: Sequence[RemoteDocument]) -> Verdict:
    """Tell by its invoice whether a mail went out. What the books may still send is a person's."""
    remote = next((each for each in candidates if each.id == operation.remote_id), None)
    if remote is None:
        return Verdict(Found.DIFFERS, None, "the invoice is no longer in the books")
    match remote.mailed:
        case Mailed.SENT:
            return Verdict(Found.AGREES, remote)
        case Mailed.QUEUED:
            return Verdict(Found.DIFFERS, remote, "the invoice waits there to be e-mailed")
        case Mailed.NO:
            return Verdict(Found.UNTOUCHED, remote)


def _judge_undo(operation: Operation, candidates: Sequence[RemoteDocument]) -> Verdict:
    """Tell whether a document is out of the books, by whomever; what is still there stays."""
    remote = next((each for each in candidates if each.id == operation.remote_id), None)
    gone = remote is None or remote.voided
    return Verdict(Found.AGREES if gone else Found.UNTOUCHED, remote)


def _judge_rewrite(operation: Operation, candidates: Sequence[RemoteDocument]) -> Verdict:
    remote = next((each for each in candidates if each.id == operation.remote_id), None)
    if operation.takes_off:
        return _judge_taking_off(operation, remote)
    if remote is None:
        return Verdict(Found.DIFFERS, None, "it is no longer in the books")
    if operation.action is Action.VOID:
        return Verdict(Found.AGREES if remote.voided else Found.UNTOUCHED, remote)
    if remote.digest == operation.before:
        return Verdict(Found.UNTOUCHED, remote)
    why = differences(_expected_by(operation), remote)
    return Verdict(Found.DIFFERS if why else Found.AGREES, remote, why)


def _expected_by(operation: Operation) -> Expected:
    return Expected(
        kind=operation.ref.kind,
        stamp=operation.ref.id,
        number=operation.number,
        date=operation.date,
        total=operation.total,
        currency=operation.currency,
        customer=operation.customer,
        numbered=operation.numbered,
    )
