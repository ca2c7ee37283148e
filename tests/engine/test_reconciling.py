"""Export against books: every difference is named once, and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from acctsync.documents import Kind, RemoteDocument
from acctsync.engine.reconciling import ReconcileResult
from acctsync.errors import ComeBackLater, ExitCode
from acctsync.plan.reconciling import Finding
from acctsync.plan.selection import Selection
from acctsync.state.store import Store
from tests.engine.test_crash_points import run_until_killed
from tests.engine.world import World

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00")]
PAYMENTS = [("p1", "A-1", "10.00"), ("p2", "A-3", "5.00")]


@pytest.fixture
def pushed(world: World) -> World:
    world.export(INVOICES, PAYMENTS)
    world.push()
    return world


def one(world: World, number: str) -> RemoteDocument:
    (found,) = [each for each in world.books.documents if each.number == number]
    return found


def found(result: ReconcileResult) -> list[tuple[str, str, str, str]]:
    return [
        (str(each.finding), each.number, str(each.here), str(each.there))
        for each in result.differences
    ]


def test_what_agrees_is_told_in_few_calls_and_nothing_is_written(pushed: World) -> None:
    before = list(pushed.books.documents)
    result = pushed.reconcile()

    assert (result.exit_code, result.differences) == (ExitCode.DONE, ())
    assert (result.compared, result.agreeing) == (5, 5)
    assert pushed.books.documents == before
    assert pushed.provider is not None
    assert pushed.provider.sent == []
    assert result.calls.read == 2, "one list of each kind"
    assert [(t.kind, t.here, t.here_sum, t.there, t.there_sum) for t in result.totals] == [
        (Kind.INVOICES, 3, Decimal(60), 3, Decimal(60)),
        (Kind.PAYMENTS, 2, Decimal(15), 2, Decimal(15)),
    ]


def test_without_any_memory_stamps_and_numbers_tell(pushed: World) -> None:
    pushed.books.change(one(pushed, "A-2").id, stamp="")
    pushed.new_state()
    assert pushed.reconcile().differences == ()


def edit(world: World, number: str, **changes: object) -> None:
    world.books.change(one(world, number).id, digest="by hand", **changes)


def delete(world: World, number: str) -> None:
    gone = one(world, number)
    world.books.documents = [each for each in world.books.documents if each.id != gone.id]


def copy(world: World, of: str, **changes: object) -> None:
    world.books.documents.append(replace(one(world, of), id="900", **changes))  # type: ignore[arg-type]


CASES: list[tuple[Callable[[World], None], tuple[str, str, str, str], str]] = [
    (lambda w: delete(w, "A-2"), ("missing", "A-2", "20.00", "0"), "somebody deleted it"),
    (lambda w: copy(w, "A-2"), ("double", "A-2", "0", "20.00"), "with our stamp as id 900"),
    (
        lambda w: copy(w, "A-2", stamp=""),
        ("double", "A-2", "0", "20.00"),
        "with its number, but without our stamp",
    ),
    (
        lambda w: copy(w, "A-2", stamp="Z-9", number="Z-9"),
        ("extra", "Z-9", "0", "20.00"),
        "the export does not hold it",
    ),
    (
        lambda w: edit(w, "A-2", total=Decimal("20.01")),
        ("amount", "A-2", "20.00", "20.01"),
        "20.00 USD here, 20.01 there; it was changed there",
    ),
    (
        lambda w: edit(w, "A-2", date=dt.date(2025, 6, 1)),
        ("edited", "A-2", "20.00", "20.00"),
        "dates it 2025-06-01",
    ),
    (lambda w: edit(w, "A-2"), ("edited", "A-2", "20.00", "20.00"), "somebody changed it"),
    (
        lambda w: edit(w, "A-2", voided=True, total=Decimal(0), balance=Decimal(0)),
        ("voided", "A-2", "20.00", "0"),
        "void in the books",
    ),
    (
        lambda w: w.books.apply(one(w, "p2").id, one(w, "A-3").id, Decimal(-5)),
        ("unpaid", "A-3", "5.00", "0.00"),
        "5.00 USD is paid here, but 0.00 there",
    ),
    (
        lambda w: w.export([*INVOICES[:2], ("A-3", "Bob", "31.00")], PAYMENTS),
        ("amount", "A-3", "31.00", "30.00"),
        "the export says something else since",
    ),
    (
        lambda w: w.export([*INVOICES[:2], (*INVOICES[2], "void")], PAYMENTS[:1]),
        ("not_voided", "A-3", "0", "30.00"),
        "void here, and stands in the books",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "expected", "words"), CASES)
def test_every_difference_is_named_with_both_amounts(
    pushed: World,
    happens: Callable[[World], None],
    expected: tuple[str, str, str, str],
    words: str,
) -> None:
    happens(pushed)
    result = pushed.reconcile()

    first = next(each for each in result.differences if each.finding.value == expected[0])
    assert (result.exit_code, expected in found(result)) == (ExitCode.PARTIAL, True)
    assert words in first.problem.message
    assert first.problem.document == expected[1]
    others = {each.finding for each in result.differences if each.number != expected[1]}
    assert others <= {Finding.EXTRA}, "p2 left the export with its invoice"


def test_control_totals_hold_what_is_there_over_and_above(pushed: World) -> None:
    copy(pushed, "A-2")
    delete(pushed, "p1")
    result = pushed.reconcile()
    assert [(t.kind, t.here_sum, t.there_sum, t.agrees) for t in result.totals] == [
        (Kind.INVOICES, Decimal(60), Decimal(80), False),
        (Kind.PAYMENTS, Decimal(15), Decimal(5), False),
    ]


def test_what_other_people_entered_is_theirs(pushed: World) -> None:
    copy(pushed, "A-2", stamp="", number="Q-77", total=Decimal(999))
    assert pushed.reconcile().differences == ()


def test_a_period_is_compared_by_itself_and_holds_all_that_the_books_have_of_it(
    pushed: World,
) -> None:
    copy(pushed, "A-2", stamp="Z-9", number="Z-9", date=dt.date(2025, 3, 31))
    assert pushed.reconcile().differences == (), "later than anything in the export"

    march = Selection(since=dt.date(2025, 3, 1), until=dt.date(2025, 3, 31))
    assert found(pushed.reconcile(march)) == [("extra", "Z-9", "0", "20.00")]
    april = Selection(since=dt.date(2025, 4, 1), until=dt.date(2025, 4, 30))
    assert (pushed.reconcile(april).compared, pushed.reconcile(april).exit_code) == (0, 0)


def test_what_nobody_can_read_is_neither_extra_nor_in_order(pushed: World) -> None:
    pushed.export([*INVOICES[:2], ("A-3", "Bob", "thirty")], PAYMENTS[:1])
    result = pushed.reconcile()
    assert (result.unreadable, result.exit_code) == (1, ExitCode.PARTIAL)
    assert "A-3" not in {each.number for each in result.differences}


def test_books_that_cannot_be_asked_agree_with_nothing(pushed: World) -> None:
    with pytest.raises(ComeBackLater):
        pushed.reconcile(unreachable=True)


def test_documents_in_doubt_are_told(world: World) -> None:
    world.export(INVOICES, PAYMENTS)
    boundaries = iter(range(30))
    while not in_doubt(world):
        run_until_killed(world, next(boundaries))
    warned = [each for each in world.reconcile().problems if each.code == "REC009"]
    assert [each.is_error for each in warned] == [False]


def in_doubt(world: World) -> bool:
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        return bool(store.unsettled())
