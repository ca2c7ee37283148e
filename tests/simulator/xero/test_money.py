"""Payments, credit notes, allocations, overpayments and transfers: who owes what afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.xero.caller import (
    NO_ID,
    Caller,
    a_credit_note,
    a_line,
    a_payment,
)


def due(caller: Caller, invoice: dict[str, Any]) -> tuple[Any, ...]:
    """What an invoice shows of its settling."""
    shown = caller.read("Invoices", invoice["InvoiceID"])
    return shown["Status"], shown["AmountDue"], shown["AmountPaid"], shown["AmountCredited"]


def refused(caller: Caller, plural: str, **fields: object) -> list[str]:
    reply = caller.put(plural, fields)
    assert reply.status == 400, reply.body
    return reply.messages


def allocate(caller: Caller, source: str, invoice: dict[str, Any], amount: object) -> Any:
    body = {"Amount": Decimal(str(amount)), "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    return caller.call("PUT", f"{source}/Allocations", {"Allocations": [body]})


def balance(caller: Caller, name: str) -> Any:
    return Decimal(str(caller.http.get("/simulator/balances").json().get(name, 0)))


# ---------------------------------------------------------------------- payments


def test_a_payment_brings_an_invoice_down_and_the_last_one_makes_it_paid(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact())
    first = xero.pay(invoice, "40.00", Reference="acctsync:1")
    assert due(xero, invoice) == ("AUTHORISED", 60, 40, 0)
    xero.pay(invoice, "60.00", Date="2026-02-12")
    shown = xero.read("Invoices", invoice["InvoiceID"])
    assert (shown["Status"], shown["FullyPaidOnDate"]) == ("PAID", "/Date(1770854400000+0000)/")
    assert next((one["PaymentID"], one["Amount"]) for one in shown["Payments"]) == (
        first["PaymentID"],
        40,
    )
    assert (first["PaymentType"], first["Status"], first["Reference"]) == (
        "ACCRECPAYMENT", "AUTHORISED", "acctsync:1",
    )  # fmt: skip
    assert (balance(xero, "Checking"), balance(xero, "Accounts Receivable")) == (100, 0)


def test_a_payment_may_name_its_invoice_by_number_and_its_account_by_id(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact(), InvoiceNumber="B-1")
    for number in (
        {"Invoice": {"InvoiceNumber": "B-1"}},
        {"Invoice": None, "InvoiceNumber": "B-1"},
    ):
        account = {"AccountID": xero.account("091")}
        xero.pay(invoice, "10.00", **{"Account": account, **number})
    assert due(xero, invoice)[1] == 80


def test_a_payment_into_an_account_that_takes_payments_is_fine(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact())
    for code in ("090", "092", "855"):
        xero.pay(invoice, "10.00", Account={"Code": code})
    assert due(xero, invoice)[1] == 70


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Amount": "100.01"}, "Payment amount exceeds the amount outstanding on this document"),
        ({"Amount": 0}, "The payment amount must be greater than zero"),
        ({"Account": None}, "You must specify and Account code or Account ID for the payment"),
        ({"Account": {"Code": "200"}}, "Account code '200' is not a valid code for this document"),
        ({"Account": {"Code": "999"}}, "Account code '999' is not a valid code for this document"),
        ({"Invoice": {"InvoiceID": NO_ID}}, "Invoice could not be found"),
        (
            {"CreditNote": {"CreditNoteID": NO_ID}},
            "Exactly one of Invoice, CreditNote, Prepayment and Overpayment must be specified for the payment",
        ),
    ],
)  # fmt: skip
def test_a_payment_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, object], message: str
) -> None:
    invoice = xero.invoice(xero.contact())
    assert refused(xero, "Payments", **a_payment(invoice, 1, **fields)) == [message]
    assert due(xero, invoice)[1] == 100


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_only_approved_documents_are_paid(xero: Caller, status: str) -> None:
    invoice = xero.invoice(xero.contact(), Status=status)
    assert refused(xero, "Payments", **a_payment(invoice, 1)) == [
        "Payments can only be made against Authorised documents"
    ]


def test_a_refused_payment_comes_with_an_id_that_leads_nowhere(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact())
    reply = xero.put("Payments", a_payment(invoice, 101), summarizeErrors="false")
    (element,) = reply.body["Payments"]
    assert (reply.status, element["HasValidationErrors"]) == (200, True)
    assert "StatusAttributeString" not in element
    assert element["PaymentID"] != NO_ID
    assert xero.get(f"Payments/{element['PaymentID']}").status == 404


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_payment_is_deleted_by_its_status_and_stays_listed(xero: Caller, wrapped: bool) -> None:
    invoice = xero.invoice(xero.contact())
    payment = xero.pay(invoice, "100.00")
    body: dict[str, Any] = {"Status": "DELETED"}
    path = f"Payments/{payment['PaymentID']}"
    reply = xero.call("POST", path, {"Payments": [body]} if wrapped else body)
    assert reply.body["Payments"][0]["Status"] == "DELETED"
    assert due(xero, invoice) == ("AUTHORISED", 100, 0, 0)
    assert [one["Status"] for one in xero.rows("Payments")] == ["DELETED"]
    assert xero.call("POST", path, body).messages == [
        "Payment not of valid status for modification"
    ]


def test_nothing_else_about_a_payment_changes(xero: Caller) -> None:
    payment = xero.pay(xero.invoice(xero.contact()), "100.00")
    reply = xero.call("POST", f"Payments/{payment['PaymentID']}", {"Amount": 1})
    assert reply.messages == ["Payments can not be changed, only deleted"]


def test_a_reconciled_payment_is_not_deleted(xero: Caller) -> None:
    payment = xero.pay(xero.invoice(xero.contact()), "100.00", IsReconciled=True)
    path = f"Payments/{payment['PaymentID']}"
    assert xero.call("POST", path, {"Status": "DELETED"}).status == 400
    xero.settle(delete_reconciled=True)
    assert xero.call("POST", path, {"Status": "DELETED"}).status == 200


def test_a_paid_invoice_is_not_voided(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact())
    xero.pay(invoice, "1.00")
    reply = xero.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"})
    assert reply.messages == [
        (
            "The status VOIDED cannot be applied to the invoice because it has payments or credit "
            "notes allocated to it."
        )
    ]


def test_a_bill_is_paid_out_of_the_bank(xero: Caller) -> None:
    line = a_line("50.00", AccountCode="469")
    bill = xero.invoice(xero.contact(), Type="ACCPAY", LineItems=[line])
    assert xero.pay(bill, "50.00")["PaymentType"] == "ACCPAYPAYMENT"
    assert (balance(xero, "Checking"), balance(xero, "Rent")) == (-50, 50)


def test_a_payment_in_another_currency_reaches_the_bank_at_its_rate(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact(), CurrencyCode="CAD", CurrencyRate="1.25")
    payment = xero.pay(invoice, "100.00")
    assert (payment["Amount"], payment["BankAmount"], payment["CurrencyRate"]) == (
        100, 80, Decimal("1.25"),
    )  # fmt: skip


def test_a_locked_day_takes_no_payment(xero: Caller) -> None:
    invoice = xero.invoice(xero.contact())
    xero.by_hand("Organisation", period_lock_date="2026-02-10")
    assert refused(xero, "Payments", **a_payment(invoice, 1)) == [
        "The document date cannot be before the period lock date, currently set at 2026-02-10"
    ]


# ---------------------------------------------------------------------- credit notes


def test_a_credit_note_is_set_off_and_taken_back(xero: Caller) -> None:
    contact = xero.contact()
    invoice = xero.invoice(contact)
    note = xero.create("CreditNotes", **a_credit_note(contact, "30.00"))
    assert (note["CreditNoteNumber"], note["RemainingCredit"]) == ("CN-0001", 30)
    source = f"CreditNotes/{note['CreditNoteID']}"
    (done,) = allocate(xero, source, invoice, "30.00").body["Allocations"]
    # Whatever day was sent: it is the later of the two documents'.
    assert (done["Amount"], done["Date"]) == (30, "/Date(1769990400000+0000)/")
    assert due(xero, invoice) == ("AUTHORISED", 70, 0, 30)
    shown = xero.read("CreditNotes", "CN-0001")
    assert (shown["Status"], shown["RemainingCredit"]) == ("PAID", 0)
    assert [one["Amount"] for one in shown["Allocations"]] == [30]
    credit = xero.read("Invoices", invoice["InvoiceID"])["CreditNotes"][0]
    assert (credit["CreditNoteNumber"], credit["AppliedAmount"]) == ("CN-0001", 30)
    assert xero.rows("Payments") == []
    undone = xero.call("DELETE", f"{source}/Allocations/{done['AllocationID']}").body
    assert (undone["AllocationId"], undone["IsDeleted"]) == (done["AllocationID"], True)
    assert due(xero, invoice) == ("AUTHORISED", 100, 0, 0)
    assert xero.read("CreditNotes", "CN-0001")["Status"] == "AUTHORISED"
    again = xero.call("DELETE", f"{source}/Allocations/{done['AllocationID']}")
    assert again.status == 404


def test_a_credit_note_is_paid_out(xero: Caller) -> None:
    note = xero.create("CreditNotes", **a_credit_note(xero.contact(), "30.00"))
    body = a_payment({"InvoiceID": None}, "30.00", Invoice=None)
    key = {"CreditNoteID": note["CreditNoteID"]}
    payment = xero.create("Payments", **{**body, "CreditNote": key, "Reference": "re_1"})
    assert payment["PaymentType"] == "ARCREDITPAYMENT"
    # On reading it stands under Invoice, with the credit note's id.
    assert (payment["Invoice"]["InvoiceID"], payment["Invoice"]["Type"], payment["Invoice"]["InvoiceNumber"]) == (
        note["CreditNoteID"], "ACCRECCREDIT", "CN-0001",
    )  # fmt: skip
    assert (xero.read("CreditNotes", "CN-0001")["Status"], balance(xero, "Checking")) == (
        "PAID",
        -30,
    )


@pytest.mark.parametrize("how", ["allocated", "paid"])
def test_a_used_credit_note_is_neither_voided_nor_changed(xero: Caller, how: str) -> None:
    contact = xero.contact()
    note = xero.create("CreditNotes", **a_credit_note(contact, "30.00"))
    if how == "allocated":
        allocate(xero, f"CreditNotes/{note['CreditNoteID']}", xero.invoice(contact), "10.00")
    else:
        body = a_payment({"InvoiceID": None}, "10.00", Invoice=None)
        xero.create("Payments", **body, CreditNote={"CreditNoteID": note["CreditNoteID"]})
    key = {"CreditNoteID": note["CreditNoteID"]}
    assert xero.post("CreditNotes", {**key, "Status": "VOIDED"}).status == 400
    assert xero.post("CreditNotes", {**key, "Date": "2026-02-03"}).messages == [
        "This document cannot be edited as it has a payment or credit note allocated to it."
    ]


def test_an_unused_credit_note_is_voided(xero: Caller) -> None:
    note = xero.create("CreditNotes", **a_credit_note(xero.contact()))
    done = xero.change("CreditNotes", CreditNoteID=note["CreditNoteID"], Status="VOIDED")
    assert (done["Status"], done["RemainingCredit"]) == ("VOIDED", 0)


def test_credit_notes_have_numbers_of_their_own(xero: Caller) -> None:
    contact = xero.contact()
    xero.invoice(contact, InvoiceNumber="7")
    note = xero.create("CreditNotes", **a_credit_note(contact, CreditNoteNumber="7"))
    assert refused(xero, "CreditNotes", **a_credit_note(contact, CreditNoteNumber="7")) == [
        "Credit Note # must be unique."
    ]
    changed = xero.change("CreditNotes", **a_credit_note(contact, "5.00", CreditNoteNumber="7"))
    assert (changed["CreditNoteID"], changed["Total"]) == (note["CreditNoteID"], 5)


def test_an_allocation_must_fit_both_documents(xero: Caller) -> None:
    contact = xero.contact()
    invoice, small = xero.invoice(contact), xero.invoice(contact, "10.00")
    foreign = xero.invoice(xero.contact("Other"))
    draft = xero.invoice(contact, Status="DRAFT")
    bill = xero.invoice(contact, Type="ACCPAY", LineItems=[a_line(AccountCode="469")])
    paid = xero.invoice(contact, "10.00")
    xero.pay(paid, "10.00")
    note = xero.create("CreditNotes", **a_credit_note(contact, "30.00"))
    source = f"CreditNotes/{note['CreditNoteID']}"
    too_much = "Credit Note cannot be allocated as amount is greater than amount outstanding"
    assert [
        allocate(xero, source, one, amount).messages
        for one, amount in (
            (invoice, "30.01"), (small, "10.01"), (foreign, 1), (draft, 1), (bill, 1), (paid, 1), (invoice, 0),
        )
    ] == [
        [too_much],
        [too_much],
        ["Credit Note cannot be allocated to an invoice of another contact"],
        ["Allocations can only be made against Authorised documents"],
        ["Credit Note cannot be allocated to an incorrect invoice type"],
        ["The invoice you are trying to allocate to has already been paid off", too_much],
        ["The allocation amount must be greater than zero"],
    ]  # fmt: skip


def test_a_draft_credit_note_is_not_allocated(xero: Caller) -> None:
    contact = xero.contact()
    note = xero.create("CreditNotes", **a_credit_note(contact, Status="DRAFT"))
    reply = allocate(xero, f"CreditNotes/{note['CreditNoteID']}", xero.invoice(contact), 1)
    assert reply.messages == ["Credit Note must be Authorised to be allocated"]


def test_credit_notes_have_no_discounts(xero: Caller) -> None:
    lines = [a_line(DiscountRate=10)]
    assert refused(xero, "CreditNotes", **a_credit_note(xero.contact(), LineItems=lines)) == [
        "Discounts can not be used on this type of document"
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Type": "ACCREC"}, "Type 'ACCREC' is not valid"),
        ({"Type": None}, "Credit Note Type must be specified"),
        ({"Status": "PAID"}, "Credit Note not of valid status for creation"),
        (
            {"CreditNoteID": NO_ID},
            "An existing Credit Note with the specified CreditNoteID could not be found",
        ),
    ],
)
def test_a_credit_note_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, object], message: str
) -> None:
    assert refused(xero, "CreditNotes", **a_credit_note(xero.contact(), **fields)) == [message]


# ---------------------------------------------------------------------- over- and prepayments


def received(
    caller: Caller, kind: str, amount: object = "50.00", **fields: object
) -> dict[str, Any]:
    """Record money that came in."""
    line = {"Description": "Paid too much", "UnitAmount": Decimal(str(amount)), **fields}
    return caller.create(
        "BankTransactions",
        Type=f"RECEIVE-{kind}",
        Contact={"Name": "Acme"},
        BankAccount={"Code": "090"},
        Date="2026-02-10",
        LineItems=[line],
    )


def test_an_overpayment_is_made_at_the_bank_allocated_and_refunded(xero: Caller) -> None:
    contact = xero.contact("Acme")
    made = received(xero, "OVERPAYMENT")
    key = made["OverpaymentID"]
    assert (made["Total"], made["LineAmountTypes"]) == (50, "NoTax")
    invoice = xero.invoice(contact)
    assert allocate(xero, f"Overpayments/{key}", invoice, "20.00").status == 200
    assert due(xero, invoice) == ("AUTHORISED", 80, 0, 20)
    body = a_payment({"InvoiceID": None}, "30.00", Invoice=None)
    payment = xero.create("Payments", **body, Overpayment={"OverpaymentID": key})
    assert payment["PaymentType"] == "AROVERPAYMENTPAYMENT"
    shown = xero.read("Overpayments", key)
    assert (shown["Status"], shown["RemainingCredit"], shown["Type"]) == (
        "PAID",
        0,
        "RECEIVE-OVERPAYMENT",
    )
    assert (balance(xero, "Checking"), balance(xero, "Accounts Receivable")) == (20, 80)
    used = xero.post(
        "BankTransactions", {"BankTransactionID": made["BankTransactionID"], "Status": "DELETED"}
    )
    assert used.status == 400


def test_a_prepayment_stands_in_the_account_of_its_line(xero: Caller) -> None:
    xero.contact("Acme")
    made = received(xero, "PREPAYMENT", AccountCode="835", TaxType="NONE")
    shown = xero.read("Prepayments", made["PrepaymentID"])
    assert (shown["RemainingCredit"], balance(xero, "Revenue Received in Advance")) == (50, -50)
    assert [one["PrepaymentID"] for one in xero.rows("Prepayments", page="1")] == [
        made["PrepaymentID"]
    ]


def test_an_unused_overpayment_goes_with_its_bank_transaction(xero: Caller) -> None:
    made = received(xero, "OVERPAYMENT")
    key = made["BankTransactionID"]
    assert (
        xero.change("BankTransactions", BankTransactionID=key, Status="DELETED")["Status"]
        == "DELETED"
    )
    assert xero.read("Overpayments", made["OverpaymentID"])["Status"] == "VOIDED"
    reply = xero.post("BankTransactions", {"BankTransactionID": key, "Reference": "x"})
    assert reply.messages == ["BankTransaction not of valid status for modification"]


def test_money_spent_posts_to_the_accounts_of_its_lines(xero: Caller) -> None:
    made = xero.create(
        "BankTransactions",
        Type="SPEND",
        Contact={"Name": "Stripe"},
        BankAccount={"Code": "091"},
        LineItems=[a_line("2.90", AccountCode="404", Description="Fee")],
    )
    changed = xero.change(
        "BankTransactions", BankTransactionID=made["BankTransactionID"], Reference="f-1"
    )
    assert (changed["Reference"], changed["Total"]) == ("f-1", Decimal("2.90"))
    assert (balance(xero, "Stripe Clearing"), balance(xero, "Merchant Account Fees")) == (
        Decimal("-2.9"), Decimal("2.9"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Type": None}, "BankTransaction Type must be specified"),
        ({"BankAccount": {"Code": "200"}}, "Bank Account must be valid."),
        ({"LineItems": [a_line(0)]}, "The document total must be greater than zero."),
        ({"LineItems": []}, "One or more line items must be specified"),
    ],
)
def test_a_bank_transaction_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, object], message: str
) -> None:
    body = {
        "Type": "RECEIVE",
        "Contact": {"Name": "Acme"},
        "BankAccount": {"Code": "090"},
        "LineItems": [a_line()],
        **fields,
    }
    assert refused(xero, "BankTransactions", **body) == [message]


# ---------------------------------------------------------------------- transfers


def a_transfer(**fields: object) -> dict[str, Any]:
    accounts = {"FromBankAccount": {"Code": "091"}, "ToBankAccount": {"Name": "Checking"}}
    return {**accounts, "Amount": "97.10", "Date": "2026-02-12", "Reference": "po_1", **fields}


def test_a_transfer_moves_money_between_banks_until_it_is_deleted(xero: Caller) -> None:
    made = xero.create("BankTransfers", **a_transfer())
    assert (made["ToBankAccount"]["Name"], made["Amount"], made["Status"]) == (
        "Checking", Decimal("97.10"), "AUTHORISED",
    )  # fmt: skip
    assert (balance(xero, "Stripe Clearing"), balance(xero, "Checking")) == (
        Decimal("-97.1"), Decimal("97.1"),
    )  # fmt: skip
    body = {"BankTransferID": made["BankTransferID"], "Status": "DELETED"}
    assert xero.change("BankTransfers", **body)["Status"] == "DELETED"
    assert xero.post("BankTransfers", body).messages == [
        "BankTransfer not of valid status for modification"
    ]
    assert balance(xero, "Checking") == 0
    assert xero.rows("BankTransfers") == []
    assert len(xero.rows("BankTransfers", includeDeleted="true")) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ToBankAccount": {"Code": "200"}}, "Bank Account must be valid."),
        ({"ToBankAccount": {"Code": "091"}}, "The bank accounts must not be the same."),
        ({"Amount": 0}, "The transfer amount must be greater than zero."),
    ],
)
def test_a_transfer_that_breaks_a_rule_is_refused(
    xero: Caller, fields: dict[str, object], message: str
) -> None:
    assert refused(xero, "BankTransfers", **a_transfer(**fields)) == [message]


# ---------------------------------------------------------------------- quotes and orders


def a_quote(contact: str, **fields: object) -> dict[str, Any]:
    return {
        "QuoteNumber": "QU-1",
        "Contact": {"ContactID": contact},
        "Date": "2026-01-31",
        "LineItems": [a_line()],
        **fields,
    }


def test_an_update_of_a_quote_clears_what_it_does_not_say(xero: Caller) -> None:
    contact = xero.contact()
    words = {"Title": "Desks", "Summary": "For you", "Terms": "30 days"}
    made = xero.create("Quotes", **a_quote(contact, LineAmountTypes="INCLUSIVE", **words))
    assert (made["LineAmountTypes"], made["Title"], made["Status"]) == (
        "INCLUSIVE",
        "Desks",
        "DRAFT",
    )
    changed = xero.change("Quotes", **a_quote(contact, Title="Offices"))
    assert changed["QuoteID"] == made["QuoteID"]
    assert [changed[name] for name in ("Title", "Summary", "Terms", "LineAmountTypes")] == [
        "Offices", "", "", "EXCLUSIVE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("moves", "is_legal"),
    [
        (["SENT", "ACCEPTED", "INVOICED"], True),
        (["SENT", "DECLINED"], True),
        (["DELETED"], True),
        (["DECLINED"], False),
        (["SENT", "ACCEPTED", "DECLINED"], False),
    ],
)
def test_quotes_move_as_a_live_organisation_let_them(
    xero: Caller, moves: list[str], is_legal: bool
) -> None:
    contact = xero.contact()
    xero.create("Quotes", **a_quote(contact))
    replies = [xero.post("Quotes", a_quote(contact, Status=one)) for one in moves]
    assert (replies[-1].status == 200) is is_legal


def test_a_quote_needs_contact_date_and_lines_and_a_number_of_its_own(xero: Caller) -> None:
    contact = xero.contact()
    assert refused(xero, "Quotes", Title="x") == [
        "Contact must be specified",
        "Date must be specified",
        "One or more line items must be specified",
    ]
    xero.create("Quotes", **a_quote(contact))
    assert refused(xero, "Quotes", **a_quote(contact)) == ["Quote Number must be unique"]
    assert refused(xero, "Quotes", **a_quote(contact, LineAmountTypes="Exclusive")) == [
        "LineAmountTypes 'Exclusive' is not valid"
    ]


def an_order(contact: str, **fields: object) -> dict[str, Any]:
    line = a_line("0.0125", Quantity=1000, AccountCode="310")
    return {
        "PurchaseOrderNumber": "PO-1",
        "Contact": {"ContactID": contact},
        "Date": "2026-01-31",
        "Status": "AUTHORISED",
        "LineItems": [line],
        **fields,
    }


def test_a_purchase_order_keeps_four_decimals_and_ends_deleted(xero: Caller) -> None:
    contact = xero.contact()
    made = xero.create("PurchaseOrders", **an_order(contact))
    assert (made["Total"], made["LineItems"][0]["UnitAmount"]) == (
        Decimal("12.50"),
        Decimal("0.0125"),
    )
    assert xero.read("PurchaseOrders", "PO-1")["PurchaseOrderID"] == made["PurchaseOrderID"]
    assert refused(xero, "PurchaseOrders", **an_order(contact)) == ["Order number must be unique"]
    gone = xero.change("PurchaseOrders", PurchaseOrderID=made["PurchaseOrderID"], Status="DELETED")
    assert gone["Status"] == "DELETED"


def test_a_purchase_order_never_makes_a_contact(xero: Caller) -> None:
    assert refused(xero, "PurchaseOrders", **an_order("", Contact={"Name": "New"})) == [
        "A Contact must be specified for this type of transaction"
    ]


def test_a_sent_mark_on_a_draft_order_is_a_warning(xero: Caller) -> None:
    body = an_order(xero.contact(), Status="DRAFT", SentToContact=True)
    made = xero.create("PurchaseOrders", **body)
    assert (made["StatusAttributeString"], made["SentToContact"]) == ("WARNING", False)
    assert made["Warnings"] == [
        {"Message": "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."}
    ]


def test_whether_an_approved_order_may_be_deleted_is_a_setting(xero: Caller) -> None:
    xero.settle(delete_authorised_order=False)
    made = xero.create("PurchaseOrders", **an_order(xero.contact()))
    reply = xero.post(
        "PurchaseOrders", {"PurchaseOrderID": made["PurchaseOrderID"], "Status": "DELETED"}
    )
    assert reply.messages == ["Purchase Order not of valid status for modification"]


def test_quotes_and_orders_are_found_by_words_of_their_own(xero: Caller) -> None:
    contact = xero.contact()
    for number, day in (("A", "2026-01-10"), ("B", "2026-02-10")):
        xero.create("Quotes", **a_quote(contact, QuoteNumber=number, Date=day))
        xero.create("PurchaseOrders", **an_order(contact, PurchaseOrderNumber=number, Date=day))
    assert [one["QuoteNumber"] for one in xero.rows("Quotes", QuoteNumber="B")] == ["B"]
    assert [one["QuoteNumber"] for one in xero.rows("Quotes", DateFrom="2026-02-01")] == ["B"]
    assert [one["QuoteNumber"] for one in xero.rows("Quotes", ContactID=NO_ID)] == []
    orders = xero.rows("PurchaseOrders", DateTo="2026-01-31", Status="AUTHORISED")
    assert [one["PurchaseOrderNumber"] for one in orders] == ["A"]
    # Neither has a where: it is passed over.
    assert len(xero.rows("Quotes", where='QuoteNumber=="B"')) == 2


def test_nothing_is_posted_by_quotes_and_orders(xero: Caller) -> None:
    contact = xero.contact()
    xero.create("Quotes", **a_quote(contact))
    xero.create("PurchaseOrders", **an_order(contact))
    assert xero.http.get("/simulator/balances").json() == {}


def test_all_postings_add_up_to_nothing(xero: Caller) -> None:
    contact = xero.contact("Acme")
    invoice = xero.invoice(contact, LineItems=[a_line("100.00", TaxType="OUTPUT2")])
    note = xero.create("CreditNotes", **a_credit_note(contact, "30.00"))
    allocate(xero, f"CreditNotes/{note['CreditNoteID']}", invoice, "30.00")
    xero.pay(invoice, "85.00")
    received(xero, "OVERPAYMENT")
    xero.create("BankTransfers", **a_transfer())
    xero.invoice(contact, Type="ACCPAY", LineItems=[a_line("7.00", AccountCode="469")])
    held: dict[str, Any] = {
        name: Decimal(str(one)) for name, one in xero.http.get("/simulator/balances").json().items()
    }
    assert sum(held.values()) == 0
    assert (held["Accounts Receivable"], held["Sales Tax"], held["Coworking Income"]) == (
        -50,
        -15,
        -70,
    )
