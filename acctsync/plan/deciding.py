"""The second half of a plan: what the books' answers make of each change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from acctsync.documents import (
    Allocation,
    CreditAllocation,
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Kind,
    ListEntry,
    Payment,
    Refund,
    RemoteDocument,
    UnappliedPayment,
    whole_of,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.plan.drafting import Policy, is_void, may_overwrite
from acctsync.plan.judging import (
    Found,
    Verdict,
    differences,
    expected_of,
    is_numbered,
    judge,
    judge_party,
)
from acctsync.plan.model import Action, Change, Known, Standing, is_paid, seen
from acctsync.plan.selection import needs
from acctsync.plan.stages import staged
from acctsync.values import dataclass

_SHOWN = 60
_STANDARD = Policy()
_STUCK = frozenset({Action.BLOCKED, Action.CONFLICT})
_HANGS = frozenset({Action.CREATE, Action.UPDATE})


def decide_customer(
    change: Change,
    candidates: Sequence[RemoteDocument],
    fixed: ListEntry | None,
    policy: Policy = _STANDARD,
) -> Change:
    """Adopt the customer that the books have, create a missing one, or say why neither can be.

    Where contact data are to follow the export, one that is adopted is brought up to date.
    """
    customer = change.document
    assert isinstance(customer, Customer)
    if fixed is not None:
        return adopt(change, _as_remote(fixed, customer))
    verdict = judge_party(customer.aliases, candidates, first=customer.first_if_ambiguous)
    match verdict.found:
        case Found.AGREES if verdict.remote is not None:
            adopted = adopt(change, verdict.remote)
            follows = policy.updates and may_overwrite(customer, policy)
            return _brought_up_to_date(adopted, verdict.remote) if follows else adopted
        case Found.DIFFERS:
            return block(change, _ambiguous(verdict))
        case Found.VOIDED if verdict.remote is not None:
            return block(change, _inactive(verdict.remote))
        case _ if not customer.create_missing:
            return block(change, _missing())
        case _:
            return change


def decide_contact(change: Change, candidates: Sequence[RemoteDocument]) -> Change:
    """Bring the contact data of a known customer up to date where the books differ."""
    known = change.known
    assert known is not None
    remote = next((each for each in candidates if each.id == known.remote_id), None)
    if remote is None or not remote.active:
        return replace(change, action=Action.UNCHANGED, problem=placed(_idle(), change.document))
    return _brought_up_to_date(adopt(change, remote), remote)


def _brought_up_to_date(adopted: Change, remote: RemoteDocument) -> Change:
    """Update a customer whose contact data differ; what the export leaves blank does not count."""
    party = adopted.document
    assert isinstance(party, Customer)
    pairs = (
        (party.email.casefold(), remote.email.casefold()),
        (party.company, remote.company),
        (party.phone, remote.phone),
    )
    if any(here and here != there for here, there in pairs):
        return replace(adopted, action=Action.UPDATE)
    return adopted


def decide_document(
    change: Change, candidates: Sequence[RemoteDocument], customer: str, policy: Policy
) -> Change:
    """Create what is absent, adopt what agrees, leave to a person what does not.

    `customer` is the id in the books of the document's customer, empty while it has none.
    """
    if change.known is not None and change.known.remote_id:
        return _still_ours(change, candidates, customer, policy)
    verdict = judge(expected_of(change.document, customer), candidates)
    if change.action is Action.VOID:
        return _unknown_void(change, verdict, policy)
    match verdict.found:
        case Found.ABSENT:
            return change
        case Found.AGREES if verdict.remote is not None:
            return adopt(change, verdict.remote)
        case _:
            return conflict(change, verdict)


def decide_balances(
    changes: Sequence[Change],
    open_: Mapping[DocumentRef, Decimal],
    invoice_of: Callable[[Allocation], DocumentRef | None] = lambda part: part.invoice,
) -> list[Change]:
    """Hold payments that would settle more than is open in the books.

    `open_` tells the open balance of invoices that are there already, `invoice_of` which invoice
    a part of a payment settles. A smaller balance than the payments need means that somebody
    recorded a payment there: paying again would be a duplicate.
    """
    left = dict(open_)
    decided = []
    for change in changes:
        parts = _parts(change, invoice_of) if change.action is Action.CREATE else {}
        short = next(
            (each for each in parts if each in left and left[each] < parts[each].sum), None
        )
        if short is not None:
            decided.append(block(change, _overpays(parts[short], left[short])))
            continue
        decided.append(change)
        for ref in parts.keys() & left.keys():
            left[ref] -= parts[ref].sum
    return decided


def warn_of_lookalikes(
    changes: Sequence[Change], near: Mapping[DocumentRef, RemoteDocument]
) -> list[Change]:
    """Say of a payout that is about to be created which transfer of another day it may be."""
    return [
        replace(change, problem=placed(_looks_alike(near[change.ref]), change.document))
        if change.ref in near and change.action is Action.CREATE
        else change
        for change in changes
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of a plan's documents is in the books besides: by ref, and by an invoice's name.

    `voided` tells of an invoice that money is moved on, by ref and name, whether it is void.
    `keeps_credit`: the money of a payment on a void invoice stays the customer's open credit.
    `needed_by` names the documents that one hangs on.
    """

    in_books: Callable[[DocumentRef], bool]
    found_outside: Callable[[str], bool]
    voided: Callable[[DocumentRef | None, str], bool] = lambda _ref, _wanted: False
    keeps_credit: bool = False
    needed_by: Callable[[Document], Iterable[DocumentRef]] = needs


def hold_back(changes: Sequence[Change], around: Surroundings) -> tuple[Change, ...]:
    """Block what hangs on documents that are blocked, in the order of the stages."""
    decided: dict[DocumentRef, Change] = {}
    for stage in staged(changes):
        for change in stage:
            decided[change.ref] = _held(change, decided, around)
    return tuple(decided[change.ref] for change in changes)


def adopt(change: Change, remote: RemoteDocument) -> Change:
    """Link a document to the one that the books already hold."""
    document = change.document
    known = seen(
        change.ref, change.fingerprint, document.number, remote, numbered=is_numbered(document)
    )
    return replace(change, action=Action.ADOPT, remote=remote, known=known)


def block(change: Change, problem: Problem) -> Change:
    """Hold a document back, and say why."""
    return replace(change, action=Action.BLOCKED, problem=placed(problem, change.document))


def conflict(change: Change, verdict: Verdict) -> Change:
    """Leave a document to a person: the books hold something else in its place."""
    problem = placed(_conflicting(change, verdict), change.document)
    return replace(change, action=Action.CONFLICT, remote=verdict.remote, problem=problem)


def placed(problem: Problem, document: Document) -> Problem:
    """Say which document a problem is about and where the export has it."""
    about = problem.about(document.number, whole_of(document.ref).kind)
    return about if about.location else replace(about, location=document.place)


def _still_ours(
    change: Change, candidates: Sequence[RemoteDocument], customer: str, policy: Policy
) -> Change:
    """Check that nobody touched what is about to be updated or voided."""
    known = change.known
    assert known is not None
    remote = next((each for each in candidates if each.id == known.remote_id), None)
    if remote is None:
        return _deleted_there(change, known)
    if remote.voided:
        return _voided_there(change, remote)
    if remote.digest != known.remote_digest and not policy.overwrite:
        if _followed(change, known, remote, customer):
            return adopt(change, remote)
        return conflict(change, Verdict(Found.DIFFERS, remote, "somebody changed it there"))
    return _may_void(change, remote, policy)


def _followed(change: Change, known: Known, remote: RemoteDocument, customer: str) -> bool:
    """Tell whether the books hold already what the export has come to.

    So it is where an older state was put back (the change was pushed, and forgotten), or where a
    person was quicker. Only another total proves that it is this change that was made there.
    """
    expected = expected_of(change.document, customer)
    return (
        change.action is Action.UPDATE
        and None not in {remote.total, known.total}
        and known.total != remote.total == expected.total
        and not differences(expected, remote)
    )


def _deleted_there(change: Change, known: Known) -> Change:
    """Agree that a document is gone where the export voids it; else a person must say."""
    if change.action is Action.VOID:
        gone = replace(known, standing=Standing.ABSENT, fingerprint=change.fingerprint)
        return replace(change, action=Action.UNCHANGED, known=gone)
    return conflict(change, Verdict(Found.DIFFERS, None, "it was deleted there"))


def _unknown_void(change: Change, verdict: Verdict, policy: Policy) -> Change:
    """Void a document that we pushed and forgot; leave alone what was never pushed."""
    remote = verdict.remote
    if remote is None or remote.stamp != change.ref.id:
        known = Known(ref=change.ref, fingerprint=change.fingerprint, standing=Standing.ABSENT)
        return replace(change, action=Action.UNCHANGED, known=known)
    return _voided_there(change, remote) if remote.voided else _may_void(change, remote, policy)


def _may_void(change: Change, remote: RemoteDocument, policy: Policy) -> Change:
    if change.action is Action.VOID and is_paid(remote):
        unappliable = remote.kind is Kind.INVOICES and policy.unapplies
        if not (unappliable and policy.unapply):
            return block(replace(change, remote=remote), still_paid(unappliable=unappliable))
    if change.action is Action.VOID and remote.deposited:
        return block(change, _deposited())
    return replace(change, remote=remote)


def _voided_there(change: Change, remote: RemoteDocument) -> Change:
    if change.action is Action.VOID:
        return adopt(change, remote)
    return conflict(change, Verdict(Found.VOIDED, remote, "it is voided there"))


def _as_remote(entry: ListEntry, customer: Customer) -> RemoteDocument:
    return RemoteDocument(
        kind=customer.ref.kind, id=entry.id, version="", digest="", name=entry.full_name
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What one payment settles of one invoice, under the name that the export gives it."""

    wanted: str
    sum: Decimal


def _parts(
    change: Change, invoice_of: Callable[[Allocation], DocumentRef | None]
) -> dict[DocumentRef, _Part]:
    parts: dict[DocumentRef, _Part] = {}
    allocations = change.document.allocations if isinstance(change.document, Payment) else ()
    for allocation in allocations:
        ref = invoice_of(allocation)
        if ref is not None:
            before = parts[ref].sum if ref in parts else ZERO
            parts[ref] = _Part(allocation.wanted, before + allocation.amount)
    return parts


def _held(change: Change, decided: Mapping[DocumentRef, Change], around: Surroundings) -> Change:
    if change.action not in _HANGS:
        return change
    for ref in around.needed_by(change.document):
        needed = decided.get(ref)
        if needed is not None and needed.action in _STUCK:
            return block(change, waits_for(needed.document))
        if needed is not None and is_void(needed.document) and not _may_pay(change, around):
            return block(change, _void_below(_called(needed.document)))
    waits = (decided[ref] for ref in change.after if ref in decided)
    held = next((each for each in waits if each.action in _STUCK), None)
    if held is not None:
        return block(change, waits_for(held.document))
    problem = _on_void(change, around) or _missing_invoice(change.document, decided, around)
    return block(change, problem) if problem else change


def _may_pay(change: Change, around: Surroundings) -> bool:
    """Tell whether money on a void invoice is welcome: as the customer's open credit."""
    return isinstance(change.document, Payment) and around.keeps_credit


def _on_void(change: Change, around: Surroundings) -> Problem | None:
    if _may_pay(change, around):
        return None
    named = invoices_of(change.document)
    void = next((wanted for ref, wanted in named if around.voided(ref, wanted)), None)
    return None if void is None else _void_below(f"invoice {void}")


def _missing_invoice(
    document: Document, decided: Mapping[DocumentRef, Change], around: Surroundings
) -> Problem | None:
    for ref, wanted in invoices_of(document):
        here = ref is not None and (ref in decided or around.in_books(ref))
        if not here and not around.found_outside(wanted):
            return _nowhere(wanted)
    if isinstance(document, Refund) and not document.lines:
        return _unknown_lines(document)
    return None


def invoices_of(document: Document) -> Iterable[tuple[DocumentRef | None, str]]:
    """Name the invoices that money is moved on, as refs and in the export's words."""
    match document:
        case Payment():
            return tuple((each.invoice, each.wanted) for each in document.allocations)
        case CreditAllocation():
            return ((document.invoice, document.wanted),)
        case Invoice(kind=Kind.WRITE_OFFS, applies_to=Allocation() as part):
            return ((part.invoice, part.wanted),)
        case Refund() if document.invoice is not None or document.wanted_invoice:
            return ((document.invoice, document.wanted_invoice),)
        case _:
            return ()


def waits_for(document: Document) -> Problem:
    """Say that a document is held back by another one."""
    if isinstance(document, UnappliedPayment):
        return _still_on_it(document)
    return Problem(
        code="PLAN010",
        message=f"it needs {_called(document)}, which can't be pushed",
        hint="Mend that one first; this one follows with the next push or retry-failed.",
    )


def _called(document: Document) -> str:
    kind = document.ref.kind.value
    word = kind.removesuffix("es" if kind.endswith("sses") else "s").replace("_", " ")
    number = document.number
    return f"{word} {number if len(number) <= _SHOWN else number[:_SHOWN] + '…'}"


def _still_on_it(payment: UnappliedPayment) -> Problem:
    return Problem(
        code="PLAN025",
        message=f"payment {payment.number} could not be taken off it, so it is not voided",
        hint="See what is said of that payment, and mend it in the books; then push again.",
    )


def _void_below(called: str) -> Problem:
    return Problem(
        code="PLAN011",
        message=f"it belongs to {called}, which is void",
        hint="Correct the billing system: a void document can't be paid or refunded.",
    )


def _nowhere(wanted: str) -> Problem:
    return Problem(
        code="PLAN012",
        message=f"it names invoice {wanted}, which is neither in this export nor in the books",
        hint="Export a period that holds the invoice, and push again.",
    )


def _unknown_lines(refund: Refund) -> Problem:
    return Problem(
        code="PLAN013",
        message=f"refund {refund.number} takes back nobody knows what: its invoice is not exported",
        hint="Export a period that holds the invoice, and push again.",
    )


def _overpays(part: _Part, balance: Decimal) -> Problem:
    return Problem(
        code="PLAN014",
        message=f"it pays {part.sum} on invoice {part.wanted}, but only {balance} is open in the"
        " books",
        hint="A payment may have been recorded there by hand: delete it there, or take this one out"
        " of the export.",
    )


def _looks_alike(remote: RemoteDocument) -> Problem:
    return Problem(
        code="PLAN033",
        severity=Severity.WARNING,
        message=f"the books have one of the same amount between the same accounts on {remote.date}"
        f" (id {remote.id}), which nobody knows the payout of",
        hint="If it is this one, entered by hand, delete it there; or begin later:"
        " books.start_date.",
    )


def still_paid(*, unappliable: bool = False) -> Problem:
    """Say that a void document is paid; `unappliable`: the mapping can have that undone."""
    by_itself = ", or set push.void: unapply to have it done" if unappliable else ""
    return Problem(
        code="PLAN015",
        message="it is void in the export, but paid (in part) in the books",
        hint=f"Take the payment off it in the books first, then push again{by_itself}.",
    )


def _deposited() -> Problem:
    return Problem(
        code="PLAN060",
        message="it is void in the export, but lies in a bank deposit in the books",
        hint="Take it out of the deposit there, then push again: it is voided then.",
    )


def unchangeable(change: Change, books: str) -> Problem:
    """Say that a document changed of a kind that the books can't change."""
    document = change.document
    whole = whole_of(document.ref)
    called = _called(replace(document, ref=whole))
    return Problem(
        code="PLAN080",
        message=f"it changed in the export since it was pushed, and {books} changes no"
        f" {whole.kind}: they are made or taken back",
        hint=f"Void {called} in the billing system and enter it there under a new id.",
    )


def untakeable(change: Change, books: str) -> Problem:
    """Say that a document is void in the export of a kind that the books let nothing go of."""
    return Problem(
        code="PLAN082",
        message=f"it is void in the export, and {books} lets no {change.ref.kind} be taken back by"
        " another program",
        hint="Delete it in the books by hand, then push again.",
    )


def _ambiguous(verdict: Verdict) -> Problem:
    return Problem(
        code="PLAN020",
        message=f"the books have several customers it could be: {verdict.why}",
        hint="Say which one under accounting.customers.fixed, or merge them in the books.",
    )


def _inactive(remote: RemoteDocument) -> Problem:
    return Problem(
        code="PLAN021",
        message=f"the customer {remote.name!r} (id {remote.id}) is inactive in the books",
        hint="Make it active there, or pair the name with another customer under"
        " accounting.customers.fixed.",
    )


def _idle() -> Problem:
    return Problem(
        code="PLAN028",
        severity=Severity.WARNING,
        message="its contact data changed in the export, but in the books it is inactive or gone:"
        " they are left",
        hint="Make it active there, or pair the name with another customer under"
        " accounting.customers.fixed.",
    )


def _missing() -> Problem:
    return Problem(
        code="PLAN022",
        message="the books have no such customer, and accounting.customers.missing is error",
        hint="Create it in the books, pair it under accounting.customers.fixed, or set"
        " accounting.customers.missing: create.",
    )


def _conflicting(change: Change, verdict: Verdict) -> Problem:
    remote = verdict.remote
    where = f" (id {remote.id})" if remote else ""
    if change.known is not None and change.known.remote_id:
        return Problem(
            code="PLAN030",
            message=f"it changed in the export, but {verdict.why}{where}",
            hint="Settle by hand which one is right; push.updates: overwrite lets the export win.",
        )
    return Problem(
        code="PLAN031",
        message=f"the books already have {change.document.number}{where}, and it differs:"
        f" {verdict.why}",
        hint="Correct the one in the books, or give this one another number in the billing system.",
    )


def open_balance(remote: RemoteDocument, change: Change | None) -> Decimal:
    """Tell an invoice's open balance, as it will be after a planned update of its total."""
    balance = remote.balance or ZERO
    if change is None or change.action is not Action.UPDATE:
        return balance
    money = getattr(change.document, "money", None)
    return balance if money is None else balance + money.amount - (remote.total or ZERO)
