"""Products and services: created where the mapping says so, once, before what names them."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sweeping import swept
from tests.system.processes import Office, Simulated, counted
from tests.system.test_kills import kill_after

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
        shown = " ".join(office.run("plan").stdout.split())
        assert "New products and services: Sauna, Memberships:Corner Desk, Parking- day" in shown
        checked = office.run("check").stdout
        assert "Not mapped yet" not in checked
        assert "item 'Parking: day' (once, first at invoices.csv:6)" in " ".join(checked.split())

        first = office.json("push")
        assert first["data"]["by_kind"]["items"]["create"] == 3
        assert made(books, before=before) == CREATED
        assert sold(books) == SOLD

        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
        (shown,) = office.json("show", "Sauna")["data"]["known"]
        assert (shown["ref"]["kind"], shown["number"]) == ("items", "Sauna")


def test_a_lost_answer_and_a_lost_state_make_no_item_twice(tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        before = ids(books)
        lose = {"match": {"entity": "Item", "operation": "create"}, "do": {"drop_after": True}}
        books.post("/simulator/faults", lose)
        office.json("push")
        assert made(books, before=before) == CREATED
        assert sold(books) == SOLD

        held = books.get("/simulator/books")
        next(office.state.rglob("state.db")).unlink()
        office.connect()
        assert set(counted(office.json("push"))) == {"adopt"}
        assert books.get("/simulator/books") == held


@pytest.mark.crash
@pytest.mark.parametrize("seed", swept(range(40, 43)))
def test_a_push_of_items_killed_at_any_moment_makes_each_once(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)  # noqa: S311 - a replayable sweep
    shop = a_shop(tmp_path, records=OWN, products=PRODUCTS)
    with Simulated(latency=0.03) as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        before = ids(books)
        for _ in range(5):
            kill_after(office, moments.uniform(0.25, 1.6))
        office.json("push")
        assert made(books, before=before) == CREATED | {"Locker": "Coworking Income"}
        assert sold(books) == SOLD
        assert set(counted(office.json("push"))) == {"unchanged"}, f"seed {seed}"


def test_a_refused_item_holds_back_what_names_it_and_the_next_run_finishes_it(
    tmp_path: Path,
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        refuse = {"code": "6000", "message": "no", "detail": "not today"}
        match = {"entity": "Item", "document": "Sauna"}
        books.post("/simulator/faults", {"match": match, "do": {"refuse": refuse}})

        first = office.json("push", exit_code=3)
        held = {each["document"]: each["message"] for each in first["problems"]}
        assert held["I-1"] == held["I-2"] == "it needs item Sauna, which can't be pushed"
        assert sold(books) == {"I-3": SOLD["I-3"]}

        office.json("retry-failed")
        assert sold(books) == SOLD
        assert office.json("status")["data"]["failed"] == []


def test_without_create_nothing_is_made_and_the_hint_says_how(tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path, policy="error"))
        office.connect()
        before = ids(books)
        told = office.json("push", exit_code=3)
        assert ids(books) == before
        hints = {each["document"]: each["hint"] for each in told["problems"]}
        assert set(hints) == {"I-1", "I-2", "I-3"}
        assert all("{item: create}" in hint for hint in hints.values())


PRODUCTS = """Code,Name,Text,Price
S,Sauna,An hour of heat,25.005
L,Locker,,12.00
P,Day Pass,Ours,9.00
D,desk,In the corner,180
H,Hot Desk,Is below Memberships,20
"""


def test_the_items_of_the_export_are_created_and_those_that_are_there_left_as_they_are(
    tmp_path: Path,
) -> None:
    shop = a_shop(tmp_path, policy="error", records=OWN, products=PRODUCTS)
    text = (shop / "acctsync.yaml").read_text()
    listed = "pass: {item: Day Pass}, Sauna: {item: Sauna}, 'Parking: day': {item: Day Pass}}"
    text = text.replace("pass: {item: Day Pass}}", listed)
    (shop / "acctsync.yaml").write_text(text)
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        before = books.entities("Item")

        first = office.json("push")
        assert first["data"]["by_kind"]["items"] == {
            **dict.fromkeys(first["data"]["by_kind"]["items"], 0),
            "create": 3,
            "adopt": 2,
        }
        items = {each["FullyQualifiedName"]: each for each in books.entities("Item")}
        assert [items[each["FullyQualifiedName"]] for each in before] == before
        facts = ("Sku", "Description", "UnitPrice", "Type")
        fresh = {
            name: tuple(str(each.get(fact, "")) for fact in facts)
            for name, each in items.items()
            if each not in before
        }
        assert fresh == {
            "Sauna": ("S", "An hour of heat", "25.005", "Service"),
            "Locker": ("L", "", "12", "Service"),
            "Memberships:Corner Desk": ("D", "In the corner", "180", "Service"),
        }
        assert sold(books)["I-2"] == SOLD["I-2"]
        assert set(counted(office.json("push"))) == {"unchanged"}
