"""Retainers, write-offs, labels, void payments and numbers of the books' own, all in one business.

What compares, takes back, links or rebuilds has to know each of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import PART_OF, Kind, ListEntry, ListKind
from acctsync.engine.adopting import Link
from acctsync.engine.history import status
from acctsync.engine.reconciling import ReconcileResult
from acctsync.engine.results import Status
from acctsync.engine.undoing import UndoResult
from acctsync.errors import ExitCode
from acctsync.plan.selection import Selection
from acctsync.providers.port import Calls
from acctsync.state.store import Store
from tests.engine.test_rebuilding import rebuilt
from tests.engine.test_retainers import NAMED, PLAIN
from tests.engine.world import World

KEEP, ASSIGN = "keep", "assign"
RETAINERS = "  retainers: {account: Deposits, item: Retainer}\n"
RULES = (
    f"{RETAINERS}"
    "  written_off: {account: Bad debts}\n"
    "  unmapped: {class: create, location: create}\n"
    "push: {"
)
OPEN: list[Any] = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00"), ("A-3", "Bob", "30.00")]
# A-1 is paid in part, and the rest of it written off; nobody is to have p2 and p4, p3 bounced.
BAD: list[Any] = [(*OPEN[0], "bad"), *OPEN[1:]]
PAID = ["p1,Ann,A-1,4.00,ok", "p2,Ann,,5.00,ok", "p3,Bob,A-3,30.00,ok", "p4,Bob,,6.00,ok"]
BOUNCED = [*PAID[:2], "p3,Bob,A-3,30.00,bounced", "p4,Bob,,6.00,bounced"]
GIVEN = [BOUNCED[0], "p2,Ann,A-2,5.00,ok", *BOUNCED[2:]]

Held = dict[tuple[Kind, str], tuple[Decimal | None, Decimal | None]]


def say(world: World, payments: list[str]) -> None:
    rows = [
        f"{id_},{who},{invoice},2025-03-02,{amount},{state}"
        for id_, who, invoice, amount, state in (each.split(",") for each in payments)
    ]
    text = "\n".join(["Id,Who,Invoice,Date,Amount,State", *rows]) + "\n"
    (world.folder / "payments.csv").write_text(text, encoding="utf-8")


def business(folder: Path, numbers: str) -> World:
    world = World(folder)
    world.map(PLAIN, NAMED)
    world.map("void: void}", "void: void, bad: written_off}")
    world.map("      total: Amount\n", "      total: Amount\n      location: Customer\n")
    world.map("lines: {", "lines: {class: Customer, ")
    world.map("void: true}", f"void: true, numbers: {numbers}}}")
    world.map("push: {", RULES)
    items, accounts = ("Work", "Retainer"), ("Deposits", "Bad debts")
    world.books.lists |= {
        ListKind.ITEMS: [ListEntry(id=each, name=each, full_name=each) for each in items],
        ListKind.ACCOUNTS: [ListEntry(id=each, name=each, full_name=each) for each in accounts],
        ListKind.CLASSES: [],
        ListKind.LOCATIONS: [],
    }
    world.export(OPEN, [])
    say(world, PAID)
    return world


@pytest.fixture(params=[KEEP, ASSIGN])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Push everything while it is still open and paid."""
    world = business(tmp_path, request.param)
    assert world.push().exit_code is ExitCode.DONE
    return world


@pytest.fixture
def world(opened: World) -> World:
    """Push again after something bounced and something was written off."""
    opened.export(BAD, [])
    say(opened, BOUNCED)
    assert opened.push().exit_code is ExitCode.DONE
    assert held(opened) == CLOSED
    return opened


def held(world: World) -> Held:
    """Tell totals and open balances of what is alive in the books, by kind and stamp."""
    whole = (each for each in world.books.documents if each.total is not None)
    alive = [each for each in whole if each.stamp and not each.voided]
    found = {(each.kind, each.stamp): (each.total, each.balance) for each in alive}
    assert len(found) == len(alive), "duplicates!"
    return found


def names(world: World) -> list[tuple[Kind, str]]:
    return sorted((each.kind, each.name) for each in world.books.documents if each.name)


D = Decimal
CLOSED: Held = {
    (Kind.INVOICES, "A-1"): (D("10.00"), D("0.00")),
    (Kind.INVOICES, "A-2"): (D("20.00"), D("20.00")),
    (Kind.INVOICES, "A-3"): (D("30.00"), D("30.00")),
    (Kind.PAYMENTS, "p1"): (D("4.00"), D("4.00")),
    (Kind.RETAINERS, "p2"): (D("5.00"), D("5.00")),
    (Kind.WRITE_OFFS, "A-1"): (D("6.00"), D("0.00")),
    (Kind.WRITE_OFF_ALLOCATIONS, "A-1"): (D("6.00"), D("6.00")),
}


def differences(result: ReconcileResult) -> list[tuple[str, Kind, str]]:
    return [(str(each.finding), each.ref.kind, each.number) for each in result.differences]


def agrees(world: World) -> bool:
    result = world.reconcile()
    assert (differences(result), result.exit_code) == ([], ExitCode.DONE)
    return all(each.agrees for each in result.totals)


# Export against books


def test_export_and_books_agree_after_each_push(opened: World) -> None:
    assert agrees(opened)
    opened.export(BAD, [])
    say(opened, BOUNCED)
    opened.push()
    result = opened.reconcile()
    assert differences(result) == []
    assert [(t.kind, t.here, t.here_sum, t.there, t.there_sum) for t in result.totals] == [
        (Kind.INVOICES, 3, D(60), 3, D(60)),
        (Kind.PAYMENTS, 1, D(4), 1, D(4)),
        (Kind.RETAINERS, 1, D(5), 1, D(5)),
    ]
    say(opened, GIVEN)
    opened.push()
    assert agrees(opened)


def test_they_agree_without_any_memory(world: World) -> None:
    world.new_state()
    assert agrees(world)


def test_money_stays_in_the_form_that_it_has_whatever_the_mapping_wants_now(world: World) -> None:
    world.map(RETAINERS, RETAINERS.replace("}", ", unapplied_payments: credit}"))
    assert agrees(world)
    world.new_state()
    assert agrees(world)


def test_money_that_the_export_gives_to_an_invoice_is_told_until_it_is_pushed(
    world: World,
) -> None:
    say(world, GIVEN)
    assert differences(world.reconcile()) == [("unpaid", Kind.INVOICES, "A-2")]


def test_money_that_is_there_in_both_forms_is_there_twice(world: World) -> None:
    (receipt,) = [each for each in world.books.of(Kind.RETAINERS) if not each.voided]
    world.books.documents.append(replace(receipt, kind=Kind.PAYMENTS, id="900"))
    assert differences(world.reconcile()) == [("double", Kind.RETAINERS, "p2")]


def test_a_receipt_that_somebody_deleted_or_voided_is_told(world: World) -> None:
    (receipt,) = [each for each in world.books.of(Kind.RETAINERS) if not each.voided]
    world.books.change(receipt.id, voided=True, total=D(0), digest="by hand")
    assert differences(world.reconcile()) == [("voided", Kind.RETAINERS, "p2")]
    world.books.documents = [each for each in world.books.documents if each.id != receipt.id]
    assert differences(world.reconcile()) == [("missing", Kind.RETAINERS, "p2")]


def test_a_write_off_that_is_to_come_or_was_deleted_is_told(opened: World) -> None:
    opened.export(BAD, [])
    say(opened, BOUNCED)
    told = ("unpaid", Kind.INVOICES, "A-1")
    assert told in differences(opened.reconcile())
    opened.push()
    (link,) = opened.books.of(Kind.WRITE_OFF_ALLOCATIONS)
    (invoice,) = [each for each in opened.books.of(Kind.INVOICES) if each.stamp == "A-1"]
    opened.books.apply(link.id, invoice.id, D(-6))
    (found,) = opened.reconcile().differences
    assert (str(found.finding), found.ref.kind, found.number) == told
    assert found.problem.message == "it is written off here, but 6.00 USD of it is open there"
    opened.map("  written_off: {account: Bad debts}\n", "")
    assert agrees(opened)


def test_a_receipt_that_left_the_export_is_extra(world: World) -> None:
    say(world, BOUNCED[:1])
    march = world.reconcile(Selection(since=dt.date(2025, 3, 1), until=dt.date(2025, 3, 31)))
    assert differences(march) == [("extra", Kind.RETAINERS, "p2")]


def test_a_number_of_the_books_own_says_nothing(tmp_path: Path) -> None:
    world = business(tmp_path, ASSIGN)
    world.push()
    (first, *_) = world.books.of(Kind.INVOICES)
    world.books.documents.append(replace(first, id="900", stamp="", number="A-1"))
    assert agrees(world)


# Taken back


def statuses(result: UndoResult) -> set[str]:
    return {str(each.status) for each in result.documents}


def test_a_run_with_all_of_it_is_undone_and_pushed_anew(tmp_path: Path) -> None:
    for numbers in (KEEP, ASSIGN):
        folder = tmp_path / numbers
        folder.mkdir()
        world = business(folder, numbers)
        world.export(BAD, [])
        say(world, BOUNCED)
        run = world.push().run
        assert held(world) == CLOSED
        made = names(world)

        result = world.undo(run)
        assert (result.exit_code, statuses(result)) == (ExitCode.DONE, {"done"})
        assert held(world) == {}
        (stays,) = result.problems
        assert stays.message == (
            "names that the run made stay in the books: 2 customers, 2 classes, 2 locations"
        )

        assert world.push().exit_code is ExitCode.DONE
        assert (held(world), names(world)) == (CLOSED, made)
        assert world.push().calls == Calls()
        assert agrees(world)


def test_the_run_that_wrote_off_is_undone_by_itself(opened: World) -> None:
    opened.export(BAD, [])
    say(opened, BOUNCED)
    run = opened.push().run
    result = opened.undo(run)
    assert [each.ref.kind for each in result.documents] == [
        Kind.WRITE_OFF_ALLOCATIONS, Kind.WRITE_OFFS,
    ]  # fmt: skip
    assert (result.exit_code, [each.code for each in result.problems]) == (0, ["UNDO008"])
    without = {ref: one for ref, one in CLOSED.items() if ref[0] is not Kind.WRITE_OFFS}
    without.pop((Kind.WRITE_OFF_ALLOCATIONS, "A-1"))
    assert held(opened) == {**without, (Kind.INVOICES, "A-1"): (D("10.00"), D("6.00"))}

    assert opened.push().exit_code is ExitCode.DONE
    assert held(opened) == CLOSED


def test_what_a_later_run_wrote_off_stays_and_the_write_off_is_named(opened: World) -> None:
    (first,) = runs(opened)
    opened.export(BAD, [])
    say(opened, BOUNCED)
    opened.push()
    result = opened.undo(first)
    held_back = {one.number: one.problem for one in result.documents if one.problem}
    assert {number: each.code for number, each in held_back.items()} == {
        "A-1": "UNDO002",
    }
    assert set(held(opened)) == {
        (Kind.INVOICES, "A-1"),
        (Kind.WRITE_OFFS, "A-1"),
        (Kind.WRITE_OFF_ALLOCATIONS, "A-1"),
    }
    assert opened.push().exit_code is ExitCode.DONE
    assert held(opened) == CLOSED


def test_money_that_moved_to_an_invoice_is_taken_back_and_recorded_there_again(
    world: World,
) -> None:
    say(world, GIVEN)
    run = world.push().run
    given = held(world)
    assert (Kind.PAYMENTS, "p2") in given
    result = world.undo(run)
    assert (result.exit_code, [each.code for each in result.problems]) == (0, ["UNDO008"])
    assert {each for each in held(world) if each[1] == "p2"} == set()
    assert world.push().exit_code is ExitCode.DONE
    assert held(world) == given


def test_one_class_is_called_one_class(tmp_path: Path) -> None:
    world = business(tmp_path, KEEP)
    world.export(OPEN[:1], [])
    say(world, [])
    result = world.undo(world.push().run)
    assert [each.message for each in result.problems] == [
        "names that the run made stay in the books: 1 customer, 1 class, 1 location"
    ]


def test_what_is_written_beside_documents_is_not_counted_with_them(world: World) -> None:
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        told = status(store).counts["in_books"]
    documents = sum(ref[0] not in PART_OF for ref in CLOSED)
    customers, classes, locations = 2, 2, 2
    assert told == documents + customers + classes + locations


# Linked, and made anew


def test_a_lost_state_is_rebuilt_and_nothing_is_pushed(world: World) -> None:
    there = list(world.books.documents)
    result = rebuilt(world)
    assert (result.exit_code, result.having(Status.PENDING)) == (ExitCode.DONE, 0)
    again = world.push()
    assert (again.calls.write, world.books.documents) == (0, there)
    assert {each.status for each in again.documents} == {Status.UNCHANGED}
    assert world.push().calls == Calls()
    assert agrees(world)


def test_what_is_there_is_adopted_and_nothing_is_pushed(world: World) -> None:
    there = list(world.books.documents)
    world.new_state()
    result = world.adopt()
    assert (result.exit_code, result.of(Link.ABSENT), result.of(Link.CHANGED)) == (0, (), ())
    again = world.push()
    assert (again.calls.write, world.books.documents) == (0, there)
    assert agrees(world)


def test_money_that_moves_is_left_to_the_push(world: World) -> None:
    there = list(world.books.documents)
    say(world, GIVEN)
    rebuilt(world)
    assert world.books.documents == there
    assert world.push().exit_code is ExitCode.DONE
    assert (Kind.PAYMENTS, "p2") in held(world)
    assert (Kind.RETAINERS, "p2") not in held(world)


def test_money_that_may_not_move_differs(world: World) -> None:
    world.map("void: true", "void: false")
    say(world, GIVEN[:2])
    world.new_state()
    result = world.adopt()
    assert [each.number for each in result.of(Link.DIFFERS)] == ["p2"]
    assert set(held(world)) == set(CLOSED)


def runs(world: World) -> list[str]:
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        return [str(row["id"]) for row in store.rows("SELECT id FROM runs")]
