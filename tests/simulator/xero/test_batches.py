"""Several elements in one call: a verdict for each, or one for all."""

from __future__ import annotations

from typing import Any

from tests.simulator.xero.caller import NO_ID, Caller, a_payment, an_invoice


def good_and_bad(caller: Caller) -> list[dict[str, Any]]:
    contact = caller.contact()
    return [
        an_invoice(contact, InvoiceNumber="B-1"),
        an_invoice(contact, InvoiceNumber="B-2", LineItems=[]),
        an_invoice(contact, InvoiceNumber="B-3"),
    ]


def stored(caller: Caller) -> list[str]:
    return sorted(one["InvoiceNumber"] for one in caller.rows("Invoices"))


def test_without_a_summary_every_element_has_its_verdict(xero: Caller) -> None:
    reply = xero.put("Invoices", *good_and_bad(xero), summarizeErrors="false")
    assert reply.status == 200
    rows = reply.body["Invoices"]
    assert [(one["InvoiceNumber"], one["StatusAttributeString"], one["HasErrors"]) for one in rows] == [
        ("B-1", "OK", False), ("B-2", "ERROR", True), ("B-3", "OK", False),
    ]  # fmt: skip
    assert (rows[1]["InvoiceID"], rows[1]["ValidationErrors"]) == (
        NO_ID, [{"Message": "One or more line items must be specified"}],
    )  # fmt: skip
    assert stored(xero) == ["B-1", "B-3"]


def test_with_a_summary_one_bad_element_spoils_the_call_and_nothing_is_kept(xero: Caller) -> None:
    reply = xero.put("Invoices", *good_and_bad(xero))
    assert (reply.status, [one["InvoiceNumber"] for one in reply.body["Elements"]]) == (
        400,
        ["B-2"],
    )
    assert stored(xero) == []


def test_or_the_good_ones_are_kept_nobody_knows(xero: Caller) -> None:
    xero.settle(failed_batch="keeps_good")
    assert xero.put("Invoices", *good_and_bad(xero), summarizeErrors="true").status == 400
    assert stored(xero) == ["B-1", "B-3"]


def test_what_is_taken_back_leaves_no_trace(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact())
    reply = xero.put("Payments", a_payment(invoice, "60.00"), a_payment(invoice, "60.00"))
    assert reply.messages == ["Payment amount exceeds the amount outstanding on this document"]
    shown = xero.read("Invoices", invoice["InvoiceID"])
    assert (shown["AmountDue"], shown["Payments"], xero.rows("Payments")) == (100, [], [])


def test_elements_see_what_came_before_them(xero: Caller) -> None:
    contact = xero.contact()
    twins = [an_invoice(contact, InvoiceNumber="B-1")] * 2
    rows = xero.put("Invoices", *twins, summarizeErrors="false").body["Invoices"]
    assert [one["StatusAttributeString"] for one in rows] == ["OK", "ERROR"]


def test_a_misspelt_switch_is_refused_or_passed_over(xero: Caller) -> None:
    contact = xero.contact()
    assert xero.put("Invoices", an_invoice(contact), summarizeErrors="maybe").status == 400
    bad = an_invoice(contact, LineItems=[])
    assert xero.put("Invoices", bad, summariseErrors="false").status == 400


def test_fifty_elements_go_through_and_not_one_more(xero: Caller) -> None:
    contact = xero.contact()
    fifty = [an_invoice(contact) for _ in range(50)]
    assert len(xero.put("Invoices", *fifty).body["Invoices"]) == 50
    reply = xero.put("Invoices", *fifty, an_invoice(contact))
    assert (reply.status, reply.body["Type"]) == (400, "PostDataInvalidException")


def test_a_call_that_is_too_large_is_turned_away(xero: Caller) -> None:
    xero.settle(largest_post=1000)
    assert xero.put("Contacts", {"Name": "A" * 1000}).status == 413


def test_a_body_must_be_said_to_be_json(xero: Caller) -> None:
    reply = xero.call("PUT", "Contacts", {"Name": "A"}, headers={"Content-Type": "text/plain"})
    assert (reply.status, reply.body["Type"]) == (400, "PostDataInvalidException")


def test_the_envelope_says_who_and_when(xero: Caller) -> None:
    body = xero.put("Contacts", {"Name": "A"}).body
    assert (body["Status"], body.keys() >= {"Id", "ProviderName", "DateTimeUTC", "Contacts"}) == (
        "OK",
        True,
    )
    assert body["DateTimeUTC"].startswith("/Date(")
    assert body["DateTimeUTC"].endswith(")/")


def test_allocations_of_several_invoices_come_with_verdicts_too(xero: Caller) -> None:
    contact = xero.contact()
    invoices = [xero.invoice(contact, "10.00") for _ in range(2)]
    note = xero.create(
        "CreditNotes",
        Type="ACCRECCREDIT",
        Status="AUTHORISED",
        **{name: an_invoice(contact)[name] for name in ("Contact", "Date", "LineItems")},
    )
    body = [
        {"Amount": amount, "Invoice": {"InvoiceID": one["InvoiceID"]}}
        for one, amount in zip(invoices, (10, 11), strict=True)
    ]
    path = f"CreditNotes/{note['CreditNoteID']}/Allocations"
    assert xero.call("PUT", path, {"Allocations": body}).status == 400
    assert xero.read("CreditNotes", note["CreditNoteID"])["RemainingCredit"] == 100
    rows = xero.call("PUT", path, {"Allocations": body}, summarizeErrors="false").body[
        "Allocations"
    ]
    assert [bool(one["ValidationErrors"]) for one in rows] == [False, True]
    assert xero.read("CreditNotes", note["CreditNoteID"])["RemainingCredit"] == 90
