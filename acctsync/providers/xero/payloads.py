"""Documents → the bytes of one write; pure, given the organisation's settings.

Creating is PUT, which fails where the number is taken; POST would overwrite what has it. A write's
path says method and resource: those of one path share an exchange, up to fifty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from acctsync.documents import (
    CreditAllocation,
    Customer,
    Delivery,
    Document,
    DocumentRef,
    Fee,
    Invoice,
    Item,
    Kind,
    Label,
    Listed,
    ListKind,
    Note,
    Owed,
    Payment,
    Payout,
    Refund,
    RemoteDocument,
    Repayment,
    State,
    UnappliedPayment,
)
from acctsync.plan.model import Action, Change
from acctsync.providers.encoding import Json, decode, encode
from acctsync.providers.port import Exchange, Write
from acctsync.providers.stamps import stamp
from acctsync.providers.xero.context import AUTHORISED, DELETED, DRAFT, SUBMITTED, VOIDED, Context
from acctsync.providers.xero.endpoints import API_PATH
from acctsync.providers.xero.labels import CATEGORIES, label_write
from acctsync.providers.xero.lines import account_code, line_fields
from acctsync.providers.xero.movements import allocation, fee, payment, repayment, transfer
from acctsync.providers.xero.notes import HISTORY, RECORDS, note_text
from acctsync.providers.xero.text import (
    CONTACT_NUMBER_MOST,
    DESCRIPTION_MOST,
    ITEM_NAME_MOST,
    NUMBER_MOST,
    contact_name,
    email_fits,
    free_text,
    stamped_reference,
)
from acctsync.providers.xero.values import status_of

BATCH_MOST = 50  # Xero: limits
KEY_MOST = 128
PUT, POST = "PUT", "POST"
TRANSFERS = "BankTransfers"
_UNAPPROVED = frozenset({DRAFT, SUBMITTED})

RESOURCES: dict[Kind, str] = {
    Kind.CUSTOMERS: "Contacts",
    Kind.VENDORS: "Contacts",
    Kind.ITEMS: "Items",
    Kind.ESTIMATES: "Quotes",
    Kind.INVOICES: "Invoices",
    Kind.BILLS: "Invoices",
    Kind.CREDIT_NOTES: "CreditNotes",
    Kind.REFUNDS: "CreditNotes",
    Kind.PURCHASE_ORDERS: "PurchaseOrders",
    Kind.SALES_RECEIPTS: "BankTransactions",
    Kind.RETAINERS: "BankTransactions",
    Kind.OVERPAYMENTS: "BankTransactions",
    Kind.FEES: "BankTransactions",
    Kind.PAYOUT_FEES: "BankTransactions",
    Kind.PAYMENTS: "Payments",
    Kind.PAYMENT_PARTS: "Payments",
    Kind.REPAYMENTS: "Payments",
    Kind.PAYOUTS: "BankTransfers",
    Kind.CREDIT_ALLOCATIONS: "Allocations",
    Kind.WRITE_OFFS: "CreditNotes",
    Kind.WRITE_OFF_ALLOCATIONS: "Allocations",
    Kind.DELIVERIES: "Invoices",
}
IDS: dict[str, str] = {
    "Contacts": "ContactID",
    "Items": "ItemID",
    "Quotes": "QuoteID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "PurchaseOrders": "PurchaseOrderID",
    "BankTransactions": "BankTransactionID",
    "Payments": "PaymentID",
    "BankTransfers": "BankTransferID",
    "Allocations": "AllocationID",
}
NUMBERS: dict[Kind, str] = {
    Kind.ESTIMATES: "QuoteNumber",
    Kind.INVOICES: "InvoiceNumber",
    Kind.BILLS: "InvoiceNumber",
    Kind.CREDIT_NOTES: "CreditNoteNumber",
    Kind.REFUNDS: "CreditNoteNumber",
    Kind.WRITE_OFFS: "CreditNoteNumber",
    Kind.PURCHASE_ORDERS: "PurchaseOrderNumber",
}
# Xero: invoices, purchase orders, quotes, payments: what taking one back is called.
_TAKEN_BACK = {
    Kind.INVOICES: VOIDED,
    Kind.BILLS: VOIDED,
    Kind.CREDIT_NOTES: VOIDED,
    Kind.REFUNDS: VOIDED,
    Kind.PAYMENTS: DELETED,
    Kind.PAYMENT_PARTS: DELETED,
    Kind.REPAYMENTS: DELETED,
    Kind.SALES_RECEIPTS: DELETED,
    Kind.RETAINERS: DELETED,
    Kind.OVERPAYMENTS: DELETED,
    Kind.FEES: DELETED,
    Kind.PAYOUT_FEES: DELETED,
    Kind.PURCHASE_ORDERS: DELETED,
    Kind.ESTIMATES: DELETED,
}
_QUOTE_STATES = {
    State.PENDING: "SENT",
    State.OPEN: "SENT",
    State.ACCEPTED: "ACCEPTED",
    State.REJECTED: "DECLINED",
    State.CLOSED: "INVOICED",
}
_PRICED = "unitdp=4"
_MAIL = "/Email"
_TYPES = {
    Kind.INVOICES: "ACCREC",
    Kind.BILLS: "ACCPAY",
    Kind.CREDIT_NOTES: "ACCRECCREDIT",
    Kind.REFUNDS: "ACCRECCREDIT",
    Kind.WRITE_OFFS: "ACCRECCREDIT",
    Kind.SALES_RECEIPTS: "RECEIVE",
    Kind.RETAINERS: "RECEIVE-PREPAYMENT",
    Kind.OVERPAYMENTS: "RECEIVE-OVERPAYMENT",
    Kind.FEES: "SPEND",
    Kind.PAYOUT_FEES: "SPEND",
    Kind.PAYMENTS: "ACCRECPAYMENT",
    Kind.PAYMENT_PARTS: "ACCRECPAYMENT",
    Kind.REPAYMENTS: "ARCREDITPAYMENT",
}


def write(change: Change, context: Context) -> Write:  # noqa: PLR0911 - one per kind
    """Build one write."""
    document = change.document
    match document:
        case Delivery():
            return _alone(
                change, POST, f"Invoices/{context.refs.remote_id(document.ref)}{_MAIL}", {}
            )
        case Note():
            return _note(change, document, context)
        case CreditAllocation():
            credit = context.refs.remote_id(document.credit)
            path = f"CreditNotes/{credit}/Allocations"
            return _alone(change, PUT, path, allocation(document, context))
        case Payout() if change.action is Action.CREATE:
            # Xero: bank transfers: no verdict for each of several, so each goes alone.
            made = _booked(transfer(document, context), change)
            return _alone(change, PUT, TRANSFERS, {TRANSFERS: [made]})
        case Label():
            path, fields = label_write(document, context.refs)
            return _alone(change, PUT, path, fields)
        case _ if change.action is Action.VOID:
            return _taken_back(change)
        case _:
            return _written(change, context)


def _note(change: Change, note: Note, context: Context) -> Write:
    path = f"{RESOURCES[note.whole.kind]}/{context.refs.remote_id(note.ref)}/{HISTORY}"
    return _alone(change, PUT, path, {RECORDS: [{"Details": note_text(note)}]})


def deletion(ref: DocumentRef, remote: RemoteDocument) -> Write | None:
    """Build the deletion of what has no number of its own: payments, and money in the bank."""
    if not is_freed(ref.kind):
        return None
    path = f"{POST} {RESOURCES[ref.kind]}/{remote.id}"
    return Write(
        action=Action.UNDO, ref=ref, body=encode({"Status": DELETED}), alone=True, path=path
    )


def is_freed(kind: Kind) -> bool:
    """Tell whether what is deleted leaves its place to another: it has no number to keep."""
    return _TAKEN_BACK.get(kind) == DELETED and kind not in NUMBERS


def exchange(writes: Sequence[Write], key: str) -> Exchange:
    """Put writes of one path into one exchange; the same writes and key give the same bytes."""
    _check(writes, key)
    kinds = tuple(each.ref.kind for each in writes)
    method, resource = writes[0].path.split(" ", 1)
    body = writes[0].body
    if not writes[0].alone:
        body = b'{"%b":[%b]}' % (resource.encode(), b",".join(each.body for each in writes))
    return Exchange(key=key, target=f"{method} {target(resource)}", body=body, kinds=kinds)


def target(resource: str) -> str:
    """Write the exact path and query of a write (Xero: requests; rounding)."""
    if "/" in resource or resource in {CATEGORIES, TRANSFERS}:
        return f"{API_PATH}/{resource}"
    asked = ["summarizeErrors=false"]
    if resource in {"Invoices", "CreditNotes", "Items", "BankTransactions"}:
        asked.append(_PRICED)
    return f"{API_PATH}/{resource}?{'&'.join(asked)}"


def answered_as(target: str) -> str:
    """Tell what the answer to a write calls its elements."""
    path = target.partition("?")[0].partition(f"{API_PATH}/")[2]
    below = path.endswith(("/Allocations", "/Options"))
    return path.rpartition("/")[2] if below else path.partition("/")[0]


def is_note(exchange: Exchange) -> bool:
    """Tell whether a call writes into a document's history."""
    return exchange.target.endswith(f"/{HISTORY}")


def noted_id(exchange: Exchange) -> str:
    """Tell the id of the document that a note is written for."""
    return exchange.target.removesuffix(f"/{HISTORY}").rpartition("/")[2]


def is_mail(exchange: Exchange) -> bool:
    """Tell whether a call has an invoice e-mailed."""
    return exchange.target.endswith(_MAIL)


def mailed_id(exchange: Exchange) -> str:
    """Tell the id of the invoice that a call has e-mailed."""
    return exchange.target.removesuffix(_MAIL).rpartition("/")[2]


def elements(exchange: Exchange) -> list[Json]:
    """Read the elements of an exchange back out of its bytes, in their order."""
    sent = decode(exchange.body) if exchange.body else {}
    listed = sent.get(answered_as(exchange.target))
    return listed if isinstance(listed, list) else [sent]


def is_of(kind: Kind, element: Mapping[str, Any]) -> bool:
    """Tell whether an element of a resource is of a kind: some resources hold several."""
    wanted = _TYPES.get(kind)
    name = "PaymentType" if RESOURCES[kind] == "Payments" else "Type"
    return wanted is None or element.get(name) == wanted


def _check(writes: Sequence[Write], key: str) -> None:
    alone = any(each.alone for each in writes)
    if not 0 < len(writes) <= (1 if alone else BATCH_MOST):
        raise ValueError(f"{len(writes)} writes don't fit one exchange")
    if len({each.path for each in writes}) != 1:
        raise ValueError("writes of several resources don't fit one exchange")
    if not 0 < len(key) <= KEY_MOST:
        raise ValueError(f"the key must be 1 to {KEY_MOST} characters")


def _alone(change: Change, method: str, path: str, fields: Json | None = None) -> Write:
    body = encode(fields) if fields is not None else b""
    return Write(
        action=change.action, ref=change.ref, body=body, alone=True, path=f"{method} {path}"
    )


def _taken_back(change: Change) -> Write:
    """Void or delete by its id and nothing else, so that nothing else of it changes."""
    assert change.remote is not None, "what is taken back was found before"
    kind, id_ = change.ref.kind, change.remote.id
    resource = RESOURCES[kind]
    if resource == "Payments":
        return _alone(change, POST, f"Payments/{id_}", {"Status": DELETED})
    status = _TAKEN_BACK[kind]
    if status_of(change.remote.version) in _UNAPPROVED:
        # Xero: invoices: what nobody approved is deleted, not voided.
        status = DELETED
    fields: Json = {IDS[resource]: id_, "Status": status}
    if kind is Kind.ESTIMATES:
        fields = {**_bare_quote(change.remote), **fields}
    body = encode(fields)
    return Write(action=change.action, ref=change.ref, body=body, path=f"{POST} {resource}")


def _bare_quote(remote: RemoteDocument) -> Json:
    """Write what no change to a quote may lack, its deletion neither (Xero: quotes)."""
    return {
        "Contact": {"ContactID": remote.customer},
        "Date": str(remote.date),
        "LineItems": [{"Description": "Deleted"}],
    }


def _written(change: Change, context: Context) -> Write:
    document, resource = change.document, RESOURCES[change.ref.kind]
    if isinstance(document, Customer) and change.action is Action.UPDATE:
        fields, method = _contact_data(document), POST
    else:
        fields, method = _booked(_fields(document, context), change), PUT
    if change.action is Action.CREATE:
        fields |= _theme(document, context)
    if change.action is Action.UPDATE:
        assert change.remote is not None, "what is updated was found before"
        fields, method = {IDS[resource]: change.remote.id, **_standing(fields, change)}, POST
    body = encode(fields)
    return Write(action=change.action, ref=document.ref, body=body, path=f"{method} {resource}")


def _theme(document: Document, context: Context) -> Json:
    """Name the look that a document gets as it is made; what somebody changes later stays."""
    if not isinstance(document, Invoice) or document.theme is None:
        return {}
    found = context.refs.entry(ListKind.BRANDING_THEMES, document.theme)
    return {"BrandingThemeID": found.id}


def _standing(fields: Json, change: Change) -> Json:
    """Leave what was approved as it stands: Xero makes no draft of it again."""
    assert change.remote is not None
    approved = status_of(change.remote.version) in {AUTHORISED, "PAID"}
    if approved and fields.get("Status") in {*_UNAPPROVED, AUTHORISED}:
        return {name: value for name, value in fields.items() if name != "Status"}
    return fields


def _booked(fields: Json, change: Change) -> Json:
    """Date a document to another day than its own, which its reference keeps."""
    document = change.document
    if change.booked is None or isinstance(document, Listed | Owed):
        return fields
    mark = stamp(document.ref.kind, document.ref.id)
    reference = str(fields["Reference"]).replace(mark, f"[date {document.date}] {mark}")
    return {**fields, "Date": change.booked.isoformat(), "Reference": reference}


def _fields(document: Document, context: Context) -> Json:  # noqa: PLR0911 - one per kind
    match document:
        case Customer():
            return _contact(document)
        case Item():
            return _item(document, context)
        case Invoice():
            return _FORMS[document.kind](document, context)
        case Payment():
            return payment(document, context)
        case Refund():
            return _refund(document, context)
        case Repayment():
            return repayment(document, context)
        case Fee():
            return fee(document, context)
        case Payout():
            return transfer(document, context)
        case CreditAllocation() | Delivery() | Note() | UnappliedPayment() | Label():
            raise ValueError("it is written by a call of its own")
        case _:
            assert_never(document)


def _contact(party: Customer) -> Json:
    """Write a contact; its number is ours to find it by, given once (Xero: contacts)."""
    fields: Json = {"Name": contact_name(party.name)}
    number = stamp(party.kind, party.ref.id)
    if len(number) <= CONTACT_NUMBER_MOST:
        fields["ContactNumber"] = number
    if party.currency:
        fields["DefaultCurrency"] = party.currency
    return {**fields, **_contact_data(party)}


def _contact_data(party: Customer) -> Json:
    fields: Json = {}
    if email_fits(party.email):
        fields["EmailAddress"] = party.email
    if party.tax_number:
        fields["TaxNumber"] = party.tax_number
    if party.phone:
        fields["Phones"] = [{"PhoneType": "DEFAULT", "PhoneNumber": party.phone}]
    return fields


def _item(item: Item, context: Context) -> Json:
    """Write an item that is sold; what the mapping names is its code (Xero: items)."""
    fields: Json = {"Code": item.own_name, "Name": free_text(item.own_name, ITEM_NAME_MOST)}
    if item.description:
        fields["Description"] = free_text(item.description, DESCRIPTION_MOST)
    sold: Json = {}
    if item.unit_price is not None:
        sold["UnitPrice"] = item.unit_price
    if item.account is not None:
        sold["AccountCode"] = account_code(context.refs.entry(ListKind.ACCOUNTS, item.account))
    if sold:
        fields["SalesDetails"] = sold
    if item.expense_account is not None:
        expense = context.refs.entry(ListKind.ACCOUNTS, item.expense_account)
        fields["PurchaseDetails"] = {"AccountCode": account_code(expense)}
    return fields


def _head(document: Invoice | Refund, context: Context, said: str) -> Json:
    """Write what all documents with lines have; the contact by its id alone, or it is edited."""
    return {
        "Contact": {"ContactID": context.refs.customer_of(document.ref)},
        "Date": document.date.isoformat(),
        "Reference": stamped_reference(said, document.ref),
        "CurrencyCode": document.currency,
        **line_fields(document, context.refs),
    }


def _invoice(invoice: Invoice, context: Context) -> Json:
    fields = {
        "Type": "ACCREC" if invoice.kind is Kind.INVOICES else "ACCPAY",
        **_numbered(invoice),
        "Status": DRAFT if invoice.state is State.DRAFT else context.status,
        **_head(invoice, context, invoice.reference or invoice.memo),
    }
    # An approved invoice needs a day to be paid by (Xero: invoices).
    fields["DueDate"] = (invoice.due_date or invoice.date).isoformat()
    if invoice.exchange_rate is not None and invoice.currency != context.known.currency:
        fields["CurrencyRate"] = invoice.exchange_rate
    approved = fields["Status"] == AUTHORISED  # Xero: invoices: no other may be marked as sent
    if approved and invoice.sent is not None and invoice.kind is Kind.INVOICES:
        fields["SentToContact"] = True
    return fields


def _numbered(form: Invoice) -> Json:
    """Give the number, unless Xero is to give one of its own."""
    field = NUMBERS.get(form.kind, "")
    return {field: form.number} if field and form.numbered else {}


def _credit_note(credit: Invoice, context: Context) -> Json:
    return {
        "Type": "ACCRECCREDIT",
        **_numbered(credit),
        "Status": context.status,
        **_head(credit, context, credit.reference or credit.memo),
    }


def _write_off(credit: Invoice, context: Context) -> Json:
    """Credit what is given up of an invoice, under a number of its own."""
    number = free_text(f"WO-{credit.number}", NUMBER_MOST)
    # Nothing but what is approved can be set off.
    return {**_credit_note(credit, context), "CreditNoteNumber": number, "Status": AUTHORISED}


def _quote(quote: Invoice, context: Context) -> Json:
    fields = _head(quote, context, quote.reference)
    fields["LineAmountTypes"] = str(fields["LineAmountTypes"]).upper()
    fields |= _numbered(quote)
    fields["Status"] = _QUOTE_STATES.get(quote.state, DRAFT)
    if quote.expires is not None:
        fields["ExpiryDate"] = quote.expires.isoformat()
    if quote.memo:
        fields["Terms"] = free_text(quote.memo, DESCRIPTION_MOST)
    return fields


def _purchase_order(order: Invoice, context: Context) -> Json:
    fields = {
        "PurchaseOrderNumber": order.number,
        "Status": "BILLED" if order.state is State.CLOSED else AUTHORISED,
        **_head(order, context, order.reference),
    }
    if order.due_date is not None:
        fields["DeliveryDate"] = order.due_date.isoformat()
    if order.memo:
        fields["DeliveryInstructions"] = free_text(order.memo, DESCRIPTION_MOST)
    return fields


def _sales_receipt(receipt: Invoice, context: Context) -> Json:
    """Receive money for lines at once, into the bank (Xero: bank transactions)."""
    assert receipt.deposit_to is not None, "a receipt without an account is held back"
    account = context.refs.entry(ListKind.ACCOUNTS, receipt.deposit_to)
    return {
        "Type": "RECEIVE",
        "BankAccount": {"AccountID": account.id},
        "Status": AUTHORISED,
        **_head(receipt, context, receipt.number if receipt.numbered else receipt.reference),
    }


def _unearned(kept: Invoice, context: Context) -> Json:
    """Receive money for nothing yet: onto the account of its line, or as the customer's credit.

    An overpayment names no account: it stands in what customers owe (Xero: bank transactions).
    """
    return {
        **_sales_receipt(kept, context),
        "Type": _TYPES[kept.kind],
        "Reference": stamped_reference(kept.reference or kept.private_note, kept.ref),
    }


_FORMS = {
    Kind.INVOICES: _invoice,
    Kind.BILLS: _invoice,
    Kind.CREDIT_NOTES: _credit_note,
    Kind.WRITE_OFFS: _write_off,
    Kind.ESTIMATES: _quote,
    Kind.PURCHASE_ORDERS: _purchase_order,
    Kind.SALES_RECEIPTS: _sales_receipt,
    Kind.RETAINERS: _unearned,
    Kind.OVERPAYMENTS: _unearned,
}


def _refund(refund: Refund, context: Context) -> Json:
    """Take back what was billed by a credit note; the money follows by a payment of its own."""
    return {
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": refund.number,
        "Status": AUTHORISED,
        **_head(refund, context, refund.reference or refund.memo),
    }
