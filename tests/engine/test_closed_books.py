"""Books that are closed until a day: nothing is written before it, by refusing or by redating."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.engine.results import counts
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from tests.engine.world import World

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]
PAYMENTS = [("p1", "A-1", "10.00")]
END_OF_MARCH, APRIL = dt.date(2025, 3, 31), dt.date(2025, 4, 1)


@pytest.fixture
def closed(world: World) -> World:
    world.books.closed_until = END_OF_MARCH
    world.export(INVOICES, PAYMENTS)
    return world


@pytest.fixture
def redated(closed: World) -> World:
    closed.map("void: true", "void: true, closed_books: first_open_day")
    return closed


def numbers(result: Any) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def codes(result: Any) -> set[str]:
    return {each.code for each in result.problems}


def dates(world: World) -> set[tuple[dt.date | None, dt.date | None]]:
    return {(each.date, each.real_date) for each in world.books.documents if each.date}


def test_nothing_dated_in_a_closed_period_is_sent(closed: World) -> None:
    result = closed.push()
    assert numbers(result) == {"create": 2, "blocked": 3}
    assert codes(result) == {"PLAN023"}
    assert dates(closed) == set()


def test_what_is_in_the_books_already_is_adopted_though_its_period_is_closed(
    closed: World,
) -> None:
    closed.books.closed_until = None
    closed.push()
    closed.new_state()
    closed.books.closed_until = END_OF_MARCH
    assert numbers(closed.push()) == {"adopt": 5}


@pytest.mark.parametrize("changed", [("A-2", "Bob", "22.00"), ("A-2", "Bob", "20.00", "void")])
@pytest.mark.parametrize("policy", ["refuse", "first_open_day"])
def test_what_lies_in_a_closed_period_is_neither_changed_nor_voided(
    closed: World, changed: Any, policy: str
) -> None:
    closed.books.closed_until = None
    closed.push()
    closed.books.closed_until = END_OF_MARCH
    closed.map("void: true", f"void: true, closed_books: {policy}")
    closed.export([INVOICES[0], changed], PAYMENTS)
    result = closed.push()
    assert (numbers(result), codes(result)) == ({"unchanged": 4, "blocked": 1}, {"PLAN027"})
    assert result.calls.write == 0


def test_a_payment_in_a_closed_period_is_not_taken_off_its_invoice(closed: World) -> None:
    closed.map("void: true", "void: unapply")
    closed.books.closed_until = None
    closed.push()
    invoice = next(each for each in closed.books.of(Kind.INVOICES) if each.number == "A-1")
    closed.books.change(invoice.id, date=APRIL)
    closed.books.closed_until = END_OF_MARCH
    closed.export([(*INVOICES[0], "void"), INVOICES[1]], PAYMENTS)
    result = closed.push()
    assert "PLAN024" in codes(result)
    assert result.calls.write == 0


def test_what_belongs_into_a_closed_period_is_dated_to_the_first_open_day(redated: World) -> None:
    planned = redated.plan()
    assert (codes(planned), planned.exit_code) == ({"PLAN026"}, ExitCode.DONE)
    result = redated.push()
    assert (numbers(result), codes(result)) == ({"create": 5}, {"PLAN026"})
    assert dates(redated) == {(APRIL, dt.date(2025, 3, 1)), (APRIL, dt.date(2025, 3, 2))}
    assert redated.push().calls == Calls()


def test_a_redated_document_follows_changes_and_keeps_its_day(redated: World) -> None:
    redated.push()
    redated.export([INVOICES[0], ("A-2", "Bob", "25.00")], PAYMENTS)
    result = redated.push()
    assert (numbers(result), codes(result)) == ({"unchanged": 4, "update": 1}, set())
    assert dates(redated) == {(APRIL, dt.date(2025, 3, 1)), (APRIL, dt.date(2025, 3, 2))}
    assert redated.push().calls == Calls()


def test_a_redated_document_is_found_again_after_losing_the_state(redated: World) -> None:
    redated.push()
    redated.new_state()
    assert numbers(redated.push()) == {"adopt": 5}
    redated.books.closed_until = dt.date(2025, 4, 30)
    redated.new_state()
    assert numbers(redated.push()) == {"adopt": 5}
    assert redated.push().calls == Calls()


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "late:60"])
def test_a_redated_document_whose_answer_was_lost_is_there_once(redated: World, fault: str) -> None:
    assert redated.push(faults={1: fault, 2: fault}).exit_code == ExitCode.DONE
    assert len(redated.books.of(Kind.INVOICES)) == 2
    assert len(redated.books.of(Kind.PAYMENTS)) == 1
    assert redated.push().calls == Calls()


def test_an_open_redated_document_is_voided(redated: World) -> None:
    redated.push()
    redated.export([INVOICES[0], (*INVOICES[1], "void")], PAYMENTS)
    assert numbers(redated.push()) == {"unchanged": 4, "void": 1}
