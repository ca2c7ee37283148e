"""Contacts: names, numbers, what finds them, and what documents do to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.xero.caller import NO_ID, Caller, an_invoice

TAKEN = (
    "The contact name Acme is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [one["Name"] for one in rows]


def refused(caller: Caller, **fields: object) -> list[str]:
    reply = caller.put("Contacts", fields)
    assert (reply.status, reply.body["Type"]) == (400, "ValidationException")
    return reply.messages


def test_put_creates_and_a_name_can_be_borne_once(xero: Caller) -> None:
    xero.contact("Acme")
    reply = xero.put("Contacts", {"Name": " acme  ", "EmailAddress": "a@example.com"})
    assert (reply.status, reply.body["ErrorNumber"], reply.body["Message"]) == (
        400, 10, "A validation exception occurred",
    )  # fmt: skip
    assert reply.body["Elements"] == [
        {
            "ContactID": NO_ID,
            "Name": " acme  ",
            "EmailAddress": "a@example.com",
            "StatusAttributeString": "ERROR",
            "HasValidationErrors": True,
            "ValidationErrors": [{"Message": TAKEN.replace("Acme", "acme")}],
        }
    ]


def test_post_with_a_known_name_changes_that_contact(xero: Caller) -> None:
    key = xero.contact("Acme")
    changed = xero.change("Contacts", Name="ACME", EmailAddress="a@example.com")
    assert (changed["ContactID"], changed["Name"], changed["EmailAddress"]) == (
        key, "ACME", "a@example.com",
    )  # fmt: skip


def test_post_finds_a_contact_by_its_number_before_its_name(xero: Caller) -> None:
    first = xero.contact("Acme", ContactNumber="c-1")
    xero.contact("Beta")
    changed = xero.change("Contacts", ContactNumber="C-1", Name="Gamma")
    assert (changed["ContactID"], changed["Name"]) == (first, "Gamma")


def test_post_with_an_unknown_name_creates(xero: Caller) -> None:
    assert xero.change("Contacts", Name="New")["ContactID"] != NO_ID


def test_post_to_a_contacts_own_address_changes_it(xero: Caller) -> None:
    key = xero.contact("Acme")
    reply = xero.call("POST", f"Contacts/{key}", {"Contacts": [{"Name": "Acme Ltd"}]})
    assert names(reply.body["Contacts"]) == ["Acme Ltd"]
    assert xero.call("POST", f"Contacts/{NO_ID}", {"Contacts": [{"Name": "X"}]}).status == 404


def test_numbers_are_unique_over_archived_contacts_too(xero: Caller) -> None:
    key = xero.contact("Acme", ContactNumber="c-1", AccountNumber="a-1")
    xero.change("Contacts", ContactID=key, ContactStatus="ARCHIVED")
    assert xero.contact("Acme")  # the name is free again
    assert refused(xero, Name="B", AccountNumber="a-1") == [
        "The Account Number already exists. Please enter a different Account Number."
    ]
    assert refused(xero, Name="B", ContactNumber="c-1") == [
        "The Contact Number already exists. Please enter a different Contact Number."
    ]


def test_an_archived_contact_is_hidden_and_unusable(xero: Caller) -> None:
    key = xero.contact("Acme", ContactNumber="c-1")
    xero.change("Contacts", ContactID=key, ContactStatus="ARCHIVED")
    where = 'ContactNumber=="c-1"'
    assert names(xero.rows("Contacts", where=where)) == []
    assert names(xero.rows("Contacts", where=where, includeArchived="true")) == ["Acme"]
    reply = xero.put("Invoices", an_invoice(key))
    assert reply.messages == [
        "The contact 'Acme' is archived and can not be used on this document."
    ]
    revived = {"ContactID": key, "ContactStatus": "ACTIVE"}
    assert xero.post("Contacts", revived).status == 400
    xero.settle(unarchive=True)
    assert xero.post("Contacts", revived).status == 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"EmailAddress": "a@example.com"},
            ("The Contact must contain at least 1 of the following elements to identify the "
            "contact: Name, ContactID, ContactNumber"),
        ),
        ({"ContactNumber": "c-1"}, "The Contact Name must be specified."),
        ({"Name": "A" * 256}, "Name is too long. Maximum of 255 characters allowed"),
        ({"Name": "A", "ContactNumber": "c" * 51}, "ContactNumber is too long. Maximum of 50 characters allowed"),
        ({"Name": "A <b>"}, "The Contact Name can not contain angle brackets."),
        ({"Name": "A", "EmailAddress": "nobody"}, "Email address must be valid."),
        ({"Name": "A", "EmailAddress": "jürgen@example.com"}, "Email address must be valid."),
    ],
)  # fmt: skip
def test_a_contact_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, str], message: str
) -> None:
    assert refused(xero, **fields) == [message]


def test_blanks_in_a_name_are_tidied(xero: Caller) -> None:
    assert xero.create("Contacts", Name="  Acme   Ltd ")["Name"] == "Acme Ltd"


def test_an_email_is_no_key(xero: Caller) -> None:
    for name in ("A", "B"):
        xero.contact(name, EmailAddress="office@example.com")
    found = xero.rows("Contacts", where='EmailAddress=="OFFICE@example.com"')
    assert sorted(names(found)) == ["A", "B"]


@pytest.mark.parametrize("term", ["acm", "JO", "c-1", "office@"])
def test_a_search_term_looks_into_names_numbers_and_addresses(xero: Caller, term: str) -> None:
    xero.contact("Acme", ContactNumber="c-1", FirstName="Jo", EmailAddress="office@example.com")
    assert names(xero.rows("Contacts", searchTerm=term)) == ["Acme"]


def test_a_contact_is_read_by_id_or_number(xero: Caller) -> None:
    key = xero.contact("Acme", ContactNumber="bill:1")
    assert xero.read("Contacts", key)["Name"] == "Acme"
    assert xero.read("Contacts", key.upper())["Name"] == "Acme"
    assert xero.read("Contacts", "bill:1")["ContactID"] == key
    missing = xero.get(f"Contacts/{NO_ID}")
    assert (missing.status, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert missing.body == "The resource you're looking for cannot be found"


def test_names_are_compared_without_case_and_accents(xero: Caller) -> None:
    xero.contact("Café Zürich")
    assert names(xero.rows("Contacts", where='Name=="cafe ZURICH"')) == ["Café Zürich"]


def test_documents_decide_who_is_customer_and_supplier(xero: Caller) -> None:
    key = xero.contact("Acme")
    before = xero.read("Contacts", key)
    xero.invoice(key)
    after = xero.read("Contacts", key)
    assert (before["IsCustomer"], after["IsCustomer"], after["IsSupplier"]) == (False, True, False)
    assert before["UpdatedDateUTC"] == after["UpdatedDateUTC"]


def test_a_new_name_on_an_invoice_silently_makes_a_contact(xero: Caller) -> None:
    body = an_invoice("", Contact={"Name": "Unheard of"})
    made = xero.create("Invoices", **body)
    again = xero.create("Invoices", **body)
    assert made["Contact"]["Name"] == "Unheard of"
    assert again["Contact"]["ContactID"] == made["Contact"]["ContactID"]


def test_fields_beside_the_id_change_the_contact(xero: Caller) -> None:
    key = xero.contact("Acme", ContactPersons=[{"FirstName": "Jo"}])
    xero.invoice(key, Contact={"ContactID": key, "Name": "Acme Ltd", "ContactPersons": []})
    changed = xero.read("Contacts", key)
    assert (changed["Name"], changed["ContactPersons"]) == ("Acme Ltd", [])


def test_a_list_without_pages_and_a_summary_leave_things_out(xero: Caller) -> None:
    xero.contact("Acme", ContactPersons=[{"FirstName": "Jo"}])
    plain, paged, summary = (
        xero.rows("Contacts", where='Name=="Acme"', **more)[0]
        for more in ({}, {"page": "1"}, {"summaryOnly": "true"})
    )
    assert ("ContactPersons" in plain, "ContactPersons" in paged) == (False, True)
    assert ("IsCustomer" in paged, "IsCustomer" in summary) == (True, False)


def test_a_contact_may_have_a_note(xero: Caller) -> None:
    key = xero.contact("Acme")
    sent = {"HistoryRecords": [{"Details": "ours"}]}
    assert xero.call("PUT", f"Contacts/{key}/History", sent).status == 200
    records = xero.get(f"Contacts/{key}/History").body["HistoryRecords"]
    assert [(one["Details"], one["User"]) for one in records] == [("ours", "System Generated")]
    long = {"HistoryRecords": [{"Details": "x" * 2501}]}
    assert xero.call("PUT", f"Contacts/{key}/History", long).messages == [
        "Details is too long. Maximum of 2500 characters allowed"
    ]
    assert xero.call("PUT", f"Contacts/{NO_ID}/History", sent).messages == [
        "The document with the supplied id was not found for this endpoint."
    ]
