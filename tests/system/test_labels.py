"""Classes and locations: created where the mapping says so, once, before what names them."""

from __future__ import annotations

from pathlib import Path

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: rows
    group_by: Number
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, location: Site}
    lines: {item: {value: pass}, class: Team, amount: Amount}
accounting:
  items: {pass: {item: Day Pass}}
  unmapped: {class: create, location: create}
push: {customers: true, invoices: true}
"""
INVOICES = """Number,Customer,Date,Site,Team,Amount
I-1,Ada,2025-03-01,Pier 9,Events:Weddings,10.00
I-1,Ada,2025-03-01,Pier 9,Yoga: Adults,25.00
I-2,Bob,2025-03-01,pier  9,Events:Talks,30.00
"""
# The sample company has Events of its own.
CLASSES = {"Events:Weddings", "Events:Talks", "Yoga", "Yoga:Adults"}
HUNG = {
    "I-1": ("Pier 9", ["Events:Weddings", "Yoga:Adults"]),
    "I-2": ("Pier 9", ["Events:Talks"]),
}


def a_shop(folder: Path) -> Path:
    shop = folder / "shop"
    shop.mkdir(parents=True)
    (shop / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    (shop / "invoices.csv").write_text(INVOICES, encoding="utf-8")
    return shop


def full_names(books: Simulated, entity: str) -> list[str]:
    return sorted(each["FullyQualifiedName"] for each in books.entities(entity))


def hung(books: Simulated) -> dict[str, tuple[str, list[str]]]:
    """Tell where invoices and their lines hang."""
    return {
        each["DocNumber"]: (
            each["DepartmentRef"]["name"],
            [
                line["SalesItemLineDetail"]["ClassRef"]["name"]
                for line in each["Line"]
                if line["DetailType"] == "SalesItemLineDetail"
            ],
        )
        for each in books.entities("Invoice")
    }


def test_what_the_books_lack_is_made_once_whatever_is_lost(tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, a_shop(tmp_path))
        office.connect()
        before = {entity: full_names(books, entity) for entity in ("Class", "Department")}
        assert "Events" in before["Class"]

        shown = " ".join(office.run("plan").stdout.split())
        assert "New locations: Pier 9" in shown
        assert "New classes: Events:Weddings, Yoga, Yoga:Adults, Events:Talks" in shown
        for entity in ("Class", "Department"):
            match = {"entity": entity, "operation": "create"}
            books.post("/simulator/faults", {"match": match, "do": {"drop_after": True}})
        first = office.json("push")
        assert first["data"]["by_kind"]["classes"]["create"] == len(CLASSES)
        assert full_names(books, "Class") == sorted({*before["Class"], *CLASSES})
        assert full_names(books, "Department") == sorted([*before["Department"], "Pier 9"])
        assert hung(books) == HUNG
        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}
        (known,) = office.json("show", "Pier 9")["data"]["known"]
        assert known["ref"]["kind"] == "locations"

        held = books.get("/simulator/books")
        next(office.state.rglob("state.db")).unlink()
        office.connect()
        assert set(counted(office.json("push"))) == {"adopt"}
        assert books.get("/simulator/books") == held
