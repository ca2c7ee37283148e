from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import AppliedPart, Kind, RecordedPayment
from acctsync.providers.qbo.received import Names, received, unnamed, unnumbered
from tests.providers.qbo.recordings import sample

D = Decimal
NAMES = Names(methods={"2": "Check"}, accounts={"4": "Undeposited Funds"}, invoices={"70": "1024"})


def a_row(**fields: Any) -> dict[str, Any]:
    return {
        "Id": "163",
        "TotalAmt": D("65.0"),
        "UnappliedAmt": D("10.0"),
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        **fields,
    }


def linked(kind: str, key: str, amount: str, number: str | None = None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "Amount": D(amount),
        "LinkedTxn": [{"TxnId": key, "TxnType": kind}],
    }
    if number is not None:
        named = {"Name": "txnReferenceNumber", "Value": number}
        line["LineEx"] = {"any": [{"value": {"Name": "txnId", "Value": key}}, {"value": named}]}
    return line


def test_intuits_sample_is_read() -> None:
    row = sample("payment", "response", "Read a payment")["Payment"]
    assert received(row, Names(accounts={"4": "Undeposited Funds"}, currency="USD")) == (
        RecordedPayment(
            id="163",
            currency="USD",
            amount=D("65.0"),
            unapplied=D("10.0"),
            date=dt.date(2015, 1, 16),
            customer="20",
            customer_name="Red Rock Diner",
            deposit_to="Undeposited Funds",
            applied=(
                AppliedPart(kind=Kind.INVOICES, remote_id="70", number="1024", amount=D("55.0")),
            ),
            created_at=dt.datetime(2015, 1, 16, 23, 8, 12, tzinfo=dt.UTC),
            changed_at=dt.datetime(2015, 1, 16, 23, 8, 12, tzinfo=dt.UTC),
        )
    )


def test_intuits_voided_sample_is_void() -> None:
    row = sample("payment", "response", "Void a payment")["Payment"]
    found = received(row, NAMES)
    assert (found.voided, found.amount, found.applied, found.method) == (True, D(0), (), "Check")
    assert found.memo == "Voided"


def test_the_memo_is_what_people_wrote_and_the_stamp_is_told_apart() -> None:
    note = "Paid at the desk [acctsync payments/py_1%2F2]"
    found = received(a_row(PrivateNote=note), NAMES)
    assert (found.memo, found.stamp) == ("Paid at the desk", "py_1/2")
    assert received(a_row(PrivateNote="[acctsync credit_allocations/CN-1]"), NAMES).stamp == "CN-1"


def test_a_credit_note_gives_what_the_invoices_take() -> None:
    lines = [linked("Invoice", "67", "300"), linked("CreditMemo", "68", "300", "CN-1")]
    found = received(a_row(TotalAmt=D(0), UnappliedAmt=D(0), Line=lines), NAMES)
    assert [(part.kind, part.number, part.amount) for part in found.applied] == [
        (Kind.INVOICES, "", D(300)),
        (Kind.CREDIT_NOTES, "CN-1", D(-300)),
    ]
    assert not found.voided


def test_what_we_have_no_word_for_keeps_its_id_and_amount() -> None:
    (part,) = received(a_row(Line=[linked("JournalEntry", "9", "5", "J-1")]), NAMES).applied
    assert part == AppliedPart(kind=None, remote_id="9", number="J-1", amount=D(5))


def test_numbers_and_names_that_a_row_leaves_out_are_looked_up() -> None:
    row = a_row(
        Line=[linked("Invoice", "70", "55"), linked("Invoice", "71", "10", "1025")],
        PaymentMethodRef={"value": "2"},
        DepositToAccountRef={"value": "4", "name": "Petty Cash"},
    )
    assert unnumbered(row) == {"70"}
    assert (unnamed(row, "PaymentMethodRef"), unnamed(row, "DepositToAccountRef")) == (True, False)
    found = received(row, NAMES)
    assert [part.number for part in found.applied] == ["1024", "1025"]
    assert (found.method, found.deposit_to) == ("Check", "Petty Cash")


def test_a_payment_that_names_no_currency_is_in_the_companys_own() -> None:
    row = a_row(CurrencyRef=None)
    assert received(row, Names(currency="CAD")).currency == "CAD"


@pytest.mark.parametrize(
    "row", [{}, a_row(TotalAmt="much"), a_row(TxnDate="soon"), a_row(UnappliedAmt=[])]
)
def test_a_row_that_is_no_payment_is_not_taken_for_one(row: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError, ArithmeticError)):
        received(row, NAMES)
