"""What a mapping says is done, refused or told: nothing is accepted and quietly passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.errors import Severity
from tests.reading import BOOKS, invoices, of_kind, payments, read, refusal, said

INVOICE = "id: No, customer: Who, date: Day"
PAYMENT = "id: No, date: Day, amount: Sum, customer: Who"
HEAD = "No,Who,Day,Sum,State\n"


def mapping(record: str, kind: str = "invoices", source: str = "files: a.csv, format: csv") -> str:
    return (
        f"{BOOKS}sources: {{a: {{{source}}}, b: {{files: b.csv, format: csv, missing: ok}}}}\n"
        f"records: {{{kind}: {{from: a, {record}}}}}\n"
        "accounting: {defaults: {item: Desk, income_account: Sales}}\npush: {invoices: true}\n"
    )


@pytest.mark.parametrize("word", ["pending", "written_off", "closed"])
def test_a_payment_that_failed_or_waits_is_never_taken_for_money(word: str, tmp_path: Path) -> None:
    text = mapping(f"document: {{{PAYMENT}, state: State}}", "payments")
    rows = f"{HEAD}1,Ann,2025-03-01,5.00,{word}\n2,Ann,2025-03-01,7.00,open\n"
    reading = read(tmp_path, text, {"a.csv": rows})
    assert [each.ref.id for each in payments(reading)] == ["2"]
    assert said(reading.problems) == [f"DOC034 payments can't be {word.replace('_', ' ')}"]
    (told,) = reading.problems
    assert str(told.location) == 'a.csv:2, column "State"'


@pytest.mark.parametrize("word", ["skip", "draft"])
def test_a_payment_may_be_left_out_by_its_state(word: str, tmp_path: Path) -> None:
    text = mapping(f"document: {{{PAYMENT}, state: State}}", "payments")
    reading = read(tmp_path, text, {"a.csv": f"{HEAD}1,Ann,2025-03-01,5.00,{word}\n"})
    assert (payments(reading), reading.problems) == ([], ())
    assert reading.skipped == {Kind.PAYMENTS: 1}


@pytest.mark.parametrize("word", ["pending", "accepted", "rejected", "closed"])
def test_what_only_an_estimate_can_be_is_refused_of_an_invoice(word: str, tmp_path: Path) -> None:
    text = mapping(f"document: {{{INVOICE}, total: Sum, state: State}}")
    rows = f"{HEAD}1,Ann,2025-03-01,5.00,{word}\n2,Ann,2025-03-01,7.00,paid\n"
    reading = read(tmp_path, text, {"a.csv": rows})
    assert [each.number for each in invoices(reading)] == ["2"]
    assert said(reading.problems) == [f"DOC034 invoices can't be {word}"]


def test_a_purchase_order_can_be_closed_but_not_rejected(tmp_path: Path) -> None:
    document = "id: No, vendor: Who, date: Day, total: Sum, state: State"
    text = mapping(f"document: {{{document}}}", "purchase_orders")
    rows = f"{HEAD}1,Ann,2025-03-01,5.00,closed\n2,Ann,2025-03-01,7.00,rejected\n"
    reading = read(tmp_path, text, {"a.csv": rows})
    assert [each.number for each in of_kind(reading, Kind.PURCHASE_ORDERS)] == ["1"]
    assert said(reading.problems) == ["DOC034 purchase orders can't be rejected"]


def test_a_customer_who_is_void_is_not_created(tmp_path: Path) -> None:
    text = mapping("document: {id: No, name: Who, state: State}", "customers")
    reading = read(tmp_path, text, {"a.csv": f"{HEAD}1,Ann,,,void\n2,Bob,,,open\n"})
    assert [each.number for each in reading.documents] == ["Bob"]
    assert said(reading.problems) == ["DOC034 customers can't be void"]


def test_what_is_too_early_to_matter_is_skipped_whatever_its_state(tmp_path: Path) -> None:
    text = mapping(f"document: {{{PAYMENT}, state: State}}", "payments")
    text = text.replace("currency: USD", "currency: USD, start_date: 2025-03-01")
    reading = read(tmp_path, text, {"a.csv": f"{HEAD}1,Ann,2025-02-01,5.00,void\n"})
    assert (reading.problems, reading.skipped) == ((), {Kind.PAYMENTS: 1})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            f"document: {{{INVOICE}, state: {{map: {{Gone: void}}}}}}, lines: {{amount: Sum}}",
            "state maps words of no column",
        ),
        (
            f"document: {{{INVOICE}}}, lines: {{from: b, match: {{No: No}}, repeat: {{until_empty: 'x{{n}}'}}, amount: Sum}}",
            "lines are read by from and repeat",
        ),
        (
            f"document: {{{INVOICE}}}, lines: {{amount: {{sum_of: [A, B], strip_prefix: x}}}}",
            "amount: what is added up can't be cut or mapped",
        ),
        (
            f"document: {{{INVOICE}}}, lines: {{amount: Sum, taxes: [{{name: T, rate: {{sum_of: [A, B]}}}}]}}",
            "rate is a part of the tax's name, no amount",
        ),
        (
            f"document: {{{INVOICE}, memo: {{column: M, currency: C}}}}, lines: {{amount: Sum}}",
            "memo is no amount",
        ),
    ],
)
def test_what_would_not_be_done_is_refused(record: str, message: str, tmp_path: Path) -> None:
    assert said(refusal(tmp_path, mapping(record))) == [f"MAP012 {message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            mapping(
                "document: {id: id, name: name}",
                "customers",
                "files: a.json, format: json, new_columns: error",
            ),
            "json files have no new_columns: it is not read",
        ),
        (
            mapping(
                "document: {id: No, name: Who}",
                "customers",
                "files: a.csv, format: csv, rows: data",
            ),
            "csv files have no rows: it is not read",
        ),
        (
            mapping(f"document: {{{INVOICE}, vendor: Who}}, lines: {{amount: Sum}}"),
            "invoices have no vendor: it is not read",
        ),
        (
            mapping(f"document: {{{INVOICE}, invoice: No}}, lines: {{amount: Sum}}"),
            "invoices have no invoice: it is not read",
        ),
        (
            mapping("document: {id: No, name: Who, total: Sum}", "customers"),
            "customers have no total: it is not read",
        ),
        (
            mapping("document: {id: No, name: Who, number: No}", "customers"),
            "customers have no number: it is not read",
        ),
        (
            mapping("document: {id: No, name: Who}", "customers").replace(
                "push:", "checks: {refund_over_payment: create}\npush:"
            ),
            "checks.refund_over_payment: create does what error does: the document is held back",
        ),
        (
            mapping("document: {id: No, name: Who}, lines: {amount: Sum}", "vendors"),
            "vendors have no lines: they are not read",
        ),
    ],
)
def test_what_is_not_read_is_told_at_its_place(text: str, message: str, tmp_path: Path) -> None:
    files = {"a.csv": f"{HEAD}1,Ann,2025-03-01,5.00,\n", "a.json": '[{"id": "1", "name": "Ann"}]'}
    (told,) = read(tmp_path, text, files).problems
    assert (told.code, told.severity, told.message) == ("MAP015", Severity.WARNING, message)
    assert told.location is not None
    assert told.location.line
    assert told.location.character


def test_a_number_that_is_too_long_is_told_unless_the_books_number(tmp_path: Path) -> None:
    text = mapping(f"document: {{{INVOICE}, total: Sum}}").replace(
        "{invoices: true", "{numbers: assign, invoices: true"
    )
    reading = read(tmp_path, text, {"a.csv": f"{HEAD}{'1' * 22},Ann,2025-03-01,5.00,\n"})
    assert said(reading.problems) == []
    text = text.replace("numbers: assign", "numbers: keep")
    reading = read(tmp_path, text, {"a.csv": f"{HEAD}{'1' * 22},Ann,2025-03-01,5.00,\n"})
    assert said(reading.problems) == ["CHK017 the number has 22 characters, the books take 21"]


def test_a_file_without_header_has_no_header_row(tmp_path: Path) -> None:
    source = "files: a.csv, format: csv, no_header: [No, Who], header_row: 2"
    text = mapping("document: {id: No, name: Who}", "customers", source)
    assert said(refusal(tmp_path, text)) == [
        "MAP012 source a has no header, and is told where it stands"
    ]


def test_that_new_keys_of_json_are_ignored_may_be_said(tmp_path: Path) -> None:
    source = "files: a.json, format: json, new_columns: ignore"
    text = mapping("document: {id: id, name: name}", "customers", source)
    assert read(tmp_path, text, {"a.json": '[{"id": "1", "name": "Ann"}]'}).problems == ()


def test_a_bill_that_is_like_an_invoice_needs_no_excuse_for_its_customer(tmp_path: Path) -> None:
    text = mapping(f"document: {{{INVOICE}}}, lines: {{amount: Sum}}")
    bills = "bills: {like: invoices, from: a, document: {vendor: Who}}}"
    text = text.replace("lines: {amount: Sum}}}", f"lines: {{amount: Sum}}}}, {bills}")
    reading = read(tmp_path, text, {"a.csv": f"{HEAD}1,Ann,2025-03-01,5.00,\n"})
    assert reading.problems == ()
