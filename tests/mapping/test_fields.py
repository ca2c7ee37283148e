"""Every form of a field and every condition, read from a one-row export."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from tests.reading import BOOKS, codes, invoices, read

MAPPING = """
sources:
  a: {{files: a.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD{source}}}
records:
  invoices:
    from: a
    {record}
    document: {{id: No, customer: Who, date: Day, {document}}}
    lines: {{item: Item, amount: Amount, {lines}}}
accounting: {{items: {{"*": {{account: "200"}}}}}}
push: {{invoices: true}}
"""

COLUMNS = "No,Who,Day,Item,Amount,A,B,C"


def mapping(document: str = "", lines: str = "", record: str = "", source: str = "") -> str:
    return BOOKS + MAPPING.format(document=document, lines=lines, record=record, source=source)


def row(a: str = "", b: str = "", c: str = "", amount: str = "100.00") -> str:
    cells = ["1", "Acme", "2025-03-01", "Desk", amount, a, b, c]
    return f"{COLUMNS}\n" + ",".join(f'"{cell}"' for cell in cells) + "\n"


@pytest.mark.parametrize(
    ("field", "a", "b", "memo"),
    [
        ("A", " x ", "", "x"),
        ("{column: A}", "x", "", "x"),
        ("{value: fixed}", "x", "", "fixed"),
        ("{column: A, if_empty: none}", "", "", "none"),
        ("{column: A, if_empty: none}", "x", "", "x"),
        ("{first_of: [A, B]}", "", "y", "y"),
        ("{first_of: [A, B]}", "x", "y", "x"),
        ("{first_of: [A, B], if_empty: z}", "", "", "z"),
        ('{text: "{A}: {B} 100%"}', "x", "y", "x: y 100%"),
        ('{text: "{A}: {B}"}', "x", "", "x:"),
        ('{text: "{A}: {B}"}', "", "", ""),
        ("{column: A, map: {yes: ja, no: nein}}", " YES ", "", "ja"),
        ("{column: A, map: {yes: ja}, if_empty: nein}", "", "", "nein"),
        ('{column: A, before: " "}', "Visa ••4242", "", "Visa"),
        ('{column: A, after: " - "}', "United States Dollar - USD", "", "USD"),
        ('{column: A, after: " - "}', "USD", "", ""),
        ('{column: A, strip_prefix: "#"}', "#17", "", "17"),
        ('{column: A, strip_suffix: " CAD"}', "17 CAD", "", "17"),
        ('{column: A, part: {split_on: " - ", number: 2}}', "a - b - c", "", "b"),
        ('{column: A, part: {split_on: " - ", number: 9}}', "a - b - c", "", ""),
        ('{part: {of: B, split_on: "/", number: 1}}', "", "p/q", "p"),
        ("{column: A, when_filled: HST}", "7.50", "", "HST"),
        ("{column: A, when_filled: HST}", "", "", ""),
        ("{column: A, strip_prefix: in_, map: {x: y}}", "in_X", "", "y"),
    ],
)  # fmt: skip
def test_a_text_field_says(tmp_path: Path, field: str, a: str, b: str, memo: str) -> None:
    reading = read(tmp_path, mapping(f"memo: {field}"), {"a.csv": row(a, b)})
    assert [invoice.memo for invoice in invoices(reading)] == [memo]


@pytest.mark.parametrize(
    ("field", "a", "b", "amount"),
    [
        ("A", "1,234.50", "", "1234.50"),
        ("A", "$12.00", "", "12.00"),
        ("A", "12.00 USD", "", "12.00"),
        ("A", "(12.00)", "", "-12.00"),
        ("{column: A, absolute: true}", "(12.00)", "", "12.00"),
        ("{column: A, negate: true}", "12.00", "", "-12.00"),
        ("{column: A, negate: true, absolute: true}", "-12.00", "", "-12.00"),
        ("{sum_of: [A, B]}", "1.50", "2.25", "3.75"),
        ("{sum_of: [A, B]}", "1.50", "", "1.50"),
        ("{column: A, if_empty: 7}", "", "", "7.00"),
        ("{value: 5.25}", "", "", "5.25"),
        ("{column: A, map: {free: 0, full: 100}}", "Full", "", "100.00"),
    ],
)
def test_an_amount_field_says(tmp_path: Path, field: str, a: str, b: str, amount: str) -> None:
    text = mapping().replace("amount: Amount, ", f"amount: {field}, ")
    text = text.replace(
        "lines:", "extra_lines: [{item: {value: x}, amount: {value: 1000}}]\n    lines:"
    )
    reading = read(tmp_path, text, {"a.csv": row(a, b)})
    assert [invoice.lines[0].amount for invoice in invoices(reading)] == [Decimal(amount)]


@pytest.mark.parametrize(
    ("field", "a", "day"),
    [
        ("A", "2025-04-05", dt.date(2025, 4, 5)),
        ("{column: A, dates: DD/MM/YYYY}", "05/04/2025", dt.date(2025, 4, 5)),
        ("{column: A, dates: [YYYY-MM-DD, MM/DD/YYYY]}", "04/05/2025", dt.date(2025, 4, 5)),
        ("{column: A, add_days: 30}", "2025-03-01", dt.date(2025, 3, 31)),
        ("{column: A, if_empty: 2025-12-31}", "", dt.date(2025, 12, 31)),
        ("{column: A, dates: iso}", "2025-04-05T02:00:00Z", dt.date(2025, 4, 4)),
        ("{column: A, dates: iso_day}", "2025-04-05T00:00:00.000Z", dt.date(2025, 4, 5)),
        (
            "{column: A, dates: 'YYYY-MM-DD HH:mm', timezone: Asia/Tokyo}",
            "2025-04-05 09:00",
            dt.date(2025, 4, 4),
        ),
        ("{value: 2025-04-05}", "", dt.date(2025, 4, 5)),
        ("{column: A}", "0000-00-00", None),
        ("{column: A}", "", None),
    ],
)
def test_a_date_field_says(tmp_path: Path, field: str, a: str, day: dt.date | None) -> None:
    reading = read(tmp_path, mapping(f"due_date: {field}"), {"a.csv": row(a)})
    assert [invoice.due_date for invoice in invoices(reading)] == [day]


@pytest.mark.parametrize(
    ("field", "a", "code"),
    [
        ("due_date: {column: A, dates: [DD/MM/YYYY, MM/DD/YYYY]}", "05/04/2025", "DOC003"),
        ("due_date: A", "tomorrow", "DOC003"),
        ("memo: {column: A, map: {x: y}}", "z", "DOC004"),
        ("discount: A", "N/A", "DOC002"),
        ("exchange_rate: A", "1e5", "DOC002"),
        ("currency: A", "UDS", "DOC006"),
        ("tax: A", "plus", "DOC017"),
        ("state: {column: A, map: {Sent: open}}", "Paid", "DOC004"),
        ("state: A", "Sent", "DOC004"),
        ("number: A", "", "DOC001"),
        ("total: A", "", "DOC001"),
        ("location: A", "Mars", "DOC005"),
        ("number: A", "2.52002E+18", "DOC010"),
    ],
)
def test_a_value_that_is_not_as_declared_refuses_its_document(
    tmp_path: Path, field: str, a: str, code: str
) -> None:
    reading = read(tmp_path, mapping(field), {"a.csv": row(a)})
    assert invoices(reading) == []
    assert len(reading.refused) == 1
    (problem,) = reading.problems
    assert (problem.code, problem.kind) == (code, "invoices")
    assert problem.location is not None
    assert (problem.location.file, problem.location.line) == ("a.csv", 2)


@pytest.mark.parametrize(
    ("condition", "a", "kept"),
    [
        ("is: Paid", " paid ", True),
        ("is: Paid", "open", False),
        ('is: ""', "", True),
        ('is: ""', "x", False),
        ('is_not: ""', "", False),
        ("is_not: Draft", "Sent", True),
        ("in: [a, b]", "B", True),
        ("in: [a, b]", "c", False),
        ("not_in: [a, b]", "c", True),
        ("not_in: [a, b]", "", True),
        ("more_than: 0", "0.01", True),
        ("more_than: 0", "0", False),
        ("more_than: 0", "", False),
        ("more_than: 0", "n/a", False),
        ("less_than: 0", "(1.00)", True),
        ("less_than: 0", "", False),
        ('matches: "Desk *"', "desk 7", True),
        ('matches: "Desk *"', "a desk 7", False),
        ('matches: "a.c"', "abc", False),
        ("more_than: 1, less_than: 3", "2", True),
        ("more_than: 1, less_than: 3", "3", False),
    ],
)
def test_a_condition_keeps_or_leaves_a_row(
    tmp_path: Path, condition: str, a: str, kept: bool
) -> None:
    text = mapping(record=f"where: [{{column: A, {condition}}}]")
    assert len(invoices(read(tmp_path, text, {"a.csv": row(a)}))) == kept


def test_expect_refuses_with_its_own_words(tmp_path: Path) -> None:
    text = mapping(record="expect: [{column: A, is: whole, message: it is cut}]")
    (problem,) = read(tmp_path, text, {"a.csv": row("half")}).problems
    assert (problem.code, problem.message, problem.document) == ("DOC008", "it is cut", "1")


@pytest.mark.parametrize(
    ("numbers", "written", "value"),
    [
        ("1234.50", "1234.50", "1234.50"),
        ("1.234,50", "1.234,50", "1234.50"),
        ("1 234,50", "1\u00a0234,50 $", "1234.50"),
        ("1'234.50", "1'234.50", "1234.50"),
        ("1234,50", "1234,50", "1234.50"),
        ("minor_units", "123450", "1234.50"),
    ],
)
def test_numbers_are_read_as_declared(
    tmp_path: Path, numbers: str, written: str, value: str
) -> None:
    text = mapping().replace('"1,234.50"', f'"{numbers}"')
    reading = read(tmp_path, text, {"a.csv": row(amount=written)})
    assert [invoice.total for invoice in invoices(reading)] == [Decimal(value)]


def test_quantities_are_no_minor_units(tmp_path: Path) -> None:
    text = mapping(lines="quantity: A, unit_price: B").replace('"1,234.50"', "minor_units")
    (invoice,) = invoices(read(tmp_path, text, {"a.csv": row("2", "5000", amount="10000")}))
    line = invoice.lines[0]
    assert (line.quantity, line.unit_price, line.amount) == (
        Decimal(2),
        Decimal("50.00"),
        Decimal("100.00"),
    )


@pytest.mark.parametrize(
    ("lines", "cells", "amount", "discount"),
    [
        ("quantity: A, unit_price: B", ("3", "33.335", ""), "100.01", "0"),
        ("quantity: A, unit_price: B", ("3", "0.335", ""), "1.01", "0"),
        ("quantity: A, unit_price: B, discount: C", ("2", "50.00", "10.00"), "90.00", "10.00"),
        (
            "quantity: A, unit_price: B, discount_percent: C",
            ("0.25", "45.00", "10"),
            "10.13",
            "1.12",
        ),
        ("unit_price: B", ("", "50.00", ""), "50.00", "0"),
    ],
)
def test_a_line_is_quantity_times_price_less_discount_rounded_once(
    tmp_path: Path, lines: str, cells: tuple[str, str, str], amount: str, discount: str
) -> None:
    text = mapping(lines=lines).replace("amount: Amount, ", "")
    (invoice,) = invoices(read(tmp_path, text, {"a.csv": row(*cells)}))
    line = invoice.lines[0]
    assert (line.amount, line.discount) == (Decimal(amount), Decimal(discount))


def test_an_amount_must_agree_with_quantity_times_price(tmp_path: Path) -> None:
    text = mapping(lines="quantity: A, unit_price: B")
    reading = read(tmp_path, text, {"a.csv": row("2", "100.00", amount="100.00")})
    assert codes(reading.problems) == ["CHK003"]


def test_all_bad_values_of_a_line_are_told(tmp_path: Path) -> None:
    text = mapping(lines="quantity: A, unit_price: B, tax_amount: C")
    reading = read(tmp_path, text, {"a.csv": row("x", "y", "z")})
    assert [problem.location.column for problem in reading.problems if problem.location] == [
        "B",
        "C",
        "A",
    ]
