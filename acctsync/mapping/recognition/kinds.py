"""What the rows of an export are: invoices, payments, refunds, customers and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from acctsync.documents import Kind
from acctsync.mapping.profiling.naming import forms, words
from acctsync.mapping.recognition.synonyms import LINE, LINE_PREFIXES, PAYMENT, PREFIXES, SALE
from acctsync.mapping.survey import ColumnProfile, Survey

_OBJECTS = {
    "invoice": Kind.INVOICES,
    "credit_note": Kind.CREDIT_NOTES,
    "quote": Kind.ESTIMATES,
    "charge": Kind.PAYMENTS,
    "payment": Kind.PAYMENTS,
    "refund": Kind.REFUNDS,
    "customer": Kind.CUSTOMERS,
}
_NUMBERED = (
    (Kind.PURCHASE_ORDERS, ("purchase order number", "purchase order amount")),
    (Kind.BILLS, ("bill number", "bill date")),
    (
        Kind.CREDIT_NOTES,
        ("credit number", "credit note number", "credit memo number", "credit credit number"),
    ),
    (Kind.ESTIMATES, ("quote number", "estimate number", "quotation number", "quote quote number")),
)
_REFUND = {"refund id", "refunded at", "refund date", "refund number", "refund amount"}
_PAYMENT = {
    "payment id", "payment date", "paid at", "payment amount", "payment number", "charge id",
    "payment intent id",
}  # fmt: skip
_BALANCE = {"balance transaction id", "reporting category", "available on utc", "arrival date"}
# Columns that together say as much as a number does.
_NUMBERLESS = (
    {"id", "issue date"},
    {"name", "lineitem name"},
    {"invoice id", "invoice date"},
    {"invoice id", "invoice total"},
)
_TIMESHEET = {"hours", "task"}
_ENOUGH = 2


class Decision(NamedTuple):
    """What the rows seem to be; `doubt` says why a person must look, and is empty when sure."""

    kind: Kind
    doubt: str = ""


def kind_of(survey: Survey) -> Decision:
    """Decide from the columns what the rows of an export are."""
    named = {column.words for column in survey.columns}
    return _told(survey, named) or _sale_or_receipt(survey, named)


def lines_path(survey: Survey) -> str:
    """Tell the JSON list that holds a document's lines; empty where none looks like it."""
    scores = {
        path: _line_score(column for column in survey.inner if column.under == path)
        for path in survey.lists
    }
    best = max(scores, key=lambda path: scores[path], default="")
    return best if best and scores[best] >= _ENOUGH else ""


def has_lines(survey: Survey) -> bool:
    """Tell whether rows, or a list in them, are lines of documents."""
    return bool(lines_path(survey)) or _line_score(survey.columns) >= _ENOUGH


def _told(survey: Survey, named: set[str]) -> Decision | None:
    """Take what the export itself says it is."""
    for column in survey.columns:
        if column.words == "object" and column.constant and column.values[0] in _OBJECTS:
            return Decision(_OBJECTS[column.values[0]])
    for kind, phrases in _NUMBERED:
        # An invoice may name the estimate or the order that it comes from.
        if named & set(phrases) and (kind is Kind.CREDIT_NOTES or "invoice number" not in named):
            return Decision(kind)
    file = set(words(re.sub(r".*[/\\]", "", survey.file)).split())
    if named & _REFUND and not named & {"payment date", "payment amount"}:
        return Decision(Kind.REFUNDS)
    if file & {"refund", "refunds"} and _has(named, PAYMENT["amount"]):
        return Decision(Kind.REFUNDS)
    return None


def _sale_or_receipt(survey: Survey, named: set[str]) -> Decision:
    if named & _BALANCE:
        return Decision(Kind.PAYMENTS, "a report of balances or payouts is no list of payments")
    lines = has_lines(survey)
    stripped = {form for each in named for form in forms(each, PREFIXES[Kind.INVOICES])}
    numbered = _has(stripped, SALE["number"]) or any(named >= each for each in _NUMBERLESS)
    amount = _has(stripped, PAYMENT["amount"])
    if not lines and "due date" not in named and (named & _PAYMENT or _paid(named)):
        return Decision(Kind.PAYMENTS)
    if numbered and (lines or amount or _has(named, SALE["due_date"])):
        return Decision(Kind.INVOICES)
    if not lines and not amount and _is_people(named):
        vendors = any(each.startswith(("vendor", "supplier")) for each in named)
        return Decision(Kind.VENDORS if vendors else Kind.CUSTOMERS)
    return _doubtful(named, receipt=amount and not lines)


def _doubtful(named: set[str], *, receipt: bool) -> Decision:
    if named >= _TIMESHEET:
        doubt = "the rows look like time entries, which are not made into invoices yet"
        return Decision(Kind.INVOICES, doubt)
    if receipt:
        return Decision(Kind.PAYMENTS, "no column tells what the rows are")
    return Decision(Kind.INVOICES, "no column with a document's number was recognised")


def _paid(named: set[str]) -> bool:
    methods = set(PAYMENT["method"]) - {"type"} | {"payment method"}
    return bool(named & methods) and _has(named, PAYMENT["amount"])


def _is_people(named: set[str]) -> bool:
    people = ("client", "customer", "contact", "vendor", "supplier")
    return any(each.startswith(people) for each in named) or {"name", "email"} <= named


def _has(named: set[str], phrases: Iterable[str]) -> bool:
    return bool(named & {phrase.removeprefix("+") for phrase in phrases})


def _line_score(columns: Iterable[ColumnProfile]) -> int:
    """Count which of a line's usual parts are there."""
    found = {each for column in columns for each in forms(column.words, LINE_PREFIXES)}
    parts = ("quantity", "unit_price", "item", "description", "amount")
    have = {part for part in parts if _has(found, LINE[part])}
    return len(have - {"description", "amount"}) + (have >= {"description", "amount"})
