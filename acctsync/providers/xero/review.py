"""What Xero can't take of a document, said before anything is sent; pure.

Without settings (nobody has asked the organisation yet) only the rules that need none are applied.
Errors block the document; warnings tell what will be changed to fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from acctsync.documents import (
    PURCHASES,
    Customer,
    Document,
    Fee,
    Invoice,
    Item,
    Kind,
    Label,
    Line,
    Payment,
    Payout,
    Refund,
    Repayment,
)
from acctsync.errors import Problem, Severity
from acctsync.money import ZERO
from acctsync.providers.xero.company import Settings
from acctsync.providers.xero.labels import label_faults
from acctsync.providers.xero.lines import Form, total
from acctsync.providers.xero.text import (
    DESCRIPTION_MOST,
    EMAIL_MOST,
    ID_MOST,
    ITEM_CODE_MOST,
    NAME_MOST,
    NUMBER_MOST,
    contact_name,
    email_fits,
)

_AMOUNT_MOST = Decimal("9999999999.99")  # Xero: invoices: line items
_MAPPED = "Name it under accounting.payment_methods (deposit_to) in the mapping."

Found = Iterator[Problem]


def review(document: Document, known: Settings | None) -> tuple[Problem, ...]:
    """Check one document; a problem names it as the bookkeeper knows it."""
    found = [*_identity(document), *_by_kind(document, known)]
    return tuple(problem.about(document.number, document.kind) for problem in found)


def waits_for_approval(document: Document, *, unapproved: bool) -> tuple[Problem, ...]:
    """Say what can't be written while invoices go to Xero as drafts, or to be approved there."""
    if not unapproved or document.ref.kind is not Kind.WRITE_OFFS:
        return ()
    wrong = _error(
        "XERO133",
        "invoices go to Xero unapproved, and only what is approved can be written off",
        "Approve the invoice in Xero, and push with push.xero_status: authorised.",
    )
    return (wrong.about(document.number, document.ref.kind),)


def _by_kind(document: Document, known: Settings | None) -> Found:  # noqa: C901 - one per kind
    match document:
        case Customer():
            yield from _party(document)
        case Item():
            yield from _item(document)
        case Label():
            yield from label_faults(document)
        case Invoice():
            yield from _form(document, known)
        case Payment():
            yield from _payment(document)
        case Refund():
            yield from _lines(document.lines)
            if document.lines:
                yield from _totals(document, document.amount)
            yield from _account("the refund", document.deposit_to is not None)
        case Repayment():
            yield from _account("the refund", document.paid_from is not None)
        case Fee():
            yield from _account("the fee", document.paid_from is not None)
        case Payout():
            yield from _amount(document.amount)
        case _:
            return


def _identity(document: Document) -> Found:
    if len(document.ref.id) > ID_MOST:
        yield _error("XERO111", f"its id is longer than {ID_MOST} characters", "Map a shorter id.")


def _party(party: Customer) -> Found:
    name = contact_name(party.name)
    if not name:
        yield _error("XERO112", "it has no name", "Give it a name in the billing system.")
    if len(name) > NAME_MOST:
        yield _error("XERO113", f"the name is longer than {NAME_MOST} characters", "Shorten it.")
    if party.email and not email_fits(party.email):
        yield _warning(
            "XERO114",
            "the e-mail address is left out: Xero takes one plain address of at most "
            f"{EMAIL_MOST} characters",
        )
    if party.parent:
        yield _warning("XERO115", f"Xero has no contacts below others: {party.parent} is left out")


def _item(item: Item) -> Found:
    if len(item.own_name) > ITEM_CODE_MOST:
        yield _error(
            "XERO116",
            f"the item's code has {len(item.own_name)} characters, Xero takes {ITEM_CODE_MOST}",
            "Map the word to an item of a shorter code under accounting.items.",
        )


def _totals(form: Form, billed: Decimal) -> Found:
    """See that Xero comes to the total that was billed: it works totals out by itself."""
    there = total(form)
    if there != billed:
        yield _error(
            "XERO130",
            f"it was billed at {billed} {form.currency}, but the lines that would go to Xero come"
            f" to {there}",
            "Map what is missing between the two (a discount, shipping, a rounding account under"
            " accounting.defaults), or correct the document in the billing system.",
        )


def _form(document: Invoice, known: Settings | None) -> Found:
    yield from _number(document)
    yield from _totals(document, document.total)
    yield from _lines(document.lines)
    yield from _amount(document.total)
    if document.total < ZERO:
        yield _error(
            "XERO117",
            "its total is below zero: Xero has credit notes for that",
            "Map it as a credit note (records.credit_notes).",
        )
    if document.kind is Kind.SALES_RECEIPTS:
        yield from _account("the sales receipt", document.deposit_to is not None)
    if document.kind in {Kind.RETAINERS, Kind.OVERPAYMENTS}:
        yield from _account("the payment", document.deposit_to is not None)
    if document.kind in PURCHASES or known is None:
        return
    if document.tax_total and not known.pays_tax:
        yield _error(
            "XERO118",
            "it has tax, and the organisation is not registered for any",
            "Set up tax in Xero, or correct books.tax in the mapping.",
        )


def _number(document: Invoice) -> Found:
    if len(document.number) > NUMBER_MOST:
        yield _error(
            "XERO119",
            f"its number has {len(document.number)} characters, Xero takes {NUMBER_MOST}",
            "Map a shorter one.",
        )
    if not document.number.isprintable():
        yield _error("XERO120", "its number holds characters that nobody sees", "Correct it.")


def _lines(lines: tuple[Line, ...]) -> Found:
    for line in lines:
        if len(line.description) > DESCRIPTION_MOST:
            yield _warning(
                "XERO121", f"a description is cut off after {DESCRIPTION_MOST} characters"
            )
            return


def _payment(payment: Payment) -> Found:
    yield from _account("the payment", payment.deposit_to is not None)
    yield from _amount(payment.amount)
    yield from _settled(payment)


def _settled(payment: Payment) -> Found:
    """Say why Xero has no payment like this: each settles an invoice, by all that it comes to."""
    settled = sum((each.amount for each in payment.allocations), ZERO)
    if not payment.allocations:
        yield _error(
            "XERO131",
            "it names no invoice, and Xero has no payment without one",
            "Name its invoice in the billing system, or the account that such money waits on under"
            " accounting.retainers.account in the mapping: then it is a prepayment.",
        )
    elif settled < payment.amount and payment.customer is None:
        yield _error(
            "XERO132",
            f"it is {payment.amount} {payment.currency}, of which {settled} is for invoices, and"
            " nothing tells whose credit the rest is",
            "Map the payment's customer (records.payments.document.customer), or export a period"
            " that holds its invoice.",
        )


def _account(what: str, named: bool) -> Found:  # noqa: FBT001 - it is the answer
    if not named:
        yield _error("XERO123", f"{what} names no account that the money goes through", _MAPPED)


def _amount(amount: Decimal) -> Found:
    if abs(amount) > _AMOUNT_MOST:
        yield _error("XERO124", f"Xero takes no amount beyond {_AMOUNT_MOST}", "Split it.")


def _error(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint)


def _warning(code: str, message: str, hint: str = "") -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)
