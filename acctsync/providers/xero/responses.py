"""Bytes → outcomes and documents; pure.

With `summarizeErrors=false` every element is judged by itself: neither the status 200 nor an id in
it means that it was taken, and a warning means that it was taken otherwise than it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from acctsync.documents import (
    PARTIES,
    DocumentRef,
    Kind,
    Link,
    Mailed,
    RemoteDocument,
    both_accounts,
    digest,
    whole_of,
)
from acctsync.providers.encoding import Json, decode
from acctsync.providers.exchange import Answer
from acctsync.providers.port import Accepted, Exchange, Outcome, Refusal, Rejected, Unknown
from acctsync.providers.stamps import real_date, stamped_id
from acctsync.providers.xero.allocations import CREDITS, allocation
from acctsync.providers.xero.context import DELETED, VOIDED
from acctsync.providers.xero.dates import day, moment
from acctsync.providers.xero.faults import Class, decisive, gone, messages, problem, warned
from acctsync.providers.xero.labels import made_id
from acctsync.providers.xero.notes import RECORDS, noted
from acctsync.providers.xero.payloads import IDS, NUMBERS, RESOURCES, answered_as, noted_id
from acctsync.providers.xero.values import amount, identity, plain, versioned

NOBODY = "00000000-0000-0000-0000-000000000000"
_OK, _BAD_REQUEST, _NOT_FOUND = 200, 400, 404
# Xero: response codes: nothing of such a call was done. What is said by that name alone is judged
# by it: its message speaks to programmers.
_REFUSED_WHOLE = frozenset({_BAD_REQUEST, 412, 501})
_MISTAKES = frozenset({"PostDataInvalidException", "ApiMethodNotImplementedException"})
MAILED = frozenset({_OK, 204})  # Xero: invoices: e-mailing is answered with nothing
_SERVER = 500
_INVOICES = frozenset({Kind.INVOICES, Kind.DELIVERIES})
_REFUSALS = {
    Class.LOOK: Refusal.DUPLICATE,
    Class.STALE: Refusal.STALE,
    Class.GONE: Refusal.GONE,
    Class.SETTINGS: Refusal.REFERENCE,
}


def outcomes(
    answer: Answer, kinds: Sequence[Kind], resource: str, sent: Sequence[Mapping[str, Any]]
) -> list[Outcome]:
    """Tell what became of each write of an exchange that brought an answer.

    `sent` are the elements as they went over: an answer that stands for another is none.
    """
    if answer.status == _NOT_FOUND:
        return [Rejected(problem=gone(answer.request), refusal=Refusal.GONE)] * len(kinds)
    value = json_or_none(answer)
    if answer.status in _REFUSED_WHOLE and isinstance(value, Mapping):
        return [_refused_whole(value, answer)] * len(kinds)
    if answer.status != _OK or not isinstance(value, Mapping):
        why = f"an answer that can't be used (status {answer.status})"
        stored = answer.status >= _SERVER  # Xero: idempotency: failures are kept under the key too
        return [Unknown(why=why, request=answer.request, stored_answer=stored)] * len(kinds)
    listed = value.get(resource)
    elements = (
        [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    )
    return [
        _outcome(_of(elements, place, each), kind, answer.request)
        for place, (kind, each) in enumerate(zip(kinds, sent, strict=True))
    ]


def label_outcome(exchange: Exchange, answer: Answer) -> tuple[Outcome | None, str]:
    """Tell how the creating of a category or option failed, or the id of what was made."""
    value = json_or_none(answer)
    if answer.status == _OK and isinstance(value, Mapping):
        found = rows(value, answered_as(exchange.target)) or [{}]
        made = made_id(exchange.target.partition("?")[0], found[0])
        if made and not made.endswith("/") and not messages(found[0]):
            return None, made
    return outcomes(answer, exchange.kinds, "", [{}])[0], ""


def note_outcome(exchange: Exchange, answer: Answer) -> Outcome:
    """Tell what became of a note: it is there if the answer shows it with our stamp."""
    sent = rows(decode(exchange.body), RECORDS) or []
    shown = (rows(json_or_none(answer), RECORDS) or []) if answer.status == _OK else []
    id_ = noted_id(exchange)
    stamps = {each.stamp for each in noted(id_, sent)}
    ours = [each for each in noted(id_, shown) if each.stamp in stamps]
    if ours and not any(messages(each) for each in shown):
        return Accepted(remote=ours[0], request=answer.request)
    return outcomes(answer, exchange.kinds, "", [{}])[0]


def rows(value: object, resource: str) -> list[Json] | None:
    """Read the elements of an answer, or None when it is none."""
    listed = value.get(resource) if isinstance(value, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        return None
    return listed


def json_or_none(answer: Answer) -> Any:
    """Decode a body, whatever the server says it is."""
    try:
        return decode(answer.body)
    except (ValueError, RecursionError):
        return None


def remote_document(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    """Read an element as the books hold it."""
    if kind in PARTIES:
        return _remote_contact(kind, element)
    read = _READERS.get(kind, _remote_form)
    return read(kind, element)


def _of(
    elements: Sequence[Mapping[str, Any]], place: int, sent: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Find the answer to one element: in its place, or wherever its number stands."""
    here = elements[place] if place < len(elements) else None
    if here is not None and _answers(here, sent):
        return here
    found = [each for each in elements if _answers(each, sent, surely=True)]
    return found[0] if len(found) == 1 else None


def _answers(element: Mapping[str, Any], sent: Mapping[str, Any], *, surely: bool = False) -> bool:
    """Tell whether an element is the answer to what was sent, by what names it."""
    shared = [name for name in _NAMING if name in sent and name in element]
    for name in shared:
        if sent[name] != element[name] and _folded(sent[name]) != _folded(element[name]):
            return False
    return bool(shared) or not surely


# What an element can be told by, each name once.
_NAMING = tuple(dict.fromkeys((*NUMBERS.values(), "Reference", "Name", "Code", *IDS.values())))


def _folded(value: object) -> str:
    return " ".join(str(value).split()).casefold()


def _outcome(element: Mapping[str, Any] | None, kind: Kind, request: str) -> Outcome:
    if element is None:
        return Unknown(why="it is missing from Xero's answer", request=request)
    said = messages(element)
    failed = element.get("HasErrors") is True or element.get("HasValidationErrors") is True
    status = str(element.get("StatusAttributeString") or "").upper()
    id_ = str(element.get(IDS[RESOURCES[kind]]) or "")
    named = bool(id_) and id_ != NOBODY
    warning = None
    if status == "WARNING" and named and not failed:
        # Xero: it was written, but not as it was sent.
        warning = warned(said, request)
    elif said or failed or status in {"ERROR", "WARNING"}:
        return _refused(said, request)
    if not named:
        return Unknown(why="Xero's answer doesn't show the document", request=request)
    try:
        return Accepted(remote=remote_document(kind, element), request=request, warning=warning)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return Unknown(why="Xero's answer shows the document unreadably", request=request)


def _refused(said: Sequence[str], request: str) -> Outcome:
    if not said:
        return Unknown(why="Xero refused it without a reason", request=request)
    kind = decisive(said)
    told = problem(said, request)
    if kind is Class.REPLAYED:
        return Unknown(why=told.message, request=request, stored_answer=True)
    return Rejected(problem=told, refusal=_REFUSALS.get(kind, Refusal.INVALID))


def _refused_whole(value: Mapping[str, Any], answer: Answer) -> Outcome:
    """Read a call that was refused as a whole: what of it was taken all the same nobody tells."""
    said = messages(value) or tuple(
        str(value[name]) for name in ("Detail", "Message") if value.get(name)
    )
    if value.get("Type") in _MISTAKES:
        said = (f"{value['Type']}: {' '.join(said)}",)
    return _refused(said, answer.request)


def _remote_form(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    reference = str(element.get("Reference") or "")
    status = str(element.get("Status") or "")
    void = status in {VOIDED, DELETED}
    total = amount(element.get("Total"))
    return RemoteDocument(
        kind=kind,
        id=str(element[IDS[RESOURCES[kind]]]),
        version=versioned(status, str(element.get("UpdatedDateUTC") or "")),
        digest=digest(_owned(kind, element)),
        number=str(element.get(NUMBERS.get(kind, "")) or ""),
        stamp=stamped_id(reference, kind),
        date=_day(element),
        customer=identity(element, "Contact", "ContactID"),
        currency=str(element.get("CurrencyCode") or ""),
        total=Decimal(0) if void else total,
        balance=Decimal(0) if void else _balance(kind, element),
        voided=void,
        real_date=real_date(reference),
        links=tuple(_settled_by(element)) if kind in _INVOICES else (),
        mailed=_mailed(element) if kind in _INVOICES else Mailed.NO,
    )


def _remote_contact(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    name = str(element.get("Name") or "")
    phone = next(
        (
            str(each.get("PhoneNumber") or "")
            for each in element.get("Phones") or []
            if each.get("PhoneType") == "DEFAULT"
        ),
        "",
    )
    email = str(element.get("EmailAddress") or "")
    active = element.get("ContactStatus", "ACTIVE") == "ACTIVE"
    return RemoteDocument(
        kind=kind,
        id=str(element["ContactID"]),
        version=str(element.get("UpdatedDateUTC") or ""),
        digest=digest([name, email, phone, active]),
        number=name,
        stamp=stamped_id(str(element.get("ContactNumber") or ""), kind),
        name=name,
        email=email,
        phone=phone,
        currency=str(element.get("DefaultCurrency") or ""),
        active=active,
    )


def _remote_item(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    code = str(element.get("Code") or "")
    return RemoteDocument(
        kind=kind,
        id=code,
        version=str(element.get("UpdatedDateUTC") or ""),
        digest=digest([code]),
        number=code,
        name=code,
    )


def _remote_payment(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    """Read a payment; what it settles stands under `Invoice` where it is read, credit notes too."""
    reference = str(element.get("Reference") or "")
    void = element.get("Status") == DELETED
    total = amount(element.get("Amount"))
    settled = element.get("Invoice") or element.get("CreditNote")
    stub = settled if isinstance(settled, Mapping) else {}
    settles = str(stub.get("InvoiceID") or stub.get("CreditNoteID") or "")
    owned = [
        str(_day(element)),
        plain(element.get("Amount")),
        identity(element, "Account", "AccountID"),
        settles,
        reference,
        void,
    ]
    whole, word = _SETTLED[kind]
    link = Link(whole, settles, word, total)
    return RemoteDocument(
        kind=kind,
        id=str(element["PaymentID"]),
        version=str(element.get("UpdatedDateUTC") or ""),
        digest=digest(owned),
        number=whole_of(DocumentRef(kind, "", stamped_id(reference, kind))).id,
        stamp=stamped_id(reference, kind),
        date=_day(element),
        customer=identity(stub, "Contact", "ContactID"),
        currency=str(stub.get("CurrencyCode") or element.get("CurrencyCode") or ""),
        total=Decimal(0) if void else total,
        balance=Decimal(0),
        voided=void,
        real_date=real_date(reference),
        links=(link,) if link.remote_id and not void else (),
        deposited=element.get("IsReconciled") is True,
    )


def _remote_transfer(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    reference = str(element.get("Reference") or "")
    left = identity(element, "FromBankAccount", "AccountID")
    entered = identity(element, "ToBankAccount", "AccountID")
    total = amount(element.get("Amount"))
    return RemoteDocument(
        kind=kind,
        id=str(element["BankTransferID"]),
        version="",
        digest=digest([str(_day(element)), left, entered, plain(total), reference]),
        stamp=stamped_id(reference, kind),
        date=_day(element),
        customer=both_accounts(left, entered),
        currency=str(element.get("CurrencyCode") or ""),
        total=total,
        real_date=real_date(reference),
    )


_SETTLED = {
    Kind.PAYMENTS: (Kind.INVOICES, "Invoice"),
    Kind.PAYMENT_PARTS: (Kind.INVOICES, "Invoice"),
    Kind.REPAYMENTS: (Kind.REFUNDS, "CreditNote"),
}
_READERS: dict[Kind, Callable[[Kind, Mapping[str, Any]], RemoteDocument]] = {
    Kind.ITEMS: _remote_item,
    Kind.PAYMENTS: _remote_payment,
    Kind.PAYMENT_PARTS: _remote_payment,
    Kind.REPAYMENTS: _remote_payment,
    Kind.PAYOUTS: _remote_transfer,
    **dict.fromkeys(CREDITS, allocation),
}


def _owned(kind: Kind, element: Mapping[str, Any]) -> list[Any]:
    """List the fields that we own, in one form for answers and reads."""
    return [
        str(_day(element)),
        str(day(element.get("DueDateString") or element.get("DueDate")) or ""),
        str(element.get(NUMBERS.get(kind, "")) or ""),
        identity(element, "Contact", "ContactID"),
        str(element.get("CurrencyCode") or ""),
        str(element.get("Reference") or ""),
        str(element.get("LineAmountTypes") or "").upper(),
        plain(element.get("Total")),
        plain(element.get("TotalTax")),
        [_owned_line(each) for each in element.get("LineItems") or []],
    ]


def _owned_line(line: Mapping[str, Any]) -> list[Any]:
    tracking = line.get("Tracking")
    return [
        str(line.get("Description") or ""),
        plain(line.get("LineAmount")),
        plain(line.get("TaxAmount")),
        str(line.get("ItemCode") or ""),
        str(line.get("AccountCode") or ""),
        str(line.get("TaxType") or ""),
        sorted(str(each.get("TrackingOptionID") or "") for each in tracking or []),
    ]


def _balance(kind: Kind, element: Mapping[str, Any]) -> Decimal | None:
    """Tell what is open: due on an invoice, left of a credit note."""
    if kind in {*_INVOICES, Kind.BILLS}:
        return amount(element.get("AmountDue"))
    if kind in {Kind.CREDIT_NOTES, Kind.REFUNDS, Kind.WRITE_OFFS}:
        return amount(element.get("RemainingCredit"))
    return None


def _settled_by(element: Mapping[str, Any]) -> Iterator[Link]:
    for each in element.get("Payments") or []:
        yield Link(Kind.PAYMENTS, str(each.get("PaymentID") or ""), "Payment")
    for each in element.get("CreditNotes") or []:
        yield Link(Kind.CREDIT_NOTES, str(each.get("CreditNoteID") or ""), "CreditNote")
    for name in ("Overpayments", "Prepayments"):
        for each in element.get(name) or []:
            yield Link(None, str(each.get(f"{name[:-1]}ID") or ""), name[:-1])


def _mailed(element: Mapping[str, Any]) -> Mailed:
    return Mailed.SENT if element.get("SentToContact") is True else Mailed.NO


def _day(element: Mapping[str, Any]) -> Any:
    """Read a document's date; where both forms stand, the plain one counts."""
    return day(element.get("DateString") or element.get("Date"))


def changed_at(element: Mapping[str, Any]) -> Any:
    """Tell when an element was changed last, by Xero's clock."""
    return moment(element.get("UpdatedDateUTC"))
