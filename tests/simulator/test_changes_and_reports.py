"""Change data, and Profit and Loss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.caller import Caller, a_payment, an_invoice, sales_line

LONG_AGO = "2020-01-01T00:00:00Z"


def groups(report: Any) -> dict[str, Any]:
    return {row["group"]: row for row in report["Rows"]["Row"]}


def total(report: Any, group: str) -> str:
    return str(groups(report)[group]["Summary"]["ColData"][-1]["value"])


def pnl(qbo: Caller, **params: str) -> Any:
    return qbo.get(
        "reports/ProfitAndLoss", **{"start_date": "2025-01-01", "end_date": "2025-12-31", **params}
    ).body


def test_changes_list_objects_by_kind_and_the_deleted_last(qbo: Caller) -> None:
    customer = qbo.customer()
    kept, gone = (qbo.create("Invoice", **an_invoice(customer)) for _ in range(2))
    qbo.post("invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    found = qbo.get("cdc", entities="Invoice,Payment", changedSince=LONG_AGO).body["CDCResponse"][
        0
    ]["QueryResponse"]
    assert [one["Id"] for one in found[0]["Invoice"]] == [kept["Id"], gone["Id"]]
    assert (found[0]["Invoice"][1]["status"], found[1]) == ("Deleted", {})


def test_changes_before_the_moment_are_left_out(qbo: Caller) -> None:
    qbo.create("Invoice", **an_invoice(qbo.customer()))
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    found = qbo.get("cdc", entities="Invoice", changedSince=soon).body
    assert found["CDCResponse"] == [{"QueryResponse": [{}]}]


def test_changes_are_a_thousand_at_most(qbo: Caller) -> None:
    for number in range(1001):
        qbo.simulator.dialect.by_hand("Customer", {"DisplayName": f"C{number}"})
    found = qbo.get("cdc", entities="Customer,Vendor", changedSince=LONG_AGO).body["CDCResponse"][
        0
    ]["QueryResponse"]
    assert (found[0]["maxResults"], found[1]) == (1000, {})


def test_what_changed_more_than_a_month_ago_is_left_out_without_a_word(qbo: Caller) -> None:
    old = {
        "CreateTime": "2025-01-01T08:00:00-08:00",
        "LastUpdatedTime": "2025-01-01T08:00:00-08:00",
    }
    here = qbo.id_of("Class", "Events")
    qbo.by_hand("Class", Id=here, raw={"MetaData": old})
    (found,) = qbo.get("cdc", entities="Class", changedSince=LONG_AGO).body["CDCResponse"][0][
        "QueryResponse"
    ]
    assert here not in [one["Id"] for one in found["Class"]]


def test_an_entry_merged_into_another_is_told_as_deleted(qbo: Caller) -> None:
    gone = qbo.id_of("Class", "Events")
    qbo.by_hand("Class", Id=gone, merge=True)
    (found,) = qbo.get("cdc", entities="Class", changedSince=LONG_AGO).body["CDCResponse"][0][
        "QueryResponse"
    ]
    assert (found["Class"][-1]["Id"], found["Class"][-1]["status"]) == (gone, "Deleted")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"entities": "Invoice"}, "2020"),
        ({"changedSince": LONG_AGO}, "2020"),
        ({"entities": "TaxCode", "changedSince": LONG_AGO}, "2000"),
        ({"entities": "Invoice", "changedSince": "soon"}, "2060"),
    ],
)
def test_changes_need_entities_and_a_moment(qbo: Caller, params: dict[str, str], code: str) -> None:
    assert qbo.get("cdc", **params).codes == [code]


def test_income_less_credits_refunds_discounts_and_costs_is_profit(qbo: Caller) -> None:
    customer = qbo.customer()
    day = {"TxnDate": "2025-03-05"}
    body = an_invoice(customer, "100.00", **day)
    off = {
        "Amount": 10,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }
    qbo.create("Invoice", **{**body, "Line": [*body["Line"], off]})
    qbo.create("CreditMemo", **an_invoice(customer, "20.00", **day))
    qbo.create(
        "RefundReceipt", **an_invoice(customer, "5.00", **day), DepositToAccountRef={"value": "35"}
    )
    qbo.create("SalesReceipt", **an_invoice(customer, "7.00", **day))
    qbo.create("Estimate", **an_invoice(customer, "999.00", **day))
    fee = {"Amount": 8, "DetailType": "AccountBasedExpenseLineDetail",
           "AccountBasedExpenseLineDetail": {"AccountRef": qbo.ref("Account", "Merchant Account Fees")}}  # fmt: skip
    qbo.create(
        "Purchase",
        PaymentType="Cash",
        AccountRef=qbo.ref("Account", "Stripe Clearing"),
        Line=[fee],
        **day,
    )
    report = pnl(qbo)
    assert [
        total(report, group) for group in ("Income", "GrossProfit", "Expenses", "NetIncome")
    ] == ["72.00", "72.00", "8.00", "64.00"]


def test_tax_is_no_income(qbo: Caller) -> None:
    line = sales_line("100.00", TaxCodeRef={"value": "TAX"})
    qbo.create(
        "Invoice",
        **{
            **an_invoice(qbo.customer(), TxnDate="2025-03-01"),
            "Line": [line],
            "TxnTaxDetail": {"TotalTax": 15},
        },
    )
    assert total(pnl(qbo), "Income") == "100.00"


def test_only_the_asked_for_days_count(qbo: Caller) -> None:
    customer = qbo.customer()
    for day, amount in (("2025-02-28", 1), ("2025-03-01", 2), ("2025-03-31", 4), ("2025-04-01", 8)):
        qbo.create("Invoice", **an_invoice(customer, amount, TxnDate=day))
    report = pnl(qbo, start_date="2025-03-01", end_date="2025-03-31")
    assert (
        total(report, "Income"),
        report["Header"]["StartPeriod"],
        report["Header"]["EndPeriod"],
    ) == ("6.00", "2025-03-01", "2025-03-31")


def test_a_voided_or_deleted_invoice_earns_nothing(qbo: Caller) -> None:
    customer = qbo.customer()
    for operation in ("void", "delete"):
        made = qbo.create("Invoice", **an_invoice(customer, "50.00", TxnDate="2025-03-01"))
        qbo.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation=operation)
    report = pnl(qbo)
    assert (total(report, "Income"), report["Header"]["Option"][1]["Value"]) == ("", "false")


def test_a_parent_account_holds_its_children(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.create(
        "Invoice",
        **{
            **an_invoice(customer, TxnDate="2025-03-01"),
            "Line": [sales_line("3.00", qbo.id_of("Item", "Day Pass")), sales_line("4.00")],
        },
    )
    parent = groups(pnl(qbo))["Income"]["Rows"]["Row"][0]
    assert parent["Header"]["ColData"][1]["value"] == "3.00"
    assert [row["ColData"][0]["value"] for row in parent["Rows"]["Row"]] == ["Membership Income"]
    assert parent["Summary"]["ColData"] == [{"value": "Total Coworking Income"}, {"value": "7.00"}]


def test_months_and_classes_make_columns(qbo: Caller) -> None:
    customer = qbo.customer()
    events, offices = qbo.ref("Class", "Events"), qbo.ref("Class", "Offices")
    for day, amount, kind in (("2025-03-05", 1, events), ("2025-04-05", 2, offices)):
        qbo.create(
            "Invoice",
            **{**an_invoice(customer, TxnDate=day), "Line": [sales_line(amount, ClassRef=kind)]},
        )
    by_month = pnl(qbo, summarize_column_by="Month", end_date="2025-04-10")
    assert [cell["value"] for cell in groups(by_month)["NetIncome"]["Summary"]["ColData"]] == [
        "Net Income",
        "",
        "",
        "1.00",
        "2.00",
        "3.00",
    ]
    by_class = pnl(qbo, summarize_column_by="Classes")
    assert {column["ColTitle"] for column in by_class["Columns"]["Column"]} == {
        "",
        "Events",
        "Offices",
        "Total",
    }
    only = pnl(qbo, **{"class": events["value"]})
    assert total(only, "NetIncome") == "1.00"


@pytest.mark.parametrize(
    ("by", "days", "titles"),
    [
        ("Month", ("2025-03-01", "2025-04-10"), ["Mar 2025", "Apr 1 - 10, 2025"]),
        ("Quarter", ("2025-01-01", "2025-06-30"), ["Jan - Mar 2025", "Apr - Jun 2025"]),
        ("Year", ("2013-07-04", "2014-12-31"), ["Jul 4 - Dec 31, 2013", "Jan - Dec 2014"]),
    ],
)
def test_periods_make_columns_that_tell_their_days(
    qbo: Caller, by: str, days: tuple[str, str], titles: list[str]
) -> None:
    qbo.create("Invoice", **an_invoice(qbo.customer(), "1.00", TxnDate=days[0]))
    report = pnl(qbo, summarize_column_by=by, start_date=days[0], end_date=days[1])
    columns = report["Columns"]["Column"]
    assert [column["ColTitle"] for column in columns] == ["", *titles, "Total"]
    first, last = columns[1]["MetaData"], columns[-2]["MetaData"]
    assert first[0] == {"Name": "StartDate", "Value": days[0]}
    assert last[1] == {"Name": "EndDate", "Value": days[1]}


def test_on_a_cash_basis_only_what_is_paid_counts_when_it_is_paid(qbo: Caller) -> None:
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "100.00", TxnDate="2025-03-01"))
    qbo.create("Payment", **a_payment(customer, "25.00", (invoice, "25.00"), TxnDate="2025-05-01"))
    assert total(pnl(qbo, accounting_method="Cash"), "Income") == "25.00"
    assert total(pnl(qbo, accounting_method="Cash", end_date="2025-04-30"), "Income") == ""
    assert total(pnl(qbo, accounting_method="Accrual"), "Income") == "100.00"


def test_a_deposit_may_take_a_fee(qbo: Caller) -> None:
    fee = {"Amount": Decimal("-3.00"), "DetailType": "DepositLineDetail",
           "DepositLineDetail": {"AccountRef": qbo.ref("Account", "Merchant Account Fees")}}  # fmt: skip
    qbo.create("Deposit", DepositToAccountRef={"value": "35"}, Line=[fee], TxnDate="2025-03-01")
    assert total(pnl(qbo), "Expenses") == "3.00"


def test_a_backward_range_is_refused(qbo: Caller) -> None:
    assert qbo.get(
        "reports/ProfitAndLoss", start_date="2025-02-01", end_date="2025-01-01"
    ).codes == ["2190"]
