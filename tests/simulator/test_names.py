"""People and lists: names that must be unique, lengths, characters, accounts of the right type."""

from __future__ import annotations

import pytest

from tests.simulator.caller import Caller


@pytest.mark.parametrize("kind", ["Vendor", "Employee", "Customer"])
def test_a_name_is_unique_over_customers_vendors_and_employees(qbo: Caller, kind: str) -> None:
    qbo.create(kind, DisplayName="Taken", **({"GivenName": "T"} if kind == "Employee" else {}))
    reply = qbo.post("customer", {"DisplayName": "taken"})
    assert (reply.status, reply.codes) == (400, ["6240"])


def test_an_inactive_name_still_counts(qbo: Caller) -> None:
    made = qbo.customer()
    qbo.by_hand("Customer", Id=made["Id"], raw={"Active": False})
    assert qbo.post("customer", {"DisplayName": "Acme"}).codes == ["6240"]


def test_a_name_made_inactive_is_marked_deleted_and_that_name_is_taken(qbo: Caller) -> None:
    made = qbo.customer()
    off = qbo.post(
        "customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    ).body["Customer"]
    assert (off["DisplayName"], off["PrintOnCheckName"], off["SyncToken"]) == (
        "Acme (deleted)",
        "Acme",
        "1",
    )
    assert qbo.post("customer", {"DisplayName": "ACME (deleted)"}).codes == ["6240"]
    back = qbo.post(
        "customer", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Active": True}
    )
    assert back.body["Customer"]["DisplayName"] == "Acme"


@pytest.mark.parametrize(
    ("form", "ending"), [("null", ": null"), ("id", ": Id="), ("text", "different name.")]
)
def test_the_duplicate_name_ends_in_one_of_three_ways(qbo: Caller, form: str, ending: str) -> None:
    qbo.customer()
    qbo.settle(duplicate_name=form)
    assert ending in qbo.post("customer", {"DisplayName": "Acme"}).detail


@pytest.mark.parametrize("name", ["A:B", "A\tB", "A\nB"])
def test_a_name_has_no_colon_tab_or_new_line(qbo: Caller, name: str) -> None:
    assert qbo.post("customer", {"DisplayName": name}).codes == ["2040"]


def test_some_name_is_required(qbo: Caller) -> None:
    assert qbo.post("customer", {"CompanyName": "Acme"}).codes == ["6080"]


def test_a_display_name_is_made_of_the_parts(qbo: Caller) -> None:
    made = qbo.create("Customer", GivenName="Ann", FamilyName="Lee")
    assert made["DisplayName"] == "Ann Lee"


@pytest.mark.parametrize(
    ("field", "length"),
    [
        ("DisplayName", 500),
        ("GivenName", 100),
        ("Title", 16),
        ("CompanyName", 100),
        ("Notes", 2000),
    ],
)
def test_lengths_are_the_documented_ones(qbo: Caller, field: str, length: int) -> None:
    fits = {"DisplayName": "fits", field: "x" * length}
    assert qbo.post("customer", fits).status == 200
    reply = qbo.post("customer", {"DisplayName": "long", field: "x" * (length + 1)})
    assert (reply.codes, f"Max:{length} supported" in reply.detail) == (["2050"], True)


def test_an_american_company_refuses_what_latin_1_cannot_hold(qbo: Caller) -> None:
    assert qbo.customer("Núñez & Søns")["DisplayName"] == "Núñez & Søns"
    assert qbo.post("customer", {"DisplayName": "Студия"}).codes == ["2040"]
    assert qbo.post("customer", {"DisplayName": "dash – dash"}).codes == ["2040"]


def test_an_american_company_may_mangle_instead(qbo: Caller) -> None:
    qbo.settle(characters="mangle")
    assert qbo.customer("Студия 7")["DisplayName"] == "?????? 7"


def test_elsewhere_any_character_is_held(canada: Caller) -> None:
    assert canada.customer("Студия 🎨")["DisplayName"] == "Студия 🎨"


def test_control_characters_are_refused_everywhere(canada: Caller) -> None:
    assert canada.post("customer", {"DisplayName": "a\x07b"}).codes == ["2040"]


@pytest.mark.parametrize("address", ["nobody", "a@b", "a b@c.d"])
def test_an_email_needs_its_form(qbo: Caller, address: str) -> None:
    reply = qbo.post("customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": address}})
    assert reply.codes == ["2210"]


def test_a_sub_customer_has_its_parent_in_its_full_name(qbo: Caller) -> None:
    parent = qbo.customer()
    child = qbo.create("Customer", DisplayName="Annex", ParentRef={"value": parent["Id"]}, Job=True)
    assert (child["FullyQualifiedName"], child["Level"]) == ("Acme:Annex", 1)


def test_a_foreign_currency_needs_multicurrency(qbo: Caller) -> None:
    reply = qbo.post("customer", {"DisplayName": "A", "CurrencyRef": {"value": "EUR"}})
    assert reply.codes == ["6000"]


def test_a_currency_never_changes(canada: Caller) -> None:
    made = canada.create("Customer", DisplayName="A", CurrencyRef={"value": "USD"})
    reply = canada.post(
        "customer",
        {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "CAD"}},
    )
    assert (made["CurrencyRef"]["value"], reply.codes) == ("USD", ["6000"])


def test_a_service_item_needs_an_income_account(qbo: Caller) -> None:
    assert qbo.post("item", {"Name": "Consulting", "Type": "Service"}).codes == ["2020"]
    wrong = {
        "Name": "Consulting",
        "Type": "Service",
        "IncomeAccountRef": qbo.ref("Account", "Rent"),
    }
    assert qbo.post("item", wrong).codes == ["6430"]


def test_an_item_under_a_parent_is_named_with_a_colon(qbo: Caller) -> None:
    income = qbo.ref("Account", "Coworking Income")
    made = qbo.create(
        "Item",
        Name="Locker",
        Type="Service",
        IncomeAccountRef=income,
        ParentRef=qbo.ref("Item", "Memberships"),
    )
    assert (made["FullyQualifiedName"], made["SubItem"]) == ("Memberships:Locker", True)
    assert qbo.post(
        "item", {"Name": "a:b", "Type": "Service", "IncomeAccountRef": income}
    ).codes == ["2040"]
    assert qbo.post(
        "item", {"Name": "Day Pass", "Type": "Service", "IncomeAccountRef": income}
    ).codes == ["6240"]


def test_only_a_category_stands_above_an_item(qbo: Caller) -> None:
    income = qbo.ref("Account", "Coworking Income")
    below = {"Name": "Locker", "Type": "Service", "IncomeAccountRef": income, "SubItem": True}
    assert qbo.post("item", below).codes == ["2020"]
    assert qbo.post("item", below | {"ParentRef": qbo.ref("Item", "Day Pass")}).codes == ["6000"]
    assert qbo.post("item", below | {"ParentRef": qbo.ref("Item", "Memberships")}).status == 200


def test_an_item_has_a_name_of_at_most_100_characters_that_no_category_has(qbo: Caller) -> None:
    item = {"Type": "Service", "IncomeAccountRef": qbo.ref("Account", "Coworking Income")}
    assert qbo.post("item", item | {"Name": "x" * 101}).codes == ["2050"]
    assert qbo.post("item", item | {"Name": "memberships"}).codes == ["6240"]
    assert qbo.post("item", item | {"Name": "x" * 100}).status == 200


def test_an_item_made_inactive_gives_its_name_free(qbo: Caller) -> None:
    income = qbo.ref("Account", "Coworking Income")
    made = qbo.create("Item", Name="Locker", Type="Service", IncomeAccountRef=income)
    off = qbo.post(
        "item", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    ).body["Item"]
    assert (off["Name"], off["FullyQualifiedName"]) == ("Locker (deleted)", "Locker (deleted)")
    again = {"Name": "Locker", "Type": "Service", "IncomeAccountRef": income}
    assert qbo.post("item", again).status == 200


def test_a_missing_reference_is_2500_and_names_its_table(qbo: Caller) -> None:
    reply = qbo.post("item", {"Name": "A", "Type": "Service", "IncomeAccountRef": {"value": "999"}})
    assert (reply.codes, "Accounts element id 999 not found" in reply.detail) == (["2500"], True)


def test_an_account_needs_a_type(qbo: Caller) -> None:
    assert qbo.post("account", {"Name": "A"}).codes == ["6010"]


def test_an_account_number_is_short_in_the_us(qbo: Caller) -> None:
    assert qbo.post(
        "account", {"Name": "A", "AccountType": "Bank", "AcctNum": "12345678"}
    ).codes == ["2050"]


def test_account_numbers_keep_their_zeroes(canada: Caller) -> None:
    found = canada.query("select * from Account where AcctNum = '0100'")
    assert found["Account"][0]["AcctNum"] == "0100"


@pytest.mark.parametrize(("days", "status"), [(0, 200), (999, 200), (1000, 400), (-1, 400)])
def test_a_term_has_at_most_999_days(qbo: Caller, days: int, status: int) -> None:
    assert qbo.post("term", {"Name": "T", "DueDays": days}).status == status


def test_names_are_never_deleted(qbo: Caller) -> None:
    made = qbo.customer()
    reply = qbo.post("customer", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert (reply.status, reply.codes) == (400, ["500"])


@pytest.mark.parametrize("kind", ["taxcode", "taxrate", "companyinfo", "preferences"])
def test_what_only_people_set_cannot_be_created(qbo: Caller, kind: str) -> None:
    assert qbo.post(kind, {"Name": "X"}).codes[0] in {"500", "2010"}


def test_tax_identifiers_are_masked(qbo: Caller) -> None:
    made = qbo.create("Vendor", DisplayName="V", TaxIdentifier="12-3456789")
    assert made["TaxIdentifier"] == "XXXXXX6789"
