"""What the accounting half says beside an item: class, campus, category and vendor, in the books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.system.processes import Office, Simulated

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  sold: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  bought: {files: bills.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: sold
    group_by: Number
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date}
    lines: {item: Item, category: Category, location: Campus, amount: Amount}
  bills:
    from: bought
    group_by: Number
    document: {id: Number, number: Number, vendor: {name: Vendor}, date: Date}
    lines: {item: Item, category: Category, amount: Amount}
accounting:
  items:
    desk:
      item: Memberships:Hot Desk
      class: Memberships
      per_campus: {Boston: {item: Day Pass, class: Drop-in}}
    hall: {account: Coworking Income, class: flex}
    paper: {item: Custom Fee, expense_account: Merchant Account Fees}
  line_rules:
    - when: {category: evening*}
      set: {class: Events}
    - when: {customer: Cy}
      set: {item: One-off Charge, class: Offices}
  classes: {flex: Drop-in}
  locations: {Boston: Boston, Halifax: Halifax}
  expenses:
    by_vendor: {Harbour Realty Trust: Rent}
    by_category: {cards: Merchant Account Fees}
    default: Rent
push: {customers: true, vendors: true, invoices: true, bills: true}
"""
INVOICES = """Number,Customer,Date,Item,Category,Campus,Amount
I-1,Ada,2025-03-01,desk,,Halifax,100.00
I-2,Ada,2025-03-01,desk,,Boston,20.00
I-3,Bob,2025-03-01,desk,evening use,Halifax,30.00
I-3,Bob,2025-03-01,hall,,Halifax,40.00
I-4,Cy,2025-03-01,desk,,Halifax,50.00
"""
BILLS = """Number,Vendor,Date,Item,Category,Amount
B-1,Harbour Realty Trust,2025-03-01,paper,cards,10.00
B-2,Print Shop,2025-03-01,paper,,20.00
B-3,Print Shop,2025-03-01,other,cards,30.00
B-4,Print Shop,2025-03-01,other,,40.00
"""


def lines(documents: list[dict[str, Any]], *refs: str) -> dict[str, list[tuple[str, ...]]]:
    """Tell what each line of each document names, by the document's number."""
    return {
        each["DocNumber"]: [
            tuple(line[line["DetailType"]].get(ref, {}).get("name", "") for ref in refs)
            for line in each["Line"]
            if line["DetailType"] != "SubTotalLineDetail"
        ]
        for each in documents
    }


def test_each_line_gets_the_item_class_and_account_that_its_rules_say(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    files = {"acctsync.yaml": MAPPING, "invoices.csv": INVOICES, "bills.csv": BILLS}
    for name, text in files.items():
        (shop / name).write_text(text, encoding="utf-8")
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")

        sold = books.entities("Invoice")
        assert lines(sold, "ItemRef", "ClassRef") == {
            "I-1": [("Memberships:Hot Desk", "Memberships")],
            "I-2": [("Day Pass", "Drop-in")],
            "I-3": [("Memberships:Hot Desk", "Events"), ("Day Pass", "Drop-in")],
            "I-4": [("One-off Charge", "Offices")],
        }
        assert {each["DocNumber"]: each["DepartmentRef"]["name"] for each in sold} == {
            "I-1": "Halifax", "I-2": "Boston", "I-3": "Halifax", "I-4": "Halifax",
        }  # fmt: skip
        assert lines(books.entities("Bill"), "AccountRef") == {
            "B-1": [("Rent",)],
            "B-2": [("Merchant Account Fees",)],
            "B-3": [("Merchant Account Fees",)],
            "B-4": [("Rent",)],
        }
