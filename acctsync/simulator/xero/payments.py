"""Payments: money in on an invoice, money out on a credit; made or deleted, never changed."""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.documents import document_view
from acctsync.simulator.xero.fields import choice, day, flag, identifier, number, part, read, text
from acctsync.simulator.xero.lists import find_account
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.settling import PAYMENT_TYPES, document_of, left_of, resettle
from acctsync.simulator.xero.wire import midnight, new_id, rounded
from acctsync.simulator.xero.wire import updated as when_updated

# What a payment may belong to: the property, and the number that may stand in place of the id.
_TARGETS = {
    "Invoice": "InvoiceNumber",
    "CreditNote": "CreditNoteNumber",
    "Overpayment": "",
    "Prepayment": "",
}
SPEC = {
    "PaymentID": identifier,
    **{
        kind: part({f"{kind}ID": identifier, **({name: text()} if name else {})})
        for kind, name in _TARGETS.items()
    },
    # The short forms that the page on payments shows beside the parts.
    "InvoiceNumber": text(),
    "CreditNoteNumber": text(),
    "Account": part({"AccountID": identifier, "Code": text()}),
    "Date": day,
    "Amount": number,
    "Reference": text(),
    "CurrencyRate": number,
    "IsReconciled": flag,
    "Status": choice("AUTHORISED", "DELETED"),
}


def created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Record a payment."""
    fields = read(SPEC, sent, "Payment")
    kind, document = _target(books, fields)
    account = _account(books, fields)
    amount = rounded(fields.get("Amount", ZERO))
    if amount <= 0:
        raise Invalid("The payment amount must be greater than zero")
    if document["Status"] not in {"AUTHORISED", "PAID"}:
        raise Invalid("Payments can only be made against Authorised documents")
    if amount > left_of(document):
        raise Invalid("Payment amount exceeds the amount outstanding on this document")
    date = fields.get("Date", books.today())
    books.check_open(date)
    stored = books.put(
        "Payment",
        {
            "PaymentID": new_id(),
            "DocumentID": document[f"{kind}ID"],
            "Amount": amount,
            "BankAmount": _in_bank(books, document, account, amount, fields),
            "Date": date,
            "Reference": fields.get("Reference", ""),
            "CurrencyRate": fields.get("CurrencyRate", document["CurrencyRate"]),
            "PaymentType": PAYMENT_TYPES[document["Type"]],
            "Status": "AUTHORISED",
            "AccountID": account["AccountID"],
            "IsReconciled": fields.get("IsReconciled", False),
        },
    )
    resettle(books, kind, document[f"{kind}ID"])
    return stored


def _in_bank(
    books: Books, document: Entity, account: Entity, amount: Decimal, fields: Entity
) -> Decimal:
    code = account.get("CurrencyCode", books.identity.currency)
    if code == document["CurrencyCode"]:
        return amount
    rate: Decimal = fields.get("CurrencyRate") or document["CurrencyRate"]
    return rounded(amount / rate)


def _target(books: Books, fields: Entity) -> tuple[str, Entity]:
    for kind, name in _TARGETS.items():
        if name and name in fields and kind not in fields:
            fields = {**fields, kind: {name: fields[name]}}
    named = [kind for kind in _TARGETS if kind in fields]
    if len(named) != 1:
        raise Invalid(
            "Exactly one of Invoice, CreditNote, Prepayment and Overpayment must be specified "
            "for the payment"
        )
    kind = named[0]
    part_sent, name = fields[kind], _TARGETS[kind]
    found = books.find(kind, part_sent.get(f"{kind}ID"))
    if found is None and name:
        found = books.one_by(kind, name, part_sent.get(name))
    if found is None:
        raise Invalid(f"{kind} could not be found")
    return kind, found


def _account(books: Books, fields: Entity) -> Entity:
    sent = fields.get("Account", {})
    if not sent:
        raise Invalid("You must specify and Account code or Account ID for the payment")
    found = find_account(books, sent)
    payable = found is not None and (found["Type"] == "BANK" or found["EnablePaymentsToAccount"])
    if found is None or not payable or found["Status"] != "ACTIVE":
        code = sent.get("Code") or sent.get("AccountID")
        raise Invalid(f"Account code '{code}' is not a valid code for this document")
    return found


def updated(books: Books, old: Entity, sent: Entity, _reply: Reply) -> Entity:
    """Delete a payment; nothing else about it can be changed."""
    fields = read(SPEC, sent, "Payment")
    if fields.get("Status") != "DELETED":
        raise Invalid("Payments can not be changed, only deleted")
    if old["Status"] == "DELETED":
        raise Invalid("Payment not of valid status for modification")
    if old["IsReconciled"] and not books.settings.delete_reconciled:
        raise Invalid("A reconciled payment can not be deleted")
    books.check_open(old["Date"])
    deleted = books.put("Payment", {**old, "Status": "DELETED"})
    kind, document = document_of(books, old["DocumentID"])
    resettle(books, kind, document[f"{kind}ID"])
    return deleted


def matched(books: Books, sent: Entity) -> Entity | None:
    """Find the payment that an element of a POST means."""
    return books.find("Payment", str(sent["PaymentID"])) if sent.get("PaymentID") else None


# ---------------------------------------------------------------------- showing


def shown(books: Books, payment: Entity, depth: Depth, _places: int) -> Entity:
    """Show a payment."""
    account = books.get("Account", payment["AccountID"])
    names = ("AccountID", "Code", "Name") if depth is Depth.FULL else ("AccountID", "Code")
    return {
        "PaymentID": payment["PaymentID"],
        "Date": midnight(payment["Date"]),
        "BankAmount": payment["BankAmount"],
        "Amount": payment["Amount"],
        "Reference": payment["Reference"],
        "CurrencyRate": payment["CurrencyRate"],
        "PaymentType": payment["PaymentType"],
        "Status": payment["Status"],
        **when_updated(payment["Updated"]),
        "HasAccount": True,
        "IsReconciled": payment["IsReconciled"],
        "Account": {name: account[name] for name in names if name in account},
        "Invoice": _document_stub(books, payment),
        "HasValidationErrors": False,
    }


def _document_stub(books: Books, payment: Entity) -> Entity:
    """Show what was paid: always under `Invoice`, a credit note with its id as the InvoiceID.

    The empty lists do not mean that there is nothing.
    """
    kind, document = document_of(books, payment["DocumentID"])
    contact = books.get("Contact", document["ContactID"])
    return {
        "Type": document["Type"],
        "InvoiceID": payment["DocumentID"],
        "InvoiceNumber": document.get(_TARGETS[kind], "") if _TARGETS[kind] else "",
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "HasErrors": False,
        "IsDiscounted": False,
        "Contact": {
            "ContactID": contact["ContactID"],
            "ContactNumber": contact.get("ContactNumber", ""),
            "Name": contact["Name"],
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        },
        "LineItems": [],
        "CurrencyCode": document["CurrencyCode"],
    }


def _view(books: Books, payment: Entity) -> Entity:
    _kind, document = document_of(books, payment["DocumentID"])
    invoice = {**document_view(books, document), "InvoiceID": payment["DocumentID"]}
    account = books.get("Account", payment["AccountID"])
    return {
        **payment,
        "Invoice": invoice,
        "Account": account,
        "UpdatedDateUTC": payment["Updated"],
    }


PAYMENTS = Resource(
    kind="Payment",
    plural="Payments",
    scope="accounting.payments",
    shown=shown,
    properties=frozenset(SPEC) | {"PaymentType", "BankAmount", "UpdatedDateUTC"},
    view=_view,
    create=created,
    update=updated,
    match=matched,
    paging="asked",
    page_sizes=True,
    flagged="HasValidationErrors",
    has_history=True,
)
