"""Credit notes: made like invoices, then set off against some or paid out."""

from __future__ import annotations

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.allocations import allocation_shown
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.contacts import used
from acctsync.simulator.xero.documents import (
    APPROVAL,
    HEAD,
    Side,
    check_move,
    check_number,
    check_total,
    document_view,
    head_shown,
    headed,
    lined,
    money_of,
    payment_stub,
)
from acctsync.simulator.xero.fields import choice, identifier, read, text
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.settling import allocations_of, is_settled, payments_of, resettle
from acctsync.simulator.xero.wire import midnight, new_id

SPEC = {
    **{name: reader for name, reader in HEAD.items() if name != "SentToContact"},  # read-only here
    "CreditNoteID": identifier,
    "Type": choice("ACCRECCREDIT", "ACCPAYCREDIT"),
    "CreditNoteNumber": text(255),
    "Status": choice(*APPROVAL),
}
_SIDES = {"ACCRECCREDIT": Side(sale=True), "ACCPAYCREDIT": Side(sale=False)}
_CREATED = {"DRAFT", "SUBMITTED", "AUTHORISED"}


def created(books: Books, sent: Entity, reply: Reply) -> Entity:
    """Add a credit note."""
    fields = read(SPEC, sent, "CreditNote")
    if "CreditNoteID" in fields and books.find("CreditNote", fields["CreditNoteID"]) is None:
        raise Invalid("An existing Credit Note with the specified CreditNoteID could not be found")
    fields.pop("CreditNoteID", None)
    if "Type" not in fields:
        raise Invalid("Credit Note Type must be specified")
    if fields.setdefault("Status", "DRAFT") not in _CREATED:
        raise Invalid("Credit Note not of valid status for creation")
    fresh = {"CreditNoteID": new_id(), "LineAmountTypes": "Exclusive", "SentToContact": False}
    return _stored(books, headed(books, fresh, fields, reply), fields, reply)


def updated(books: Books, old: Entity, sent: Entity, reply: Reply) -> Entity:
    """Change a credit note."""
    fields = read(SPEC, sent, "CreditNote")
    fields.pop("Type", None)
    status = fields.get("Status") or old["Status"]
    check_move(old["Status"], status, APPROVAL, "Credit Note")
    if status == "VOIDED":
        return _voided(books, old)
    if status == "DELETED":
        return books.put("CreditNote", {**old, "Status": "DELETED"})
    if is_settled(books, "CreditNote", old["CreditNoteID"]):
        raise Invalid(
            "This document cannot be edited as it has a payment or credit note allocated to it."
        )
    document = headed(books, old, {**fields, "Status": status}, reply)
    return _stored(books, document, fields, reply)


def _stored(books: Books, document: Entity, fields: Entity, reply: Reply) -> Entity:
    if document["Status"] != "DRAFT":
        books.check_open(document["Date"])
    document = _numbered(books, document)
    document = lined(books, document, fields, _SIDES[document["Type"]], reply)
    check_total(document)
    stored = books.put("CreditNote", {**document, "RemainingCredit": document["Total"]})
    sale = stored["Type"] == "ACCRECCREDIT"
    used(books, stored["ContactID"], "IsCustomer" if sale else "IsSupplier")
    return resettle(books, "CreditNote", stored["CreditNoteID"])


def _numbered(books: Books, document: Entity) -> Entity:
    if document["Type"] == "ACCPAYCREDIT":
        return {"CreditNoteNumber": "", **document}
    if not document.get("CreditNoteNumber"):
        return {**document, "CreditNoteNumber": books.next_number("CreditNote")}
    words = "Credit Note # must be unique."
    check_number(books, "CreditNote", "CreditNoteNumber", document, words)
    return document


def _voided(books: Books, old: Entity) -> Entity:
    books.check_open(old["Date"])
    if is_settled(books, "CreditNote", old["CreditNoteID"]):
        raise Invalid(
            "The status VOIDED cannot be applied to the credit note because it has payments or "
            "allocations."
        )
    return books.put("CreditNote", {**old, "Status": "VOIDED", "RemainingCredit": old["Total"] * 0})


def matched(books: Books, sent: Entity) -> Entity | None:
    """Find the credit note that an element of a POST means."""
    if sent.get("CreditNoteID"):
        return books.find("CreditNote", str(sent["CreditNoteID"]))
    number = str(sent.get("CreditNoteNumber") or "")
    bearers = books.by("CreditNote", "CreditNoteNumber", number) if number else []
    return next((one for one in bearers if one["Type"] == "ACCRECCREDIT"), None)


def shown(books: Books, note: Entity, depth: Depth, places: int) -> Entity:
    """Show a credit note."""
    key = note["CreditNoteID"]
    payments = [payment_stub(one) for one in payments_of(books, key)]
    allocations = [allocation_shown(books, one) for one in allocations_of(books, key)]
    body = {
        "CreditNoteID": key,
        "CreditNoteNumber": note["CreditNoteNumber"],
        "ID": key,
        "Type": note["Type"],
        "Reference": "",
        "Payments": payments,
        "RemainingCredit": money_of(note, "RemainingCredit"),
        "Allocations": allocations,
        "SentToContact": note["SentToContact"],
        "HasAttachments": False,
        "HasErrors": False,
        **head_shown(books, note, depth, places),
    }
    if note.get("FullyPaidOnDate"):
        body["FullyPaidOnDate"] = midnight(note["FullyPaidOnDate"])
    return body


CREDIT_NOTES = Resource(
    fine_prices=True,
    kind="CreditNote",
    plural="CreditNotes",
    scope="accounting.invoices",
    shown=shown,
    properties=(frozenset(SPEC) - {"CreditNoteNumber"})
    | {"RemainingCredit", "Total", "UpdatedDateUTC"},
    view=document_view,
    create=created,
    update=updated,
    match=matched,
    number="CreditNoteNumber",
    paging="asked",
    page_sizes=True,
    flagged="HasErrors",
    has_history=True,
)
