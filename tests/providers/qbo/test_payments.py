"""Payments read back from the simulated company, by changes or by comparison."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from acctsync.clock import SystemClock
from acctsync.documents import AppliedPart, Kind
from acctsync.errors import ComeBackLater
from acctsync.providers.port import PaymentsRead
from tests.providers.conftest import Desk

D = Decimal
A_MONTH = dt.timedelta(days=31)


class Office:
    """People in the office who record payments by hand."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.books = desk.books
        self._by_hand = desk.simulator.dialect.by_hand

    def _customer(self) -> dict[str, str]:
        found = self.desk.simulator.books.named("Customer", "Coworks Guests")
        assert found is not None
        return {"value": found["Id"]}

    def invoice(self, number: str, amount: str) -> str:
        line = {
            "Amount": D(amount),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": "19"}, "TaxCodeRef": {"value": "NON"}},
        }
        body = {"CustomerRef": self._customer(), "DocNumber": number, "Line": [line]}
        return str(self._by_hand("Invoice", body)["Id"])

    def payment(self, amount: str = "10.00", *paid: tuple[str, str], **fields: Any) -> str:
        lines = [
            {"Amount": D(part), "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
            for key, part in paid
        ]
        body = {"CustomerRef": self._customer(), "TotalAmt": D(amount), "Line": lines, **fields}
        return str(self._by_hand("Payment", body)["Id"])

    def change(self, key: str, **fields: Any) -> None:
        self._by_hand("Payment", {"Id": key, **fields})

    def age(self, key: str) -> None:
        """Make a payment one that nobody touched for a year."""
        old = (dt.datetime.now(dt.UTC) - dt.timedelta(days=365)).isoformat(timespec="seconds")
        self.change(key, raw={"MetaData": {"CreateTime": old, "LastUpdatedTime": old}})

    def asked(self) -> list[str]:
        seen, self.desk.simulator.requests[:] = list(self.desk.simulator.requests), []
        return [each.path.rsplit("/", 1)[-1] for each in seen]


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


def ids(read: PaymentsRead) -> list[str]:
    return [each.id for each in read.payments]


def gone(read: PaymentsRead) -> list[str]:
    return [each.id for each in read.removed]


def test_a_payment_is_told_with_everything_that_people_call_it(office: Office) -> None:
    invoice = office.invoice("INV-1", "40.00")
    card = office.desk.simulator.books.named("PaymentMethod", "Credit Card")
    assert card is not None
    key = office.payment(
        "50.00", (invoice, "40.00"),
        TxnDate="2025-03-02", PaymentRefNum="1001", PaymentMethodRef={"value": card["Id"]},
        DepositToAccountRef={"value": "35"}, PrivateNote="by post",
    )  # fmt: skip
    (found,) = office.books.payments().payments
    assert (found.id, found.date, found.customer_name) == (
        key,
        dt.date(2025, 3, 2),
        "Coworks Guests",
    )
    assert (found.amount, found.unapplied, found.currency) == (D("50.00"), D("10.00"), "USD")
    assert (found.method, found.deposit_to) == ("Credit Card", "Checking")
    assert (found.reference, found.memo, found.voided) == ("1001", "by post", False)
    part = AppliedPart(kind=Kind.INVOICES, remote_id=invoice, number="INV-1", amount=D("40.00"))
    assert found.applied == (part,)


def test_an_invoices_number_is_asked_for_where_the_payment_leaves_it_out(office: Office) -> None:
    invoice = office.invoice("INV-1", "40.00")
    key = office.payment("40.00", (invoice, "40.00"))
    (line,) = office.desk.simulator.books.get("Payment", key)["Line"]
    bare = {name: value for name, value in line.items() if name != "LineEx"}
    office.change(key, raw={"Line": [bare]})
    (found,) = office.books.payments().payments
    assert [part.number for part in found.applied] == ["INV-1"]


def test_payments_dated_from_a_day_on_are_read(office: Office) -> None:
    office.payment(TxnDate="2025-02-28")
    later = [office.payment(TxnDate=day) for day in ("2025-03-01", "2025-03-02")]
    assert ids(office.books.payments(dated_from=dt.date(2025, 3, 1))) == later


def test_what_happened_since_the_last_answer_is_one_question(office: Office) -> None:
    untouched, changed, voided, deleted = (office.payment() for _ in range(4))
    office.age(untouched)
    first = office.books.payments()
    office.asked()
    assert len(first.payments) == 4
    office.change(changed, PrivateNote="bounced")
    office.change(voided, void=True)
    office.change(deleted, delete=True)
    new = office.payment()
    read = office.books.payments(since=first.at, known=ids(first))
    assert office.asked()[0] == "cdc"
    assert (sorted(ids(read)), gone(read)) == ([changed, voided, new], [deleted])
    assert read.at >= first.at
    assert read.removed[0].at is not None


def test_after_more_than_a_month_everything_is_compared(office: Office) -> None:
    untouched, changed, deleted = (office.payment() for _ in range(3))
    for key in (untouched, changed, deleted):
        office.age(key)
    known = ids(office.books.payments())
    office.change(changed, PrivateNote="bounced")
    office.change(deleted, delete=True)
    office.asked()
    month_ago = SystemClock().now() - A_MONTH
    read = office.books.payments(since=month_ago, known=known)
    assert "cdc" not in office.asked()
    assert (ids(read), gone(read)) == ([changed], [deleted])


def test_more_changes_than_can_be_told_are_compared_too(office: Office) -> None:
    deleted = office.payment()
    known = ids(office.books.payments())
    at = office.books.payments().at
    office.change(deleted, delete=True)
    for _ in range(1000):
        office.payment()
    read = office.books.payments(since=at, known=known)
    assert (len(read.payments), gone(read)) == (1000, [deleted])


def test_a_payment_deleted_while_pages_are_read_hides_no_other(office: Office) -> None:
    keys = [office.payment() for _ in range(1001)]
    pages = office.books._reader.pages("Payment", overlap=1)
    found = [row["Id"] for row in next(pages).rows]
    office.change(keys[3], delete=True)
    found += [row["Id"] for page in pages for row in page.rows]
    assert found == keys


def test_whole_pages_are_told_once_and_in_order(office: Office) -> None:
    keys = [office.payment() for _ in range(2001)]
    assert ids(office.books.payments()) == keys


def test_an_answer_without_its_time_is_not_relied_upon(office: Office) -> None:
    body = '{"QueryResponse": {}}'
    for _ in range(9):
        fault = {"match": {"path": "/query"}, "do": {"status": 200, "body": body}}
        office.desk.simulator.add_fault(fault)
    with pytest.raises(ComeBackLater, match="about Payment can't be used"):
        office.books.payments()


def test_profit_and_loss_is_read_live(office: Office) -> None:
    office.invoice("INV-1", "40.00")
    today = dt.datetime.now(dt.UTC).date()
    span = (today - dt.timedelta(days=2), today + dt.timedelta(days=2))
    report = office.books.profit_and_loss(*span)
    assert ((report.since, report.until), report.basis, report.empty) == (span, "accrual", False)
    assert report.rows[-1].amounts == (D("40.00"),)
    office.invoice("INV-2", "2.00")
    assert office.books.profit_and_loss(*span).rows[-1].amounts == (D("42.00"),)


def test_a_report_that_makes_no_sense_ends_the_command(office: Office) -> None:
    fault = {"match": {"path": "/reports"}, "do": {"status": 200, "body": '{"Header": {}}'}}
    office.desk.simulator.add_fault(fault)
    day = dt.date(2025, 3, 1)
    with pytest.raises(ComeBackLater, match="Profit and Loss can't be used"):
        office.books.profit_and_loss(day, day)
