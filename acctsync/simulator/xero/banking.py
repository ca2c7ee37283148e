"""Bank transactions, and the overpayments and prepayments that are made as such; bank transfers."""

from __future__ import annotations

from decimal import Decimal

from acctsync.simulator.encoding import ZERO
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.allocations import allocation_shown
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.documents import (
    HEAD,
    Side,
    check_url,
    document_view,
    head_shown,
    headed,
    lined,
    payment_stub,
)
from acctsync.simulator.xero.fields import choice, day, flag, identifier, number, part, read, text
from acctsync.simulator.xero.lists import find_account, system_account
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.settling import allocations_of, is_settled, payments_of
from acctsync.simulator.xero.wire import dated, moment, new_id, rounded

_TYPES = (
    *("RECEIVE", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT"),
    *("SPEND", "SPEND-OVERPAYMENT", "SPEND-PREPAYMENT"),
)
_CREDITS = {"OVERPAYMENT": "Overpayment", "PREPAYMENT": "Prepayment"}
_BANK = part({"AccountID": identifier, "Code": text(), "Name": text()})
SPEC = {
    **{name: reader for name, reader in HEAD.items() if name != "SentToContact"},
    "BankTransactionID": identifier,
    "Type": choice(*_TYPES),
    "BankAccount": _BANK,
    "IsReconciled": flag,
    "Url": text(),
    "Status": choice("AUTHORISED", "DELETED"),
}
_TRANSFER = {
    "BankTransferID": identifier,
    "FromBankAccount": _BANK,
    "ToBankAccount": _BANK,
    "Amount": number,
    "Date": day,
    "Reference": text(255),
    "FromIsReconciled": flag,
    "ToIsReconciled": flag,
    "Status": choice("AUTHORISED", "DELETED"),
}


# ---------------------------------------------------------------------- bank transactions


def created(books: Books, sent: Entity, reply: Reply) -> Entity:
    """Record money that came in or went out; of an over- or prepayment, its credit too."""
    fields = read(SPEC, sent, "BankTransaction")
    if "Type" not in fields:
        raise Invalid("BankTransaction Type must be specified")
    fresh = {
        "BankTransactionID": new_id(),
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "IsReconciled": False,
    }
    bank = _bank(books, fields, "BankAccount")
    currency = bank.get("CurrencyCode", books.identity.currency)
    document = headed(books, {**fresh, "CurrencyCode": currency}, fields, reply)
    document["CurrencyRate"] = fields.get("CurrencyRate", Decimal(1))
    document["BankAccountID"] = bank["AccountID"]
    books.check_open(document["Date"])
    check_url(document.get("Url"))
    document = _lined(books, document, fields, reply)
    if document["Total"] <= 0:
        raise Invalid("The document total must be greater than zero.")
    return _with_credit(books, document)


def _lined(books: Books, document: Entity, fields: Entity, reply: Reply) -> Entity:
    kind = document["Type"]
    sale = kind.startswith("RECEIVE")
    if kind.endswith("OVERPAYMENT"):
        # An overpayment bears no tax, and stands in the account that the customer owes.
        control = system_account(books, "DEBTORS" if sale else "CREDITORS")
        document = {**document, "LineAmountTypes": "NoTax"}
        given = fields.get("LineItems", [])
        lines = [{**one, "AccountCode": None, "AccountID": None} for one in given]
        done = lined(
            books, {**document, "Status": "DRAFT"}, {"LineItems": lines}, _side(sale), reply
        )
        kept = [{**one, "AccountID": control["AccountID"]} for one in done["LineItems"]]
        return {**done, "LineItems": kept, "Status": document["Status"]}
    return lined(books, document, fields, _side(sale), reply)


def _side(sale: bool) -> Side:  # noqa: FBT001 - it is the only thing it says
    return Side(sale=sale)


def _with_credit(books: Books, document: Entity) -> Entity:
    _, _, suffix = document["Type"].partition("-")
    if not suffix:
        return books.put("BankTransaction", document)
    kind = _CREDITS[suffix]
    key = new_id()
    left_out = {"BankTransactionID", "IsReconciled"}
    credit = {name: value for name, value in document.items() if name not in left_out}
    books.put(kind, {**credit, f"{kind}ID": key, "RemainingCredit": document["Total"]})
    return books.put("BankTransaction", {**document, f"{kind}ID": key})


def updated(books: Books, old: Entity, sent: Entity, reply: Reply) -> Entity:
    """Change or delete a bank transaction; one whose credit is used stays."""
    fields = read(SPEC, sent, "BankTransaction")
    fields.pop("Type", None)
    if old["Status"] == "DELETED":
        raise Invalid("BankTransaction not of valid status for modification")
    books.check_open(old["Date"])
    if fields.get("Status") == "DELETED":
        return _deleted(books, old)
    if "-" in old["Type"]:
        raise Invalid("Overpayments and prepayments can not be changed")
    document = headed(books, old, fields, reply)
    return books.put("BankTransaction", _lined(books, document, fields, reply))


def _deleted(books: Books, old: Entity) -> Entity:
    for kind in _CREDITS.values():
        credit = books.find(kind, old.get(f"{kind}ID"))
        if credit is not None:
            if is_settled(books, kind, credit[f"{kind}ID"]):
                raise Invalid(
                    "This document cannot be edited as it has a payment or credit note "
                    "allocated to it."
                )
            books.put(kind, {**credit, "Status": "VOIDED", "RemainingCredit": ZERO})
    return books.put("BankTransaction", {**old, "Status": "DELETED"})


def matched(books: Books, sent: Entity) -> Entity | None:
    """Find the bank transaction that an element of a POST means."""
    key = sent.get("BankTransactionID")
    return books.find("BankTransaction", str(key)) if key else None


def _bank(books: Books, fields: Entity, name: str) -> Entity:
    sent = fields.get(name, {})
    found = find_account(books, sent)
    if found is None and sent.get("Name"):
        found = books.one_by("Account", "Name", sent["Name"])
    if found is None or found["Type"] != "BANK" or found["Status"] != "ACTIVE":
        raise Invalid("Bank Account must be valid.")
    return found


def _bank_shown(books: Books, account: str) -> Entity:
    found = books.get("Account", account)
    return {name: found[name] for name in ("AccountID", "Code", "Name") if name in found}


def shown(books: Books, stored: Entity, depth: Depth, places: int) -> Entity:
    """Show a bank transaction."""
    body = {
        "BankTransactionID": stored["BankTransactionID"],
        "BankAccount": _bank_shown(books, stored["BankAccountID"]),
        "Type": stored["Type"],
        "IsReconciled": stored["IsReconciled"],
        "HasAttachments": False,
        **head_shown(books, stored, depth, places),
    }
    credits_made = [f"{kind}ID" for kind in _CREDITS.values() if f"{kind}ID" in stored]
    return {**body, **{name: stored[name] for name in credits_made}}


def credit_shown(books: Books, stored: Entity, depth: Depth, places: int) -> Entity:
    """Show an overpayment or a prepayment."""
    kind = next(one for one in _CREDITS.values() if f"{one}ID" in stored)
    key = stored[f"{kind}ID"]
    return {
        f"{kind}ID": key,
        "ID": key,
        "Type": stored["Type"],
        "RemainingCredit": stored["RemainingCredit"],
        "Allocations": [allocation_shown(books, one) for one in allocations_of(books, key)],
        "Payments": [payment_stub(one) for one in payments_of(books, key)],
        "HasAttachments": False,
        **head_shown(books, stored, depth, places),
    }


# ---------------------------------------------------------------------- transfers


def transfer_created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Move money between two bank accounts."""
    fields = read(_TRANSFER, sent, "BankTransfer")
    source, target = (_bank(books, fields, name) for name in ("FromBankAccount", "ToBankAccount"))
    if source["AccountID"] == target["AccountID"]:
        raise Invalid("The bank accounts must not be the same.")
    amount = rounded(fields.get("Amount", ZERO))
    if amount <= 0:
        raise Invalid("The transfer amount must be greater than zero.")
    date = fields.get("Date", books.today())
    books.check_open(date)
    stored = {
        "BankTransferID": new_id(),
        "FromID": source["AccountID"],
        "ToID": target["AccountID"],
        "Amount": amount,
        "Date": date,
        "Reference": fields.get("Reference", ""),
        "Status": "AUTHORISED",
        "FromBankTransactionID": new_id(),
        "ToBankTransactionID": new_id(),
        "FromIsReconciled": fields.get("FromIsReconciled", False),
        "ToIsReconciled": fields.get("ToIsReconciled", False),
        "Created": books.now(),
    }
    return books.put("BankTransfer", stored)


def transfer_updated(books: Books, old: Entity, sent: Entity, _reply: Reply) -> Entity:
    """Delete a transfer; nothing else about it can be changed."""
    fields = read(_TRANSFER, sent, "BankTransfer")
    if fields.get("Status") != "DELETED":
        raise Invalid("Bank transfers can not be changed, only deleted")
    if old["Status"] == "DELETED":
        raise Invalid("BankTransfer not of valid status for modification")
    books.check_open(old["Date"])
    return books.put("BankTransfer", {**old, "Status": "DELETED"})


def transfer_matched(books: Books, sent: Entity) -> Entity | None:
    """Find the transfer that an element of a POST means."""
    found = books.find("BankTransfer", str(sent.get("BankTransferID") or ""))
    if found is None:
        raise Invalid("The bank transfer could not be found.")
    return found


def transfer_shown(books: Books, stored: Entity, _depth: Depth, _places: int) -> Entity:
    """Show a transfer."""
    names = (
        *("BankTransferID", "Amount", "Reference", "Status", "FromBankTransactionID"),
        *("ToBankTransactionID", "FromIsReconciled", "ToIsReconciled"),
    )
    return {
        **{name: stored[name] for name in names},
        **dated("Date", stored["Date"]),
        "CreatedDateUTC": moment(stored["Created"]),
        "FromBankAccount": _bank_shown(books, stored["FromID"]),
        "ToBankAccount": _bank_shown(books, stored["ToID"]),
        "CurrencyRate": Decimal("1.000000"),
        "HasAttachments": False,
        "FromTracking": [],
        "ToTracking": [],
        "ValidationErrors": [],
    }


BANK_TRANSACTIONS = Resource(
    fine_prices=True,
    kind="BankTransaction",
    plural="BankTransactions",
    scope="accounting.banktransactions",
    shown=shown,
    properties=frozenset(SPEC) | {"Total", "UpdatedDateUTC"},
    view=document_view,
    create=created,
    update=updated,
    match=matched,
    paging="asked",
    page_sizes=True,
    flagged="HasErrors",
    has_history=True,
)
OVERPAYMENTS, PREPAYMENTS = (
    Resource(
        kind=kind,
        plural=f"{kind}s",
        scope="accounting.payments",
        extra_read_scope="accounting.banktransactions",
        shown=credit_shown,
        properties=frozenset(SPEC) | {f"{kind}ID", "RemainingCredit", "Total", "UpdatedDateUTC"},
        view=document_view,
        paging="asked",
        page_sizes=True,
        has_history=True,
    )
    for kind in _CREDITS.values()
)
BANK_TRANSFERS = Resource(
    kind="BankTransfer",
    plural="BankTransfers",
    scope="accounting.banktransactions",
    shown=transfer_shown,
    properties=frozenset(_TRANSFER),
    create=transfer_created,
    update=transfer_updated,
    match=transfer_matched,
    has_history=True,
)
