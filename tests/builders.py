"""Documents that are valid as they are; a test overrides what it is about."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
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
    Label,
    Line,
    ListEntry,
    Payment,
    Reference,
    Refund,
    RemoteDocument,
)
from acctsync.plan.drafting import content
from acctsync.plan.model import Action, Change, Known

DAY = dt.date(2025, 3, 1)
SOURCE = "shop"
CUSTOMER = DocumentRef(Kind.CUSTOMERS, SOURCE, "ada")


def ref(kind: Kind, id_: str) -> DocumentRef:
    """Name a document of the one source."""
    return DocumentRef(kind, SOURCE, id_)


def invoice_ref(id_: str = "1001") -> DocumentRef:
    """Name an invoice."""
    return ref(Kind.INVOICES, id_)


def a_line(amount: str = "100.00", **changes: Any) -> Line:
    """Make a line of one item."""
    line = Line(amount=Decimal(amount), item=Reference(name="Work"), description="Work")
    return replace(line, **changes)


def a_customer(name: str = "Ada Ltd", **changes: Any) -> Customer:
    """Make a customer that is recognised by its name."""
    customer = Customer(ref=CUSTOMER, name=name, aliases=(f"name:{name.casefold()}",))
    return replace(customer, **changes)


def an_invoice(total: str = "100.00", *, id_: str = "1001", **changes: Any) -> Invoice:
    """Make an open invoice of one line; its number is INV- and its id."""
    invoice = Invoice(
        ref=invoice_ref(id_),
        number=f"INV-{id_}",
        customer=CUSTOMER,
        date=DAY,
        currency="USD",
        lines=(a_line(total),),
        total=Decimal(total),
    )
    return replace(invoice, **changes)


def an_allocation(
    amount: str = "100.00", *, invoice: str = "1001", here: bool = True
) -> Allocation:
    """Settle an invoice, which is in the export or only named by it."""
    return Allocation(
        wanted=invoice, amount=Decimal(amount), invoice=invoice_ref(invoice) if here else None
    )


def a_payment(
    amount: str = "100.00", *, id_: str = "P1", invoice: str = "1001", **changes: Any
) -> Payment:
    """Make a payment that settles one invoice."""
    payment = Payment(
        ref=ref(Kind.PAYMENTS, id_),
        date=DAY,
        currency="USD",
        amount=Decimal(amount),
        customer=CUSTOMER,
        allocations=(an_allocation(amount, invoice=invoice),),
    )
    return replace(payment, **changes)


def a_refund(amount: str = "100.00", *, id_: str = "R1", **changes: Any) -> Refund:
    """Make a refund of the whole invoice."""
    refund = Refund(
        ref=ref(Kind.REFUNDS, id_),
        date=DAY,
        currency="USD",
        amount=Decimal(amount),
        lines=(a_line(amount),),
        customer=CUSTOMER,
        payment=ref(Kind.PAYMENTS, "P1"),
        invoice=invoice_ref(),
    )
    return replace(refund, **changes)


def known(document: Document, **changes: Any) -> Known:
    """Remember a document as pushed, with the id 77 in the books, and unchanged since."""
    memory = Known(
        ref=document.ref,
        fingerprint=content(document),
        remote_id="77",
        remote_version="0",
        remote_digest="as pushed",
        number=document.number,
    )
    return replace(memory, **changes)


def remote(document: Document, **changes: Any) -> RemoteDocument:
    """Hold a document in the books just as the export has it, unstamped and open."""
    held = RemoteDocument(
        kind=document.ref.kind, id="77", version="0", digest="as pushed", number=document.number
    )
    if isinstance(document, Customer):
        return replace(held, name=document.name, email=document.email, **changes)
    assert not isinstance(document, Item | Label)
    total = document.money.amount
    money = {"currency": document.currency, "total": total, "balance": total}
    return replace(held, **{"date": document.date, "customer": "5", **money, **changes})


def a_change(document: Document, action: Action = Action.CREATE, **changes: Any) -> Change:
    """Plan something for a document."""
    change = Change(action=action, document=document, fingerprint=content(document))
    return replace(change, **changes)


def an_entry(name: str = "Work", *, id_: str = "1", **changes: Any) -> ListEntry:
    """List something in the books."""
    return replace(ListEntry(id=id_, name=name.rpartition(":")[2], full_name=name), **changes)
