"""How values are written into the state's text columns, and read back."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from acctsync.documents import AppliedPart, DocumentRef, Kind, RecordedPayment
from acctsync.errors import Location, Problem, Severity
from acctsync.plan.model import Action
from acctsync.plan.news import PullMemory
from acctsync.plan.outbox import Operation


def operation_detail(operation: Operation) -> str:
    """Write down what an operation needs to be recognised by later."""
    detail = {
        "number": operation.number,
        "date": operation.date.isoformat() if operation.date else "",
        "total": "" if operation.total is None else str(operation.total),
        "currency": operation.currency,
        "remote_id": operation.remote_id,
        "before": operation.before,
        "customer": operation.customer,
        "names": list(operation.names),
        "emails": list(operation.emails),
        "aliases": list(operation.aliases),
        "takes_off": list(operation.takes_off),
        "owner": _ref_row(operation.owner),
        "owes": list(operation.owes),
        "unnumbered": not operation.numbered,
    }
    return json.dumps({name: value for name, value in detail.items() if value})


def operation_from(row: sqlite3.Row) -> Operation:
    """Read an operation back."""
    detail = json.loads(row["detail"])
    day, total = detail.get("date"), detail.get("total")
    return Operation(
        action=Action(row["action"]),
        ref=DocumentRef(Kind(row["kind"]), row["source"], row["id"]),
        fingerprint=row["fingerprint"],
        number=detail.get("number", ""),
        date=dt.date.fromisoformat(day) if day else None,
        total=Decimal(total) if total else None,
        currency=detail.get("currency", ""),
        remote_id=detail.get("remote_id", ""),
        before=detail.get("before", ""),
        customer=detail.get("customer", ""),
        names=tuple(detail.get("names", ())),
        emails=tuple(detail.get("emails", ())),
        aliases=tuple(detail.get("aliases", ())),
        takes_off=tuple(detail.get("takes_off", ())),
        owner=_ref_from(detail.get("owner")),
        owes=_owes(detail),
        numbered=not detail.get("unnumbered", False),
    )


def _owes(detail: dict[str, Any]) -> tuple[Kind, ...]:
    """Read what a document owes; a mail had a word of its own before there were notes."""
    mail = (Kind.DELIVERIES,) if detail.get("mails") else ()
    return tuple(Kind(each) for each in detail.get("owes", mail))


def _ref_row(ref: DocumentRef | None) -> list[str]:
    return [] if ref is None else [ref.kind, ref.source, ref.id]


def _ref_from(row: list[str] | None) -> DocumentRef | None:
    if not row:
        return None
    kind, source, id_ = row
    return DocumentRef(Kind(kind), source, id_)


def problem_text(problem: Problem | None) -> str | None:
    """Write a problem down."""
    return None if problem is None else json.dumps(asdict(problem))


def problem_from(text: str | None) -> Problem | None:
    """Read a problem back."""
    if text is None:
        return None
    values = json.loads(text)
    place = values.pop("location")
    values["severity"] = Severity(values["severity"])
    return Problem(**values, location=Location(**place) if place else None)


def payment_text(payment: RecordedPayment) -> str:
    """Write down what was told of a payment."""
    values = {name: value for name, value in asdict(payment).items() if value not in _EMPTY}
    return json.dumps(values, default=str, ensure_ascii=False, separators=(",", ":"))


def payment_from(text: str) -> RecordedPayment:
    """Read a payment back."""
    values = json.loads(text)
    for name, read in _READ.items():
        if name in values:
            values[name] = read(values[name])
    values["applied"] = tuple(_applied(part) for part in values.get("applied", ()))
    return RecordedPayment(**values)


def memory_from(row: sqlite3.Row) -> PullMemory:
    """Read back how far the books were read."""
    first = row["first_date"]
    return PullMemory(
        until=dt.datetime.fromisoformat(row["until"]),
        began=dt.datetime.fromisoformat(row["began"]),
        first_date=dt.date.fromisoformat(first) if first else None,
    )


def _applied(part: dict[str, str]) -> AppliedPart:
    return AppliedPart(
        kind=Kind(part["kind"]) if part["kind"] else None,
        remote_id=part["remote_id"],
        number=part["number"],
        amount=Decimal(part["amount"]),
    )


_EMPTY: tuple[object, ...] = (None, "", ())
_READ: dict[str, Callable[[str], object]] = {
    "amount": Decimal,
    "unapplied": Decimal,
    "date": dt.date.fromisoformat,
    "created_at": dt.datetime.fromisoformat,
    "changed_at": dt.datetime.fromisoformat,
}
