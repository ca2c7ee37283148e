"""Invoices and bills: created, approved, changed, voided; paid ones hardly change at all."""

from __future__ import annotations

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.contacts import used
from acctsync.simulator.xero.documents import (
    APPROVAL,
    HEAD,
    Side,
    check_move,
    check_number,
    check_total,
    check_url,
    day_shown,
    document_view,
    head_shown,
    headed,
    lined,
    money_of,
    payment_stub,
)
from acctsync.simulator.xero.fields import choice, day, identifier, read, text
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.settling import (
    allocations_to,
    document_of,
    is_settled,
    payments_of,
    resettle,
)
from acctsync.simulator.xero.wire import midnight, new_id

SPEC = {
    **HEAD,
    "InvoiceID": identifier,
    "Type": choice("ACCREC", "ACCPAY"),
    "InvoiceNumber": text(255),
    "DueDate": day,
    "ExpectedPaymentDate": day,
    "PlannedPaymentDate": day,
    "Status": choice(*APPROVAL),
    "Url": text(),
}
_SIDES = {"ACCREC": Side(sale=True, discounts=True), "ACCPAY": Side(sale=False)}
_CREATED = {"DRAFT", "SUBMITTED", "AUTHORISED"}
_NUMBER_TAKEN = "Invoice # must be unique."
_SETTLED = "This document cannot be edited as it has a payment or credit note allocated to it."
# What may still change once something was paid.
_FREE = {
    *("Reference", "DueDate", "InvoiceNumber", "BrandingThemeID", "Contact", "Url"),
    *("InvoiceID", "Status", "SentToContact"),
}
_FREE_ON_LINES = {"Description", "AccountCode", "AccountID", "Tracking", "ItemCode"}


def created(books: Books, sent: Entity, reply: Reply) -> Entity:
    """Add an invoice or a bill."""
    fields = read(SPEC, sent, "Invoice")
    fields.pop("InvoiceID", None)  # nobody chooses it
    if "Type" not in fields:
        raise Invalid("Invoice Type must be specified")
    status = fields.setdefault("Status", "DRAFT")
    if status not in _CREATED:
        raise Invalid("Invoice not of valid status for creation")
    fresh = {"InvoiceID": new_id(), "LineAmountTypes": "Exclusive", "SentToContact": False}
    document = headed(books, fresh, fields, reply)
    return _stored(books, document, fields, reply)


def updated(books: Books, old: Entity, sent: Entity, reply: Reply) -> Entity:
    """Change an invoice; a change of status alone leaves its lines as they are."""
    fields = read(SPEC, sent, "Invoice")
    fields.pop("Type", None)
    status = fields.get("Status") or old["Status"]
    check_move(old["Status"], status, APPROVAL, "Invoice")
    if status == "VOIDED":
        return _voided(books, old)
    if status == "DELETED":
        return books.put("Invoice", {**old, "Status": "DELETED"})
    books.check_open(old["Date"] if old["Status"] not in {"DRAFT", "SUBMITTED"} else None)
    if is_settled(books, "Invoice", old["InvoiceID"]):
        return _settled_updated(books, old, fields, reply)
    document = headed(books, old, {**fields, "Status": status}, reply)
    return _stored(books, document, fields, reply)


def _stored(books: Books, document: Entity, fields: Entity, reply: Reply) -> Entity:
    finished = document["Status"] != "DRAFT"
    if finished:
        books.check_open(document["Date"])
    if document["Status"] == "AUTHORISED" and not document.get("DueDate"):
        raise Invalid("The DueDate must be specified")
    check_url(document.get("Url"))
    document = _numbered(books, document)
    if fields.get("SentToContact") and document["Status"] != "AUTHORISED":
        document["SentToContact"] = False
    document = lined(books, document, fields, _SIDES[document["Type"]], reply)
    check_total(document)
    stored = books.put("Invoice", {**document, "AmountPaid": ZERO, "AmountCredited": ZERO})
    used(books, stored["ContactID"], "IsCustomer" if stored["Type"] == "ACCREC" else "IsSupplier")
    return resettle(books, "Invoice", stored["InvoiceID"])


def _numbered(books: Books, document: Entity) -> Entity:
    if document["Type"] == "ACCPAY":
        return {"InvoiceNumber": "", **document}
    if not document.get("InvoiceNumber"):
        return {**document, "InvoiceNumber": books.next_number("Invoice")}
    check_number(books, "Invoice", "InvoiceNumber", document, _NUMBER_TAKEN)
    return document


def _voided(books: Books, old: Entity) -> Entity:
    books.check_open(old["Date"])
    if is_settled(books, "Invoice", old["InvoiceID"]):
        raise Invalid(
            "The status VOIDED cannot be applied to the invoice because it has payments or "
            "credit notes allocated to it."
        )
    return books.put("Invoice", {**old, "Status": "VOIDED", "AmountDue": ZERO})


def _settled_updated(books: Books, old: Entity, fields: Entity, reply: Reply) -> Entity:
    if any(name not in _FREE and not _same(old, name, value) for name, value in fields.items()):
        raise Invalid(_SETTLED)
    document = headed(books, old, {k: v for k, v in fields.items() if k in _FREE}, reply)
    if document["ContactID"] != old["ContactID"] and allocations_to(books, old["InvoiceID"]):
        raise Invalid(_SETTLED)
    document["Status"] = old["Status"]
    if "LineItems" in fields:
        document["LineItems"] = _lines_over(books, old, fields["LineItems"], reply)
    check_url(document.get("Url"))
    document = _numbered(books, document)
    # Days and the sent mark of such a document do not move its UpdatedDateUTC.
    quiet = not fields.keys() - {"InvoiceID", "DueDate", "SentToContact", "Status"}
    return books.put("Invoice", document, quiet=quiet)


def _same(old: Entity, name: str, value: object) -> bool:
    # Lines are compared one by one further on.
    return name == "LineItems" or old.get(name) == value


def _lines_over(books: Books, old: Entity, sent: list[Entity], reply: Reply) -> list[Entity]:
    trial: list[Entity] = lined(books, old, {"LineItems": sent}, _SIDES[old["Type"]], reply)[
        "LineItems"
    ]
    if len(trial) != len(old["LineItems"]):
        raise Invalid(_SETTLED)
    for before, after in zip(old["LineItems"], trial, strict=True):
        names = before.keys() | after.keys()
        if any(before.get(n) != after.get(n) for n in names - _FREE_ON_LINES):
            raise Invalid(_SETTLED)
    return trial


def matched(books: Books, sent: Entity) -> Entity | None:
    """Find the invoice that an element of a POST means: by id, or a sales invoice by number."""
    if sent.get("InvoiceID"):
        found = books.find("Invoice", str(sent["InvoiceID"]))
        if found is None:
            raise Invalid("The invoice with the supplied InvoiceID could not be found.")
        return found
    number = str(sent.get("InvoiceNumber") or "")
    bearers = books.by("Invoice", "InvoiceNumber", number) if number else []
    kinds = {sent["Type"]} if sent.get("Type") in _SIDES else set(_SIDES)
    sales = [one for one in bearers if one["Type"] == "ACCREC" and "ACCREC" in kinds]
    living = [one for one in sales if one["Status"] not in {"VOIDED", "DELETED"}]
    if not living and books.settings.number_reuse == "voided":
        return None
    return next(iter(living or sales), None)


# ---------------------------------------------------------------------- showing


def shown(books: Books, invoice: Entity, depth: Depth, places: int) -> Entity:
    """Show an invoice."""
    body = {
        "Type": invoice["Type"],
        "InvoiceID": invoice["InvoiceID"],
        "InvoiceNumber": invoice["InvoiceNumber"],
        "Reference": "",
        **_settlement(books, invoice, depth),
        "AmountDue": money_of(invoice, "AmountDue"),
        "AmountPaid": money_of(invoice, "AmountPaid"),
        "AmountCredited": money_of(invoice, "AmountCredited"),
        "SentToContact": invoice["SentToContact"],
        "IsDiscounted": bool(invoice.get("TotalDiscount")),
        "HasErrors": False,
        **head_shown(books, invoice, depth, places),
        **day_shown(invoice, "DueDate"),
    }
    if depth is not Depth.SUMMARY:
        body["HasAttachments"] = False
    if invoice.get("Url"):
        body["Url"] = invoice["Url"]
    if invoice.get("FullyPaidOnDate"):
        body["FullyPaidOnDate"] = midnight(invoice["FullyPaidOnDate"])
    return body


def _settlement(books: Books, invoice: Entity, depth: Depth) -> Entity:
    found: Entity = {"CreditNotes": [], "Prepayments": [], "Overpayments": []}
    for one in allocations_to(books, invoice["InvoiceID"]):
        kind, credit = document_of(books, one["SourceID"])
        line = {
            f"{kind}ID": one["SourceID"],
            "ID": one["SourceID"],
            "AppliedAmount": one["Amount"],
            "Date": midnight(one["Date"]),
            "Total": credit["Total"],
            "LineItems": [],
        }
        if kind == "CreditNote":
            line["CreditNoteNumber"] = credit["CreditNoteNumber"]
        found[f"{kind}s"].append(line)
    if depth is Depth.SUMMARY:
        return {}
    payments = payments_of(books, invoice["InvoiceID"])
    return {"Payments": [payment_stub(one) for one in payments], **found}


INVOICES = Resource(
    fine_prices=True,
    kind="Invoice",
    plural="Invoices",
    scope="accounting.invoices",
    shown=shown,
    properties=frozenset(SPEC)
    | {"AmountDue", "AmountPaid", "AmountCredited", "Total", "SubTotal", "UpdatedDateUTC"},
    view=document_view,
    create=created,
    update=updated,
    match=matched,
    number="InvoiceNumber",
    paging="asked",
    page_sizes=True,
    flagged="HasErrors",
    has_history=True,
)
