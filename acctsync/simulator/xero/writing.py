"""What a body asks to be written, element by element, and how each ended.

With summarizeErrors=false an answer is 200 with a verdict on every element. Otherwise one bad
element makes the call a 400 that tells of the bad ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acctsync.simulator.encoding import load
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.refusals import (
    Invalid,
    invalid_elements,
    no_data,
    not_implemented,
    unreadable,
)
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.wire import NO_ID, new_id


def places(resource: Resource, query: Mapping[str, str]) -> int:
    """Tell how many decimals unit prices have in this call."""
    if not resource.fine_prices:
        return 2
    wanted = query.get("unitdp", "2")
    if wanted not in {"2", "4"}:
        raise unreadable("unitdp must be 2 or 4")
    return int(wanted)


def summarised(query: Mapping[str, str]) -> bool:
    """Tell whether one bad element spoils the whole call; it does unless told otherwise."""
    wanted = query.get("summarizeerrors", "true").lower()
    if wanted not in {"true", "false"}:
        raise unreadable("summarizeErrors must be true or false")
    return wanted == "true"


def elements(body: bytes, plural: str, kind: str, most: int) -> list[Entity]:
    """Read the elements of a body: in a wrapper, as a list, or one alone."""
    try:
        sent: Any = load(body)
    except (ValueError, RecursionError):
        raise unreadable("The body is not valid JSON") from None
    found = sent.get(plural, [sent]) if isinstance(sent, dict) else sent
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise unreadable(f"{plural} must be a list of objects")
    if not found or found == [{}]:
        raise no_data(kind)
    if len(found) > most:
        raise unreadable(f"A call can bring at most {most} elements")
    return found


def write(
    books: Books,
    resource: Resource,
    sent: list[Entity],
    query: Mapping[str, str],
    action: Callable[[Entity, Reply], Entity],
) -> list[Entity]:
    """Carry an action out for every element, and show what became of each."""
    fine, strict = places(resource, query), summarised(query)
    with books.revocable() as take_back:
        outcomes = [_outcome(books, resource, one, fine, action) for one in sent]
        failed = [shown for shown, is_well in outcomes if not is_well]
        if strict and failed:
            if books.settings.failed_batch == "keeps_none":
                take_back()
            raise invalid_elements(failed)
    return [shown for shown, _ in outcomes]


def _outcome(
    books: Books,
    resource: Resource,
    sent: Entity,
    fine: int,
    action: Callable[[Entity, Reply], Entity],
) -> tuple[Entity, bool]:
    reply = Reply(fine)
    try:
        stored = action(sent, reply)
    except Invalid as invalid:
        return failed(resource, sent, invalid.messages, reply.warnings), False
    return _done(books, resource, stored, reply), True


def _done(books: Books, resource: Resource, stored: Entity, reply: Reply) -> Entity:
    shown = resource.shown(books, stored, Depth.FULL, reply.places)
    if resource.kind != "Payment":  # payments have none
        shown["StatusAttributeString"] = "WARNING" if reply.warnings else "OK"
    if reply.warnings:
        shown["Warnings"] = _messages(reply.warnings)
    return shown


def failed(
    resource: Resource, sent: Entity, messages: tuple[str, ...], warnings: list[str]
) -> Entity:
    """Show an element that was refused: what was sent, no id, and why.

    A refused payment was seen with an id of its own, which leads nowhere.
    """
    shown: Entity = {resource.key: NO_ID, **sent}
    if resource.kind == "Payment":
        shown = {**sent, "PaymentID": new_id()}
    else:
        shown["StatusAttributeString"] = "ERROR"
    if resource.flagged:
        shown[resource.flagged] = True
    if warnings:
        shown["Warnings"] = _messages(warnings)
    return {**shown, "ValidationErrors": _messages(messages)}


def _messages(texts: list[str] | tuple[str, ...]) -> list[Entity]:
    return [{"Message": one} for one in texts]


# ---------------------------------------------------------------------- actions


def creating(books: Books, resource: Resource) -> Callable[[Entity, Reply], Entity]:
    """Give what PUT does with an element."""
    create = resource.create
    if create is None:
        raise not_implemented()
    return lambda sent, reply: create(books, sent, reply)


def upserting(books: Books, resource: Resource) -> Callable[[Entity, Reply], Entity]:
    """Give what POST does with an element: change what it means, or create it."""
    create, update, match = resource.create, resource.update, resource.match
    if create is None or update is None or match is None:
        raise not_implemented()

    def action(sent: Entity, reply: Reply) -> Entity:
        old = match(books, sent)
        return create(books, sent, reply) if old is None else update(books, old, sent, reply)

    return action


def updating(books: Books, resource: Resource, old: Entity) -> Callable[[Entity, Reply], Entity]:
    """Give what POST to an object's own address does."""
    update = resource.update
    if update is None:
        raise not_implemented()
    return lambda sent, reply: update(books, old, sent, reply)
