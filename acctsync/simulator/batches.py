"""The batch call: up to thirty independent items, each with an answer or fault of its own."""

from __future__ import annotations

from acctsync.simulator.books import Books
from acctsync.simulator.encoding import answer_time, dump
from acctsync.simulator.exchange import Entity
from acctsync.simulator.properties import KINDS
from acctsync.simulator.queries import run
from acctsync.simulator.refusals import Refusal, missing, refuse, unsupported
from acctsync.simulator.writes import create, delete, update, void

MOST_ITEMS = 30
_LONGEST_BID = 10
_LONGEST_REQUEST_ID = 36


def batch(
    books: Books, sent: object, request_id: str, memory: dict[tuple[str, str], Entity]
) -> Entity:
    """Answer a batch; under a request id known already, an item known by its bId is replayed."""
    items = _items(sent, request_id)
    with books.lock:
        try:
            answers = [_once(books, item, request_id, memory) for item in items]
        finally:
            books.unborn.clear()
    return {"BatchItemResponse": answers, "time": answer_time()}


def _items(sent: object, request_id: str) -> list[Entity]:
    items = sent.get("BatchItemRequest") if isinstance(sent, dict) else None
    if (
        not isinstance(items, list)
        or not items
        or not all(isinstance(item, dict) for item in items)
    ):
        raise Refusal([missing("BatchItemRequest")])
    if len(items) > MOST_ITEMS:
        message = "Batch size exceeded"
        detail = f"At most {MOST_ITEMS} items may stand in one batch. Supplied:{len(items)}"
        raise refuse(1040, message, detail)
    bids = [str(item.get("bId", "")) for item in items]
    if "" in bids:
        raise Refusal([missing("bId")])
    if len(set(bids)) < len(bids):
        raise refuse(
            2600, "Conflicting elements", "Every bId must be unique within the batch", "bId"
        )
    if request_id and (len(request_id) > _LONGEST_REQUEST_ID or max(map(len, bids)) > _LONGEST_BID):
        detail = f"At most {_LONGEST_REQUEST_ID} characters, and each bId {_LONGEST_BID}"
        raise refuse(2130, "Invalid Request Id Format", detail, "requestid")
    return items


def _once(
    books: Books, item: Entity, request_id: str, memory: dict[tuple[str, str], Entity]
) -> Entity:
    bid = str(item["bId"])
    remembered = memory.get((request_id, bid)) if request_id else None
    if remembered is not None:
        return remembered
    try:
        answer = {**_answer(books, item), "bId": bid}
    except Refusal as refusal:
        answer = {"Fault": _with_elements(refusal), "bId": bid}
    if request_id and (books.settings.replay_faults or "Fault" not in answer):
        memory[request_id, bid] = answer
    return answer


def _with_elements(refusal: Refusal) -> Entity:
    # Inside a batch every error shows its element, if only as an empty one.
    errors = [{**one, "element": one.get("element", "")} for one in refusal.errors]
    return {"Error": errors, "type": refusal.kind}


def _answer(books: Books, item: Entity) -> Entity:
    if "Query" in item:
        return {"QueryResponse": run(books, str(item["Query"]))}
    kind = item_kind(item)
    if kind is None:
        raise refuse(2000, "Unknown object name", f"Unknown object in batch item {item['bId']}")
    operation = str(item.get("operation", ""))
    done = write(books, kind, item[kind], operation, str(item.get("optionsData", "")))
    if operation == "create":
        books.unborn.add((kind, done["Id"]))
    return {kind: done}


def item_kind(item: Entity) -> str | None:
    """Tell which kind of object a batch item carries."""
    return next((name for name in item if KINDS.get(name.lower()) == name), None)


def write(books: Books, kind: str, sent: object, operation: str, options: str) -> Entity:
    """Carry out one write, single or in a batch."""
    any_number = "allowduplicatedocnum" in options
    match operation:
        case "create":
            return create(books, kind, sent, any_number=any_number)
        case "update" if "void" in options:
            return void(books, kind, sent)
        case "update":
            return update(books, kind, sent, any_number=any_number)
        case "delete":
            return delete(books, kind, sent)
        case "void":
            return void(books, kind, sent)
        case _:
            raise unsupported(f"{operation or 'without a name'} on {kind}")


def rearranged(body: Entity, omitted: list[str], *, reverse: bool) -> bytes:
    """Write a batch's answer with items left out or in another order."""
    kept = [one for one in body.get("BatchItemResponse", []) if one["bId"] not in omitted]
    return dump({**body, "BatchItemResponse": kept[::-1] if reverse else kept})
