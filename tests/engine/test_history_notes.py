"""Each document that we created gets one note in its history: after any crash, and no other one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.engine.results import counts
from acctsync.errors import ExitCode, Problem
from acctsync.plan.selection import Selection
from acctsync.providers.port import Calls, Rejected
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with
from tests.engine.world import MAPPING, World

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00")]
NOTED = MAPPING.replace("void: true}", "void: true, history_notes: when_created}").replace(
    "      total: Amount\n", "      total: Amount\n      reference: Number\n"
)


def noting(world: World, when: str = "when_created") -> None:
    text = NOTED.replace("when_created", when)
    (world.folder / "acctsync.yaml").write_text(text, encoding="utf-8")


def billing(folder: Path) -> World:
    folder.mkdir(exist_ok=True)
    world = World(folder)
    noting(world)
    world.export(INVOICES, [])
    return world


def expected(world: World) -> list[tuple[str, str, str]]:
    """Say the notes that there should be: one an invoice, with what the export says of it."""
    return sorted(
        (each.id, f"invoices/{each.number}", each.number) for each in world.books.of(Kind.INVOICES)
    )


def noted(world: World) -> list[tuple[str, str, str]]:
    return sorted(world.books.notes)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return billing(tmp_path / "world")


def test_every_created_invoice_is_noted_once(world: World) -> None:
    assert world.plan().estimated_calls == 2 + 3, "a note is a call of its own"
    first = world.push()
    assert (first.exit_code, counts(first.documents)["create"]) == (ExitCode.DONE, 5)
    assert noted(world) == expected(world)
    assert len(noted(world)) == 3
    assert world.push().calls == Calls()
    world.export([(number, who, "99.00") for number, who, _ in INVOICES], [])
    assert counts(world.push().documents)["update"] == 3
    world.export([(number, who, "99.00", "void") for number, who, _ in INVOICES], [])
    assert counts(world.push().documents)["void"] == 3
    assert len(noted(world)) == 3, "neither a change nor a void is noted"


def test_without_the_key_nothing_is_noted_and_no_call_is_made_for_it(world: World) -> None:
    noting(world, "false")
    result = world.push()
    assert (result.calls.write, noted(world)) == (2, [])
    noting(world)
    assert world.push().calls == Calls(), "it was there before anybody asked for notes"


def test_what_is_adopted_is_not_noted(world: World) -> None:
    noting(world, "false")
    world.push()
    noting(world)
    world.new_state()
    assert counts(world.push().documents)["adopt"] == 5
    assert noted(world) == []


def test_books_without_histories_are_told_of_and_get_none(world: World) -> None:
    world.kinds -= {Kind.NOTES}
    result = world.push()
    assert [each.code for each in result.problems] == ["FILE014", "MAP035"]
    assert (result.exit_code, noted(world)) == (ExitCode.DONE, [])


def boundaries(world: World) -> int:
    fuse = Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    return 1_000_000 - fuse._left


def test_killed_at_every_boundary_every_invoice_is_noted_once(tmp_path: Path) -> None:
    for boundary in range(boundaries(billing(tmp_path / "count"))):
        world = billing(tmp_path / f"once-{boundary}")
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert noted(world) == expected(world), boundary
        assert len(noted(world)) == 3, boundary
        assert world.push().calls == Calls(), boundary


def test_lost_answers_double_no_note(tmp_path: Path) -> None:
    for exchange in range(5):
        for fault in ("drop_before", "drop_after", "late:100", "throttle:5"):
            world = billing(tmp_path / f"{exchange}-{fault.replace(':', '-')}")
            assert world.push(faults={exchange: fault}).exit_code == ExitCode.DONE
            assert noted(world) == expected(world), (exchange, fault)
            assert len(noted(world)) == 3, (exchange, fault)
            assert world.push().calls == Calls(), (exchange, fault)


def test_a_note_that_a_run_did_not_come_to_still_says_what_the_export_says(world: World) -> None:
    interrupt(world)
    assert len(noted(world)) == 1
    again = world.push()
    assert (again.calls.write, counts(again.documents)["update"]) == (2, 2)
    assert noted(world) == expected(world)


def test_what_left_the_export_is_noted_by_what_is_remembered(world: World) -> None:
    interrupt(world)
    world.export([], [])
    assert world.push(selection=Selection(documents=frozenset({"A-3"}))).calls.write == 1
    assert world.push().calls.write == 1
    assert [mark for _, mark, _ in noted(world)] == [f"invoices/{n}" for n, *_ in INVOICES]
    assert sorted(said for *_, said in noted(world)) == ["", "", "A-1"]


def test_what_is_owed_is_forgotten_with_the_key(world: World) -> None:
    interrupt(world)
    noting(world, "false")
    world.push()
    noting(world)
    assert (world.push().calls, len(noted(world))) == (Calls(), 1)


def test_an_owed_note_of_what_is_void_meanwhile_is_not_written(world: World) -> None:
    interrupt(world)
    world.export([(*each, "void") for each in INVOICES], [])
    world.push()
    assert (world.push().calls, len(noted(world))) == (Calls(), 1)


def test_a_note_that_is_refused_is_told_with_its_document_and_tried_again(world: World) -> None:
    refusal = Rejected(problem=Problem(code="FAKE9", message="no notes today"))
    result = world.push(faults={3: refusal})
    (failed,) = [each for each in result.documents if each.problem is not None]
    assert (failed.ref.kind, failed.number) == (Kind.INVOICES, "A-2")
    assert result.exit_code == ExitCode.PARTIAL
    assert world.push().exit_code == ExitCode.DONE
    assert noted(world) == expected(world)


def test_an_undone_invoice_is_noted_anew_as_the_new_one_that_it_is(world: World) -> None:
    run = world.push().run
    assert world.undo(run).exit_code == ExitCode.DONE
    world.push()
    assert len(noted(world)) == 6
    assert set(expected(world)) <= set(noted(world))


def test_an_older_state_that_holds_notes_as_owed_writes_none_again(world: World) -> None:
    interrupt(world)
    older = world.folder / "older"
    shutil.copytree(world.state, older)
    assert world.push().exit_code == ExitCode.DONE
    world.state = older
    world.clock.sleep(1000.0)
    again = world.push()
    assert (again.exit_code, again.calls.write) == (ExitCode.DONE, 0)
    assert noted(world) == expected(world)
    assert len(noted(world)) == 3
    assert world.push().calls == Calls()


def test_neither_reconcile_nor_a_lost_state_asks_for_notes(world: World) -> None:
    world.push()
    assert world.reconcile().differences == ()
    world.new_state()
    assert counts(world.push().documents)["adopt"] == 5
    assert len(noted(world)) == 3


def interrupt(world: World, *, exchanges: int = 3) -> None:
    """Push, and stop once so many exchanges went out: the first note is the third."""
    sent = iter(range(exchanges))

    def on_send(where: str) -> None:
        if where == "after sending" and next(sent, None) == exchanges - 1:
            world.stop.set()

    world.push(on_send=on_send)
    world.stop.clear()
