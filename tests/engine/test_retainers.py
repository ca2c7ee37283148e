"""Money that settles no invoice goes to the account for it: once, in one form, through all faults."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind, ListEntry, ListKind
from acctsync.engine.results import counts
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with, tmp_path_for
from tests.engine.world import World
from tests.sweeping import swept

PLAIN = "document: {id: Id, invoice: Invoice, date: Date, amount: Amount}"
NAMED = (
    "document: {id: Id, customer: {name: Who}, invoice: Invoice, date: Date, amount: Amount,"
    " state: {column: State, map: {ok: open, bounced: void}}}"
)
RETAINERS = "  retainers: {account: Deposits, item: Retainer}\n"
INVOICES: list[Any] = [("A-1", "Ann", "10.00")]
AHEAD = ["p1,A-1,4.00,ok", "p2,,5.00,ok"]
GIVEN = ["p1,A-1,4.00,ok", "p2,A-1,5.00,ok"]


def say(world: World, payments: list[str]) -> None:
    rows = [f"{id_},Ann,{invoice},2025-03-02,{amount},{state}" for id_, invoice, amount, state in
            (each.split(",") for each in payments)]  # fmt: skip
    text = "\n".join(["Id,Who,Invoice,Date,Amount,State", *rows]) + "\n"
    (world.folder / "payments.csv").write_text(text, encoding="utf-8")


def shop(folder: Path, payments: list[str], retainers: str = RETAINERS) -> World:
    world = World(folder)
    world.map(PLAIN, NAMED)
    world.map("push: {", f"{retainers}push: {{")
    world.books.lists[ListKind.ITEMS].append(
        ListEntry(id="2", name="Retainer", full_name="Retainer")
    )
    world.books.lists[ListKind.ACCOUNTS] = [
        ListEntry(id="7", name="Deposits", full_name="Deposits")
    ]
    world.export(INVOICES, [])
    say(world, payments)
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = shop(tmp_path, AHEAD)
    world.push()
    return world


def numbers(result: Any) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def codes(result: Any) -> list[str]:
    return sorted(each.problem.code for each in result.documents if each.problem)


def held(world: World, kind: Kind) -> dict[str, Decimal | None]:
    alive = [each for each in world.books.of(kind) if not each.voided]
    found = {each.stamp: each.total for each in alive}
    assert len(found) == len(alive), "duplicates!"
    return found


def assert_kept(world: World) -> None:
    assert held(world, Kind.PAYMENTS) == {"p1": Decimal("4.00")}
    assert held(world, Kind.RETAINERS) == {"p2": Decimal("5.00")}


def assert_given(world: World) -> None:
    assert held(world, Kind.PAYMENTS) == {"p1": Decimal("4.00"), "p2": Decimal("5.00")}
    assert held(world, Kind.RETAINERS) == {}
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal("1.00")}


def test_it_is_a_receipt_and_no_payment_and_the_next_run_has_nothing_to_do(world: World) -> None:
    assert_kept(world)
    assert world.push().calls == Calls()


def test_what_is_left_of_a_payment_stays_a_credit(world: World) -> None:
    say(world, [*AHEAD, "p3,A-1,6.00,ok"])
    world.push()
    assert set(held(world, Kind.RETAINERS)) == {"p2"}


def test_a_change_of_the_amount_follows(world: World) -> None:
    say(world, [AHEAD[0], "p2,,7.00,ok"])
    assert numbers(world.push()) == {"update": 1, "unchanged": 3}
    assert held(world, Kind.RETAINERS) == {"p2": Decimal("7.00")}


def test_one_that_turns_void_is_voided(world: World) -> None:
    say(world, [AHEAD[0], "p2,,5.00,bounced"])
    assert numbers(world.push()) == {"void": 1, "unchanged": 3}
    assert held(world, Kind.RETAINERS) == {}
    assert world.push().calls == Calls()


def test_once_the_export_gives_it_to_an_invoice_the_receipt_is_voided_and_the_payment_recorded(
    world: World,
) -> None:
    say(world, GIVEN)
    assert numbers(world.plan()) == {"void": 1, "create": 1, "unchanged": 3}
    assert numbers(world.push()) == {"void": 1, "create": 1, "unchanged": 3}
    assert_given(world)
    assert world.push().calls == Calls()


def test_where_voids_are_not_followed_it_is_held_back_and_never_doubled(world: World) -> None:
    world.map("void: true", "void: false")
    say(world, GIVEN)
    assert codes(world.push()) == ["PLAN062"]
    assert_kept(world)
    world.new_state()
    assert codes(world.push()) == ["PLAN062"]
    assert_kept(world)


def test_a_credit_of_an_earlier_version_stays_one(tmp_path: Path) -> None:
    world = shop(tmp_path, AHEAD, "")
    world.push()
    assert set(held(world, Kind.PAYMENTS)) == {"p1", "p2"}
    world.map("push: {", f"{RETAINERS}push: {{")
    result = world.push()
    assert (codes(result), result.calls) == ([], Calls())
    world.new_state()
    assert [each.code for each in world.push().problems] == ["PLAN061"]
    assert set(held(world, Kind.PAYMENTS)) == {"p1", "p2"}
    assert held(world, Kind.RETAINERS) == {}
    assert world.push().calls == Calls()


@pytest.mark.parametrize(
    "instead",
    ["  retainers: {account: Deposits, item: Retainer, unapplied_payments: credit}\n", ""],
)
def test_a_receipt_stays_one_where_the_mapping_wants_credits_now(
    world: World, instead: str
) -> None:
    world.map(RETAINERS, instead)
    assert codes(world.push()) == ["PLAN061"]
    assert_kept(world)


def test_it_is_not_doubled_where_neither_state_nor_mapping_knows_of_it_any_more(
    world: World,
) -> None:
    world.map(RETAINERS, "")
    world.new_state()
    result = world.push()
    assert [each.code for each in result.problems] == ["PLAN061"]
    assert_kept(world)
    assert codes(world.push()) == ["PLAN061"]
    assert_kept(world)


def test_after_losing_the_state_it_is_recognised(world: World) -> None:
    world.new_state()
    assert set(numbers(world.push())) == {"adopt"}
    assert_kept(world)
    world.new_state()
    say(world, GIVEN)
    assert world.push().exit_code == ExitCode.DONE
    assert_given(world)
    assert world.push().calls == Calls()


def test_after_losing_the_state_a_void_one_is_voided_in_the_form_that_is_there(
    tmp_path: Path,
) -> None:
    world = shop(tmp_path, AHEAD, "")
    world.push()
    world.map("push: {", f"{RETAINERS}push: {{")
    world.new_state()
    say(world, [AHEAD[0], "p2,,5.00,bounced"])
    assert world.push().exit_code == ExitCode.DONE
    assert (set(held(world, Kind.PAYMENTS)), held(world, Kind.RETAINERS)) == ({"p1"}, {})


def test_a_void_one_that_was_never_pushed_is_looked_up_once_ever(tmp_path: Path) -> None:
    world = shop(tmp_path, [AHEAD[0], "p2,,5.00,bounced", "p3,A-1,2.00,bounced"])
    assert numbers(world.push()) == {"create": 3, "unchanged": 2}
    assert held(world, Kind.RETAINERS) == {}
    assert world.push().calls == Calls()


def test_a_receipt_that_somebody_edited_is_not_voided_and_nothing_is_doubled(world: World) -> None:
    (receipt,) = world.books.of(Kind.RETAINERS)
    world.books.change(receipt.id, digest="edited")
    say(world, GIVEN)
    assert codes(world.push()) == ["PLAN010", "PLAN030"]
    assert_kept(world)


def test_a_credit_entered_by_hand_is_not_doubled(tmp_path: Path) -> None:
    world = shop(tmp_path, AHEAD, "")
    world.push()
    mine = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p2")
    world.books.documents = [
        replace(each, stamp="") if each is mine else each for each in world.books.documents
    ]
    world.map("push: {", f"{RETAINERS}push: {{")
    world.new_state()
    world.push()
    assert held(world, Kind.RETAINERS) == {}


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60"])
@pytest.mark.parametrize("exchange", range(3))
def test_what_was_not_answered_is_looked_up(tmp_path: Path, fault: str, exchange: int) -> None:
    world = shop(tmp_path, AHEAD)
    world.push(faults={exchange: fault})
    world.push()
    assert_kept(world)
    say(world, GIVEN)
    world.push(faults={exchange: fault})
    world.push()
    assert_given(world)


def test_killed_at_every_boundary_it_is_there_once(tmp_path: Path) -> None:
    world = shop(tmp_path_for(tmp_path, "count"), AHEAD)
    fuse = Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    for boundary in swept(range(1_000_000 - fuse._left)):
        world = shop(tmp_path_for(tmp_path, f"at-{boundary}"), AHEAD)
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_kept(world)
        assert world.push().calls == Calls(), boundary


def test_killed_while_it_moves_to_an_invoice_it_is_there_once(tmp_path: Path) -> None:
    boundary, killed = 0, True
    while killed:
        world = shop(tmp_path_for(tmp_path, f"moved-{boundary}"), AHEAD)
        world.push()
        say(world, GIVEN)
        killed = run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_given(world)
        assert world.push().calls == Calls(), boundary
        boundary += 1
    assert boundary > 8
