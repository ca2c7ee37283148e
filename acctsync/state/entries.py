"""What a run puts into the state's tables of operations and of what is known, as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from acctsync.documents import DocumentRef, Kind
from acctsync.money import to_minor
from acctsync.plan.model import Action, Known
from acctsync.plan.outbox import Operation, Settlement
from acctsync.state.rows import operation_detail


class Sent(NamedTuple):
    """As much of an operation as its end needs."""

    ref: DocumentRef
    action: str
    aliases: tuple[str, ...]
    remote_id: str

    @property
    def undoes(self) -> bool:
        return self.action == Action.UNDO


def sent_from(row: Sequence[Any]) -> Sent:
    """Read it: action, kind, source, id, aliases as JSON, id in the books."""
    action, kind, source, id_, aliases, remote_id = row
    return Sent(
        ref=DocumentRef(Kind(kind), source, id_),
        action=action,
        aliases=tuple(json.loads(aliases)) if aliases else (),
        remote_id=remote_id or "",
    )


def operation_row(run: str, key: str, position: int, operation: Operation) -> tuple[object, ...]:
    """Write an operation as one of an exchange."""
    return (
        *(key, position, run),
        *_columns(operation.ref),
        *(operation.action, operation.fingerprint, operation_detail(operation)),
    )


def known_row(known: Known) -> tuple[object, ...]:
    """Write what is known of a document, but for the run and the time."""
    return (
        *_columns(known.ref),
        known.fingerprint,
        known.standing,
        known.remote_id,
        known.remote_version,
        known.remote_digest,
        known.remote_customer,
        known.number,
        None if known.total is None else to_minor(known.total, known.currency),
        known.currency,
    )


def assigned(known: Known) -> tuple[str, ...]:
    """Give the alias of a number that the books assigned."""
    return (f"number:{known.assigned}",) if known.assigned else ()


def learnt(operation: Sent, settlement: Settlement) -> Iterator[tuple[Known, tuple[str, ...]]]:
    """Tell what an end leaves to be remembered, each with its aliases."""
    if settlement.known is not None:
        yield settlement.known, operation.aliases
    for owed in settlement.owed:
        yield owed, ()


def end_detail(operation: Sent, settlement: Settlement) -> dict[str, object]:
    """Say for the audit trail how an operation ended."""
    problem = settlement.problem
    left = operation.remote_id if operation.undoes else ""
    detail: dict[str, object] = {
        "action": operation.action,
        "remote_id": settlement.known.remote_id if settlement.known else left,
        "number": settlement.known.assigned if settlement.known else "",
        "request": settlement.request,
        "why": settlement.why,
        "code": problem.code if problem else "",
        "message": problem.message if problem else "",
        "provider_code": (problem.provider_code or "") if problem else "",
    }
    return {name: value for name, value in detail.items() if value}


def _columns(ref: DocumentRef) -> tuple[str, str, str]:
    return ref.kind, ref.source, ref.id
