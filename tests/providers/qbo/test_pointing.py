"""An id in a fault is told by the name that people know the entry by."""

from __future__ import annotations

import pytest

from acctsync.documents import ListKind
from acctsync.providers.qbo.pointing import with_names

NAMES = {
    (ListKind.ACCOUNTS, "79"): "Design Services",
    (ListKind.CLASSES, "5000000000000142240"): "Studio:Boston",
    (ListKind.LOCATIONS, "2"): "Boston",
    (ListKind.ITEMS, "2"): "Day Pass",
    (ListKind.CUSTOMERS, "75"): "Acme",
    (ListKind.VENDORS, "76"): "Stripe",
}


def name_of(kind: ListKind, id_: str) -> str:
    return NAMES.get((kind, id_), "")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Accounts element id 79 not found", 'account id 79 is "Design Services"'),
        ("You can't post to account 79.", 'account id 79 is "Design Services"'),
        (
            "Klasses element id 5000000000000142240 not found",
            'class id 5000000000000142240 is "Studio:Boston"',
        ),
        ("Depts element id 2 not found", 'location id 2 is "Boston"'),
        ("Items element id 2 not found", 'product or service id 2 is "Day Pass"'),
        ("Names element id 75 not found", 'customer or vendor id 75 is "Acme"'),
        ("The name supplied already exists. : Id=76", 'customer or vendor id 76 is "Stripe"'),
        (
            "Accounts element id 79 not found; Items element id 2, Accounts element id 79",
            'account id 79 is "Design Services", product or service id 2 is "Day Pass"',
        ),
    ],
)
def test_an_id_is_told_by_its_name(said: str, told: str) -> None:
    assert with_names(said, name_of) == f"{said} ({told})"


@pytest.mark.parametrize(
    "said",
    [
        "Accounts element id 80 not found",
        "line item 2 is wrong",
        "DocNumber=2 is assigned to TxnType=Invoice with TxnId=2",
        "the amount 79 is too large",
        "",
    ],
)
def test_what_is_no_known_id_stays_as_it_is(said: str) -> None:
    assert with_names(said, name_of) == said
