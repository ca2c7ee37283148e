"""Which documents get a note in their history that leads back to the export. Pure.

Nobody can take a note away again, so each document that we created gets one and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from acctsync.documents import DocumentRef, Invoice, Kind, Note, RemoteDocument, note_of, whole_of
from acctsync.money import ZERO
from acctsync.plan.deciding import adopt
from acctsync.plan.drafting import content, is_void
from acctsync.plan.model import Action, Change, Known
from acctsync.plan.owing import forgiven, left

NOTED = frozenset({Kind.INVOICES, Kind.CREDIT_NOTES, Kind.ESTIMATES, Kind.PURCHASE_ORDERS})


def new_notes(changes: Iterable[Change]) -> list[Change]:
    """Draft the notes of the documents that are to be created."""
    return [
        _planned(_note(change.document))
        for change in changes
        if change.action is Action.CREATE
        and isinstance(change.document, Invoice)
        and change.ref.kind in NOTED
    ]


def owed_notes(owed: Iterable[Known], exported: Mapping[DocumentRef, object]) -> list[Change]:
    """Draft the notes that earlier runs still owe, by what the export still says."""
    return [replace(_planned(_owed(each, exported)), known=each) for each in owed]


def judge_note(change: Change, whole: Change | None) -> Change:
    """Say what becomes of a note that an earlier run owes; `whole` is its document's change."""
    assert change.known is not None
    if whole is None:
        return change
    if whole.action in {Action.BLOCKED, Action.CONFLICT}:
        return left(change)
    return left(change, forgiven(change.known)) if is_void(whole.document) else change


def not_twice(change: Change, candidates: Sequence[RemoteDocument]) -> Change:
    """Take a note for written that stands in the document's history already."""
    return adopt(change, candidates[0]) if candidates else change


def signed(changes: Iterable[Change], run: str) -> list[Change]:
    """Let notes say which run writes them."""
    return [
        replace(each, document=replace(each.document, run=run))
        if isinstance(each.document, Note)
        else each
        for each in changes
    ]


def _planned(note: Note) -> Change:
    return Change(action=Action.CREATE, document=note, fingerprint=content(note))


def _note(document: Invoice) -> Note:
    return Note(
        ref=note_of(document.ref),
        whole=document.ref,
        number=document.number,
        currency=document.currency,
        total=document.total,
        date=document.date,
        customer=document.customer,
        reference=document.reference,
        memo=document.memo,
        place=document.place,
    )


def _owed(known: Known, exported: Mapping[DocumentRef, object]) -> Note:
    whole = whole_of(known.ref)
    document = exported.get(whole)
    if isinstance(document, Invoice):
        return _note(document)
    return Note(
        ref=known.ref,
        whole=whole,
        number=known.number,
        currency=known.currency,
        total=known.total or ZERO,
    )
