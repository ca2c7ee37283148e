"""Accounts, items, tax rates, tracking, currencies, themes, users and the organisation itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.xero.caller import NO_ID, Caller, a_line, an_invoice


def test_accounts_are_listed_whole_with_classes(xero: Caller) -> None:
    rows = {one["Code"]: one for one in xero.rows("Accounts")}
    assert (len(rows), rows["0260"]["Name"], rows["0260"]["Class"]) == (
        21,
        "Mail Handling",
        "REVENUE",
    )
    # Bank accounts take payments though this is false.
    assert (rows["090"]["Type"], rows["090"]["EnablePaymentsToAccount"]) == ("BANK", False)
    assert [one["Code"] for one in rows.values() if one.get("SystemAccount") == "ROUNDING"] == [
        "860"
    ]


def test_accounts_are_narrowed_by_where(xero: Caller) -> None:
    rows = xero.rows("Accounts", where='Type=="BANK" AND Status=="ACTIVE"', order="Code DESC")
    assert [one["Code"] for one in rows] == ["091", "090"]


def test_a_new_account_has_a_code_and_a_name_of_its_own(xero: Caller) -> None:
    made = xero.call("PUT", "Accounts", {"Code": "299", "Name": "Lockers", "Type": "REVENUE"})
    assert made.body["Accounts"][0]["Class"] == "REVENUE"
    twin = xero.call("PUT", "Accounts", {"Code": "200", "Name": "Lockers", "Type": "REVENUE"})
    assert twin.messages == ["Please enter a unique Name.", "Please enter a unique Code."]
    long = xero.call("PUT", "Accounts", {"Code": "1" * 11, "Name": "L", "Type": "REVENUE"})
    assert long.messages == ["Code is too long. Maximum of 10 characters allowed"]


def test_tax_rates_say_where_they_may_stand(xero: Caller) -> None:
    rates = {one["TaxType"]: one for one in xero.rows("TaxRates")}
    assert rates["OUTPUT2"] == {
        "TaxType": "OUTPUT2",
        "Name": "Nova Scotia HST",
        "ReportTaxType": "OUTPUT",
        "Status": "ACTIVE",
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": True,
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": True,
        "DisplayTaxRate": 15,
        "EffectiveRate": 15,
        "TaxComponents": [
            {"Name": "GST", "Rate": 5, "IsCompound": False, "IsNonRecoverable": False},
            {"Name": "Provincial part", "Rate": 10, "IsCompound": False, "IsNonRecoverable": False},
        ],
    }
    assert rates["INPUT"]["CanApplyToRevenue"] is False
    assert xero.read("TaxRates", "OUTPUT2")["Name"] == "Nova Scotia HST"


def test_an_item_code_is_one_of_its_kind(xero: Caller) -> None:
    made = xero.create(
        "Items", Code="LOCKER", SalesDetails={"UnitPrice": "9.999", "AccountCode": "200"}
    )
    assert (made["Name"], made["SalesDetails"]["UnitPrice"], made["IsSold"]) == (
        "LOCKER",
        Decimal("10.00"),
        True,
    )
    twin = xero.put("Items", {"Code": "locker"})
    assert twin.messages == ["Price List Item with Code 'locker' already exists"]
    changed = xero.change("Items", Code="LOCKER", Name="Locker")
    assert (changed["ItemID"], changed["Name"]) == (made["ItemID"], "Locker")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "The Item Code must be specified."),
        ({"Code": "C" * 31}, "Code is too long. Maximum of 30 characters allowed"),
        ({"Code": "C", "Name": "N" * 51}, "Name is too long. Maximum of 50 characters allowed"),
        (
            {"Code": "C", "SalesDetails": {"AccountCode": "999"}},
            "Account code '999' is not a valid code for this document",
        ),
        (
            {"Code": "C", "SalesDetails": {"TaxType": "OUTPUT9"}},
            "The TaxType code OUTPUT9 does not exist or cannot be used for this type of transaction.",
        ),
        (
            {"Code": "C", "InventoryAssetAccountCode": "610"},
            "The COGSAccountCode must be specified for a tracked item.",
        ),
    ],
)  # fmt: skip
def test_an_item_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, object], message: str
) -> None:
    reply = xero.put("Items", {"Description": "any", **fields})
    assert reply.messages == [message]


def test_four_decimals_of_a_price_are_kept_and_shown_when_asked_for(xero: Caller) -> None:
    item = {"Code": "FINE", "SalesDetails": {"UnitPrice": "0.0125", "AccountCode": "200"}}
    xero.put("Items", item, unitdp="4")
    prices = [
        xero.read("Items", "FINE", **more)["SalesDetails"]["UnitPrice"]
        for more in ({"unitdp": "4"}, {})
    ]
    assert prices == [Decimal("0.0125"), Decimal("0.01")]


def test_where_on_an_item_code_minds_the_case(xero: Caller) -> None:
    found = [len(xero.rows("Items", where=f'Code=="{code}"')) for code in ("HOTDESK", "hotdesk")]
    assert found == [1, 0]


def test_an_item_may_be_deleted(xero: Caller) -> None:
    key = xero.read("Items", "ONEOFF")["ItemID"]
    assert xero.call("DELETE", f"Items/{key}").status == 204
    assert xero.get(f"Items/{key}").status == 404


# ---------------------------------------------------------------------- tracking


def test_options_are_shown_with_their_states(xero: Caller) -> None:
    campus = xero.rows("TrackingCategories")[0]
    assert [one["Name"] for one in campus["Options"]] == ["Halifax", "Boston", "Head office"]
    assert campus["Options"][0].keys() == {
        "TrackingOptionID", "Name", "Status", "HasValidationErrors", "IsDeleted", "IsArchived", "IsActive",
    }  # fmt: skip


def test_there_are_two_active_categories_and_no_more(xero: Caller) -> None:
    reply = xero.call("PUT", "TrackingCategories", {"Name": "Region"})
    assert reply.messages == ["An organisation can have 2 active tracking categories, 4 in all."]
    key = xero.rows("TrackingCategories")[1]["TrackingCategoryID"]
    archived = {"Status": "ARCHIVED"}
    assert xero.call("POST", f"TrackingCategories/{key}", archived).status == 200
    assert xero.call("PUT", "TrackingCategories", {"name": "Region"}).status == 200
    assert [one["Name"] for one in xero.rows("TrackingCategories")] == ["Campus", "Region"]
    assert len(xero.rows("TrackingCategories", includeArchived="true")) == 3


def test_an_option_is_added_renamed_and_archived(xero: Caller) -> None:
    key = xero.rows("TrackingCategories")[0]["TrackingCategoryID"]
    path = f"TrackingCategories/{key}/Options"
    made = xero.call("PUT", path, {"Name": "Moncton"}).body["Options"][0]
    assert (made["Name"], made["IsActive"]) == ("Moncton", True)
    assert xero.call("PUT", path, {"Name": "moncton"}).status == 400
    own = f"{path}/{made['TrackingOptionID']}"
    assert xero.call("POST", own, {"Name": "Dieppe"}).body["Options"][0]["Name"] == "Dieppe"
    assert xero.call("POST", own, {"Status": "ARCHIVED"}).body["Options"][0]["IsArchived"] is True
    assert xero.call("DELETE", own).body["Options"][0]["IsDeleted"] is True
    assert len(xero.rows("TrackingCategories")[0]["Options"]) == 3
    gone = xero.call("DELETE", f"TrackingCategories/{key}").body["TrackingCategories"][0]
    assert (gone["Status"], len(xero.rows("TrackingCategories"))) == ("DELETED", 1)
    assert xero.call("POST", f"{path}/{NO_ID}", {"Name": "X"}).status == 404


def test_lines_take_tracking_by_name_or_by_id(xero: Caller) -> None:
    campus = xero.rows("TrackingCategories")[0]
    ids = {
        "TrackingCategoryID": campus["TrackingCategoryID"],
        "TrackingOptionID": campus["Options"][1]["TrackingOptionID"],
    }
    lines = [
        a_line(Tracking=[{"Name": "Campus", "Option": "Boston"}]),
        a_line(Tracking=[ids]),
    ]
    made = xero.invoice(xero.contact(), LineItems=lines)
    expected = [{"Name": "Campus", "Option": "Boston", **ids}]
    assert [one["Tracking"] for one in made["LineItems"]] == [expected, expected]


def test_an_option_that_is_not_there_is_ignored_in_silence_or_refused(xero: Caller) -> None:
    contact = xero.contact()
    lines = [a_line(Tracking=[{"Name": "Campus", "Option": "Paris"}])]
    assert xero.invoice(contact, LineItems=lines)["LineItems"][0]["Tracking"] == []
    xero.settle(unknown_tracking="refused")
    reply = xero.put("Invoices", an_invoice(contact, LineItems=lines))
    assert reply.messages == ["The tracking option 'Paris' is not active or does not exist."]


def test_a_line_has_at_most_two(xero: Caller) -> None:
    lines = [a_line(Tracking=[{"Name": "Campus", "Option": "Boston"}] * 3)]
    reply = xero.put("Invoices", an_invoice(xero.contact(), LineItems=lines))
    assert reply.messages == ["A line can have at most 2 tracking categories."]


# ---------------------------------------------------------------------- the rest


def test_the_organisation_shows_country_currency_and_that_it_is_a_demo(xero: Caller) -> None:
    (shown,) = xero.get("Organisation").body["Organisations"]
    wanted = (
        "Name",
        "BaseCurrency",
        "CountryCode",
        "IsDemoCompany",
        "Class",
        "Timezone",
        "Version",
    )
    assert [shown[name] for name in wanted] == [
        "Harbour Commons LLC", "USD", "US", True, "DEMO", "EASTERNSTANDARDTIME", "US",
    ]  # fmt: skip
    assert "PeriodLockDate" not in shown


def test_lock_dates_are_shown_and_keep_documents_out(xero: Caller) -> None:
    contact = xero.contact()
    xero.by_hand("Organisation", year_lock_date="2025-12-31", period_lock_date="2026-01-15")
    shown = xero.get("Organisation").body["Organisations"][0]
    assert shown["EndOfYearLockDate"] == "/Date(1767139200000+0000)/"
    refusals = [
        xero.put("Invoices", an_invoice(contact, Date=day)).messages
        for day in ("2025-12-31", "2026-01-15")
    ]
    assert refusals == [
        [
            "The document date cannot be before the end of year lock date, currently set at 2025-12-31"
        ],
        ["The document date cannot be before the period lock date, currently set at 2026-01-15"],
    ]
    assert xero.invoice(contact, Date="2026-01-16")
    assert xero.invoice(contact, Date="2025-06-01", Status="DRAFT")


def test_currencies_themes_and_users_are_listed(xero: Caller) -> None:
    assert [one["Code"] for one in xero.rows("Currencies")] == ["USD", "CAD", "JPY"]
    assert [(one["Name"], one["SortOrder"]) for one in xero.rows("BrandingThemes")] == [
        ("Standard", 0), ("Events", 1),
    ]  # fmt: skip
    (user,) = xero.rows("Users")
    assert (user["FirstName"], user["LastName"]) == ("Pat", "Bookkeeper")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "Invoices"), ("PUT", "TaxRates"), ("DELETE", f"Invoices/{NO_ID}")],
)
def test_a_method_that_is_not_there_is_a_501(xero: Caller, method: str, path: str) -> None:
    if method == "DELETE":
        path = f"Invoices/{xero.invoice(xero.contact())['InvoiceID']}"
    reply = xero.call(method, path, {"TaxRates": [{"Name": "x"}]})
    assert (reply.status, reply.body["ErrorNumber"], reply.body["Type"]) == (
        501, 20, "ApiMethodNotImplementedException",
    )  # fmt: skip


@pytest.mark.parametrize("path", ["Invoice", "Nothing", "Invoices/x/y/z", "Reports/Nothing"])
def test_an_address_that_is_not_there_is_a_page(xero: Caller, path: str) -> None:
    reply = xero.get(path)
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
