"""Create, update, void, delete: one way through for all kinds, each of them all or nothing."""

from __future__ import annotations

from collections.abc import Mapping

from acctsync.simulator.books import Books
from acctsync.simulator.credits import apply_open_credit
from acctsync.simulator.encoding import ZERO, cash, money
from acctsync.simulator.exchange import Entity
from acctsync.simulator.names import check_unused, listed, person, rename_children
from acctsync.simulator.payments import (
    apply,
    check_not_deposited,
    check_room,
    link_deposited,
    payment,
    unlink,
)
from acctsync.simulator.properties import PEOPLE, PURCHASES, READ_ONLY, SALES_FORMS, TRANSACTIONS
from acctsync.simulator.purchases import deposit, purchase, transfer
from acctsync.simulator.refusals import (
    Refusal,
    bad_id,
    business,
    gone,
    missing,
    refuse,
    stale,
    unsupported,
)
from acctsync.simulator.sales import form, receivable

_VOIDABLE = {"Invoice", "Payment", "SalesReceipt"}
# What a person cannot write: the system's own, and what follows from the rest.
_OWN = {"Id", "SyncToken", "MetaData", "domain", "sparse", "status"}
_CALCULATED = {
    "TotalAmt",
    "Balance",
    "UnappliedAmt",
    "HomeTotalAmt",
    "HomeBalance",
    "RemainingCredit",
}
# A full update empties what it leaves out, save what can never be empty.
_KEPT_IN_FULL_UPDATE = {
    "Item": {"Type", "QtyOnHand", "InvStartDate"},
    "Invoice": {"CustomField", "PrintStatus", "EmailStatus"},
}


def create(
    books: Books, kind: str, sent: object, *, any_number: bool = False, wanted: str | None = None
) -> Entity:
    """Store a new object and what follows from it."""
    _check_writable(kind)
    fields = _given(books.schema.normal(kind, sent))
    made = _build(books, kind, fields, None, any_number=any_number)
    books.check_open(made.get("TxnDate"))
    if kind == "Payment":
        check_room(books, made, None)
    entity = _finished(books, made, books.new_id(kind, wanted), "0", books.now())
    _store(books, kind, entity, None)
    if kind == "Invoice":
        apply_open_credit(books, entity)
    return books.get(kind, entity["Id"])


def update(
    books: Books, kind: str, sent: object, *, sparse: bool = False, any_number: bool = False
) -> Entity:
    """Change an object, in part (sparse) or as a whole."""
    _check_writable(kind)
    fields = books.schema.normal(kind, sent)
    old = _current(books, kind, fields)
    sparse = sparse or bool(fields.get("sparse"))
    given = {name: value for name, value in fields.items() if name not in _OWN}
    base = _writable(old) if sparse else _unemptiable(kind, old)
    if sparse and kind in TRANSACTIONS and "TxnTaxDetail" not in given:
        base.pop("TxnTaxDetail", None)
        if "Line" not in given and kind in SALES_FORMS and "TxnTaxDetail" in old:
            base["TxnTaxDetail"] = {"TotalTax": money(old["TxnTaxDetail"]["TotalTax"])}
    made = _build(books, kind, _given({**base, **given}), old, any_number=any_number)
    return _replace(books, kind, made, old)


def _replace(books: Books, kind: str, made: Entity, old: Entity) -> Entity:
    linked = kind in SALES_FORMS or kind == "Payment"
    same_links = {name: old[name] for name in ("LinkedTxn",) if name in old and linked}
    made = {**made, **_with_balance(kind, made, old), **same_links}
    entity = _finished(
        books, made, old["Id"], str(int(old["SyncToken"]) + 1), old["MetaData"]["CreateTime"]
    )
    if all(
        entity.get(name) == old.get(name) for name in {*entity, *old} - {"SyncToken", "MetaData"}
    ):
        return old
    if kind in TRANSACTIONS:
        books.check_open(old.get("TxnDate"), made.get("TxnDate"))
    if kind == "Payment":
        check_not_deposited(books, old["Id"])
        check_room(books, made, old)
    _store(books, kind, entity, old)
    if entity.get("FullyQualifiedName") != old.get("FullyQualifiedName"):
        rename_children(books, kind, entity)
    return books.get(kind, old["Id"])


def _with_balance(kind: str, made: Entity, old: Entity) -> Entity:
    if kind not in {"Invoice", "CreditMemo", "Bill"}:
        return {}
    settled = money(old["TotalAmt"]) - money(old.get("Deposit")) - money(old["Balance"])
    balance = money(made["Balance"]) - settled
    if balance < 0:
        raise business(
            "The amount of the transaction cannot be less than what is already applied to it."
        )
    changed: Entity = {"Balance": cash(balance)}
    if kind == "CreditMemo":
        changed["RemainingCredit"] = cash(balance)
    if "HomeBalance" in made:
        changed["HomeBalance"] = cash(balance * made["ExchangeRate"])
    return changed


def void(books: Books, kind: str, sent: object) -> Entity:
    """Make a document's amounts zero and let go of what it was linked to."""
    if kind not in _VOIDABLE:
        raise unsupported(f"void on {kind}")
    old = _current(books, kind, books.schema.normal(kind, sent))
    books.check_open(old.get("TxnDate"))
    if kind == "Payment":
        check_not_deposited(books, old["Id"])
    if kind == "Invoice":
        _release(books, old)
        old = books.get(kind, old["Id"])
    entity = {**old, **_voided(kind, old)}
    entity["SyncToken"] = str(int(old["SyncToken"]) + 1)
    entity["MetaData"] = {**old["MetaData"], "LastUpdatedTime": books.now()}
    _store(books, kind, entity, old)
    return books.get(kind, old["Id"])


def _release(books: Books, invoice: Entity) -> None:
    paid = any(link["TxnType"] == "Payment" for link in invoice["LinkedTxn"])
    if paid and books.settings.void_paid_invoice == "refuse":
        raise business(
            "You can't void a transaction that has payments applied. Remove the payments first."
        )
    unlink(books, "Invoice", invoice["Id"])


def _voided(kind: str, old: Entity) -> Entity:
    note = old.get("PrivateNote", "")
    changed: Entity = {"TotalAmt": 0, "PrivateNote": f"Voided - {note}" if note else "Voided"}
    if note.startswith("Voided"):
        changed["PrivateNote"] = note
    if kind == "Payment":
        return {**changed, "UnappliedAmt": 0, "Line": []}
    changed["Line"] = [_zero_line(line) for line in old["Line"]]
    changed["Balance"] = 0
    if "TxnTaxDetail" in old:
        changed["TxnTaxDetail"] = {"TotalTax": 0}
    if "LinkedTxn" in old:
        changed["LinkedTxn"] = []
    for name in ("HomeTotalAmt", "HomeBalance"):
        if name in old:
            changed[name] = 0
    return changed


def _zero_line(line: Entity) -> Entity:
    zeroed = {**line, "Amount": 0} if "Amount" in line else {**line}
    detail = line.get("SalesItemLineDetail")
    if detail is not None and "Qty" in detail:
        zeroed["SalesItemLineDetail"] = {
            name: 0 if name == "Qty" else value
            for name, value in detail.items()
            if name != "UnitPrice"
        }
    return zeroed


def delete(books: Books, kind: str, sent: object) -> Entity:
    """Remove a transaction; names are only made inactive."""
    check_unused(kind)
    if kind not in TRANSACTIONS:
        raise unsupported(f"delete on {kind}")
    old = _current(books, kind, books.schema.normal(kind, sent))
    books.check_open(old.get("TxnDate"))
    if kind == "Payment":
        check_not_deposited(books, old["Id"])
        apply(books, old, -1)
    elif any(link.get("TxnType") == "Payment" for link in old.get("LinkedTxn", [])):
        raise business(
            "You must first remove the payments applied to this transaction before you delete it."
        )
    _settle_debt(books, kind, None, old)
    if kind == "Invoice":
        _link_estimates(books, old, -1)
    if kind == "Deposit":
        link_deposited(books, None, old)
    books.remove(kind, old["Id"])
    return {"domain": "QBO", "status": "Deleted", "Id": old["Id"]}


def send(books: Books, kind: str, id: str, address: str | None) -> Entity:
    """Mail a document."""
    old = books.get(kind, id)
    name = "POEmail" if kind == "PurchaseOrder" else "BillEmail"
    if address:
        books.schema.normal("Invoice", {"BillEmail": {"Address": address}})
    target = {"Address": address} if address else old.get(name)
    if target is None and kind != "Payment":
        message = "Email address is required"
        raise refuse(6420, message, f"{message} to send this transaction", name)
    values: Entity = {"EmailStatus": "EmailSent"}
    values["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": books.now()}
    if target is not None:
        values[name] = target
    books.mail(kind, id, str((target or {}).get("Address", "")))
    return books.touch(kind, old, values)


def read(books: Books, kind: str, id: str) -> Entity:
    """Give one object."""
    if kind not in {"TaxCode", "TaxRate"} and not id.isdecimal():
        raise bad_id(id)
    return books.get(kind, id)


def _check_writable(kind: str) -> None:
    if kind in READ_ONLY:
        raise unsupported(f"create or update on {kind}")


def _given(fields: Mapping[str, object]) -> Entity:
    return {name: value for name, value in fields.items() if value is not None and name not in _OWN}


def _writable(old: Entity) -> Entity:
    kept = {name: value for name, value in old.items() if name not in _OWN | _CALCULATED}
    if "TotalAmt" in old and "UnappliedAmt" in old:
        kept["TotalAmt"] = money(old["TotalAmt"])  # a payment's amount is its own
    return kept


def _unemptiable(kind: str, old: Entity) -> Entity:
    return {name: old[name] for name in _KEPT_IN_FULL_UPDATE.get(kind, ()) if name in old}


def _current(books: Books, kind: str, fields: Entity) -> Entity:
    absent = [name for name in ("Id", "SyncToken") if fields.get(name) is None]
    if absent:
        raise Refusal([missing(name) for name in absent])
    if not fields["Id"].isdecimal():
        raise bad_id(fields["Id"])
    old = books.find(kind, fields["Id"])
    if old is None:
        raise gone()
    if old["SyncToken"] != fields["SyncToken"]:
        raise stale(books.identity.user)
    return old


def _build(  # noqa: PLR0911 - one per kind
    books: Books, kind: str, fields: Entity, old: Entity | None, *, any_number: bool
) -> Entity:
    if kind in SALES_FORMS:
        return form(books, kind, fields, old, any_number=any_number)
    if kind in PURCHASES:
        return purchase(books, kind, fields, old, any_number=any_number)
    if kind in PEOPLE:
        return person(books, kind, fields, old)
    match kind:
        case "Payment":
            return payment(books, fields, old)
        case "Transfer":
            return transfer(books, fields, old)
        case "Deposit":
            return deposit(books, fields, old)
        case _:
            return listed(books, kind, fields, old)


def _finished(books: Books, made: Entity, id: str, token: str, created: str) -> Entity:
    system = {
        "domain": "QBO",
        "sparse": False,
        "Id": id,
        "SyncToken": token,
        "MetaData": {"CreateTime": created, "LastUpdatedTime": books.now()},
    }
    return {**system, **made}


def _store(books: Books, kind: str, entity: Entity, old: Entity | None) -> None:
    if kind == "Payment" and old is not None:
        apply(books, old, -1)
    books.put(kind, entity)
    if kind == "Payment":
        apply(books, entity, 1)
    if kind == "Invoice" and old is None:
        _link_estimates(books, entity, 1)
    if kind == "Deposit":
        link_deposited(books, entity, old)
    _settle_debt(books, kind, entity, old)


def _settle_debt(books: Books, kind: str, new: Entity | None, old: Entity | None) -> None:
    for entity, sign in ((old, -1), (new, 1)):
        if entity is None:
            continue
        if kind == "Bill":
            books.owed("Vendor", entity["VendorRef"]["value"], sign * money(entity["TotalAmt"]))
        elif (amount := receivable(kind, entity)) != ZERO:
            books.owed("Customer", entity["CustomerRef"]["value"], sign * amount)


def _link_estimates(books: Books, invoice: Entity, direction: int) -> None:
    link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
    for one in invoice["LinkedTxn"]:
        estimate = books.find("Estimate", one["TxnId"]) if one["TxnType"] == "Estimate" else None
        if estimate is None:
            continue
        status = "Closed" if direction > 0 else "Pending"
        links = [link] if direction > 0 else []
        books.touch("Estimate", estimate, {"LinkedTxn": links, "TxnStatus": status})
