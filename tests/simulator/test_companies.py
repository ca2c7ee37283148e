"""The ready companies hold everything their mappings name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from acctsync.simulator import Simulator
from acctsync.simulator.books import Books
from tests.simulator.caller import COMPANIES, ROOT

MAPPINGS = ROOT / ".." / "shared" / "exports" / "mappings"


def mapping(name: str) -> Any:
    path: Path = MAPPINGS / name
    if not path.is_file():
        pytest.skip("the mappings are not at hand")
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - text only


@pytest.mark.parametrize(
    ("company", "file"),
    [
        ("coworks.yaml", "coworks-quickbooks.yaml"),
        ("agency-canada.yaml", "agency-canada-quickbooks.yaml"),
    ],
)
def test_a_company_fits_its_mapping(company: str, file: str) -> None:
    wanted = mapping(file)
    books = Simulator("qbo", company=COMPANIES / company).books
    assert (books.identity.name, books.identity.currency) == (
        wanted["books"]["company"],
        wanted["books"]["currency"],
    )
    missing = [
        (kind, name) for kind, name in _named(wanted["accounting"]) if not _has(books, kind, name)
    ]
    assert missing == []


def _has(books: Books, kind: str, name: object) -> bool:
    if isinstance(name, dict):
        return books.find(kind, str(name["id"])) is not None
    return books.named(kind, str(name)) is not None or books.find(kind, str(name)) is not None


def _named(accounting: Any) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for item in accounting["items"].values():
        found.append(("Item", item["item"]))
        found += [("Class", item["class"])] if "class" in item else []
        found += [
            ("Account", item[name]) for name in ("account", "expense_account") if name in item
        ]
    for method in accounting["payment_methods"].values():
        found += [("PaymentMethod", method["method"])] if "method" in method else []
        found.append(("Account", method["deposit_to"]))
    found += [("Department", name) for name in accounting.get("locations", {}).values()]
    found += [("TaxCode", tax["code"]) for tax in accounting["taxes"].values()]
    found += [("Account", name) for name in accounting["defaults"].values()]
    found += [
        ("Account", accounting[part]["account"])
        for part in ("fees", "retainers")
        if part in accounting
    ]
    expenses = accounting.get("expenses", {})
    found += [
        ("Account", name)
        for part in ("by_vendor", "by_category")
        for name in expenses.get(part, {}).values()
    ]
    return found


def test_the_office_item_and_the_boston_location_have_the_ids_the_mapping_uses() -> None:
    books = Simulator("qbo").books
    assert (books.get("Item", "19")["Name"], books.get("Department", "2")["Name"]) == (
        "Private Office",
        "Boston",
    )
