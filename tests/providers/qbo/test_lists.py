from __future__ import annotations

import pytest

from acctsync.documents import ListEntry, ListKind
from acctsync.providers.qbo.lists import brought_up, entry
from tests.providers.qbo.recordings import sample


def test_an_item_under_a_parent_has_its_path_and_account() -> None:
    row = {
        "Id": "19",
        "Name": "Hot Desk",
        "FullyQualifiedName": "Memberships:Hot Desk",
        "Type": "Service",
        "Active": True,
        "IncomeAccountRef": {"value": "79", "name": "Income"},
    }

    assert entry(ListKind.ITEMS, row) == ListEntry(
        id="19",
        name="Hot Desk",
        full_name="Memberships:Hot Desk",
        type="Service",
        detail={"income_account": "79", "income_account_name": "Income"},
    )


def test_categories_and_bundles_can_not_stand_on_a_line() -> None:
    rows = [
        {"Id": "1", "Name": "x", "Type": word}
        for word in ("Category", "Group", "Service", "Inventory")
    ]

    assert [entry(ListKind.ITEMS, row).usable for row in rows] == [False, False, True, True]


def test_intuits_account_sample_is_read() -> None:
    found = entry(ListKind.ACCOUNTS, sample("account", "sample", "Sample Object")["Account"])

    assert (found.name, found.type, found.detail["classification"], found.active) == (
        "MyJobs",
        "Accounts Receivable",
        "Asset",
        True,
    )


def test_a_customer_is_listed_by_its_display_name() -> None:
    row = {
        "Id": "5",
        "DisplayName": "Acme",
        "Active": False,
        "PrimaryEmailAddr": {"Address": "a@b.co"},
        "CurrencyRef": {"value": "USD"},
    }

    assert entry(ListKind.CUSTOMERS, row) == ListEntry(
        id="5", name="Acme", full_name="Acme", active=False, email="a@b.co", currency="USD"
    )


KEPT = {
    each.id: each
    for each in (
        ListEntry(
            id="1", name="Memberships", full_name="Memberships", type="Category", usable=False
        ),
        ListEntry(id="2", name="Hot Desk", full_name="Memberships:Hot Desk", type="Service"),
        ListEntry(id="3", name="Day Pass", full_name="Day Pass", type="Service"),
    )
}


def item_row(key: str, name: str, **fields: object) -> dict[str, object]:
    return {"Id": key, "Name": name, "FullyQualifiedName": name, "Type": "Service", **fields}


def test_a_kept_list_takes_new_names_states_and_entries_and_lets_the_deleted_go() -> None:
    rows = [item_row("3", "Day Ticket"), item_row("9", "Day Pass", Active=False)]
    assert brought_up(ListKind.ITEMS, KEPT, rows, {"2": None}) == {
        "1": KEPT["1"],
        "3": ListEntry(id="3", name="Day Ticket", full_name="Day Ticket", type="Service"),
        "9": ListEntry(id="9", name="Day Pass", full_name="Day Pass", type="Service", active=False),
    }


def test_nothing_changed_is_the_same_list() -> None:
    assert brought_up(ListKind.ITEMS, KEPT, [], {}) == KEPT
    same = item_row("1", "Memberships", Type="Category")
    assert brought_up(ListKind.ITEMS, KEPT, [same], {}) == KEPT


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        ([item_row("1", "Desks", Type="Category")], {}),
        ([item_row("1", "Memberships", Type="Category", Active=False)], {}),
        ([], {"1": None}),
        ([{"Id": "3"}], {}),
    ],
    ids=["parent renamed", "parent made inactive", "parent gone", "no name told"],
)
def test_a_parent_that_changes_or_a_row_without_its_name_means_reading_it_all(
    rows: list[dict[str, object]], gone: dict[str, None]
) -> None:
    assert brought_up(ListKind.ITEMS, KEPT, rows, gone) is None
