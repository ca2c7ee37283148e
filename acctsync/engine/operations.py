"""From a plan's change to an operation of the outbox, and from its end to what is remembered."""

from __future__ import annotations

from collections.abc import Sequence

from acctsync.documents import Customer, Delivery, Mailed, RemoteDocument
from acctsync.engine.completing import named
from acctsync.plan.deliveries import owed_by
from acctsync.plan.judging import Found, Verdict, differences, expected_of
from acctsync.plan.model import Change, seen
from acctsync.plan.outbox import Operation, Outstanding, Phase, Settlement
from acctsync.providers.port import Sought


def operation_for(change: Change, customer: str, *, mails: bool = False) -> Operation:
    """Describe a change as an operation; `customer` is its customer's id in the books.

    `mails`: what it creates owes its customer an e-mail.
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
            names=named(document.aliases, "name"),
            emails=named(document.aliases, "email"),
            aliases=document.aliases,
        )
    return Operation(
        action=change.action,
        ref=change.ref,
        fingerprint=change.fingerprint,
        number=document.number,
        date=document.date,
        total=expected_of(document, customer).total,
        currency=document.currency,
        remote_id=remote_id,
        before=remote.digest if remote else "",
        customer=customer,
        mails=mails,
    )


def sought_again(operation: Operation) -> Sought:
    """Say how to look for a write that nobody knows the end of."""
    return Sought(
        ref=operation.ref,
        number=operation.number,
        stamp=operation.ref.id,
        remote_id=operation.remote_id,
        date=operation.date,
        names=operation.names,
        emails=operation.emails,
    )


def settlement_of(outstanding: Outstanding, verdict: Verdict) -> Settlement:
    """Settle a doubt by what a look-up came to."""
    operation = outstanding.operation
    match verdict.found:
        case Found.AGREES if verdict.remote is not None:
            known = seen(operation.ref, operation.fingerprint, operation.number, verdict.remote)
            # A stranger's of the same number was not created by us.
            ours = verdict.remote.stamp == operation.ref.id
            return Settlement(
                seq=outstanding.seq,
                phase=Phase.DONE,
                known=known,
                owed=owed_by(operation, verdict.remote) if ours else None,
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
    if isinstance(change.document, Customer) or remote.voided:
        return ""
    return differences(expected_of(change.document, customer), remote)


def phases(settlements: Sequence[Settlement]) -> tuple[int, int, int]:
    """Count settlements as done, failed and in doubt."""
    done = sum(each.phase is Phase.DONE for each in settlements)
    doubt = sum(each.phase is Phase.IN_DOUBT for each in settlements)
    failed = sum(each.phase in {Phase.REFUSED, Phase.CONFLICT} for each in settlements)
    return done, failed, doubt
