"""Recognises records of one row each: payments, refunds, customers and vendors."""

from __future__ import annotations

from collections.abc import Sequence

from acctsync.documents import Kind
from acctsync.mapping.profiling.styles import number_in
from acctsync.mapping.recognition.finding import (
    CONFIRM,
    TRUE,
    UNKNOWN,
    Finder,
    Literal,
    Recognised,
    add_currency,
    add_party,
    add_state,
    evaluated,
    is_day,
    is_number,
    is_text,
    method_shape,
)
from acctsync.mapping.recognition.kinds import Decision
from acctsync.mapping.recognition.notation import number_style
from acctsync.mapping.recognition.synonyms import (
    PAYMENT,
    PEOPLE,
    PREFIXES,
    REFUND,
    REFUND_DATES,
    REFUNDED,
)
from acctsync.mapping.survey import ColumnProfile, Survey

_GONE = ("deleted", "is deleted", "archived", "is archived")
_FEE_CURRENCIES = ("fee currency", "converted currency", "settlement currency")


def recognised_receipt(
    survey: Survey, decision: Decision, invoices: frozenset[str] = frozenset()
) -> Recognised:
    """Recognise payments or refunds; `invoices` are ids and numbers that they may name."""
    found = Recognised(decision.kind, decision.doubt)
    finder = Finder(survey.columns, PREFIXES[decision.kind], found)
    phrases = PAYMENT if decision.kind is Kind.PAYMENTS else REFUND
    _add_required(found, finder, phrases["id"], phrases["date"], phrases["amount"])
    if decision.kind is Kind.REFUNDS:
        _add(found, "payment", finder.find("payment", phrases["payment"]))
    _add(found, "invoice", _invoice(finder, phrases["invoice"], invoices))
    add_party(found, finder, survey)
    add_state(found, finder.find("state", phrases["state"], is_text))
    add_currency(found, finder.find("currency", phrases["currency"]))
    for name in ("reference", "memo", "location"):
        if name in phrases:
            _add(found, name, finder.find(name, phrases[name], is_text))
    _add_rates(found, finder)
    method = finder.find("method", phrases["method"], is_text)
    if method is not None:
        found.head["method"] = method_shape(method)
    _heed_signs(found, survey)
    if decision.kind is Kind.REFUNDS and not {"payment", "invoice"} & set(found.head):
        found.head["payment"] = UNKNOWN
        found.notes["payment"] = f"{CONFIRM}: no column names the payment or the invoice"
        found.doubt = found.doubt or "no column names what is refunded"
    for table, name in (("payment_methods", "method"), ("locations", "location")):
        if name in found.head:
            found.see(table, (evaluated(found.head[name], row) for row in survey.rows))
    return found


def refunds_beside(payments: Recognised, survey: Survey) -> list[Recognised]:
    """Recognise refunds that stand as an amount on the rows of their payments."""
    spare = Recognised(Kind.REFUNDS, payments.doubt, used=dict(payments.used))
    finder = Finder(survey.columns, (), spare)
    amount = finder.find("amount", REFUNDED, lambda c: bool(c.numbers.styles) and c.distinct > 1)
    known = payments.head["id"]
    if amount is None or not isinstance(known, str) or {"{", "}"} & set(known):
        return []
    day = finder.find("date", REFUND_DATES, lambda c: bool(c.dates.styles))
    spare.where.append({"column": amount.name, "more_than": Literal("0")})
    spare.head = {
        "id": {"text": f"{{{known}}}-refund"},
        "date": day.name if day is not None else payments.head["date"],
        "amount": amount.name,
        "payment": known,
    }
    if day is None:
        spare.notes["date"] = f"{CONFIRM}: the payment's, there is none of the refund"
        spare.days = dict(payments.days)
    else:
        spare.days["date"] = day
    for name in ("invoice", "currency"):
        if name in payments.head:
            spare.head[name] = payments.head[name]
    return [spare]


def recognised_people(survey: Survey, decision: Decision) -> Recognised:
    """Recognise customers or vendors."""
    found = Recognised(decision.kind, decision.doubt)
    finder = Finder(survey.columns, PREFIXES[decision.kind], found)
    name = finder.find("name", PEOPLE["name"], is_text)
    gone = finder.find("where", _GONE, lambda c: "true" in c.values)
    if gone is not None:
        found.where.append({"column": gone.name, "is_not": TRUE})
    known = finder.find("id", PEOPLE["id"], lambda c: c.filled == c.rows == c.distinct)
    id_column = known or name
    if id_column is None or name is None:
        found.doubt = found.doubt or "no column with a name was recognised"
        found.notes["name"] = f"{CONFIRM}: no column with a name was recognised"
    found.head["id"] = id_column.name if id_column else UNKNOWN
    found.head["name"] = name.name if name else found.head["id"]
    add_currency(found, finder.find("currency", PEOPLE["currency"]))
    for each in ("email", "phone", "tax_number"):
        _add(found, each, finder.find(each, PEOPLE[each]))
    return found


def _add_required(
    found: Recognised,
    finder: Finder,
    ids: Sequence[str],
    dates: Sequence[str],
    amounts: Sequence[str],
) -> None:
    known = finder.find("id", ids)
    day = finder.find("date", dates, is_day)
    amount = finder.find("amount", amounts, is_number)
    found.head["id"] = known.name if known else UNKNOWN
    found.head["date"] = day.name if day else {"value": "1970-01-01"}
    found.head["amount"] = amount.name if amount else {"value": "0"}
    for name, column in (("id", known), ("date", day), ("amount", amount)):
        if column is None:
            found.notes[name] = f"{CONFIRM}: no such column was recognised"
            found.doubt = found.doubt or f"no column for {name} was recognised"
    if day is not None:
        found.days["date"] = day
    if amount is not None:
        found.amounts.append(amount)


def _invoice(
    finder: Finder, phrases: Sequence[str], invoices: frozenset[str]
) -> ColumnProfile | None:
    """Find the column that names the invoice: rather one whose values are known invoices."""
    if invoices:
        known = finder.find(
            "invoice", phrases, lambda column: not invoices.isdisjoint(column.values)
        )
        if known is not None:
            return known
    return finder.find("invoice", phrases)


def _add(found: Recognised, name: str, column: ColumnProfile | None) -> None:
    if column is not None:
        found.head[name] = column.name


def _add_rates(found: Recognised, finder: Finder) -> None:
    """Find what goes beside the amount of a payment: its fee, and a rate of exchange."""
    if found.kind is not Kind.PAYMENTS:
        return
    fee = finder.find("fee", PAYMENT["fee"], is_number)
    if fee is not None:
        other = finder.find("fee", _FEE_CURRENCIES, is_text)
        found.head["fee"] = {"column": fee.name, "currency": other.name} if other else fee.name
        found.amounts.append(fee)
    rate = finder.find("exchange_rate", PAYMENT["exchange_rate"], is_number)
    if rate is not None:
        found.head["exchange_rate"] = rate.name
        found.quantities.append(rate)


def _heed_signs(found: Recognised, survey: Survey) -> None:
    """Take the sign off refunds; leave rows out that are no payments."""
    name = found.head["amount"]
    if not isinstance(name, str):
        return
    style = number_style(survey, found).value[0]
    read = [number_in(row.get(name, ""), style) for row in survey.rows]
    amounts = [each for each in read if each is not None]
    if found.kind is Kind.REFUNDS and any(each < 0 for each in amounts):
        found.head["amount"] = {"column": name, "absolute": TRUE}
    elif found.kind is Kind.PAYMENTS and any(each <= 0 for each in amounts):
        found.where.append({"column": name, "more_than": Literal("0")})
        found.notes["where"] = f"{CONFIRM}: rows of zero or less are no payments"
