"""Quotes and purchase orders: papers that post nothing, with numbers and statuses of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.contacts import matched as contact_matched
from acctsync.simulator.xero.documents import (
    HEAD,
    Side,
    check_move,
    check_number,
    day_shown,
    document_view,
    head_shown,
    headed,
    lined,
    money_of,
)
from acctsync.simulator.xero.fields import choice, day, identifier, raw_parts, read, text
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.wire import new_id

# Quotes spell these in capitals.
_QUOTE_AMOUNTS = {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}
# DRAFT and ACCEPTED to DECLINED were refused on a live organisation; the rest follows the screens.
_QUOTE_MOVES: Mapping[str, frozenset[str]] = {
    "DRAFT": frozenset({"DRAFT", "SENT", "DELETED"}),
    "SENT": frozenset({"SENT", "DRAFT", "ACCEPTED", "DECLINED", "INVOICED", "DELETED"}),
    "ACCEPTED": frozenset({"ACCEPTED", "DRAFT", "SENT", "INVOICED", "DELETED"}),
    "DECLINED": frozenset({"DECLINED", "DRAFT", "SENT", "DELETED"}),
    "INVOICED": frozenset({"INVOICED", "DELETED"}),
    "DELETED": frozenset(),
}
_QUOTE = {
    **{name: HEAD[name] for name in ("Contact", "Date", "CurrencyCode", "CurrencyRate")},
    "BrandingThemeID": identifier,
    "LineItems": raw_parts,
    "LineAmountTypes": choice(*_QUOTE_AMOUNTS),
    "QuoteID": identifier,
    "QuoteNumber": text(255),
    "Reference": text(4000),
    "Title": text(100),
    "Summary": text(3000),
    "Terms": text(4000),
    "ExpiryDate": day,
    "Status": choice(*_QUOTE_MOVES),
}
# What an update that says nothing of them clears.
_CLEARED = ("Title", "Summary", "Terms")
_ORDER_MOVES: Mapping[str, frozenset[str]] = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "BILLED", "DELETED"}),
    "BILLED": frozenset({"BILLED", "AUTHORISED", "DELETED"}),
    "DELETED": frozenset(),
}
_ORDER = {
    **HEAD,
    "PurchaseOrderID": identifier,
    "PurchaseOrderNumber": text(),
    "DeliveryDate": day,
    "ExpectedArrivalDate": day,
    "DeliveryAddress": text(),
    "AttentionTo": text(),
    "Telephone": text(),
    "DeliveryInstructions": text(500),
    "Status": choice(*_ORDER_MOVES),
}
_ORDER_EXTRAS = (
    *("DeliveryAddress", "AttentionTo", "Telephone", "DeliveryInstructions", "ExpectedArrivalDate"),
)
_PRICE_PLACES = 4
_SENT_TOO_EARLY = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."


# ---------------------------------------------------------------------- quotes


def quote_created(books: Books, sent: Entity, reply: Reply) -> Entity:
    """Add a quote."""
    fields = read(_QUOTE, sent, "Quote")
    _complete(fields)
    status = fields.setdefault("Status", "DRAFT")
    if status not in {"DRAFT", "SENT"}:
        raise Invalid("Quote not of valid status for creation")
    fields.pop("QuoteID", None)
    return _quote_stored(books, {"QuoteID": new_id()}, fields, reply)


def quote_updated(books: Books, old: Entity, sent: Entity, reply: Reply) -> Entity:
    """Change a quote; its title, summary and terms go if they are not sent again."""
    fields = read(_QUOTE, sent, "Quote")
    _complete(fields)
    check_move(old["Status"], fields.get("Status") or old["Status"], _QUOTE_MOVES, "Quote")
    kept = {
        name: value for name, value in old.items() if name not in {*_CLEARED, "LineAmountTypes"}
    }
    return _quote_stored(books, kept, fields, reply)


def _complete(fields: Entity) -> None:
    problems = [f"{name} must be specified" for name in ("Contact", "Date") if name not in fields]
    if not fields.get("LineItems"):
        problems.append("One or more line items must be specified")
    if problems:
        raise Invalid(*problems)


def _quote_stored(books: Books, old: Entity, fields: Entity, reply: Reply) -> Entity:
    amounts = _QUOTE_AMOUNTS[fields.get("LineAmountTypes", "EXCLUSIVE")]
    document = headed(books, old, {**fields, "LineAmountTypes": amounts}, reply)
    if not document.get("QuoteNumber"):
        document["QuoteNumber"] = books.next_number("Quote")
    check_number(books, "Quote", "QuoteNumber", document, "Quote Number must be unique")
    side = Side(sale=True, discounts=True)
    drafted = lined(books, {**document, "Status": "DRAFT"}, fields, side, reply)
    return books.put("Quote", {**drafted, "Status": document["Status"]})


def quote_matched(books: Books, sent: Entity) -> Entity | None:
    """Find the quote that an element of a POST means."""
    if sent.get("QuoteID"):
        return books.find("Quote", str(sent["QuoteID"]))
    return books.one_by("Quote", "QuoteNumber", str(sent.get("QuoteNumber") or ""))


def quote_shown(books: Books, quote: Entity, depth: Depth, places: int) -> Entity:
    """Show a quote."""
    body = {
        "QuoteID": quote["QuoteID"],
        "QuoteNumber": quote["QuoteNumber"],
        **{name: quote.get(name, "") for name in _CLEARED},
        "TotalDiscount": money_of(quote, "TotalDiscount"),
        **head_shown(books, quote, depth, places),
        **day_shown(quote, "ExpiryDate"),
        "LineAmountTypes": quote["LineAmountTypes"].upper(),
    }
    contact = books.get("Contact", quote["ContactID"])
    names = ("ContactID", "Name", "EmailAddress")
    return {**body, "Contact": {name: contact.get(name, "") for name in names}}


# ---------------------------------------------------------------------- purchase orders


def order_created(books: Books, sent: Entity, reply: Reply) -> Entity:
    """Add a purchase order."""
    fields = read(_ORDER, sent, "PurchaseOrder")
    status = fields.setdefault("Status", "DRAFT")
    if status not in {"DRAFT", "SUBMITTED", "AUTHORISED"}:
        raise Invalid("Purchase Order not of valid status for creation")
    fields.pop("PurchaseOrderID", None)
    fresh = {"PurchaseOrderID": new_id(), "LineAmountTypes": "Exclusive", "SentToContact": False}
    return _order_stored(books, fresh, fields, reply)


def order_updated(books: Books, old: Entity, sent: Entity, reply: Reply) -> Entity:
    """Change a purchase order; taking it back is the status DELETED."""
    fields = read(_ORDER, sent, "PurchaseOrder")
    status = fields.get("Status") or old["Status"]
    check_move(old["Status"], status, _ORDER_MOVES, "Purchase Order")
    if status == "DELETED":
        if old["Status"] == "AUTHORISED" and not books.settings.delete_authorised_order:
            raise Invalid("Purchase Order not of valid status for modification")
        return books.put("PurchaseOrder", {**old, "Status": "DELETED"})
    return _order_stored(books, old, fields, reply)


def _order_stored(books: Books, old: Entity, fields: Entity, reply: Reply) -> Entity:
    if "Contact" in fields:
        _known(books, fields["Contact"])
    sent_mark = fields.get("SentToContact", old.get("SentToContact", False))
    document = headed(books, old, fields, reply)
    if sent_mark and document["Status"] not in {"AUTHORISED", "BILLED"}:
        reply.warnings.append(_SENT_TOO_EARLY)
        document["SentToContact"] = False
    if not document.get("PurchaseOrderNumber"):
        document["PurchaseOrderNumber"] = books.next_number("PurchaseOrder")
    words = "Order number must be unique"
    check_number(books, "PurchaseOrder", "PurchaseOrderNumber", document, words)
    finer = replace(reply, places=_PRICE_PLACES)
    return books.put("PurchaseOrder", lined(books, document, fields, Side(sale=False), finer))


def _known(books: Books, sent: object) -> None:
    # A purchase order never makes a contact.
    if not isinstance(sent, dict) or contact_matched(books, sent) is None:
        raise Invalid("A Contact must be specified for this type of transaction")


def order_matched(books: Books, sent: Entity) -> Entity | None:
    """Find the purchase order that an element of a POST means."""
    if sent.get("PurchaseOrderID"):
        return books.find("PurchaseOrder", str(sent["PurchaseOrderID"]))
    number = str(sent.get("PurchaseOrderNumber") or "")
    return books.one_by("PurchaseOrder", "PurchaseOrderNumber", number)


def order_shown(books: Books, order: Entity, depth: Depth, _places: int) -> Entity:
    """Show a purchase order."""
    return {
        "PurchaseOrderID": order["PurchaseOrderID"],
        "PurchaseOrderNumber": order["PurchaseOrderNumber"],
        "Type": "PURCHASEORDER",
        "HasErrors": False,
        "IsDiscounted": False,
        "TotalDiscount": money_of(order, "TotalDiscount"),
        "SentToContact": order["SentToContact"],
        **{name: order[name] for name in _ORDER_EXTRAS if name in order},
        **head_shown(books, order, depth, _PRICE_PLACES),
        **day_shown(order, "DeliveryDate"),
        "HasAttachments": False,
    }


QUOTES = Resource(
    kind="Quote",
    plural="Quotes",
    scope="accounting.invoices",
    shown=quote_shown,
    properties=frozenset(_QUOTE) | {"Total", "UpdatedDateUTC"},
    has_where=False,
    view=document_view,
    create=quote_created,
    update=quote_updated,
    match=quote_matched,
    paging="always",
    flagged="HasErrors",
    has_history=True,
)
PURCHASE_ORDERS = Resource(
    kind="PurchaseOrder",
    plural="PurchaseOrders",
    scope="accounting.invoices",
    shown=order_shown,
    properties=frozenset(_ORDER) | {"Total", "UpdatedDateUTC"},
    has_where=False,
    view=document_view,
    create=order_created,
    update=order_updated,
    match=order_matched,
    number="PurchaseOrderNumber",
    paging="always",
    page_sizes=True,
    flagged="HasErrors",
    has_history=True,
)
