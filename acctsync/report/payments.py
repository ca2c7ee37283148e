"""Payments read back from the books: as a table for people, as CSV and JSON for programs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.documents import AppliedPart
from acctsync.engine.pulling import PulledPayment, PullResult
from acctsync.report.envelope import amount, call_fields
from acctsync.report.sheet import Figure, sheet
from acctsync.report.words import many, moment, singular

if TYPE_CHECKING:
    from rich.console import RenderableType

# Programs rely on these: a new column goes to the end.
COLUMNS = (
    "change",
    "payment_id",
    "ours",
    "source_id",
    "date",
    "customer",
    "customer_id",
    "currency",
    "amount",
    "unapplied",
    "voided",
    "method",
    "reference",
    "deposit_account",
    "applied_kind",
    "invoice",
    "invoice_id",
    "invoice_source_id",
    "applied",
    "memo",
    "changed_at",
)
_YES_NO = {True: "yes", False: "no"}


def payments_csv(result: PullResult) -> str:
    """Write one row per payment and document that it is applied to."""
    return sheet(COLUMNS, (row for each in result.payments for row in _rows(each)))


def payments_data(result: PullResult, *, listed: bool) -> dict[str, object]:
    """Write what was pulled; the payments themselves unless they are in a file."""
    data: dict[str, object] = {
        "counts": _counts(result),
        "since": _stamp(result.since),
        "dated_from": result.dated_from.isoformat() if result.dated_from else None,
        "until": _stamp(result.until),
        "calls": call_fields(result.calls),
    }
    return data | {"payments": payment_list(result)} if listed else data


def payment_list(result: PullResult) -> list[dict[str, object]]:
    """Write every payment with what it is applied to."""
    return [_fields(each) for each in result.payments]


def payments_text(result: PullResult) -> RenderableType:
    """Draw what was pulled."""
    from rich.text import Text

    from acctsync.report.look import foreign, stack, table

    if not result.payments:
        return Text(summary(result))
    columns = ("Change", "Date", "Customer", "Amount", "Applied to", "Id", "")
    drawn = table(*columns, right=["Amount"], narrow=["Change", "Date", "Id"])
    for each in result.payments:
        paid = each.payment
        drawn.add_row(
            str(each.news),
            paid.date.isoformat() if paid.date else "",
            foreign(paid.customer_name or paid.customer),
            f"{amount(paid.amount, paid.currency)} {paid.currency}",
            foreign(", ".join(part.number or f"id {part.remote_id}" for part in paid.applied)),
            foreign(paid.id),
            "pushed by us" if each.ours else "void" if paid.voided else "",
        )
    return stack([drawn, Text(summary(result))])


def summary(result: PullResult) -> str:
    """Say how many payments there are, and since when."""
    since = f" since {moment(result.since.isoformat())}" if result.since else ""
    dated = f" dated {result.dated_from} or later" if result.dated_from else ""
    if not result.payments:
        return f"No payment{dated} is in the books." if dated or not since else f"Nothing{since}."
    told = ", ".join(f"{count} {word}" for word, count in _counts(result).items() if count)
    return f"{many(len(result.payments), 'payment')}{dated}{since}: {told}."


def _counts(result: PullResult) -> dict[str, int]:
    found = Counter(str(each.news) for each in result.payments)
    return {word: found[word] for word in ("new", "changed", "deleted", "unchanged")}


def _rows(row: PulledPayment) -> Iterator[list[str]]:
    paid = row.payment
    head = [
        str(row.news),
        paid.id,
        _YES_NO[row.ours],
        row.source_id,
        paid.date.isoformat() if paid.date else "",
        paid.customer_name,
        paid.customer,
        paid.currency,
        _figure(paid.amount, paid.currency),
        _figure(paid.unapplied, paid.currency),
        _YES_NO[paid.voided],
        paid.method,
        paid.reference,
        paid.deposit_to,
    ]
    tail = [paid.memo, _stamp(paid.changed_at) or ""]
    for part in paid.applied:
        yield [*head, *_applied(part, row), *tail]
    if not paid.applied:
        yield [*head, *[""] * 5, *tail]


def _applied(part: AppliedPart, row: PulledPayment) -> list[str]:
    return [
        _called(part),
        part.number,
        part.remote_id,
        row.invoices.get(part.remote_id, ""),
        _figure(part.amount, row.payment.currency),
    ]


def _fields(row: PulledPayment) -> dict[str, object]:
    paid = row.payment
    return {
        "change": str(row.news),
        "payment_id": paid.id,
        "ours": row.ours,
        "source_id": row.source_id or None,
        "date": paid.date.isoformat() if paid.date else None,
        "customer": paid.customer_name or None,
        "customer_id": paid.customer or None,
        "currency": paid.currency,
        "amount": amount(paid.amount, paid.currency),
        "unapplied": amount(paid.unapplied, paid.currency),
        "voided": paid.voided,
        "method": paid.method or None,
        "reference": paid.reference or None,
        "deposit_account": paid.deposit_to or None,
        "applied": [
            {
                "kind": _called(part),
                "invoice": part.number or None,
                "invoice_id": part.remote_id,
                "invoice_source_id": row.invoices.get(part.remote_id),
                "amount": amount(part.amount, paid.currency),
            }
            for part in paid.applied
        ],
        "memo": paid.memo or None,
        "changed_at": _stamp(paid.changed_at),
    }


def _called(part: AppliedPart) -> str:
    return singular(part.kind) if part.kind is not None else "other"


def _figure(value: Decimal, currency: str) -> Figure:
    return Figure(amount(value, currency))


def _stamp(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds") if at else None
