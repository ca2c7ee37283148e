"""Purchase orders, bills, purchases and transfers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.simulator.caller import Caller


def item_line(item: str, amount: object, **detail: object) -> dict[str, Any]:
    return {"Amount": Decimal(str(amount)), "DetailType": "ItemBasedExpenseLineDetail",
            "ItemBasedExpenseLineDetail": {"ItemRef": {"value": item}, **detail}}  # fmt: skip


def account_line(qbo: Caller, account: str, amount: object) -> dict[str, Any]:
    return {"Amount": Decimal(str(amount)), "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": {"AccountRef": qbo.ref("Account", account)}}  # fmt: skip


def test_a_purchase_order_is_open_and_knows_its_payables(qbo: Caller) -> None:
    line = item_line(qbo.id_of("Item", "Day Pass"), "25.00", Qty=1, UnitPrice=25)
    made = qbo.create(
        "PurchaseOrder",
        VendorRef=qbo.ref("Vendor", "Stripe"),
        Line=[line],
        DocNumber="PO-1",
        TotalAmt=999,
    )
    assert (made["POStatus"], made["TotalAmt"], made["APAccountRef"]["name"]) == (
        "Open",
        Decimal("25.00"),
        "Accounts Payable (A/P)",
    )
    detail = made["Line"][0]["ItemBasedExpenseLineDetail"]
    assert (detail["BillableStatus"], detail["TaxCodeRef"]) == ("NotBillable", {"value": "NON"})


def test_a_purchase_order_number_is_never_used_twice(qbo: Caller) -> None:
    body = {
        "VendorRef": qbo.ref("Vendor", "Stripe"),
        "Line": [account_line(qbo, "Rent", 5)],
        "DocNumber": "PO-1",
    }
    qbo.create("PurchaseOrder", **body)
    qbo.settle(warn_duplicate_numbers=False)
    reply = qbo.post("purchaseorder", body)
    assert (reply.codes, "TxnType=Purchase Order" in reply.detail) == (["6140"], True)


def test_a_purchase_order_checks_its_parts(qbo: Caller) -> None:
    vendor = qbo.ref("Vendor", "Stripe")
    assert qbo.post("purchaseorder", {"Line": []}).codes == ["2020"]
    assert qbo.post("purchaseorder", {"VendorRef": vendor, "Line": []}).codes == ["2250"]
    assert qbo.post(
        "purchaseorder", {"VendorRef": {"value": "999"}, "Line": [account_line(qbo, "Rent", 5)]}
    ).codes == ["2500"]
    assert qbo.post("purchaseorder", {"VendorRef": vendor, "Line": [{"Amount": 1}]}).codes == [
        "6440"
    ]
    wrong = item_line(qbo.id_of("Item", "Day Pass"), "25.00", Qty=2, UnitPrice=25)
    assert qbo.post("purchaseorder", {"VendorRef": vendor, "Line": [wrong]}).codes == ["6070"]
    category = item_line(qbo.id_of("Item", "Memberships"), 1)
    assert qbo.post("purchaseorder", {"VendorRef": vendor, "Line": [category]}).codes == ["2500"]


def test_a_canadian_order_bears_tax(canada: Caller) -> None:
    vendor = canada.create("Vendor", DisplayName="Imprimerie Boréale")
    line = item_line(canada.id_of("Item", "Print production"), "420.00", Qty=500, UnitPrice=Decimal("0.84"),
                     TaxCodeRef=canada.ref("TaxCode", "GST/QST QC - 9.975"))  # fmt: skip
    made = canada.create(
        "PurchaseOrder",
        VendorRef={"value": vendor["Id"]},
        CurrencyRef={"value": "CAD"},
        Line=[line],
    )
    assert made["TotalAmt"] == Decimal("482.90")


def test_an_order_may_be_closed_and_deleted(qbo: Caller) -> None:
    made = qbo.create(
        "PurchaseOrder", VendorRef=qbo.ref("Vendor", "Stripe"), Line=[account_line(qbo, "Rent", 5)]
    )
    closed = qbo.post(
        "purchaseorder", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "POStatus": "Closed"}
    ).body["PurchaseOrder"]
    assert (closed["POStatus"], closed["Line"]) == ("Closed", made["Line"])
    assert (
        qbo.post("purchaseorder", {"Id": made["Id"], "SyncToken": "1"}, operation="delete").status
        == 200
    )


def test_a_bill_is_owed_to_its_vendor(qbo: Caller) -> None:
    made = qbo.create(
        "Bill", VendorRef=qbo.ref("Vendor", "Stripe"), Line=[account_line(qbo, "Rent", 50)]
    )
    assert made["Balance"] == Decimal("50.00")
    assert qbo.read("Vendor", made["VendorRef"]["value"])["Balance"] == Decimal("50.00")


def test_a_purchase_is_paid_from_a_bank(qbo: Caller) -> None:
    body = {"PaymentType": "Cash", "Line": [account_line(qbo, "Merchant Account Fees", "8.00")]}
    assert qbo.post("purchase", {**body, "AccountRef": qbo.ref("Account", "Rent")}).codes == [
        "6430"
    ]
    entity = {"value": qbo.id_of("Vendor", "Stripe"), "type": "Vendor"}
    made = qbo.create(
        "Purchase", **body, AccountRef=qbo.ref("Account", "Stripe Clearing"), EntityRef=entity
    )
    assert (made["TotalAmt"], made["EntityRef"]) == (Decimal("8.00"), {**entity, "name": "Stripe"})


def test_a_transfer_moves_money_between_balance_accounts(qbo: Caller) -> None:
    both = {
        "FromAccountRef": qbo.ref("Account", "Stripe Clearing"),
        "ToAccountRef": {"value": "35"},
    }
    assert qbo.create("Transfer", **both, Amount=100)["Amount"] == Decimal("100.00")
    assert qbo.post("transfer", {**both, "Amount": -1}).codes == ["2290"]
    assert qbo.post(
        "transfer", {**both, "Amount": 1, "ToAccountRef": qbo.ref("Account", "Rent")}
    ).codes == ["6430"]
    assert qbo.post("transfer", both).codes == ["2020"]
    itself = {**both, "ToAccountRef": both["FromAccountRef"]}
    assert qbo.post("transfer", {**itself, "Amount": 1}).codes == ["6000"]
