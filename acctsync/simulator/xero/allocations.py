"""Allocations: credit notes, overpayments and prepayments set off against invoices."""

from __future__ import annotations

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.fields import day, identifier, number, part, read, text
from acctsync.simulator.xero.refusals import Elsewhere, Invalid
from acctsync.simulator.xero.settling import SALES, document_of, left_of, resettle
from acctsync.simulator.xero.wire import midnight, new_id, rounded

_SPEC = {
    "Amount": number,
    "Date": day,  # read, and passed over: it is the later of the two documents' days
    "Invoice": part({"InvoiceID": identifier, "InvoiceNumber": text()}),
}


def allocated(books: Books, kind: str, credit: Entity, sent: Entity) -> Entity:
    """Set part of a credit off against an invoice."""
    fields = read(_SPEC, sent, "Allocation")
    invoice = _invoice(books, fields.get("Invoice", {}))
    amount = rounded(fields.get("Amount", ZERO))
    _check(kind, credit, invoice, fields)
    key = credit[f"{kind}ID"]
    date = max(credit["Date"], invoice["Date"])
    books.check_open(date)
    stored = books.put(
        "Allocation",
        {
            "AllocationID": new_id(),
            "SourceID": key,
            "DocumentID": invoice["InvoiceID"],
            "Amount": amount,
            "Date": date,
        },
    )
    resettle(books, kind, key)
    resettle(books, "Invoice", invoice["InvoiceID"])
    return stored


def _invoice(books: Books, named: Entity) -> Entity:
    found = books.find("Invoice", named.get("InvoiceID"))
    if found is None:
        found = books.one_by("Invoice", "InvoiceNumber", named.get("InvoiceNumber"))
    if found is None:
        raise Invalid("The invoice to allocate to could not be found.")
    return found


def _check(kind: str, credit: Entity, invoice: Entity, fields: Entity) -> None:
    words = {"CreditNote": "Credit Note"}.get(kind, kind)
    amount = rounded(fields.get("Amount", ZERO))
    problems: list[str] = []
    if credit["Status"] not in {"AUTHORISED", "PAID"}:
        problems.append(f"{words} must be Authorised to be allocated")
    if invoice["Status"] == "PAID":
        problems.append("The invoice you are trying to allocate to has already been paid off")
    elif invoice["Status"] != "AUTHORISED":
        problems.append("Allocations can only be made against Authorised documents")
    if amount <= 0:
        problems.append("The allocation amount must be greater than zero")
    if amount > left_of(credit) or amount > left_of(invoice):
        problems.append(f"{words} cannot be allocated as amount is greater than amount outstanding")
    if (credit["Type"] in SALES) != (invoice["Type"] in SALES):
        problems.append(f"{words} cannot be allocated to an incorrect invoice type")
    if credit["ContactID"] != invoice["ContactID"]:
        problems.append(f"{words} cannot be allocated to an invoice of another contact")
    if credit["CurrencyCode"] != invoice["CurrencyCode"]:
        problems.append(f"{words} cannot be allocated to an invoice in another currency")
    if problems:
        raise Invalid(*problems)


def taken_back(books: Books, kind: str, credit: Entity, key: str) -> Entity:
    """Take an allocation back; the answer is the one shape of its kind."""
    found = books.find("Allocation", key)
    if found is None or found["SourceID"] != credit[f"{kind}ID"]:
        raise Elsewhere
    books.check_open(found["Date"])
    books.remove("Allocation", found["AllocationID"])
    resettle(books, kind, found["SourceID"])
    resettle(books, "Invoice", found["DocumentID"])
    return {
        "AllocationId": found["AllocationID"],
        "Date": midnight(found["Date"]),
        "Invoice": [{"InvoiceID": found["DocumentID"]}],
        "IsDeleted": True,
    }


def allocation_shown(books: Books, allocation: Entity) -> Entity:
    """Show an allocation."""
    kind, _credit = document_of(books, allocation["SourceID"])
    invoice = books.get("Invoice", allocation["DocumentID"])
    return {
        "AllocationID": allocation["AllocationID"],
        "Amount": allocation["Amount"],
        "Date": midnight(allocation["Date"]),
        "Invoice": {
            "InvoiceID": invoice["InvoiceID"],
            "InvoiceNumber": invoice["InvoiceNumber"],
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "HasErrors": False,
            "IsDiscounted": False,
            "LineItems": [],
            "ValidationErrors": [],
        },
        kind: {f"{kind}ID": allocation["SourceID"], "ID": allocation["SourceID"], "LineItems": []},
        "IsDeleted": False,
        "ValidationErrors": [],
    }
