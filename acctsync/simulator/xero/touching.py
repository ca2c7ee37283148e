"""What a request is about, for fault scripts and the request log; and answers with parts spoilt."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import TypeAlias

from acctsync.simulator.encoding import dump, load
from acctsync.simulator.exchange import Answer, Entity, Touch
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.refusals import Refused, invalid_elements
from acctsync.simulator.xero.resource import Resource
from acctsync.simulator.xero.resources import BY_PATH, NUMBERS
from acctsync.simulator.xero.routes import Call
from acctsync.simulator.xero.writing import elements, failed, summarised

_BELOW = {
    "allocations": ("Allocation", {"PUT": "create", "DELETE": "delete"}),
    "email": ("Invoice", {"POST": "send"}),
    "history": ("History", {"PUT": "create"}),
    "options": ("TrackingOption", {"PUT": "create", "POST": "update"}),
}
_TAKEN_BACK = {"DELETED": "delete", "VOIDED": "void"}
_MANY = 10_000
CarryOut: TypeAlias = Callable[[Books, Call], Answer]


def touches(books: Books, call: Call) -> list[Touch]:
    """Tell what a call wants, without doing it; `bid` is an element's place, from 0."""
    resource = BY_PATH.get(call.path[0])
    if resource is None:
        return [Touch(call.path[-1].title(), "read")]
    if len(call.path) > 2:  # noqa: PLR2004 - endpoint, id, and what lies below
        return [_below(books, resource, call)]
    if call.method == "GET":
        return [Touch(resource.kind, "query" if len(call.path) == 1 else "read")]
    if call.method == "DELETE":
        return [Touch(resource.kind, "delete")]
    return [
        _touch(books, resource, call, one, str(at)) for at, one in enumerate(_sent(resource, call))
    ]


def _below(books: Books, resource: Resource, call: Call) -> Touch:
    entity, operations = _BELOW.get(call.path[2], (resource.kind, {}))
    return Touch(
        entity, operations.get(call.method, "read"), "", _number(books, resource, {}, call.path[1])
    )


def _touch(books: Books, resource: Resource, call: Call, sent: Entity, bid: str) -> Touch:
    key = call.path[1] if len(call.path) > 1 else str(sent.get(resource.key) or "")
    operation = "update" if key and call.method == "POST" else "create"
    operation = _TAKEN_BACK.get(str(sent.get("Status")), operation)
    return Touch(resource.kind, operation, bid, _number(books, resource, sent, key))


def _number(books: Books, resource: Resource, sent: Entity, key: str) -> str:
    name = NUMBERS.get(resource.kind, "Reference")
    if sent.get(name):
        return str(sent[name])
    stored = books.find(resource.kind, key) if key else None
    if stored is not None:
        return str(stored.get(name) or "")
    return str(sent.get("Reference") or "")


def _sent(resource: Resource, call: Call) -> list[Entity]:
    try:
        return elements(call.request.body, resource.plural, resource.kind, _MANY)
    except Refused:
        return []


# ---------------------------------------------------------------------- spoiling


def refusing(
    books: Books,
    call: Call,
    wanted: Callable[[Touch], bool],
    message: str,
    carry_out: CarryOut,
) -> Answer:
    """Carry a call out for the elements that are spared, and show the others as refused."""
    resource = BY_PATH.get(call.path[0])
    if resource is None:
        return carry_out(books, call)
    sent = _sent(resource, call)
    marks = [wanted(one) for one in touches(books, call)]
    if summarised(call.query) or not sent or len(sent) != len(marks):
        shown = [failed(resource, one, (message,), []) for one in sent or [{}]]
        return invalid_elements(shown).answer(call.request.headers)
    spared = [one for one, is_meant in zip(sent, marks, strict=True) if not is_meant]
    rows: list[Entity] = []
    body: Entity = {"Status": "OK"}
    if spared:
        smaller = replace(call.request, body=dump({resource.plural: spared}))
        done = carry_out(books, replace(call, request=smaller))
        body = load(done.body)
        if resource.plural not in body:
            return done
        rows = body[resource.plural]
    following = iter(rows)
    body[resource.plural] = [
        failed(resource, one, (message,), []) if is_meant else next(following)
        for one, is_meant in zip(sent, marks, strict=True)
    ]
    return Answer(200, dump(body), {"Content-Type": "application/json; charset=utf-8"})


def rearranged(body: Entity, omitted: Container[str], *, reverse: bool) -> Entity:
    """Leave elements out of an answer by their places, or turn their order round."""
    for name, rows in body.items():
        if isinstance(rows, list) and name in {one.plural for one in BY_PATH.values()}:
            kept = [one for at, one in enumerate(rows) if str(at) not in omitted]
            return {**body, name: kept[::-1] if reverse else kept}
    return body
