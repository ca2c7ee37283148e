"""Rows of QuickBooks' payments → payments as recorded; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from acctsync.documents import ALLOCATIONS, AppliedPart, Kind, RecordedPayment
from acctsync.money import ZERO
from acctsync.providers.qbo.changes import changed_at, created_at
from acctsync.providers.stamps import stamped_id, unstamped

# What a payment's lines link to (Intuit: Payment); a credit note gives what the others take.
_KINDS = {"Invoice": Kind.INVOICES, "CreditMemo": Kind.CREDIT_NOTES}
_GIVING = frozenset({"CreditMemo"})
_VOIDED = "voided"
_STAMPED = (Kind.PAYMENTS, *ALLOCATIONS)


@dataclass(frozen=True, slots=True)
class Names:
    """How what rows tell by id alone is called; `currency` is for rows that name none."""

    methods: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    invoices: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""


def received(row: Mapping[str, Any], names: Names) -> RecordedPayment:
    """Read one payment; raises ValueError, TypeError or ArithmeticError for one that is none."""
    note = str(row.get("PrivateNote") or "")
    amount = _amount(row.get("TotalAmt"))
    day = row.get("TxnDate")
    return RecordedPayment(
        id=str(row["Id"]),
        currency=_id(row, "CurrencyRef") or names.currency,
        amount=amount,
        unapplied=_amount(row.get("UnappliedAmt")),
        date=dt.date.fromisoformat(str(day)[:10]) if day else None,
        customer=_id(row, "CustomerRef"),
        customer_name=_name(row, "CustomerRef"),
        method=_called(row, "PaymentMethodRef", names.methods),
        reference=str(row.get("PaymentRefNum") or ""),
        deposit_to=_called(row, "DepositToAccountRef", names.accounts),
        applied=tuple(_parts(row, names.invoices)),
        memo=unstamped(note),
        voided=not amount and note.casefold().startswith(_VOIDED),
        stamp=next(filter(None, (stamped_id(note, kind) for kind in _STAMPED)), ""),
        created_at=created_at(row),
        changed_at=changed_at(row),
    )


def unnamed(row: Mapping[str, Any], ref: str) -> bool:
    """Tell whether a row has a reference without its name."""
    return bool(_id(row, ref)) and not _name(row, ref)


def unnumbered(row: Mapping[str, Any]) -> set[str]:
    """Tell the ids of the invoices whose numbers a row leaves out."""
    return {
        str(link.get("TxnId"))
        for line, link in _links(row)
        if link.get("TxnType") == "Invoice" and not _number(line)
    }


def _parts(row: Mapping[str, Any], invoices: Mapping[str, str]) -> Iterator[AppliedPart]:
    for line, link in _links(row):
        key, kind = str(link.get("TxnId") or ""), str(link.get("TxnType") or "")
        amount = _amount(line.get("Amount"))
        yield AppliedPart(
            kind=_KINDS.get(kind),
            remote_id=key,
            number=_number(line) or invoices.get(key, "") if kind == "Invoice" else _number(line),
            amount=-amount if kind in _GIVING else amount,
        )


def _links(row: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Walk the lines with what each is linked to: one document, by Intuit's rule."""
    for line in _list(row.get("Line")):
        for link in _list(line.get("LinkedTxn"))[:1]:
            yield line, link


def _number(line: Mapping[str, Any]) -> str:
    """Find the linked document's number among a line's extras."""
    extras = line.get("LineEx")
    for each in _list(extras.get("any")) if isinstance(extras, Mapping) else []:
        value = each.get("value")
        if isinstance(value, Mapping) and str(value.get("Name")).strip() == "txnReferenceNumber":
            return str(value.get("Value") or "")
    return ""


def _list(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _called(row: Mapping[str, Any], ref: str, names: Mapping[str, str]) -> str:
    return _name(row, ref) or names.get(_id(row, ref), "")


def _id(row: Mapping[str, Any], ref: str) -> str:
    return _part(row, ref, "value")


def _name(row: Mapping[str, Any], ref: str) -> str:
    return _part(row, ref, "name")


def _part(row: Mapping[str, Any], ref: str, key: str) -> str:
    part = row.get(ref)
    return str(part.get(key) or "") if isinstance(part, Mapping) else ""


def _amount(value: object) -> Decimal:
    return ZERO if value is None else value if isinstance(value, Decimal) else Decimal(str(value))
