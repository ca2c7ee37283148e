"""A refund whose money is written apart: both are in the books, once, or the refund is not done."""

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

PUSHED = "push: {customers: true, invoices: true, payments: true, void: true}"
MAPPED = """
push: {customers: true, invoices: true, payments: true, refunds: true, void: true}
"""
SOURCE = '  refund_rows: {files: refunds.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}\n'
RECORD = """  refunds:
    from: refund_rows
    document:
      id: Id
      payment: Payment
      date: Date
      amount: Amount
      state: {column: State, map: {ok: open, failed: void}}
"""
INVOICES: list[Any] = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]
PAYMENTS = [("p1", "A-1", "10.00"), ("p2", "A-2", "20.00")]
REFUNDED = ["r1,p1,10.00,ok", "r2,p2,5.00,ok"]
FAILED = ["r1,p1,10.00,failed", "r2,p2,5.00,ok"]
BOTH = {"r1": Decimal("10.00"), "r2": Decimal("5.00")}


def a_world(folder: Path, refunds: list[str]) -> World:
    world = World(folder)
    world.kinds = frozenset(Kind)
    world.map("records:\n", f"{SOURCE}records:\n")
    world.map("accounting:\n", f"{RECORD}accounting:\n")
    world.map(PUSHED, MAPPED.strip())
    world.export(INVOICES, PAYMENTS)
    say(world, refunds)
    return world


def say(world: World, refunds: list[str]) -> None:
    rows = ["Id,Payment,Amount,State,Date", *(f"{each},2025-03-03" for each in refunds)]
    (world.folder / "refunds.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def totals(world: World, kind: Kind) -> dict[str, Decimal | None]:
    alive = [each for each in world.books.of(kind) if not each.voided]
    held = {each.stamp: each.total for each in alive}
    assert len(held) == len(alive), "duplicates!"
    return held


def assert_given_back(world: World, expected: dict[str, Decimal]) -> None:
    """Each refund is there once, and exactly its money settles it."""
    assert totals(world, Kind.REFUNDS) == expected
    assert totals(world, Kind.REPAYMENTS) == expected
    refunds = {each.id: each.stamp for each in world.books.of(Kind.REFUNDS) if not each.voided}
    paid = {
        refunds[link.remote_id]: link.amount
        for each in world.books.of(Kind.REPAYMENTS)
        if not each.voided
        for link in each.links
    }
    assert paid == expected


def told(result: Any) -> dict[str, Status]:
    return {each.ref.id: each.status for each in result.documents if each.ref.kind is Kind.REFUNDS}


def test_a_refund_is_one_document_for_people_and_two_in_the_books(tmp_path: Path) -> None:
    world = a_world(tmp_path, REFUNDED)
    planned, pushed = world.plan(), world.push()

    assert counts(planned.documents) == counts(pushed.documents)
    assert (
        counts(pushed.documents)["create"] == 2 + 2 + 2 + 2
    )  # customers, invoices, money, refunds
    assert {each.ref.kind for each in pushed.documents}.isdisjoint({Kind.REPAYMENTS})
    assert_given_back(world, BOTH)
    assert world.push().calls == Calls()


def test_books_that_take_a_refund_with_its_money_get_no_other_document(tmp_path: Path) -> None:
    world = a_world(tmp_path, REFUNDED)
    world.kinds -= {Kind.REPAYMENTS}

    pushed = world.push()
    assert pushed.exit_code == ExitCode.DONE
    assert pushed.problems == ()
    assert totals(world, Kind.REFUNDS) == BOTH
    assert world.books.of(Kind.REPAYMENTS) == []


def test_money_that_is_refused_is_a_failed_refund_that_the_next_run_finishes(
    tmp_path: Path,
) -> None:
    world = a_world(tmp_path, REFUNDED)
    stages = 5  # customers, invoices, payments, refunds, and then their money
    refused = world.push(faults={stages - 1: "refuse:r1"})

    assert told(refused) == {"r1": Status.FAILED, "r2": Status.DONE}
    assert totals(world, Kind.REFUNDS) == BOTH
    assert totals(world, Kind.REPAYMENTS) == {"r2": Decimal("5.00")}
    assert told(world.push()) == {"r1": Status.DONE, "r2": Status.UNCHANGED}
    assert_given_back(world, BOTH)


def test_money_never_goes_before_what_it_settles(tmp_path: Path) -> None:
    world = a_world(tmp_path, REFUNDED)
    refused = world.push(faults={3: "refuse:r1"})

    assert told(refused) == {"r1": Status.FAILED, "r2": Status.DONE}
    assert_given_back(world, {"r2": Decimal("5.00")})
    world.push()
    assert_given_back(world, BOTH)


def test_a_refund_that_failed_at_the_bank_takes_its_money_back_first(tmp_path: Path) -> None:
    world = a_world(tmp_path, REFUNDED)
    world.push()
    say(world, FAILED)

    assert told(world.push()) == {"r1": Status.DONE, "r2": Status.UNCHANGED}
    assert_given_back(world, {"r2": Decimal("5.00")})
    assert world.push().calls == Calls()


def test_killed_at_every_boundary_every_refund_and_its_money_is_there_once(tmp_path: Path) -> None:
    fuse = Fuse(1_000_000)
    a_world(tmp_path_for(tmp_path, "count"), REFUNDED).push(
        on_send=fuse.pass_by, open_store=store_with(fuse).open
    )
    count = 1_000_000 - fuse._left
    # Refunds and their money come last; what is before them is the same for all documents.
    for boundary in range(count // 2, count):
        world = a_world(tmp_path_for(tmp_path, f"once-{boundary}"), REFUNDED)
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_given_back(world, BOTH)
        assert world.push().calls == Calls(), boundary


def test_killed_while_a_refund_is_taken_back_it_goes_with_its_money(tmp_path: Path) -> None:
    for boundary in range(1, 15, 2):
        world = a_world(tmp_path_for(tmp_path, f"void-{boundary}"), REFUNDED)
        world.push()
        say(world, FAILED)
        run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_given_back(world, {"r2": Decimal("5.00")})
        assert world.push().calls == Calls(), boundary


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:20"])
def test_what_the_books_did_not_answer_is_looked_up_and_sent_once(
    tmp_path: Path, fault: str
) -> None:
    for exchange in range(5):
        world = a_world(tmp_path_for(tmp_path, f"lost-{exchange}"), REFUNDED)
        world.push(faults={exchange: fault})
        world.push()
        assert_given_back(world, BOTH)
