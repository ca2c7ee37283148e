"""Payments with lines: what each of them goes to, and what a mapping may say of that."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import DocumentRef, Kind
from acctsync.engine.explaining import explain
from acctsync.errors import Location
from tests.reading import BOOKS, TODAY, loaded, payments, read, refunds, refusal, said

MAPPING = (
    BOOKS
    + """
sources:
  bills: {files: i.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  paid: {files: p.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD, missing: ok}
  back: {files: r.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD, missing: ok}
records:
  invoices:
    from: bills
    document: {id: No, number: No, customer: {name: Who}, date: Day, total: Amount}
    lines: {item: {value: x}, amount: Amount}
  payments:
    from: paid
    group_by: Id
    document: {id: Id, customer: {name: Who}, date: Day, amount: Whole}
    lines: {invoice: No, amount: Part}
  refunds:
    from: back
    document: {id: Id, payment: Payment, invoice: No, date: Day, amount: Amount}
accounting: {items: {x: {item: X}}}
push: {invoices: true, payments: true, refunds: true}
"""
)
INVOICES = "No,Who,Day,Amount\n1,Ann,2025-03-01,60.00\n2,Ann,2025-03-01,40.00\n"
PAID = "Id,Who,Day,Whole,No,Part\n"


def files(*rows: str, refunds: str = "") -> dict[str, str]:
    back = {"r.csv": f"Id,Payment,No,Day,Amount\n{refunds}\n"} if refunds else {}
    return {"i.csv": INVOICES, "p.csv": PAID + "".join(f"{row}\n" for row in rows), **back}


def settled(folder: Path, mapping: str, *rows: str) -> dict[str, list[tuple[str, Decimal]]]:
    return {
        each.ref.id: [(one.wanted, one.amount) for one in each.allocations]
        for each in payments(read(folder, mapping, files(*rows)))
    }


def test_a_payment_settles_what_its_lines_name(tmp_path: Path) -> None:
    rows = ["a,Ann,2025-03-02,100.00,1,35.00", "a,,,,2,40.00", "a,,,,1,25.00", "a,,,,9,0.00"]
    assert settled(tmp_path, MAPPING, *rows) == {"a": [("1", Decimal(60)), ("2", Decimal(40))]}


def test_without_an_amount_of_its_own_a_payment_is_what_its_lines_come_to(tmp_path: Path) -> None:
    mapping = MAPPING.replace(", amount: Whole}", "}")
    rows = files("a,Ann,2025-03-02,,1,60.00", "a,,,,2,15.00")
    (payment,) = payments(read(tmp_path, mapping, rows))
    assert payment.amount == Decimal(75)


def test_lines_of_a_payment_may_be_a_list_inside_it(tmp_path: Path) -> None:
    mapping = MAPPING.replace("    group_by: Id\n", "").replace(
        "p.csv, format: csv,", "p.json, format: json,"
    )
    mapping = mapping.replace("lines: {invoice: No,", "lines: {each: parts, invoice: No,")
    text = '[{"Id": "a", "Day": "2025-03-02", "Whole": "90.00", "Who": "Ann", "parts": ['
    text += '{"No": "2", "Part": "40.00"}, {"No": "1", "Part": "50.00"}]}]'
    (payment,) = payments(read(tmp_path, mapping, {"i.csv": INVOICES, "p.json": text}))
    assert [(each.wanted, each.amount) for each in payment.allocations] == [
        ("2", Decimal(40)),
        ("1", Decimal(50)),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["a,Ann,2025-03-02,50.00,1,60.00"],
            "DOC042 its lines come to 10.00 more than the payment",
        ),
        (["a,Ann,2025-03-02,50.00,1,-5.00"], "DOC041 it takes 5.00 back from invoice 1"),
        (["a,Ann,2025-03-02,50.00,1,x"], 'DOC002 amount: "x" is not written like 1234.50'),
    ],
)
def test_lines_that_can_not_be_are_refused(tmp_path: Path, rows: list[str], message: str) -> None:
    reading = read(tmp_path, MAPPING, files(*rows))
    assert (said(reading.problems), payments(reading)) == ([message], [])


def test_what_names_no_invoice_may_be_refused(tmp_path: Path) -> None:
    strict = MAPPING.replace(
        "accounting: {", "accounting: {retainers: {account: R, unapplied_payments: error}, "
    )
    reading = read(tmp_path, strict, files("a,Ann,2025-03-02,70.00,1,60.00"))
    assert said(reading.problems) == ["DOC021 10.00 of it names no invoice"]


def test_too_much_is_cut_where_it_is_too_much(tmp_path: Path) -> None:
    mapping = MAPPING + "checks: {payment_over_invoice: warn}\n"
    rows = ["a,Ann,2025-03-02,65.00,1,65.00", "b,Ann,2025-03-02,50.00,1,10.00", "b,,,,2,40.00"]
    assert settled(tmp_path, mapping, *rows) == {
        "a": [("1", Decimal(60))],
        "b": [("2", Decimal(40))],
    }


def test_a_refund_says_which_of_several_invoices_it_gives_back(tmp_path: Path) -> None:
    rows = ["a,Ann,2025-03-02,100.00,1,60.00", "a,,,,2,40.00", "b,Ann,2025-03-02,5.00,1,0.00"]
    told = "x,a,,2025-03-03,10.00\ny,a,2,2025-03-03,10.00"
    reading = read(tmp_path, MAPPING, files(*rows[:2], refunds=told))
    assert [each.invoice for each in refunds(reading)] == [DocumentRef(Kind.INVOICES, "bills", "2")]
    assert said(reading.problems) == ["DOC043 payment a settles several invoices: 1, 2"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("amount: Part}", "amount: Part, item: No}", "a payment's lines are an invoice and an"),
        ("amount: Part}", "}", "a payment's lines are an invoice and an amount each"),
        ("amount: Whole}", "amount: Whole, invoice: No}", "invoice is read from the document and"),
        ("{item: {value: x}, amount", "{item: {value: x}, invoice: No, amount", "invoice is for"),
    ],
)
def test_a_mapping_that_says_too_much_of_lines_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in MAPPING
    problems = refusal(tmp_path, MAPPING.replace(old, new), files())
    assert problems[0].code == "MAP012"
    assert problems[0].message.startswith(message)


def test_a_payments_lines_are_explained(tmp_path: Path) -> None:
    mapping = loaded(tmp_path, MAPPING, **files("a,Ann,2025-03-02,100.00,1,60.00", "a,,,,9,30.00"))
    (told,) = explain(mapping, tmp_path, TODAY, "a").documents
    assert [
        (line.row, [(each.value, each.rule) for each in line.fields]) for line in told.lines
    ] == [
        (
            Location("p.csv", 2),
            [
                (DocumentRef(Kind.INVOICES, "bills", "1"), "found by its id"),
                (Decimal(60), "as it is"),
            ],
        ),
        (
            Location("p.csv", 3),
            [
                ("9", "it is not in this export: the books are asked for it"),
                (Decimal(30), "as it is"),
            ],
        ),
    ]
    (applied,) = told.totals
    assert (applied.value, applied.rule) == (Decimal(90), "10.00 stays unapplied")


def test_money_that_can_not_be_kept_as_a_retainer_is_told(tmp_path: Path) -> None:
    kept = MAPPING.replace("accounting: {", "accounting: {retainers: {account: Deposits}, ")
    rows = files("a,Ann,2025-03-02,70.00,1,60.00", "b,Ann,2025-03-02,40.00,2,40.00")
    told = read(tmp_path, kept, rows)
    (problem,) = said(told.problems)
    assert problem.startswith("CHK020 10.00 of it names no invoice: it stays an open credit")
    assert problem.endswith("does not go to Deposits")
    assert not told.refused
    credit = kept.replace("account: Deposits", "account: Deposits, unapplied_payments: credit")
    assert read(tmp_path, credit, rows).problems == ()


@pytest.mark.parametrize("state", ["written_off", "pending", "rejected"])
def test_money_that_was_not_received_is_no_payment(tmp_path: Path, state: str) -> None:
    mapping = MAPPING.replace("amount: Whole}", f"amount: Whole, state: {{value: {state}}}}}")
    reading = read(tmp_path, mapping, files("a,Ann,2025-03-02,60.00,1,60.00"))
    word = state.replace("_", " ")
    assert said(reading.problems) == [f"DOC034 payments can't be {word}"]
    assert payments(reading) == []
