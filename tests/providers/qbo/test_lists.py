from __future__ import annotations

from acctsync.documents import ListEntry, ListKind
from acctsync.providers.qbo.lists import entry
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
