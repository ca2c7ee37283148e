"""The notes in documents' histories: which are owed, and which of them go out now.

What is decided about them is decided in `plan/notes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from acctsync.documents import DocumentRef, Held, Kind, whole_of
from acctsync.engine.facts import Facts
from acctsync.engine.job import Job
from acctsync.plan.model import Action, Change, Known
from acctsync.plan.notes import judge_note, new_notes, not_twice, owed_notes
from acctsync.plan.owing import follow, forgiven
from acctsync.providers.port import Findings, Provider, Sought
from acctsync.state.store import Store


def wants_notes(job: Job) -> bool:
    """Tell whether the mapping wants notes, and the books have a place for them."""
    return job.mapping.push.notes and Kind.NOTES in job.kinds


def owing_notes(job: Job) -> frozenset[DocumentRef]:
    """Name the documents that owe a note: what they say has to be read whole."""
    return frozenset(whole_of(each.ref) for each in _owed(job))


def draft_notes(
    job: Job,
    changes: Iterable[Change],
    chosen: Iterable[Held],
    facts: Facts,
    refused: Collection[DocumentRef],
) -> list[Change]:
    """Draft the notes of new documents, and of those that an earlier run still owes one."""
    if not wants_notes(job):
        return []
    held = {each.ref for each in chosen}
    owed = [each for each in _owed(job) if _is_chosen(job, each, held, refused)]
    facts.known |= {each.ref: each for each in owed}
    notes = [*owed_notes(owed, facts.documents), *new_notes(changes)]
    facts.documents |= {each.ref: each.document for each in notes}
    return notes


def decide_notes(
    notes: Sequence[Change], decided: Sequence[Change], facts: Facts, provider: Provider
) -> list[Change]:
    """Say which notes are written now, once all other changes are `decided`.

    What an earlier run owes is looked for first: the state that says so may be an older copy.
    """
    wholes: Mapping[DocumentRef, Change] = {each.ref: each for each in decided}
    judged = [judge_note(each, wholes.get(whole_of(each.ref))) for each in notes if each.known]
    found = _look_up(judged, provider)
    owed = [not_twice(each, found.get(each.ref, ())) for each in judged]
    kept = [*owed, *follow([each for each in notes if not each.known], wholes)]
    facts.owe(kept)
    return kept


def forgive_notes(job: Job, run: str, store: Store) -> None:
    """Owe nothing any more once the mapping wants no notes: what it missed is never written."""
    owed = store.owed(Kind.NOTES)
    if owed and not wants_notes(job):
        store.remember(run, "not to be noted", [(forgiven(each), ()) for each in owed])


def _look_up(owed: Iterable[Change], provider: Provider) -> Findings:
    sought = [
        Sought(ref=each.ref, stamp=each.ref.id, remote_id=each.known.remote_id)
        for each in owed
        if each.action is Action.CREATE and each.known is not None
    ]
    return provider.find(sought) if sought else {}


def _owed(job: Job) -> list[Known]:
    wanted = job.store is not None and wants_notes(job)
    return job.store.owed(Kind.NOTES) if job.store is not None and wanted else []


def _is_chosen(
    job: Job, known: Known, chosen: Collection[DocumentRef], refused: Collection[DocumentRef]
) -> bool:
    whole = whole_of(known.ref)
    taken = job.selection.takes(whole, known.number, None)
    wanted = job.selection.everything or whole in chosen or taken
    return wanted and whole not in refused and whole.kind in job.mapping.push.kinds
