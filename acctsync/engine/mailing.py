"""The e-mails that the books send their customers: which are owed, to whom, and how many a day.

What is decided about them is decided in `plan/deliveries`; here it is asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Sequence

from acctsync.documents import (
    Customer,
    Delivery,
    DocumentRef,
    Held,
    Kind,
    Listed,
)
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.reading import Reading
from acctsync.errors import Problem
from acctsync.money import ZERO
from acctsync.plan.deliveries import (
    addressed,
    judge_owed,
    new_deliveries,
    owed_deliveries,
    paid_now,
    ration,
    whole_of,
)
from acctsync.plan.model import Action, Change, Known, Standing
from acctsync.plan.owing import follow, forgiven
from acctsync.providers.port import Findings, Provider, Sought
from acctsync.state.store import Store
from acctsync.values import dataclass

_DAY = dt.timedelta(days=1)


def wants_mail(job: Job) -> bool:
    """Tell whether the mapping wants created invoices e-mailed."""
    invoices = Kind.INVOICES in job.kinds & job.mapping.push.kinds
    return invoices and job.mapping.push.send_email == "when_created"


def draft_mail(
    job: Job,
    changes: Iterable[Change],
    chosen: Iterable[Held],
    facts: Facts,
    reading: Reading,
) -> list[Change]:
    """Draft the mails of new invoices, and of those that an earlier run still owes one."""
    if not wants_mail(job):
        return []
    owed = job.store.owed(Kind.DELIVERIES) if job.store is not None else []
    mails = _still_owed(job, owed, chosen, reading.refused) if owed else []
    facts.known |= {each.ref: each.known for each in mails if each.known is not None}
    mails += _unmailed(job, new_deliveries(changes, reading.every))
    facts.documents |= {each.ref: each.document for each in mails}
    return mails


def _unmailed(job: Job, deliveries: Sequence[Change]) -> list[Change]:
    """Leave out what went out once: its invoice was taken back since, and is pushed anew."""
    refs = [each.ref for each in deliveries]
    known = job.store.known(refs) if job.store is not None and refs else {}
    gone = {ref for ref, each in known.items() if each.standing is Standing.LIVE}
    return [each for each in deliveries if each.ref not in gone]


def _still_owed(
    job: Job, owed: Iterable[Known], chosen: Iterable[Held], refused: Container[DocumentRef]
) -> list[Change]:
    """Draft what earlier runs owe, but for what this run is not about."""
    held = {each.ref: each.customer for each in chosen if not isinstance(each, Listed)}
    return [
        each
        for each in owed_deliveries(owed, held)
        if _is_chosen(job, each, held) and whole_of(each) not in refused
    ]


def _is_chosen(job: Job, delivery: Change, chosen: Container[DocumentRef]) -> bool:
    whole = whole_of(delivery)
    taken = job.selection.takes(whole, delivery.document.number, None)
    return job.selection.everything or whole in chosen or taken


def forgive_mail(job: Job, run: str, store: Store) -> None:
    """Owe nothing any more once the mapping wants no mails: what it missed is never sent later."""
    owed = store.owed(Kind.DELIVERIES)
    if owed and not wants_mail(job):
        store.remember(run, "not to be mailed", [(forgiven(each), ()) for each in owed])


@dataclass(frozen=True, slots=True)
class Mail:
    """The mails of a plan, and what is to be told of all of them."""

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


def decide_mail(
    job: Job,
    deliveries: Sequence[Change],
    decided: Sequence[Change],
    facts: Facts,
    provider: Provider,
) -> Mail:
    """Find out who is to be mailed now, once all other changes are `decided`."""
    if not deliveries:
        return Mail()
    findings = _look_up(deliveries, facts, provider)
    invoices = {each.ref: each for each in decided}
    paid = paid_now(decided)
    owed = [
        judge_owed(
            each,
            invoices.get(whole_of(each)),
            findings.get(each.ref, ()),
            paid.get(whole_of(each), ZERO),
        )
        for each in deliveries
        if each.known is not None
    ]
    new = follow([each for each in deliveries if each.known is None], invoices)
    mails = [
        addressed(each, _address(each, facts, findings, provider))
        if each.action is Action.CREATE
        else each
        for each in (*owed, *new)
    ]
    facts.documents |= {each.ref: each.document for each in mails}
    facts.owe(mails)
    return _rationed(job, mails, provider)


def unsaid(why: str) -> Problem:
    """Say that nobody knows what became of a mail that the books agreed to send."""
    return Problem(
        code="PUSH004",
        message=f"the books took the order to e-mail it, but {why}",
        hint="Look there whether it was sent; acctsync won't send it again.",
    )


def _rationed(job: Job, mails: Sequence[Change], provider: Provider) -> Mail:
    most = provider.limits.mails_a_day
    if most is None:
        return Mail(tuple(mails))
    since = job.clock.now() - _DAY
    sent = job.store.sent_since(Kind.DELIVERIES, since) if job.store is not None else 0
    kept, problems = ration(mails, most - sent, most)
    return Mail(tuple(kept), problems)


def _look_up(deliveries: Iterable[Change], facts: Facts, provider: Provider) -> Findings:
    """Ask for owed invoices, and for customers of whom the export has no usable address."""
    sought: dict[DocumentRef, Sought] = {}
    for each in deliveries:
        if each.known is not None:
            sought[each.ref] = Sought(ref=each.ref, remote_id=each.known.remote_id)
        customer = _customer(each, facts)
        if customer and not _exported(each, facts, provider):
            ref = _customer_ref(customer)
            sought[ref] = Sought(ref=ref, remote_id=customer)
    return provider.find(list(sought.values())) if sought else {}


def _address(change: Change, facts: Facts, findings: Findings, provider: Provider) -> str:
    """Find where a mail goes: as the export says, else to the customer's address in the books."""
    exported = _exported(change, facts, provider)
    if exported:
        return exported
    customer = findings.get(_customer_ref(_customer(change, facts)), ())
    listed = (part for each in customer for part in re.split("[,;]", each.email))
    return next((part.strip() for part in listed if provider.mails_to(part.strip())), "")


def _exported(change: Change, facts: Facts, provider: Provider) -> str:
    delivery = change.document
    assert isinstance(delivery, Delivery)
    customer = facts.documents.get(delivery.customer) if delivery.customer is not None else None
    email = customer.email if isinstance(customer, Customer) else ""
    return email if provider.mails_to(email) else ""


def _customer(change: Change, facts: Facts) -> str:
    """Tell the id in the books of a mail's customer; empty while it has none."""
    if change.known is not None:
        return change.known.remote_customer
    return facts.remote_customer(change.document)


def _customer_ref(remote_id: str) -> DocumentRef:
    return DocumentRef(Kind.CUSTOMERS, "", remote_id)
