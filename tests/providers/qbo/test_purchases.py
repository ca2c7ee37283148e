"""Purchase orders, bills and sales receipts: what goes over the wire for them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from acctsync.documents import (
    Customer,
    Document,
    DocumentRef,
    Kind,
    Reference,
    RemoteDocument,
    State,
    TaxTreatment,
)
from acctsync.plan.model import Action, Change
from acctsync.providers.qbo.company import Settings
from acctsync.providers.qbo.payloads import Context, write
from acctsync.providers.qbo.review import review
from tests.providers.qbo.builders import (
    CANADA,
    SETTINGS,
    D,
    KnownRefs,
    a_line,
    an_invoice,
    creating,
)

PRINTING, GST = Reference(name="Printing"), Reference(name="GST")


def sent(document: Document, known: Settings = SETTINGS) -> dict[str, Any]:
    made = write(creating(document), Context(refs=KnownRefs(), known=known))
    body: dict[str, Any] = json.loads(made.body, parse_float=D)
    return body


def codes(document: Document, known: Settings = SETTINGS) -> list[str]:
    return [each.code for each in review(document, known)]


def test_a_purchase_order_goes_to_the_account_that_the_mapping_found() -> None:
    order = an_invoice(
        a_line("42.00", quantity=D(500), unit_price=D("0.084"), expense_account=PRINTING,
               description="Brochures", item=Reference(id="11")),
        kind=Kind.PURCHASE_ORDERS,
        due_date=dt.date(2025, 3, 31),
        memo="Deliver to the back door",
    )  # fmt: skip
    assert sent(order) == {
        "operation": "create",
        "PurchaseOrder": {
            "VendorRef": {"value": "58"},
            "DocNumber": "CW-10241",
            "TxnDate": "2025-03-01",
            "DueDate": "2025-03-31",
            "POStatus": "Open",
            "Memo": "Deliver to the back door",
            "PrivateNote": "[acctsync purchase_orders/CW-10241]",
            "Line": [
                {
                    "Amount": 42,
                    "DetailType": "AccountBasedExpenseLineDetail",
                    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "Printing"}},
                    "Description": "Brochures (500 x 0.084)",
                }
            ],
        },
    }


def test_a_bought_line_without_an_account_goes_to_its_item() -> None:
    bill = an_invoice(a_line("50.00", quantity=D(2), unit_price=D("25.00")), kind=Kind.BILLS)
    assert sent(bill)["Bill"]["Line"] == [
        {
            "Amount": 50,
            "DetailType": "ItemBasedExpenseLineDetail",
            "ItemBasedExpenseLineDetail": {
                "Qty": 2,
                "UnitPrice": 25,
                "ItemRef": {"value": "19"},
            },
        }
    ]


def test_a_closed_order_is_closed_there() -> None:
    order = an_invoice(
        a_line(expense_account=PRINTING), kind=Kind.PURCHASE_ORDERS, state=State.CLOSED
    )
    assert sent(order)["PurchaseOrder"]["POStatus"] == "Closed"


def test_in_the_us_the_tax_billed_is_part_of_what_a_line_costs() -> None:
    lines = [
        a_line(amount, expense_account=PRINTING, tax_amount=D(tax))
        for amount, tax in (("10.00", "0.63"), ("20.00", "1.25"))
    ]
    bill = an_invoice(*lines, kind=Kind.BILLS, tax_total=D("1.88"))
    fields = sent(bill)["Bill"]
    assert [line["Amount"] for line in fields["Line"]] == [D("10.63"), D("21.25")]
    assert "TxnTaxDetail" not in fields


def test_elsewhere_the_tax_stands_apart_with_its_code() -> None:
    line = a_line("100.00", expense_account=PRINTING, tax_code=GST, tax_amount=D("5.00"))
    fields = sent(an_invoice(line, kind=Kind.BILLS, tax_total=D("5.00")), CANADA)["Bill"]
    assert fields["GlobalTaxCalculation"] == "TaxExcluded"
    assert fields["TxnTaxDetail"] == {"TotalTax": 5}
    detail = {"AccountRef": {"value": "Printing"}, "TaxCodeRef": {"value": "GST"}}
    assert fields["Line"][0]["AccountBasedExpenseLineDetail"] == detail


def test_prices_with_tax_in_them_go_over_without_it_elsewhere() -> None:
    line = a_line("105.00", expense_account=PRINTING, tax_code=GST, tax_amount=D("5.00"))
    bill = an_invoice(
        line, kind=Kind.BILLS, tax=TaxTreatment.INCLUSIVE, tax_total=D("5.00"), total=D("105.00")
    )
    assert sent(bill, CANADA)["Bill"]["Line"][0]["Amount"] == 100


def test_the_discount_of_a_purchase_is_taken_off_its_lines() -> None:
    lines = [a_line(amount, expense_account=PRINTING) for amount in ("10.00", "20.00")]
    order = an_invoice(*lines, kind=Kind.PURCHASE_ORDERS, discount=D("1.00"))
    amounts = [line["Amount"] for line in sent(order)["PurchaseOrder"]["Line"]]
    assert amounts == [D("9.67"), D("19.33")]


def test_a_rounding_difference_is_a_line_on_its_account() -> None:
    order = an_invoice(
        a_line("10.00", expense_account=PRINTING),
        kind=Kind.PURCHASE_ORDERS,
        rounding=D("0.01"),
        rounding_account=Reference(name="Rounding"),
    )
    assert sent(order)["PurchaseOrder"]["Line"][1] == {
        "Amount": D("0.01"),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "Rounding"}},
        "Description": "Rounding",
    }


def test_a_bought_line_with_neither_account_nor_item_is_held_back() -> None:
    assert codes(an_invoice(a_line(item=None), kind=Kind.BILLS)) == ["QBO145"]


def test_a_vendor_is_a_name_without_a_parent() -> None:
    vendor = Customer(
        ref=DocumentRef(Kind.VENDORS, "orders", "v1"),
        name="Paper: Supply",
        email="ap@paper.example",
        parent="Group",
    )
    assert sent(vendor) == {
        "operation": "create",
        "Vendor": {
            "DisplayName": "Paper- Supply",
            "PrimaryEmailAddr": {"Address": "ap@paper.example"},
        },
    }


def test_a_sales_receipt_says_how_it_was_paid() -> None:
    receipt = an_invoice(
        kind=Kind.SALES_RECEIPTS,
        method=Reference(name="Cash"),
        deposit_to=Reference(name="Till"),
        due_date=dt.date(2025, 3, 31),
    )
    fields = sent(receipt)["SalesReceipt"]
    assert fields["PaymentMethodRef"] == {"value": "Cash"}
    assert fields["DepositToAccountRef"] == {"value": "Till"}
    assert "DueDate" not in fields


def test_purchases_are_deleted_where_the_export_voids_them_and_receipts_voided() -> None:
    def voided(kind: Kind) -> tuple[bool, Any]:
        order = an_invoice(a_line(expense_account=PRINTING), kind=kind)
        remote = RemoteDocument(kind=kind, id="7", version="2", digest="")
        change = Change(action=Action.VOID, document=order, remote=remote)
        made = write(change, Context(refs=KnownRefs(), known=SETTINGS))
        return made.alone, json.loads(made.body)

    gone = {"Id": "7", "SyncToken": "2"}
    assert voided(Kind.PURCHASE_ORDERS) == (False, {"operation": "delete", "PurchaseOrder": gone})
    assert voided(Kind.BILLS) == (False, {"operation": "delete", "Bill": gone})
    assert voided(Kind.SALES_RECEIPTS) == (True, {**gone, "sparse": True})
