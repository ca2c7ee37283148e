"""A state made anew from the books is the one that losing it and pushing would give."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.engine.rebuilding import Rebuilt, rebuild
from acctsync.engine.results import Status, counts
from acctsync.errors import ComeBackLater, ExitCode, Interrupted
from acctsync.providers.port import Calls
from acctsync.state.store import Store
from tests.engine.world import InvoiceRow, PaymentRow, World
from tests.fakes import FakeProvider

INVOICES: list[InvoiceRow] = [
    ("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00"),
    ("A-4", "Cy", "40.00", "void"),
]  # fmt: skip
PAYMENTS: list[PaymentRow] = [("p1", "A-1", "10.00"), ("p2", "A-3", "5.00")]


def rebuilt(world: World, *, unreachable: bool = False, lost: bool = True) -> Rebuilt:
    world.new_state()
    world.provider = FakeProvider(world.books, unreachable=unreachable)
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        return rebuild(world._job(store, None), store, lost=lost)


def remembered(world: World) -> list[tuple[Any, ...]]:
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        rows = store.rows(
            "SELECT kind, source, id, fingerprint, standing, remote_id, remote_version,"
            " remote_digest, remote_customer, number, total_minor FROM known ORDER BY 1, 2, 3"
        )
        return [tuple(row) for row in rows]


def counted(result: Rebuilt) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def test_a_rebuilt_state_is_the_one_that_a_push_would_adopt(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    world.push()
    before = list(world.books.documents)
    result = rebuilt(world)
    assert (result.exit_code, counted(result)) == (ExitCode.DONE, {"adopt": 8, "unchanged": 1})
    assert (result.calls.write, world.books.documents) == (0, before)
    ours = remembered(world)
    assert world.push().calls == Calls()
    world.new_state()
    world.push()
    assert remembered(world) == ours
    assert world.books.documents == before


def test_what_is_not_in_the_books_is_left_to_the_next_push(world: World) -> None:
    world.export(INVOICES[:2], [])
    world.push()
    world.export(INVOICES, PAYMENTS)
    result = rebuilt(world)
    assert [each.number for each in result.documents if each.status is Status.PENDING] == [
        "Cy", "A-3", "p1", "p2",
    ]  # fmt: skip
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES) == {
        "A-1": Decimal(0), "A-2": Decimal(20), "A-3": Decimal(25),
    }  # fmt: skip


def test_what_was_pushed_and_is_void_now_is_voided_by_the_next_push(world: World) -> None:
    world.export([("A-1", "Ann", "10.00")], [])
    world.push()
    world.export([("A-1", "Ann", "10.00", "void")], [])
    before = list(world.books.documents)
    rebuilt(world)
    assert world.books.documents == before
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES) == {}


def test_what_differs_is_held_back_and_not_remembered(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    world.push()
    world.export([("A-1", "Ann", "11.00"), *INVOICES[1:]], PAYMENTS)
    result = rebuilt(world)
    assert result.exit_code == ExitCode.PARTIAL
    held = [each for each in result.documents if each.status is Status.BLOCKED]
    assert {each.problem.code for each in held if each.problem} <= {"PLAN031", "PLAN010"}
    assert "A-1" in {each.number for each in held}
    assert "A-1" not in {row[9] for row in remembered(world) if row[0] == "invoices"}


def test_books_that_can_not_be_asked_rebuild_nothing(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    world.push()
    with pytest.raises(ComeBackLater):
        rebuilt(world, unreachable=True)
    assert remembered(world) == []


def test_what_was_still_arriving_when_the_state_was_lost_is_waited_for(world: World) -> None:
    world.export(INVOICES, [])
    with pytest.raises(KeyboardInterrupt):
        world.push(faults={1: "late:149"}, on_send=killed_after(2))
    rebuilt(world)
    assert world.clock.waits == [150.0]
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES).keys() == {"A-1", "A-2", "A-3"}


def test_a_sound_state_was_sending_nothing_and_nothing_is_waited_for(world: World) -> None:
    world.export(INVOICES, [])
    world.push()
    rebuilt(world, lost=False)
    assert world.clock.waits == []


def test_whoever_stops_the_waiting_gets_no_state(world: World) -> None:
    world.export(INVOICES, [])
    world.stop.set()
    with pytest.raises(Interrupted):
        rebuilt(world)
    assert remembered(world) == []


def killed_after(exchanges: int) -> Callable[[str], None]:
    """Kill the process once so many exchanges were carried out, or are under way."""
    left = itertools.count(1)

    def pass_by(where: str) -> None:
        if where == "after sending" and next(left) == exchanges:
            raise KeyboardInterrupt

    return pass_by


def test_a_rebuilding_is_in_the_trail_and_among_the_runs(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    world.push()
    result = rebuilt(world)
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        (run,) = store.rows("SELECT command, exit_code, head, finished FROM runs")
        verdict = store.verify_trail()
    assert (run["command"], run["exit_code"], run["head"]) == ("state rebuild", 0, verdict.head)
    assert (verdict.whole, verdict.head) == (True, result.audit_head)
