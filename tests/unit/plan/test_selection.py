from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from acctsync.documents import Document, DocumentRef, Kind
from acctsync.plan.selection import Selection, needs, select
from tests.builders import (
    CUSTOMER,
    a_customer,
    a_payment,
    a_refund,
    an_allocation,
    an_invoice,
    invoice_ref,
    ref,
)


def march(day: int) -> dt.date:
    return dt.date(2025, 3, day)


GRACE = a_customer("Grace", ref=ref(Kind.CUSTOMERS, "grace"))
EARLY = an_invoice(id_="1", date=march(1))
LATE = an_invoice(id_="2", date=march(9), customer=GRACE.ref)
PAID = a_payment(id_="7", invoice="1", date=march(9))
BACK = a_refund(id_="8", invoice=EARLY.ref, payment=PAID.ref, date=march(20))
EXPORT = (BACK, PAID, a_customer(), EARLY, LATE, GRACE)


def chosen(*pushed: str, **wanted: Any) -> list[str]:
    selection = Selection(**wanted)
    kept = select(EXPORT, selection, lambda ref: ref.id in pushed)
    return [each.ref.id for each in kept]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["8", "7", "ada", "1", "2", "grace"]),
        ({"since": march(1), "until": march(1)}, ["ada", "1"]),
        ({"since": march(2), "until": march(8)}, []),
        ({"until": march(1)}, ["ada", "1"]),
        ({"since": march(9), "until": march(19)}, ["7", "ada", "1", "2", "grace"]),
        ({"since": march(20)}, ["8", "7", "ada", "1"]),
        ({"kinds": frozenset({Kind.CUSTOMERS})}, ["ada", "grace"]),
        ({"kinds": frozenset({Kind.INVOICES})}, ["ada", "1", "2", "grace"]),
        ({"kinds": frozenset({Kind.PAYMENTS})}, ["7", "ada", "1"]),
        ({"kinds": frozenset({Kind.INVOICES}), "since": march(2)}, ["2", "grace"]),
        ({"documents": frozenset({"2"})}, ["2", "grace"]),
        ({"documents": frozenset({"INV-2"})}, ["2", "grace"]),
        ({"documents": frozenset({"Grace"})}, ["grace"]),
        ({"documents": frozenset({"nobody"})}, []),
        ({"documents": frozenset({"1"}), "kinds": frozenset({Kind.PAYMENTS})}, []),
    ],
)
def test_what_is_asked_for_comes_with_what_it_can_not_do_without(
    wanted: dict[str, object], expected: list[str]
) -> None:
    assert chosen(**wanted) == expected


def test_what_is_pushed_already_does_not_come_along() -> None:
    payments = frozenset({Kind.PAYMENTS})
    assert chosen("1", kinds=payments) == ["7", "ada"]
    assert chosen("1", "ada", kinds=payments) == ["7", "ada"]
    assert chosen("1", "7", kinds=frozenset({Kind.REFUNDS})) == ["8", "ada"]


def test_what_is_asked_for_comes_though_it_is_pushed() -> None:
    assert chosen("1", "2", "7", "8", "ada", "grace") == [each.ref.id for each in EXPORT]


def test_an_invoice_outside_the_export_does_not_come_along() -> None:
    outside = a_payment(customer=None, allocations=(an_allocation(here=False),))
    wanted = Selection(kinds=frozenset({Kind.PAYMENTS}))
    assert select([outside], wanted, lambda _: False) == (outside,)
    elsewhere = a_payment(invoice="elsewhere")
    assert select([elsewhere], wanted, lambda _: False) == (elsewhere,)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (a_customer(), ()),
        (an_invoice(), (CUSTOMER,)),
        (a_payment(), (CUSTOMER, invoice_ref())),
        (a_payment(customer=None, allocations=()), ()),
        (a_refund(), (CUSTOMER, invoice_ref(), ref(Kind.PAYMENTS, "P1"))),
        (a_refund(customer=None, invoice=None, payment=None), ()),
    ],
)
def test_a_document_needs_what_it_points_to(
    document: Document, expected: tuple[DocumentRef, ...]
) -> None:
    assert tuple(needs(document)) == expected


@pytest.mark.parametrize(
    ("selection", "everything"),
    [
        (Selection(), True),
        (Selection(since=march(1)), False),
        (Selection(documents=frozenset("1")), False),
    ],
)
def test_an_empty_selection_means_everything(selection: Selection, *, everything: bool) -> None:
    assert selection.everything is everything
