"""Kinds of ours that are one entity in QuickBooks: the stamp tells them apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from acctsync.documents import DocumentRef, Kind
from acctsync.providers.port import Sought
from acctsync.providers.qbo.siblings import is_of_kind
from tests.providers.conftest import Desk
from tests.providers.qbo.builders import D
from tests.providers.qbo.test_provider import Clerk, invoice

DAY = dt.date(2025, 3, 1)


@pytest.mark.parametrize(
    ("note", "kind", "is_one"),
    [
        ("[acctsync retainers/1]", Kind.RETAINERS, True),
        ("[acctsync retainers/1]", Kind.SALES_RECEIPTS, False),
        ("[acctsync write_offs/A-1]", Kind.CREDIT_NOTES, False),
        ("[acctsync payout_fees/1]", Kind.FEES, False),
        ("[acctsync fees/1]", Kind.PAYOUT_FEES, False),
        ("[acctsync credit_allocations/1]", Kind.PAYMENTS, False),
        ("by hand", Kind.PAYMENTS, True),
        ("", Kind.CREDIT_NOTES, True),
        # Made there of our estimate, whose note goes with it.
        ("[acctsync estimates/E-1]", Kind.INVOICES, True),
        ("[acctsync payments/1]", Kind.UNAPPLIED_PAYMENTS, True),
    ],
)
def test_a_stamp_of_another_kind_of_its_entity_says_no(
    note: str, kind: Kind, *, is_one: bool
) -> None:
    assert is_of_kind(kind, {"PrivateNote": note}) is is_one


def test_a_retainer_is_no_receipt_that_the_books_number(desk: Desk) -> None:
    """It has no stamp of a receipt's, and would be taken for one that was entered by hand."""
    clerk = Clerk(desk)
    kept = replace(
        invoice("p-1", kind=Kind.SALES_RECEIPTS), ref=DocumentRef(Kind.RETAINERS, "paid", "p-1")
    )
    remote = clerk.done(kept)
    assert (remote.stamp, remote.total) == ("p-1", D("100.00"))
    receipt = DocumentRef(Kind.SALES_RECEIPTS, "receipts", "s-1")
    sought = Sought(ref=receipt, stamp="s-1", date=kept.date)
    assert desk.books.find([sought])[receipt] == ()
    listed = {
        kind: [each.id for each in desk.books.dated(kind, kept.date, kept.date)]
        for kind in (Kind.SALES_RECEIPTS, Kind.RETAINERS)
    }
    assert listed == {Kind.SALES_RECEIPTS: [], Kind.RETAINERS: [remote.id]}
