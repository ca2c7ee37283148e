"""Copies of the state around a push, and a state that is older than the books."""

from __future__ import annotations

import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.engine.push import Orders
from acctsync.engine.results import Status
from acctsync.errors import ExitCode, GuardStopped, StateUnusable
from acctsync.providers.port import Calls
from tests.engine.world import InvoiceRow, PaymentRow, World

WEEK_AGO: list[InvoiceRow] = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]
SINCE: list[InvoiceRow] = [("A-3", "Bob", "30.00"), ("A-4", "Cy", "40.00")]
PAID: list[PaymentRow] = [("p1", "A-1", "10.00"), ("p3", "A-3", "5.00")]


def copies(world: World) -> list[Path]:
    return sorted((world.state / "backups").glob("*"))


def restore(world: World, backup: Path) -> None:
    shutil.copyfile(backup, world.state / "state.db")


def put_back_a_week(world: World) -> None:
    """Push a first half, keep a copy, push the rest, and put the copy back."""
    world.export(WEEK_AGO, [])
    world.push()
    kept = world.folder / "kept.db"
    shutil.copyfile(world.state / "state.db", kept)
    world.export([*WEEK_AGO, *SINCE], PAID)
    assert world.push().exit_code == ExitCode.DONE
    restore(world, kept)


def test_a_week_old_state_pushes_nothing_twice(world: World) -> None:
    put_back_a_week(world)
    before = list(world.books.documents)
    result = world.push()
    assert (result.exit_code, result.calls.write) == (ExitCode.DONE, 0)
    assert world.books.documents == before
    assert world.holds(Kind.INVOICES) == {
        "A-1": Decimal(0), "A-2": Decimal(20), "A-3": Decimal(25), "A-4": Decimal(40),
    }  # fmt: skip
    assert world.push().calls == Calls()


def test_a_week_old_state_agrees_to_what_was_voided_since(world: World) -> None:
    put_back_a_week(world)
    kept = (world.state / "state.db").read_bytes()
    void: list[InvoiceRow] = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00", "void"), *SINCE]
    world.export(void, PAID)
    world.push()
    (world.state / "state.db").write_bytes(kept)
    before = list(world.books.documents)
    assert world.push().exit_code == ExitCode.DONE
    assert world.books.documents == before


def test_a_week_old_state_agrees_to_what_was_changed_since(world: World) -> None:
    put_back_a_week(world)
    kept = (world.state / "state.db").read_bytes()
    world.export([("A-1", "Ann", "10.00"), ("A-2", "Bob", "21.00"), *SINCE], PAID)
    world.push()
    (world.state / "state.db").write_bytes(kept)
    before = list(world.books.documents)
    assert world.push().exit_code == ExitCode.DONE
    assert world.books.documents == before


def test_a_week_old_state_leaves_what_differs_since_to_a_person(world: World) -> None:
    put_back_a_week(world)
    kept = (world.state / "state.db").read_bytes()
    world.export([("A-1", "Ann", "10.00"), ("A-2", "Bob", "21.00"), *SINCE], PAID)
    world.push()
    (world.state / "state.db").write_bytes(kept)
    world.export([("A-1", "Ann", "10.00"), ("A-2", "Bob", "22.00"), *SINCE], PAID)
    before = list(world.books.documents)
    result = world.push()
    (held,) = [each for each in result.documents if each.status is Status.BLOCKED]
    assert held.problem is not None
    assert (held.number, held.problem.code) == ("A-2", "PLAN030")
    assert world.books.documents == before


@pytest.mark.parametrize("nth", range(6))
def test_any_earlier_backup_may_be_put_back(world: World, nth: int) -> None:
    rows: list[InvoiceRow] = []
    for number in range(6):
        rows.append((f"A-{number}", "Ann", f"{number + 1}.00"))
        world.export(rows, [])
        world.push()
        world.clock.seconds += 3600
    restore(world, copies(world)[nth])
    before = list(world.books.documents)
    assert world.push().exit_code == ExitCode.DONE
    assert world.books.documents == before


def test_each_push_that_writes_leaves_a_copy_of_what_was_before(world: World) -> None:
    for number in range(13):
        world.export([(f"A-{n}", "Ann", "1.00") for n in range(number + 1)], [])
        world.push()
        os.utime(copies(world)[-1], (number, number))
        world.clock.seconds += 3600
    assert len(copies(world)) == 10


def test_a_push_that_writes_nothing_leaves_the_copies_as_they_are(world: World) -> None:
    world.export(WEEK_AGO, [])
    world.push()
    before = copies(world)
    world.clock.seconds += 3600
    world.push()
    world.export([*WEEK_AGO, *SINCE], PAID)
    with pytest.raises(GuardStopped):
        world.push(orders=Orders(max_create=1))
    assert world.push(orders=Orders(confirm=lambda _: False)).calls.write == 0
    world.export([*WEEK_AGO, ("A" * 22, "Ann", "1.00")], [])
    assert world.push().exit_code == ExitCode.PARTIAL
    assert copies(world) == before


def test_no_room_for_a_copy_stops_a_push_before_the_books_are_asked(world: World) -> None:
    world.export(WEEK_AGO, [])
    (world.state / "backups").write_text("in the way", encoding="ascii")
    with pytest.raises(StateUnusable, match="can't be backed up"):
        world.push()
    assert world.provider is not None
    assert world.provider.calls == Calls()
    (world.state / "backups").unlink()
    assert world.push().exit_code == ExitCode.DONE
