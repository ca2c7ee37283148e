from __future__ import annotations

from pathlib import Path

from acctsync.documents import ListKind
from acctsync.mapping.entries import Entry, entries
from acctsync.mapping.load import load
from tests.reading import BOOKS, loaded

ROOT = Path(__file__).resolve().parents[2]
RECORDS = """
sources:
  rows: {files: rows.csv, format: csv, numbers: "1234.50", dates: iso}
records:
  invoices:
    from: rows
    document: {id: N, number: N, customer: {name: C}, date: D}
    lines: {item: {value: x}, amount: A}
"""


def named(folder: Path, accounting: str, push: str = "invoices: true") -> list[str]:
    mapping = loaded(folder, f"{BOOKS}{RECORDS}{accounting}push: {{{push}}}\n")
    return [_line(each) for each in entries(mapping)]


def _line(entry: Entry) -> str:
    path = ".".join(entry.path[1:])
    return f"{entry.kind} {entry.reference} {path}{'' if entry.needed else ' (spare)'}"


def test_every_section_of_the_accounting_half_is_looked_through(tmp_path: Path) -> None:
    accounting = """accounting:
  items:
    x: {item: Work, account: Income, class: North, tax: GST, location: Harbour}
    y: {account: Income, per_campus: {Halifax: {item: Sea}}}
  line_rules:
    - {when: {description: "*z*"}, set: {item: {id: "7"}, class: South}}
  locations: {Pier: Harbour}
  classes: {b: East}
  taxes: {VAT: {code: Standard}}
  payment_methods: {Visa: {method: Card, deposit_to: Clearing}, other: {deposit_to: Till}}
  fees: {account: Fees, vendor: Stripe}
  written_off: {account: Bad debt}
  retainers: {account: Deposits}
  expenses: {by_vendor: {V: Rent}, by_category: {C: Print}, default: Costs}
  defaults: {item: Other, income_account: Sales, discount_account: Given, deposit_to: Bank,
    branding_theme: Harbour}
  customers: {parent: Members, fixed: {a: {id: "3"}}}
  vendors: {fixed: {s: Stripe Inc}}
"""
    assert named(tmp_path, accounting) == [
        "items Work items.x.item",
        "accounts Income items.x.account (spare)",
        "classes North items.x.class",
        "locations Harbour items.x.location",
        "tax-codes GST items.x.tax",
        "accounts Income items.y.account",
        "items Sea items.y.per_campus.Halifax.item",
        "items id 7 line_rules.0.set.item",
        "classes South line_rules.0.set.class",
        "locations Harbour locations.Pier",
        "classes East classes.b",
        "tax-codes Standard taxes.VAT.code",
        "payment-methods Card payment_methods.Visa.method",
        "accounts Clearing payment_methods.Visa.deposit_to",
        "accounts Till payment_methods.other.deposit_to",
        "accounts Fees fees.account (spare)",
        "accounts Bad debt written_off.account",
        "accounts Deposits retainers.account (spare)",
        "accounts Rent expenses.by_vendor.V (spare)",
        "accounts Print expenses.by_category.C (spare)",
        "accounts Costs expenses.default (spare)",
        "items Other defaults.item",
        "accounts Sales defaults.income_account (spare)",
        "accounts Given defaults.discount_account",
        "accounts Bank defaults.deposit_to",
        "branding-themes Harbour defaults.branding_theme",
        "customers Members customers.parent",
        "customers id 3 customers.fixed.a",
        "vendors Stripe Inc vendors.fixed.s",
    ]


def test_a_word_that_stands_for_an_entry_is_no_name_itself(tmp_path: Path) -> None:
    accounting = """accounting:
  items: {x: {item: Work, class: b, tax: vat, location: PIER}}
  locations: {Pier: Harbour}
  classes: {b: East}
  taxes: {VAT: {code: Standard}}
"""
    assert named(tmp_path, accounting) == [
        "items Work items.x.item",
        "locations Harbour locations.Pier",
        "classes East classes.b",
        "tax-codes Standard taxes.VAT.code",
    ]


def test_accounts_of_purchases_are_needed_once_purchases_are_pushed(tmp_path: Path) -> None:
    accounting = """accounting:
  items: {x: {item: Work, account: Income, expense_account: Print}}
  expenses: {default: Costs}
"""
    assert named(tmp_path, accounting, "bills: true") == [
        "items Work items.x.item",
        "accounts Income items.x.account",
        "accounts Print items.x.expense_account",
        "accounts Costs expenses.default",
    ]


def test_fees_are_needed_once_payments_are_pushed(tmp_path: Path) -> None:
    accounting = "accounting: {items: {}, fees: {account: Fees, vendor: Stripe, item: Charge}}\n"
    assert named(tmp_path, accounting, "payments: true") == [
        "accounts Fees fees.account",
        "items Charge fees.item",
    ]


def test_a_name_has_the_place_where_the_mapping_writes_it() -> None:
    file = ROOT / "sample-config" / "coworks" / "acctsync.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    found = entries(load(file))
    assert {each.kind for each in found} == {
        ListKind.ITEMS, ListKind.ACCOUNTS, ListKind.CLASSES, ListKind.LOCATIONS,
        ListKind.TAX_CODES, ListKind.PAYMENT_METHODS,
    }  # fmt: skip
    for each in found:
        assert each.place is not None
        assert each.place.line is not None
        assert (each.reference.name or each.reference.id or "?") in lines[each.place.line - 1]


def test_a_mapping_that_names_nothing_has_no_entries(tmp_path: Path) -> None:
    assert named(tmp_path, "accounting: {items: {}}\n") == []
