"""What Xero's answers mean for each write."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from acctsync.documents import Kind, Link
from acctsync.providers.exchange import Answer
from acctsync.providers.port import Accepted, Exchange, Outcome, Refusal, Rejected, Unknown
from acctsync.providers.xero.allocations import allocations
from acctsync.providers.xero.responses import label_outcome, outcomes, remote_document
from acctsync.providers.xero.values import status_of

INVOICE = {
    "InvoiceID": "i-1",
    "InvoiceNumber": "A-1",
    "Status": "AUTHORISED",
    "UpdatedDateUTC": "/Date(1740787200000+0000)/",
    "DateString": "2025-03-01T00:00:00",
    "Total": 10,
    "AmountDue": 10,
}


def answer(value: Any, status: int = 200) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(
        status=status, body=body, content_type="application/json", retry_after="", request="id-1",
        noted={},
    )  # fmt: skip


def told(*elements: dict[str, Any], sent: list[dict[str, Any]] | None = None) -> list[Outcome]:
    wanted = sent or [{"InvoiceNumber": each.get("InvoiceNumber", "")} for each in elements]
    kinds = [Kind.INVOICES] * len(wanted)
    return list(outcomes(answer({"Invoices": list(elements)}), kinds, "Invoices", wanted))


def test_one_bad_one_of_fifty_leaves_forty_nine_done() -> None:
    elements: list[dict[str, Any]] = [
        {**INVOICE, "InvoiceID": f"i-{n}", "InvoiceNumber": f"A-{n}", "StatusAttributeString": "OK"}
        for n in range(50)
    ]
    elements[17] = {
        "InvoiceID": "00000000-0000-0000-0000-000000000000",
        "InvoiceNumber": "A-17",
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": "Account code must be specified"}],
    }
    found = told(*elements)
    (bad,) = [each for each in found if isinstance(each, Rejected)]
    assert found.index(bad) == 17
    assert (bad.refusal, bad.problem.message) == (Refusal.REFERENCE, "a line has no account")
    assert sum(isinstance(each, Accepted) for each in found) == 49


def test_a_warning_is_a_document_that_is_there_and_wrong() -> None:
    warning = {"Message": "Account code '476' has been removed as it does not match a recognised"}
    (found,) = told({**INVOICE, "StatusAttributeString": "WARNING", "Warnings": [warning]})
    assert isinstance(found, Accepted)
    assert found.remote.id == "i-1"
    assert found.warning is not None
    assert found.warning.message.startswith("Xero wrote it otherwise than it was sent: ")


def test_a_warning_without_an_id_or_beside_an_error_is_a_refusal() -> None:
    warning = {
        "StatusAttributeString": "WARNING",
        "Warnings": [{"Message": "Account must be valid"}],
    }
    nameless = {**INVOICE, **warning, "InvoiceID": "00000000-0000-0000-0000-000000000000"}
    failed = {**INVOICE, **warning, "HasErrors": True}
    assert [type(each) for each in told(nameless, failed)] == [Rejected, Rejected]


def test_an_id_is_no_proof() -> None:
    refused = {
        "PaymentID": "looks-like-one",
        "Amount": 5,
        "ValidationErrors": [
            {"Message": "Payment amount exceeds the amount outstanding on this document"}
        ],
    }
    (found,) = outcomes(
        answer({"Payments": [refused]}), [Kind.PAYMENTS], "Payments", [{"Amount": 5}]
    )
    assert isinstance(found, Rejected)
    assert found.refusal is Refusal.INVALID


def test_an_answer_that_stands_for_another_is_none() -> None:
    (found,) = told({**INVOICE, "InvoiceNumber": "B-9"}, sent=[{"InvoiceNumber": "A-1"}])
    assert found == Unknown(why="it is missing from Xero's answer", request="id-1")


def test_a_servers_failure_is_stored_under_the_key() -> None:
    (found,) = outcomes(answer(b"<html>", 500), [Kind.INVOICES], "Invoices", [{}])
    assert isinstance(found, Unknown)
    assert found.stored_answer


def test_how_a_document_stands_is_part_of_its_version() -> None:
    assert status_of(remote_document(Kind.INVOICES, INVOICE).version) == "AUTHORISED"


def test_money_given_back_is_linked_with_its_credit_note() -> None:
    element: dict[str, Any] = {
        "PaymentID": "p-1",
        "Date": "/Date(1740787200000+0000)/",
        "Amount": 225.0,
        "Reference": "[acctsync repayments/r1]",
        "Status": "AUTHORISED",
        "Account": {"AccountID": "a-1"},
    }
    read = remote_document(Kind.REPAYMENTS, {**element, "Invoice": {"InvoiceID": "cn-1"}})
    assert (read.stamp, read.total, read.balance) == ("r1", Decimal("225.0"), Decimal(0))
    assert read.links == (Link(Kind.REFUNDS, "cn-1", "CreditNote", Decimal("225.0")),)
    sent = remote_document(Kind.REPAYMENTS, {**element, "CreditNote": {"CreditNoteID": "cn-1"}})
    assert sent.digest == read.digest, "answers and reads name it otherwise"


def test_an_allocation_bears_the_stamp_of_its_credit_note() -> None:
    credit = {
        "CreditNoteID": "cn-1",
        "Reference": "Sorry [acctsync credit_notes/c1]",
        "Allocations": [{"AllocationID": "al-1", "Amount": 19, "Invoice": {"InvoiceID": "i-1"}}],
    }
    others = {**credit, "Reference": "by hand"}
    (found,) = allocations(Kind.CREDIT_ALLOCATIONS, [credit, others])
    assert (found.id, found.stamp, found.total) == ("al-1", "c1", Decimal(19))
    assert list(allocations(Kind.WRITE_OFF_ALLOCATIONS, [credit])) == []


def test_an_option_is_known_by_its_category_and_itself() -> None:
    path = "PUT /api.xro/2.0/TrackingCategories/cat-1/Options"
    exchange = Exchange(key="k", target=path, body=b'{"Name":"Halifax"}', kinds=(Kind.LOCATIONS,))
    made = {"Options": [{"TrackingOptionID": "opt-1", "Name": "Halifax"}]}
    assert label_outcome(exchange, answer(made)) == (None, "cat-1/opt-1")
    refused, _ = label_outcome(
        exchange,
        answer(
            {"Elements": [{"ValidationErrors": [{"Message": "A tracking option with this name already exists."}]}]},
            400,
        ),
    )  # fmt: skip
    assert isinstance(refused, Rejected)
    assert refused.refusal is Refusal.DUPLICATE
