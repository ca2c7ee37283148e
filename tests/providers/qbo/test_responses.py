from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from acctsync.documents import Kind, Mailed, RemoteDocument
from acctsync.providers.encoding import decode
from acctsync.providers.exchange import Answer
from acctsync.providers.port import Accepted, Refusal, Rejected, Throttled, Unknown
from acctsync.providers.qbo.responses import outcomes, remote_document, rows
from tests.providers.qbo.builders import D
from tests.providers.qbo.recordings import pasted_fault, recorded, sample

INVOICES = (Kind.INVOICES,)


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(body, default=float).encode(), request="1-tid")


def batch(*items: dict[str, Any]) -> Answer:
    return answer({"BatchItemResponse": list(items), "time": "now"})


def fault(code: str, detail: str = "", **more: str) -> dict[str, Any]:
    return {
        "Fault": {
            "Error": [{"Message": "m", "Detail": detail, "code": code, **more}],
            "type": "ValidationFault",
        }
    }


def test_a_recorded_invoice_is_read() -> None:
    entity = decode(recorded("create/invoice.yml").body)["Invoice"]
    remote = remote_document(Kind.INVOICES, entity)

    assert replace(remote, digest="") == RemoteDocument(
        kind=Kind.INVOICES,
        id="266",
        version="0",
        digest="",
        number="1043",
        date=dt.date(2020, 9, 29),
        customer="1",
        currency="USD",
        total=D("100.00"),
        balance=D("100.00"),
    )


def test_a_recorded_customer_is_read() -> None:
    remote = remote_document(
        Kind.CUSTOMERS, decode(recorded("create/customer.yml").body)["Customer"]
    )

    assert replace(remote, digest="") == RemoteDocument(
        kind=Kind.CUSTOMERS,
        id="70",
        version="0",
        digest="",
        number="Doe5, Jane",
        name="Doe5, Jane",
        currency="USD",
        balance=D(0),
    )


def test_a_recorded_void_is_seen_as_one() -> None:
    before, after = (
        decode(recorded("void/invoice.yml", place).body)["Invoice"] for place in (0, 1)
    )

    assert not remote_document(Kind.INVOICES, before).voided
    voided = remote_document(Kind.INVOICES, after)
    assert (voided.voided, voided.total, voided.number, voided.version) == (True, D(0), "1041", "1")


def test_intuits_payment_sample_is_read() -> None:
    remote = remote_document(
        Kind.PAYMENTS, sample("payment", "response", "Create a payment")["Payment"]
    )

    assert (remote.id, remote.total, remote.balance, remote.customer, remote.voided) == (
        "154",
        D("25.0"),
        D("25.0"),
        "20",
        False,
    )


def test_intuits_refund_sample_is_read() -> None:
    entity = sample("refundreceipt", "response", "Create a refund receipt")["RefundReceipt"]
    remote = remote_document(Kind.REFUNDS, entity)

    assert (remote.id, remote.number, remote.total) == ("261", "1072", D("420.0"))


def test_a_zero_invoice_is_no_void_and_neither_is_a_note_that_says_so() -> None:
    base = {"Id": "1", "SyncToken": "0"}

    assert not remote_document(
        Kind.INVOICES, {**base, "TotalAmt": 0, "PrivateNote": "free month"}
    ).voided
    assert not remote_document(
        Kind.INVOICES, {**base, "TotalAmt": 5, "PrivateNote": "Voided once"}
    ).voided
    assert remote_document(
        Kind.INVOICES, {**base, "TotalAmt": 0, "PrivateNote": "Voided - x"}
    ).voided
    assert remote_document(Kind.REFUNDS, {**base, "status": "Deleted"}).voided


AN_INVOICE: dict[str, Any] = {
    "Id": "1",
    "SyncToken": "0",
    "DocNumber": "CW-1",
    "TxnDate": "2025-03-01",
    "DueDate": "2025-03-31",
    "CustomerRef": {"value": "58", "name": "Acme"},
    "CurrencyRef": {"value": "USD", "name": "US Dollar"},
    "PrivateNote": "[acctsync invoices/CW-1]",
    "TotalAmt": D("106.25"),
    "Balance": D("106.25"),
    "TxnTaxDetail": {"TotalTax": D("6.25")},
    "Line": [
        {
            "Id": "1",
            "LineNum": 1,
            "Amount": D("100.00"),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "19", "name": "Desk"},
                "Qty": 1,
                "UnitPrice": 100,
            },
        },
        {"Amount": D("100.00"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ],
}


def digest_with(**changes: Any) -> str:
    return remote_document(Kind.INVOICES, {**AN_INVOICE, **changes}).digest


def line_with(**changes: Any) -> list[dict[str, Any]]:
    line, subtotal = AN_INVOICE["Line"]
    return [{**line, **changes}, subtotal]


@pytest.mark.parametrize(
    "changes",
    [
        {"SyncToken": "7", "Balance": 0, "MetaData": {"LastUpdatedTime": "later"}},
        {"LinkedTxn": [{"TxnId": "5", "TxnType": "Payment"}], "EmailStatus": "EmailSent"},
        {"CustomerRef": {"value": "58", "name": "Acme renamed"}},
        {
            "BillAddr": {"Line1": "Street"},
            "CustomField": [{"StringValue": "x"}],
            "ShipDate": "2025-04-01",
        },
        {"TotalAmt": D("106.2500"), "TxnTaxDetail": {"TotalTax": D("6.250"), "TaxLine": []}},
        {"Line": line_with(Id="9", LineNum=3, Amount=100)},
        {"Line": AN_INVOICE["Line"][:1]},
        {"SalesTermRef": {"value": "3"}},
    ],
)
def test_what_is_worked_out_or_added_elsewhere_leaves_the_digest_alone(
    changes: dict[str, Any],
) -> None:
    assert digest_with(**changes) == digest_with()


@pytest.mark.parametrize(
    "changes",
    [
        {"DocNumber": "CW-2"},
        {"TxnDate": "2025-03-02"},
        {"DueDate": "2025-04-30"},
        {"CustomerRef": {"value": "59"}},
        {"PrivateNote": "by hand [acctsync invoices/CW-1]"},
        {"CustomerMemo": {"value": "hello"}},
        {"TotalAmt": D("106.26")},
        {"TxnTaxDetail": {"TotalTax": D("6.26")}},
        {"DepartmentRef": {"value": "1"}},
        {"Line": line_with(Amount=D("100.01"))},
        {"Line": line_with(Description="by hand")},
        {"Line": [*AN_INVOICE["Line"], *AN_INVOICE["Line"]]},
        {"Line": []},
    ],
)
def test_what_we_own_changes_the_digest(changes: dict[str, Any]) -> None:
    assert digest_with(**changes) != digest_with()


def test_items_are_told_apart_by_their_bid_in_any_order() -> None:
    stale, gone, new = fault("5010"), fault("610"), {"Invoice": AN_INVOICE}
    found = outcomes(
        batch({**new, "bId": "3"}, {**gone, "bId": "2"}, {**stale, "bId": "1"}),
        INVOICES * 4,
        batch=True,
    )

    assert [each.refusal for each in found[:2] if isinstance(each, Rejected)] == [
        Refusal.STALE,
        Refusal.GONE,
    ]
    assert isinstance(found[2], Accepted)
    assert (found[2].remote.id, found[2].remote.stamp, found[2].request) == ("1", "CW-1", "1-tid")
    assert found[3] == Unknown(why="it is missing from QuickBooks' answer", request="1-tid")


def test_a_recorded_batch_gives_each_item_its_own_outcome() -> None:
    whole = decode(recorded("batch/basic.yml").body)
    for place, item in enumerate(whole["BatchItemResponse"], 1):
        item["bId"] = str(place)
    text = json.dumps(whole, default=str).encode()
    kinds = (Kind.CUSTOMERS, Kind.INVOICES, Kind.INVOICES)
    first, second, third = outcomes(Answer(status=200, body=text), kinds, batch=True)

    assert isinstance(first, Unknown), "a vendor was created where a customer was asked for"
    assert isinstance(second, Rejected)
    assert isinstance(third, Rejected)
    assert (second.refusal, third.refusal) == (Refusal.GONE, Refusal.STALE)


def refused(answer: Answer) -> Rejected:
    (found,) = outcomes(answer, INVOICES, batch=True)
    assert isinstance(found, Rejected)
    return found


def test_a_refusal_carries_the_books_words_and_what_support_asks_for() -> None:
    problem = refused(
        batch({**fault("2500", "Items element id 7 not found", element="ItemRef"), "bId": "1"})
    ).problem

    assert (problem.code, problem.provider_code, problem.provider_request) == (
        "QBO201",
        "2500",
        "1-tid",
    )
    assert problem.message.startswith(
        "it names something that is not in QuickBooks or is inactive: a line's item;"
    )
    assert "Items element id 7 not found" in problem.message
    assert "an item. Look with `acctsync lists items`" in problem.hint
    assert "accounting.items" in problem.hint


@pytest.mark.parametrize("code", ["6140", "6240"])
def test_duplicates_are_told_apart(code: str) -> None:
    assert refused(batch({**fault(code), "bId": "1"})).refusal is Refusal.DUPLICATE


def test_a_duplicate_with_something_missing_is_not_a_duplicate() -> None:
    items = decode(pasted_fault("batch_multi_error_partial").body)["BatchItemResponse"]

    assert refused(batch({**items[0], "bId": "1"})).refusal is Refusal.INVALID


@pytest.mark.parametrize(
    "detail",
    [
        "You can only add or edit one name at a time, and you are now adding or editing another one.",
        "An unexpected error occurred. Please wait a few minutes and try again.",
    ],
)
def test_passing_trouble_may_be_tried_again(detail: str) -> None:
    found = outcomes(batch({**fault("6000", detail), "bId": "1"}), INVOICES, batch=True)

    assert found == [Throttled(wait=5.0, why="QuickBooks is busy with something else")]


@pytest.mark.parametrize(("code", "stored"), [("10000", False), ("1010", False), ("600", True)])
def test_a_failure_inside_leaves_it_open_what_was_done(code: str, stored: bool) -> None:
    (found,) = outcomes(batch({**fault(code), "bId": "1"}), INVOICES, batch=True)

    assert isinstance(found, Unknown)
    assert found.stored_answer is stored


def test_a_whole_batch_that_is_refused_refuses_each() -> None:
    found = outcomes(answer(fault("1040"), 400), INVOICES * 3, batch=True)

    assert [type(each) for each in found] == [Rejected] * 3


def test_a_fault_inside_a_good_answer_counts() -> None:
    assert [type(each) for each in outcomes(answer(fault("2020")), INVOICES, batch=True)] == [
        Rejected
    ]


@pytest.mark.parametrize(
    "odd",
    [
        Answer(status=500, body=b'{"Fault":{"Error":[{"code":"10000"}]}}'),
        Answer(status=500, body=b'{"Fault":{"Error":[{"code":"2020"}]}}'),
        Answer(status=502, body=b"<html>"),
        Answer(status=503),
        Answer(status=408),
        Answer(status=302),
        Answer(status=400, body=b"<html>Bad Request</html>"),
        Answer(status=200, body=b"<html>We'll be right back</html>"),
        Answer(status=200, body=b""),
        Answer(status=200, body=b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":'),
        Answer(status=200, body=b"[]"),
        Answer(status=200, body=b"{}"),
        Answer(status=200, body=b'{"BatchItemResponse":"none"}'),
        Answer(status=200, body=b'{"BatchItemResponse":[{"bId":"1"}]}'),
        Answer(status=200, body=b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":""}}]}'),
        Answer(
            status=200,
            body=b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":"1","TotalAmt":"x","Line":[]}}]}',
        ),
        Answer(
            status=200,
            body=b'{"BatchItemResponse":[{"bId":"1","Invoice":{"Id":"1","TotalAmt":NaN}}]}',
        ),
        Answer(status=200, body=b"[" * 100_000),
    ],
)
def test_what_can_not_be_read_is_unknown_and_never_done_or_refused(odd: Answer) -> None:
    assert [type(each) for each in outcomes(odd, INVOICES, batch=True)] == [Unknown]


def test_an_answer_to_a_single_write_is_read_alike() -> None:
    (done,) = outcomes(
        answer({"Invoice": {"Id": "9", "SyncToken": "1", "TotalAmt": 0, "PrivateNote": "Voided"}}),
        INVOICES,
        batch=False,
    )
    (refusal,) = outcomes(answer(fault("5010"), 400), INVOICES, batch=False)

    assert isinstance(done, Accepted)
    assert done.remote.voided
    assert isinstance(refusal, Rejected)


def test_rows_are_read_and_nothing_is_not_the_same_as_none() -> None:
    (found,) = rows(decode(recorded("get/display_name.yml").body), "Customer") or []
    assert found["DisplayName"] == "Amy's Bird Sanctuary"
    assert rows({"QueryResponse": {}}, "Invoice") == []
    oddities: list[dict[str, Any]] = [
        {},
        {"QueryResponse": []},
        {"QueryResponse": {"Invoice": [1]}},
    ]
    for odd in oddities:
        assert rows(odd, "Invoice") is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, Mailed.NO),
        ({"EmailStatus": "NotSet"}, Mailed.NO),
        ({"EmailStatus": "NeedToSend"}, Mailed.QUEUED),
        ({"EmailStatus": "EmailSent"}, Mailed.SENT),
        ({"EmailStatus": "NeedToSend", "DeliveryInfo": {"DeliveryTime": "2025"}}, Mailed.SENT),
    ],
)
def test_an_invoice_tells_whether_it_was_mailed(fields: dict[str, Any], told: Mailed) -> None:
    entity = {"Id": "1", "TotalAmt": D(5), "Balance": D(5), **fields}
    as_invoice = remote_document(Kind.INVOICES, entity)
    as_mail = remote_document(Kind.DELIVERIES, entity)

    assert (as_invoice.mailed, as_mail.mailed) == (told, told)
    assert as_mail == replace(as_invoice, kind=Kind.DELIVERIES)
