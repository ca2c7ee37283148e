"""What a mapping makes of payouts, and what it must say for that."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import DocumentRef, Kind, Payout, Reference, State
from acctsync.engine.explaining import explain
from acctsync.errors import Location
from tests.reading import BOOKS, TODAY, codes, loaded, of_kind, read, refusal, said

MAPPING = (
    BOOKS
    + """
sources:
  rows: {files: p.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  payouts:
    from: rows
    document:
      id: Id
      number: Id
      date: Day
      amount: Amount
      fee: Fee
      method: Processor
      deposit_to: Bank
      state: {column: State, if_empty: open, map: {paid: paid, new: pending, failed: void, odd: closed}}
accounting:
  payment_methods: {Card: {method: Card, deposit_to: Card Clearing}, Cash: {method: Cash}}
  payouts: {from: Clearing, to: Checking}
push: {payouts: true}
"""
)
HEADER = "Id,Day,Amount,Fee,Processor,Bank,State\n"


def rows(*lines: str) -> dict[str, str]:
    return {"p.csv": HEADER + "".join(f"{line}\n" for line in lines)}


def a_payout(id_: str = "a", amount: str = "10.00", **changes: object) -> Payout:
    given: dict[str, object] = {
        "ref": DocumentRef(Kind.PAYOUTS, "rows", id_),
        "number": id_,
        "date": dt.date(2025, 3, 5),
        "currency": "USD",
        "amount": Decimal(amount),
        "clearing": Reference(name="Clearing"),
        "bank": Reference(name="Checking"),
        **changes,
    }
    return Payout(**given)  # type: ignore[arg-type]


def test_a_payout_moves_from_the_clearing_account_to_the_bank(tmp_path: Path) -> None:
    export = rows(
        "a,2025-03-05,10.00,,,,paid",
        "b,2025-03-05,-2.50,0.10,Card,Savings,",
        "c,2025-03-05,5.00,,Cash,,failed",
    )
    assert of_kind(read(tmp_path, MAPPING, export), Kind.PAYOUTS) == [
        a_payout(),
        a_payout(
            "b",
            "-2.50",
            fee=Decimal("0.10"),
            clearing=Reference(name="Card Clearing"),
            bank=Reference(name="Savings"),
        ),
        a_payout("c", "5.00", state=State.VOID),
    ]


def test_money_that_the_processor_takes_back_goes_the_other_way() -> None:
    there = (Reference(name="Clearing"), Reference(name="Checking"))
    assert a_payout().route == there
    assert a_payout(amount="-1.00").route == there[::-1]


def test_what_has_not_reached_the_bank_is_no_payout_yet(tmp_path: Path) -> None:
    reading = read(tmp_path, MAPPING, rows("a,2025-03-05,10.00,,,,new"))
    assert (of_kind(reading, Kind.PAYOUTS), reading.skipped) == ([], {Kind.PAYOUTS: 1})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,2025-03-05,0.00,,,,", "DOC024 a payout of 0"),
        ("a,2025-03-05,,,,,", "DOC001 amount is empty"),
        ("a,,1.00,,,,", "DOC001 date is empty"),
        ("a,2025-03-05,1.00,,,,odd", "DOC034 payouts can't be closed"),
        ("a,2025-03-05,1.00,,Gold,,", 'DOC005 the payment method "Gold" is not mapped'),
    ],
)
def test_a_payout_that_means_nothing_is_refused(tmp_path: Path, row: str, message: str) -> None:
    reading = read(tmp_path, MAPPING, rows(row))
    assert (said(reading.problems), of_kind(reading, Kind.PAYOUTS)) == ([message], [])


def test_payouts_leave_from_where_payments_go_unless_the_mapping_says_otherwise(
    tmp_path: Path,
) -> None:
    usual = MAPPING.replace(
        "payouts: {from: Clearing, to: Checking}",
        "payouts: {to: Checking}\n  defaults: {deposit_to: Usual}",
    )
    (payout,) = of_kind(read(tmp_path, usual, rows("a,2025-03-05,1.00,,,,")), Kind.PAYOUTS)
    assert payout == a_payout(amount="1.00", clearing=Reference(name="Usual"))


def test_a_row_for_which_no_account_is_named_is_refused(tmp_path: Path) -> None:
    unsaid = MAPPING.replace("  payouts: {from: Clearing, to: Checking}\n", "")
    reading = read(tmp_path, unsaid, rows("a,2025-03-05,1.00,,Card,Bank,", "b,2025-03-05,1.00,,,,"))
    assert [each.ref.id for each in of_kind(reading, Kind.PAYOUTS)] == ["a"]
    assert said(reading.problems) == ["DOC040 the mapping names no account for it to leave"]


PLAIN = MAPPING.replace("      method: Processor\n      deposit_to: Bank\n", "")


@pytest.mark.parametrize(
    ("payouts", "message"),
    [
        ("", "MAP007 accounting.payouts does not say 'from'"),
        ("payouts: {from: Clearing}", "MAP007 accounting.payouts does not say 'to'"),
        ("payouts: {to: Checking}", "MAP007 accounting.payouts does not say 'from'"),
        (
            "payouts: {to: Checking}\n  defaults: {deposit_to: Checking}",
            "MAP007 accounting.payouts does not say 'from'",
        ),
        (
            "payouts: {from: Checking, to: Checking}",
            "MAP012 payouts would go from Checking to itself",
        ),
    ],
)
def test_a_mapping_that_does_not_say_where_payouts_go_is_refused(
    tmp_path: Path, payouts: str, message: str
) -> None:
    mapping = PLAIN.replace("payouts: {from: Clearing, to: Checking}", payouts)
    problems = refusal(tmp_path, mapping, rows())
    assert said(problems)[0] == message
    assert problems[0].hint


def test_a_payout_has_no_lines_and_no_customer(tmp_path: Path) -> None:
    mapping = PLAIN.replace("      fee: Fee\n", "      fee: Fee\n      customer: {name: Id}\n")
    problems = refusal(tmp_path, mapping, rows())
    assert codes(problems) == ["MAP012"]
    assert problems[0].location == Location(str(tmp_path / "acctsync.yaml"), 8, character=5)


def test_a_payout_is_explained_with_both_its_accounts(tmp_path: Path) -> None:
    mapping = loaded(tmp_path, MAPPING, **rows("a,2025-03-05,10.00,,Card,,paid"))
    (told,) = explain(mapping, tmp_path, TODAY, "a").documents
    accounts = {each.field: (each.value, each.rule) for each in told.fields[-2:]}
    assert accounts == {
        "clearing": (Reference(name="Card Clearing"), "set by accounting.payment_methods"),
        "bank": (Reference(name="Checking"), "set by accounting.payouts.to"),
    }
