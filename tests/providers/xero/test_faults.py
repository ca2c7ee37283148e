"""Every message of Xero's that is known, in plain words and with what is to be done."""

from __future__ import annotations

import pytest

from acctsync.errors import Problem
from acctsync.providers.xero.faults import (
    MEANINGS,
    PROBLEM_CODES,
    Class,
    decisive,
    meaning,
    messages,
    problem,
    warned,
)

D, S, L, X = Class.DATA, Class.SETTINGS, Class.LOOK, Class.BUG
# The messages most met (reference, section 8), as Xero writes them.
KNOWN = {
    "Invoice # must be unique.": L,
    "Invoice not of valid status for modification": Class.STALE,
    "Invoice not of valid status for creation": X,
    "One or more line items must be specified": D,
    "A Contact must be specified for this type of transaction": X,
    "This document cannot be edited as it has a payment or credit note allocated to it.": D,
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes"
    " allocated to it.": D,
    "The contact name Ann is already assigned to another contact. The contact name must be unique"
    " across all active contacts.": L,
    "The Account Number already exists. Please enter a different Account Number.": D,
    "The Contact must contain at least 1 of the following elements to identify the contact: Name,"
    " ContactID, ContactNumber": X,
    "Contact cannot be empty.": X,
    "Paid to name cannot be empty.": X,
    "Email address must be valid.": D,
    "Price List Item with Code 'C' already exists": L,
    "Payment amount exceeds the amount outstanding on this document": D,
    "Payments can only be made against Authorised documents": S,
    "You must specify and Account code or Account ID for the payment": S,
    "Account code '476' is not a valid code for this document": S,
    "Account code must be specified": S,
    "The TaxType field is mandatory": S,
    "Account code '476' has been removed as it does not match a recognised account.": S,
    "The TaxType code GST on Income does not exist or cannot be used for this type of"
    " transaction.": S,
    "The TaxType code 'T' cannot be used with account code 'A'.": S,
    "Account must be valid.": S,
    "Tax rate must be valid.": S,
    "The line total -795.00 does not match the expected line total 0.00": X,
    "The discount rate '120' is invalid. Discount must not be greater than the line total.": D,
    "The document date cannot be before the end of year lock date, currently set at 31 Mar 2025": D,
    "Users Organisation is not subscribed to currency NZD": S,
    "Url must be a valid absolute url": X,
    "The daily email limit of the organisation has been reached.": D,
    "Only approved sales invoices can be emailed.": S,
    "The contact of the invoice has no email address.": D,
    "Please enter a unique Name.": D,
    "TrackingCategoryID1 must be provided if a TrackingOptionID1 is provided.": X,
    "The Contact Number already exists. Please enter a different Contact Number.": L,
    "The contact 'Ann' is archived and can not be used on this document.": D,
    "Credit Note not of valid status for modification": Class.STALE,
    "A reconciled payment can not be deleted": D,
    "ApiMethodNotImplementedException: The Api Method called is not implemented": X,
    "Order number must be unique": L,
    "Only AUTHORISED and BILLED purchase orders may have SentToContact updated.": X,
    "An existing Credit Note with the specified CreditNoteID could not be found": Class.GONE,
    "The document with the supplied id was not found for this endpoint.": Class.GONE,
    "Idempotency Key: K is used with a different request.": Class.REPLAYED,
}


@pytest.mark.parametrize("said", KNOWN)
def test_a_known_message_means_what_the_reference_says(said: str) -> None:
    found, words = meaning(said)
    assert found.kind is KNOWN[said]
    if found.kind is not Class.UNKNOWN:
        assert "Xero says" not in words
        assert "{" not in words


def test_whoever_can_do_something_is_told_what() -> None:
    silent = [each.pattern for each in MEANINGS if not each.todo]
    assert silent == [r"Idempotency Key: .* is used with a different request"]


def test_what_a_message_names_is_told() -> None:
    said = "Users Organisation is not subscribed to currency NZD"
    assert problem([said], "id-1") == Problem(
        code="XERO202",
        message="the organisation has no currency NZD",
        hint="Add the currency in Xero (Settings, Currencies), then run `acctsync retry-failed`.",
        provider_code=said,
        provider_request="id-1",
    )


def test_a_message_that_nobody_knows_is_told_as_it_is_and_goes_to_a_person() -> None:
    told = problem(["Etwas ganz Neues"], "id-1")
    assert (told.code, told.message) == ("XERO208", 'Xero says: "Etwas ganz Neues"')


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (["Invoice # must be unique."], L),
        (["Invoice # must be unique.", "Account code must be specified"], S),
        (["Invoice # must be unique.", "Etwas ganz Neues"], Class.UNKNOWN),
        (["Email address must be valid.", "Account must be valid."], D),
    ],
)
def test_of_several_messages_what_a_person_must_mend_goes_before_a_look(
    said: list[str], kind: Class
) -> None:
    assert decisive(said) is kind
    assert problem(said, "").code == PROBLEM_CODES[kind]


def test_messages_are_found_however_deep_they_stand() -> None:
    element = {
        "ValidationErrors": [{"Message": "A"}, {"Description": "B"}, {}],
        "Warnings": [{"Message": "C"}],
        "Contact": {"ValidationErrors": [{"Message": "A"}, {"Message": "two\n lines"}]},
        "LineItems": [{"ValidationErrors": [{"Message": "D"}]}, {"ValidationErrors": None}],
    }
    assert messages(element) == ("A", "B", "C", "two lines", "D")


def test_a_warning_says_that_the_document_is_there_and_wrong() -> None:
    assert warned([], "id-1").message == (
        "Xero wrote it otherwise than it was sent: it does not say how"
    )
    assert warned(["Account must be valid."], "").code == "XERO202"
