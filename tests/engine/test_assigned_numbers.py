"""The books number the documents: a stamp is all that tells one from another, and it is enough."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind, RemoteDocument
from acctsync.engine.results import Status
from acctsync.errors import ExitCode
from acctsync.plan.model import Action
from acctsync.providers.port import Calls
from acctsync.state.store import Store
from tests.engine.test_crash_points import run_until_killed
from tests.engine.world import World
from tests.sweeping import swept

# Two of the same customer, day and amount: only their stamps tell them apart.
INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "10.00"), ("A-3", "Bob", "20.00")]
PAYMENTS = [("p1", "A-2", "10.00")]
DAY = dt.date(2025, 3, 1)
OPEN = {"A-1": Decimal(10), "A-2": Decimal(0), "A-3": Decimal(20)}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.map("void: true}", "void: true, numbers: assign}")
    made.export(INVOICES, PAYMENTS)
    return made


def held(world: World) -> dict[str, Decimal | None]:
    """Tell open balances by stamp; every document is there once, and has a number of its own."""
    there = [each for each in world.books.of(Kind.INVOICES) if not each.voided]
    assert len({each.number for each in there}) == len(there)
    assert len({each.stamp for each in there}) == len(there), "duplicates!"
    return {each.stamp: each.balance for each in there}


def by_hand(world: World, **changes: object) -> RemoteDocument:
    """Let somebody enter an invoice like A-1 in the books."""
    (ann, *_) = world.books.of(Kind.CUSTOMERS)
    typed = RemoteDocument(
        kind=Kind.INVOICES, id="900", version="0", digest="typed", number="77", date=DAY,
        customer=ann.id, currency="USD", total=Decimal(10), balance=Decimal(10),
    )  # fmt: skip
    typed = replace(typed, **changes)  # type: ignore[arg-type]
    world.books.documents.append(typed)
    return typed


def test_the_books_number_them_and_payments_find_them_by_the_exports_numbers(
    world: World,
) -> None:
    assert world.push().exit_code is ExitCode.DONE
    assert [each.number for each in world.books.of(Kind.INVOICES)] == ["1001", "1002", "1003"]
    assert held(world) == OPEN
    again = world.push()
    assert {each.status for each in again.documents} == {Status.UNCHANGED}
    assert again.calls == Calls()

    world.export([], [("p2", "A-3", "5.00")])
    world.push()
    assert held(world)["A-3"] == Decimal(15)


@pytest.mark.parametrize("boundary", swept(range(26)))
def test_a_kill_at_any_boundary_and_another_run_leave_each_once(
    world: World, boundary: int
) -> None:
    run_until_killed(world, boundary)
    assert world.push().exit_code is ExitCode.DONE
    assert held(world) == OPEN


@pytest.mark.parametrize("exchange", [1, 2])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60", "throttle:5"])
def test_one_whose_answer_is_lost_is_known_by_its_stamp(
    world: World, fault: str, exchange: int
) -> None:
    assert world.push(faults={exchange: fault}).exit_code is ExitCode.DONE
    assert held(world) == OPEN


def test_after_the_state_is_lost_each_is_found_by_its_stamp(world: World) -> None:
    world.push()
    world.new_state()
    again = world.push()
    assert held(world) == OPEN
    assert {each.action for each in again.documents} == {Action.ADOPT}


def test_one_that_was_entered_by_hand_is_adopted_once(world: World) -> None:
    world.push()
    world.books.documents = world.books.of(Kind.CUSTOMERS)
    typed = by_hand(world)
    world.new_state()
    world.export(INVOICES, [])
    result = world.push()
    actions = {each.number: each.action for each in result.documents}
    assert (actions["A-1"], actions["A-2"]) == (Action.ADOPT, Action.CREATE)
    assert len(world.books.of(Kind.INVOICES)) == 3

    world.export([*INVOICES, ("A-4", "Ann", "10.00")], [])
    world.push()
    assert len(world.books.of(Kind.INVOICES)) == 4, "what was adopted is nobody else's"
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        (known,) = store.known_by_alias(Kind.INVOICES, [f"number:{typed.number}"]).values()
    assert (known.ref.id, known.number) == ("A-1", "A-1")


@pytest.mark.parametrize(
    "changes",
    [
        {"total": Decimal(11)},
        {"customer": "12345"},
        {"date": DAY + dt.timedelta(days=1)},
        {"stamp": "A-9"},
        {"voided": True},
    ],
)
def test_what_differs_in_anything_is_another_one(world: World, changes: dict[str, object]) -> None:
    world.push()
    world.books.documents = world.books.of(Kind.CUSTOMERS)
    by_hand(world, **changes)
    world.new_state()
    world.export(INVOICES, [])
    assert world.push().exit_code is ExitCode.DONE
    assert len(world.books.of(Kind.INVOICES)) == 4


def test_a_customer_who_is_new_has_nothing_there_yet(world: World) -> None:
    world.push()
    by_hand(world, total=Decimal(30), balance=Decimal(30))
    world.export([*INVOICES, ("A-4", "Cy", "30.00")], [])
    world.push()
    assert len(world.books.of(Kind.INVOICES)) == 5


def test_a_number_of_the_books_own_is_no_number_of_the_export(world: World) -> None:
    world.push()
    world.export([], [("p2", "1001", "10.00")])
    result = world.push()
    problems = [each.problem.code for each in result.documents if each.problem]
    assert problems == ["PLAN012"]
    assert held(world) == OPEN


def test_a_void_and_a_change_follow_without_touching_the_number(world: World) -> None:
    world.export(INVOICES, [])
    world.push()
    world.export([("A-1", "Ann", "10.00", "void"), INVOICES[1], ("A-3", "Bob", "25.00")], [])
    assert world.push().exit_code is ExitCode.DONE
    assert held(world) == {"A-2": Decimal(10), "A-3": Decimal(25)}
    assert {each.number for each in world.books.of(Kind.INVOICES)} == {"1001", "1002", "1003"}


def test_a_forgotten_one_that_is_void_in_the_export_is_found_and_voided(world: World) -> None:
    world.export(INVOICES, [])
    world.push()
    world.new_state()
    world.export([("A-1", "Ann", "10.00", "void")], [])
    world.push()
    assert held(world) == {"A-2": Decimal(10), "A-3": Decimal(20)}


def test_one_without_a_number_goes_by_its_id(world: World) -> None:
    world.map(
        "      number: Number\n",
        "      number: {column: Number, map: {A-1: '', A-2: A-2, A-3: A-3}}\n",
    )
    assert world.push().exit_code is ExitCode.DONE
    assert held(world) == OPEN


def test_going_back_to_the_exports_numbers_changes_nothing_that_is_there(world: World) -> None:
    world.push()
    world.map("numbers: assign", "numbers: keep")
    again = world.push()
    assert {each.status for each in again.documents} == {Status.UNCHANGED}
