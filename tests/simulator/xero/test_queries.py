"""Lists: where, order, pages, ids, changes since, and what each way of asking leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.xero.caller import Caller, a_credit_note


@pytest.fixture
def books(xero: Caller) -> Caller:
    """Three invoices: A-1 paid, A-2 a draft, B-1 of another contact."""
    acme, beta = xero.contact("Acme", ContactNumber="c-1"), xero.contact("Beta")
    first = xero.invoice(acme, "10.00", InvoiceNumber="A-1", Date="2026-01-10", Reference="ext:1")
    xero.invoice(acme, "20.00", InvoiceNumber="A-2", Date="2026-01-20", Status="DRAFT")
    xero.invoice(beta, "30.00", InvoiceNumber="B-1", Date="2026-02-10")
    xero.pay(first, "10.00")
    return xero


def numbers(caller: Caller, **params: str) -> list[str]:
    return [one["InvoiceNumber"] for one in caller.rows("Invoices", **params)]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('InvoiceNumber=="A-1"', ["A-1"]),
        ('InvoiceNumber="a-1"', ["A-1"]),
        ('Reference=="ext:1" AND Type=="ACCREC"', ["A-1"]),
        ('Status=="AUTHORISED" && AmountDue>0', ["B-1"]),
        ('Status!="DRAFT"', ["B-1", "A-1"]),
        ('InvoiceNumber=="A-1" OR InvoiceNumber=="B-1"', ["B-1", "A-1"]),
        ('(Status=="DRAFT" || Total>=30) AND Type=="ACCREC"', ["A-2", "B-1"]),
        ("Date>=DateTime(2026,01,20) AND Date<DateTime(2026, 02, 10)", ["A-2"]),
        ('Date>DateTime.Parse("2026-01-20T00:00:00")', ["B-1"]),
        ('Contact.Name=="acme"', ["A-2", "A-1"]),
        ('Contact.ContactNumber=="c-1" AND AmountPaid=10', ["A-1"]),
        ('InvoiceNumber.StartsWith("A")', ["A-2", "A-1"]),
        ('InvoiceNumber.EndsWith("1") AND Contact.Name.Contains("ET")', ["B-1"]),
        ("Reference!=null", ["A-1"]),
        ("SentToContact=false", ["A-2", "B-1", "A-1"]),
        ('InvoiceNumber=="nothing"', []),
    ],
)
def test_where_finds(books: Caller, where: str, found: list[str]) -> None:
    assert sorted(numbers(books, where=where)) == sorted(found)


def test_where_takes_identifiers_as_guids_alone(books: Caller) -> None:
    acme = books.rows("Contacts", where='Name=="Acme"')[0]["ContactID"]
    assert sorted(numbers(books, where=f'Contact.ContactID==guid("{acme}")')) == ["A-1", "A-2"]
    reply = books.get("Invoices", where=f'Contact.ContactID=="{acme}"')
    assert (
        reply.body["Message"] == "Operator '==' incompatible with operand types 'Guid' and 'String'"
    )


@pytest.mark.parametrize(
    "where",
    [
        "Nonsense==1",
        'InvoiceNumber=="one " quote"',
        "InvoiceNumber==",
        "(Total>1",
        "Total>1 Total<2",
        'Total=="ten"',
        "Total ? 1",
        'InvoiceNumber IN ("A-1")',
        "Date==DateTime(2026,13,01)",
        "InvoiceNumber.Contains(1)",
        "1==1",
        "SentToContact>true",
    ],
)
def test_a_where_that_cannot_be_read_is_refused(books: Caller, where: str) -> None:
    reply = books.get("Invoices", where=where)
    assert (reply.status, reply.body["ErrorNumber"], reply.body["Type"]) == (
        400, 16, "QueryParseException",
    )  # fmt: skip


def test_a_credit_notes_number_is_not_among_what_where_knows(books: Caller) -> None:
    acme = books.rows("Contacts", where='Name=="Acme"')[0]["ContactID"]
    books.create("CreditNotes", **a_credit_note(acme, CreditNoteNumber="CN-7", Reference="ext:7"))
    assert books.get("CreditNotes", where='CreditNoteNumber=="CN-7"').status == 400
    assert len(books.rows("CreditNotes", where='Reference=="ext:7"')) == 1
    assert books.read("CreditNotes", "CN-7")["Reference"] == "ext:7"


def test_payments_are_found_by_their_invoice_and_type(books: Caller) -> None:
    paid = books.read("Invoices", "A-1")
    where = f'Invoice.InvoiceID==guid("{paid["InvoiceID"]}") AND PaymentType=="ACCRECPAYMENT"'
    (payment,) = books.rows("Payments", where=where)
    # The nested document is a stub, whose empty lists do not mean that there is nothing.
    assert (payment["Invoice"]["InvoiceNumber"], payment["Invoice"]["LineItems"]) == ("A-1", [])
    assert payment["Account"].keys() == {"AccountID", "Code"}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"InvoiceNumbers": "b-1,A-1"}, ["A-1", "B-1"]),
        ({"Statuses": "DRAFT,PAID"}, ["A-1", "A-2"]),
        ({"searchTerm": "EXT"}, ["A-1"]),
        ({"order": "InvoiceNumber DESC"}, ["B-1", "A-2", "A-1"]),
        ({"order": "Status ASC, Total DESC"}, ["B-1", "A-2", "A-1"]),
    ],
)
def test_the_other_ways_to_narrow_and_sort(
    books: Caller, params: dict[str, str], found: list[str]
) -> None:
    rows = numbers(books, **params)
    assert (rows if "order" in params else sorted(rows)) == found


def test_lists_go_by_ids_and_contacts(books: Caller) -> None:
    rows = {one["InvoiceNumber"]: one for one in books.rows("Invoices", page="1")}
    ids = ",".join(rows[one]["InvoiceID"].upper() for one in ("B-1", "A-2"))
    assert sorted(numbers(books, IDs=ids)) == ["A-2", "B-1"]
    beta = rows["B-1"]["Contact"]["ContactID"]
    assert numbers(books, ContactIDs=beta) == ["B-1"]
    assert books.rows("Contacts", IDs=beta)[0]["Name"] == "Beta"


def test_without_a_page_there_are_no_lines_and_only_stubs_of_contacts(books: Caller) -> None:
    plain, paged = (
        books.get("Invoices", where='InvoiceNumber=="A-1"', **more).body
        for more in ({}, {"page": "1"})
    )
    assert ("pagination" in plain, plain["Invoices"][0]["LineItems"]) == (False, [])
    assert plain["Invoices"][0]["Contact"]["Phones"] == []
    assert len(paged["Invoices"][0]["LineItems"]) == 1
    assert paged["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 1}


def test_a_summary_is_paged_and_leaves_lines_and_payments_out(books: Caller) -> None:
    reply = books.get("Invoices", summaryOnly="true", where='InvoiceNumber=="A-1"').body
    (shown,) = reply["Invoices"]
    assert "pagination" in reply
    assert not shown.keys() & {"LineItems", "Payments", "HasAttachments", "CISDeduction"}
    assert shown["AmountPaid"] == 10


def test_statuses_force_pages(books: Caller) -> None:
    assert "pagination" in books.get("Invoices", Statuses="DRAFT").body
    assert "pagination" in books.get("PurchaseOrders").body
    assert "pagination" not in books.get("Quotes", page="1").body  # paged, and does not say so


@pytest.mark.parametrize(
    ("params", "page", "size", "count"),
    [
        ({"page": "1", "pageSize": "2"}, 1, 2, 2),
        ({"page": "2", "pageSize": "2"}, 2, 2, 1),
        ({"page": "3", "pageSize": "2"}, 3, 2, 0),
        ({"page": "1", "pageSize": "5000"}, 1, 1000, 3),
        ({"page": "1", "pageSize": "0"}, 1, 1, 1),
        ({"page": "0"}, 1, 100, 3),
    ],
)
def test_pages_are_cut_and_their_size_is_clamped(
    books: Caller, params: dict[str, str], page: int, size: int, count: int
) -> None:
    body = books.get("Invoices", **params).body
    assert (body["pagination"]["page"], body["pagination"]["pageSize"]) == (page, size)
    assert (len(body["Invoices"]), body["pagination"]["itemCount"]) == (count, 3)


def test_a_page_that_is_no_number_is_refused(books: Caller) -> None:
    assert books.get("Invoices", page="one").status == 400
    assert books.get("Invoices", unitdp="four").status == 400


def test_lists_without_pages_do_not_mind_being_asked(books: Caller) -> None:
    body = books.get("Accounts", page="2", pageSize="1").body
    assert ("pagination" in body, len(body["Accounts"])) == (False, 21)


def test_the_default_order_is_by_the_last_change(books: Caller) -> None:
    books.change("Invoices", InvoiceNumber="A-2", Reference="touched", Status="DRAFT")
    assert numbers(books, page="1")[-1] == "A-2"


def _since(caller: Caller, moment: datetime) -> list[str]:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    reply = caller.call("GET", "Invoices", headers={"If-Modified-Since": text})
    return [one["InvoiceNumber"] for one in reply.body["Invoices"]]


def test_only_what_changed_since_comes_back(books: Caller) -> None:
    now = datetime.now(UTC)
    assert len(_since(books, now - timedelta(minutes=5))) == 3
    assert _since(books, now + timedelta(minutes=5)) == []


def test_whether_the_very_second_counts_is_a_setting(books: Caller) -> None:
    raw: dict[str, Any] = {"raw": {"Reference": "x"}}
    books.by_hand("Invoice", InvoiceID=books.read("Invoices", "A-1")["InvoiceID"], **raw)
    stored = books.xero.books.one_by("Invoice", "InvoiceNumber", "A-1")
    assert stored is not None
    exact = {**stored, "Updated": 2_000_000_000_000}
    books.xero.books.put("Invoice", exact, quiet=True)
    moment = datetime.fromtimestamp(2_000_000_000, UTC)
    exclusive = _since(books, moment)
    books.settle(modified_since="inclusive")
    assert (exclusive, _since(books, moment)) == ([], ["A-1"])


@pytest.mark.parametrize("text", ["Sun, 22 Nov 2026 00:00:00 GMT", "2026-11-22T00:00:00Z"])
def test_the_moment_may_be_written_as_http_does(books: Caller, text: str) -> None:
    assert books.call("GET", "Invoices", headers={"If-Modified-Since": text}).status == 200


def test_a_moment_that_means_nothing_is_a_failed_precondition(books: Caller) -> None:
    assert books.call("GET", "Invoices", headers={"If-Modified-Since": "soon"}).status == 412


def test_an_address_may_be_written_in_any_case(books: Caller) -> None:
    assert books.get("invoices/A-1").status == 200
    assert books.get("INVOICES", SUMMARYONLY="true").body["pagination"]["itemCount"] == 3


def test_deleted_and_voided_documents_are_listed_too(books: Caller) -> None:
    books.change("Invoices", InvoiceNumber="A-2", Status="DELETED")
    assert len(books.rows("Invoices")) == 3
