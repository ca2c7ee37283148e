"""QuickBooks, at the simulated company, keeps the contract of every provider."""

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
from acctsync.providers.qbo.kinds import KINDS
from acctsync.providers.qbo.payloads import ENTITIES
from tests.providers.conftest import Desk, OpenDesk, desk_at
from tests.providers.contract import A_DAY, Bench, ProviderContract, a_ref


@dataclass
class QuickBooksBench:
    """QuickBooks on the simulated coworking company."""

    desk: Desk
    folder: Path
    provider: Provider
    kinds: frozenset[Kind] = KINDS
    holds_companies: bool = True
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
        return Customer(ref=a_ref(Kind.CUSTOMERS, name.casefold()), name=name)

    def item(self, name: str) -> Item:
        account = Reference(name="Coworking Income")
        return Item(ref=a_ref(Kind.ITEMS, name.casefold()), name=name, account=account)

    def invoice(self, number: str, customer: Customer, amount: Decimal) -> Invoice:
        line = Line(
            amount=amount,
            item=Reference(name="Day Pass"),
            quantity=Decimal(1),
            unit_price=amount,
            tax_code=Reference(name="NON"),
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
            {"match": {"path": "/batch"}, "do": {"throttled": True, "retry_after": "1"}}
        )

    def touch(self, remote: RemoteDocument) -> None:
        changes = {"Id": remote.id, "CustomerMemo": {"value": "changed by hand"}}
        self.desk.simulator.dialect.by_hand(ENTITIES[remote.kind], changes)

    def limited_to(self, calls: int) -> Provider:
        poor = desk_at(self.desk.simulator, self.folder / "poor", max_calls=calls)
        self.opened.append(poor)
        return poor.books

    def _plant(self, **deed: object) -> None:
        self.desk.simulator.add_fault({"match": {"method": "POST"}, "do": deed})


class TestQuickBooks(ProviderContract):
    @pytest.fixture
    def bench(self, open_desk: OpenDesk, tmp_path: Path) -> Iterator[Bench]:
        desk = open_desk()
        bench = QuickBooksBench(desk, tmp_path, desk.books)
        yield bench
        for poor in bench.opened:
            poor.books.close()
