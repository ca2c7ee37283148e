"""Payouts: what the processor pays to the bank, so that its clearing account ends at nothing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.system.processes import Office, Simulated, counted

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Harbour Commons LLC, currency: USD, timezone: UTC, tax: none}
sources:
  invoice_rows: {files: invoices.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payment_rows: {files: payments.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  refund_rows: {files: refunds.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
  payout_rows: {files: payouts.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  invoices:
    from: invoice_rows
    document: {id: Number, number: Number, customer: {name: Customer}, date: Date, total: Amount}
    lines: {item: {value: pass}, amount: Amount}
  payments:
    from: payment_rows
    document: {id: Id, invoice: Invoice, date: Date, amount: Amount, fee: Fee, method: {value: Card}}
  refunds:
    from: refund_rows
    document: {id: Id, payment: Payment, date: Date, amount: Amount}
  payouts:
    from: payout_rows
    document:
      id: id
      date: arrival_date
      amount: amount
      fee: fee
      memo: statement_descriptor
      state:
        column: status
        map: {paid: open, in_transit: pending, pending: pending, failed: void, canceled: void}
accounting:
  items: {pass: {item: Day Pass}}
  payment_methods: {Card: {method: Credit Card, deposit_to: Stripe Clearing}}
  fees: {account: Merchant Account Fees, vendor: Stripe}
  payouts: {from: Stripe Clearing, to: Checking}
push:
  customers: true
  invoices: true
  payments: true
  refunds: true
  payouts: true
  void: true
"""
INVOICES = """Number,Customer,Date,Amount
I-1,Ada,2025-03-01,100.00
I-2,Bob,2025-03-01,50.00
I-3,Cy,2025-03-02,80.00
I-4,Cy,2025-03-20,40.00
"""
PAYMENTS = """Id,Invoice,Date,Amount,Fee
ch_1,I-1,2025-03-03,100.00,3.20
ch_2,I-2,2025-03-03,50.00,1.75
ch_3,I-3,2025-03-10,80.00,2.62
ch_4,I-4,2025-03-21,40.00,
"""
REFUNDS = "Id,Payment,Date,Amount\nre_1,ch_2,2025-03-12,10.00\n"
# The second payout has its fee taken off at payout; the third takes a refund back from the bank.
PAYOUTS = """id,arrival_date,amount,fee,statement_descriptor,status
po_1,2025-03-05,222.43,,STRIPE,paid
po_2,2025-03-24,39.00,1.00,STRIPE,paid
po_3,2025-03-13,-10.00,,STRIPE,paid
po_4,2025-03-31,12.00,,STRIPE,in_transit
po_5,2025-03-31,13.00,,STRIPE,failed
"""
NOTHING = {"read": 0, "write": 0, "throttled": 0}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return a_shop(tmp_path)


def a_shop(folder: Path, **files: str) -> Path:
    shop = folder / "shop"
    shop.mkdir(parents=True)
    texts = {"invoices": INVOICES, "payments": PAYMENTS, "refunds": REFUNDS, "payouts": PAYOUTS}
    (shop / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    for name, text in (texts | files).items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")
    return shop


def held(books: Simulated, *accounts: str) -> list[Decimal]:
    balances = books.get("/simulator/balances")
    return [Decimal(str(balances[each])) for each in accounts]


def moved(books: Simulated) -> dict[str, tuple[str, str, Decimal, str]]:
    """List the transfers, by the payout that their stamp names."""
    return {
        each["PrivateNote"].rpartition("/")[2].rstrip("]"): (
            each["FromAccountRef"]["name"],
            each["ToAccountRef"]["name"],
            Decimal(str(each["Amount"])),
            each["TxnDate"],
        )
        for each in books.entities("Transfer")
    }


MOVED = {
    "po_1": ("Stripe Clearing", "Checking", Decimal("222.43"), "2025-03-05"),
    "po_2": ("Stripe Clearing", "Checking", Decimal("39.00"), "2025-03-24"),
    "po_3": ("Checking", "Stripe Clearing", Decimal("10.00"), "2025-03-13"),
}


def test_a_month_of_payments_fees_refunds_and_payouts_leaves_nothing_in_the_clearing_account(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        first = office.json("push")

        assert moved(books) == MOVED
        clearing, bank, fees = held(books, "Stripe Clearing", "Checking", "Merchant Account Fees")
        assert clearing == 0
        assert bank == Decimal("251.43")
        assert fees == Decimal("8.57")
        assert (
            first["data"]["by_kind"]["payouts"] | {"create": 3, "unchanged": 1}
            == (first["data"]["by_kind"]["payouts"])
        )
        assert first["data"]["money"]["payouts"] == {"USD": "251.43"}
        assert "payout_fees" not in first["data"]["by_kind"], "a fee is a part of its payout"

        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == NOTHING


def change(office: Office, file: str, old: str, new: str) -> None:
    path = office.data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def spent(books: Simulated) -> dict[str, Decimal]:
    return {
        each["DocNumber"]: Decimal(str(each["TotalAmt"])) for each in books.entities("Purchase")
    }


def test_a_payout_follows_the_export_until_it_fails_and_leaves_with_its_fee(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")

        change(office, "payouts.csv", "po_1,2025-03-05,222.43", "po_1,2025-03-06,222.00")
        change(office, "payouts.csv", "39.00,1.00,STRIPE,paid", "39.00,1.00,STRIPE,failed")
        changed = counted(office.json("push"))
        assert {word: n for word, n in changed.items() if word != "unchanged"} == {
            "update": 1,
            "void": 1,
        }
        assert moved(books) == {
            "po_1": ("Stripe Clearing", "Checking", Decimal("222.00"), "2025-03-06"),
            "po_3": MOVED["po_3"],
        }
        assert spent(books).keys() == {"ch_1", "ch_2", "ch_3"}
        again = office.json("push")
        assert set(counted(again)) == {"unchanged"}
        assert again["data"]["calls"] == NOTHING


def test_after_losing_the_state_each_payout_is_found_by_its_stamp(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        office.json("push")
        before = books.get("/simulator/books")
        next(office.state.rglob("state.db")).unlink()
        office.connect()
        # Its day was an estimate: it is the same payout, on another day.
        change(office, "payouts.csv", "po_2,2025-03-24", "po_2,2025-03-26")
        told = office.json("push", exit_code=3)
        assert books.get("/simulator/books") == before
        (differs,) = [each for each in told["problems"] if each["document"] == "po_2"]
        assert differs["code"] == "PLAN031"
        assert "date 2025-03-24 there, 2025-03-26 here" in differs["message"]


def test_what_was_entered_by_hand_stands_for_one_payout_each(tmp_path: Path) -> None:
    payouts = PAYOUTS.splitlines()[0] + "\n"
    payouts += "".join(f"po_{n},2025-03-05,100.00,,STRIPE,paid\n" for n in (1, 2, 3))
    by_hand = {"FromAccountRef": "Stripe Clearing", "ToAccountRef": "Checking", "Amount": 100}
    with Simulated() as books:
        for other in ({}, {}, {"TxnDate": "2025-03-04"}, {"ToAccountRef": "Undeposited Funds"}):
            books.post("/simulator/entities/Transfer", by_hand | {"TxnDate": "2025-03-05"} | other)
        office = Office(tmp_path / "desk", books, a_shop(tmp_path, payouts=payouts))
        office.connect()
        first = office.json("push")
        assert (
            first["data"]["by_kind"]["payouts"] | {"adopt": 2, "create": 1}
            == (first["data"]["by_kind"]["payouts"])
        )
        (warned,) = [each for each in first["problems"] if each["code"] == "PLAN033"]
        assert (warned["document"], warned["severity"]) == ("po_3", "warning")
        assert "on 2025-03-04" in warned["message"]
        change(office, "payouts.csv", "\npo_1", "\npo_0,2025-03-05,100.00,,STRIPE,paid\npo_1")
        later = office.json("push")
        assert later["data"]["by_kind"]["payouts"]["create"] == 1, "the others have theirs"
        assert len(books.entities("Transfer")) == 6


def test_a_payout_whose_answer_is_lost_is_there_once(shop: Path, tmp_path: Path) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        books.post(
            "/simulator/faults", {"match": {"entity": "Transfer"}, "do": {"drop_after": True}}
        )
        office.json("push")
        assert moved(books) == MOVED
        assert len(books.entities("Transfer")) == len(MOVED)
        assert set(counted(office.json("push"))) == {"unchanged"}


def test_a_push_killed_while_payouts_are_on_their_way_ends_like_one_that_was_not(
    shop: Path, tmp_path: Path
) -> None:
    with Simulated() as books:
        office = Office(tmp_path / "desk", books, shop)
        office.connect()
        books.post("/simulator/faults", {"match": {"entity": "Transfer"}, "do": {"delay": 10}})
        process = office.start("push", "--quiet")
        while not books.entities("Transfer"):
            assert process.poll() is None
        process.kill()
        process.communicate()
        office.json("push")
        assert moved(books) == MOVED
        assert len(books.entities("Transfer")) == len(MOVED)
        assert held(books, "Stripe Clearing") == [0]
        assert set(counted(office.json("push"))) == {"unchanged"}
