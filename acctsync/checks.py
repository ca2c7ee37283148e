"""Checks documents against the export's figures and each other, and decides who is refused."""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeGuard

from acctsync.documents import (
    Allocation,
    DocumentRef,
    Held,
    Invoice,
    Kind,
    Payment,
    Payout,
    Refund,
    State,
    Stub,
    TaxTreatment,
)
from acctsync.errors import Problem, Severity
from acctsync.mapping.findings import Built, Findings
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.register import Tables
from acctsync.money import LARGEST, ZERO

_EARLIEST = dt.date(2000, 1, 1)
_YEAR = dt.timedelta(days=366)
_LIKE_A_DATE = re.compile(
    r"(?i)[0-9]{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:-[0-9]{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-[0-9]{1,4}"
)
_LIKE_AN_AMOUNT = re.compile(r"[0-9]+\.0+")
# Intuit: DocNumber; Xero: InvoiceNumber.
_LONGEST_NUMBER = {"quickbooks": 21, "xero": 255}
# Intuit: Payment: it settles receivables and nothing else, so that its rest stays there.
_CREDIT_ONLY = frozenset({"quickbooks"})
# Intuit: Invoice: there are no drafts; what is there is issued and owed until it is settled.
_ISSUED_ONLY = frozenset({"quickbooks"})
_SHORT = 21
_PART = 1 << 17
# What a number that a spreadsheet changed begins with; most begin otherwise.
_DAMAGED = re.compile(r"(?i)['=]|[0-9]+(?:\.|-[a-z])|[a-z]{3}-[0-9]{1,4}$")
_NO_NEGATIVES = frozenset(
    (
        Kind.INVOICES,
        Kind.CREDIT_NOTES,
        Kind.ESTIMATES,
        Kind.SALES_RECEIPTS,
        Kind.BILLS,
        Kind.PURCHASE_ORDERS,
    )
)


def check_document(built: Built, rules: Rules, today: dt.date) -> None:
    """Check one document by itself; refuse it, or settle its total to what the export says."""
    document = built.document
    if document is None:
        return
    found = built.findings
    if isinstance(document, Invoice):
        built.document = document = _settled(document, built, rules)
        _check_sign(document, found)
        _check_due(document, found)
        _check_number(document, rules, found)
        _check_balance(built, document)
        _check_state(document, rules, found)
    if not isinstance(document, (Invoice, Payment, Refund, Payout)):
        return
    if isinstance(document, Payment):
        _check_retainer(document, rules, found)
    _check_day(document.date, today, found)
    if found.refused:
        built.document = None


def _settled(document: Invoice, built: Built, rules: Rules) -> Invoice:
    """Bring a total that differs within the tolerance to the export's, by a rounding line."""
    stated, found = built.stated_total, built.findings
    if stated is None or stated == document.total:
        return document
    if document.state is State.VOID and not document.lines:
        return replace(document, total=stated)
    difference = stated - document.total
    account = rules.accounting.defaults.rounding_account
    allowed = rules.checks.tolerance
    within = abs(difference) <= allowed
    if (within or rules.checks.mismatch == "warn") and account is not None:
        if not within:
            found.warn(
                "CHK002", _mismatch(document, stated, allowed), "a rounding line makes up for it"
            )
        return replace(document, total=stated, rounding=difference, rounding_account=account)
    hint = (
        "name accounting.defaults.rounding_account to round it"
        if within
        else _mismatch_hint(document, stated)
    )
    found.error("CHK001", _mismatch(document, stated, allowed), hint)
    return document


def _mismatch(document: Invoice, stated: Decimal, allowed: Decimal) -> str:
    difference = abs(stated - document.total)
    return (
        f"lines come to {document.total:,.2f}, the export says {stated:,.2f} "
        f"(difference {difference:,.2f}; checks.totals allows {allowed:,.2f})"
    )


def _mismatch_hint(document: Invoice, stated: Decimal) -> str:
    if (
        document.tax is TaxTreatment.EXCLUSIVE
        and document.tax_total
        and stated == document.total - document.tax_total
    ):
        return "if prices include the tax, set tax: inclusive (on books or the document)"
    if document.discount < 0 and stated == document.total + 2 * document.discount:
        return "the discount is negative: write discount: {column: ..., absolute: true}"
    if len(set(document.lines)) < len(document.lines):
        return "two lines are the same: a row may be there twice"
    return "map what is missing: discount, shipping, extra_lines or taxes"


def _check_sign(document: Invoice, found: Findings) -> None:
    if document.kind not in _NO_NEGATIVES:
        return
    if document.total < 0:
        hint = (
            "map such documents under credit_notes, with where: {less_than: 0} and absolute: true"
        )
        if document.kind is Kind.CREDIT_NOTES:
            hint = "write total, quantity and amount with absolute: true"
        elif document.kind in {Kind.BILLS, Kind.PURCHASE_ORDERS}:
            hint = "book it by hand, and leave it out with where: {column: ..., more_than: 0}"
        found.error(
            "CHK005",
            f"the total is {document.total:,.2f}: the books take no negative {_word(document)}",
            hint,
        )
    if abs(document.total) > LARGEST:
        found.error("CHK005", f"the total is more than the books can hold ({LARGEST:,} at most)")


def _check_due(document: Invoice, found: Findings) -> None:
    if document.due_date is not None and document.due_date < document.date:
        found.warn("CHK006", f"due on {document.due_date}, before its date {document.date}")


def _check_number(document: Invoice, rules: Rules, found: Findings) -> None:
    number = document.number
    if len(number) <= _SHORT and not _DAMAGED.match(number):
        return
    most = _LONGEST_NUMBER.get(rules.books.system)
    if most is not None and len(number) > most and document.numbered:
        message = f"the number has {len(number)} characters, the books take {most}"
        hint = "map a shorter one (part:, before:, after:, strip_prefix:)"
        found.warn("CHK017", message, hint)
    if _LIKE_A_DATE.fullmatch(number):
        message = f"the number {number} looks like one that a spreadsheet turned into a date"
        found.warn("CHK009", message, "export again, and don't open the file in a spreadsheet")
    elif _LIKE_AN_AMOUNT.fullmatch(number):
        message = f"the number {number} looks like one that a program turned into an amount"
        found.warn("CHK009", message, "export again, with numbers as text")
    elif number.startswith(("'", '="')):
        message = f"the number {number} holds a mark that a spreadsheet put there"
        found.warn("CHK009", message, "set formula_quote: strip on the source")


def _check_balance(built: Built, document: Invoice) -> None:
    if built.balance is not None and abs(built.balance) > abs(document.total):
        message = f"the balance {built.balance:,.2f} is more than the total {document.total:,.2f}"
        built.findings.warn(
            "CHK014", message, "check which columns total and balance are read from"
        )


def _check_state(document: Invoice, rules: Rules, found: Findings) -> None:
    """Tell what becomes of states that the books don't know."""
    if rules.books.system not in _ISSUED_ONLY:
        return
    if document.state is State.WRITTEN_OFF:
        if document.kind is Kind.INVOICES and rules.accounting.written_off is not None:
            return
        hint = (
            "name an account for bad debts, accounting.written_off: {account: ...}, or write it off"
            " there by hand"
        )
        found.warn("CHK018", "it is written off in the export, but stays open in the books", hint)
    elif document.state is State.DRAFT and document.kind is not Kind.ESTIMATES:
        message = f"it is a draft, and the books would take it as an issued {_word(document)}"
        found.error("CHK019", message, "leave drafts out with push.drafts: false")


def is_credible(day: dt.date, today: dt.date) -> bool:
    """Tell whether a document may be of a day."""
    return _EARLIEST <= day <= today + _YEAR


def _check_day(day: dt.date, today: dt.date, found: Findings) -> None:
    if is_credible(day, today):
        return
    message = f"the date {day} is not between {_EARLIEST} and a year from now"
    found.error(
        "CHK007", message, "correct it in the billing system, or check dates: on the source"
    )


def _check_retainer(payment: Payment, rules: Rules, found: Findings) -> None:
    """Say that what is left of a payment does not get to the account for money without invoice."""
    retainers = rules.accounting.retainers
    if retainers is None or retainers.unapplied_payments != "retainer":
        return
    rest = payment.amount - sum((each.amount for each in payment.allocations), ZERO)
    whole = not payment.allocations and payment.customer is not None
    if rest <= 0 or whole or payment.state is State.VOID or rules.books.system not in _CREDIT_ONLY:
        return
    message = (
        f"{rest:,.2f} of it names no invoice: it stays an open credit of the customer and does not "
        f"go to {retainers.account}"
    )
    hint = (
        "split the payment in the billing system, or move the amount there by hand; "
        "accounting.retainers.unapplied_payments: credit says that it may stay"
    )
    found.warn("CHK020", message, hint)


def _word(document: Invoice) -> str:
    return str(document.kind).removesuffix("s").replace("_", " ")


@dataclass(slots=True)
class Verdict:
    """What the checks across documents came to; `refused` tells the numbers."""

    problems: list[Problem] = field(default_factory=list)
    refused: dict[DocumentRef, str] = field(default_factory=dict)
    changed: dict[DocumentRef, Held] = field(default_factory=dict)

    def refuse(self, document: Held, code: str, message: str, hint: str = "") -> None:
        """Refuse a document."""
        self.refused[document.ref] = document.number
        self.note(document, code, message, hint, Severity.ERROR)

    def note(self, document: Held, code: str, message: str, hint: str, severity: Severity) -> None:
        """Add a problem of a document."""
        self.problems.append(
            Problem(
                code=code,
                message=message,
                hint=hint,
                severity=severity,
                location=document.place,
                document=document.number,
                kind=str(document.ref.kind),
            )
        )


def check_across(
    documents: Collection[Held],
    refused: Mapping[DocumentRef, str],
    rules: Rules,
    find: Find | None = None,
    tables: Tables = dict,
) -> Verdict:
    """Check documents against each other, and let what hangs on a refused one fall with it.

    They are gone through several times, and none is held. `find` finds one by its reference,
    `tables` makes what holds an entry for each.
    """
    verdict = Verdict(refused=dict(refused))
    _check_numbers(documents, verdict)
    if not _RECEIPTS.isdisjoint(rules.records):
        find = find or {document.ref: document for document in documents}.get
        paid: MutableMapping[str, Decimal] = tables()
        payments = filter(_is_payment, documents)
        _check_payments(filter(_counts, payments), find, rules, paid=paid, verdict=verdict)
        refunds = (each for each in documents if isinstance(each, Refund))
        _check_refunds(filter(_counts, refunds), find, rules, verdict)
    return verdict


Sale = Invoice | Stub
Receipt = Payment | Stub
Find = Callable[[DocumentRef], Held | None]
_RECEIPTS = frozenset((Kind.PAYMENTS, Kind.REFUNDS))


def _is_sale(document: Held) -> TypeGuard[Sale]:
    """Tell whether a document has lines, and a number that the books may refuse."""
    if isinstance(document, Stub):
        return document.ref.kind is not Kind.PAYMENTS
    return isinstance(document, Invoice)


def _is_payment(document: Held) -> TypeGuard[Receipt]:
    if isinstance(document, Stub):
        return document.ref.kind is Kind.PAYMENTS
    return isinstance(document, Payment)


def _counts(document: Receipt | Refund) -> bool:
    """Tell whether money moved: what is void settles nothing."""
    return document.state is not State.VOID


def _check_numbers(documents: Collection[Held], verdict: Verdict) -> None:
    """Refuse documents whose numbers become the same in the books."""
    by_number: dict[Kind, dict[str, Sale]] = {}
    for document in _perhaps_alike(documents):
        first = by_number.setdefault(document.ref.kind, {}).setdefault(
            document.number.casefold(), document
        )
        if first is document:
            continue
        message = f'"{first.number}" and "{document.number}" become the same number in the books'
        hint = "correct one of them in the billing system"
        if first.ref not in verdict.refused:
            verdict.refuse(first, "CHK008", message, hint)
        verdict.refuse(document, "CHK008", message, hint)


def _perhaps_alike(documents: Collection[Held]) -> list[Sale]:
    """Pick the numbered documents whose number may be another's too; there are hardly any.

    Of the numbers themselves there may be very many: only their hashes are held, and compared a
    part at a time.
    """
    sales = (each for each in documents if _is_sale(each) and each.number)
    marks = array("q", map(_mark, sales))
    parts = 1 + len(marks) // _PART
    twice = {mark for part in range(parts) for mark in _repeated(marks, part, parts)}
    if not twice:
        return []
    sales = (each for each in documents if _is_sale(each) and each.number)
    return [each for each in sales if _mark(each) in twice]


def _repeated(marks: Iterable[int], part: int, parts: int) -> Iterator[int]:
    seen: set[int] = set()
    for mark in marks:
        if mark % parts == part:
            if mark in seen:
                yield mark
            seen.add(mark)


def _mark(document: Sale) -> int:
    return hash((document.ref.kind, document.number.casefold()))


def _check_payments(
    payments: Iterable[Receipt],
    find: Find,
    rules: Rules,
    *,
    paid: MutableMapping[str, Decimal],
    verdict: Verdict,
) -> None:
    for payment in payments:
        several = len(payment.allocations) > 1
        settled = [_key(each.invoice) for each in payment.allocations if several and each.invoice]
        before = {each: paid.get(each, ZERO) for each in settled}
        if several:
            _check_one_customer(payment, find, verdict)
        for allocation in payment.allocations:
            if payment.ref in verdict.refused or allocation.invoice is None:
                continue
            if allocation.invoice in verdict.refused:
                number = verdict.refused[allocation.invoice]
                message = f"its invoice {number} is refused"
                verdict.refuse(payment, "CHK015", message, "correct the invoice first")
                continue
            invoice = find(allocation.invoice)
            if invoice is not None and _is_sale(invoice):
                _check_payment(
                    payment, allocation, invoice, paid=paid, rules=rules, verdict=verdict
                )
        if payment.ref in verdict.refused:
            paid.update(before)


def _check_payment(
    payment: Receipt,
    allocation: Allocation,
    invoice: Sale,
    *,
    paid: MutableMapping[str, Decimal],
    rules: Rules,
    verdict: Verdict,
) -> None:
    if payment.currency != invoice.currency and payment.exchange_rate is None:
        message = (
            f"a payment in {payment.currency} for invoice {invoice.number} in {invoice.currency}"
        )
        verdict.refuse(payment, "CHK012", message, "map exchange_rate, or correct the currency")
        return
    if invoice.state is State.VOID:
        _check_void(payment, invoice, rules, verdict)
        return
    if payment.currency != invoice.currency:
        return
    key = _key(invoice.ref)
    before = paid.get(key, ZERO)
    paid_now = before + allocation.amount if before else allocation.amount
    over = paid_now - invoice.total
    if over <= 0:
        paid[key] = paid_now
        return
    message = (
        f"with this payment of {allocation.amount:,.2f} invoice {invoice.number} "
        f"of {invoice.total:,.2f} is overpaid by {over:,.2f}"
    )
    if rules.checks.payment_over_invoice != "warn":
        hint = "correct it in the billing system, or set checks.payment_over_invoice: warn"
        verdict.refuse(payment, "CHK010", message, hint)
        return
    verdict.note(payment, "CHK010", message, "what is over stays unapplied", Severity.WARNING)
    left = max(ZERO, invoice.total - before)
    paid[key] = invoice.total
    _cut(payment, allocation, left, verdict)


def _cut(payment: Receipt, allocation: Allocation, left: Decimal, verdict: Verdict) -> None:
    """Let no more of a payment go to an invoice than is left to pay of it."""
    changed = verdict.changed.get(payment.ref, payment)
    assert isinstance(changed, Payment | Stub), "a payment is cut to a payment"
    kept = tuple(
        replace(each, amount=left) if each is allocation else each
        for each in changed.allocations
        if left or each is not allocation
    )
    verdict.changed[payment.ref] = (
        changed._replace(allocations=kept)
        if isinstance(changed, Stub)
        else replace(changed, allocations=kept)
    )


def _key(ref: DocumentRef) -> str:
    return f"{ref.kind} {ref.id}"


def _check_one_customer(payment: Receipt, find: Find, verdict: Verdict) -> None:
    """Refuse a payment of several customers' invoices: the books keep it with one customer."""
    settled = (find(each.invoice) for each in payment.allocations if each.invoice)
    owners = {each.customer for each in settled if each is not None and _is_sale(each)}
    if len(owners) > 1:
        names = ", ".join(each.wanted for each in payment.allocations)
        message = f"it settles invoices of several customers: {names}"
        hint = "split it in the billing system: the books keep a payment with one customer"
        verdict.refuse(payment, "CHK021", message, hint)


def _check_void(payment: Receipt, invoice: Sale, rules: Rules, verdict: Verdict) -> None:
    """Refuse a payment of a void invoice, unless such money may stay the customer's credit."""
    message = f"it pays invoice {invoice.number}, which is void"
    if rules.push.void == "unapply" and invoice.kind is Kind.INVOICES:
        kept = "its money stays the customer's open credit"
        verdict.note(payment, "CHK016", message, kept, Severity.WARNING)
        return
    hint = "move the payment in the billing system, or set push.void: unapply to keep its money"
    verdict.refuse(payment, "CHK016", message, f"{hint} as the customer's open credit")


def _check_refunds(
    refunds: Iterable[Refund],
    find: Find,
    rules: Rules,
    verdict: Verdict,
) -> None:
    returned: dict[DocumentRef, Decimal] = {}
    for refund in refunds:
        if refund.ref in verdict.refused:
            continue
        if refund.payment in verdict.refused or refund.invoice in verdict.refused:
            what = "payment" if refund.payment in verdict.refused else "invoice"
            verdict.refuse(refund, "CHK015", f"its {what} is refused", f"correct the {what} first")
            continue
        names = refund.payment or refund.invoice
        against = find(names) if names else None
        if isinstance(against, (Payment, Invoice, Stub)):
            _check_refund(refund, against, returned, rules, verdict)


def _check_refund(
    refund: Refund,
    against: Payment | Invoice | Stub,
    returned: dict[DocumentRef, Decimal],
    rules: Rules,
    verdict: Verdict,
) -> None:
    word = "payment" if _is_payment(against) else "invoice"
    if refund.currency != against.currency:
        message = f"a refund in {refund.currency} of {word} {against.number} in {against.currency}"
        verdict.refuse(refund, "CHK012", message, "correct the currency")
        return
    whole = against.money.amount
    returned[against.ref] = returned.get(against.ref, ZERO) + refund.amount
    over = returned[against.ref] - whole
    if over <= 0:
        return
    message = (
        f"with this refund of {refund.amount:,.2f} {word} {against.number} of {whole:,.2f} "
        f"is refunded by {over:,.2f} too much"
    )
    if rules.checks.refund_over_payment == "warn":
        verdict.note(refund, "CHK011", message, "", Severity.WARNING)
        return
    returned[against.ref] -= refund.amount
    hint = "correct it in the billing system, or set checks.refund_over_payment: warn"
    verdict.refuse(refund, "CHK011", message, hint)
