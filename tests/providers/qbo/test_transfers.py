"""Payouts: what goes over the wire for them, and how they are found again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import (
    DocumentRef,
    Kind,
    ListKind,
    Payout,
    Reference,
    RemoteDocument,
    both_accounts,
)
from acctsync.plan.model import Action, Change
from acctsync.providers.port import Accepted, Sought
from acctsync.providers.qbo.matching import by_stamp
from acctsync.providers.qbo.payloads import Context, write
from acctsync.providers.qbo.queries import days_since
from acctsync.providers.qbo.responses import remote_document
from acctsync.providers.qbo.review import review
from tests.providers.conftest import Desk
from tests.providers.qbo.builders import CANADA, MARCH, SETTINGS, D, KnownRefs, creating

PAYOUT = Payout(
    ref=DocumentRef(Kind.PAYOUTS, "payouts", "po_1"),
    number="PO-1",
    date=MARCH,
    currency="USD",
    amount=D("97.10"),
    clearing=Reference(id="40"),
    bank=Reference(id="35"),
    memo="STRIPE",
    reference="tr-9",
)
HELD = {
    "Id": "148",
    "SyncToken": "0",
    "TxnDate": "2025-03-01",
    "CurrencyRef": {"value": "USD"},
    "PrivateNote": "STRIPE | Payout PO-1 | Reference tr-9 [acctsync payouts/po_1]",
    "FromAccountRef": {"value": "40", "name": "Clearing"},
    "ToAccountRef": {"value": "35", "name": "Checking"},
    "Amount": D("97.10"),
}


def sent(change: Change, known: Any = SETTINGS) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        write(change, Context(refs=KnownRefs(), known=known)).body, parse_float=Decimal
    )
    return body


def test_a_payout_is_a_transfer_with_our_stamp() -> None:
    assert sent(creating(PAYOUT)) == {
        "operation": "create",
        "Transfer": {
            "FromAccountRef": {"value": "40"},
            "ToAccountRef": {"value": "35"},
            "Amount": D("97.10"),
            "TxnDate": "2025-03-01",
            "PrivateNote": HELD["PrivateNote"],
        },
    }


def test_what_is_taken_back_goes_the_other_way_and_is_never_negative() -> None:
    back = sent(creating(replace(PAYOUT, amount=D("-5.00"), currency="CAD")), CANADA)["Transfer"]
    assert (back["FromAccountRef"], back["ToAccountRef"], back["Amount"], back["CurrencyRef"]) == (
        {"value": "35"},
        {"value": "40"},
        5,
        {"value": "CAD"},
    )


def test_a_payout_that_failed_is_deleted_with_its_transfer() -> None:
    remote = RemoteDocument(kind=Kind.PAYOUTS, id="148", version="3", digest="")
    change = Change(action=Action.VOID, document=PAYOUT, remote=remote)
    gone = {"operation": "delete", "Transfer": {"Id": "148", "SyncToken": "3"}}
    assert sent(change) == gone


def test_a_transfer_is_read_back_with_both_accounts() -> None:
    remote = remote_document(Kind.PAYOUTS, HELD)
    assert replace(remote, digest="") == RemoteDocument(
        kind=Kind.PAYOUTS,
        id="148",
        version="0",
        digest="",
        stamp="po_1",
        date=MARCH,
        customer=both_accounts("40", "35"),
        currency="USD",
        total=D("97.10"),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("TxnDate", "2025-03-02"),
        ("Amount", D("97.11")),
        ("FromAccountRef", {"value": "41"}),
        ("ToAccountRef", {"value": "41"}),
        ("PrivateNote", "[acctsync payouts/po_1]"),
    ],
)
def test_a_hand_made_change_of_a_transfer_is_seen(field: str, value: object) -> None:
    before, after = (
        remote_document(Kind.PAYOUTS, each).digest for each in (HELD, {**HELD, field: value})
    )
    assert before != after


def test_a_transfer_is_looked_for_from_a_year_before_and_known_by_stamp_or_day() -> None:
    days = [MARCH, MARCH + dt.timedelta(days=10)]
    assert days_since(days) == "TxnDate >= '2024-02-29'"
    assert days_since([]) == ""
    remote = remote_document(Kind.PAYOUTS, HELD)
    ours = replace(remote, id="1", date=days[1])
    by_hand, another = replace(remote, id="2", stamp=""), replace(remote, id="3", stamp="po_2")
    later = replace(by_hand, id="5", date=MARCH + dt.timedelta(days=3))
    sought = Sought(ref=PAYOUT.ref, stamp="po_1", date=MARCH)
    elsewhere = replace(by_hand, id="4", date=days[1])
    found = by_stamp([sought], [ours, later, by_hand, another, elsewhere])
    assert [each.id for each in found[PAYOUT.ref]] == ["1", "2", "5"]


def test_a_payout_in_foreign_money_is_held_back() -> None:
    assert [each.code for each in review(replace(PAYOUT, currency="EUR"), SETTINGS)] == ["QBO172"]
    assert review(PAYOUT, SETTINGS) == ()


def test_one_that_is_dated_months_later_there_is_found_by_its_stamp(desk: Desk) -> None:
    accounts = [each for each in desk.books.pull(ListKind.ACCOUNTS) if each.type == "Bank"]
    payout = replace(
        PAYOUT, clearing=Reference(id=accounts[0].id), bank=Reference(id=accounts[1].id)
    )
    later = replace(creating(payout), booked=MARCH + dt.timedelta(days=120))
    exchange = desk.books.pack([desk.books.render(later, desk.refs)], "key-1")
    (outcome,) = desk.books.send(exchange)
    assert isinstance(outcome, Accepted)

    sought = Sought(ref=PAYOUT.ref, stamp="po_1", date=MARCH)
    (found,) = desk.books.find([sought])[PAYOUT.ref]
    assert (found.id, found.date, found.real_date) == (outcome.remote.id, later.booked, MARCH)
