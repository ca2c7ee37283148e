"""The Accounting API of one organisation: which address and method does what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acctsync.simulator.exchange import Answer, Entity, Request
from acctsync.simulator.xero.allocations import allocated, allocation_shown, taken_back
from acctsync.simulator.xero.books import Books, Note
from acctsync.simulator.xero.fields import read, text
from acctsync.simulator.xero.listing import listed
from acctsync.simulator.xero.lists import organisation_shown
from acctsync.simulator.xero.refusals import (
    Elsewhere,
    Invalid,
    invalid_elements,
    not_implemented,
    unreadable,
)
from acctsync.simulator.xero.reports import profit_and_loss
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.resources import BY_PATH
from acctsync.simulator.xero.tracking import (
    option_created,
    option_removed,
    option_shown,
    option_updated,
)
from acctsync.simulator.xero.wire import answer, envelope, instant
from acctsync.simulator.xero.writing import (
    creating,
    elements,
    places,
    summarised,
    updating,
    upserting,
    write,
)

_MAILED = {"SUBMITTED", "AUTHORISED", "PAID"}
_LONGEST_NOTE = 2500


@dataclass(frozen=True, slots=True)
class Call:
    """A request to one organisation; the names of `query` are in lower case."""

    request: Request
    path: tuple[str, ...]
    query: Mapping[str, str]

    @property
    def method(self) -> str:
        """What is to be done."""
        return self.request.method


def carried_out(books: Books, call: Call) -> Answer:
    """Carry a call out."""
    match call.method, call.path:
        case "GET", ("organisation",):
            return _envelope(books, call, "Organisations", [organisation_shown(books)])
        case "GET", ("reports", "profitandloss"):
            return _envelope(books, call, "Reports", [profit_and_loss(books, call.query)])
    resource = BY_PATH.get(call.path[0])
    if resource is None:
        raise Elsewhere
    match call.path[1:]:
        case ():
            return _collection(books, resource, call)
        case (key,):
            return _single(books, resource, key, call)
        case (key, "history") if resource.has_history:
            return _history(books, resource, key, call)
        case (key, *rest):
            return _below(books, resource, _object(books, resource, key), rest, call)
    raise Elsewhere


def _collection(books: Books, resource: Resource, call: Call) -> Answer:
    match call.method:
        case "GET":
            since = call.request.headers.get("if-modified-since", "")
            found = listed(books, resource, call.query, since, places(resource, call.query))
            return _envelope(books, call, resource.plural, found.rows, found.pagination)
        case "PUT":
            return _written(books, resource, call, creating(books, resource))
        case "POST":
            return _written(books, resource, call, upserting(books, resource))
    raise not_implemented()


def _single(books: Books, resource: Resource, key: str, call: Call) -> Answer:
    found = _object(books, resource, key)
    match call.method:
        case "GET":
            shown = resource.shown(books, found, Depth.FULL, places(resource, call.query))
            return _envelope(books, call, resource.plural, [shown])
        case "POST":
            return _written(books, resource, call, updating(books, resource, found))
        case "DELETE" if resource.remove is not None:
            left = resource.remove(books, found)
            if left is None:
                return Answer(204, b"")
            shown = resource.shown(books, left, Depth.FULL, 2)
            return _envelope(books, call, resource.plural, [shown])
    raise not_implemented()


def _written(
    books: Books, resource: Resource, call: Call, action: Callable[[Entity, Reply], Entity]
) -> Answer:
    sent = elements(
        _json(call.request), resource.plural, resource.kind, int(books.settings.most_elements)
    )
    shown = write(books, resource, sent, call.query, action)
    return _envelope(books, call, resource.plural, shown)


def _object(books: Books, resource: Resource, key: str) -> Entity:
    found = books.find(resource.kind, key)
    if found is None and resource.number:
        found = books.one_by(resource.kind, resource.number, key)
    if found is None:
        raise Elsewhere
    return found


# ---------------------------------------------------------------------- below an object


def _below(books: Books, resource: Resource, found: Entity, rest: list[str], call: Call) -> Answer:
    key = str(found[resource.key])
    match call.method, resource.kind, rest:
        case "POST", "Invoice", ["email"]:
            return _mailed(books, found)
        case "GET", "Invoice", ["onlineinvoice"]:
            link = {"OnlineInvoiceUrl": f"https://in.xero.com/{key.replace('-', '')}"}
            return _envelope(books, call, "OnlineInvoices", [link])
        case "PUT", "CreditNote" | "Overpayment" | "Prepayment", ["allocations"]:
            return _allocated(books, resource, key, call)
        case "DELETE", "CreditNote" | "Overpayment" | "Prepayment", ["allocations", allocation]:
            return answer(
                _refusing(lambda: taken_back(books, resource.kind, found, allocation), {}),
                call.request.headers,
            )
        case _, "TrackingCategory", ["options", *option]:
            return _options(books, found, option, call)
    raise Elsewhere


def _history(books: Books, resource: Resource, key: str, call: Call) -> Answer:
    match call.method:
        case "GET":
            known = str(_object(books, resource, key)[resource.key])
            notes = [_note_shown(one) for one in books.notes[resource.kind, known]]
            return _envelope(books, call, "HistoryRecords", notes)
        case "PUT":
            return _noted(books, resource, key, call)
    raise not_implemented()


def _noted(books: Books, resource: Resource, key: str, call: Call) -> Answer:
    found = books.find(resource.kind, key)
    sent = elements(_json(call.request), "HistoryRecords", "HistoryRecord", 1)
    details = _refusing(
        lambda: read({"Details": text(_LONGEST_NOTE)}, sent[0], "HistoryRecord"), sent[0]
    )
    if found is None:
        problem = "The document with the supplied id was not found for this endpoint."
        raise invalid_elements([{**sent[0], "ValidationErrors": _messages([problem])}])
    note = books.note(resource.kind, str(found[resource.key]), str(details.get("Details", "")))
    return _envelope(books, call, "HistoryRecords", [_note_shown(note)])


def _note_shown(note: Note) -> Entity:
    moment = instant(note.moment).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "Changes": "Note",
        "DateUTCString": moment,
        "DateUTC": f"/Date({note.moment})/",
        "User": "System Generated",
        "Details": note.details,
    }


def _mailed(books: Books, invoice: Entity) -> Answer:
    contact = books.get("Contact", invoice["ContactID"])
    problems = []
    if invoice["Type"] != "ACCREC" or invoice["Status"] not in _MAILED:
        problems.append("Only approved sales invoices can be emailed.")
    if not contact.get("EmailAddress"):
        problems.append("The contact of the invoice has no email address.")
    if not problems and books.mails_left() <= 0:
        problems.append("The daily email limit of the organisation has been reached.")
    if problems:
        shown = {"InvoiceID": invoice["InvoiceID"], "ValidationErrors": _messages(problems)}
        raise invalid_elements([shown])
    books.mail(invoice["InvoiceID"], contact["EmailAddress"])
    books.put("Invoice", {**invoice, "SentToContact": True}, quiet=True)
    return Answer(204, b"")


def _allocated(books: Books, resource: Resource, key: str, call: Call) -> Answer:
    most = int(books.settings.most_elements)
    sent = elements(_json(call.request), "Allocations", "Allocation", most)
    strict = summarised(call.query)
    outcomes: list[Entity] = []
    failed: list[Entity] = []
    with books.revocable() as take_back:
        for one in sent:
            credit = books.get(resource.kind, key)
            try:
                done = allocated(books, resource.kind, credit, one)
                outcomes.append(allocation_shown(books, done))
            except Invalid as invalid:
                failed.append({**one, "ValidationErrors": _messages(list(invalid.messages))})
                outcomes.append({**failed[-1], "StatusAttributeString": "ERROR"})
        if failed and strict:
            take_back()
            raise invalid_elements(failed)
    return _envelope(books, call, "Allocations", outcomes)


def _options(books: Books, category: Entity, option: list[str], call: Call) -> Answer:
    sent: Entity = {}
    if call.method in {"PUT", "POST"}:
        sent = elements(_json(call.request), "Options", "Option", 1)[0]
    match call.method, option:
        case "PUT", []:
            done = _refusing(lambda: option_created(books, category, sent), sent)
        case "POST", [key]:
            done = _refusing(lambda: option_updated(books, category, key, sent), sent)
        case "DELETE", [key]:
            done = option_removed(books, category, key)
        case _:
            raise not_implemented()
    return _envelope(books, call, "Options", [option_shown(done)])


# ---------------------------------------------------------------------- parts of answers


def _refusing(action: Callable[[], Entity], sent: Entity) -> Entity:
    """Do one thing; what is invalid about it refuses the call."""
    try:
        return action()
    except Invalid as invalid:
        shown = {**sent, "ValidationErrors": _messages(list(invalid.messages))}
        raise invalid_elements([shown]) from None


def _messages(texts: list[str]) -> list[Entity]:
    return [{"Message": one} for one in texts]


def _envelope(
    books: Books,
    call: Call,
    plural: str,
    rows: list[Entity],
    pagination: Entity | None = None,
) -> Answer:
    body = envelope(books.now(), plural, rows, pagination)
    return answer(body, call.request.headers)


def _json(request: Request) -> bytes:
    if "json" not in request.headers.get("content-type", ""):
        raise unreadable("The body must be JSON, and be said to be")
    return request.body
