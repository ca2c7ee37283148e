"""Products and services: records of their own, and words that are taken for entries of their name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Item, Kind, Reference
from acctsync.engine.reading import Reading
from tests.reading import BOOKS, codes, invoices, read, said

PRODUCTS = "Code,Name,Price,State,Group,Account\n"


def products(
    folder: Path, rows: str, accounting: str = "", fields: str = "unit_price: Price"
) -> Reading:
    text = f"""{BOOKS}
sources:
  a: {{files: a.csv, format: csv, numbers: "1,234.50"}}
records:
  items:
    from: a
    document: {{id: Code, name: Name, {fields}}}
accounting: {{{accounting}}}
push: {{items: true}}
"""
    return read(folder, text, {"a.csv": PRODUCTS + rows})


def items(reading: Reading) -> dict[str, Item]:
    return {each.ref.id: each for each in reading.documents if isinstance(each, Item)}


def test_an_item_is_read_with_its_price_to_the_last_digit(tmp_path: Path) -> None:
    reading = products(
        tmp_path,
        "S,Sauna,25.005,,,Spa income\nL,Locker,,,,\n",
        fields="unit_price: Price, sku: Code, description: Group, account: Account",
    )
    assert codes(reading.problems) == []
    sauna, locker = items(reading)["S"], items(reading)["L"]
    assert (sauna.name, sauna.sku, sauna.unit_price, sauna.account) == (
        "Sauna", "S", Decimal("25.005"), Reference(name="Spa income"),
    )  # fmt: skip
    assert (locker.unit_price, locker.account) == (None, None)


def test_an_item_stands_below_its_parent_and_a_colon_in_its_own_name_is_a_dash(
    tmp_path: Path,
) -> None:
    rows = "S,Sauna: hot,1,,Spa,\nT,Towel: big,1,,,\n"
    reading = products(tmp_path, rows, fields="parent: Group")
    assert [each.name for each in items(reading).values()] == ["Spa:Sauna- hot", "Towel- big"]


def test_an_item_is_called_what_the_mapping_lists_it_as(tmp_path: Path) -> None:
    accounting = (
        "items: {Desk: {item: 'Space:Desk', account: Rent}, desk two: {item: 'Space:Desk'},"
        " Room*: {item: Rooms}, Hall: {item: {id: '9'}}, Mail: {account: Post}}"
    )
    rows = "1,desk,1,,,\n2,Desk two,1,,,\n3,Room 5,1,,,\n4,Hall,1,,,\n5,Mail,1,,,\n"
    reading = products(tmp_path, rows, accounting)
    assert {key: (each.name, each.account) for key, each in items(reading).items()} == {
        "1": ("Space:Desk", Reference(name="Rent")),
        "5": ("Mail", Reference(name="Post")),
    }
    assert reading.skipped == {Kind.ITEMS: 3}


def test_an_item_that_is_no_longer_sold_is_skipped(tmp_path: Path) -> None:
    state = "state: {column: State, map: {on: open, off: skip, gone: void}}"
    rows = "1,A,1,on,,\n2,B,1,off,,\n3,C,1,gone,,\n"
    reading = products(tmp_path, rows, fields=state)
    assert list(items(reading)) == ["1"]
    assert reading.skipped == {Kind.ITEMS: 2}


def test_an_item_without_a_name_or_with_a_price_that_is_none_is_refused(tmp_path: Path) -> None:
    reading = products(tmp_path, "1,,1,,,\n2,B,dear,,,\n3,C,3,,,\n")
    assert list(items(reading)) == ["3"]
    assert codes(reading.problems) == ["DOC001", "DOC002"]


SOLD = f"""{BOOKS}
sources:
  a: {{files: a.csv, format: csv}}
records:
  invoices:
    from: a
    document: {{id: No, customer: Who, date: Day, location: Place, class: Class}}
    lines: {{item: Item, amount: Amount}}
accounting: {{unmapped: {{item: create, location: create, class: create}}}}
push: {{invoices: true}}
"""
ROWS = "No,Who,Day,Item,Amount,Place,Class\n1,A,2025-03-01,Spa: Sauna,5,Pier,Yoga\n"
PAID = f"""{BOOKS}
sources:
  p: {{files: p.csv, format: csv}}
records:
  payments:
    from: p
    document: {{id: No, customer: Who, date: Day, amount: Sum, method: How}}
accounting: {{unmapped: {{payment_method: create}}}}
push: {{payments: true}}
"""
RECEIPTS = "No,Who,Day,Sum,How\n1,A,2025-03-01,5,Giro\n2,A,2025-03-01,5,Cash\n"
MORE = "2,A,2025-03-01,Pool,5,Pier,Pilates\n"


def test_words_that_are_created_are_no_problem_and_listed_with_their_policy(
    tmp_path: Path,
) -> None:
    reading = read(tmp_path, SOLD, {"a.csv": ROWS + MORE})
    assert [each for each in reading.problems if each.is_error] == []
    assert {(each.what, each.value, each.policy) for each in reading.unmapped} == {
        ("item", "Spa: Sauna", "create"),
        ("item", "Pool", "create"),
        ("location", "Pier", "create"),
        ("class", "Yoga", "create"),
        ("class", "Pilates", "create"),
    }
    item = invoices(reading)[0].lines[0].item
    assert item == Reference(name="Spa: Sauna")
    assert item.word


def test_where_create_creates_nothing_the_mapping_is_told_once_for_each_list(
    tmp_path: Path,
) -> None:
    reading = read(tmp_path, PAID, {"p.csv": RECEIPTS})
    told = "DOC035 unmapped: {payment_method: create} takes the payment method of the same name"
    assert said(reading.problems) == [
        f'{told}, but creates none: "Giro" and 1 more must be in the books'
    ]
    places = {each.location.line for each in reading.problems if each.location}
    assert places == {next(n for n, line in enumerate(PAID.splitlines(), 1) if "unmapped" in line)}


@pytest.mark.parametrize("policy", ["error", "warn"])
def test_without_create_the_hint_for_an_item_says_how_to_let_it_be_created(
    tmp_path: Path, policy: str
) -> None:
    text = SOLD.replace("item: create", f"item: {policy}")
    reading = read(tmp_path, text, {"a.csv": ROWS})
    (hint,) = [each.hint for each in reading.problems if '"Spa: Sauna"' in each.message]
    assert ("{item: create}" in hint) is (policy == "error")
