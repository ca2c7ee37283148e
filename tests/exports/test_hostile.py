"""Exports that break readers: each ends as it must, and takes no good document with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import GOOD, HEAD, MAPPING, Case, export, money, outcome, row

JSON = """
acctsync: 1
books: {system: xero, company: Acme, currency: USD, timezone: America/New_York}
sources:
  a: {files: a.csv, format: json, rows: data, numbers: minor_units, dates: epoch_seconds}
records:
  invoices:
    from: a
    document: {id: id, number: number, customer: {id: customer, name: customer_name}, date: created,
               currency: currency, total: total, state: {column: status, map: {open: open}}}
    lines: {each: lines.data, description: description, quantity: quantity, amount: amount}
accounting: {items: {"*": {account: "200"}}}
push: {invoices: true}
"""
JSONL = JSON.replace("format: json, rows: data", "format: jsonl")

PAYMENTS = MAPPING.replace(
    "records:\n",
    """  p: {files: p.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD}
  r: {files: r.csv, format: csv, numbers: "1,234.50", dates: YYYY-MM-DD, missing: ok}
records:
  payments:
    from: p
    document: {id: Payment ID, invoice: Invoice Number, date: Date, amount: Amount, currency: Currency, method: Method}
  refunds:
    from: r
    document: {id: Refund ID, payment: Payment ID, invoice: Invoice Number, date: Date, amount: Amount, currency: Currency}
""",
    1,
)


def in_json(name: str, verdict: str, words: str = "", /, **values: Any) -> Case:
    bill = _bill("in_1", "A-1") | values
    return Case(
        name=name,
        verdict=verdict,
        words=words,
        mapping=JSON,
        data=json.dumps({"data": [_bill("in_ok", "INV-OK"), bill]}),
    )


def as_json(name: str, verdict: str, words: str, data: bytes | str, mapping: str = JSON) -> Case:
    return Case(name=name, verdict=verdict, words=words, mapping=mapping, data=data)


def paid(name: str, verdict: str, words: str, *rows: str, refunds: tuple[str, ...] = ()) -> Case:
    files = {"p.csv": "Payment ID,Invoice Number,Date,Amount,Currency,Method\n" + "\n".join(rows)}
    if refunds:
        head = "Refund ID,Payment ID,Invoice Number,Date,Amount,Currency\n"
        files["r.csv"] = head + "\n".join(refunds)
    bills = export(row("INV-1"), row("INV-V", Status="void"))
    return Case(name=name, verdict=verdict, words=words, mapping=PAYMENTS, data=bills, files=files)


def _bill(bill_id: str, number: str) -> dict[str, Any]:
    return {
        "id": bill_id,
        "number": number,
        "customer": "c1",
        "customer_name": "Acme",
        "created": 1740800000,
        "currency": "usd",
        "status": "open",
        "total": 10000,
        "lines": {
            "data": [{"description": "x", "quantity": 1, "amount": 10000}],
            "has_more": False,
        },
    }


OK_BILL = json.dumps(_bill("in_ok", "INV-OK"))

BYTES = [
    Case(name="utf-16 without a mark", verdict="file", words="NUL byte on line 1", data=export(row()).encode("utf-16-le")),
    Case(name="utf-16 big-endian without a mark", verdict="file", words="NUL byte", data=export(row()).encode("utf-16-be")),
    Case(name="utf-16 without a mark, declared", verdict="ok", source=", encoding: utf-16", data=export(row()).encode("utf-16-be")),
    Case(name="utf-8 where utf-16 is declared", verdict="file", words="is not UTF-16", source=", encoding: utf-16", data=export(row())),
    Case(name="only a mark", verdict="file", words="is empty", data=b"\xef\xbb\xbf"),
    Case(name="only blank lines", verdict="file", words="is empty", data="  \n\r\n\t\n"),
    Case(name="a workbook", verdict="file", words="Excel workbook", data=b"PK\x03\x04\x14\0\x06\0"),
    Case(name="an old workbook", verdict="file", words="old Excel workbook", data=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    Case(name="a page behind blank lines", verdict="file", words="web page", data="\n\n  <!DOCTYPE html>\n<html>"),
    Case(name="a page behind a comment", verdict="file", words="web page", data="<!-- x -->\n<html><body>Sign in</body>"),
    Case(name="a spreadsheet as XML", verdict="file", words="is XML", data='<?xml version="1.0"?>\n<Workbook>'),
    Case(name="an error in JSON", verdict="file", words="is JSON", data='{"error": "not signed in"}'),
    Case(name="a list in JSON", verdict="file", words="is JSON", data='[\n  {"id": 1}\n]'),
    Case(name="an image", verdict="file", words="an image", data=b"\x89PNG\r\n\x1a\n"),
    Case(name="rich text", verdict="file", words="a text document", data=b"{\\rtf1\\ansi"),
    Case(name="NUL in a cell", verdict="file", words="NUL byte on line 3", data=export(row(Customer="Ac\0me"))),
    Case(name="a cut character at the end", verdict="file", words="is not utf-8", data=export(row()).encode() + b"\xc3"),
]  # fmt: skip

ROWS = [
    Case(name="a long row", verdict="file", words="the row has 15 cells, the header 14", data=export(row() + ",more")),
    Case(name="an unclosed quote", verdict="file", words="a quote is opened here and never closed", data=export('INV-2,"Acme', row("INV-3"))),
    Case(name="a quote inside a bare cell's quotes", verdict="file", words="goes on after its closing quote", data=export('INV-2,"Ac"me,x')),
    Case(name="a column twice", verdict="warn", words='column "Tax" is there 2 times', data=export(row()).replace("Line Total", "Line Total,Tax").replace("100.00,100.00,USD", "100.00,9.00,100.00,USD")),
    Case(name="the second of two columns", verdict="doc", words="the line comes to", change=("tax_amount: Tax,", 'tax_amount: "Tax #2",'), data=f"{HEAD},Tax\n{GOOD},0.00\n{row()},9.00\n"),
    Case(name="the header again", verdict="warn", words="the header row is there again", data=export(HEAD, row())),
    Case(name="the header again with a mark", verdict="warn", words="the header row is there again", data=export("\ufeff" + HEAD, row())),
    Case(name="blank rows of all sorts", verdict="ok", data=export("", ",,,,,,,,,,,,,", "   ", " , ,,,,,,,,,,,,", row())),
    Case(name="a header like no other", verdict="file", words='no column "Invoice Number" in a.csv', data="Foo,Bar,Baz\n1,2,3\n"),
    Case(name="titles with odd quotes", verdict="ok", source=", header_row_contains: [Invoice Number]", data='"Report" for "March"\n"never closed\n' + export(row())),
    Case(name="a header by its line", verdict="ok", source=", header_row: 3", data='"Report" for "March"\n\n' + export(row())),
    Case(name="a header beyond the end", verdict="file", words="no header row", source=", header_row: 99", data=export()),
    Case(name="an invisible mark in a header", verdict="warn", words="is read from", data=export(row()).replace("Email", "Em\u200bail", 1)),
    Case(name="two old names of one column", verdict="file", words="a.csv has both", source=", column_names: {Client: [Customer, Email]}", change=("name: Customer, email: Email", "name: Client"), data=export(row())),
    Case(name="more columns than a spreadsheet", verdict="file", words="columns", data=HEAD + ",x" * 20_000 + "\n"),
    Case(name="old Macintosh line ends", verdict="ok", data=export(row()).replace("\n", "\r")),
    Case(name="a line separator in a cell", verdict="ok", data=export(row(Description="a\u2028b\x85c"))),
]  # fmt: skip

WORDS = [
    Case(name="a number with lost digits", verdict="doc", words="has lost digits", data=export(row("2.52002E+18", Description="a"), row("2.52002E+18", Customer="Other"))),
    Case(name="a number made an amount", verdict="warn", words="turned into an amount", data=export(row("1001.0"))),
    Case(name="a failed formula for a number", verdict="doc", words='the id is "#N/A"', data=export(row("#N/A"))),
    Case(name="a number longer than the books take", verdict="warn", words="the books take 21", data=export(row("X" * 22))),
    Case(name="a number with a spreadsheet's mark", verdict="warn", words="a mark that a spreadsheet put there", data=export(row("'0002"))),
    Case(name="an invisible character in a number", verdict="doc", words="invisible characters", data=export(row("INV-2\u200b"))),
    Case(name="a control character in a number", verdict="doc", words="invisible characters", data=export(row("INV\x07"))),
    Case(name="a number with a no-break space", verdict="doc", words="lines come to 200.00", data=export(row("INV-2\u00a0"), row("INV-2"))),
    Case(name="a slash, a comma and a quote in a number", verdict="ok", data=export(row('A/1, "b"'))),
    Case(name="no customer at all", verdict="doc", words="customer is empty", data=export(row(Customer=" ", Email=""))),
    Case(name="invisible characters in a name", verdict="ok", data=export(row("1", Customer="Ac\u200bme\u200e Ltd", Email=""), row("2", Email=""))),
    Case(name="a formula for a name", verdict="ok", data=export(row(Customer="=cmd|'/C calc'!A0"))),
    Case(name="an unknown status", verdict="doc", words='"Paid" is not in the map', data=export(row(Status="Paid"))),
    Case(name="no status", verdict="doc", words="state is empty", data=export(row(Status=""))),
    Case(name="a status declared for empty cells", verdict="ok", change=("{open: open,", '{"": open, open: open,'), data=export(row(Status=""))),
    Case(name="a blank item", verdict="doc", words='the item "(blank)" is not mapped', data=export(row(Item=""))),
    Case(name="currency in lower case", verdict="ok", data=export(row(Currency="usd"))),
    Case(name="currency as a sentence", verdict="doc", words="is no currency", data=export(row(Currency="United States Dollar - USD"))),
    Case(name="a follow-up row without a key", verdict="ok", documents=("INV-OK", "INV-2"), data=export(row(Invoice_Total="150.00"), ",,,,,,Mail,April,1,50.00,,50.00,,")),
    Case(name="a sum without a key", verdict="doc", words="id is empty", data=export(row(), ",,,,,,,,,,,200.00,200.00,")),
]  # fmt: skip

MONEY = [
    *(
        Case(name=f"money written {text!r}", verdict=verdict, words=words, data=export(money(text)))
        for text, verdict, words in [
            ("NaN", "doc", "is not written like"),
            ("1_000", "doc", "is not written like"),
            ("١٠٠", "doc", "is not written like"),
            ("１００", "doc", "is not written like"),
            ("1e2", "doc", "is not written like"),
            ("0x64", "doc", "is not written like"),
            ("100,00", "doc", "is not written like"),
            ("1 000.00", "doc", "is not written like"),
            ("1.000.00", "doc", "is not written like"),
            ("1,0000", "doc", "is not written like"),
            ("100.", "doc", "is not written like"),
            ("&#36;100.00", "doc", "is not written like"),
            ("=100.00", "doc", "is not written like"),
            ("100%", "doc", "is not written like"),
            ("1.234", "doc", "could mean 1.234 or 1234"),
            ("100.000", "doc", "could mean 100.000 or 100000"),
            ("--100", "doc", "two signs"),
            ("(-100)", "doc", "two signs"),
            ("£100.00", "doc", "has £, which is no USD"),
            ("100.00 EUR", "doc", "is in EUR, not USD"),
            ("C$100.00", "doc", "is not written like"),
            ("100.005", "doc", "could mean"),
            ("100.0049", "doc", "is finer than the smallest amount of USD"),
            ("(100.00)", "doc", "the books take no negative invoice"),
            ("100.00-", "doc", "the books take no negative invoice"),
            ("\u2212100.00", "doc", "the books take no negative invoice"),
            ("+100.00", "ok", ""),
            ("$100.00", "ok", ""),
            ("$ 1,100.00", "ok", ""),
            ("US$100.00", "ok", ""),
            ("100.00 USD", "ok", ""),
            ("100.00usd", "ok", ""),
            ("100.00000000", "ok", ""),
            ("00100.00", "ok", ""),
            ("0.00", "ok", ""),
            (" 100.00\u00a0", "ok", ""),
        ]
    ),
    Case(name="yen with decimals", verdict="doc", words="finer than the smallest amount of JPY", data=export(row(Currency="JPY", Unit_Price="100.50", Line_Total="", Invoice_Total="100.50"))),
    Case(name="dinars with three decimals", verdict="ok", data=export(row(Currency="KWD", Unit_Price="1.234", Line_Total="1.234", Invoice_Total="1.234"))),
    Case(name="a blank quantity", verdict="doc", words="quantity of the line is empty", data=export(row(Quantity=""))),
    Case(name="a negative quantity", verdict="ok", data=export(row(Quantity="-1", Line_Total="-100.00", Invoice_Total="50.00"), row(Item="Mail", Unit_Price="150.00", Line_Total="150.00", Invoice_Total="50.00"))),
    Case(name="more digits than a computer likes", verdict="doc", words="is more than the books can hold", data=export(money("9" * 5000))),
    Case(name="more parentheses than a computer likes", verdict="doc", words="two signs", data=export(money("(" * 5000 + ")" * 5000))),
]  # fmt: skip

DAYS = [
    Case(name=f"a date written {text!r}", verdict=verdict, words=words, data=export(row(Invoice_Date=text)))
    for text, verdict, words in [
        ("03/04/2025", "doc", "is no date written like"),
        ("2025-02-30", "doc", "is no date written like"),
        ("2025-3-1", "doc", "is no date written like"),
        ("45717", "doc", "is no date written like"),
        ("20250301", "doc", "is no date written like"),
        ("N/A", "doc", "is no date written like"),
        ("２０２５-03-01", "doc", "is no date written like"),
        ("2025-03-01 24:00", "doc", "is no date written like"),
        ("0000-00-00", "doc", "date is empty"),
        ("", "doc", "date is empty"),
        ("1969-12-31", "doc", "is not between"),
        (" 2025-03-01 ", "ok", ""),
        ("2025-03-09 02:30", "ok", ""),
        ("2025-03-01T10:00:00+0530", "ok", ""),
    ]
]  # fmt: skip

JSONS = [
    in_json("plain", "ok"),
    as_json("NaN", "file", "no number that JSON knows", '{"data": [{"id": NaN}]}'),
    as_json("Infinity", "file", "no number that JSON knows", '{"data": [{"id": -Infinity}]}'),
    as_json("two keys deep down", "file", "stands twice", '{"data": [{"a": {"b": 1, "b": 2}}]}'),
    as_json("two keys among many", "file", "'k0' stands twice", '{"data": [{' + ",".join(f'"k{n}": 1' for n in range(50_000)) + ', "k0": 2}]}'),
    as_json("a mark", "ok", "", b"\xef\xbb\xbf" + f'{{"data": [{OK_BILL}]}}'.encode()),
    as_json("another encoding", "file", "is UTF-16", f'{{"data": [{OK_BILL}]}}'.encode("utf-16")),
    as_json("a bad byte", "file", "is not utf-8", b'{"data": [{"id": "\xe9"}]}'),
    as_json("cut short", "file", "is no JSON", f'{{"data": [{OK_BILL}'),
    as_json("a table", "file", "is no JSON", "a,b\n1,2\n"),
    as_json("a page", "file", "web page", "<html><body>Sign in"),
    as_json("nothing at all", "file", "leads nowhere", "null"),
    as_json("rows that are none", "file", "not an object", '{"data": [1, 2]}'),
    as_json("no rows", "warn", "holds no rows", '{"data": []}'),
    as_json("open brackets", "file", "nested too deeply", "[" * 100_000),
    as_json("open braces", "file", "nested too deeply", '{"a":' * 100_000),
    as_json("half a character", "file", "half a character", '{"data": [{"id": "\\ud800"}]}'),
    as_json("a page of many, unasked", "warn", "the list goes on in another page", f'{{"data": [{OK_BILL}], "has_more": true}}'),
    as_json("a page with an offset, unasked", "warn", "next_offset", f'{{"data": [{OK_BILL}], "next_offset": "abc"}}'),
    as_json("a list in lines", "file", "not an object", f"{OK_BILL}\n[1]\n", JSONL),
    as_json("two values on a line", "file", "is no JSON", OK_BILL + OK_BILL, JSONL),
    as_json("blank lines", "ok", "", f"\n{OK_BILL}\n\n", JSONL),
    in_json("a total in cents with a fraction", "doc", "no whole number of minor units", total=10000.5),
    in_json("a total in cents with a point", "doc", "minor units", total=10000.0),
    in_json("a total that is a list", "doc", "is a list, not a value", total=[1]),
    in_json("a total that is true", "doc", "is not written like", total=True),
    in_json("a huge total", "doc", "more than the books can hold", total=10**30),
    in_json("no lines", "doc", "the document has no lines", lines={"data": []}),
    in_json("lines that are none", "doc", "no list of lines", lines={"data": {"a": 1}}),
    in_json("some of its lines", "doc", "more lines than the export holds", lines={"data": [{"amount": 10000}], "has_more": True}),
    in_json("no status", "doc", "state is empty", status=None),
    in_json("no day", "doc", "date is null", created=None),
    in_json("milliseconds for seconds", "doc", "is no date", created=1740800000000),
    in_json("three decimals", "ok", "", currency="kwd", total=12345, lines={"data": [{"amount": 12345}]}),
    as_json("an id again with other content", "doc", "there twice with different content", json.dumps({"data": [_bill("in_ok", "INV-OK"), _bill("in_1", "A-1"), _bill("in_1", "A-2")]})),
]  # fmt: skip

RECEIPTS = [
    paid("a payment", "ok", "", "P-1,INV-1,2025-03-05,100.00,USD,Visa"),
    paid("a payment of nothing", "doc", "a payment of 0.00", "P-1,INV-1,2025-03-05,0.00,USD,Visa"),
    paid("a negative payment", "doc", "map refunds", "P-1,INV-1,2025-03-05,-5.00,USD,Visa"),
    paid("too much paid at once", "doc", "overpaid by 20.00", "P-1,INV-1,2025-03-05,120.00,USD,Visa"),
    paid("a payment twice", "warn", "it counts once", *["P-1,INV-1,2025-03-05,50.00,USD,Visa"] * 2),
    paid("a payment twice, differently", "doc", "different content", "P-1,INV-1,2025-03-05,50.00,USD,Visa", "P-1,INV-1,2025-03-05,40.00,USD,Visa"),
    paid("a payment of a void invoice", "doc", "which is void", "P-1,INV-V,2025-03-05,100.00,USD,Visa"),
    paid("a payment without a day", "doc", "date is empty", "P-1,INV-1,,100.00,USD,Visa"),
    paid("a refund of more than was paid", "doc", "refunded by 50.00 too much", "P-1,INV-1,2025-03-05,100.00,USD,Visa", refunds=("R-1,P-1,,2025-03-06,150.00,USD",)),
    paid("two refunds of more than was paid", "doc", "too much", "P-1,INV-1,2025-03-05,100.00,USD,Visa", refunds=("R-1,P-1,,2025-03-06,60.00,USD", "R-2,P-1,,2025-03-06,60.00,USD")),
    paid("a refund of nothing named", "doc", "names neither payment nor invoice", "P-1,INV-1,2025-03-05,100.00,USD,Visa", refunds=("R-1,,,2025-03-06,5.00,USD",)),
    paid("a refund of another invoice than its payment's", "doc", "payment P-1 is for invoice INV-1", "P-1,INV-1,2025-03-05,100.00,USD,Visa", refunds=("R-1,P-1,INV-OK,2025-03-06,5.00,USD",)),
    paid("a negative refund", "doc", "absolute: true", "P-1,INV-1,2025-03-05,100.00,USD,Visa", refunds=("R-1,P-1,,2025-03-06,-5.00,USD",)),
    paid("a refund in another currency", "doc", "a refund in CAD", "P-1,INV-1,2025-03-05,100.00,USD,Visa", refunds=("R-1,P-1,,2025-03-06,5.00,CAD",)),
]  # fmt: skip

CASES = [*BYTES, *ROWS, *WORDS, *MONEY, *DAYS, *JSONS, *RECEIPTS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_export_ends_as_it_must(case: Case, tmp_path: Path) -> None:
    found = outcome(case, tmp_path)
    assert found.verdict == case.verdict, found.problems
    assert (
        not case.words
        or any(case.words in problem.message for problem in found.problems)
        or (any(case.words in problem.hint for problem in found.problems))
    ), found.problems
    assert all(problem.location for problem in found.problems)
    if case.verdict == "doc":
        assert all(problem.document for problem in found.problems if problem.is_error)
    if found.reading is not None and "holds no rows" not in case.words:
        assert "INV-OK" in found.numbers
    if case.documents is not None:
        assert found.numbers == case.documents
