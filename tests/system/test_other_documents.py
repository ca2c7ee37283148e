"""Vendors, purchase orders, bills and sales receipts: from an export through push, and again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books:
  system: quickbooks
  company: Harbour Commons LLC
  currency: USD
  timezone: America/New_York
sources:
  sales: {files: sales.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  orders: {files: orders.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  bills: {files: bills.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  sellers: {files: vendors.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  vendors:
    from: sellers
    document: {id: Vendor, name: Vendor, email: E-mail, phone: Phone}
  sales_receipts:
    from: sales
    document:
      id: Sale
      number: Sale
      customer: {name: Buyer}
      date: Date
      total: Total
      method: Paid By
      state: {column: State, map: {done: open, cancelled: void}}
    lines: {item: Product, quantity: Qty, unit_price: Price}
  purchase_orders:
    from: orders
    document:
      id: Order
      number: Order
      vendor: {name: Vendor}
      date: Date
      total: Total
      state: {column: State, map: {open: open, received: closed, cancelled: void}}
    lines: {item: What, category: What, amount: Total}
  bills:
    from: bills
    document:
      id: Bill
      number: Bill
      vendor: {name: Vendor}
      date: Date
      due_date: Due
      total: Total
    lines: {item: What, category: What, amount: Net, tax_amount: Tax, taxes: [{name: {column: Tax, when_filled: Sales tax}}]}
accounting:
  items:
    Day Pass: {item: Day Pass}
  taxes: {Sales tax: {code: TAX}, none: {code: NON}}
  payment_methods:
    Cash: {method: Cash, deposit_to: Undeposited Funds}
    Card: {method: Credit Card, deposit_to: Stripe Clearing}
  expenses:
    by_category: {Rent: Rent}
    default: Merchant Account Fees
  vendors: {match: [name], missing: create}
push: {vendors: true, sales_receipts: true, purchase_orders: true, bills: true, void: true}
"""
VENDORS = "Vendor,E-mail,Phone\nPaper Supply,ap@paper.example,617 555 0100\n"
SALES = (
    "Sale,Buyer,Date,Product,Qty,Price,Total,Paid By,State\n"
    "S-1,Ada,2025-03-01,Day Pass,2,25.00,50.00,Cash,done\n"
    "S-2,Bob,2025-03-02,Day Pass,1,25.00,25.00,Card,done\n"
)
ORDERS = (
    "Order,Vendor,Date,What,Total,State\n"
    "PO-1,Paper Supply,2025-03-01,Paper,120.00,open\n"
    "PO-2,Harbour Realty Trust,2025-03-02,Rent,900.00,open\n"
)
BILLS = (
    "Bill,Vendor,Date,Due,What,Net,Tax,Total\n"
    "B-1,Harbour Realty Trust,2025-03-03,2025-04-01,Rent,900.00,56.25,956.25\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in (
        ("acctsync.yaml", MAPPING), ("vendors.csv", VENDORS), ("sales.csv", SALES),
        ("orders.csv", ORDERS), ("bills.csv", BILLS),
    ):  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def totals(books: Simulated, entity: str) -> dict[str, Decimal]:
    return {each["DocNumber"]: Decimal(str(each["TotalAmt"])) for each in books.entities(entity)}


def posted(books: Simulated, entity: str) -> dict[str, tuple[str, list[str]]]:
    """List whom purchases are from and which accounts their lines are on."""
    return {
        each["DocNumber"]: (
            each["VendorRef"]["name"],
            [line["AccountBasedExpenseLineDetail"]["AccountRef"]["name"] for line in each["Line"]],
        )
        for each in books.entities(entity)
    }


def change(office: Office, file: str, old: str, new: str) -> None:
    path = office.data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def paid_by(receipt: dict[str, Any]) -> tuple[str, str]:
    return receipt["PaymentMethodRef"]["name"], receipt["DepositToAccountRef"]["name"]


def test_what_is_bought_and_sold_over_the_counter_lands_once_and_follows_the_export(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        first = office.json("push")

        assert first["data"]["by_kind"]["vendors"]["create"] == 1
        assert first["data"]["by_kind"]["vendors"]["adopt"] == 1
        paper = next(v for v in books.entities("Vendor") if v["DisplayName"] == "Paper Supply")
        assert paper["PrimaryEmailAddr"] == {"Address": "ap@paper.example"}
        assert totals(books, "SalesReceipt") == {"S-1": Decimal(50), "S-2": Decimal(25)}
        assert [paid_by(each) for each in books.entities("SalesReceipt")] == [
            ("Cash", "Undeposited Funds"),
            ("Credit Card", "Stripe Clearing"),
        ]
        assert totals(books, "PurchaseOrder") == {"PO-1": Decimal(120), "PO-2": Decimal(900)}
        assert posted(books, "PurchaseOrder") == {
            "PO-1": ("Paper Supply", ["Merchant Account Fees"]),
            "PO-2": ("Harbour Realty Trust", ["Rent"]),
        }
        assert totals(books, "Bill") == {"B-1": Decimal("956.25")}

        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}

        change(office, "sales.csv", "1,25.00,25.00,Card,done", "2,25.00,50.00,Card,done")
        change(office, "sales.csv", "Cash,done", "Cash,cancelled")
        change(office, "orders.csv", "900.00,open", "900.00,received")
        change(office, "orders.csv", "120.00,open", "120.00,cancelled")
        changed = office.json("push")
        assert {word: n for word, n in counted(changed).items() if word != "unchanged"} == {
            "update": 2,
            "void": 2,
        }
        assert totals(books, "SalesReceipt") == {"S-1": Decimal(0), "S-2": Decimal(50)}
        assert [each["POStatus"] for each in books.entities("PurchaseOrder")] == ["Closed"]
        assert set(counted(office.json("push"))) == {"unchanged"}


def test_after_losing_the_state_all_of_them_are_adopted(shop: Path, tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")
        before = books.get("/simulator/books")
        next(office.state.rglob("state.db")).unlink()
        office.json("push", exit_code=12)
        office.connect()
        adopted = office.json("push")
        assert set(counted(adopted)) == {"adopt"}
        assert books.get("/simulator/books") == before
