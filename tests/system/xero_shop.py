"""A small business on Xero: a mapping and its exports as a test writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.system.xero_bench import ORGANISATION, XeroBench, at_work

MAPPING = """
acctsync: 1
books: {system: xero, company: Harbour Commons LLC, currency: USD, timezone: America/New_York, tax: exclusive}
sources:
  sales: {files: sales.csv, format: csv, numbers: "1234.50", dates: iso}
  paid: {files: paid.csv, format: csv, numbers: "1234.50", dates: iso}
records:
  invoices:
    from: sales
    group_by: Number
    document:
      id: Number
      number: Number
      customer: {name: Customer, email: Email}
      date: Date
      state: {column: State, map: {open: open, void: void, draft: draft}, if_empty: open}
      total: Total
    lines:
      item: {value: desk}
      description: Text
      quantity: Quantity
      unit_price: Price
      discount: Off
      amount: Amount
      taxes: [{name: {column: Tax}, amount: Tax amount}]
  payments:
    from: paid
    document:
      {id: Id, invoice: Invoice, date: Date, amount: Amount, method: {value: card}}
accounting:
  items: {desk: {item: HOTDESK, account: "205"}}
  taxes: {none: {code: NONE}, GST: {code: OUTPUT}, HST: {code: OUTPUT2}}
  payment_methods: {card: {deposit_to: "091"}}
  defaults: {rounding_account: "860"}
push: {customers: true, invoices: true, payments: true, void: true}
"""
_SALES = "Number,Customer,Email,Date,State,Total,Text,Quantity,Price,Off,Amount,Tax,Tax amount"
_PAID = "Id,Invoice,Date,Amount"


def sold(*rows: str) -> dict[str, str]:
    """Write the export of invoices: a row for each line."""
    return {"sales.csv": "\n".join((_SALES, *rows)) + "\n"}


def paid(*rows: str) -> dict[str, str]:
    """Write the export of payments."""
    return {"paid.csv": "\n".join((_PAID, *rows)) + "\n"}


def a_sale(number: str, customer: str = "Ann", amount: str = "100.00", state: str = "") -> str:
    """Write a row of one line without tax."""
    return f"{number},{customer},,2025-03-01,{state},{amount},Desk,,,,{amount},,"


@contextmanager
def open_shop(folder: Path, *files: Mapping[str, str], demo: bool = True) -> Iterator[XeroBench]:
    """Open the shop with its exports, signed in; one that is no demo company sends e-mails."""
    written = {"acctsync.yaml": MAPPING, **paid()}
    for each in files:
        written |= each
    organisation = ORGANISATION
    if not demo:
        organisation = folder / "organisation.yaml"
        shown = ORGANISATION.read_text(encoding="utf-8")
        organisation.write_text(shown.replace("demo: true", "demo: false"), encoding="utf-8")
    with at_work(folder, None, written, organisation) as bench:
        yield bench
