"""Notes in documents' histories: what they say, and how they are known again in Xero."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import DocumentRef, Kind, Note, note_of, whole_of
from acctsync.errors import Location
from acctsync.plan.notes import NOTED
from acctsync.providers.port import Refusal, Rejected, Sought, Unknown
from acctsync.providers.xero.notes import note_text, noted
from tests.providers.contract import Clerk, creating
from tests.providers.xero.test_kinds import a_form, clerk

__all__ = ["clerk"]


def a_note(whole: DocumentRef, **changes: Any) -> Note:
    note = Note(
        ref=note_of(whole),
        whole=whole,
        number="R-7",
        currency="USD",
        total=Decimal(5),
        run="feed",
        place=Location("/home/ann/sales.csv", 12, "Number"),
    )
    return replace(note, **changes)


WHOLE = DocumentRef(Kind.CREDIT_NOTES, "sales", "c/7 [x]")


def test_a_note_leads_back_to_the_export_and_its_stamp_to_the_document() -> None:
    note = a_note(WHOLE, reference="PO 9", memo="Thanks\n[acctsync notes/invoices/1]")
    text = note_text(note)
    assert text == (
        "Copied from sales.csv, line 12 by acctsync in run feed; id c/7 [x]; number R-7; reference PO 9;"
        " memo Thanks [acctsync notes/credit_notes/c/7%20%5Bx%5D]"
    )
    (found,) = noted("id-1", [{"Details": "by hand"}, {"Details": text}, {}])
    assert (found.id, found.stamp) == ("id-1", note.ref.id)
    assert whole_of(note.ref) == WHOLE


def test_what_is_too_long_gives_way_to_the_stamp() -> None:
    text = note_text(a_note(WHOLE, memo="x" * 3000))
    assert len(text) == 2500
    assert text.endswith("xxx... [acctsync notes/credit_notes/c/7%20%5Bx%5D]")


@pytest.mark.parametrize("kind", sorted(NOTED))
def test_a_note_is_found_in_the_history_of_its_document(clerk: Clerk, kind: Kind) -> None:
    form = a_form(clerk, kind)
    remote = clerk.create(form)
    note = a_note(form.ref)
    clerk.bench.learn(note, remote)
    sought = Sought(ref=note.ref, stamp=note.ref.id, remote_id=remote.id)
    assert clerk.bench.provider.find([sought]) == {note.ref: ()}
    made = clerk.create(note)
    assert (made.kind, made.id, made.stamp) == (Kind.NOTES, remote.id, note.ref.id)
    assert clerk.bench.provider.find([sought]) == {note.ref: (made,)}
    other = replace(sought, stamp=f"{note.ref.id}0")
    assert clerk.bench.provider.find([other]) == {note.ref: ()}


def test_a_lost_answer_to_a_note_is_unknown_and_never_simply_repeated(clerk: Clerk) -> None:
    form = a_form(clerk, Kind.INVOICES)
    remote = clerk.create(form)
    note = a_note(form.ref)
    clerk.bench.learn(note, remote)
    sought = Sought(ref=note.ref, stamp=note.ref.id, remote_id=remote.id)
    for lose, there in ((clerk.bench.drop_next_write, 0), (clerk.bench.lose_next_answer, 1)):
        lose()
        (outcome,) = clerk.send(creating(note))
        assert isinstance(outcome, Unknown)
        assert outcome.stored_answer, "its key is not relied on"
        assert len(clerk.bench.provider.find([sought])[note.ref]) == there


def test_what_is_not_there_has_no_history(clerk: Clerk, tmp_path: Path) -> None:
    form = a_form(clerk, Kind.INVOICES)
    remote = replace(clerk.create(form), id="00000000-0000-4000-8000-00000000dead")
    note = a_note(form.ref)
    clerk.bench.learn(note, remote)
    (outcome,) = clerk.send(creating(note))
    assert isinstance(outcome, Rejected)
    assert outcome.refusal in {Refusal.GONE, Refusal.INVALID, Refusal.DUPLICATE}, outcome
    sought = Sought(ref=note.ref, stamp=note.ref.id, remote_id=remote.id)
    assert clerk.bench.provider.find([sought]) == {note.ref: ()}
