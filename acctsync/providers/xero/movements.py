"""Money that moves → what Xero is told of it; pure."""

from __future__ import annotations

from decimal import Decimal

from acctsync.documents import (
    CreditAllocation,
    Fee,
    ListEntry,
    ListKind,
    Payment,
    Payout,
    Repayment,
)
from acctsync.providers.encoding import Json
from acctsync.providers.xero.context import AUTHORISED, Context
from acctsync.providers.xero.lines import account_code
from acctsync.providers.xero.text import contact_name, stamped_reference


def payment(paid: Payment, context: Context) -> Json:
    """Pay one invoice, into the account that the mapping names (Xero: payments)."""
    assert paid.deposit_to is not None, "a payment without an account is held back"
    (part,) = paid.allocations
    account = context.refs.entry(ListKind.ACCOUNTS, paid.deposit_to)
    fields: Json = {
        "Invoice": {"InvoiceID": context.refs.allocated(paid.ref, part.wanted)},
        "Account": {"AccountID": account.id},
        "Date": paid.date.isoformat(),
        "Amount": paid.amount,
        "Reference": stamped_reference(shared(paid.reference or paid.memo, paid.share), paid.ref),
    }
    if paid.exchange_rate is not None and paid.currency != context.known.currency:
        fields["CurrencyRate"] = paid.exchange_rate
    return fields


def shared(said: str, share: str) -> str:
    """Say first which part of a payment something is: what comes last may be cut off."""
    return f"({share}) {said}" if share else said


def repayment(repaid: Repayment, context: Context) -> Json:
    """Pay out what a refund's credit note is worth, from where its money was (Xero: refunds)."""
    assert repaid.paid_from is not None, "a refund without an account is held back"
    account = context.refs.entry(ListKind.ACCOUNTS, repaid.paid_from)
    return {
        "CreditNote": {"CreditNoteID": context.refs.remote_id(repaid.refund)},
        "Account": {"AccountID": account.id},
        "Date": repaid.date.isoformat(),
        "Amount": repaid.amount,
        "Reference": stamped_reference(repaid.reference, repaid.ref),
    }


def allocation(part: CreditAllocation, context: Context) -> Json:
    """Set a credit off against its invoice (Xero: credit notes)."""
    invoice = context.refs.allocated(part.ref, part.wanted)
    return {"Allocations": [{"Amount": part.amount, "Invoice": {"InvoiceID": invoice}}]}


def fee(kept: Fee, context: Context) -> Json:
    """Spend a fee out of where its money was (Xero: bank transactions)."""
    assert kept.paid_from is not None, "a fee without an account is held back"
    paid_from = context.refs.entry(ListKind.ACCOUNTS, kept.paid_from)
    expense = context.refs.entry(ListKind.ACCOUNTS, kept.account)
    return {
        "Type": "SPEND",
        "Contact": _processor(kept, paid_from, context),
        "BankAccount": {"AccountID": paid_from.id},
        "Date": kept.date.isoformat(),
        "Reference": stamped_reference("", kept.ref),
        "CurrencyCode": kept.currency,
        "Status": AUTHORISED,
        "LineAmountTypes": "NoTax",
        "LineItems": [
            {
                "Description": "Fee",
                "Quantity": Decimal(1),
                "UnitAmount": kept.amount,
                "AccountCode": account_code(expense),
            }
        ],
    }


def _processor(fee: Fee, paid_from: ListEntry, context: Context) -> Json:
    """Name who kept a fee; where the mapping doesn't say, whoever holds the account is called so.

    Xero finds or makes the contact by that name, which it has once (Xero: contacts).
    """
    if fee.customer is not None:
        return {"ContactID": context.refs.customer_of(fee.ref)}
    return {"Name": contact_name(paid_from.name)}


def transfer(payout: Payout, context: Context) -> Json:
    """Move money between accounts of the bank (Xero: bank transfers)."""
    left, entered = (context.refs.entry(ListKind.ACCOUNTS, each) for each in payout.route)
    return {
        "FromBankAccount": {"AccountID": left.id},
        "ToBankAccount": {"AccountID": entered.id},
        "Amount": abs(payout.amount),
        "Date": payout.date.isoformat(),
        "Reference": stamped_reference(payout.reference or payout.memo, payout.ref),
    }
