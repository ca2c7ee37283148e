"""Payments: applied, unapplied, over-applied, deposited, voided, deleted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.caller import Caller, a_payment, an_invoice, sales_line


def key(entity: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return {"Id": entity["Id"], "SyncToken": token or entity["SyncToken"]}


def paid(
    qbo: Caller, amount: str = "100.00"
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "100.00"))
    payment = qbo.create("Payment", **a_payment(customer, amount, (invoice, amount)))
    return customer, invoice, payment


def test_a_payment_lowers_the_balance_and_is_linked(qbo: Caller) -> None:
    customer, invoice, payment = paid(qbo, "60.00")
    now = qbo.read("Invoice", invoice["Id"])
    assert (now["Balance"], now["TotalAmt"]) == (Decimal("40.00"), Decimal("100.00"))
    assert now["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("40.00")


def test_a_bare_payment_is_all_unapplied_and_waits_in_undeposited_funds(qbo: Caller) -> None:
    customer = qbo.customer()
    made = qbo.create("Payment", CustomerRef={"value": customer["Id"]}, TotalAmt=25)
    assert (made["UnappliedAmt"], made["Line"], made["DepositToAccountRef"]) == (
        Decimal("25.00"),
        [],
        {"value": "4"},
    )
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("-25.00")


def test_an_overpayment_stays_as_credit(qbo: Caller) -> None:
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "55.00", DocNumber="1024"))
    made = qbo.create("Payment", **a_payment(customer, "65.00", (invoice, "55.00")))
    facts = {
        one["value"]["Name"]: one["value"]["Value"] for one in made["Line"][0]["LineEx"]["any"]
    }
    assert made["UnappliedAmt"] == Decimal("10.00")
    assert facts == {
        "txnId": invoice["Id"],
        "txnOpenBalance": "55.00",
        "txnReferenceNumber": "1024",
    }


@pytest.mark.parametrize(("total", "line"), [("50.00", "60.00"), ("200.00", "100.01")])
def test_more_than_the_payment_or_the_balance_cannot_be_applied(
    qbo: Caller, total: str, line: str
) -> None:
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "100.00"))
    assert qbo.post("payment", a_payment(customer, total, (invoice, line))).codes == ["6000"]
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == Decimal("100.00")


def test_two_lines_on_one_invoice_count_together(qbo: Caller) -> None:
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "100.00"))
    reply = qbo.post(
        "payment", a_payment(customer, "120.00", (invoice, "60.00"), (invoice, "60.00"))
    )
    assert reply.codes == ["6000"]


def test_another_customers_invoice_cannot_be_paid(qbo: Caller) -> None:
    invoice = qbo.create("Invoice", **an_invoice(qbo.customer(), "100.00"))
    assert qbo.post(
        "payment", a_payment(qbo.customer("Other"), "100.00", (invoice, "100.00"))
    ).codes == ["6000"]


@pytest.mark.parametrize(
    "link", [{"TxnId": "999", "TxnType": "Invoice"}, {"TxnId": "1", "TxnType": "Estimate"}]
)
def test_what_cannot_be_linked_is_refused(qbo: Caller, link: dict[str, str]) -> None:
    body = {**a_payment(qbo.customer(), "1.00"), "Line": [{"Amount": 1, "LinkedTxn": [link]}]}
    assert qbo.post("payment", body).codes == ["620"]


def test_money_goes_to_a_bank_or_a_current_asset(qbo: Caller) -> None:
    customer = qbo.customer()
    body = a_payment(customer, "1.00", DepositToAccountRef=qbo.ref("Account", "Card fee income"))
    assert qbo.post("payment", body).codes == ["6430"]
    good = a_payment(customer, "1.00", DepositToAccountRef=qbo.ref("Account", "Stripe Clearing"))
    assert qbo.post("payment", good).status == 200


def test_a_payment_needs_a_customer_and_an_amount(qbo: Caller) -> None:
    reply = qbo.post("payment", {})
    assert [error["element"] for error in reply.body["Fault"]["Error"]] == [
        "TotalAmt",
        "CustomerRef",
    ]


def test_a_reference_number_has_21_characters(qbo: Caller) -> None:
    customer = qbo.customer()
    assert (
        qbo.create("Payment", **a_payment(customer, 1, PaymentRefNum="x" * 21))["PaymentRefNum"]
        == "x" * 21
    )
    assert qbo.post("payment", a_payment(customer, 1, PaymentRefNum="x" * 22)).codes == ["2050"]


def test_a_credit_memo_pays_an_invoice_through_a_payment_of_nothing(qbo: Caller) -> None:
    customer = qbo.customer()
    invoice = qbo.create("Invoice", **an_invoice(customer, "100.00"))
    credit = qbo.create("CreditMemo", **an_invoice(customer, "30.00"))
    body = a_payment(customer, 0, (invoice, "30.00"))
    body["Line"].append(
        {"Amount": 30, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]}
    )
    made = qbo.create("Payment", **body)
    assert (made["TotalAmt"], made["UnappliedAmt"]) == (0, 0)
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == Decimal("70.00")
    assert qbo.read("CreditMemo", credit["Id"])["RemainingCredit"] == 0
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("70.00")


def test_an_update_of_lines_is_all_or_nothing(qbo: Caller) -> None:
    customer = qbo.customer()
    first, second = (qbo.create("Invoice", **an_invoice(customer, "50.00")) for _ in range(2))
    payment = qbo.create(
        "Payment", **a_payment(customer, "100.00", (first, "50.00"), (second, "50.00"))
    )
    kept = a_payment(customer, "100.00", (second, "50.00"))["Line"]
    changed = qbo.post("payment", {**key(payment), "sparse": True, "Line": kept}).body["Payment"]
    assert changed["UnappliedAmt"] == Decimal("50.00")
    assert [qbo.read("Invoice", one["Id"])["Balance"] for one in (first, second)] == [
        Decimal("50.00"),
        0,
    ]
    emptied = qbo.post("payment", {**key(changed), "sparse": True, "Line": []}).body["Payment"]
    assert emptied["UnappliedAmt"] == Decimal("100.00")
    assert qbo.read("Invoice", second["Id"])["LinkedTxn"] == []


def test_a_note_leaves_the_application_alone(qbo: Caller) -> None:
    _, invoice, payment = paid(qbo)
    changed = qbo.post("payment", {**key(payment), "sparse": True, "PrivateNote": "n"}).body[
        "Payment"
    ]
    assert (changed["PrivateNote"], changed["TotalAmt"], changed["UnappliedAmt"]) == (
        "n",
        Decimal("100.00"),
        0,
    )
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == 0


def test_a_voided_payment_is_empty_and_the_invoice_open_again(qbo: Caller) -> None:
    customer, invoice, payment = paid(qbo)
    reply = qbo.post(
        "payment", {**key(payment), "sparse": True}, operation="update", include="void"
    )
    voided = reply.body["Payment"]
    assert (voided["TotalAmt"], voided["UnappliedAmt"], voided["Line"], voided["PrivateNote"]) == (
        0,
        0,
        [],
        "Voided",
    )
    now = qbo.read("Invoice", invoice["Id"])
    assert (now["Balance"], now["LinkedTxn"]) == (Decimal("100.00"), [])
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("100.00")


def test_a_deleted_payment_is_gone_and_the_invoice_open_again(qbo: Caller) -> None:
    _, invoice, payment = paid(qbo)
    assert (
        qbo.post("payment", key(payment), operation="delete").body["Payment"]["status"] == "Deleted"
    )
    assert qbo.get(f"payment/{payment['Id']}").codes == ["610"]
    assert qbo.read("Invoice", invoice["Id"])["Balance"] == Decimal("100.00")


def test_voiding_a_paid_invoice_makes_the_money_unapplied(qbo: Caller) -> None:
    customer, invoice, payment = paid(qbo)
    token = qbo.read("Invoice", invoice["Id"])["SyncToken"]
    voided = qbo.post("invoice", key(invoice, token), operation="void").body["Invoice"]
    assert (voided["TotalAmt"], voided["Balance"], voided["LinkedTxn"]) == (0, 0, [])
    now = qbo.read("Payment", payment["Id"])
    assert (now["UnappliedAmt"], now["Line"]) == (Decimal("100.00"), [])
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("-100.00")


def test_voiding_a_paid_invoice_may_also_be_refused(qbo: Caller) -> None:
    _, invoice, _ = paid(qbo)
    qbo.settle(void_paid_invoice="refuse")
    token = qbo.read("Invoice", invoice["Id"])["SyncToken"]
    assert qbo.post("invoice", key(invoice, token), operation="void").codes == ["6000"]
    assert qbo.read("Invoice", invoice["Id"])["TotalAmt"] == Decimal("100.00")


def test_a_paid_invoice_is_not_deleted(qbo: Caller) -> None:
    _, invoice, _ = paid(qbo)
    token = qbo.read("Invoice", invoice["Id"])["SyncToken"]
    assert qbo.post("invoice", key(invoice, token), operation="delete").codes == ["6000"]


def test_paying_an_invoice_makes_its_token_stale(qbo: Caller) -> None:
    _, invoice, _ = paid(qbo)
    assert qbo.post("invoice", key(invoice), operation="void").codes == ["5010"]


def test_a_paid_invoice_cannot_shrink_below_what_was_paid(qbo: Caller) -> None:
    _, invoice, _ = paid(qbo, "60.00")
    now = qbo.read("Invoice", invoice["Id"])
    reply = qbo.post("invoice", {**key(now), "sparse": True, "Line": [sales_line("59.99")]})
    assert reply.codes == ["6000"]
    grown = qbo.post("invoice", {**key(now), "sparse": True, "Line": [sales_line("160.00")]}).body[
        "Invoice"
    ]
    assert grown["Balance"] == Decimal("100.00")


def test_a_note_on_a_voided_invoice_stays_behind_the_mark(qbo: Caller) -> None:
    made = qbo.create("Invoice", **an_invoice(qbo.customer(), PrivateNote="Coworks CW-1"))
    voided = qbo.post("invoice", key(made), operation="void").body["Invoice"]
    assert voided["PrivateNote"].startswith("Voided")
    assert "Coworks CW-1" in voided["PrivateNote"]


@pytest.mark.parametrize("kind", ["CreditMemo", "Estimate", "PurchaseOrder"])
def test_some_documents_cannot_be_voided(qbo: Caller, kind: str) -> None:
    assert qbo.post(kind.lower(), {"Id": "1", "SyncToken": "0"}, operation="void").codes == ["500"]


def test_a_deposited_payment_is_frozen(qbo: Caller) -> None:
    _, _, payment = paid(qbo)
    line = {
        "Amount": 100,
        "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}],
    }
    deposit = qbo.create("Deposit", DepositToAccountRef={"value": "35"}, Line=[line])
    assert deposit["TotalAmt"] == Decimal("100.00")
    for params in ({"operation": "update", "include": "void"}, {"operation": "delete"}):
        assert qbo.post("payment", key(payment), **params).codes == ["6540"]
    assert qbo.post("payment", {**key(payment), "sparse": True, "PrivateNote": "n"}).codes == [
        "6540"
    ]
    assert qbo.post("deposit", key(deposit), operation="delete").status == 200
    assert qbo.post("payment", key(payment), operation="delete").status == 200


def test_with_the_preference_on_credit_applies_itself(qbo: Caller) -> None:
    qbo.prefer("SalesFormsPrefs", AutoApplyCredit=True, AutoApplyPayments=True)
    customer = qbo.customer()
    qbo.create("Payment", **a_payment(customer, "20.00"))
    qbo.create("CreditMemo", **an_invoice(customer, "30.00"))
    invoice = qbo.create("Invoice", **an_invoice(customer, "100.00"))
    assert (invoice["Balance"], len(invoice["LinkedTxn"])) == (Decimal("50.00"), 2)
    assert qbo.post("payment", a_payment(customer, "100.00", (invoice, "100.00"))).codes == ["6000"]
    assert qbo.read("Customer", customer["Id"])["Balance"] == Decimal("50.00")


def test_without_the_preference_credit_waits(qbo: Caller) -> None:
    customer = qbo.customer()
    qbo.create("CreditMemo", **an_invoice(customer, "30.00"))
    assert qbo.create("Invoice", **an_invoice(customer, "100.00"))["Balance"] == Decimal("100.00")
