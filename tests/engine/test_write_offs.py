"""What the export writes off is written off in the books: what is open there, exactly once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind, ListEntry, ListKind, RemoteDocument
from acctsync.engine.results import counts
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with, tmp_path_for
from tests.engine.world import World
from tests.sweeping import swept

OPEN: list[Any] = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00")]
BAD: list[Any] = [("A-1", "Ann", "10.00", "bad"), OPEN[1]]
PAID = [("p1", "A-1", "4.00")]


def shop(folder: Path) -> World:
    world = World(folder)
    world.map("void: void}", "void: void, bad: written_off}")
    world.map("push: {", "  written_off: {account: Bad debts}\npush: {")
    world.books.lists[ListKind.ACCOUNTS] = [
        ListEntry(id="9", name="Bad debts", full_name="Bad debts")
    ]
    return world


def owing_shop(folder: Path) -> World:
    """Push two invoices, one paid in part, and let the export write that one off."""
    world = shop(folder)
    world.export(OPEN, PAID)
    world.push()
    world.export(BAD, PAID)
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return owing_shop(tmp_path)


def numbers(result: Any) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def codes(result: Any) -> list[str]:
    return sorted(each.code for each in result.problems)


def written(world: World) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """Tell what was written off, by invoice, and how much of it is not set off."""
    found = {each.stamp: (each.total, each.balance) for each in world.books.of(Kind.WRITE_OFFS)}
    assert len(found) == len(world.books.of(Kind.WRITE_OFFS)), "duplicates!"
    assert len(world.books.of(Kind.WRITE_OFF_ALLOCATIONS)) <= len(found), "duplicates!"
    return found


def assert_written_off(world: World, amount: str = "6.00") -> None:
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal(0), "A-2": Decimal("20.00")}
    assert written(world) == {"A-1": (Decimal(amount), Decimal(0))}


def pay_by_hand(world: World, amount: str) -> None:
    invoice = next(each for each in world.books.of(Kind.INVOICES) if each.number == "A-1")
    paid = RemoteDocument(
        kind=Kind.PAYMENTS, id="99", version="0", digest="by hand", customer=invoice.customer,
        currency="USD", total=Decimal(amount),
    )  # fmt: skip
    world.books.documents.append(paid)
    world.books.apply("99", invoice.id, Decimal(amount))


def test_what_is_open_is_written_off_and_the_next_run_has_nothing_to_do(world: World) -> None:
    assert numbers(world.plan()) == {"update": 1, "unchanged": 3}
    assert numbers(world.push()) == {"update": 1, "unchanged": 3}
    assert_written_off(world)
    assert world.push().calls == Calls()


def test_payments_of_the_same_run_come_first(tmp_path: Path) -> None:
    world = shop(tmp_path)
    world.export(BAD, PAID)
    assert numbers(world.push()) == {"create": 4}
    assert_written_off(world)
    assert world.push().calls == Calls()


def test_what_was_paid_by_hand_is_not_written_off(world: World) -> None:
    pay_by_hand(world, "5.00")
    world.push()
    assert_written_off(world, "1.00")


def test_what_is_paid_after_the_plan_was_made_is_not_written_off(tmp_path: Path) -> None:
    world = shop(tmp_path)
    world.export(BAD, PAID)
    sends = []

    def meddle(where: str) -> None:
        sends.append(where)
        if len(sends) == 6:
            pay_by_hand(world, "2.00")

    world.push(on_send=meddle)
    assert_written_off(world, "4.00")


def test_an_invoice_that_is_paid_in_full_is_told_once(world: World) -> None:
    pay_by_hand(world, "6.00")
    result = world.push()
    assert (codes(result), result.calls.write) == (["PLAN063"], 0)
    again = world.push()
    assert (codes(again), again.calls) == ([], Calls())
    assert written(world) == {}


def test_while_a_payment_of_it_is_refused_nothing_is_written_off(tmp_path: Path) -> None:
    world = shop(tmp_path)
    world.export(BAD, PAID)
    result = world.push(faults={2: "refuse:p1"})
    assert {each.number: each.problem.code for each in result.documents if each.problem} == {
        "p1": "FAKE2",
        "A-1": "PLAN010",
    }
    assert written(world) == {}
    assert world.push().exit_code == ExitCode.DONE
    assert_written_off(world)


def test_back_to_open_is_told_and_not_undone(world: World) -> None:
    world.push()
    world.export(OPEN, PAID)
    result = world.push()
    assert (codes(result), result.calls) == (["PLAN064"], Calls())
    assert_written_off(world)


def test_without_an_account_it_stays_open(world: World) -> None:
    world.map("  written_off: {account: Bad debts}\n", "")
    result = world.push()
    assert (codes(result), result.calls) == (["CHK018"], Calls())


def test_an_invoice_of_a_closed_period_is_written_off_on_the_day_of_the_push(world: World) -> None:
    world.books.closed_until = dt.date(2025, 3, 31)
    assert numbers(world.push()) == {"update": 1, "unchanged": 3}
    (credit,) = world.books.of(Kind.WRITE_OFFS)
    assert credit.date == dt.date(2025, 4, 1)
    assert_written_off(world)


def test_after_losing_the_state_it_is_recognised(world: World) -> None:
    world.push()
    world.new_state()
    assert set(numbers(world.push())) == {"adopt"}
    assert_written_off(world)
    assert world.push().calls == Calls()


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60"])
@pytest.mark.parametrize("exchange", range(2))
def test_what_was_not_answered_is_looked_up(world: World, fault: str, exchange: int) -> None:
    world.push(faults={exchange: fault})
    world.push()
    assert_written_off(world)
    assert world.push().calls == Calls()


def test_killed_at_every_boundary_it_is_written_off_once(tmp_path: Path) -> None:
    world = owing_shop(tmp_path_for(tmp_path, "count"))
    fuse = Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    count = 1_000_000 - fuse._left
    assert count > 8
    for boundary in swept(range(count)):
        world = owing_shop(tmp_path_for(tmp_path, f"at-{boundary}"))
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_written_off(world)
        assert world.push().calls == Calls(), boundary


def test_killed_while_all_of_it_is_new_it_is_written_off_once(tmp_path: Path) -> None:
    boundary, killed = 0, True
    while killed:
        world = shop(tmp_path_for(tmp_path, f"new-{boundary}"))
        world.export(BAD, PAID)
        killed = run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_written_off(world)
        assert world.push().calls == Calls(), boundary
        boundary += 1
    assert boundary > 20
