"""What exports leave blank, and mappings leave out: what stands in for it, and what is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Invoice, Kind, Payment, Refund, State
from acctsync.errors import Severity
from acctsync.mapping.load import load
from tests.reading import BOOKS, codes, invoices, payments, read, refunds

INVOICE = "id: No, customer: Who, date: Day"


def mapping(invoices_: str, more: str = "", accounting: str = "items: {X: {item: X}}") -> str:
    return f"""{BOOKS}
sources:
  a: {{files: a.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD}}
  b: {{files: b.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD, missing: ok}}
  c: {{files: c.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD, missing: ok}}
records:
  invoices: {{from: a, {invoices_}}}
{more}
accounting: {{{accounting}, defaults: {{shipping_account: Freight}}}}
push: {{invoices: true}}
"""


def only(folder: Path, text: str, rows: str) -> Invoice:
    reading = read(folder, text, {"a.csv": rows})
    assert reading.problems == ()
    (invoice,) = invoices(reading)
    return invoice


@pytest.mark.parametrize(
    ("treatment", "billed", "tax", "total"),
    [
        ("exclusive", "", "15.00", "115.00"),
        ("exclusive", "14.99", "14.99", "114.99"),
        ("exclusive", "0", "0", "100.00"),
        ("inclusive", "", "13.05", "100.00"),
    ],
)
def test_a_blank_tax_amount_is_worked_out_of_the_rates_beside_it(
    treatment: str, billed: str, tax: str, total: str, tmp_path: Path
) -> None:
    lines = (
        "lines: {item: Item, amount: Amount, tax_amount: Tax, "
        "taxes: [{name: T1, rate: R1}, {name: T2, rate: R2}]}"
    )
    text = mapping(
        f"document: {{{INVOICE}, tax: {{value: {treatment}}}}}, {lines}",
        accounting='items: {X: {item: X}}, taxes: {"GST 5% + PST 10%": {code: GP}}',
    )
    head = "No,Who,Day,Item,Amount,Tax,T1,R1,T2,R2\n"
    invoice = only(tmp_path, text, f"{head}1,Ann,2025-03-01,X,100,{billed},GST,5,PST,10\n")
    assert (invoice.tax_total, invoice.total) == (Decimal(tax), Decimal(total))


@pytest.mark.parametrize(
    ("first", "second", "tax"),
    [("5.00", "10.00", "15.00"), ("5.01", "", "15.01"), ("", "", "15.00"), ("0", "", "10.00")],
)
def test_of_several_taxes_those_without_an_amount_are_worked_out(
    first: str, second: str, tax: str, tmp_path: Path
) -> None:
    taxes = "taxes: [{name: T1, rate: R1, amount: A1}, {name: T2, rate: R2, amount: A2}]"
    text = mapping(
        f"document: {{{INVOICE}}}, lines: {{item: Item, amount: Amount, {taxes}}}",
        accounting='items: {X: {item: X}}, taxes: {"*": {code: GP}}',
    )
    head = "No,Who,Day,Item,Amount,T1,R1,A1,T2,R2,A2\n"
    row = f"1,Ann,2025-03-01,X,100,GST,5,{first},PST,10,{second}\n"
    assert only(tmp_path, text, head + row).tax_total == Decimal(tax)


PAYMENTS = "  payments: {from: b, document: {id: Id, date: Day, invoice: For, amount: Amount}}"
REFUNDS = "  refunds: {from: c, document: {id: Id, date: Day, payment: Of, amount: Amount}}"


def test_a_receipt_without_a_currency_is_in_that_of_what_it_is_for(tmp_path: Path) -> None:
    text = mapping(
        f"document: {{{INVOICE}, currency: Cur}}, lines: {{item: Item, amount: Amount}}",
        f"{PAYMENTS}\n{REFUNDS}",
    )
    files = {
        "a.csv": "No,Who,Day,Item,Amount,Cur\n1,Ann,2025-03-01,X,100,EUR\n2,Ann,2025-03-01,X,9,\n",
        "b.csv": "Id,Day,For,Amount\np1,2025-03-02,1,60.00\np2,2025-03-02,2,9\np3,2025-03-02,,1\n",
        "c.csv": "Id,Day,Of,Amount\nr1,2025-03-03,p1,10.00\nr2,2025-03-03,p2,1\n",
    }
    reading = read(tmp_path, text, files)
    assert reading.problems == ()
    receipts: list[Payment | Refund] = [*payments(reading), *refunds(reading)]
    assert {each.ref.id: each.currency for each in receipts} == {
        "p1": "EUR",
        "p2": "USD",
        "p3": "USD",
        "r1": "EUR",
        "r2": "USD",
    }


LINED = f"group_by: No, document: {{{INVOICE}, total: Total, shipping: Ship, state: State}}"
LINES = "lines: {item: Item, amount: Amount}"
LINED_HEAD = "No,Who,Day,State,Total,Ship,Item,Amount\n"


def test_a_void_document_needs_no_lines_and_keeps_the_total_it_had(tmp_path: Path) -> None:
    text = mapping(f"{LINED}, {LINES}")
    invoice = only(tmp_path, text, f"{LINED_HEAD}1,Ann,2025-03-01,void,50.00,,,\n")
    assert (invoice.state, invoice.lines, invoice.total) == (State.VOID, (), Decimal(50))


def test_what_stands_beside_the_lines_may_be_all_that_there_is(tmp_path: Path) -> None:
    text = mapping(f"{LINED}, {LINES}")
    invoice = only(tmp_path, text, f"{LINED_HEAD}1,Ann,2025-03-01,open,5.00,5.00,,\n")
    assert [line.amount for line in invoice.lines] == [Decimal(5)]


def test_without_a_total_nothing_tells_whether_lines_are_missing(tmp_path: Path) -> None:
    text = mapping(f"{LINED}, {LINES}".replace("total: Total, ", ""))
    rows = f"{LINED_HEAD}1,Ann,2025-03-01,open,,5.00,,\n"
    assert codes(read(tmp_path, text, {"a.csv": rows}).problems) == ["DOC009"]


def test_a_section_with_nothing_in_it_is_an_empty_one(tmp_path: Path) -> None:
    text = mapping(f"document: {{{INVOICE}}}, {LINES}")
    begun = text[: text.index("accounting:")] + "accounting:\n  items:\n  taxes:\nchecks:\npush:\n"
    (tmp_path / "acctsync.yaml").write_text(begun, encoding="utf-8")
    assert load(tmp_path / "acctsync.yaml").accounting.items == {}


def test_a_section_with_nothing_in_it_is_filled_by_what_is_included(tmp_path: Path) -> None:
    text = mapping(f"document: {{{INVOICE}}}, {LINES}")
    (tmp_path / "books.yaml").write_text(text[text.index("sources:") :], encoding="utf-8")
    own = tmp_path / "acctsync.yaml"
    own.write_text(f"{BOOKS}\ninclude: [books.yaml]\nrecords:\nsources:\n", encoding="utf-8")
    assert list(load(own).records) == [Kind.INVOICES]


def test_what_documents_of_a_kind_do_not_have_is_told_and_not_read(tmp_path: Path) -> None:
    more = PAYMENTS.replace("amount: Amount", "amount: Amount, due_date: Day, fee: Fee")
    more += "\n" + REFUNDS.replace("{from: c,", "{from: c, lines: {amount: Amount},")
    text = mapping(f"document: {{{INVOICE}, method: Who}}, {LINES}", more)
    files = {"a.csv": "No,Who,Day,Item,Amount\n", "b.csv": "Id,Day,For,Amount,Fee\n"}
    files["c.csv"] = "Id,Day,Of,Amount\n"
    told = [each for each in read(tmp_path, text, files).problems if each.code == "MAP015"]
    assert [(each.severity, each.message) for each in told] == [
        (Severity.WARNING, "invoices have no method: it is not read"),
        (Severity.WARNING, "payments have no due_date: it is not read"),
        (Severity.WARNING, "refunds have no lines of their own: they are not read"),
    ]
    assert all(each.location and each.location.character for each in told)


def test_what_a_record_has_only_because_it_is_like_another_is_not_told(tmp_path: Path) -> None:
    receipts = "  sales_receipts: {from: b, document: {id: Id, customer: Who, date: Day, method: How, deposit_to: In}, lines: {amount: Amount}}"
    text = mapping("like: sales_receipts", receipts).replace("invoices: {from: a,", "invoices: {")
    files = {"b.csv": "Id,Who,Day,How,In,Amount\n"}
    told = [each for each in read(tmp_path, text, files).problems if each.code == "MAP015"]
    assert told == []
