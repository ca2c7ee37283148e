"""Documents → the bytes of one write, whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import (
    Allocation,
    CreditAllocation,
    DocumentRef,
    Kind,
    Label,
    Payment,
    Reference,
    RemoteDocument,
    Repayment,
    State,
    TaxTreatment,
)
from acctsync.plan.model import Action, Change
from acctsync.providers.encoding import decode
from acctsync.providers.port import Write
from acctsync.providers.xero.company import settings as read_settings
from acctsync.providers.xero.context import Context
from acctsync.providers.xero.payloads import answered_as, exchange, is_of, write
from tests.providers.qbo.builders import an_invoice
from tests.providers.xero.builders import KnownRefs, a_line

D = Decimal
MARCH = dt.date(2025, 3, 1)
SETTINGS = read_settings("tenant", {"BaseCurrency": "USD"})
CONTEXT = Context(refs=KnownRefs(), known=SETTINGS)


def ref(kind: Kind, id_: str = "r1") -> DocumentRef:
    return DocumentRef(kind, "rows", id_)


def written(
    document: Any, action: Action = Action.CREATE, remote: RemoteDocument | None = None,
    context: Context = CONTEXT,
) -> Write:  # fmt: skip
    return write(Change(action=action, document=document, remote=remote), context)


def there(kind: Kind, version: str = "AUTHORISED /Date(1)/") -> RemoteDocument:
    return RemoteDocument(kind=kind, id="an-id", version=version, digest="")


REFUND_MONEY = Repayment(
    ref=ref(Kind.REPAYMENTS),
    refund=ref(Kind.REFUNDS),
    date=MARCH,
    currency="USD",
    amount=D("225.00"),
    paid_from=Reference(name="091"),
)


def test_the_money_of_a_refund_is_a_payment_on_its_credit_note() -> None:
    made = written(REFUND_MONEY)
    assert (made.path, made.alone) == ("PUT Payments", False)
    assert decode(made.body) == {
        "CreditNote": {"CreditNoteID": "#r1"},
        "Account": {"AccountID": "091"},
        "Date": "2025-03-01",
        "Amount": D("225.00"),
        "Reference": "[acctsync repayments/r1]",
    }


def test_it_is_taken_back_by_deleting_the_payment() -> None:
    made = written(replace(REFUND_MONEY, state=State.VOID), Action.VOID, there(Kind.REPAYMENTS))
    assert (made.path, made.alone) == ("POST Payments/an-id", True)
    assert decode(made.body) == {"Status": "DELETED"}


def test_money_in_and_money_out_are_told_apart() -> None:
    for kind, word in ((Kind.PAYMENTS, "ACCRECPAYMENT"), (Kind.REPAYMENTS, "ARCREDITPAYMENT")):
        assert is_of(kind, {"PaymentType": word})
        assert not is_of(kind, {"PaymentType": "APCREDITPAYMENT"})


def test_a_payment_settles_one_invoice() -> None:
    payment = Payment(
        ref=ref(Kind.PAYMENTS, "p1"),
        date=MARCH,
        currency="CAD",
        amount=D("10.00"),
        allocations=(Allocation(wanted="A-1", amount=D("10.00")),),
        deposit_to=Reference(name="090"),
        exchange_rate=D("0.73"),
        reference="Card",
    )
    assert decode(written(payment).body) == {
        "Invoice": {"InvoiceID": "#A-1"},
        "Account": {"AccountID": "090"},
        "Date": "2025-03-01",
        "Amount": D("10.00"),
        "Reference": "Card [acctsync payments/p1]",
        "CurrencyRate": D("0.73"),
    }


@pytest.mark.parametrize("kind", [Kind.INVOICES, Kind.ESTIMATES, Kind.CREDIT_NOTES])
def test_a_theme_is_given_once_and_left_to_people_then(kind: Kind) -> None:
    form = replace(an_invoice(a_line("10.00")), ref=ref(kind), theme=Reference(name="Harbour"))
    assert decode(written(form).body)["BrandingThemeID"] == "Harbour"
    assert "BrandingThemeID" not in decode(written(form, Action.UPDATE, there(kind)).body)
    assert "BrandingThemeID" not in decode(written(replace(form, theme=None)).body)


@pytest.mark.parametrize("status", ["AUTHORISED", "PAID"])
def test_what_was_approved_is_made_no_draft_again(status: str) -> None:
    drafts = replace(CONTEXT, status="DRAFT")
    invoice = an_invoice(a_line("10.00"))
    remote = there(Kind.INVOICES, f"{status} /Date(1)/")
    changed = decode(written(invoice, Action.UPDATE, remote, drafts).body)
    assert "Status" not in changed
    assert changed["InvoiceID"] == "an-id"
    assert decode(written(invoice, context=drafts).body)["Status"] == "DRAFT"


@pytest.mark.parametrize(
    ("kind", "stood", "status"),
    [
        (Kind.INVOICES, "AUTHORISED", "VOIDED"),
        (Kind.INVOICES, "DRAFT", "DELETED"),
        (Kind.INVOICES, "SUBMITTED", "DELETED"),
        (Kind.CREDIT_NOTES, "DRAFT", "DELETED"),
        (Kind.PURCHASE_ORDERS, "AUTHORISED", "DELETED"),
        (Kind.SALES_RECEIPTS, "AUTHORISED", "DELETED"),
    ],
)
def test_how_it_stands_there_decides_how_it_is_taken_back(
    kind: Kind, stood: str, status: str
) -> None:
    made = written(an_invoice(kind=kind), Action.VOID, there(kind, f"{stood} /Date(1)/"))
    sent = decode(made.body)
    assert (len(sent), sent["Status"], made.path.split()[0]) == (2, status, "POST")


@pytest.mark.parametrize(("status", "marked"), [("AUTHORISED", True), ("DRAFT", False)])
def test_only_what_is_approved_is_marked_as_sent(status: str, marked: bool) -> None:
    invoice = an_invoice(a_line("10.00"), sent=MARCH)
    made = decode(written(invoice, context=replace(CONTEXT, status=status)).body)
    assert made.get("SentToContact", False) is marked


@pytest.mark.parametrize(
    ("kind", "state", "status"),
    [
        (Kind.ESTIMATES, State.DRAFT, "DRAFT"),
        (Kind.ESTIMATES, State.PENDING, "SENT"),
        (Kind.ESTIMATES, State.ACCEPTED, "ACCEPTED"),
        (Kind.ESTIMATES, State.REJECTED, "DECLINED"),
        (Kind.ESTIMATES, State.CLOSED, "INVOICED"),
        (Kind.PURCHASE_ORDERS, State.OPEN, "AUTHORISED"),
        (Kind.PURCHASE_ORDERS, State.CLOSED, "BILLED"),
    ],
)
def test_how_an_offer_stands_follows_the_export(kind: Kind, state: State, status: str) -> None:
    made = written(an_invoice(a_line("10.00"), ref=ref(kind), state=state))
    assert decode(made.body)["Status"] == status


def test_a_quote_is_deleted_with_what_no_change_to_it_may_lack() -> None:
    remote = replace(there(Kind.ESTIMATES, "SENT"), customer="a-contact", date=MARCH)
    made = written(an_invoice(kind=Kind.ESTIMATES), Action.VOID, remote)
    assert decode(made.body) == {
        "QuoteID": "an-id",
        "Status": "DELETED",
        "Contact": {"ContactID": "a-contact"},
        "Date": "2025-03-01",
        "LineItems": [{"Description": "Deleted"}],
    }


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (Kind.INVOICES, "InvoiceNumber"),
        (Kind.ESTIMATES, "QuoteNumber"),
        (Kind.CREDIT_NOTES, "CreditNoteNumber"),
    ],
)
def test_a_number_is_left_out_where_xero_gives_one(kind: Kind, number: str) -> None:
    form = an_invoice(a_line("10.00"), kind=kind)
    assert decode(written(form).body)[number] == form.number
    sent = decode(written(replace(form, numbered=False)).body)
    assert number not in sent
    assert sent["Reference"].endswith(f"[acctsync {kind}/CW-10241]")


def test_a_bad_debt_is_credited_under_a_number_of_its_own() -> None:
    line = a_line("10.00", item=None, account=Reference(name="670"), tax_code=None)
    credit = replace(an_invoice(line, kind=Kind.WRITE_OFFS), tax=TaxTreatment.NONE)
    sent = decode(written(credit, context=replace(CONTEXT, status="DRAFT")).body)
    assert sent == {
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": "WO-CW-10241",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": "a-contact"},
        "Date": "2025-03-01",
        "Reference": "[acctsync write_offs/CW-10241]",
        "CurrencyCode": "USD",
        "LineAmountTypes": "NoTax",
        "LineItems": [
            {"Description": "Desk", "Quantity": 1, "UnitAmount": D("10.00"), "AccountCode": "670"}
        ],
    }


def test_a_credit_is_set_off_below_its_credit_note() -> None:
    allocation = CreditAllocation(
        ref=ref(Kind.CREDIT_ALLOCATIONS, "c1"),
        credit=ref(Kind.CREDIT_NOTES, "c1"),
        customer=ref(Kind.CUSTOMERS, "ann"),
        date=MARCH,
        currency="USD",
        amount=D("19.00"),
        wanted="A-1",
        number="CN-1",
    )
    made = written(allocation)
    assert (made.path, made.alone) == ("PUT CreditNotes/#c1/Allocations", True)
    assert decode(made.body) == {
        "Allocations": [{"Amount": D("19.00"), "Invoice": {"InvoiceID": "#A-1"}}]
    }


@pytest.mark.parametrize(
    ("name", "path", "target", "answered"),
    [
        ("Campus", "TrackingCategories", "TrackingCategories", "TrackingCategories"),
        (
            "Campus:Halifax",
            "TrackingCategories/Campus/Options",
            "TrackingCategories/Campus/Options",
            "Options",
        ),
    ],
)
def test_an_option_is_made_below_its_category(
    name: str, path: str, target: str, answered: str
) -> None:
    made = written(Label(ref=ref(Kind.LOCATIONS, name), name=name))
    packed = exchange([made], "key")
    assert (made.path, made.alone) == (f"PUT {path}", True)
    assert packed.target == f"PUT /api.xro/2.0/{target}"
    assert decode(packed.body) == {"Name": name.rpartition(":")[2]}
    assert answered_as(packed.target) == answered


def test_fifty_of_one_resource_share_a_call_and_no_more() -> None:
    writes = [written(an_invoice(a_line("10.00")))] * 51
    assert len(decode(exchange(writes[:50], "key").body)["Invoices"]) == 50
    with pytest.raises(ValueError, match="don't fit one exchange"):
        exchange(writes, "key")
    with pytest.raises(ValueError, match="several resources"):
        exchange([writes[0], written(REFUND_MONEY)], "key")
