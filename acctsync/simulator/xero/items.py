"""Items: a code that is one of its kind, and what a line takes over from it."""

from __future__ import annotations

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.fields import flag, identifier, number, part, read, text
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.wire import moment, new_id, rounded

_DETAILS = {
    "UnitPrice": number,
    "AccountCode": text(),
    "COGSAccountCode": text(),
    "TaxType": text(),
}
SPEC = {
    "ItemID": identifier,
    "Code": text(30),
    "Name": text(50),
    "Description": text(4000),
    "PurchaseDescription": text(4000),
    "IsSold": flag,
    "IsPurchased": flag,
    "InventoryAssetAccountCode": text(),
    "SalesDetails": part(_DETAILS),
    "PurchaseDetails": part(_DETAILS),
}


def created(books: Books, sent: Entity, reply: Reply) -> Entity:
    """Add an item."""
    fields = read(SPEC, sent, "Item")
    if not fields.get("Code"):
        raise Invalid("The Item Code must be specified.")
    if books.one_by("Item", "Code", fields["Code"]):
        raise Invalid(f"Price List Item with Code '{fields['Code']}' already exists")
    fresh = {"IsSold": True, "IsPurchased": True, "Name": fields["Code"], **fields}
    return books.put("Item", _checked(books, {**fresh, "ItemID": new_id()}, reply))


def updated(books: Books, old: Entity, sent: Entity, reply: Reply) -> Entity:
    """Change an item; a side that is switched off loses what it said."""
    fields = read(SPEC, sent, "Item")
    twin = books.one_by("Item", "Code", fields.get("Code"))
    if twin is not None and twin["ItemID"] != old["ItemID"]:
        raise Invalid(f"Price List Item with Code '{fields['Code']}' already exists")
    return books.put("Item", _checked(books, {**old, **fields, "ItemID": old["ItemID"]}, reply))


def matched(books: Books, sent: Entity) -> Entity | None:
    """Find the item that an element of a POST means."""
    if sent.get("ItemID"):
        return books.find("Item", str(sent["ItemID"]))
    return books.one_by("Item", "Code", str(sent.get("Code") or ""))


def removed(books: Books, item: Entity) -> None:
    """Delete an item; nothing is left to show."""
    books.remove("Item", item["ItemID"])


def _checked(books: Books, item: Entity, reply: Reply) -> Entity:
    checked = dict(item)
    for side, used in (("SalesDetails", "IsSold"), ("PurchaseDetails", "IsPurchased")):
        details = dict(item.get(side) or {}) if item[used] else {}
        if "UnitPrice" in details:
            details["UnitPrice"] = rounded(details["UnitPrice"], reply.places)
        _check_details(books, details)
        checked[side] = details
    if item.get("InventoryAssetAccountCode") and not checked["PurchaseDetails"].get(
        "COGSAccountCode"
    ):
        raise Invalid("The COGSAccountCode must be specified for a tracked item.")
    return checked


def _check_details(books: Books, details: Entity) -> None:
    code = details.get("AccountCode")
    if code and books.one_by("Account", "Code", code) is None:
        raise Invalid(f"Account code '{code}' is not a valid code for this document")
    tax = details.get("TaxType")
    if tax and books.find("TaxRate", tax) is None:
        raise Invalid(
            f"The TaxType code {tax} does not exist or cannot be used for this type of transaction."
        )


def shown(_books: Books, item: Entity, _depth: Depth, places: int) -> Entity:
    """Show an item; prices with the decimals that were asked for."""
    body = {name: value for name, value in item.items() if name != "Updated"}
    for side in ("SalesDetails", "PurchaseDetails"):
        if "UnitPrice" in body[side]:
            body[side] = {**body[side], "UnitPrice": rounded(body[side]["UnitPrice"], places)}
    return {
        **body,
        "IsTrackedAsInventory": bool(item.get("InventoryAssetAccountCode")),
        "UpdatedDateUTC": moment(item["Updated"]),
    }


ITEMS = Resource(
    fine_prices=True,
    kind="Item",
    plural="Items",
    # Either opens reading. Of writing, the scopes page and the spec disagree: `item_scope`.
    scope="accounting.invoices",
    extra_read_scope="accounting.settings",
    shown=shown,
    properties=frozenset(SPEC) | {"UpdatedDateUTC"},
    view=lambda _books, stored: {**stored, "UpdatedDateUTC": stored["Updated"]},
    create=created,
    update=updated,
    match=matched,
    remove=removed,
    number="Code",
    case_matters=True,
    has_history=True,
)
