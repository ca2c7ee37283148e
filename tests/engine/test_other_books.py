"""Books that write otherwise than they are told, change nothing, or let nothing go: told, not hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.engine.results import Status
from acctsync.providers.port import Calls, Limits
from tests.engine.test_crash_points import Fuse, Killed, store_with, tmp_path_for
from tests.engine.world import World

INVOICES: list[Any] = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]
VOID: list[Any] = [("A-1", "Ann", "10.00", "void"), INVOICES[1]]
PAYMENTS = [("p1", "A-1", "10.00")]


def limits(**changes: Any) -> Limits:
    return Limits(batch_size=3, in_flight=1, key_window=0.0, quiet_period=150.0, **changes)


def told(result: Any) -> dict[str, str]:
    return {each.number: each.problem.code for each in result.documents if each.problem}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.export(INVOICES, PAYMENTS)
    return made


def test_what_was_written_otherwise_is_a_failure_and_never_a_second_document(world: World) -> None:
    first = world.push(faults={1: "warn:A-1"})
    assert told(first) == {"A-1": "FAKE8", "p1": "PLAN010"}
    assert set(world.holds(Kind.INVOICES)) == {"A-1", "A-2"}

    # It counts as changed until the books take it as it is sent.
    again = world.push(faults={0: "warn:A-1"})
    assert told(again) == {"A-1": "FAKE8", "p1": "PLAN010"}
    mended = world.push()
    assert told(mended) == {}
    assert set(world.holds(Kind.INVOICES)) == {"A-1", "A-2"}
    assert set(world.holds(Kind.PAYMENTS)) == {"p1"}
    assert world.push().calls == Calls()


def test_killed_around_a_warning_nothing_is_there_twice(tmp_path: Path) -> None:
    for boundary in range(8, 16):
        world = World(tmp_path_for(tmp_path, f"warned-{boundary}"))
        world.export(INVOICES, PAYMENTS)
        fuse = Fuse(boundary)
        with pytest.raises(Killed):
            world.push(
                faults={1: "warn:A-1"}, on_send=fuse.pass_by, open_store=store_with(fuse).open
            )
        world.push()
        world.push()
        assert set(world.holds(Kind.INVOICES)) == {"A-1", "A-2"}, boundary
        assert set(world.holds(Kind.PAYMENTS)) == {"p1"}, boundary
        assert world.push().calls == Calls(), boundary


def test_a_changed_payment_is_held_back_where_none_can_be_changed(world: World) -> None:
    world.push()
    world.export(INVOICES, [("p1", "A-1", "9.00")])

    result = world.push(limits=limits(unchangeable=frozenset({Kind.PAYMENTS})))
    (payment,) = [each for each in result.documents if each.ref.kind is Kind.PAYMENTS]
    assert payment.status is Status.BLOCKED
    assert payment.problem is not None
    assert payment.problem.code == "PLAN080"
    assert payment.problem.hint == (
        "Void payment p1 in the billing system and enter it there under a new id."
    )
    assert world.books.of(Kind.PAYMENTS)[0].total == 10


def test_a_void_is_held_back_where_nothing_of_the_kind_can_go(world: World) -> None:
    world.export(INVOICES, [])
    world.push()
    world.export(VOID, [])

    result = world.push(limits=limits(untakeable=frozenset({Kind.INVOICES})))
    assert told(result) == {"A-1": "PLAN082"}
    assert set(world.holds(Kind.INVOICES)) == {"A-1", "A-2"}


def test_payments_stay_on_invoices_where_none_can_be_taken_off(world: World) -> None:
    world.kinds -= {Kind.UNAPPLIED_PAYMENTS}
    world.map("void: true", "void: unapply")
    world.push()
    world.export(VOID, [])

    result = world.push()
    codes = {each.code for each in result.problems}
    assert codes >= {"PLAN081", "PLAN015"}
    assert not any("unapply" in each.hint for each in result.problems)
    assert world.books.of(Kind.INVOICES)[0].voided is False
