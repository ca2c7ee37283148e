"""From a plan's change to an operation of the outbox, and from its end to what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from acctsync.documents import (
    Customer,
    Delivery,
    Item,
    Kind,
    Label,
    Listed,
    Mailed,
    Note,
    RemoteDocument,
    UnappliedPayment,
)
from acctsync.engine.completing import named
from acctsync.plan.judging import Found, Verdict, differences, expected_of, is_numbered
from acctsync.plan.model import Action, Change
from acctsync.plan.outbox import Operation, Outstanding, Phase, Settlement
from acctsync.plan.owing import owed_by
from acctsync.providers.port import Sought


def operation_for(change: Change, customer: str, owes: tuple[Kind, ...] = ()) -> Operation:
    """Describe a change as an operation; `customer` is its customer's id in the books.

    `owes`: the parts that what it creates owes.
    """
    document = change.document
    remote = change.remote
    remote_id = remote.id if remote else change.known.remote_id if change.known else ""
    if isinstance(document, Customer):
        return Operation(
            action=change.action,
            ref=change.ref,
            fingerprint=change.fingerprint,
            number=document.number,
            remote_id=remote_id,
            before=remote.digest if remote else "",
            names=named(document.aliases, "name"),
            emails=named(document.aliases, "email"),
            aliases=document.aliases,
        )
    if isinstance(document, UnappliedPayment):
        return _taking_off(change, document)
    if isinstance(document, Item | Label):
        return Operation(
            action=change.action,
            ref=change.ref,
            fingerprint=change.fingerprint,
            number=document.number,
            remote_id=remote_id,
            names=(document.name,),
        )
    return Operation(
        action=change.action,
        ref=change.ref,
        fingerprint=change.fingerprint,
        number=document.number,
        date=change.booked or document.date,
        total=expected_of(document, customer).total,
        currency=document.currency,
        remote_id=remote_id,
        before=remote.digest if remote else "",
        customer=customer,
        owes=owes,
        numbered=is_numbered(document),
    )


def _taking_off(change: Change, document: UnappliedPayment) -> Operation:
    """Describe the taking off of a payment; what is remembered of it is our own payment."""
    known = change.known
    return Operation(
        action=change.action,
        ref=change.ref,
        fingerprint=known.fingerprint if known else "",
        number=known.number if known else document.number,
        date=document.date,
        currency=document.currency,
        remote_id=change.ref.id,
        before=change.remote.digest if change.remote else "",
        takes_off=document.invoices,
        owner=known.ref if known else None,
    )


def sought_again(operation: Operation) -> Sought:
    """Say how to look for a write that nobody knows the end of."""
    return Sought(
        ref=operation.ref,
        number=operation.number if operation.numbered else "",
        stamp=operation.ref.id,
        remote_id=operation.remote_id,
        date=operation.date,
        names=operation.names,
        emails=operation.emails,
        to_create=operation.action is Action.CREATE,
    )


def settlement_of(outstanding: Outstanding, verdict: Verdict) -> Settlement:
    """Settle a doubt by what a look-up came to."""
    operation = outstanding.operation
    if operation.action is Action.UNDO and verdict.found is Found.AGREES:
        return Settlement(
            seq=outstanding.seq, phase=Phase.DONE, why="looked for, and no longer in the books"
        )
    match verdict.found:
        case Found.AGREES if verdict.remote is not None:
            known = operation.known_as(verdict.remote)
            # A stranger's of the same number was not created by us.
            ours = verdict.remote.stamp == operation.ref.id
            return Settlement(
                seq=outstanding.seq,
                phase=Phase.DONE,
                known=known,
                owed=owed_by(operation, verdict.remote) if ours else (),
                why="found in the books",
            )
        case Found.ABSENT | Found.UNTOUCHED:
            return Settlement(
                seq=outstanding.seq, phase=Phase.RELEASED, why="looked for, and not there"
            )
        case _:
            return Settlement(seq=outstanding.seq, phase=Phase.CONFLICT, why=verdict.why)


def disagreement(change: Change, customer: str, remote: RemoteDocument) -> str:
    """Tell how the books' answer to a write differs from what was meant; empty when it agrees."""
    if isinstance(change.document, Delivery):
        return "" if remote.mailed is Mailed.SENT else "they don't say that it was e-mailed"
    if isinstance(change.document, Listed | Note) or remote.voided:
        return ""
    expected = expected_of(change.document, customer)
    if change.ref.kind is Kind.WRITE_OFFS:
        expected = replace(expected, total=change.document.money.amount)
    if change.booked is not None:
        expected = replace(expected, date=change.booked)
    return differences(expected, remote)


def phases(settlements: Sequence[Settlement]) -> tuple[int, int, int]:
    """Count settlements as done, failed and in doubt."""
    done = sum(each.phase is Phase.DONE for each in settlements)
    doubt = sum(each.phase is Phase.IN_DOUBT for each in settlements)
    failed = sum(each.phase in {Phase.REFUSED, Phase.CONFLICT} for each in settlements)
    return done, failed, doubt
