"""What is read back from the simulated organisation: lists, payments, Profit and Loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import AppliedPart, Kind, ListEntry, ListKind, RecordedPayment
from acctsync.providers.port import Report, ReportRow
from acctsync.providers.xero import questions
from acctsync.simulator import Simulator
from tests.providers.xero.desk import ORGANISATION, Desk, desk_at

D = Decimal
A_DAY = dt.date(2025, 3, 3)


@dataclass
class Office:
    """People who work in Xero itself."""

    desk: Desk

    def by_hand(self, kind: str, **fields: Any) -> dict[str, Any]:
        return dict(self.desk.simulator.dialect.by_hand(kind, fields))

    def document(self, kind: str, type_: str, amount: str, number: str = "", **more: Any) -> str:
        done = self.by_hand(
            kind,
            Type=type_,
            Contact={"Name": "Coworks Guests"},
            Date="2025-03-01",
            DueDate="2025-03-31",
            Status="AUTHORISED",
            LineItems=[
                {"Description": "A desk", "UnitAmount": amount, "AccountCode": "200",
                 "TaxType": "NONE"}
            ],
            **({f"{kind}Number": number} if number else {}),
            **more,
        )  # fmt: skip
        return str(done[f"{kind}ID"])

    def payment(self, kind: str, document: str, amount: str, **more: Any) -> str:
        fields = {"Account": {"Code": "090"}, "Date": "2025-03-03", "Amount": amount, **more}
        done = self.by_hand("Payment", **{kind: {f"{kind}ID": document}}, **fields)
        return str(done["PaymentID"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Simulator("xero", company=ORGANISATION, limits=False) as simulator:
        desk = desk_at(simulator, tmp_path)
        yield Office(desk)
        desk.close()


def entry(office: Office, kind: ListKind, name: str) -> ListEntry:
    (found,) = [each for each in office.desk.books.pull(kind) if each.full_name == name]
    return found


# ---------------------------------------------------------------------- lists


def test_an_account_is_named_by_its_code_and_called_by_its_name(office: Office) -> None:
    bank, income = (entry(office, ListKind.ACCOUNTS, code) for code in ("090", "0260"))
    assert (bank.name, bank.type, bank.detail["number"]) == ("Checking", "BANK", "090")
    assert (income.name, income.type) == ("Mail Handling", "REVENUE")


def test_items_tax_rates_tracking_and_contacts_are_listed(office: Office) -> None:
    item = entry(office, ListKind.ITEMS, "HOTDESK")
    tax = entry(office, ListKind.TAX_CODES, "OUTPUT2")
    option = entry(office, ListKind.TRACKING, "Campus:Halifax")
    contact = entry(office, ListKind.CUSTOMERS, "Stripe")
    assert (item.name, item.detail) == ("Hot Desk", {"income_account": "205"})
    assert (tax.name, tax.detail) == ("Nova Scotia HST", {"rate": "15%"})
    assert (option.name, option.detail) == ("Halifax", {"category": "Campus"})
    assert (contact.name, contact.active) == ("Stripe", True)


def test_a_list_that_xero_has_not_is_empty(office: Office) -> None:
    assert tuple(office.desk.books.pull(ListKind.TERMS)) == ()


# ---------------------------------------------------------------------- payments


def test_a_payment_is_told_with_everything_that_people_call_it(office: Office) -> None:
    invoice = office.document("Invoice", "ACCREC", "40.00", "INV-1")
    made = office.payment("Invoice", invoice, "25.00", Reference="Cheque 12")

    (payment,) = office.desk.books.payments().payments
    assert payment.changed_at is not None
    assert abs((payment.changed_at - dt.datetime.now(dt.UTC)).total_seconds()) < 60
    assert payment == RecordedPayment(
        id=made,
        currency="USD",
        amount=D("25.00"),
        unapplied=D(0),
        date=A_DAY,
        customer=payment.customer,
        customer_name="Coworks Guests",
        reference="Cheque 12",
        deposit_to="Checking",
        applied=(
            AppliedPart(kind=Kind.INVOICES, remote_id=invoice, number="INV-1", amount=D("25.00")),
        ),
        changed_at=payment.changed_at,
    )


def test_money_given_back_and_paid_out_is_no_payment_received(office: Office) -> None:
    note = office.document("CreditNote", "ACCRECCREDIT", "30.00", "CN-1")
    bill = office.document("Invoice", "ACCPAY", "12.00", "B-1")
    office.payment("CreditNote", note, "30.00")
    office.payment("Invoice", bill, "12.00")
    invoice = office.document("Invoice", "ACCREC", "40.00", "INV-1")
    received = office.payment("Invoice", invoice, "40.00")

    assert [each.id for each in office.desk.books.payments().payments] == [received]


def test_a_deleted_payment_is_told_as_void_to_whoever_knew_it(office: Office) -> None:
    invoice = office.document("Invoice", "ACCREC", "40.00", "INV-1")
    made = office.payment("Invoice", invoice, "40.00")
    read = office.desk.books.payments()
    office.by_hand("Payment", PaymentID=made, Status="DELETED")

    (gone,) = office.desk.books.payments(since=read.at).payments
    assert (gone.id, gone.voided, gone.amount, gone.applied) == (made, True, D(0), ())


def test_only_what_changed_since_is_asked_for_by_xeros_own_clock(office: Office) -> None:
    office.desk.simulator.clock_offset = 7 * 3600.0
    read = office.desk.books.payments()
    ahead = (read.at - dt.datetime.now(dt.UTC)).total_seconds()
    assert ahead == pytest.approx(7 * 3600, abs=5)
    office.desk.books.payments(since=read.at)
    asked = office.desk.simulator.requests[-1]
    assert asked.path == "/api.xro/2.0/Payments"
    assert "where" not in asked.query


def test_payments_dated_from_a_day_are_asked_for_by_that_day(office: Office) -> None:
    invoice = office.document("Invoice", "ACCREC", "40.00", "INV-1")
    office.payment("Invoice", invoice, "10.00", Date="2025-03-02")
    later = office.payment("Invoice", invoice, "10.00", Date="2025-03-03")

    read = office.desk.books.payments(dated_from=A_DAY)
    assert [each.id for each in read.payments] == [later]
    assert office.desk.simulator.requests[-1].query["where"] == "Date>=DateTime(2025,03,03)"


def test_a_row_that_slips_to_a_page_already_read_is_found_by_reading_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PAGE", 3)
    invoice = office.document("Invoice", "ACCREC", "90.00", "INV-1")
    made = [office.payment("Invoice", invoice, "10.00") for _ in range(7)]
    dialect = office.desk.simulator.dialect
    carry_out, waiting = dialect.answer, [made[0]]

    def changed_after_the_first_page(request: Any) -> Any:
        answer = carry_out(request)
        if request.path.endswith("/Payments") and waiting:
            office.by_hand("Payment", PaymentID=waiting.pop(), Status="DELETED")
        return answer

    monkeypatch.setattr(dialect, "answer", changed_after_the_first_page)
    read = office.desk.books.payments()
    assert sorted(each.id for each in read.payments) == sorted(made)


# ---------------------------------------------------------------------- Profit and Loss


def test_profit_and_loss_is_read_with_its_sections_and_sums(office: Office) -> None:
    office.document("Invoice", "ACCREC", "40.00", "INV-1")
    office.document("CreditNote", "ACCRECCREDIT", "15.00", "CN-1")
    accounts = {each.full_name: each.id for each in office.desk.books.pull(ListKind.ACCOUNTS)}
    bill = {
        "Description": "Rent", "UnitAmount": "10.00", "AccountCode": "469", "TaxType": "NONE",
    }  # fmt: skip
    office.by_hand(
        "Invoice", Type="ACCPAY", Contact={"Name": "Stripe"}, Date="2025-03-31",
        DueDate="2025-03-31", Status="AUTHORISED", LineItems=[bill],
    )  # fmt: skip
    first, last = dt.date(2025, 3, 1), dt.date(2025, 3, 31)

    assert office.desk.books.profit_and_loss(first, last) == Report(
        since=first,
        until=last,
        basis="accrual",
        currency="USD",
        columns=("31 Mar 25",),
        rows=(
            section("Income", "income", "Total Income", "25.00", ("Coworking Income", "25.00", accounts["200"])),
            ReportRow(name="Gross Profit", amounts=(D("25.00"),), part="gross_profit"),
            section("Less Operating Expenses", "expenses", "Total Operating Expenses", "10.00", ("Rent", "10.00", accounts["469"])),
            ReportRow(name="NET PROFIT", amounts=(D("15.00"),), part="net_income"),
        ),
        empty=False,
    )  # fmt: skip
    (asked,) = [each for each in office.desk.simulator.requests if "/Reports/" in each.path]
    assert asked.query == {
        "fromDate": "2025-03-01",
        "toDate": "2025-03-31",
        "standardLayout": "true",
        "paymentsOnly": "false",
    }


def test_a_report_of_days_without_anything_is_empty(office: Office) -> None:
    first = dt.date(2020, 1, 1)
    assert office.desk.books.profit_and_loss(first, first).empty


def section(name: str, part: str, total: str, sum_: str, row: tuple[str, str, str]) -> ReportRow:
    called, amount, account = row
    return ReportRow(
        name=name,
        amounts=(),
        part=part,
        rows=(ReportRow(name=called, amounts=(D(amount),), account=account),),
        total_name=total,
        totals=(D(sum_),),
    )
