"""Documents that are valid by default; a test says only what it is about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from acctsync.documents import (
    Allocation,
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Item,
    Kind,
    Line,
    ListEntry,
    ListKind,
    Payment,
    Reference,
    Refund,
)
from acctsync.plan.model import Action, Change
from acctsync.providers.qbo.company import ClassTracking, Settings

D = Decimal
MARCH = dt.date(2025, 3, 1)
ACME = DocumentRef(Kind.CUSTOMERS, "invoices", "acme")

SETTINGS = Settings(
    id="913",
    name="Harbour Commons LLC",
    country="US",
    domestic=True,
    home_currency="USD",
    multicurrency=False,
    classes=ClassTracking.PER_LINE,
    locations=True,
    custom_numbers=True,
    discounts=True,
    default_discount_account="",
    sales_tax=True,
    automated_tax=True,
    auto_apply=False,
    closed_until=None,
    undeposited_funds="4",
)


def settings(**changes: Any) -> Settings:
    return replace(SETTINGS, **changes)


CANADA = settings(country="CA", domestic=False, home_currency="CAD", multicurrency=True)


@dataclass
class KnownRefs:
    """Every reference is known: a list entry's id is its name with the list's first letter."""

    asked: list[tuple[ListKind, str]] = field(default_factory=list)

    def remote_id(self, ref: DocumentRef) -> str:
        return f"#{ref.id}"

    def allocated(self, payment: DocumentRef, wanted: str) -> str:
        return f"#{wanted}"

    def customer_of(self, document: DocumentRef) -> str:
        return "58"

    def parent(self, kind: ListKind, path: str) -> ListEntry:
        return self.entry(kind, Reference(name=path))

    def entry(self, kind: ListKind, reference: Reference) -> ListEntry:
        entry_id = reference.id or str(reference.name)
        return ListEntry(id=entry_id, name=entry_id, full_name=entry_id)


def a_line(amount: str = "100.00", **changes: Any) -> Line:
    given: dict[str, Any] = {
        "amount": D(amount),
        "item": Reference(id="19"),
        "tax_code": Reference(name="NON"),
    }
    return Line(**(given | changes))


def an_invoice(*lines: Line, kind: Kind = Kind.INVOICES, **changes: Any) -> Invoice:
    lines = lines or (a_line(),)
    tax, discount = changes.get("tax_total", D(0)), changes.get("discount", D(0))
    given: dict[str, Any] = {
        "ref": DocumentRef(kind, "invoices", "CW-10241"),
        "number": "CW-10241",
        "customer": ACME,
        "date": MARCH,
        "currency": "USD",
        "lines": lines,
        "total": sum((line.amount for line in lines), D(0)) - discount + tax,
    }
    return Invoice(**(given | changes))


def an_item(name: str = "Sauna", **changes: Any) -> Item:
    given: dict[str, Any] = {"account": Reference(name="Sales")}
    return Item(ref=DocumentRef(Kind.ITEMS, "items", name), name=name, **(given | changes))


def a_payment(amount: str = "100.00", *, source_id: str = "pay_1", **changes: Any) -> Payment:
    given: dict[str, Any] = {
        "ref": DocumentRef(Kind.PAYMENTS, "payments", source_id),
        "date": MARCH,
        "currency": "USD",
        "amount": D(amount),
        "customer": ACME,
        "allocations": (Allocation(wanted="CW-10241", amount=D(amount)),),
    }
    return Payment(**(given | changes))


def a_refund(amount: str = "100.00", *, source_id: str = "re_1", **changes: Any) -> Refund:
    given: dict[str, Any] = {
        "ref": DocumentRef(Kind.REFUNDS, "refunds", source_id),
        "date": MARCH,
        "currency": "USD",
        "amount": D(amount),
        "lines": (a_line(amount),),
        "customer": ACME,
    }
    return Refund(**(given | changes))


def a_customer(name: str = "Acme", **changes: Any) -> Customer:
    given: dict[str, Any] = {"ref": ACME, "name": name, **changes}
    return Customer(**given)


def creating(document: Document) -> Change:
    return Change(action=Action.CREATE, document=document)
