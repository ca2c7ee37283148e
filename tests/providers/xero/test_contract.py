"""Xero, at the simulated organisation, keeps the contract of every provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import (
    Allocation,
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Item,
    Kind,
    Line,
    Payment,
    Reference,
    RemoteDocument,
)
from acctsync.providers.port import Provider, Refs
from acctsync.providers.xero.kinds import KINDS
from acctsync.simulator import Simulator
from tests.providers.contract import A_DAY, Bench, ProviderContract, a_ref
from tests.providers.xero.desk import ORGANISATION, Desk, desk_at


@dataclass
class XeroBench:
    """Xero on the simulated coworking organisation."""

    desk: Desk
    folder: Path
    provider: Provider
    kinds: frozenset[Kind] = KINDS
    holds_companies: bool = False
    opened: list[Desk] = field(default_factory=list)
    owners: dict[DocumentRef, DocumentRef] = field(default_factory=dict)

    def refs(self) -> Refs:
        return self.desk.refs

    def learn(self, document: Document, remote: RemoteDocument) -> None:
        self.desk.refs.ids[document.ref] = remote.id
        if isinstance(document, Customer):
            self.desk.refs.customers.update(
                {ref: remote.id for ref, owner in self.owners.items() if owner == document.ref}
            )
        if isinstance(document, Invoice):
            self.desk.refs.invoices[document.number] = remote.id

    def _own(self, document: Document, customer: DocumentRef) -> None:
        self.owners[document.ref] = customer
        if customer in self.desk.refs.ids:
            self.desk.refs.customers[document.ref] = self.desk.refs.ids[customer]

    def customer(self, name: str) -> Customer:
        ref, email = a_ref(Kind.CUSTOMERS, name.casefold()), "ann@example.com"
        return Customer(ref=ref, name=name, email=email)

    def item(self, name: str) -> Item:
        return Item(
            ref=a_ref(Kind.ITEMS, name.casefold()), name=name, account=Reference(name="200")
        )

    def invoice(self, number: str, customer: Customer, amount: Decimal) -> Invoice:
        line = Line(
            amount=amount,
            description="Day pass",
            account=Reference(name="210"),
            quantity=Decimal(1),
            unit_price=amount,
            tax_code=Reference(name="NONE"),
        )
        invoice = Invoice(
            ref=a_ref(Kind.INVOICES, number),
            number=number,
            customer=customer.ref,
            date=A_DAY,
            currency="USD",
            lines=(line,),
            total=amount,
        )
        self._own(invoice, customer.ref)
        return invoice

    def payment(self, source_id: str, invoice: Invoice) -> Payment:
        payment = Payment(
            ref=a_ref(Kind.PAYMENTS, source_id),
            date=A_DAY,
            currency="USD",
            amount=invoice.total,
            customer=invoice.customer,
            deposit_to=Reference(name="090"),
            allocations=(
                Allocation(wanted=invoice.number, amount=invoice.total, invoice=invoice.ref),
            ),
        )
        self._own(payment, invoice.customer)
        return payment

    def lose_next_answer(self) -> None:
        self._plant(drop_after=True)

    def drop_next_write(self) -> None:
        self._plant(drop_before=True)

    def throttle_next(self) -> None:
        self.desk.simulator.add_fault(
            {"match": {"path": "/Invoices"}, "do": {"throttled": True, "retry_after": "1"}}
        )

    def touch(self, remote: RemoteDocument) -> None:
        assert remote.kind is Kind.INVOICES
        changes = {"InvoiceID": remote.id, "Reference": "changed by hand"}
        self.desk.simulator.dialect.by_hand("Invoice", changes)

    def limited_to(self, calls: int) -> Provider:
        poor = desk_at(self.desk.simulator, self.folder / "poor", max_calls=calls)
        self.opened.append(poor)
        return poor.books

    def _plant(self, **deed: object) -> None:
        for method in ("PUT", "POST"):
            self.desk.simulator.add_fault({"match": {"method": method}, "do": deed})


class TestXero(ProviderContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        with Simulator("xero", company=ORGANISATION, limits=False) as simulator:
            # No e-mail leaves a demo organisation.
            simulator.dialect.by_hand("Organisation", {"demo": False})
            # Two tracking categories are active, and Xero has no more: one makes room.
            spare = simulator.dialect.snapshot()["TrackingCategory"][-1]["TrackingCategoryID"]
            archived = {"TrackingCategoryID": spare, "Status": "ARCHIVED"}
            simulator.dialect.by_hand("TrackingCategory", archived)
            desk = desk_at(simulator, tmp_path)
            bench = XeroBench(desk, tmp_path, desk.books)
            yield bench
            for each in [desk, *bench.opened]:
                each.close()
