"""What is in the books already is linked by number; nothing is written, and nothing doubled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from acctsync.documents import Kind, ListKind
from acctsync.engine.adopting import AdoptResult, Link, link_of
from acctsync.engine.history import status
from acctsync.engine.results import counts
from acctsync.errors import ExitCode
from acctsync.plan.selection import Selection
from acctsync.providers.port import Calls
from acctsync.state.store import Store
from tests.engine.test_crash_points import run_until_killed
from tests.engine.world import World

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00")]
PAYMENTS = [("p1", "A-1", "10.00")]


@pytest.fixture
def forgotten(world: World) -> World:
    """Books that hold everything, and a state that knows nothing of it."""
    world.export(INVOICES, PAYMENTS)
    world.push()
    world.new_state()
    return world


def links(result: AdoptResult) -> dict[str, Link]:
    return {each.number: link_of(each) for each in result.documents}


def unstamp(world: World) -> None:
    """Let it look as if a person had entered everything."""
    world.books.documents = [replace(each, stamp="") for each in world.books.documents]


@pytest.mark.parametrize("stamped", [True, False])
def test_what_is_there_is_linked_and_the_next_push_has_nothing_to_do(
    forgotten: World, *, stamped: bool
) -> None:
    if not stamped:
        unstamp(forgotten)
    before = list(forgotten.books.documents)
    result = forgotten.adopt()

    assert (result.exit_code, set(links(result).values())) == (ExitCode.DONE, {Link.ADOPTED})
    assert forgotten.provider is not None
    assert forgotten.provider.sent == []
    assert forgotten.books.documents == before
    with Store.open(forgotten.state, company_id="1", clock=forgotten.clock) as store:
        (run,) = status(store).runs
        assert (run.command, dict(run.counts)) == ("adopt", {"adopt": 6, "unchanged": 0})
    assert forgotten.push().calls == Calls()
    again = forgotten.adopt()
    assert (set(links(again).values()), again.calls) == ({Link.UNCHANGED}, Calls())


def test_what_is_not_there_is_told_and_not_created(forgotten: World) -> None:
    forgotten.export([*INVOICES, ("A-4", "Cy", "40.00")], PAYMENTS)
    result = forgotten.adopt()

    assert result.exit_code == ExitCode.DONE
    assert {number for number, link in links(result).items() if link is Link.ABSENT} == {
        "A-4",
        "Cy",
    }
    assert [each.code for each in result.problems] == ["ADOPT001"]
    assert len(forgotten.books.of(Kind.INVOICES)) == 3
    assert counts(forgotten.push().documents)["create"] == 2


def test_what_differs_is_left_to_a_person(forgotten: World) -> None:
    unstamp(forgotten)
    forgotten.export([*INVOICES[:2], ("A-3", "Bob", "33.00")], PAYMENTS)
    result = forgotten.adopt()

    assert (result.exit_code, links(result)["A-3"]) == (ExitCode.PARTIAL, Link.DIFFERS)
    (problem,) = [each.problem for each in result.documents if each.problem]
    assert "total 30.00 there, 33.00 here" in problem.message
    with Store.open(forgotten.state, company_id="1", clock=forgotten.clock) as store:
        assert status(store).failed == (), "it is no failure of a push"


def test_a_document_that_could_not_be_pushed_is_linked_nevertheless(forgotten: World) -> None:
    forgotten.books.lists[ListKind.ITEMS] = []
    result = forgotten.adopt()
    assert set(links(result).values()) == {Link.ADOPTED}


def test_a_payment_somebody_entered_without_its_id_is_for_a_person(forgotten: World) -> None:
    (paid,) = forgotten.books.of(Kind.PAYMENTS)
    forgotten.books.change(paid.id, number="cheque 7", stamp="")
    result = forgotten.adopt()
    assert (result.exit_code, links(result)["p1"]) == (ExitCode.PARTIAL, Link.DIFFERS)


def test_a_change_in_the_export_is_told_and_not_written(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    world.push()
    world.export([*INVOICES[:2], ("A-3", "Bob", "33.00")], PAYMENTS)
    result = world.adopt()
    assert (links(result)["A-3"], [each.code for each in result.problems]) == (
        Link.CHANGED, ["ADOPT002"],
    )  # fmt: skip
    assert world.holds(Kind.INVOICES)["A-3"] == Decimal("30.00")


def test_only_what_is_dated_until_a_day_is_linked(forgotten: World) -> None:
    result = forgotten.adopt(Selection(until=dt.date(2025, 3, 1)))
    assert links(result) == dict.fromkeys(["Ann", "Bob", "A-1", "A-2", "A-3"], Link.ADOPTED)
    assert counts(forgotten.push().documents)["adopt"] == 1


def test_what_an_earlier_run_left_in_doubt_is_looked_up_first(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    boundaries = iter(range(30))
    while not in_doubt(world):
        run_until_killed(world, next(boundaries))
    world.adopt()
    assert not in_doubt(world)
    world.push()
    assert len(world.books.of(Kind.INVOICES)) == 3
    assert len(world.books.of(Kind.CUSTOMERS)) == 2


def in_doubt(world: World) -> bool:
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        return bool(store.unsettled())
