"""The exact bytes of writes: a change here is a change of what goes over the wire."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from acctsync.documents import (
    Delivery,
    Document,
    DocumentRef,
    Kind,
    Link,
    Reference,
    RemoteDocument,
    State,
    UnappliedPayment,
)
from acctsync.plan.model import Action, Change, Known
from acctsync.providers.port import Exchange, Write
from acctsync.providers.qbo.company import Settings
from acctsync.providers.qbo.payloads import Context, exchange, write
from tests.providers.qbo.builders import (
    ACME,
    CANADA,
    SETTINGS,
    D,
    KnownRefs,
    a_customer,
    a_line,
    a_payment,
    a_refund,
    an_invoice,
    an_item,
    creating,
)


def made(change: Change, known: Settings = SETTINGS) -> Write:
    return write(change, Context(refs=KnownRefs(), known=known))


def body(document: Document, known: Settings = SETTINGS) -> str:
    return made(creating(document), known).body.decode()


def test_an_invoice_is_written_compactly() -> None:
    invoice = an_invoice(
        a_line(
            "100.00",
            quantity=D(2),
            unit_price=D("50.00"),
            description="Hot desk",
            class_=Reference(id="3"),
        ),
        due_date=dt.date(2025, 3, 31),
        terms=Reference(id="2"),
        memo="Thank you",
        private_note="Team Acme",
        reference="PO 4711",
        location=Reference(id="1"),
    )

    assert body(invoice) == (
        '{"operation":"create","Invoice":{"CustomerRef":{"value":"58"},"DocNumber":"CW-10241",'
        '"TxnDate":"2025-03-01","DueDate":"2025-03-31","SalesTermRef":{"value":"2"},'
        '"PrivateNote":"Team Acme | Reference PO 4711 [acctsync invoices/CW-10241]",'
        '"CustomerMemo":{"value":"Thank you"},"Line":[{"Amount":100,'
        '"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"19"},'
        '"Qty":2,"UnitPrice":50,"ClassRef":{"value":"3"},"TaxCodeRef":{"value":"NON"}},'
        '"Description":"Hot desk"}],"DepartmentRef":{"value":"1"}}}'
    )


def test_a_customer_is_written_with_what_is_known_of_it() -> None:
    customer = a_customer(
        "Acme: “North”", email="a@b.co", company="Acme Inc.", phone="1 234", parent="Holding"
    )

    assert body(customer) == (
        '{"operation":"create","Customer":{"DisplayName":"Acme- \\"North\\"","CompanyName":"Acme Inc.",'
        '"PrimaryEmailAddr":{"Address":"a@b.co"},"PrimaryPhone":{"FreeFormNumber":"1 234"},'
        '"ParentRef":{"value":"Holding"},"Job":true}}'
    )
    assert (
        body(a_customer(email="no address"))
        == '{"operation":"create","Customer":{"DisplayName":"Acme"}}'
    )


def test_a_payment_names_what_it_settles() -> None:
    payment = a_payment(
        "129.58",
        method=Reference(id="3"),
        deposit_to=Reference(id="37"),
        memo="Visa",
        reference="ch_1",
    )

    assert body(payment) == (
        '{"operation":"create","Payment":{"CustomerRef":{"value":"58"},"TotalAmt":129.58,'
        '"TxnDate":"2025-03-01","PaymentRefNum":"pay_1","PaymentMethodRef":{"value":"3"},'
        '"DepositToAccountRef":{"value":"37"},"PrivateNote":"Visa | Reference ch_1 '
        '[acctsync payments/pay_1]","Line":[{"Amount":129.58,"LinkedTxn":[{"TxnId":"#CW-10241",'
        '"TxnType":"Invoice"}]}]}}'
    )


def test_a_long_payment_id_is_shortened_in_the_number_and_whole_in_the_stamp() -> None:
    fields = json.loads(body(a_payment(source_id="pay_0123456789012345678901234", allocations=())))[
        "Payment"
    ]

    assert fields["PaymentRefNum"] == "A-9A27C1E178EB3D1CED6"
    assert fields["PrivateNote"] == "[acctsync payments/pay_0123456789012345678901234]"
    assert fields["Line"] == []


def test_a_refund_takes_its_lines_back_out_of_an_account() -> None:
    assert body(a_refund("33.33", memo="Sorry")) == (
        '{"operation":"create","RefundReceipt":{"DocNumber":"re_1","TxnDate":"2025-03-01",'
        '"CustomerRef":{"value":"58"},"DepositToAccountRef":{"value":"4"},'
        '"PrivateNote":"[acctsync refunds/re_1]","CustomerMemo":{"value":"Sorry"},'
        '"Line":[{"Amount":33.33,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":'
        '{"ItemRef":{"value":"19"},"TaxCodeRef":{"value":"NON"}}}]}}'
    )
    paid_from = json.loads(body(a_refund(deposit_to=Reference(id="37"))))["RefundReceipt"]
    assert paid_from["DepositToAccountRef"] == {"value": "37"}


def test_an_estimate_has_its_state_and_a_last_day() -> None:
    estimate = an_invoice(
        kind=Kind.ESTIMATES,
        state=State.ACCEPTED,
        expires=dt.date(2025, 4, 1),
        due_date=dt.date(2025, 4, 2),
    )
    fields = json.loads(body(estimate))["Estimate"]

    assert (fields["TxnStatus"], fields["ExpirationDate"], "DueDate" in fields) == (
        "Accepted",
        "2025-04-01",
        False,
    )


def test_a_credit_note_is_a_credit_memo() -> None:
    assert body(an_invoice(kind=Kind.CREDIT_NOTES)).startswith(
        '{"operation":"create","CreditMemo":{'
    )


def test_a_company_with_several_currencies_is_told_which_and_at_what_rate() -> None:
    foreign = an_invoice(a_line(tax_code=Reference(id="5")), exchange_rate=D("1.3456"))
    at_home = replace(foreign, currency="CAD")

    assert '"CurrencyRef":{"value":"USD"},"ExchangeRate":1.3456' in body(foreign, CANADA)
    assert '"CurrencyRef":{"value":"CAD"},"PrivateNote"' in body(at_home, CANADA)
    assert "CurrencyRef" not in body(foreign)
    assert '"CurrencyRef":{"value":"USD"}' in body(a_customer(currency="USD"), CANADA)


def test_elsewhere_text_keeps_its_characters() -> None:
    assert "漢字 – ok" in body(an_invoice(a_line(description="漢字 – ok")), CANADA)


REMOTE = RemoteDocument(kind=Kind.INVOICES, id="17", version="3", digest="d")
KNOWN = Known(ref=an_invoice().ref, fingerprint="f", remote_id="16", remote_version="2")


def test_an_update_is_sparse_and_blanks_a_memo_that_is_gone() -> None:
    change = Change(action=Action.UPDATE, document=an_invoice(), remote=REMOTE, known=KNOWN)
    text = made(change).body.decode()

    assert text.startswith(
        '{"operation":"update","Invoice":{"Id":"17","SyncToken":"3","sparse":true,'
    )
    assert text.endswith('"CustomerMemo":{"value":""}}}')


def test_what_was_not_looked_up_is_updated_by_what_is_remembered() -> None:
    change = Change(action=Action.UPDATE, document=an_invoice(), known=KNOWN)

    assert b'"Id":"16","SyncToken":"2","sparse":true' in made(change).body


def test_a_write_without_an_id_in_the_books_is_never_made() -> None:
    with pytest.raises(ValueError, match="has no id in the books"):
        made(Change(action=Action.VOID, document=an_invoice()))


@pytest.mark.parametrize(
    ("document", "body", "alone"),
    [
        (an_invoice(), b'{"Id":"17","SyncToken":"3"}', True),
        (a_payment(), b'{"Id":"17","SyncToken":"3","sparse":true}', True),
        (a_refund(), b'{"operation":"delete","RefundReceipt":{"Id":"17","SyncToken":"3"}}', False),
        (
            an_invoice(kind=Kind.CREDIT_NOTES),
            b'{"operation":"delete","CreditMemo":{"Id":"17","SyncToken":"3"}}',
            False,
        ),
        (
            a_customer(),
            b'{"operation":"update","Customer":{"Id":"17","SyncToken":"3","sparse":true,"Active":false}}',
            False,
        ),
    ],
    ids=["invoice", "payment", "refund", "credit note", "customer"],
)
def test_taking_back_is_done_as_each_kind_allows(
    document: Document, body: bytes, alone: bool
) -> None:
    change = Change(action=Action.VOID, document=document, remote=REMOTE)

    assert made(change) == Write(action=Action.VOID, ref=document.ref, body=body, alone=alone)


def a_write(kind: Kind = Kind.INVOICES, *, alone: bool = False) -> Write:
    ref = DocumentRef(kind, "s", "1")
    return Write(action=Action.CREATE, ref=ref, body=b'{"operation":"create","X":{}}', alone=alone)


def test_a_batch_numbers_its_items() -> None:
    assert exchange([a_write(), a_write(Kind.PAYMENTS)], "k-1", "913") == Exchange(
        key="k-1",
        target="/v3/company/913/batch?minorversion=75&requestid=k-1",
        body=b'{"BatchItemRequest":[{"bId":"1","operation":"create","X":{}},{"bId":"2","operation":"create","X":{}}]}',
        kinds=(Kind.INVOICES, Kind.PAYMENTS),
    )


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Kind.INVOICES, "/invoice?operation=void&minorversion=75&requestid=k"),
        (Kind.PAYMENTS, "/payment?operation=update&include=void&minorversion=75&requestid=k"),
    ],
)
def test_a_void_travels_alone(kind: Kind, path: str) -> None:
    voiding = replace(a_write(kind, alone=True), body=b"{}")

    assert exchange([voiding], "k", "913") == Exchange(
        key="k", target=f"/v3/company/913{path}", body=b"{}", kinds=(kind,)
    )


@pytest.mark.parametrize("count", [0, 31])
def test_a_batch_has_one_to_thirty_items(count: int) -> None:
    with pytest.raises(ValueError, match="don't fit one exchange"):
        exchange([a_write()] * count, "k", "913")
    assert len(exchange([a_write()] * 30, "k", "913").kinds) == 30


@pytest.mark.parametrize("key", ["", "x" * 37, "a&operation=delete", "é", "a b"])
def test_a_key_is_short_and_plain(key: str) -> None:
    with pytest.raises(ValueError, match="the key must be"):
        exchange([a_write()], key, "913")


def test_a_thousand_plain_invoices_stay_small() -> None:
    known = replace(SETTINGS, sales_tax=False)
    lines = tuple(a_line("250.00", description="Hot desk") for _ in range(3))
    writes = [
        made(
            creating(
                an_invoice(
                    *lines,
                    ref=DocumentRef(Kind.INVOICES, "i", f"CW-{n}"),
                    number=f"CW-{n}",
                    customer=ACME,
                )
            ),
            known,
        )
        for n in range(10_000, 10_030)
    ]
    size = len(exchange(writes, "k" * 32, "9130350000000001").body)

    assert size / 30 <= 600


def taking_off(*links: Link, off: str = "70", total: str = "100.00") -> str:
    payment = RemoteDocument(
        kind=Kind.UNAPPLIED_PAYMENTS, id="75", version="3", digest="", customer="58",
        total=D(total), links=links,
    )  # fmt: skip
    document = UnappliedPayment(
        ref=DocumentRef(Kind.UNAPPLIED_PAYMENTS, "", "75"),
        number="p1",
        date=dt.date(2025, 3, 1),
        currency="USD",
        amount=D(1),
        invoices=(off,),
    )
    change = Change(action=Action.UPDATE, document=document, remote=payment)
    update = json.loads(made(change).body)
    assert {key: update["Payment"].pop(key) for key in ("Id", "SyncToken", "sparse")} == {
        "Id": "75", "SyncToken": "3", "sparse": True,
    }  # fmt: skip
    assert (update["operation"], update["Payment"].pop("CustomerRef")) == (
        "update", {"value": "58"},
    )  # fmt: skip
    return " ".join(
        [f"{update['Payment']['TotalAmt']}:"]
        + [
            f"{each['LinkedTxn'][0]['TxnType']} {each['Amount']}"
            for each in update["Payment"]["Line"]
        ]
    )


def an_invoice_link(id_: str, amount: str) -> Link:
    return Link(Kind.INVOICES, id_, "Invoice", D(amount))


def a_credit_link(amount: str) -> Link:
    return Link(Kind.CREDIT_NOTES, "80", "CreditMemo", D(amount))


def test_a_payment_is_taken_off_one_invoice_and_stays_on_the_others() -> None:
    entry = Link(None, "90", "JournalEntry", D(5))
    links = (an_invoice_link("70", "60"), an_invoice_link("71", "35"), entry)
    assert taking_off(*links) == "100: Invoice 35 JournalEntry 5"
    assert taking_off(links[0]) == "100:"


@pytest.mark.parametrize(
    ("links", "total", "left"),
    [
        # A payment of nothing that set a credit off gives the credit back.
        ((an_invoice_link("70", "30"), a_credit_link("30")), "0", "0:"),
        # What it gives another invoice, it goes on giving.
        (
            (an_invoice_link("70", "30"), an_invoice_link("71", "20"), a_credit_link("50")),
            "0",
            "0: Invoice 20 CreditMemo 20",
        ),
        # Money becomes open credit, a credit note never becomes money.
        ((an_invoice_link("70", "100"), a_credit_link("30")), "70", "70:"),
        (
            (an_invoice_link("70", "80"), an_invoice_link("71", "50"), a_credit_link("30")),
            "100",
            "100: Invoice 50 CreditMemo 30",
        ),
    ],
)
def test_credit_notes_give_no_more_than_is_left_to_settle(
    links: tuple[Link, ...], total: str, left: str
) -> None:
    assert taking_off(*links, total=total) == left


def test_a_customer_in_the_books_keeps_its_name_and_what_the_export_leaves_blank() -> None:
    customer = a_customer("Acme", email="a@b.co", phone="1 234", parent="Holding", currency="USD")
    held = RemoteDocument(kind=Kind.CUSTOMERS, id="58", version="4", digest="")
    change = Change(action=Action.UPDATE, document=customer, remote=held)
    assert made(change).body.decode() == (
        '{"operation":"update","Customer":{"Id":"58","SyncToken":"4","sparse":true,'
        '"PrimaryEmailAddr":{"Address":"a@b.co"},"PrimaryPhone":{"FreeFormNumber":"1 234"}}}'
    )


@pytest.mark.parametrize("document", [an_invoice(private_note="Team"), a_payment(), a_refund()])
def test_a_document_of_a_closed_period_is_dated_otherwise_and_says_so(document: Document) -> None:
    change = replace(creating(document), booked=dt.date(2025, 4, 1))
    (fields,) = [each for each in json.loads(made(change).body).values() if isinstance(each, dict)]
    assert fields["TxnDate"] == "2025-04-01"
    assert "[date 2025-03-01] [acctsync " in fields["PrivateNote"]


def test_a_service_is_written_with_the_account_its_income_goes_to() -> None:
    assert body(an_item("  Sauna ")) == (
        '{"operation":"create","Item":{"Name":"Sauna","Type":"Service",'
        '"IncomeAccountRef":{"value":"Sales"}}}'
    )


def test_a_service_below_a_category_is_written_with_all_that_is_known_of_it() -> None:
    item = an_item(
        "Spa:Sauna\tA",
        description="An hour",
        sku="S-1",
        unit_price=D("25.005"),
        expense_account=Reference(name="Heat"),
    )
    assert body(item) == (
        '{"operation":"create","Item":{"Name":"Sauna A","Type":"Service",'
        '"IncomeAccountRef":{"value":"Sales"},"SubItem":true,"ParentRef":{"value":"Spa"},'
        '"ExpenseAccountRef":{"value":"Heat"},"Description":"An hour","Sku":"S-1",'
        '"UnitPrice":25.005}}'
    )


def test_a_mail_is_a_call_of_its_own_with_its_address_and_no_body() -> None:
    invoice = an_invoice()
    delivery = Delivery(
        ref=replace(invoice.ref, kind=Kind.DELIVERIES),
        invoice=invoice.ref,
        number=invoice.number,
        currency="USD",
        total=invoice.total,
        address="ann+books&x=1@example.com",
    )
    sent = exchange([made(creating(delivery))], "key-1", "913")

    assert sent == Exchange(
        key="key-1",
        target="/v3/company/913/invoice/#CW-10241/send?sendTo=ann%2Bbooks%26x%3D1%40example.com"
        "&minorversion=75&requestid=key-1",
        body=b"",
        kinds=(Kind.DELIVERIES,),
    )
