"""What the accounts hold, as a ledger would show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.simulator.caller import Caller
from tests.simulator.test_purchases import account_line


def held(qbo: Caller, *accounts: str) -> list[Decimal]:
    balances = qbo.balances()
    return [Decimal(str(balances[each])) for each in accounts]


def test_payments_expenses_refunds_transfers_and_deposits_move_what_accounts_hold(
    qbo: Caller,
) -> None:
    clearing, bank = qbo.ref("Account", "Stripe Clearing"), {"value": "35"}
    customer = {"value": qbo.id_of("Customer", "Coworks Guests")}
    sold: dict[str, Any] = {
        "Amount": 30,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": qbo.ref("Item", "Day Pass")},
    }
    qbo.create("Payment", CustomerRef=customer, TotalAmt=100, DepositToAccountRef=clearing)
    waiting = qbo.create("Payment", CustomerRef=customer, TotalAmt=5)
    qbo.create("SalesReceipt", Line=[sold], DepositToAccountRef=clearing)
    qbo.create("RefundReceipt", Line=[{**sold, "Amount": 10}], DepositToAccountRef=clearing)
    fee = account_line(qbo, "Merchant Account Fees", "3.00")
    qbo.create("Purchase", PaymentType="Cash", AccountRef=clearing, Line=[fee])
    qbo.create("Transfer", FromAccountRef=clearing, ToAccountRef=bank, Amount=117)
    link = {"LinkedTxn": [{"TxnId": waiting["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}
    qbo.create("Deposit", DepositToAccountRef=bank, Line=[{"Amount": 5, **link}])

    names = ("Stripe Clearing", "Checking", "Undeposited Funds", "Merchant Account Fees")
    assert held(qbo, *names) == [0, 122, 0, 3]
    assert held(qbo, "Coworking Income") == [-20]
