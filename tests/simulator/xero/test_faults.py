"""Planted faults: what was carried out, what the client sees, and what can be seen from behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from acctsync.simulator import Simulator
from acctsync.simulator.encoding import dump
from tests.simulator.xero.caller import Caller, Opener, a_credit_note, a_payment, an_invoice


def count(caller: Caller) -> int:
    return len(caller.xero.books.rows("Invoice"))


@pytest.mark.parametrize(("deed", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_leaves_nothing_or_everything(
    xero: Caller, deed: str, made: int
) -> None:
    contact = xero.contact()
    xero.plant(match={"entity": "Invoice", "operation": "create"}, do={deed: True})
    with pytest.raises(httpx.TransportError):
        xero.invoice(contact)
    assert count(xero) == made


@pytest.mark.parametrize(
    ("deed", "problem"),
    [("truncate", httpx.RemoteProtocolError), ("wrong_length", ValueError)],
)
def test_half_an_answer_after_a_whole_write(
    xero: Caller, deed: str, problem: type[Exception]
) -> None:
    contact = xero.contact()
    xero.plant(match={"entity": "Invoice"}, do={deed: True})
    with pytest.raises(problem):
        xero.invoice(contact)
    assert count(xero) == 1


def test_a_request_may_arrive_late(xero: Caller) -> None:
    contact = xero.contact()
    xero.plant(match={"entity": "Invoice"}, do={"late_commit": 0.01})
    with pytest.raises(httpx.TransportError):
        xero.invoice(contact)
    for late in xero.simulator._late:
        late.join()
    assert count(xero) == 1


def test_a_request_may_be_delivered_twice(xero: Caller) -> None:
    contact = xero.contact()
    xero.plant(match={"entity": "Invoice"}, do={"duplicate_delivery": True})
    reply = xero.put("Invoices", an_invoice(contact))
    assert (reply.status, count(xero)) == (200, 2)
    xero.plant(match={"entity": "Invoice"}, do={"duplicate_delivery": True})
    headers = {"Idempotency-Key": "k1"}
    assert xero.call("PUT", "Invoices", an_invoice(contact), headers=headers).status == 200
    assert count(xero) == 3


def test_a_planted_429_is_shaped_like_xeros(xero: Caller) -> None:
    xero.plant(match={"nth": 1}, do={"throttled": True, "retry_after": 22})
    xero.plant(match={"nth": 1}, do={"throttled": True})
    first, second = (xero.get("Organisation") for _ in range(2))
    assert (first.status, first.headers["X-Rate-Limit-Problem"], first.headers["Retry-After"]) == (
        429, "minute", "22",
    )  # fmt: skip
    assert (second.headers["X-Rate-Limit-Problem"], "Retry-After" in second.headers) == (
        "concurrent", False,
    )  # fmt: skip


def test_an_access_token_may_end_in_the_middle(xero: Caller) -> None:
    xero.plant(match={}, do={"expire_token": True})
    assert xero.get("Organisation").status == 401


def test_any_status_and_page_may_be_given(xero: Caller) -> None:
    xero.plant(match={}, do={"status": 503, "body": "The Organisation is offline"})
    xero.plant(match={}, do={"html": True})
    offline, page = (xero.get("Organisation") for _ in range(2))
    assert (offline.status, offline.headers["content-type"]) == (503, "text/plain")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_one_element_of_a_batch_may_be_refused(xero: Caller) -> None:
    contact = xero.contact()
    xero.plant(match={"document": "B-2"}, do={"refuse": {"detail": "Not today"}})
    batch = [an_invoice(contact, InvoiceNumber=f"B-{at}") for at in (1, 2, 3)]
    rows = xero.put("Invoices", *batch, summarizeErrors="false").body["Invoices"]
    assert [(one["InvoiceNumber"], one["StatusAttributeString"]) for one in rows] == [
        ("B-1", "OK"), ("B-2", "ERROR"), ("B-3", "OK"),
    ]  # fmt: skip
    assert (rows[1]["ValidationErrors"], count(xero)) == ([{"Message": "Not today"}], 2)


def test_a_refused_element_spoils_a_summarised_call(xero: Caller) -> None:
    contact = xero.contact()
    xero.plant(match={"bid": "0"}, do={"refuse": {"detail": "Not today"}})
    reply = xero.put("Invoices", an_invoice(contact))
    assert (reply.status, reply.messages, count(xero)) == (400, ["Not today"], 0)


def test_a_refusal_is_kept_under_its_key_and_asks_who_is_there(xero: Caller) -> None:
    body = {"Contacts": [{"Name": "Acme"}, {"Name": "Beta"}]}
    headers = {"Idempotency-Key": "k1"}
    for _ in range(2):
        xero.plant(match={"document": "Acme"}, do={"refuse": {"detail": "Not today"}})
    sent = [
        xero.call("PUT", "Contacts", body, headers=headers, summarizeErrors="false").body
        for _ in range(3)
    ]
    assert sent[0] == sent[1] == sent[2]
    assert [one["StatusAttributeString"] for one in sent[0]["Contacts"]] == ["ERROR", "OK"]
    xero.plant(match={"document": "Acme"}, do={"refuse": {"detail": "Not today"}})
    assert xero.call("PUT", "Contacts", body, headers={"Authorization": ""}).status == 401


def test_elements_may_come_back_in_another_order_or_not_at_all(xero: Caller) -> None:
    contact = xero.contact()
    batch = [an_invoice(contact, InvoiceNumber=f"B-{at}") for at in (1, 2, 3)]
    xero.plant(match={"document": "B-2"}, do={"omit": True, "reorder": True})
    rows = xero.put("Invoices", *batch).body["Invoices"]
    assert [one["InvoiceNumber"] for one in rows] == ["B-3", "B-1"]
    assert count(xero) == 3


def test_a_script_may_be_given_from_the_start(open_organisation: Opener, tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("- {match: {path: Organisation}, do: {status: 502}}\n")
    caller = open_organisation(faults=path)
    assert [caller.get("Organisation").status for _ in range(2)] == [502, 200]


@pytest.mark.parametrize(
    ("match", "strikes"),
    [
        ({"entity": "Payment", "operation": "create"}, "pay"),
        ({"entity": "Payment", "operation": "delete"}, "delete payment"),
        ({"entity": "Invoice", "operation": "void"}, "void"),
        ({"entity": "Invoice", "operation": "update"}, "update"),
        ({"entity": "Invoice", "operation": "send"}, "mail"),
        ({"entity": "Invoice", "operation": "query"}, "list"),
        ({"entity": "Invoice", "operation": "read"}, "read"),
        ({"entity": "Allocation", "operation": "create"}, "allocate"),
        ({"entity": "History", "document": "B-1"}, "note"),
    ],
)
def test_a_fault_waits_for_one_kind_of_work(
    xero: Caller, match: dict[str, str], strikes: str
) -> None:
    contact = xero.contact(EmailAddress="a@example.com")
    xero.settle(mails_a_day="5")
    invoice = xero.invoice(contact, InvoiceNumber="B-1")
    payment = xero.pay(invoice, "1.00")
    note = xero.create("CreditNotes", **a_credit_note(contact))["CreditNoteID"]
    own = f"Invoices/{invoice['InvoiceID']}"
    share = {"Amount": 1, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    work: dict[str, tuple[str, str, Any]] = {
        "pay": ("PUT", "Payments", a_payment(invoice, "1.00")),
        "delete payment": ("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"}),
        "allocate": ("PUT", f"CreditNotes/{note}/Allocations", share),
        "update": ("POST", own, {"Reference": "r"}),
        "mail": ("POST", f"{own}/Email", None),
        "note": ("PUT", f"{own}/History", {"HistoryRecords": [{"Details": "x"}]}),
        "list": ("GET", "Invoices", None),
        "read": ("GET", own, None),
        "void": ("POST", own, {"Status": "VOIDED"}),
    }
    xero.plant(match={**match, "times": "always"}, do={"status": 418})
    struck = [name for name, sent in work.items() if xero.call(*sent).status == 418]
    assert struck == [strikes]


# ---------------------------------------------------------------------- from behind


def test_the_log_tells_what_was_asked(xero: Caller) -> None:
    xero.invoice(xero.contact())
    xero.http.post("/simulator/reset-requests")
    xero.rows("Invoices", page="1")
    log = xero.http.get("/simulator/requests").json()
    assert [(one["method"], one["path"], one["status"]) for one in log["requests"]] == [
        ("GET", "/api.xro/2.0/Invoices", 200)
    ]
    assert log["counts"][0]["kinds"] == ["query Invoice"]


def test_the_books_are_shown_whole(xero: Caller) -> None:
    contact = xero.contact()
    invoice = xero.invoice(contact, InvoiceNumber="B-1")
    xero.pay(invoice, "1.00")
    xero.call("PUT", f"Invoices/{invoice['InvoiceID']}/History", {"Details": "note"})
    books = xero.http.get("/simulator/books").json()
    assert [one["InvoiceNumber"] for one in books["Invoice"]] == ["B-1"]
    assert [one["Amount"] for one in books["Payment"]] == [1]
    assert books["Note"] == [{"kind": "Invoice", "id": invoice["InvoiceID"], "details": "note"}]
    assert books["Organisation"][0]["BaseCurrency"] == "USD"


def test_a_person_may_change_things_past_every_rule(xero: Caller) -> None:
    made = xero.invoice(xero.contact())
    xero.by_hand("Invoice", InvoiceID=made["InvoiceID"], raw={"InvoiceNumber": "typed"})
    assert xero.read("Invoices", "typed")["InvoiceID"] == made["InvoiceID"]
    xero.by_hand("Invoice", InvoiceID=made["InvoiceID"], Status="VOIDED")
    assert xero.read("Invoices", "typed")["Status"] == "VOIDED"
    category = xero.rows("TrackingCategories")[0]["TrackingCategoryID"]
    xero.by_hand("TrackingCategory", TrackingCategoryID=category, Status="ARCHIVED")
    added = xero.by_hand("TrackingCategory", Name="Third", Options=["One", "Two"])
    assert [one["Name"] for one in added["Options"]] == ["One", "Two"]


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("Nothing", {}, "no kind of object is called Nothing"),
        ("Organisation", {"colour": "red"}, "an organisation has no colour"),
        ("Invoice", {"Type": "ACCREC"}, "A Contact must be specified"),
        ("Overpayment", {}, "Overpayment can't be made by hand"),
    ],
)
def test_what_a_person_cannot_do_is_told(
    xero: Caller, kind: str, fields: dict[str, str], words: str
) -> None:
    answer = xero.http.post(f"/simulator/entities/{kind}", content=dump(fields))
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)


def test_an_unknown_setting_is_refused(xero: Caller) -> None:
    answer = xero.http.post("/simulator/settings", content=dump({"colour": "red"}))
    assert (answer.status_code, "settings has no colour" in answer.json()["error"]) == (400, True)


# ---------------------------------------------------------------------- organisation files


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense: []", "unknown section nonsense"),
        ("organisation: {colour: red}", "identity has no colour"),
        ("settings: {scopes: all}", "scopes must be one of granular, mixed"),
        ("accounts: [{Name: A}]", "Account A: Account Type must be specified."),
        ("invoices: [{Type: ACCREC}]", "A Contact must be specified"),
        ("bank_transactions: [{Type: RECEIVE-OVERPAYMENT}]", "Bank Account must be valid."),
        ("also: [{name: Second}]", "each organisation needs a tenant of its own"),
        ("- a", "a mapping with organisation, settings, accounts"),
    ],
)
def test_a_file_that_means_nothing_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "organisation.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        Simulator("xero", company=path)


def test_a_file_may_hold_documents_already(open_organisation: Opener, tmp_path: Path) -> None:
    sample = Path(__file__).resolve().parents[3] / "sample-config/companies/coworks-xero.yaml"
    path = tmp_path / "organisation.yaml"
    path.write_text(
        sample.read_text(encoding="utf-8")
        + """
invoices:
  - Type: ACCREC
    InvoiceNumber: "0007"
    Contact: {Name: Coworks Guests}
    Date: 2025-01-02
    DueDate: 2025-01-02
    Status: AUTHORISED
    LineItems: [{ItemCode: DAYPASS, Quantity: "2"}]
payments:
  - {Invoice: {InvoiceNumber: "0007"}, Account: {Code: "090"}, Amount: "20.00", Date: 2025-01-03}
""",
        encoding="utf-8",
    )
    caller = open_organisation(path)
    shown = caller.read("Invoices", "0007")
    assert (shown["AmountDue"], shown["AmountPaid"]) == (53.5, 20)
