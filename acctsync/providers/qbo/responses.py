"""Bytes → outcomes and documents; pure.

The digest covers what we write and nothing that QuickBooks works out or people may add elsewhere,
so that an answer to our write and a later read agree for as long as nobody touched the document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from acctsync.documents import (
    ALLOCATIONS,
    EXPENSED_FEES,
    LABELS,
    PARTIES,
    PURCHASES,
    Kind,
    Link,
    Mailed,
    RemoteDocument,
    both_accounts,
    digest,
)
from acctsync.providers.encoding import Json, decode
from acctsync.providers.exchange import Answer
from acctsync.providers.port import Accepted, Outcome, Refusal, Rejected, Throttled, Unknown
from acctsync.providers.qbo.faults import (
    Class,
    Fault,
    decisive,
    faults_in,
    faults_in_xml,
    meaning,
    problem,
)
from acctsync.providers.qbo.matching import number_field
from acctsync.providers.qbo.payloads import ENTITIES
from acctsync.providers.stamps import real_date, stamped_id

# Intuit names no waiting time for its passing troubles (one name at a time, wait a few minutes).
PASSING_SECONDS = 5.0

_OK, _BAD_REQUEST = 200, 400
_REFUSALS = {
    Class.DUPLICATE: Refusal.DUPLICATE,
    Class.STALE: Refusal.STALE,
    Class.GONE: Refusal.GONE,
    Class.REFERENCE: Refusal.REFERENCE,
}
_VOIDED = "voided"
_PAYMENTS = frozenset({Kind.PAYMENTS, *ALLOCATIONS, Kind.UNAPPLIED_PAYMENTS})
_RECEIPTS = frozenset({Kind.SALES_RECEIPTS, Kind.RETAINERS})
_LINKED = {
    "Invoice": Kind.INVOICES,
    "CreditMemo": Kind.CREDIT_NOTES,
    "Payment": Kind.PAYMENTS,
}


def outcomes(answer: Answer, kinds: Sequence[Kind], *, batch: bool) -> list[Outcome]:
    """Tell what became of each write of an exchange that brought an answer."""
    value = json_or_none(answer)
    faults = faults_in(value) or (faults_in_xml(answer.body) if value is None else ())
    if faults and answer.status in {_OK, _BAD_REQUEST}:
        return [_refused(faults, answer.request)] * len(kinds)
    if answer.status != _OK or not isinstance(value, dict):
        why = f"an answer that can't be used (status {answer.status})"
        return [Unknown(why=why, request=answer.request)] * len(kinds)
    if not batch:
        return [_outcome(value, kinds[0], answer.request)]
    return _batch(value, kinds, answer.request)


def rows(value: Json, entity: str) -> list[Json] | None:
    """Read the rows of a query's answer, or None when it is none."""
    found = value.get("QueryResponse")
    if not isinstance(found, dict):
        return None
    listed = found.get(entity, [])
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        return None
    return listed


def json_or_none(answer: Answer) -> Any:
    """Decode a body, whatever the server says it is."""
    try:
        return decode(answer.body)
    except (ValueError, RecursionError):
        return None


def remote_document(kind: Kind, entity: Mapping[str, Any]) -> RemoteDocument:
    """Read an object as the books hold it."""
    if kind in PARTIES:
        return _remote_party(kind, entity)
    if kind in {Kind.ITEMS, *LABELS}:
        return _remote_entry(kind, entity)
    if kind is Kind.DELIVERIES:
        return replace(remote_document(Kind.INVOICES, entity), kind=kind)
    if kind is Kind.PAYOUTS:
        return _remote_transfer(entity)
    note = str(entity.get("PrivateNote") or "")
    number = entity.get(number_field(kind))
    total = _amount(entity.get("TotalAmt"))
    return RemoteDocument(
        kind=kind,
        id=str(entity["Id"]),
        version=str(entity.get("SyncToken", "")),
        digest=digest(_owned(kind, entity)),
        number=str(number or ""),
        stamp=stamped_id(note, kind),
        date=_date(entity.get("TxnDate")),
        customer=_ref(entity, _other_side(kind)),
        currency=_ref(entity, "CurrencyRef"),
        total=total,
        balance=_balance(kind, entity),
        voided=_is_deleted(entity) or (not total and note.casefold().startswith(_VOIDED)),
        real_date=real_date(note),
        links=tuple(_links(kind, entity)),
        deposited=any(each.word == "Deposit" for each in _linked(entity)),
        mailed=_mailed(entity) if kind is Kind.INVOICES else Mailed.NO,
    )


def _links(kind: Kind, entity: Mapping[str, Any]) -> Iterator[Link]:
    """Name what a payment settles, what an invoice is settled by, and what became of an order."""
    if kind in {Kind.INVOICES, Kind.ESTIMATES, Kind.PURCHASE_ORDERS}:
        yield from _linked(entity)
    elif kind in _PAYMENTS:
        for line in _lines(entity):
            for link in _linked(line):
                yield link._replace(amount=_amount(line.get("Amount")))


def _linked(entity: Mapping[str, Any]) -> Iterator[Link]:
    listed = entity.get("LinkedTxn")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            word = str(each.get("TxnType") or "")
            yield Link(_LINKED.get(word), str(each.get("TxnId") or ""), word)


def _mailed(entity: Mapping[str, Any]) -> Mailed:
    """Tell whether QuickBooks mailed it (Intuit: Invoice, EmailStatus and DeliveryInfo)."""
    if entity.get("EmailStatus") == "EmailSent" or _part(entity, "DeliveryInfo").get(
        "DeliveryTime"
    ):
        return Mailed.SENT
    return Mailed.QUEUED if entity.get("EmailStatus") == "NeedToSend" else Mailed.NO


def _other_side(kind: Kind) -> str:
    if kind in EXPENSED_FEES:
        return "EntityRef"
    return "VendorRef" if kind in PURCHASES else "CustomerRef"


def _balance(kind: Kind, entity: Mapping[str, Any]) -> Decimal | None:
    """Tell what is open; what is paid as it is made says nothing."""
    if kind in {*_RECEIPTS, *EXPENSED_FEES, *ALLOCATIONS}:
        return None
    return _amount(entity.get("UnappliedAmt" if kind in _PAYMENTS else "Balance"))


def _remote_party(kind: Kind, entity: Mapping[str, Any]) -> RemoteDocument:
    name = str(entity.get("DisplayName") or "")
    return RemoteDocument(
        kind=kind,
        id=str(entity["Id"]),
        version=str(entity.get("SyncToken", "")),
        digest=digest(_owned(kind, entity)),
        number=name,
        name=name,
        email=str(_part(entity, "PrimaryEmailAddr").get("Address") or ""),
        company=str(entity.get("CompanyName") or ""),
        phone=str(_part(entity, "PrimaryPhone").get("FreeFormNumber") or ""),
        currency=_ref(entity, "CurrencyRef"),
        balance=_amount(entity.get("Balance")),
        active=entity.get("Active") is not False,
    )


def _remote_entry(kind: Kind, entity: Mapping[str, Any]) -> RemoteDocument:
    """Read an item, class or department, under its full name."""
    name = str(entity.get("FullyQualifiedName") or entity.get("Name") or "")
    return RemoteDocument(
        kind=kind,
        id=str(entity["Id"]),
        version=str(entity.get("SyncToken", "")),
        digest=digest([name, entity.get("Active") is not False]),
        number=name,
        name=name,
        active=entity.get("Active") is not False,
    )


def _remote_transfer(entity: Mapping[str, Any]) -> RemoteDocument:
    """Read a transfer; it has no number, and nothing of it is ever open (Intuit: Transfer)."""
    note, total = str(entity.get("PrivateNote") or ""), _amount(entity.get("Amount"))
    left, entered = _ref(entity, "FromAccountRef"), _ref(entity, "ToAccountRef")
    owned = [
        entity.get("TxnDate"),
        left,
        entered,
        _ref(entity, "CurrencyRef"),
        _plain(entity.get("Amount")),
        note,
    ]
    return RemoteDocument(
        kind=Kind.PAYOUTS,
        id=str(entity["Id"]),
        version=str(entity.get("SyncToken", "")),
        digest=digest(owned),
        stamp=stamped_id(note, Kind.PAYOUTS),
        date=_date(entity.get("TxnDate")),
        customer=both_accounts(left, entered),
        currency=_ref(entity, "CurrencyRef"),
        total=total,
        voided=_is_deleted(entity) or (not total and note.casefold().startswith(_VOIDED)),
        real_date=real_date(note),
    )


def _batch(value: Mapping[str, Any], kinds: Sequence[Kind], request: str) -> list[Outcome]:
    items = value.get("BatchItemResponse")
    by_bid: dict[str, Mapping[str, Any]] = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            by_bid.setdefault(str(item.get("bId")), item)
    missing = Unknown(why="it is missing from QuickBooks' answer", request=request)
    return [
        _outcome(by_bid[bid], kind, request) if (bid := str(number)) in by_bid else missing
        for number, kind in enumerate(kinds, 1)
    ]


def _outcome(item: Mapping[str, Any], kind: Kind, request: str) -> Outcome:
    faults = faults_in(item)
    if faults:
        return _refused(faults, request)
    entity = item.get(ENTITIES[kind])
    if not isinstance(entity, dict) or not str(entity.get("Id") or ""):
        return Unknown(why="QuickBooks' answer doesn't show the document", request=request)
    try:
        return Accepted(remote=remote_document(kind, entity), request=request)
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return Unknown(why="QuickBooks' answer shows the document unreadably", request=request)


def _refused(faults: Sequence[Fault], request: str) -> Outcome:
    fault = decisive(faults)
    found = meaning(fault)
    match found.kind:
        case Class.TRANSIENT | Class.LATER:
            return Throttled(wait=PASSING_SECONDS, why=found.words)
        case Class.UNCLEAR:
            return Unknown(why=found.words, request=request)
        case Class.REPLAYED:
            return Unknown(why=found.words, request=request, stored_answer=True)
        case _:
            refusal = _REFUSALS.get(found.kind, Refusal.INVALID)
            return Rejected(problem=problem(faults, request), refusal=refusal)


def _owned(kind: Kind, entity: Mapping[str, Any]) -> list[Any]:
    """List the fields that we own, in one form for answers and reads."""
    if kind in PARTIES:
        return [
            entity.get("DisplayName"),
            entity.get("CompanyName"),
            _part(entity, "PrimaryEmailAddr").get("Address"),
            _part(entity, "PrimaryPhone").get("FreeFormNumber"),
            entity.get("Active") is not False,
        ]
    shared = [
        entity.get("TxnDate"),
        _ref(entity, _other_side(kind)),
        _ref(entity, "CurrencyRef"),
        _plain(entity.get("TotalAmt")),
        entity.get("PrivateNote") or "",
    ]
    if kind in _PAYMENTS:
        return [*shared, *_owned_of_payment(entity)]
    own = _owned_of_form(kind, entity)
    if kind in EXPENSED_FEES:
        own += [_ref(entity, "AccountRef")]
    if kind in _RECEIPTS:
        own += [_ref(entity, "PaymentMethodRef"), _ref(entity, "DepositToAccountRef")]
    if kind in PURCHASES:
        own += [entity.get("Memo") or "", entity.get("DueDate") or "", entity.get("POStatus") or ""]
    return [*shared, *own]


def _owned_of_payment(entity: Mapping[str, Any]) -> list[Any]:
    return [
        entity.get("PaymentRefNum") or "",
        _ref(entity, "PaymentMethodRef"),
        _ref(entity, "DepositToAccountRef"),
        sorted(_payment_line(line) for line in _lines(entity)),
    ]


def _payment_line(line: Mapping[str, Any]) -> list[str]:
    linked = line.get("LinkedTxn")
    first = linked[0] if isinstance(linked, list) and linked else {}
    return [str(first.get("TxnType")), str(first.get("TxnId")), _plain(line.get("Amount"))]


def _owned_of_form(kind: Kind, entity: Mapping[str, Any]) -> list[Any]:
    return [
        entity.get("DocNumber") or "",
        entity.get("DueDate") if kind is Kind.INVOICES else "",
        _part(entity, "CustomerMemo").get("value") or "",
        _ref(entity, "ClassRef"),
        _ref(entity, "DepartmentRef"),
        _ref(entity, "DepositToAccountRef") if kind is Kind.REFUNDS else "",
        _plain(_part(entity, "TxnTaxDetail").get("TotalTax")),
        [_form_line(line) for line in _lines(entity) if line.get("DetailType") in _LINE_PARTS],
    ]


def _form_line(line: Mapping[str, Any]) -> list[Any]:
    detail = _part(line, str(line["DetailType"]))
    return [
        line["DetailType"],
        _plain(line.get("Amount")),
        line.get("Description") or "",
        *_LINE_PARTS[line["DetailType"]](detail),
    ]


def _lines(entity: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lines = entity.get("Line")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else _NOTHING


def _ref(entity: Mapping[str, Any], name: str) -> str:
    part = entity.get(name)
    return str(part.get("value") or "") if isinstance(part, dict) else ""


def _plain(value: object) -> str:
    """Write a number so that 100, 100.0 and 100.00 are the same; absent is nothing, not zero."""
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    return _written(value if isinstance(value, Decimal) else Decimal(str(value)))


# Prices, quantities and amounts come again and again; all zeros are written alike.
@lru_cache(maxsize=4096)
def _written(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"


def _amount(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None


def _date(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _is_deleted(entity: Mapping[str, Any]) -> bool:
    return entity.get("status") == "Deleted"


_NOTHING: Mapping[str, Any] = MappingProxyType({})
_Detail = Mapping[str, Any]


def _of_sold(detail: _Detail) -> tuple[str, ...]:
    return (*_of_item(detail), str(detail.get("ServiceDate") or ""))


def _of_item(detail: _Detail) -> tuple[str, ...]:
    return (
        _ref(detail, "ItemRef"),
        _plain(detail.get("Qty")),
        _plain(detail.get("UnitPrice")),
        _ref(detail, "ClassRef"),
        _ref(detail, "TaxCodeRef"),
    )


def _of_account(detail: _Detail) -> tuple[str, ...]:
    return _ref(detail, "AccountRef"), _ref(detail, "ClassRef"), _ref(detail, "TaxCodeRef")


_LINE_PARTS: dict[object, Callable[[_Detail], tuple[str, ...]]] = {
    "SalesItemLineDetail": _of_sold,
    "ItemBasedExpenseLineDetail": _of_item,
    "AccountBasedExpenseLineDetail": _of_account,
    "DiscountLineDetail": lambda detail: (_ref(detail, "DiscountAccountRef"),),
    "GroupLineDetail": lambda detail: (_ref(detail, "GroupItemRef"),),
    "DescriptionOnly": lambda _: (),
}
