"""The finer points of the grammar: what blank cells mean, where a style counts, who is told where."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Invoice, Kind, Reference
from acctsync.engine.reading import Reading
from acctsync.exports.conditions import pattern
from tests.reading import BOOKS, codes, customers, invoices, of_kind, read, refusal, said

HEAD = "No,Who,Day,Item,Amount,A,B\n"


def mapping(
    record: str = "",
    *,
    document: str = "",
    lines: str = "item: Item, amount: Amount",
    source: str = "",
    accounting: str = 'items: {"*": {account: "200"}}',
    rest: str = "",
) -> str:
    return f"""{BOOKS}
sources:
  a: {{files: a.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD{source}}}
  b: {{files: b.csv, format: csv, numbers: "1.234,50", dates: DD/MM/YYYY, delimiter: ";", missing: ok}}
records:
  invoices:
    from: a
    document: {{id: No, customer: Who, date: Day{document}}}
    lines: {{{lines}}}
{record}
accounting: {{{accounting}}}
{rest}
push: {{invoices: true}}
"""


def in_json(rows: list[Any], folder: Path, lines: str, record: str = "") -> Reading:
    text = mapping(record, lines=lines).replace(
        'files: a.csv, format: csv, numbers: "1,234.50"',
        'files: a.json, format: json, numbers: "1234.50"',
    )
    return read(folder, text, {"a.json": json.dumps(rows)})


def only(reading: Reading) -> Invoice:
    assert reading.problems == ()
    (invoice,) = invoices(reading)
    return invoice


# Rows and documents


def test_where_looks_at_the_first_row_where_a_documents_column_is_blank(tmp_path: Path) -> None:
    text = mapping("    group_by: No\n    where: [{column: A, is: paid}]", document=", memo: A")
    rows = "1,Acme,2025-03-01,Desk,5,paid,\n1,,,Mail,6,,\n2,Acme,2025-03-01,Desk,5,open,\n2,,,Mail,6,,\n"
    invoice = only(read(tmp_path, text, {"a.csv": HEAD + rows}))
    assert (invoice.number, invoice.total) == ("1", Decimal(11))


def test_a_condition_on_a_column_of_lines_looks_at_every_row(tmp_path: Path) -> None:
    text = mapping('    group_by: No\n    where: [{column: Item, is_not: ""}]')
    rows = "1,Acme,2025-03-01,Desk,5,,\n1,,,,6,,\n"
    assert only(read(tmp_path, text, {"a.csv": HEAD + rows})).total == Decimal(5)


def test_a_number_that_cannot_be_compared_refuses_its_document_alone(tmp_path: Path) -> None:
    text = mapping("    where: [{column: Amount, more_than: 0}]")
    rows = '1,Acme,2025-03-01,Desk,5,,\n2,Acme,2025-03-01,Desk,"1.000,00",,\n3,Acme,2025-03-01,Desk,n/a,,\n'
    reading = read(tmp_path, text, {"a.csv": HEAD + rows})
    assert [invoice.number for invoice in invoices(reading)] == ["1"]
    assert [(problem.code, problem.document) for problem in reading.problems] == [
        ("DOC002", "2")
    ] * 2


def test_a_count_is_compared_as_it_stands_where_money_is_in_cents(tmp_path: Path) -> None:
    text = mapping("    where: [{column: A, more_than: 3}]").replace('"1,234.50"', "minor_units")
    rows = "1,Acme,2025-03-01,Desk,500,10,\n2,Acme,2025-03-01,Desk,500,2,\n"
    assert only(read(tmp_path, text, {"a.csv": HEAD + rows})).total == Decimal(5)


def test_null_means_what_is_empty_in_json_and_a_word_in_a_table(tmp_path: Path) -> None:
    row = {"No": 1, "Who": "Acme", "Day": "2025-03-01", "Amount": 5, "A": None}
    where = "    where: [{column: A, is: null}]"
    assert (
        only(in_json([row, row | {"No": 2, "A": "x"}], tmp_path, "amount: Amount", where)).number
        == "1"
    )
    table = read(tmp_path, mapping(where), {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,5,,\n"})
    assert invoices(table) == []


def test_every_row_must_meet_what_is_expected_of_rows(tmp_path: Path) -> None:
    text = mapping("    group_by: No\n    expect: [{column: A, is: ok, message: it is cut}]")
    rows = "1,Acme,2025-03-01,Desk,5,ok,\n1,,,Mail,6,bad,\n2,Acme,2025-03-01,Desk,5,ok,\n2,,,Mail,6,,\n"
    reading = read(tmp_path, text, {"a.csv": HEAD + rows})
    assert [invoice.number for invoice in invoices(reading)] == ["2"]
    (problem,) = reading.problems
    assert (problem.message, problem.location and problem.location.line) == ("it is cut", 3)


def test_a_row_with_nothing_of_a_document_is_a_line_of_the_one_above(tmp_path: Path) -> None:
    text = mapping("    group_by: No")
    rows = "1,Acme,2025-03-01,Desk,5,,\n,,,Mail,6,,\n2,Acme,2025-03-01,Desk,5,,\n"
    found = invoices(read(tmp_path, text, {"a.csv": HEAD + rows}))
    assert [(each.number, each.total) for each in found] == [("1", Decimal(11)), ("2", Decimal(5))]


# Lines from elsewhere

SECOND = "from: b, match: {Bill: No}, item: Item, amount: Betrag"
BILLS = HEAD + '1,Acme,2025-03-01,Desk,"1,234.50",,\n'


def test_what_lines_take_from_their_document_is_read_as_its_source_writes(tmp_path: Path) -> None:
    text = mapping(
        lines="from: b, match: {Bill: No}, item: Item, amount: document.Amount, service_date: document.Day,"
        " where: [{column: document.Amount, more_than: 1000}, {column: Betrag, less_than: 2}]"
    )
    lines = "Bill;Item;Betrag\n1;Desk;1,50\n"
    (line,) = only(read(tmp_path, text, {"a.csv": BILLS, "b.csv": lines})).lines
    assert (line.amount, line.service_date) == (Decimal("1234.50"), dt.date(2025, 3, 1))


def test_lines_of_no_document_are_told_once(tmp_path: Path) -> None:
    lines = "Bill;Item;Betrag\n1;Desk;5,00\n7;Desk;5,00\n7;Mail;6,00\n"
    reading = read(tmp_path, mapping(lines=SECOND), {"a.csv": BILLS, "b.csv": lines})
    assert said(reading.problems) == ["FILE016 2 lines belong to no document of the export"]
    assert len(invoices(reading)) == 1


def test_lines_of_a_document_that_is_left_out_are_not_lost(tmp_path: Path) -> None:
    text = mapping("    where: [{column: No, is_not: 7}]", lines=SECOND)
    files = {
        "a.csv": BILLS + "7,Acme,2025-03-01,Desk,5,,\n",
        "b.csv": "Bill;Item;Betrag\n1;Desk;5,00\n7;Mail;6,00\n",
    }
    assert read(tmp_path, text, files).problems == ()


def test_one_value_is_not_read_from_two_sources_that_write_it_differently(tmp_path: Path) -> None:
    text = mapping(lines=SECOND.replace("Betrag", "{first_of: [Betrag, document.Amount]}"))
    assert said(refusal(tmp_path, text)) == [
        "MAP012 amount is read from two sources that write it differently"
    ]


SIDEWAYS = "repeat: {until_empty: 'item {n}'}, item: 'item {n}', amount: 'amount {n}', description: {text: '{n}: {item {n}}'}"
WIDE = "No,Who,Day,item 1,amount 1,item 2,amount 2,item 3,amount 3\n"


def test_groups_of_columns_are_filtered_and_numbered_like_rows(tmp_path: Path) -> None:
    text = mapping(lines=SIDEWAYS + ", where: [{column: 'amount {n}', more_than: 0}]")
    invoice = only(
        read(tmp_path, text, {"a.csv": WIDE + "1,Acme,2025-03-01,Desk,5,Mail,0,Tea,2\n"})
    )
    assert [each.description for each in invoice.lines] == ["1: Desk", "3: Tea"]


def test_a_bad_value_sideways_is_told_under_its_own_column(tmp_path: Path) -> None:
    rows = WIDE + "1,Acme,2025-03-01,Desk,5,Mail,x,,\n2,Acme,2025-03-01,Desk,5,Mail,,,\n"
    reading = read(tmp_path, mapping(lines=SIDEWAYS), {"a.csv": rows})
    assert [problem.location and problem.location.column for problem in reading.problems] == [
        "amount 2",
        "amount 2",
    ]


def test_columns_after_an_empty_group_are_lost_lines_unless_a_total_says_otherwise(
    tmp_path: Path,
) -> None:
    files = {"a.csv": WIDE + "1,Acme,2025-03-01,Desk,5,,,Tea,2\n"}
    assert codes(read(tmp_path, mapping(lines=SIDEWAYS), files).problems) == ["DOC028"]
    text = mapping(lines=SIDEWAYS, document=", total: amount 1")
    assert only(read(tmp_path, text, files)).total == Decimal(5)


def test_groups_that_no_file_has_are_missing_columns(tmp_path: Path) -> None:
    problems = refusal(tmp_path, mapping(lines=SIDEWAYS), {"a.csv": HEAD})
    assert said(problems)[0].startswith('FILE010 no column "item 1" in a.csv')


@pytest.mark.parametrize("first", [0, 1])
def test_groups_of_keys_may_be_counted_from_nought_or_one(tmp_path: Path, first: int) -> None:
    row = {
        "No": 1,
        "Who": "Acme",
        "Day": "2025-03-01",
        f"amount{first}": 5,
        f"amount{first + 1}": 6,
    }
    reading = in_json([row], tmp_path, "repeat: {until_empty: 'amount{n}'}, amount: 'amount{n}'")
    assert [each.amount for each in only(reading).lines] == [Decimal(5), Decimal(6)]


# Fields


@pytest.mark.parametrize(
    ("lines", "a", "b", "amount"),
    [
        (
            "item: Item, quantity: {value: 2}, unit_price: Amount, discount_percent: A",
            "10%",
            "",
            "9.00",
        ),
        ("item: Item, amount: {column: A, map: {'': 7, free: 0}}", "", "", "7.00"),
        ('item: Item, amount: {column: A, if_empty: "1,000"}', "", "", "1000.00"),
        ("item: Item, amount: {column: Amount, currency: A}", "usd", "", "5.00"),
        ("item: Item, amount: {column: Amount, currency: A}", "", "", "5.00"),
    ],
)
def test_a_line_comes_to(tmp_path: Path, lines: str, a: str, b: str, amount: str) -> None:
    rows = HEAD + f"1,Acme,2025-03-01,Desk,5,{a},{b}\n"
    assert only(read(tmp_path, mapping(lines=lines), {"a.csv": rows})).total == Decimal(amount)


def test_an_amount_in_another_currency_than_its_documents_is_refused(tmp_path: Path) -> None:
    text = mapping(lines="item: Item, amount: {column: Amount, currency: A}")
    (problem,) = read(tmp_path, text, {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,5,CAD,\n"}).problems
    assert (problem.code, problem.message) == ("DOC026", "amount is in CAD, the document in USD")


def test_a_spreadsheets_clock_counts_in_the_sources_zone(tmp_path: Path) -> None:
    source = ", timezone: UTC"
    text = mapping(source=source).replace("dates: YYYY-MM-DD", "dates: excel_serial")
    rows = HEAD + "1,Acme,45717.1,Desk,5,,\n2,Acme,45717,Desk,5,,\n"
    found = invoices(read(tmp_path, text, {"a.csv": rows}))
    assert [each.date for each in found] == [dt.date(2025, 2, 28), dt.date(2025, 3, 1)]


@pytest.mark.parametrize(
    ("shape", "text", "fits"),
    [
        ("Fee: *", "fee:", True),
        ("Fee: *", "fee: card", True),
        ("Fee: *", "fee", False),
        ("Room *", "room", False),
        ("*fee*card*", "a FEE by card", True),
        ("*fee*card*", "card fee", False),
        ("a*ab", "ab", False),
        ("a*ab", "aab", True),
    ],
)
def test_a_pattern_fits(shape: str, text: str, fits: bool) -> None:
    assert bool(pattern(shape).fullmatch(text.casefold())) is fits


# The accounting half


@pytest.mark.parametrize("key", ["GST 5% + QST 9.975%", "QST 9.975%  +  gst 5%"])
def test_taxes_are_found_in_whatever_order_they_are_listed(tmp_path: Path, key: str) -> None:
    lines = "item: Item, amount: Amount, taxes: [{name: {value: GST}, rate: {value: 5}}, {name: {value: QST}, rate: {value: 9.975}}]"
    accounting = (
        f'items: {{"*": {{account: "200"}}}}, taxes: {{"{key}": {{code: BOTH}}, "*": {{code: NO}}}}'
    )
    text = mapping(lines=lines, accounting=accounting)
    invoice = only(read(tmp_path, text, {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,100,,\n"}))
    assert invoice.lines[0].tax_code == Reference(name="BOTH")


def test_an_item_that_says_too_little_gets_the_default_for_the_rest(tmp_path: Path) -> None:
    text = mapping(accounting="items: {Desk: {class: Studio}}, defaults: {income_account: Income}")
    (line,) = only(read(tmp_path, text, {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,5,,\n"})).lines
    assert (line.account, line.class_) == (Reference(name="Income"), Reference(name="Studio"))


def test_a_line_that_names_its_account_needs_no_item(tmp_path: Path) -> None:
    text = mapping(lines="amount: Amount, account: A", accounting="items: {Desk: {item: Desk}}")
    (line,) = only(read(tmp_path, text, {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,5,4000,\n"})).lines
    assert line.account == Reference(name="4000")


def test_unmapped_words_are_told_with_their_columns(tmp_path: Path) -> None:
    text = mapping(
        document=", location: A, class: B",
        lines="item: Item, amount: Amount, taxes: [{name: Item}]",
        accounting="items: {X: {item: X}}",
    )
    reading = read(tmp_path, text, {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,5,Mars,Y\n"})
    columns = {str(p.location.column) for p in reading.problems if p.location}
    assert columns == {"Item", "A", "B"}


@pytest.mark.parametrize(
    ("accounting", "created"),
    [
        ("unmapped: {customer: error}", False),
        ("unmapped: {customer: create}", True),
        ("unmapped: {customer: error}, customers: {missing: create}", True),
        ("customers: {missing: error}", False),
        ("unmapped: {item: error}", True),
    ],
)
def test_a_customer_that_the_books_lack_is_created_unless_the_mapping_forbids_it(
    tmp_path: Path, accounting: str, created: bool
) -> None:
    text = mapping(accounting=f'items: {{"*": {{account: "200"}}}}, {accounting}')
    reading = read(tmp_path, text, {"a.csv": HEAD + "1,Acme,2025-03-01,Desk,5,,\n"})
    assert [each.create_missing for each in customers(reading)] == [created]


# Parties

TWO = "No,Id,Who,Mail,Day,Amount\n"
PARTIES = mapping(
    document="",
    lines="amount: Amount",
    accounting='items: {"*": {account: "200"}}, customers: {match: [id, email, name]}',
).replace("customer: Who", "customer: {id: Id, name: Who, email: Mail}")


def test_two_ids_under_one_name_are_one_customer_and_a_warning(tmp_path: Path) -> None:
    rows = "1,c1,Acme,,2025-03-01,5\n2,c2,Acme,,2025-03-01,5\n"
    reading = read(tmp_path, PARTIES, {"a.csv": TWO + rows})
    assert said(reading.problems) == [
        'DOC033 "Acme" may mean the one with id c1 or c2: by name it is "Acme"'
    ]
    assert len(customers(reading)) == 1


def test_two_ids_under_one_address_are_one_customer(tmp_path: Path) -> None:
    rows = "1,c1,Acme,a@x.example,2025-03-01,5\n2,c2,Acme,a@x.example,2025-03-01,5\n"
    assert read(tmp_path, PARTIES, {"a.csv": TWO + rows}).problems == ()


def test_an_address_and_a_name_of_two_customers_are_told(tmp_path: Path) -> None:
    rows = "1,,Acme,a@x.example,2025-03-01,5\n2,,Beta,b@x.example,2025-03-01,5\n3,,Acme,b@x.example,2025-03-01,5\n"
    reading = read(tmp_path, PARTIES, {"a.csv": TWO + rows})
    assert said(reading.problems) == [
        'DOC033 "Acme" may mean "Beta" or "Acme": by email it is "Beta"'
    ]


def test_at_a_counter_the_guest_stands_for_nobody(tmp_path: Path) -> None:
    accounting = 'items: {"*": {account: "200"}}, customers: {treat_as_guest: {fallback: Walk-ins}}'
    text = (
        mapping(accounting=accounting)
        .replace("invoices:\n", "sales_receipts:\n")
        .replace("customer: Who, ", "")
    )
    reading = read(tmp_path, text, {"a.csv": HEAD + "1,,2025-03-01,Desk,5,,\n"})
    assert [each.name for each in customers(reading)] == ["Walk-ins"]
    assert len(of_kind(reading, Kind.SALES_RECEIPTS)) == 1


def test_a_sale_to_nobody_needs_a_guest(tmp_path: Path) -> None:
    text = mapping().replace("invoices:\n", "sales_receipts:\n").replace("customer: Who, ", "")
    (problem,) = refusal(tmp_path, text)
    assert "accounting.customers.treat_as_guest" in problem.hint
