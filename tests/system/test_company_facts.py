"""What a company's settings and plan make of a push: told by doctor, and kept in the books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.system.bench import Bench, at_work
from tests.system.taxed import CA, US, Row, cents, export

D = Decimal
ORDER = """
  purchase_orders:
    from: orders
    document: {id: Order, number: Order, vendor: {name: Vendor}, date: Date, total: Total}
    lines: {item: {value: work}, category: {value: work}, amount: Total}
"""
COMPANY = """
company: {{name: Small Desk, realm: "9130350000000078", country: US, currency: USD, edition: {edition}}}
preferences: {{{preferences}}}
accounts:
  - {{Name: Receivable, AccountType: Accounts Receivable, AccountSubType: AccountsReceivable}}
  - {{Name: Payable, AccountType: Accounts Payable, AccountSubType: AccountsPayable}}
  - {{Name: Undeposited Funds, AccountType: Other Current Asset, AccountSubType: UndepositedFunds}}
  - {{Name: Income, AccountType: Income, AccountSubType: ServiceFeeIncome}}
  - {{Name: Discounts given, AccountType: Income, AccountSubType: DiscountsRefundsGiven}}
  - {{Name: Supplies, AccountType: Expense, AccountSubType: SuppliesMaterials}}
classes: [{{Name: Studio}}]
departments: [{{Name: Halifax}}]
vendors: [{{DisplayName: Paper Supply}}]
items: [{{Name: Work, Type: Service, IncomeAccountRef: Income}}]
"""
MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Small Desk, currency: USD, timezone: UTC, tax: none}
sources:
  rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  orders: {files: orders.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: rows
    document:
      id: Number
      number: Number
      customer: {name: Customer}
      currency: Currency
      date: Date
      location: Campus
      discount: Discount
      total: Total
    lines: {item: What, amount: Amount}
  purchase_orders:
    from: orders
    document: {id: Order, number: Order, vendor: {name: Vendor}, date: Date, total: Total}
    lines: {item: {value: work}, amount: Total}
accounting:
  items: {work: {item: Work, class: Studio, expense_account: Supplies}}
  locations: {Halifax: Halifax}
  defaults: {discount_account: Discounts given}
push: {customers: true, vendors: true, invoices: true, purchase_orders: true}
"""
INVOICES = (
    "Number,Customer,Currency,Date,Campus,What,Amount,Discount,Total\n"
    "F-1,Acme,USD,2025-03-01,Halifax,work,100.00,10.00,90.00\n"
)
ORDERS = "Order,Vendor,Date,Total\nPO-1,Paper Supply,2025-03-01,40.00\n"
FILES = {"acctsync.yaml": MAPPING, "invoices.csv": INVOICES, "orders.csv": ORDERS}
PLUS, ESSENTIALS = "QuickBooks Online Plus", "QuickBooks Online Essentials"


def company(folder: Path, preferences: str = "", edition: str = PLUS) -> Path:
    path = folder / "company.yaml"
    path.write_text(COMPANY.format(edition=edition, preferences=preferences), encoding="utf-8")
    return path


def invoice(bench: Bench) -> dict[str, Any]:
    (found,) = bench.entities("Invoice")
    return found


def told(envelope: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["code"], each["severity"], each["document"]) for each in envelope["problems"]]


def found_by_doctor(bench: Bench, exit_code: int = 0) -> list[str]:
    problems = bench.json("doctor", exit_code=exit_code)["problems"]
    return [each["code"] for each in problems if each["code"].startswith("QBO")]


def test_a_company_that_has_everything_on_takes_everything(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path)) as bench:
        assert found_by_doctor(bench) == []
        assert told(bench.json("push")) == []
        made = invoice(bench)
        assert (made["DocNumber"], cents(made["TotalAmt"])) == ("F-1", D("90.00"))
        assert made["DepartmentRef"]["name"] == "Halifax"
        line, _, discount = made["Line"]
        assert line["SalesItemLineDetail"]["ClassRef"]["name"] == "Studio"
        assert (discount["DetailType"], discount["Amount"]) == ("DiscountLineDetail", 10)
        (order,) = bench.entities("PurchaseOrder")
        assert order["DocNumber"] == "PO-1"


@pytest.mark.parametrize(
    ("preferences", "code", "warned"),
    [
        ('classes: "off"', "QBO105", ["QBO161"]),
        ("departments: false", "QBO106", ["QBO163"]),
        ("discounts: false", "QBO102", []),
        ("custom_numbers: false", "QBO101", []),
    ],
)
def test_a_setting_that_is_off_is_told_by_doctor_and_the_total_stays(
    tmp_path: Path, preferences: str, code: str, warned: list[str]
) -> None:
    with at_work(tmp_path, FILES, company(tmp_path, preferences)) as bench:
        assert found_by_doctor(bench) == [code]
        warnings = {each["code"] for each in bench.json("push")["problems"]}
        assert warnings >= set(warned)
        made = invoice(bench)
        assert (made["DocNumber"], cents(made["TotalAmt"])) == ("F-1", D("90.00"))
        assert bench.json("push")["data"]["calls"]["write"] == 0


def test_a_class_of_the_whole_document_stands_at_its_head(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path, "classes: transaction")) as bench:
        assert found_by_doctor(bench) == []
        bench.json("push")
        assert invoice(bench)["ClassRef"]["name"] == "Studio"


def test_a_plan_below_plus_holds_purchase_orders_back_and_says_so(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path, edition=ESSENTIALS)) as bench:
        assert found_by_doctor(bench, exit_code=2) == ["QBO107"]
        envelope = bench.json("push", exit_code=3)
        assert ("QBO107", "error", "PO-1") in told(envelope)
        (problem,) = [each for each in envelope["problems"] if each["code"] == "QBO107"]
        assert problem["message"] == (
            "QuickBooks Online Essentials has no purchase orders: QuickBooks has them from Plus on"
        )
        assert problem["hint"] == (
            "Upgrade the company to Plus, or set push.purchase_orders: false."
        )
        assert cents(invoice(bench)["TotalAmt"]) == D("90.00")
        assert bench.entities("PurchaseOrder") == []


def test_another_currency_is_held_back_where_multicurrency_is_off(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path)) as bench:
        bench.change("invoices.csv", "Acme,USD", "Acme,EUR")
        own = "F-2,Acme,USD,2025-03-02,Halifax,work,50.00,,50.00\n"
        bench.write({"invoices.csv": (tmp_path / "invoices.csv").read_text() + own})
        assert found_by_doctor(bench, exit_code=2) == ["QBO108"]
        envelope = bench.json("push", exit_code=3)
        assert ("QBO172", "error", "F-1") in told(envelope)
        assert invoice(bench)["DocNumber"] == "F-2"


def test_another_company_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path)) as bench:
        bench.change("acctsync.yaml", "company: Small Desk", "company: Big Desk")
        before = len(bench.simulator.requests)
        envelope = bench.json("push", exit_code=2)
        (problem,) = envelope["problems"]
        assert "Small Desk" in problem["message"]
        assert "Big Desk" in problem["message"]
        assert len(bench.simulator.requests) == before
        assert bench.entities("Invoice") == []


def test_home_currency_country_and_environment_are_told(tmp_path: Path) -> None:
    with at_work(tmp_path, FILES, company(tmp_path)) as bench:
        (books,) = [
            each for each in bench.json("doctor")["data"]["checks"] if each["name"] == "books"
        ]
        assert "Small Desk" in books["finding"]
        assert "USD" in books["finding"]
        assert "US" in books["finding"]
        (connection,) = bench.json("connections")["data"]["connections"]
        assert connection["environment"] == "sandbox"


def test_an_invoice_in_another_currency_keeps_its_own_total_and_its_rate(tmp_path: Path) -> None:
    taxes = {"GST 5%": "GST", "none": "Exempt"}
    rows = [
        Row("M-1", "105.00", amount="100.00", taxes=[("GST", "5")], billed="5.00"),
        Row("M-2", "200.00", customer="Brooklyn", currency="USD", rate="1.3625", amount="200.00"),
        Row("M-3", "50.00", customer="Lyon", currency="EUR", rate="1.48", amount="50.00"),
    ]
    files = {"acctsync.yaml": CA.mapping(taxes), "invoices.csv": export(rows)}
    with at_work(tmp_path, files, CA.company(tmp_path)) as bench:
        bench.json("push")
        kept = {
            each["DocNumber"]: (
                each["CurrencyRef"]["value"], cents(each["TotalAmt"]),
                D(str(each.get("ExchangeRate", 1))), cents(each.get("HomeTotalAmt", each["TotalAmt"])),
            )
            for each in bench.entities("Invoice")
        }  # fmt: skip
        assert kept == {
            "M-1": ("CAD", D("105.00"), D(1), D("105.00")),
            "M-2": ("USD", D("200.00"), D("1.3625"), D("272.50")),
            "M-3": ("EUR", D("50.00"), D("1.48"), D("74.00")),
        }
        currencies = {
            each["DisplayName"]: each["CurrencyRef"]["value"] for each in bench.entities("Customer")
        }
        assert currencies == {"Acme": "CAD", "Brooklyn": "USD", "Lyon": "EUR"}
        assert bench.json("push")["data"]["calls"]["write"] == 0


def test_a_customer_keeps_one_currency_and_an_invoice_in_another_is_told(tmp_path: Path) -> None:
    rows = [
        Row("M-1", "100.00", amount="100.00"),
        Row("M-2", "200.00", currency="USD", rate="1.3625", amount="200.00"),
    ]
    files = {"acctsync.yaml": CA.mapping({"none": "Exempt"}), "invoices.csv": export(rows)}
    with at_work(tmp_path, files, CA.company(tmp_path)) as bench:
        envelope = bench.json("push", exit_code=3)
        (problem,) = envelope["problems"]
        assert problem["document"] == "M-2"
        assert [each["DocNumber"] for each in bench.entities("Invoice")] == ["M-1"]


def test_a_us_company_with_sales_tax_off_holds_taxed_documents_back(tmp_path: Path) -> None:
    tax = [("Sales tax", "6.25")]
    rows = [
        Row("A-1", "106.25", amount="100.00", taxes=tax, billed="6.25"),
        Row("A-2", "50.00", amount="50.00"),
    ]
    taxes = {"Sales tax 6.25%": "TAX", "none": "NON"}
    path = US.company(tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8").replace("sales_tax: automated", 'sales_tax: "off"'),
        encoding="utf-8",
    )
    files = {"acctsync.yaml": US.mapping(taxes), "invoices.csv": export(rows)}
    with at_work(tmp_path, files, path) as bench:
        assert found_by_doctor(bench) == ["QBO103"]
        problems = bench.json("push", exit_code=3)["problems"]
        (problem,) = [each for each in problems if each["severity"] == "error"]
        assert (problem["code"], problem["document"]) == ("QBO151", "A-1")
        assert problem["message"] == "it has tax (6.25), but sales tax is off in QuickBooks"
        assert [each["DocNumber"] for each in bench.entities("Invoice")] == ["A-2"]
