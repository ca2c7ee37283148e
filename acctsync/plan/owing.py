"""What documents owe once we created them in the books, and only then: a mail, a note. Pure.

What is owed is remembered in the very commit that settles our own create, and nothing else is ever
done: not for what was adopted, nor for what was in the books before anybody asked for it. It is
remembered as a part that is ABSENT and names the document in the books; one that is LIVE was done,
one that names nothing is not wanted any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from acctsync.documents import OWED, DocumentRef, Kind, Mailed, RemoteDocument, note_of, whole_of
from acctsync.plan.model import Action, Change, Known, Standing, seen
from acctsync.plan.outbox import Operation


def is_owed(known: Known | None) -> bool:
    """Tell whether something is still to be done, as the state remembers it."""
    return known is not None and known.standing is Standing.ABSENT and bool(known.remote_id)


def forgiven(known: Known) -> Known:
    """Say what to remember of what is not wanted any more."""
    return replace(known, remote_id="")


def owed_by(operation: Operation, remote: RemoteDocument) -> tuple[Known, ...]:
    """Say what to remember of what a document owes that we just created."""
    return tuple(_owed(kind, operation, remote) for kind in operation.owes)


def owing(changes: Iterable[Change]) -> dict[DocumentRef, tuple[Kind, ...]]:
    """Tell what each document will owe, by the planned parts."""
    owes: dict[DocumentRef, tuple[Kind, ...]] = {}
    for each in changes:
        if each.ref.kind in OWED and each.action is Action.CREATE:
            whole = whole_of(each.ref)
            owes[whole] = (*owes.get(whole, ()), each.ref.kind)
    return owes


def follow(parts: Iterable[Change], wholes: Mapping[DocumentRef, Change]) -> list[Change]:
    """Do nothing for a new document that isn't created after all."""
    return [
        each if wholes[whole_of(each.ref)].action is Action.CREATE else left(each) for each in parts
    ]


def left(change: Change, known: Known | None = None) -> Change:
    """Don't do it in this run; `known` is what to remember of it now."""
    return replace(change, action=Action.UNCHANGED, known=known or change.known)


def _owed(kind: Kind, operation: Operation, remote: RemoteDocument) -> Known:
    whole = operation.ref
    ref = note_of(whole) if kind is Kind.NOTES else DocumentRef(kind, whole.source, whole.id)
    known = replace(seen(ref, "", operation.number, remote), standing=Standing.ABSENT)
    mailed = kind is Kind.DELIVERIES and remote.mailed is not Mailed.NO
    return replace(known, standing=Standing.LIVE) if mailed else known
