"""Complete a draft by asking the books: names against lists, new documents against what is there.

What the answers mean is decided in `plan`; here they are only asked for, in bulk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from acctsync.documents import (
    ALLOCATIONS,
    Allocation,
    CreditAllocation,
    Customer,
    Delivery,
    DocumentRef,
    Invoice,
    Item,
    Kind,
    Label,
    Listed,
    ListEntry,
    ListKind,
    Note,
    Owed,
    Payment,
    RemoteDocument,
    UnappliedPayment,
)
from acctsync.engine.completed import Completed
from acctsync.engine.events import Step
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.engine.labelling import label_sought, labelled, labels_made
from acctsync.engine.mailing import decide_mail
from acctsync.engine.naming import catalog, pointed
from acctsync.engine.noting import decide_notes
from acctsync.engine.retaining import in_one_form, sought_otherwise
from acctsync.engine.stocking import item_policy, item_sought, stocked, without_idle
from acctsync.errors import Problem
from acctsync.money import ZERO
from acctsync.plan.closing import keep_closed
from acctsync.plan.deciding import (
    Surroundings,
    block,
    decide_balances,
    decide_contact,
    decide_customer,
    decide_document,
    hold_back,
    invoices_of,
    open_balance,
    placed,
    unchangeable,
    untakeable,
    warn_of_lookalikes,
)
from acctsync.plan.drafting import Policy
from acctsync.plan.freeing import Freed, after_voids, free_invoices, freed
from acctsync.plan.judging import expected_of, is_numbered, lookalikes, share_out
from acctsync.plan.model import Action, Change, Known, seen
from acctsync.plan.parts import is_new_allocation, set_off_credits, set_off_now
from acctsync.plan.references import misfit, party_list
from acctsync.plan.splitting import in_turn
from acctsync.plan.unapplying import payments_on, unapplied, unapply
from acctsync.plan.writing_off import (
    credit_of,
    is_new_write_off,
    settles,
    write_off,
    written_off_of,
)
from acctsync.providers.port import Company, Findings, Provider, Sought

_BUILDS = frozenset({Action.CREATE, Action.UPDATE})
_QUESTIONS = 8
_PAYING = (Kind.PAYMENTS, Kind.PAYMENT_PARTS, *ALLOCATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What the books answered to the questions of a draft, all asked at the same time."""

    company: Company
    lists: Mapping[ListKind, Sequence[ListEntry]]
    parties: Findings
    documents: Findings


class _Around(NamedTuple):
    """Who tells what is open: what is known, the books, and what voids of this run set free."""

    facts: Facts
    provider: Provider
    free: Mapping[str, Freed]


def complete(
    job: Job, changes: Sequence[Change], facts: Facts, policy: Policy, provider: Provider
) -> Completed:
    """Ask the books everything that a draft leaves open."""
    mails = [each for each in changes if isinstance(each.document, Delivery)]
    notes = [each for each in changes if isinstance(each.document, Note)]
    changes = [each for each in changes if not isinstance(each.document, Owed)]
    job.listener.notice(Step(f"asking {provider.name} what it has"))
    answers = _ask(changes, facts, provider)
    building = [each.document for each in changes if each.action in _BUILDS]
    facts.catalog = catalog(building, answers.lists, provider)
    items = item_policy(job.mapping.accounting)
    stocked_up = stocked(changes, facts, provider, job.store, items)
    labels = labels_made(job.mapping.accounting)
    stocked_up = labelled(stocked_up, facts, provider, job.store, labels)
    reviewed, warnings = _review(stocked_up, provider)
    resolved = [_resolved(each, facts, provider) for each in reviewed]
    recognised = _recognise_customers(resolved, facts, policy, answers)
    findings, near = _shared_out(job, recognised, facts, answers.documents)
    looked_up = warn_of_lookalikes(_look_up(recognised, facts, policy, findings), near)
    company = answers.company
    takeable = [_takeable(each, provider) for each in looked_up]
    formed = in_turn(in_one_form(takeable, facts, policy, answers.documents))
    kept_closed = keep_closed(formed, company.closed_until, policy)
    free = freed(kept_closed)
    open_ = keep_closed(free_invoices(kept_closed, free), company.closed_until, policy)
    unpaid = _take_payments_off(job, open_, facts, provider, company.closed_until)
    keeps_numbers = job.mapping.push.numbers == "keep"
    if keeps_numbers:
        _find_outside(unpaid, facts, provider)
    balanced = _watch_balances(unpaid, facts, provider, free)
    credited = _set_off_credits(balanced, facts, provider, free)
    written_off = _write_off(credited, facts, provider, free)
    ordered = after_voids(written_off, free, partial(_settled_there, facts))
    held = hold_back(ordered, _surroundings(facts, policy))
    kept = without_idle(held, changes, facts) if facts.made else held
    mail = decide_mail(job, mails, kept, facts, provider)
    return Completed(
        changes=(*kept, *mail.changes, *decide_notes(notes, kept, facts, provider)),
        company=company,
        problems=(*told_of(company, keeps_numbers=keeps_numbers), *warnings, *mail.problems),
    )


def told_of(company: Company, *, keeps_numbers: bool) -> tuple[Problem, ...]:
    """Tell which of the company's settings will bite."""
    return company.warnings + (company.number_warnings if keeps_numbers else ())


def _surroundings(facts: Facts, policy: Policy) -> Surroundings:
    return Surroundings(
        in_books=lambda ref: facts.settled(ref) is not None,
        found_outside=facts.outside.__contains__,
        voided=facts.is_void,
        keeps_credit=policy.unapply,
        needed_by=facts.needs,
    )


def _take_payments_off(
    job: Job,
    changes: Sequence[Change],
    facts: Facts,
    provider: Provider,
    closed_until: dt.date | None,
) -> list[Change]:
    """Plan to take payments off the paid invoices that are to be voided, as they are there now."""
    ids = dict.fromkeys(id_ for each in changes for id_ in payments_on(each))
    sought = [Sought(ref=unapplied(id_), remote_id=id_) for id_ in ids]
    findings = provider.find(sought) if sought else {}
    payments = {each.id: each for found in findings.values() for each in found}
    decided = unapply(changes, payments, _ours(job, ids, facts), closed_until)
    facts.documents |= {
        each.ref: each.document for each in decided if each.ref.kind is Kind.UNAPPLIED_PAYMENTS
    }
    return decided


def _ours(job: Job, ids: Iterable[str], facts: Facts) -> dict[str, Known]:
    """Tell what is remembered of payments in the books, and of those just recognised as ours."""
    wanted = frozenset(ids)
    found: dict[str, Known] = {}
    for kind in _PAYING if job.store is not None and wanted else ():
        found |= job.store.known_in_books(kind, wanted) if job.store else {}
    recognised = {
        known.remote_id: known
        for ref, known in facts.known.items()
        if ref.kind in _PAYING and known.remote_id in wanted
    }
    return found | recognised


def _ask(changes: Sequence[Change], facts: Facts, provider: Provider) -> _Answers:
    """Ask everything that no other answer is needed for."""
    parties = [
        replace(_party(each.document), kept_will_do=True)
        for each in changes
        if _is_new_customer(each)
    ]
    documents = [sought_for(each) for each in changes if _is_written(each) or _is_known(each)]
    documents += sought_otherwise(changes, facts)
    building = [each.document for each in changes if each.action in _BUILDS]
    kinds = sorted({kind for each in building for kind, _ in pointed(each, provider)})
    with ThreadPoolExecutor(_QUESTIONS, thread_name_prefix="ask") as pool:
        company = pool.submit(provider.company)
        lists = {kind: pool.submit(_whole, provider, kind) for kind in kinds}
        of_parties = pool.submit(provider.find, parties) if parties else None
        of_documents = pool.submit(provider.find, documents) if documents else None
    return _Answers(
        company=company.result(),
        lists={kind: answer.result() for kind, answer in lists.items()},
        parties=of_parties.result() if of_parties else {},
        documents=of_documents.result() if of_documents else {},
    )


def _whole(provider: Provider, kind: ListKind) -> tuple[ListEntry, ...]:
    return tuple(provider.pull(kind))


def _review(
    changes: Sequence[Change], provider: Provider
) -> tuple[list[Change], tuple[Problem, ...]]:
    """Block what these books can't take; collect what they take with a warning."""
    reviewed: list[Change] = []
    warnings: list[Problem] = []
    for change in changes:
        problems = _reviewed(change, provider)
        first = next((each for each in problems if each.is_error), None)
        reviewed.append(block(change, first) if first else change)
        warnings += [placed(each, change.document) for each in problems if each is not first]
    return reviewed, tuple(warnings)


def _reviewed(change: Change, provider: Provider) -> tuple[Problem, ...]:
    """Say what these books can't take of a document, or of a change to one that they have."""
    if change.action not in _BUILDS:
        return ()
    if change.action is Action.UPDATE and change.ref.kind in provider.limits.unchangeable:
        return (unchangeable(change, provider.name),)
    return provider.review(change.document)


def _takeable(change: Change, provider: Provider) -> Change:
    """Hold back what is to be voided of a kind that these books let nothing go of."""
    if change.action is Action.VOID and change.ref.kind in provider.limits.untakeable:
        return block(change, untakeable(change, provider.name))
    return change


def _resolved(change: Change, facts: Facts, provider: Provider) -> Change:
    if change.action not in _BUILDS:
        return change
    for kind, reference in pointed(change.document, provider):
        found = facts.resolve(kind, reference)
        if isinstance(found, Problem) and (kind, reference) not in facts.made:
            return block(change, found)
    wrong = misfit(change.document, facts.catalog)
    return block(change, wrong) if wrong else change


def _recognise_customers(
    changes: Sequence[Change], facts: Facts, policy: Policy, answers: _Answers
) -> list[Change]:
    """Recognise new customers among those the books have; later steps then know their ids."""
    decided = []
    for change in changes:
        if _is_new_customer(change):
            found = answers.parties.get(change.ref, ())
            fixed = _fixed(change, facts)
            decided.append(_noted(decide_customer(change, found, fixed, policy), facts))
        elif _is_known(change):
            decided.append(decide_contact(change, answers.documents.get(change.ref, ())))
        else:
            decided.append(change)
    return decided


def _is_known(change: Change) -> bool:
    """Tell whether the contact data of a customer in the books are to follow the export."""
    return change.action is Action.UPDATE and isinstance(change.document, Customer)


def _is_new_customer(change: Change) -> bool:
    return change.action is Action.CREATE and isinstance(change.document, Customer)


def _fixed(change: Change, facts: Facts) -> ListEntry | None:
    assert isinstance(change.document, Customer)
    fixed = change.document.fixed
    return None if fixed is None else facts.entry(party_list(change.ref.kind), fixed)


def _party(document: object) -> Sought:
    assert isinstance(document, Customer)
    return Sought(
        ref=document.ref,
        names=named(document.aliases, "name"),
        emails=named(document.aliases, "email"),
    )


def named(aliases: Iterable[str], way: str) -> tuple[str, ...]:
    """Pick the aliases of one way of recognising a party, without its prefix."""
    return tuple(each[len(way) + 1 :] for each in aliases if each.startswith(f"{way}:"))


def _noted(change: Change, facts: Facts) -> Change:
    if change.action in {Action.ADOPT, Action.UPDATE} and change.known is not None:
        facts.known[change.ref] = change.known
    return change


def _shared_out(
    job: Job, changes: Sequence[Change], facts: Facts, findings: Findings
) -> tuple[Findings, dict[DocumentRef, RemoteDocument]]:
    """Share out what people entered by hand of what has no number, and what may be a payout."""
    new = [each for each in changes if _is_new_unnumbered(each)]
    expected = {
        each.ref: expected_of(each.document, facts.remote_customer(each.document)) for each in new
    }
    shared: dict[DocumentRef, tuple[RemoteDocument, ...]] = {}
    near: dict[DocumentRef, RemoteDocument] = {}
    for kind in dict.fromkeys(ref.kind for ref in expected):
        of_kind = {ref: each for ref, each in expected.items() if ref.kind is kind}
        ids = {remote.id for ref in of_kind for remote in findings.get(ref, ())}
        known = job.store.known_in_books(kind, ids) if job.store is not None and ids else {}
        shared |= share_out(of_kind, findings, known)
        if kind is Kind.PAYOUTS:
            near = lookalikes(of_kind, findings, shared, known)
    return {**findings, **shared}, near


def _is_new_unnumbered(change: Change) -> bool:
    unnumbered = change.ref.kind is Kind.PAYOUTS or not is_numbered(change.document)
    new = change.action is Action.CREATE and unnumbered
    return new and not (change.known and change.known.remote_id)


def _look_up(
    changes: Sequence[Change], facts: Facts, policy: Policy, findings: Findings
) -> list[Change]:
    """Judge what was found of the documents to be written: what is there is not created."""
    decided = []
    for change in changes:
        if _is_written(change):
            customer = facts.remote_customer(change.document)
            candidates = findings.get(change.ref, ())
            decided.append(_noted(decide_document(change, candidates, customer, policy), facts))
        else:
            decided.append(change)
    return decided


def _is_written(change: Change) -> bool:
    return change.action.writes and not isinstance(change.document, Listed)


def sought_for(change: Change) -> Sought:
    """Say how to look for a document in the books: by our id there, else by number and stamp."""
    document = change.document
    if isinstance(document, Customer):
        remote_id = _remote_id(change)
        return Sought(ref=change.ref, remote_id=remote_id) if remote_id else _party(document)
    if isinstance(document, Item):
        return item_sought(document)
    if isinstance(document, Label):
        return label_sought(document)
    return Sought(
        ref=change.ref,
        number=document.number if is_numbered(document) else "",
        stamp=change.ref.id,
        remote_id=_remote_id(change),
        date=document.date,
        to_create=change.action is Action.CREATE,
    )


def _remote_id(change: Change) -> str:
    if isinstance(change.document, UnappliedPayment):
        return change.ref.id
    return change.known.remote_id if change.known else ""


def _find_outside(changes: Sequence[Change], facts: Facts, provider: Provider) -> None:
    """Find the invoices that new payments name but neither the export nor our memory holds.

    Not where the books number them: another invoice may have the number there.
    """
    wanted = facts.named_outside([each.document for each in changes if each.action in _BUILDS])
    refs = {number: DocumentRef(Kind.INVOICES, "", number) for number in sorted(wanted)}
    sought = [Sought(ref=ref, number=ref.id) for ref in refs.values()]
    findings = provider.find(sought) if sought else {}
    for number, ref in refs.items():
        alive = [each for each in findings.get(ref, ()) if not each.voided]
        if len(alive) == 1:
            facts.outside[number] = seen(ref, "", number, alive[0])


def _settled_there(facts: Facts, change: Change) -> Iterator[str]:
    """Tell the ids in the books of the invoices that a change is to settle."""
    if change.action not in _BUILDS or change.ref.kind not in _PAYING:
        return
    for ref, wanted in invoices_of(change.document):
        known = facts.invoice_of(ref, wanted)
        if known is not None:
            yield known.remote_id


def _watch_balances(
    changes: Sequence[Change], facts: Facts, provider: Provider, free: Mapping[str, Freed]
) -> list[Change]:
    """Compare new payments with what is still open on invoices that are in the books already."""

    def invoice_of(part: Allocation) -> DocumentRef | None:
        if facts.is_void(part.invoice, part.wanted):
            return None
        known = facts.invoice_of(part.invoice, part.wanted)
        return known.ref if known else part.invoice

    parts = [part for each in changes for part in _new_parts(each)]
    settled = dict.fromkeys(ref for part in parts if (ref := invoice_of(part)) is not None)
    by_ref = {each.ref: each for each in changes}
    balances = {
        ref: _open(remote, by_ref.get(ref), free)
        for ref, remote in _as_held(settled, by_ref, facts, provider).items()
    }
    return decide_balances(changes, balances, invoice_of)


def _open(remote: RemoteDocument, change: Change | None, free: Mapping[str, Freed]) -> Decimal:
    """Tell what is open of an invoice once the planned update and voids are through."""
    got = free.get(remote.id)
    return open_balance(remote, change) + (got.amount if got is not None else ZERO)


def _set_off_credits(
    changes: Sequence[Change], facts: Facts, provider: Provider, free: Mapping[str, Freed]
) -> list[Change]:
    """Find out how much of each new credit can be set off: what is open on its invoice."""
    new = [each.document for each in changes if is_new_allocation(each)]
    allocations = [each for each in new if isinstance(each, CreditAllocation)]
    if not allocations:
        return list(changes)

    def invoice_of(allocation: CreditAllocation) -> DocumentRef | None:
        known = facts.invoice_of(allocation.invoice, allocation.wanted)
        return known.ref if known else allocation.invoice

    invoices = dict.fromkeys(ref for each in allocations if (ref := invoice_of(each)) is not None)
    credits_ = [each.credit for each in allocations]
    open_, left = _still_open(changes, invoices, credits_, _Around(facts, provider, free))
    return set_off_credits(
        changes, open_, left, invoice_of, lambda each: facts.is_void(each.invoice, each.wanted)
    )


def _still_open(
    changes: Sequence[Change],
    invoices: Collection[DocumentRef],
    credits_: Iterable[DocumentRef],
    around: _Around,
) -> tuple[dict[DocumentRef, Decimal], dict[DocumentRef, Decimal]]:
    """Tell what this run's payments leave open of invoices, and what credit notes still have."""
    by_ref = {each.ref: each for each in changes}
    held = _as_held([*invoices, *credits_], by_ref, around.facts, around.provider)
    paid = _paid_now(changes, around.facts)
    totals = {ref: by_ref[ref].document for ref in invoices if ref in by_ref}
    open_ = {ref: each.total for ref, each in totals.items() if isinstance(each, Invoice)}
    open_ |= {
        ref: _open(each, by_ref.get(ref), around.free)
        for ref, each in held.items()
        if ref in invoices
    }
    open_ = {ref: amount - paid.get(ref, ZERO) for ref, amount in open_.items()}
    left = {ref: each.balance for ref, each in held.items() if each.balance is not None}
    return open_, left


def _write_off(
    changes: Sequence[Change], facts: Facts, provider: Provider, free: Mapping[str, Freed]
) -> list[Change]:
    """Find out what is to be written off: what payments and credits leave open."""
    new = [each.document for each in changes if is_new_write_off(each)]
    if not new:
        return list(changes)
    invoices = dict.fromkeys(written_off_of(each) for each in new)
    credits_ = dict.fromkeys(credit_of(each) for each in new)
    open_, left = _still_open(changes, invoices, credits_, _Around(facts, provider, free))
    for ref, amount in set_off_now(changes):
        open_[ref] = open_.get(ref, ZERO) - amount
    there = {ref: amount for ref, amount in left.items() if ref in credits_}
    return write_off(changes, open_, there, settles(changes))


def _paid_now(changes: Sequence[Change], facts: Facts) -> dict[DocumentRef, Decimal]:
    """Add up what this run's payments settle, by invoice."""
    paid: dict[DocumentRef, Decimal] = {}
    for part in (part for each in changes for part in _new_parts(each)):
        known = facts.invoice_of(part.invoice, part.wanted)
        ref = known.ref if known else part.invoice
        if ref is not None:
            paid[ref] = paid.get(ref, ZERO) + part.amount
    return paid


def _new_parts(change: Change) -> tuple[Allocation, ...]:
    new = change.action is Action.CREATE and isinstance(change.document, Payment)
    return getattr(change.document, "allocations", ()) if new else ()


def _as_held(
    refs: Iterable[DocumentRef],
    by_ref: Mapping[DocumentRef, Change],
    facts: Facts,
    provider: Provider,
) -> dict[DocumentRef, RemoteDocument]:
    """Tell how the books hold these invoices, asking where no answer has told it yet."""
    held: dict[DocumentRef, RemoteDocument] = {}
    sought: list[Sought] = []
    for ref in refs:
        change, known = by_ref.get(ref), facts.remembered(ref)
        if change is not None and change.remote is not None:
            held[ref] = change.remote
        elif known is not None:
            sought.append(Sought(ref=ref, remote_id=known.remote_id))
    findings = provider.find(sought) if sought else {}
    return held | {ref: found[0] for ref, found in findings.items() if found}
