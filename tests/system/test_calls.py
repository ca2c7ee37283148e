"""How many calls each kind of document takes, in both books: full exchanges, and one more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator import Simulator
from benchmarks.business import Business
from tests.system.bench import Bench

MANY = 51  # two exchanges of either: of thirty, or of fifty
FEW = 7
MAPPING = """\
acctsync: 1
books: {system: SYSTEM, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  people: {files: people.csv, format: csv, missing: ok}
  products: {files: products.csv, format: csv, missing: ok, numbers: "1234.50"}
  billed: {files: sales.csv, format: csv, missing: ok, numbers: "1234.50", dates: YYYY-MM-DD}
  credited: {files: credited.csv, format: csv, missing: ok, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: paid.csv, format: csv, missing: ok, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  customers: {from: people, document: {id: Name, name: Name, email: Email}}
  items: {from: products, document: {id: Code, name: Code, sku: Code, unit_price: Price}}
  invoices:
    from: billed
    document: {id: Number, number: Number, customer: {name: Name}, date: Date, due_date: Date,
               total: Amount, state: {column: State, map: {open: open, void: void}}}
    lines: {item: Item, amount: Amount}
  credit_notes:
    from: credited
    document: {id: Number, number: Number, customer: {name: Name}, date: Date, total: Amount,
               state: {column: State, map: {open: open, void: void}}}
    lines: {item: Item, amount: Amount}
  payments:
    from: paid
    document: {id: Id, invoice: Number, customer: {name: Name}, date: Date, amount: Amount,
               state: {column: State, map: {open: open, void: void}}}
accounting:
  items: {Desk: {item: DESK}}
  defaults: {income_account: INCOME}
  unmapped: {item: create}
  payment_methods: {other: {deposit_to: BANK}}
  customers: {match: [name], missing: create, existing: overwrite}
TAXESpush: {customers: true, items: true, invoices: true, credit_notes: true, payments: true, void: true}
"""
WORDS = {
    "qbo": {
        "SYSTEM": "quickbooks",
        "DESK": "Desk",
        "INCOME": "Income",
        "BANK": "Checking",
        "TAXES": "",
    },
    "xero": {
        "SYSTEM": "xero",
        "DESK": "DESK",
        "INCOME": '"200"',
        "BANK": '"090"',
        "TAXES": "  taxes: {none: {code: NONE}}\n",
    },
}
# Reads and writes of each push. QuickBooks tells of itself in two answers, Xero in one.
COSTS = {
    "qbo": {
        "customers": (2 + 1, 2),
        "their addresses": (2 + 1, 2),
        "items": (2 + 2, 2),
        "invoices": (2 + 1 + 1, 2),
        "updates": (2 + 1 + 1, 2),
        "credits": (2 + 1 + 1, 2),
        "payments": (2 + 1 + 1 + 1, 2),
        "void payments": (2 + 1, FEW),  # only the single form is documented for invoices
        "void invoices": (2 + 1, FEW),
        "void credits": (2 + 1, 1),
        "nothing": (0, 0),
    },
    "xero": {
        "customers": (1 + 1, 2),
        "their addresses": (1 + 1, 2),
        "items": (1 + 2, 2),
        "invoices": (1 + 1 + 1, 2),
        "updates": (1 + 1 + 1, 2),
        "credits": (1 + 1 + 1, 2),
        "payments": (1 + 1 + 1 + 1, 2),
        "void payments": (1 + 1, FEW),  # an address of its own each
        "void invoices": (1 + 1, 1),
        "void credits": (1 + 1, 1),
        "nothing": (0, 0),
    },
}


class Shop(Bench):
    """A shop whose exports grow from push to push."""

    def __init__(self, system: str, *given: Any) -> None:
        super().__init__(*given)
        self.system = system
        mapping = MAPPING
        for word, value in WORDS[system].items():
            mapping = mapping.replace(word, value)
        self.write({"acctsync.yaml": mapping})

    def connect(self) -> None:
        url = self.simulator.url
        done = self.run("connect", self.system, "--url", url, "--token-store", "file", "--yes")
        assert done.code == 0, done

    def export(self, name: str, head: str, row: Callable[[int], str]) -> None:
        self.write({f"{name}.csv": "\n".join([head, *map(row, range(MANY))]) + "\n"})

    def calls(self) -> tuple[int, int]:
        """Push a minute later; tell how many reads and writes that took."""
        for kept in self.folder.glob("state/connections/*/pace.json"):
            kept.unlink()
        told = self.json("push")["data"]["calls"]
        assert told["throttled"] == 0
        return told["read"], told["write"]

    # What the billing system does

    def register(self) -> None:
        self.export("people", "Name,Email", lambda n: f"Guest {n},guest{n}@example.com")

    def readdress(self) -> None:
        self.export("people", "Name,Email", lambda n: f"Guest {n},new{n}@example.com")

    def offer(self) -> None:
        self.export("products", "Code,Price", lambda n: f"THING{n},{n + 1}.00")

    def bill(self, *, void: int = 0, amount: str = "9.00") -> None:
        self.export(
            "sales",
            "Number,Name,Date,Item,Amount,State",
            lambda n: f"I-{n},Guest {n},2025-03-01,Desk,{amount},{'void' if n < void else 'open'}",
        )

    def credit(self, *, void: int = 0) -> None:
        self.export(
            "credited",
            "Number,Name,Date,Item,Amount,State",
            lambda n: f"C-{n},Guest {n},2025-03-02,Desk,2.00,{'void' if n < void else 'open'}",
        )

    def pay(self, *, void: int = 0) -> None:
        self.export(
            "paid",
            "Id,Number,Name,Date,Amount,State",
            lambda n: f"P-{n},I-{n},Guest {n},2025-03-03,7.50,{'void' if n < void else 'open'}",
        )


@pytest.fixture(params=["qbo", "xero"])
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    system = request.param
    Business(system=system, invoices=0, held=0).write(tmp_path)
    company = tmp_path / "company.yaml"
    with Simulator(system, company=company, limits=False) as simulator:
        shop = Shop(system, tmp_path, simulator, monkeypatch)
        shop.connect()
        yield shop


def test_each_kind_takes_full_exchanges_and_one_question_for_each_thing_it_needs(
    shop: Shop,
) -> None:
    steps: dict[str, Callable[[], None]] = {
        "customers": shop.register,
        "their addresses": shop.readdress,
        "items": shop.offer,
        "invoices": shop.bill,
        "updates": partial(shop.bill, amount="10.00"),
        "credits": shop.credit,
        "payments": shop.pay,
        "void payments": partial(shop.pay, void=FEW),
        "void invoices": partial(shop.bill, void=FEW, amount="10.00"),
        "void credits": partial(shop.credit, void=FEW),
        "nothing": lambda: None,
    }
    costs = {}
    for name, step in steps.items():
        step()
        costs[name] = shop.calls()
    assert costs == COSTS[shop.system]
