"""Payments that turn void in the export are voided in the books, exactly once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.engine.results import Status, counts
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with, tmp_path_for
from tests.engine.world import World
from tests.sweeping import swept

PLAIN = "document: {id: Id, invoice: Invoice, date: Date, amount: Amount}"
STATED = PLAIN.replace("}", ", state: {column: State, map: {ok: open, bounced: void}}}")
INVOICES: list[Any] = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00")]
PAID = ["p1,A-1,10.00,ok", "p2,A-2,20.00,ok"]
BOUNCED = ["p1,A-1,10.00,bounced", "p2,A-2,20.00,ok"]


def say(world: World, payments: list[str]) -> None:
    rows = [f"{id_},{invoice},2025-03-02,{amount},{state}" for id_, invoice, amount, state in
            (each.split(",") for each in payments)]  # fmt: skip
    text = "\n".join(["Id,Invoice,Date,Amount,State", *rows]) + "\n"
    (world.folder / "payments.csv").write_text(text, encoding="utf-8")


def shop(folder: Path, payments: list[str]) -> World:
    world = World(folder)
    world.map(PLAIN, STATED)
    world.export(INVOICES, [])
    say(world, payments)
    return world


def paid_shop(folder: Path) -> World:
    """Push two paid invoices, and let the export void the first payment."""
    world = shop(folder, PAID)
    world.push()
    say(world, BOUNCED)
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return paid_shop(tmp_path)


def numbers(result: Any) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def codes(result: Any) -> list[str]:
    return sorted(each.problem.code for each in result.documents if each.problem)


def assert_bounced(world: World) -> None:
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal("10.00"), "A-2": Decimal(0)}
    assert set(world.holds(Kind.PAYMENTS)) == {"p2"}
    assert len(world.books.of(Kind.PAYMENTS)) == 2


def test_its_invoice_is_open_again_and_the_next_run_has_nothing_to_do(world: World) -> None:
    assert numbers(world.plan()) == {"void": 1, "unchanged": 4}
    assert numbers(world.push()) == {"void": 1, "unchanged": 4}
    assert_bounced(world)
    assert world.push().calls == Calls()


def test_one_that_was_never_pushed_is_looked_up_once_ever(tmp_path: Path) -> None:
    world = shop(tmp_path, BOUNCED)
    assert numbers(world.push()) == {"create": 4, "unchanged": 1}
    assert set(world.holds(Kind.PAYMENTS)) == {"p2"}
    assert world.push().calls == Calls()


def test_after_losing_the_state_what_we_pushed_is_voided_all_the_same(world: World) -> None:
    world.new_state()
    assert numbers(world.push())["void"] == 1
    assert_bounced(world)
    world.new_state()
    assert set(numbers(world.push())) == {"adopt"}


def test_it_stays_where_voids_are_not_to_be_followed(world: World) -> None:
    world.map("void: true", "void: false")
    assert world.push().calls == Calls()
    assert set(world.holds(Kind.PAYMENTS)) == {"p1", "p2"}


@pytest.mark.parametrize("gone", ["voided", "deleted"])
def test_what_is_gone_there_already_is_agreed_upon(world: World, gone: str) -> None:
    paid = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p1")
    if gone == "voided":
        world.books.change(paid.id, voided=True, total=Decimal(0))
    else:
        world.books.documents.remove(paid)
    result = world.push()
    assert (result.exit_code, result.calls.write) == (ExitCode.DONE, 0)
    assert world.push().calls == Calls()


@pytest.mark.parametrize(
    ("meddled", "code"), [({"deposited": True}, "PLAN060"), ({"digest": "edited"}, "PLAN030")]
)
def test_what_cannot_be_voided_is_left_to_a_person(
    world: World, meddled: dict[str, Any], code: str
) -> None:
    paid = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p1")
    world.books.change(paid.id, **meddled)
    result = world.push()
    assert (codes(result), result.calls.write) == ([code], 0)


def test_a_void_payment_that_is_open_again_is_told_and_left(world: World) -> None:
    world.push()
    say(world, PAID)
    result = world.push()
    assert codes(result) == ["PLAN002"]
    assert_bounced(world)


def test_an_invoice_is_paid_anew_in_the_same_run(world: World) -> None:
    say(world, [*BOUNCED, "p3,A-1,10.00,ok"])
    assert numbers(world.push()) == {"void": 1, "create": 1, "unchanged": 4}
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal(0), "A-2": Decimal(0)}


def test_what_pays_anew_waits_while_the_void_is_refused(world: World) -> None:
    say(world, [*BOUNCED, "p3,A-1,10.00,ok"])
    result = world.push(faults={0: "refuse:p1"})
    told = {each.number: each.status for each in result.documents if each.problem}
    assert told == {"p1": Status.FAILED, "p3": Status.BLOCKED}
    assert set(world.holds(Kind.PAYMENTS)) == {"p1", "p2"}
    assert world.push().exit_code == ExitCode.DONE
    assert set(world.holds(Kind.PAYMENTS)) == {"p2", "p3"}


@pytest.mark.parametrize("policy", ["true", "unapply"])
def test_an_invoice_that_is_void_as_well_is_voided_in_the_same_run(
    world: World, policy: str
) -> None:
    world.map("void: true", f"void: {policy}")
    world.export([(*INVOICES[0], "void"), INVOICES[1]], [])
    say(world, BOUNCED)
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES) == {"A-2": Decimal(0)}
    assert set(world.holds(Kind.PAYMENTS)) == {"p2"}
    assert world.push().calls == Calls()


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60"])
def test_after_a_lost_answer_the_books_are_asked(world: World, fault: str) -> None:
    assert world.push(faults={0: fault}).exit_code == ExitCode.DONE
    assert_bounced(world)
    assert world.push().calls == Calls()


def test_killed_at_every_boundary_it_is_void_and_paid_anew_once(tmp_path: Path) -> None:
    def anew(folder: Path) -> World:
        world = paid_shop(folder)
        say(world, [*BOUNCED, "p3,A-1,4.00,ok"])
        return world

    world = anew(tmp_path_for(tmp_path, "count"))
    fuse = Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    count = 1_000_000 - fuse._left
    assert count > 10
    for boundary in swept(range(count)):
        world = anew(tmp_path_for(tmp_path, f"at-{boundary}"))
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert world.holds(Kind.INVOICES) == {"A-1": Decimal(6), "A-2": Decimal(0)}, boundary
        assert set(world.holds(Kind.PAYMENTS)) == {"p2", "p3"}, boundary
        assert world.push().calls == Calls(), boundary
