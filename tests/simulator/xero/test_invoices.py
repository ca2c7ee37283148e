"""Invoices and bills: what creates, what overwrites, what each status allows, what lines come to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.xero.caller import NO_ID, Caller, a_line, an_invoice


def refused(caller: Caller, contact: str, **fields: object) -> list[str]:
    reply = caller.put("Invoices", an_invoice(contact, **fields))
    assert (reply.status, reply.body.get("ErrorNumber")) == (400, 10), reply.body
    return reply.messages


def priced(caller: Caller, **line: object) -> tuple[Any, ...]:
    """What one line comes to: its amount, its tax, and the total."""
    made = caller.invoice(caller.contact(), LineItems=[a_line(**line)])
    (shown,) = made["LineItems"]
    return shown["LineAmount"], shown["TaxAmount"], made["Total"]


def messages_of_lines(caller: Caller, *lines: dict[str, Any], **fields: object) -> list[str]:
    return refused(caller, caller.contact(), LineItems=list(lines), **fields)


# ---------------------------------------------------------------------- creating, overwriting


def test_put_creates_and_a_sales_number_is_borne_once(xero: Caller) -> None:
    contact = xero.contact()
    made = xero.invoice(contact, InvoiceNumber="B-1")
    assert (made["InvoiceNumber"], made["Status"], made["AmountDue"]) == ("B-1", "AUTHORISED", 100)
    reply = xero.put("Invoices", an_invoice(contact, InvoiceNumber="b-1"))
    assert reply.messages == ["Invoice # must be unique."]
    (element,) = reply.body["Elements"]
    assert (element["InvoiceID"], element["InvoiceNumber"], element["HasErrors"]) == (
        NO_ID,
        "b-1",
        True,
    )


def test_post_with_a_known_number_edits_that_invoice(xero: Caller) -> None:
    contact = xero.contact()
    first = xero.invoice(contact, "10.00", InvoiceNumber="B-1")
    again = xero.change("Invoices", **an_invoice(contact, "20.00", InvoiceNumber="B-1"))
    assert (again["InvoiceID"], again["Total"]) == (first["InvoiceID"], 20)
    assert len(xero.rows("Invoices")) == 1


def test_post_with_an_unknown_number_creates(xero: Caller) -> None:
    made = xero.change("Invoices", **an_invoice(xero.contact(), InvoiceNumber="B-9"))
    assert made["InvoiceNumber"] == "B-9"


def test_numbers_are_given_where_none_is_sent(xero: Caller) -> None:
    contact = xero.contact()
    xero.invoice(contact, InvoiceNumber="INV-0002")
    numbers = [xero.invoice(contact)["InvoiceNumber"] for _ in range(2)]
    assert numbers == ["INV-0001", "INV-0003"]


def test_bills_share_numbers_and_a_post_never_finds_them_by_number(xero: Caller) -> None:
    contact = xero.contact()
    line = a_line(AccountCode="469")
    bills = [
        xero.change(
            "Invoices", **an_invoice(contact, Type="ACCPAY", InvoiceNumber="7", LineItems=[line])
        )
        for _ in range(2)
    ]
    assert bills[0]["InvoiceID"] != bills[1]["InvoiceID"]
    assert xero.invoice(contact, InvoiceNumber="7")


@pytest.mark.parametrize("status", ["VOIDED", "DELETED"])
def test_a_number_of_a_voided_or_deleted_invoice_stays_taken(xero: Caller, status: str) -> None:
    contact = xero.contact()
    born = "DRAFT" if status == "DELETED" else "AUTHORISED"
    made = xero.invoice(contact, InvoiceNumber="B-1", Status=born)
    xero.change("Invoices", InvoiceID=made["InvoiceID"], Status=status)
    assert refused(xero, contact, InvoiceNumber="B-1") == ["Invoice # must be unique."]
    reply = xero.post("Invoices", an_invoice(contact, InvoiceNumber="B-1"))
    assert reply.messages == ["Invoice not of valid status for modification"]
    xero.settle(number_reuse="voided")
    assert xero.invoice(contact, InvoiceNumber="B-1")["InvoiceID"] != made["InvoiceID"]


def test_nobody_chooses_an_id(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), InvoiceID="11111111-2222-4333-8444-555555555555")
    assert made["InvoiceID"] != "11111111-2222-4333-8444-555555555555"


def test_a_body_may_be_wrapped_a_list_or_one_object(xero: Caller) -> None:
    body = an_invoice(xero.contact())
    sent = ({"Invoices": [body]}, [body], body)
    assert [xero.call("PUT", "Invoices", one).status for one in sent] == [200, 200, 200]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Type": None}, "Invoice Type must be specified"),
        ({"Type": "ACCREV"}, "Type 'ACCREV' is not valid"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"Status": "Authorised"}, "Status 'Authorised' is not valid"),
        ({"LineAmountTypes": "EXCLUSIVE"}, "LineAmountTypes 'EXCLUSIVE' is not valid"),
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"DueDate": None}, "The DueDate must be specified"),
        ({"CurrencyCode": "NZD"}, "Users Organisation is not subscribed to currency NZD"),
        ({"Url": "www.example.com"}, "Url must be a valid absolute url"),
        ({"InvoiceNumber": "N" * 256}, "InvoiceNumber is too long. Maximum of 255 characters allowed"),
        ({"LineItems": [a_line(-5)]}, "The document total must be greater than or equal to zero."),
    ],
)  # fmt: skip
def test_an_invoice_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, object], message: str
) -> None:
    assert refused(xero, xero.contact(), **fields) == [message]


def test_a_draft_may_lack_nearly_everything(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), Status="DRAFT", LineItems=[], DueDate=None, Date=None)
    assert (made["Status"], made["Total"], len(made["DateString"])) == ("DRAFT", 0, 19)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "PostDataInvalidException"),
        ({"Invoices": {}}, "PostDataInvalidException"),
        ({"Invoices": []}, "NoDataProcessedException"),
        ({"Type": "ACCREC", "Date": "31/01/2026"}, "PostDataInvalidException"),
        ({"Type": "ACCREC", "Contact": {"ContactID": "x"}}, "PostDataInvalidException"),
        ({"Type": "ACCREC", "LineItems": [a_line(Quantity="two")], "Contact": {"Name": "A"}}, "PostDataInvalidException"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_refuses_the_whole_call(
    xero: Caller, body: object, kind: str
) -> None:
    reply = xero.call("PUT", "Invoices", body, summarizeErrors="false")
    assert (reply.status, reply.body["Type"], "Elements" in reply.body) == (400, kind, False)


def test_numbers_may_be_text_and_nulls_and_unknown_words_are_passed_over(xero: Caller) -> None:
    line = a_line(Quantity="2", UnitAmount="19.99", DiscountRate=None, Nonsense=1)
    made = xero.invoice(xero.contact(), LineItems=[line], AmountDue=1, InvoiceNo="x")
    assert (made["Total"], made["AmountDue"]) == (Decimal("39.98"), Decimal("39.98"))


def test_a_day_with_a_zone_is_moved_to_utc(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), Date="2026-01-31T00:00:00+13:00")
    assert (made["DateString"], made["Date"]) == (
        "2026-01-30T00:00:00",
        "/Date(1769731200000+0000)/",
    )


def test_the_json_must_be_asked_for(xero: Caller) -> None:
    reply = xero.call("GET", "Organisation", headers={"Accept": "*/*"})
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert "<Organisations><Organisation><Name>Harbour Commons LLC</Name>" in reply.body
    bad = xero.call("GET", "Accounts", headers={"Accept": ""}, where="?")
    assert bad.body.startswith("<ApiException><ErrorNumber>16</ErrorNumber>")


# ---------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"Quantity": 3, "amount": "0.125"}, ("0.39", "0", "0.39")),  # the unit is 0.13
        ({"Quantity": "1.5", "amount": "0.13"}, ("0.20", "0", "0.20")),
        ({"amount": "25.06", "TaxType": "OUTPUT2"}, ("25.06", "3.76", "28.82")),
        ({"amount": "100", "DiscountRate": "12.5"}, ("87.50", "0", "87.50")),
        ({"amount": "100", "DiscountAmount": "33.33"}, ("66.67", "0", "66.67")),
        ({"amount": "100", "LineAmount": "100.00"}, ("100.00", "0", "100.00")),
        ({"amount": "100", "TaxType": "OUTPUT", "TaxAmount": "5.01"}, ("100.00", "5.01", "105.01")),
    ],
)
def test_a_line_comes_to_what_xero_makes_of_it(
    xero: Caller, line: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert priced(xero, **line) == tuple(Decimal(one) for one in expected)


def test_the_rounding_of_quantity_times_price_can_be_the_other(xero: Caller) -> None:
    xero.settle(line_rounding="half_even")
    assert priced(xero, Quantity="0.5", amount="0.25")[0] == Decimal("0.12")


def test_tax_is_rounded_line_by_line(xero: Caller) -> None:
    lines = [a_line(amount, TaxType="OUTPUT2") for amount in ("25.06", "25.61", "25.63")]
    made = xero.invoice(xero.contact(), LineItems=lines)
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (
        Decimal("76.30"), Decimal("11.44"), Decimal("87.74"),
    )  # fmt: skip


def test_inclusive_lines_hold_their_tax(xero: Caller) -> None:
    line = a_line("115.00", TaxType="OUTPUT2")
    made = xero.invoice(xero.contact(), LineItems=[line], LineAmountTypes="Inclusive")
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (100, 15, 115)
    assert made["LineItems"][0]["LineAmount"] == 115


def test_without_tax_every_line_is_tax_free(xero: Caller) -> None:
    line = a_line("115.00", TaxType="OUTPUT2")
    made = xero.invoice(xero.contact(), LineItems=[line], LineAmountTypes="NoTax")
    assert (made["Total"], made["LineItems"][0]["TaxType"]) == (115, "NONE")


def test_four_decimals_of_a_unit_amount_must_be_asked_for(xero: Caller) -> None:
    body = an_invoice(xero.contact(), LineItems=[a_line("0.0149", Quantity=1000)])
    totals = [
        xero.put("Invoices", body, **more).body["Invoices"][0]["Total"]
        for more in ({}, {"unitdp": "4"})
    ]
    assert totals == [Decimal("10.00"), Decimal("14.90")]
    key = xero.rows("Invoices")[1]["InvoiceID"]
    shown = [
        xero.read("Invoices", key, **more)["LineItems"][0]["UnitAmount"]
        for more in ({}, {"unitdp": "4"})
    ]
    assert shown == [Decimal("0.01"), Decimal("0.0149")]


def test_an_item_fills_what_a_line_leaves_out(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), LineItems=[{"ItemCode": "daypass", "Quantity": 2}])
    (line,) = made["LineItems"]
    wanted = ("ItemCode", "Description", "AccountCode", "TaxType", "LineAmount", "TaxAmount")
    assert [line[name] for name in wanted] == [
        "DAYPASS",
        "Day pass",
        "210",
        "OUTPUT",
        70,
        Decimal("3.50"),
    ]


def test_a_line_may_be_words_alone(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), LineItems=[a_line(), {"Description": "Thank you"}])
    assert (made["Total"], made["LineItems"][1]["Description"]) == (100, "Thank you")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"AccountCode": "999"}, "Account code '999' is not a valid code for this document"),
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document"),
        ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document"),
        ({"AccountCode": None}, "Account code must be specified"),
        ({"Description": None}, "Description must be specified"),
        ({"Description": "x" * 4001}, "Description is too long. Maximum of 4000 characters allowed"),
        ({"ItemCode": "NONE"}, "Item code 'NONE' is not valid"),
        ({"TaxType": "OUTPUT9"}, "The TaxType code OUTPUT9 does not exist or cannot be used for this type of transaction."),
        ({"TaxType": "INPUT"}, "The TaxType code INPUT does not exist or cannot be used for this type of transaction."),
        ({"LineAmount": "99.99"}, "The line total 99.99 does not match the expected line total 100.00"),
        ({"DiscountRate": 101}, "The discount rate '101.00' is invalid. Discount must not be greater than the line total."),
        ({"DiscountAmount": "100.01"}, "The discount rate '100.01' is invalid. Discount must not be greater than the line total."),
        ({"DiscountAmount": 1, "DiscountRate": 1}, "Only one of DiscountRate and DiscountAmount may be specified"),
        ({"Quantity": "1234567890.1234"}, "Quantity is too long. Maximum of 13 characters allowed"),
        ({"Quantity": 9_999_999, "UnitAmount": 9_999_999}, "The line total is too large"),
        ({"TaxType": "OUTPUT", "TaxAmount": "100.01"}, "The tax amount can not be greater than the line total"),
    ],
)  # fmt: skip
def test_a_line_that_breaks_a_rule_is_refused(
    xero: Caller, line: dict[str, object], message: str
) -> None:
    assert messages_of_lines(xero, a_line(**line)) == [message]


def test_a_tax_rate_must_suit_the_account(xero: Caller) -> None:
    xero.by_hand(
        "TaxRate", TaxType="SALES", Name="Sales", EffectiveRate=5, CanApplyToExpenses=False
    )
    assert messages_of_lines(xero, a_line(TaxType="SALES", AccountCode="469")) == [
        "The TaxType code 'SALES' cannot be used with account code '469'."
    ]


def test_the_faults_of_all_lines_come_together(xero: Caller) -> None:
    lines = (a_line(AccountCode="999"), a_line(TaxType="OUTPUT9"))
    assert len(messages_of_lines(xero, *lines)) == 2


def test_bills_have_no_discounts(xero: Caller) -> None:
    assert messages_of_lines(xero, a_line(AccountCode="469", DiscountRate=10), Type="ACCPAY") == [
        "Discounts can not be used on this type of document"
    ]


def test_on_a_draft_an_unknown_account_is_dropped_with_a_warning(xero: Caller) -> None:
    body = an_invoice(xero.contact(), Status="DRAFT", LineItems=[a_line(AccountCode="999")])
    (made,) = xero.put("Invoices", body, summarizeErrors="false").body["Invoices"]
    assert (made["StatusAttributeString"], made["Warnings"]) == (
        "WARNING",
        [
            {
                "Message": "Account code '999' has been removed as it does not match a recognised account."
            }
        ],
    )
    assert "AccountCode" not in made["LineItems"][0]


def test_currencies_bring_the_rate_of_the_day_unless_one_is_sent(xero: Caller) -> None:
    contact = xero.contact()
    rates = [
        xero.invoice(contact, CurrencyCode="CAD", **more)["CurrencyRate"]
        for more in ({}, {"CurrencyRate": "1.4"})
    ]
    assert rates == [Decimal("1.36"), Decimal("1.4")]


# ---------------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("old", "new", "is_legal"),
    [
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("SUBMITTED", "DRAFT", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("SUBMITTED", "DELETED", True),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DRAFT", False),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "PAID", False),
        ("VOIDED", "AUTHORISED", False),
        ("VOIDED", "VOIDED", False),
        ("DELETED", "DRAFT", False),
    ],
)
def test_statuses_move_as_xero_says(xero: Caller, old: str, new: str, is_legal: bool) -> None:
    born = {"VOIDED": "AUTHORISED", "DELETED": "DRAFT"}.get(old, old)
    key = xero.invoice(xero.contact(), Status=born)["InvoiceID"]
    if born != old:
        xero.change("Invoices", InvoiceID=key, Status=old)
    reply = xero.post("Invoices", {"InvoiceID": key, "Status": new})
    if is_legal:
        assert reply.body["Invoices"][0]["Status"] == new
    else:
        assert reply.messages == ["Invoice not of valid status for modification"]


def test_a_status_alone_leaves_the_lines_as_they_are(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), "10.00", "20.00", Status="DRAFT")
    done = xero.change("Invoices", InvoiceID=made["InvoiceID"], Status="AUTHORISED")
    assert (done["Total"], [one["LineItemID"] for one in done["LineItems"]]) == (
        30, [one["LineItemID"] for one in made["LineItems"]],
    )  # fmt: skip


def test_a_draft_that_is_not_complete_cannot_be_approved(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), Status="DRAFT", LineItems=[a_line(AccountCode=None)])
    reply = xero.post("Invoices", {"InvoiceID": made["InvoiceID"], "Status": "AUTHORISED"})
    assert reply.messages == ["Account code must be specified"]


def test_an_invoice_of_nothing_is_paid_at_once(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), "10.00", "-10.00")
    assert (made["Status"], made["AmountDue"]) == ("PAID", 0)


def test_a_voided_invoice_owes_nothing_and_keeps_its_total(xero: Caller) -> None:
    made = xero.invoice(xero.contact())
    xero.call("POST", f"Invoices/{made['InvoiceNumber']}", {"Status": "VOIDED"})
    shown = xero.read("Invoices", made["InvoiceID"])
    assert (shown["Status"], shown["AmountDue"], shown["Total"]) == ("VOIDED", 0, 100)


def test_an_address_by_number_or_id_must_exist(xero: Caller) -> None:
    assert xero.call("POST", "Invoices/B-404", {"Status": "VOIDED"}).status == 404
    reply = xero.post("Invoices", {"InvoiceID": NO_ID, "Status": "VOIDED"})
    assert reply.messages == ["The invoice with the supplied InvoiceID could not be found."]


# ---------------------------------------------------------------------- changing


def test_lines_are_changed_by_id_added_without_and_deleted_when_left_out(xero: Caller) -> None:
    made = xero.invoice(xero.contact(), "10.00", "20.00")
    first, _second = made["LineItems"]
    lines = [{"LineItemID": first["LineItemID"], "UnitAmount": "11.00"}, a_line("5.00")]
    done = xero.change("Invoices", InvoiceID=made["InvoiceID"], LineItems=lines)
    assert [one["LineAmount"] for one in done["LineItems"]] == [11, 5]
    assert done["LineItems"][0]["LineItemID"] == first["LineItemID"]


def test_a_paid_invoice_changes_in_a_few_things_only(xero: Caller) -> None:
    contact = xero.contact()
    made = xero.invoice(contact)
    key = made["InvoiceID"]
    xero.pay(made, "100.00")
    done = xero.change(
        "Invoices", InvoiceID=key, Reference="R", DueDate="2026-03-31", Url="https://a.example/1"
    )
    assert (done["Reference"], done["DueDateString"], done["Status"]) == (
        "R", "2026-03-31T00:00:00", "PAID",
    )  # fmt: skip
    words = [{**made["LineItems"][0], "Description": "Other", "AccountCode": "205"}]
    changed = xero.change("Invoices", InvoiceID=key, LineItems=words)["LineItems"][0]
    assert (changed["Description"], changed["AccountCode"]) == ("Other", "205")
    settled = "This document cannot be edited as it has a payment or credit note allocated to it."
    for fields in (
        {"Date": "2026-02-01"},
        {"CurrencyCode": "CAD"},
        {"LineItems": [a_line("100.00")]},
        {"LineItems": [{**made["LineItems"][0], "UnitAmount": "99.00", "LineAmount": None}]},
    ):
        assert xero.post("Invoices", {"InvoiceID": key, **fields}).messages == [settled]


def test_a_due_date_on_a_part_paid_invoice_does_not_move_its_update_time(xero: Caller) -> None:
    made = xero.invoice(xero.contact())
    xero.pay(made, "10.00")
    before = xero.read("Invoices", made["InvoiceID"])["UpdatedDateUTC"]
    done = xero.change("Invoices", InvoiceID=made["InvoiceID"], DueDate="2026-04-30")
    assert (done["UpdatedDateUTC"], done["DueDateString"]) == (before, "2026-04-30T00:00:00")


def test_a_locked_invoice_can_be_neither_changed_nor_voided(xero: Caller) -> None:
    made = xero.invoice(xero.contact())
    xero.by_hand("Organisation", period_lock_date="2026-01-31")
    for fields in ({"Status": "VOIDED"}, {"Reference": "R"}):
        reply = xero.post("Invoices", {"InvoiceID": made["InvoiceID"], **fields})
        assert reply.messages == [
            "The document date cannot be before the period lock date, currently set at 2026-01-31"
        ]


# ---------------------------------------------------------------------- mail, notes, links


def test_an_approved_invoice_is_mailed_unless_the_organisation_is_a_demo(xero: Caller) -> None:
    made = xero.invoice(xero.contact(EmailAddress="a@example.com"))
    path = f"Invoices/{made['InvoiceID']}/Email"
    assert xero.call("POST", path).messages == [
        "The daily email limit of the organisation has been reached."
    ]
    xero.by_hand("Organisation", demo=False)
    assert xero.call("POST", path).status == 204
    assert xero.read("Invoices", made["InvoiceID"])["SentToContact"] is True
    assert xero.http.get("/simulator/mails").json() == {
        "mails": [{"kind": "Invoice", "number": "INV-0001", "address": "a@example.com"}]
    }


def test_drafts_and_contacts_without_an_address_get_no_mail(xero: Caller) -> None:
    xero.settle(mails_a_day="5")
    draft = xero.invoice(xero.contact(EmailAddress="a@example.com"), Status="DRAFT")
    silent = xero.invoice(xero.contact("Silent"))
    refusals = [
        xero.call("POST", f"Invoices/{one['InvoiceID']}/Email").messages for one in (draft, silent)
    ]
    assert refusals == [
        ["Only approved sales invoices can be emailed."],
        ["The contact of the invoice has no email address."],
    ]


def test_the_sent_mark_is_for_approved_invoices(xero: Caller) -> None:
    contact = xero.contact()
    marks = [
        xero.invoice(contact, Status=one, SentToContact=True)["SentToContact"]
        for one in ("DRAFT", "AUTHORISED")
    ]
    assert marks == [False, True]


def test_an_invoice_has_a_link_for_the_customer(xero: Caller) -> None:
    key = xero.invoice(xero.contact())["InvoiceID"]
    (link,) = xero.get(f"Invoices/{key}/OnlineInvoice").body["OnlineInvoices"]
    assert link["OnlineInvoiceUrl"].startswith("https://in.xero.com/")
