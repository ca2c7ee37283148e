"""Products and services: created where the mapping says so, once, before what names them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {{system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}}
sources:
  rows: {{files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}}
  products: {{files: products.csv, format: csv, missing: ok, numbers: "1234.50"}}
records:
  invoices:
    from: rows
    group_by: Number
    document: {{id: Number, number: Number, customer: {{name: Customer}}, date: Date}}
    lines: {{item: Item, amount: Amount}}
{records}accounting:
  items: {{desk: {{item: "Memberships:Corner Desk", account: Card fee income}}, pass: {{item: Day Pass}}}}
  defaults: {{income_account: Coworking Income}}
  unmapped: {{item: {policy}}}
push: {{customers: true, items: true, invoices: true}}
"""
OWN = """  items:
    from: products
    document: {id: Code, name: Name, sku: Code, description: Text, unit_price: Price}
"""
INVOICES = """Number,Customer,Date,Item,Amount
I-1,Ada,2025-03-01,pass,10.00
I-1,Ada,2025-03-01,Sauna,25.00
I-2,Bob,2025-03-01, sauna ,30.00
I-2,Bob,2025-03-01,desk,200.00
I-3,Cy,2025-03-02,Parking: day,8.00
"""


def a_shop(folder: Path, policy: str = "create", records: str = "", **files: str) -> Path:
    shop = folder / "shop"
    shop.mkdir(parents=True)
    mapping = MAPPING.format(policy=policy, records=records)
    (shop / "acctsync.yaml").write_text(mapping, encoding="utf-8")
    for name, text in ({"invoices": INVOICES} | files).items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")
    return shop


def made(books: Simulated, *, before: frozenset[str]) -> dict[str, str]:
    """Tell the items that are new in the books, each with the account its income goes to."""
    fresh = [each for each in books.entities("Item") if each["Id"] not in before]
    return {each["FullyQualifiedName"]: each["IncomeAccountRef"]["name"] for each in fresh}


def ids(books: Simulated) -> frozenset[str]:
    return frozenset(each["Id"] for each in books.entities("Item"))


def sold(books: Simulated) -> dict[str, list[tuple[str, Decimal]]]:
    return {
        each["DocNumber"]: [
            (line["SalesItemLineDetail"]["ItemRef"]["name"], Decimal(str(line["Amount"])))
            for line in each["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]
        for each in books.entities("Invoice")
    }


CREATED = {
    "Sauna": "Coworking Income",
    "Memberships:Corner Desk": "Card fee income",
    "Parking- day": "Coworking Income",
}
SOLD = {
    "I-1": [("Day Pass", Decimal(10)), ("Sauna", Decimal(25))],
    "I-2": [("Sauna", Decimal(30)), ("Memberships:Corner Desk", Decimal(200))],
    "I-3": [("Parking- day", Decimal(8))],
}


def test_missing_items_are_created_under_their_accounts_before_what_names_them(
    tmp_path: Path,
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        before = ids(books)

        planned = office.json("plan")
        assert planned["data"]["by_kind"]["items"]["create"] == 3
        assert ids(books) == before, "a plan writes nothing"

        first = office.json("push")
        assert first["data"]["by_kind"]["items"]["create"] == 3
        assert made(books, before=before) == CREATED
        assert sold(books) == SOLD

        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
        shown = office.json("show", "Sauna")
        print(shown)
        print(office.run("show", "Sauna").stdout)
        print(office.run("check").stdout)
        print(office.run("log").stdout)
        print(office.run("plan").stdout)
