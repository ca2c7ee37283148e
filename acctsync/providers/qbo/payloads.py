"""Documents → the bytes of one write; pure, given the company's settings.

Every document carries a stamp in its private note, `[acctsync KIND/ID]`, so that state can be
rebuilt from the books.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never
from urllib.parse import quote

from acctsync.documents import (
    LABELS,
    PARTIES,
    PURCHASES,
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
    Link,
    Listed,
    ListKind,
    Note,
    Owed,
    Payment,
    Payout,
    Reference,
    Refund,
    RemoteDocument,
    Repayment,
    State,
    UnappliedPayment,
)
from acctsync.money import ZERO
from acctsync.plan.model import Action, Change
from acctsync.plan.references import LABEL_LISTS
from acctsync.providers.encoding import Json, encode
from acctsync.providers.port import Exchange, Refs, Write
from acctsync.providers.qbo.company import Settings
from acctsync.providers.qbo.lines import form, line_fields
from acctsync.providers.qbo.matching import written_number
from acctsync.providers.qbo.posting import Posting
from acctsync.providers.qbo.purchases import bought_fields
from acctsync.providers.qbo.text import (
    COMPANY_NAME_MOST,
    DESCRIPTION_MOST,
    MEMO_MOST,
    PHONE_MOST,
    SKU_MOST,
    VENDOR_MEMO_MOST,
    display_name,
    email_fits,
    free_text,
    redated_note,
    short_number,
    stamped_note,
)
from acctsync.values import dataclass

ENTITIES: dict[Kind, str] = {
    Kind.CUSTOMERS: "Customer",
    Kind.VENDORS: "Vendor",
    Kind.ITEMS: "Item",
    Kind.INVOICES: "Invoice",
    Kind.ESTIMATES: "Estimate",
    Kind.CREDIT_NOTES: "CreditMemo",
    Kind.SALES_RECEIPTS: "SalesReceipt",
    Kind.PURCHASE_ORDERS: "PurchaseOrder",
    Kind.BILLS: "Bill",
    Kind.PAYMENTS: "Payment",
    Kind.REFUNDS: "RefundReceipt",
    Kind.CREDIT_ALLOCATIONS: "Payment",
    Kind.FEES: "Purchase",
    Kind.UNAPPLIED_PAYMENTS: "Payment",
    Kind.DELIVERIES: "Invoice",
    Kind.PAYOUTS: "Transfer",
    Kind.PAYOUT_FEES: "Purchase",
    Kind.RETAINERS: "SalesReceipt",
    Kind.WRITE_OFFS: "CreditMemo",
    Kind.WRITE_OFF_ALLOCATIONS: "Payment",
    Kind.CLASSES: "Class",
    Kind.LOCATIONS: "Department",
}
BATCH_MOST = 30
KEY_MOST = 36  # Intuit: learn basic field definitions: requestid of a batch
MINOR_VERSION = 75

# Intuit documents no void for these: taking one back means deleting it. A credit that is set off is
# a payment of nothing, which a void would leave standing.
DELETED_INSTEAD = frozenset(
    {
        *(Kind.ESTIMATES, Kind.CREDIT_NOTES, Kind.REFUNDS, Kind.CREDIT_ALLOCATIONS, Kind.FEES),
        *(Kind.PAYOUTS, Kind.PAYOUT_FEES, Kind.WRITE_OFFS, Kind.WRITE_OFF_ALLOCATIONS),
        *PURCHASES,
    }
)
# Names are only made inactive; the others are no documents of their own.
_DELETABLE = frozenset(ENTITIES) - {
    *(*PARTIES, *LABELS, Kind.ITEMS, Kind.UNAPPLIED_PAYMENTS, Kind.DELIVERIES)
}
_VOIDED_ALONE = {
    Kind.INVOICES: "/invoice?operation=void",
    Kind.PAYMENTS: "/payment?operation=update&include=void",
    Kind.SALES_RECEIPTS: "/salesreceipt?operation=update&include=void",
    Kind.RETAINERS: "/salesreceipt?operation=update&include=void",
}
_ESTIMATE_STATES = {
    State.PENDING: "Pending",
    State.ACCEPTED: "Accepted",
    State.CLOSED: "Closed",
    State.REJECTED: "Rejected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a document's bytes depend on besides the document."""

    refs: Refs
    known: Settings
    posting: Posting | None = None


def write(change: Change, context: Context) -> Write:
    """Build one write."""
    document = change.document
    if isinstance(document, Delivery):
        return _mail(document, context)
    if change.action is Action.VOID:
        return _void(change)
    if isinstance(document, UnappliedPayment):
        return _take_off(change, document)
    if isinstance(document, Customer) and change.action is Action.UPDATE:
        return _renew_contact(change, document, context)
    fields = _booked(_fields(document, context), change)
    operation = "create"
    if change.action is Action.CREATE and isinstance(document, Invoice):
        fields |= _online(document)
    if change.action is Action.UPDATE:
        operation = "update"
        fields = {**_identity(change), **fields, **_cleared(document, fields)}
    body = encode({"operation": operation, ENTITIES[document.kind]: fields})
    return Write(action=change.action, ref=document.ref, body=body)


def deletion(ref: DocumentRef, remote: RemoteDocument) -> Write | None:
    """Build the deletion of a transaction (Intuit: explore the API); names can't be deleted."""
    if ref.kind not in _DELETABLE:
        return None
    bare: Json = {"Id": remote.id, "SyncToken": remote.version}
    body = encode({"operation": "delete", ENTITIES[ref.kind]: bare})
    return Write(action=Action.UNDO, ref=ref, body=body)


def exchange(writes: Sequence[Write], key: str, company_id: str) -> Exchange:
    """Put writes into one exchange; the same writes and key give the same bytes."""
    _check(writes, key)
    kinds = tuple(each.ref.kind for each in writes)
    if writes[0].alone:
        path = writes[0].path or _VOIDED_ALONE[kinds[0]]
        return Exchange(
            key=key, target=target(company_id, path, key), body=writes[0].body, kinds=kinds
        )
    items = b",".join(
        b'{"bId":"%d",%b' % (number, each.body[1:]) for number, each in enumerate(writes, 1)
    )
    return Exchange(
        key=key,
        target=target(company_id, "/batch", key),
        body=b'{"BatchItemRequest":[%b]}' % items,
        kinds=kinds,
    )


def target(company_id: str, path: str, key: str = "") -> str:
    """Write the exact path and query of a call."""
    sign = "&" if "?" in path else "?"
    requested = f"&requestid={key}" if key else ""
    return f"/v3/company/{company_id}{path}{sign}minorversion={MINOR_VERSION}{requested}"


def _check(writes: Sequence[Write], key: str) -> None:
    alone = any(each.alone for each in writes)
    if not 0 < len(writes) <= (1 if alone else BATCH_MOST):
        raise ValueError(f"{len(writes)} writes don't fit one exchange")
    if not (0 < len(key) <= KEY_MOST and key.replace("-", "").isalnum() and key.isascii()):
        raise ValueError("the key must be 1 to 36 letters, digits and dashes")


def _booked(fields: Json, change: Change) -> Json:
    """Date a document to another day than its own, which its note keeps."""
    document = change.document
    if change.booked is None or isinstance(document, Listed | Owed):
        return fields
    note = redated_note(str(fields["PrivateNote"]), document.date)
    return {**fields, "TxnDate": change.booked.isoformat(), "PrivateNote": note}


def _renew_contact(change: Change, party: Customer, context: Context) -> Write:
    """Renew what the export has of a party's contact data; its name and all else stay."""
    fields = _contact(party, latin_only=context.known.domestic)
    body = encode({"operation": "update", ENTITIES[party.kind]: {**_identity(change), **fields}})
    return Write(action=change.action, ref=change.ref, body=body)


def _take_off(change: Change, document: UnappliedPayment) -> Write:
    """Take a payment off invoices: its other lines go over as they are, and only they stay.

    Intuit: Payment: lines are all or nothing. A credit note gives no more than is left to settle,
    or its credit would become money.
    """
    payment = change.remote
    assert payment is not None, "a payment is read before it is taken off anything"
    kept = [each for each in payment.links if each.remote_id not in document.invoices]
    fields: Json = {
        **_identity(change),
        "CustomerRef": {"value": payment.customer},
        "TotalAmt": payment.total,
        "Line": [
            {"Amount": amount, "LinkedTxn": [{"TxnId": each.remote_id, "TxnType": each.word}]}
            for each, amount in _given(kept)
        ],
    }
    body = encode({"operation": "update", ENTITIES[document.kind]: fields})
    return Write(action=change.action, ref=document.ref, body=body)


def _given(links: Sequence[Link]) -> list[tuple[Link, Decimal]]:
    """Cut what credit notes give to what the other lines take."""
    left = sum((each.amount or ZERO for each in links if not _gives(each)), ZERO)
    kept = []
    for link in links:
        amount = link.amount or ZERO
        if _gives(link):
            amount = min(amount, left)
            left -= amount
        if amount:
            kept.append((link, amount))
    return kept


def _gives(link: Link) -> bool:
    return link.kind is Kind.CREDIT_NOTES


def _mail(delivery: Delivery, context: Context) -> Write:
    """Have an invoice e-mailed (Intuit: send an invoice); the address is noted on it."""
    id_ = context.refs.remote_id(delivery.ref)
    path = f"/invoice/{id_}/send?sendTo={quote(delivery.address, safe='')}"
    return Write(action=Action.CREATE, ref=delivery.ref, body=b"", alone=True, path=path)


def _fields(  # noqa: C901, PLR0911, PLR0912 - one per kind
    document: Document, context: Context
) -> Json:
    match document:
        case Customer():
            return _party(document, context)
        case Item():
            return _item(document, context)
        case Label():
            return _label(document, context)
        case Invoice() if document.kind in PURCHASES:
            return _purchase(document, context)
        case Invoice():
            return _invoice(document, context)
        case Payment():
            return _payment(document, context)
        case Refund():
            return _refund(document, context)
        case CreditAllocation():
            return _allocation(document, context)
        case Fee():
            return _fee(document, context)
        case UnappliedPayment() | Delivery():
            raise ValueError("it is written by a call of its own")
        case Repayment():
            raise ValueError("a refund receipt has its money in it")
        case Note():
            raise ValueError("nothing can be noted in a history there")
        case Payout():
            return _payout(document, context)
        case _:
            assert_never(document)


def _party(party: Customer, context: Context) -> Json:
    latin_only = context.known.domestic
    fields: Json = {"DisplayName": display_name(party.name, latin_only=latin_only)}
    fields.update(_contact(party, latin_only=latin_only))
    if party.parent and party.kind is Kind.CUSTOMERS:
        parent = context.refs.entry(ListKind.CUSTOMERS, Reference(name=party.parent))
        fields.update(ParentRef={"value": parent.id}, Job=True)
    if party.currency and context.known.multicurrency:
        fields["CurrencyRef"] = {"value": party.currency}
    return fields


def _contact(party: Customer, *, latin_only: bool) -> Json:
    fields: Json = {}
    company = free_text(party.company, COMPANY_NAME_MOST, latin_only=latin_only)
    if company:
        fields["CompanyName"] = company
    if email_fits(party.email):
        fields["PrimaryEmailAddr"] = {"Address": party.email}
    phone = free_text(party.phone, PHONE_MOST, latin_only=latin_only)
    if phone:
        fields["PrimaryPhone"] = {"FreeFormNumber": phone}
    return fields


def _item(item: Item, context: Context) -> Json:
    """Write a service item (Intuit: Item); only a category can stand above it."""
    assert item.account is not None, "an item without an income account is held back"
    latin_only = context.known.domestic
    account = context.refs.entry(ListKind.ACCOUNTS, item.account)
    fields: Json = {
        "Name": display_name(item.own_name, latin_only=latin_only),
        "Type": "Service",
        "IncomeAccountRef": {"value": account.id},
    }
    if item.parent:
        parent = context.refs.parent(ListKind.ITEMS, item.parent)
        fields.update(SubItem=True, ParentRef={"value": parent.id})
    if item.expense_account is not None:
        expense = context.refs.entry(ListKind.ACCOUNTS, item.expense_account)
        fields["ExpenseAccountRef"] = {"value": expense.id}
    description = free_text(item.description, DESCRIPTION_MOST, latin_only=latin_only)
    if description:
        fields["Description"] = description
    sku = free_text(item.sku, SKU_MOST, latin_only=latin_only)
    if sku:
        fields["Sku"] = sku
    if item.unit_price is not None:
        fields["UnitPrice"] = item.unit_price
    return fields


def _label(label: Label, context: Context) -> Json:
    """Write a class or department, which is what the API calls a location."""
    fields: Json = {"Name": display_name(label.own_name, latin_only=context.known.domestic)}
    if label.parent:
        listed = LABEL_LISTS[label.kind]
        parent = context.refs.entry(listed, Reference(name=label.parent))
        fields["ParentRef"] = {"value": parent.id}
    return fields


def _invoice(invoice: Invoice, context: Context) -> Json:
    known = context.known
    fields: Json = {
        "CustomerRef": {"value": context.refs.customer_of(invoice.ref)},
        **_numbered(invoice),
        "TxnDate": invoice.date.isoformat(),
    }
    if invoice.kind is Kind.ESTIMATES:
        if invoice.expires is not None:
            fields["ExpirationDate"] = invoice.expires.isoformat()
        if invoice.state in _ESTIMATE_STATES:
            fields["TxnStatus"] = _ESTIMATE_STATES[invoice.state]
    elif invoice.due_date is not None and invoice.kind is Kind.INVOICES:
        fields["DueDate"] = invoice.due_date.isoformat()
    if invoice.terms is not None and invoice.kind is Kind.INVOICES:
        fields["SalesTermRef"] = {"value": context.refs.entry(ListKind.TERMS, invoice.terms).id}
    fields.update(_money_fields(invoice, context))
    fields.update(_currency(invoice, known))
    notes = [invoice.private_note, _called(invoice), _said(invoice.reference), _sent(invoice)]
    fields["PrivateNote"] = _note(invoice.ref, notes, known)
    fields.update(_memo(invoice.memo, known))
    fields.update(line_fields(form(invoice), context.refs, known, context.posting))
    return fields


def _online(invoice: Invoice) -> Json:
    """Let an invoice be paid online, by card or from a bank account (Intuit: Invoice).

    Only as it is created: what somebody switches in QuickBooks later stays.
    """
    if not invoice.payable_online:
        return {}
    return {"AllowOnlineCreditCardPayment": True, "AllowOnlineACHPayment": True}


def _numbered(invoice: Invoice) -> Json:
    """Write the number, unless the books are to give it one."""
    if not invoice.numbered:
        return {}
    return {"DocNumber": written_number(invoice.kind, invoice.number, invoice.ref.id)}


def _purchase(purchase: Invoice, context: Context) -> Json:
    known = context.known
    fields: Json = {
        "VendorRef": {"value": context.refs.customer_of(purchase.ref)},
        "DocNumber": purchase.number,
        "TxnDate": purchase.date.isoformat(),
    }
    if purchase.due_date is not None:
        fields["DueDate"] = purchase.due_date.isoformat()
    if purchase.terms is not None:
        fields["SalesTermRef"] = {"value": context.refs.entry(ListKind.TERMS, purchase.terms).id}
    if purchase.kind is Kind.PURCHASE_ORDERS:
        fields["POStatus"] = "Closed" if purchase.state is State.CLOSED else "Open"
        if purchase.memo:
            fields["Memo"] = free_text(purchase.memo, VENDOR_MEMO_MOST, latin_only=known.domestic)
    fields.update(_currency(purchase, known))
    said = purchase.memo if purchase.kind is Kind.BILLS else ""
    notes = [purchase.private_note, said, _said(purchase.reference), _sent(purchase)]
    fields["PrivateNote"] = _note(purchase.ref, notes, known)
    fields.update(bought_fields(form(purchase), context.refs, known))
    return fields


def _payment(payment: Payment, context: Context) -> Json:
    fields: Json = {
        "CustomerRef": {"value": context.refs.customer_of(payment.ref)},
        "TotalAmt": payment.amount,
        "TxnDate": payment.date.isoformat(),
        "PaymentRefNum": short_number(payment.ref.id),
    }
    fields.update(_money_fields(payment, context))
    fields.update(_currency(payment, context.known))
    notes = [payment.private_note, payment.memo, _said(payment.reference)]
    fields["PrivateNote"] = _note(payment.ref, notes, context.known)
    fields["Line"] = [
        {"Amount": part.amount, "LinkedTxn": [{"TxnId": id_, "TxnType": "Invoice"}]}
        for part in payment.allocations
        if (id_ := context.refs.allocated(payment.ref, part.wanted))
    ]
    return fields


def _allocation(allocation: CreditAllocation, context: Context) -> Json:
    """Set a credit off by a payment of nothing that links both (Intuit: linked transactions)."""
    linked = (
        (context.refs.allocated(allocation.ref, allocation.wanted), "Invoice"),
        (context.refs.remote_id(allocation.credit), "CreditMemo"),
    )
    return {
        "CustomerRef": {"value": context.refs.customer_of(allocation.ref)},
        "TotalAmt": ZERO,
        "TxnDate": allocation.date.isoformat(),
        "PaymentRefNum": short_number(allocation.ref.id),
        **_currency(allocation, context.known),
        "PrivateNote": _note(allocation.ref, [], context.known),
        "Line": [
            {"Amount": allocation.amount, "LinkedTxn": [{"TxnId": id_, "TxnType": kind}]}
            for id_, kind in linked
        ],
    }


def _fee(fee: Fee, context: Context) -> Json:
    """Write the fee as an expense out of the account that the payment went to."""
    paid_from, detail = fee.paid_from, {}
    if fee.item is not None:
        kind = "ItemBasedExpenseLineDetail"
        detail["ItemRef"] = {"value": context.refs.entry(ListKind.ITEMS, fee.item).id}
    else:
        kind = "AccountBasedExpenseLineDetail"
        detail["AccountRef"] = {"value": context.refs.entry(ListKind.ACCOUNTS, fee.account).id}
    assert paid_from is not None, "a fee without an account to leave from is held back"
    fields: Json = {
        "AccountRef": {"value": context.refs.entry(ListKind.ACCOUNTS, paid_from).id},
        "PaymentType": "Cash",
        "TxnDate": fee.date.isoformat(),
        "DocNumber": short_number(fee.ref.id),
        **_currency(fee, context.known),
        "PrivateNote": _note(fee.ref, [], context.known),
        "Line": [{"Amount": fee.amount, "DetailType": kind, kind: detail}],
    }
    processor = context.refs.customer_of(fee.ref)
    if processor:
        fields["EntityRef"] = {"value": processor, "type": "Vendor"}
    if fee.location is not None and context.known.locations:
        department = context.refs.entry(ListKind.LOCATIONS, fee.location)
        fields["DepartmentRef"] = {"value": department.id}
    return fields


def _payout(payout: Payout, context: Context) -> Json:
    """Write a payout as a transfer; the amount is never negative (Intuit: Transfer)."""
    left, entered = (
        {"value": context.refs.entry(ListKind.ACCOUNTS, each).id} for each in payout.route
    )
    number = f"Payout {payout.number}" if payout.number != payout.ref.id else ""
    notes = [payout.private_note, payout.memo, number, _said(payout.reference)]
    return {
        "FromAccountRef": left,
        "ToAccountRef": entered,
        "Amount": abs(payout.amount),
        "TxnDate": payout.date.isoformat(),
        **_currency(payout, context.known),
        "PrivateNote": _note(payout.ref, notes, context.known),
    }


def _refund(refund: Refund, context: Context) -> Json:
    known = context.known
    fields: Json = {
        "DocNumber": short_number(refund.ref.id),
        "TxnDate": refund.date.isoformat(),
    }
    customer = context.refs.customer_of(refund.ref)
    if customer:
        fields["CustomerRef"] = {"value": customer}
    fields.update(_money_fields(refund, context))
    if "DepositToAccountRef" not in fields:
        fields["DepositToAccountRef"] = {"value": known.undeposited_funds}
    fields.update(_currency(refund, known))
    fields["PrivateNote"] = _note(refund.ref, [refund.private_note, _said(refund.reference)], known)
    fields.update(_memo(refund.memo, known))
    fields.update(line_fields(form(refund), context.refs, known, context.posting))
    return fields


def _money_fields(document: Invoice | Payment | Refund, context: Context) -> Json:
    fields: Json = {}
    if document.method is not None:
        method = context.refs.entry(ListKind.PAYMENT_METHODS, document.method)
        fields["PaymentMethodRef"] = {"value": method.id}
    if document.deposit_to is not None:
        account = context.refs.entry(ListKind.ACCOUNTS, document.deposit_to)
        fields["DepositToAccountRef"] = {"value": account.id}
    return fields


def _currency(
    document: Invoice | Payment | Refund | CreditAllocation | Fee | Payout, known: Settings
) -> Json:
    """Name the currency where the company keeps several (Intuit: Preferences, CurrencyPrefs)."""
    if not known.multicurrency:
        return {}
    fields: Json = {"CurrencyRef": {"value": document.currency}}
    rate = None if isinstance(document, Refund) else document.exchange_rate
    if rate is not None and document.currency != known.home_currency:
        fields["ExchangeRate"] = rate
    return fields


def _note(ref: DocumentRef, parts: Sequence[str], known: Settings) -> str:
    text = " | ".join(part for part in parts if part)
    return stamped_note(text, ref, latin_only=known.domestic)


def _said(reference: str) -> str:
    return f"Reference {reference}" if reference else ""


def _called(invoice: Invoice) -> str:
    """Say what the billing system calls a document that QuickBooks numbers itself."""
    told = invoice.numbered or invoice.number == invoice.ref.id
    return "" if told else f"Number {invoice.number}"


def _sent(document: Invoice) -> str:
    """Say when the billing system sent it: QuickBooks' own field tells only of its own mails."""
    return f"Sent {document.sent.isoformat()}" if document.sent is not None else ""


def _memo(memo: str, known: Settings) -> Json:
    text = free_text(memo, MEMO_MOST, latin_only=known.domestic) if memo else ""
    return {"CustomerMemo": {"value": text}} if text else {}


def _identity(change: Change) -> Json:
    return {"Id": _remote_id(change), "SyncToken": _version(change), "sparse": True}


def _cleared(document: Document, fields: Json) -> Json:
    """Blank what a former version may have filled: a sparse update keeps what it leaves out."""
    if document.kind is Kind.PURCHASE_ORDERS:
        return {} if "Memo" in fields else {"Memo": ""}
    if document.kind is Kind.BILLS:
        return {}
    if isinstance(document, Invoice | Refund) and "CustomerMemo" not in fields:
        return {"CustomerMemo": {"value": ""}}
    return {}


def _void(change: Change) -> Write:
    kind, ref = change.document.kind, change.ref
    bare: Json = {"Id": _remote_id(change), "SyncToken": _version(change)}
    if kind in _VOIDED_ALONE:
        sparse: Json = {} if kind is Kind.INVOICES else {"sparse": True}
        return Write(action=Action.VOID, ref=ref, body=encode({**bare, **sparse}), alone=True)
    if kind in DELETED_INSTEAD:
        body = encode({"operation": "delete", ENTITIES[kind]: bare})
    else:
        inactive = {**bare, "sparse": True, "Active": False}
        body = encode({"operation": "update", ENTITIES[kind]: inactive})
    return Write(action=Action.VOID, ref=ref, body=body)


def _remote_id(change: Change) -> str:
    if change.remote is not None:
        return change.remote.id
    if change.known is not None and change.known.remote_id:
        return change.known.remote_id
    raise ValueError(f"{change.ref.id} has no id in the books")


def _version(change: Change) -> str:
    if change.remote is not None:
        return change.remote.version
    return change.known.remote_version if change.known is not None else ""
