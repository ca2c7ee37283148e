"""The Profit and Loss report: rows, sections, periods, tracking, and what was paid alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.xero.caller import Caller, a_credit_note, a_line


@pytest.fixture
def books(xero: Caller) -> Caller:
    """January: 1,250 sold and 300.10 spent; February: 40 given back; sales tax aside."""
    contact = xero.contact()
    halifax = [{"Name": "Campus", "Option": "Halifax"}]
    lines = [
        a_line("1000.00", TaxType="OUTPUT2", Tracking=halifax),
        a_line("250.00", AccountCode="270"),
    ]
    invoice = xero.invoice(contact, LineItems=lines)
    xero.invoice(contact, "77.00", Status="DRAFT")
    bill = {"Type": "ACCPAY", "LineItems": [a_line("300.10", AccountCode="469")]}
    xero.invoice(contact, **bill)
    xero.create("CreditNotes", **a_credit_note(contact, "40.00"))
    xero.pay(invoice, "700.00")  # half of it
    return xero


def report(caller: Caller, **params: str) -> dict[str, Any]:
    reply = caller.get("Reports/ProfitAndLoss", **params)
    assert reply.status == 200, reply.body
    return dict(reply.body["Reports"][0])


def flat(found: dict[str, Any]) -> list[list[str]]:
    """Titles and cells, from top to bottom."""
    rows: list[list[str]] = []
    for one in found["Rows"]:
        if one["RowType"] == "Section" and one["Title"]:
            rows.append([one["Title"]])
        rows += [[cell["Value"] for cell in row["Cells"]] for row in one.get("Rows", [one])]
    return rows


YEAR = {"fromDate": "2026-01-01", "toDate": "2026-12-31"}


def test_income_less_expenses_is_net_profit(books: Caller) -> None:
    found = report(books, **YEAR)
    assert flat(found) == [
        ["", "31 Dec 26"],
        [" Income"],
        ["Coworking Income", "960.00"],
        ["Total Income", "960.00"],
        ["Gross Profit", "960.00"],
        ["Plus Other Income"],
        ["Card Fee Income", "250.00"],
        ["Total Other Income", "250.00"],
        ["Less Operating Expenses"],
        ["Rent", "300.10"],
        ["Total Operating Expenses", "300.10"],
        ["NET PROFIT", "909.90"],
    ]
    assert found["ReportTitles"] == [
        "Profit & Loss", "Harbour Commons LLC", "1 January 2026 to 31 December 2026",
    ]  # fmt: skip
    assert (found["ReportID"], found["ReportType"], found["Fields"]) == (
        "ProfitAndLoss",
        "ProfitAndLoss",
        [],
    )


def test_rows_carry_their_account_and_sums_do_not(books: Caller) -> None:
    section = report(books, **YEAR)["Rows"][1]
    row, total = section["Rows"]
    expected = [{"Id": "account", "Value": books.account("200")}]
    assert [one["Attributes"] for one in row["Cells"]] == [expected, expected]
    assert (total["RowType"], any("Attributes" in one for one in total["Cells"])) == (
        "SummaryRow",
        False,
    )


def test_both_ends_of_the_period_belong_to_it(books: Caller) -> None:
    day = {"fromDate": "2026-01-31", "toDate": "2026-01-31"}
    assert flat(report(books, **day))[-1] == ["NET PROFIT", "949.90"]
    before = {"fromDate": "2026-01-01", "toDate": "2026-01-30"}
    assert flat(report(books, **before)) == [
        ["", "30 Jan 26"],
        ["Gross Profit", "0.00"],
        ["NET PROFIT", "0.00"],
    ]


def test_earlier_periods_stand_to_the_right(books: Caller) -> None:
    span = {"fromDate": "2026-03-01", "toDate": "2026-03-31", "periods": "2", "timeframe": "MONTH"}
    rows = flat(report(books, **span))
    assert (rows[0], rows[-1]) == (
        ["", "31 Mar 26", "28 Feb 26", "31 Jan 26"],
        ["NET PROFIT", "0.00", "-40.00", "949.90"],
    )


def test_a_span_that_starts_short_loses_the_last_days_of_longer_months(books: Caller) -> None:
    span = {"fromDate": "2026-02-01", "toDate": "2026-02-28", "periods": "1"}
    rows = flat(report(books, **span))
    assert (rows[0], rows[-1]) == (["", "28 Feb 26", "28 Jan 26"], ["NET PROFIT", "-40.00", "0.00"])


def test_one_tracking_option_alone(books: Caller) -> None:
    campus = books.rows("TrackingCategories")[0]
    wanted = {
        "trackingCategoryID": campus["TrackingCategoryID"],
        "trackingOptionID": campus["Options"][0]["TrackingOptionID"],
    }
    assert flat(report(books, **YEAR, **wanted))[-1] == ["NET PROFIT", "1000.00"]
    reply = books.get("Reports/ProfitAndLoss", trackingOptionID=wanted["trackingOptionID"])
    assert reply.body["Message"] == (
        "TrackingCategoryID1 must be provided if a TrackingOptionID1 is provided."
    )


def test_on_the_cash_basis_what_was_paid_counts_in_its_share(books: Caller) -> None:
    assert flat(report(books, **YEAR, paymentsOnly="true"))[-1] == ["NET PROFIT", "625.00"]


@pytest.mark.parametrize(
    "params",
    [
        {"periods": "12"},
        {"periods": "x"},
        {"timeframe": "WEEK"},
        {"fromDate": "soon"},
        {"fromDate": "2026-02-01", "toDate": "2026-01-01"},
    ],
)
def test_a_question_that_means_nothing_is_refused(books: Caller, params: dict[str, str]) -> None:
    assert books.get("Reports/ProfitAndLoss", **params).status == 400


def test_without_days_it_is_the_current_month(books: Caller) -> None:
    header = report(books)["Rows"][0]["Cells"]
    assert (len(header), header[0]["Value"]) == (2, "")


def test_foreign_money_is_reported_in_the_organisations_own(xero: Caller) -> None:
    xero.invoice(xero.contact(), "100.00", CurrencyCode="CAD", CurrencyRate="1.25")
    assert flat(report(xero, **YEAR))[-1] == ["NET PROFIT", "80.00"]


def test_inclusive_tax_is_no_income(xero: Caller) -> None:
    line = a_line("115.00", TaxType="OUTPUT2")
    invoice = xero.invoice(xero.contact(), LineItems=[line], LineAmountTypes="Inclusive")
    xero.pay(invoice, "115.00")
    assert flat(report(xero, **YEAR))[-1] == ["NET PROFIT", "100.00"]
    assert flat(report(xero, **YEAR, paymentsOnly="true"))[-1] == ["NET PROFIT", "100.00"]
