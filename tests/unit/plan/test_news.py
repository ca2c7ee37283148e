from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import AppliedPart, Kind, RecordedPayment
from acctsync.plan.news import News, PullMemory, news_of, remembered

MARCH = dt.date(2025, 3, 1)
FIRST = dt.datetime(2025, 4, 1, 6, tzinfo=dt.UTC)
LATER = dt.datetime(2025, 4, 2, 6, tzinfo=dt.UTC)
EVERYTHING = PullMemory(until=LATER, began=FIRST)
FROM_MARCH = replace(EVERYTHING, first_date=MARCH)
PART = AppliedPart(kind=Kind.INVOICES, remote_id="7", number="A-1", amount=Decimal("10.00"))
PAYMENT = RecordedPayment(
    id="1",
    currency="USD",
    amount=Decimal("10.00"),
    unapplied=Decimal(0),
    date=MARCH,
    customer="5",
    customer_name="Ann",
    applied=(PART,),
    created_at=FIRST,
    changed_at=FIRST,
)


@pytest.mark.parametrize("memory", [None, EVERYTHING, FROM_MARCH])
def test_what_nobody_was_told_of_is_new(memory: PullMemory | None) -> None:
    assert news_of(PAYMENT, None, memory) is News.NEW


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": Decimal("11.00")},
        {"unapplied": Decimal("1.00")},
        {"voided": True},
        {"date": dt.date(2025, 3, 2)},
        {"reference": "x"},
        {"memo": "x"},
        {"method": "Check"},
        {"deposit_to": "Checking"},
        {"customer": "6"},
        {"applied": ()},
        {"applied": (replace(PART, amount=Decimal("9.00")),)},
    ],
    ids=str,
)
def test_what_differs_from_what_was_told_is_changed(changed: dict[str, Any]) -> None:
    assert news_of(replace(PAYMENT, **changed), PAYMENT, EVERYTHING) is News.CHANGED


@pytest.mark.parametrize(
    "touched",
    [
        {},
        {"changed_at": LATER},
        {"customer_name": "Ann & Co"},
        {"applied": (replace(PART, number="A-1b"),)},
        {"amount": Decimal("10.0")},
    ],
    ids=str,
)
def test_what_says_the_same_is_unchanged_however_often_it_was_touched(
    touched: dict[str, Any],
) -> None:
    assert news_of(replace(PAYMENT, **touched), PAYMENT, EVERYTHING) is News.UNCHANGED


@pytest.mark.parametrize(
    ("date", "created", "news"),
    [
        (dt.date(2025, 2, 28), FIRST - dt.timedelta(days=30), News.CHANGED),
        (dt.date(2025, 2, 28), LATER, News.NEW),
        (MARCH, FIRST - dt.timedelta(days=30), News.NEW),
        (None, FIRST - dt.timedelta(days=30), News.NEW),
        (dt.date(2025, 2, 28), None, News.NEW),
        (dt.date(2025, 2, 28), FIRST - dt.timedelta(seconds=1), News.NEW),
    ],
)
def test_a_payment_that_the_first_pull_left_out_for_its_date_is_not_new(
    date: dt.date | None, created: dt.datetime | None, news: News
) -> None:
    payment = replace(PAYMENT, date=date, created_at=created)
    assert news_of(payment, None, FROM_MARCH) is news


def test_the_first_pull_says_where_the_memory_begins_and_later_ones_move_on() -> None:
    first = remembered(None, FIRST, MARCH)
    assert first == PullMemory(until=FIRST, began=FIRST, first_date=MARCH)
    assert remembered(first, LATER, None) == FROM_MARCH
