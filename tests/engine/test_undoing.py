"""What a run created is taken back, what people touched stays, and nothing is doubled or lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.engine.history import status
from acctsync.engine.results import Status, counts
from acctsync.engine.undoing import UndoResult
from acctsync.errors import ExitCode, InputRefused
from acctsync.providers.port import Calls
from acctsync.state.store import Store
from tests.engine.test_crash_points import Fuse, Killed, store_with, tmp_path_for
from tests.engine.test_mail import SENT, billing, in_a_day
from tests.engine.world import World
from tests.sweeping import swept

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00")]
MORE = [*INVOICES, ("A-4", "Cy", "40.00"), ("A-5", "Cy", "50.00")]
PAYMENTS = [("p1", "A-1", "10.00"), ("p2", "A-3", "5.00"), ("p3", "A-5", "50.00")]


def statuses(result: UndoResult) -> dict[str, str]:
    return {each.number: str(each.status) for each in result.documents}


def codes(result: UndoResult) -> dict[str, str]:
    return {each.number: each.problem.code for each in result.documents if each.problem}


def books(world: World) -> tuple[dict[str, Decimal | None], set[str]]:
    """Tell what the books hold: the open balance of each invoice, and the payments."""
    return world.holds(Kind.INVOICES), set(world.holds(Kind.PAYMENTS))


AFTER_PUSH = (
    {"A-1": Decimal(0), "A-2": Decimal(20), "A-3": Decimal(25), "A-4": Decimal(40), "A-5": Decimal(0)},
    {"p1", "p2", "p3"},
)  # fmt: skip


def pushed(world: World) -> str:
    world.export(MORE, PAYMENTS)
    return world.push().run


def test_a_run_is_taken_back_payments_first_and_the_next_push_makes_it_anew(world: World) -> None:
    run = pushed(world)
    result = world.undo(run[:8])

    assert result.exit_code == ExitCode.DONE
    assert set(statuses(result).values()) == {"done"}
    assert [each.ref.kind for each in result.documents] == [
        *[Kind.PAYMENTS] * 3, *[Kind.INVOICES] * 5,
    ]  # fmt: skip
    assert books(world) == ({}, set())
    assert world.books.of(Kind.INVOICES) == [], "a void one would keep its number"

    again = world.push()
    assert counts(again.documents)["create"] == 8
    assert books(world) == AFTER_PUSH
    assert len(world.books.of(Kind.CUSTOMERS)) == 3


def test_a_wrong_mapping_is_undone_and_pushed_again_with_the_right_one(world: World) -> None:
    world.export(INVOICES, [])
    world.map("description: {value: Work}", "description: {value: Wrong}")
    run = world.push().run
    world.undo(run)
    world.map("description: {value: Wrong}", "description: {value: Work}")

    assert counts(world.push().documents)["create"] == 3
    assert world.push().calls == Calls()
    assert len(world.books.of(Kind.INVOICES)) == 3


def test_what_can_not_be_taken_back_is_told_before_anything_is_sent(world: World) -> None:
    run = pushed(world)
    told: list[UndoResult] = []

    def refuse(planned: UndoResult) -> bool:
        told.append(planned)
        return False

    result = world.undo(run, confirm=refuse)

    assert result.declined
    assert [each.code for each in told[0].problems] == ["UNDO007"]
    assert "3 customers" in told[0].problems[0].message
    assert set(statuses(told[0]).values()) == {"pending"}
    assert books(world) == AFTER_PUSH
    assert world.push().calls == Calls(), "nothing was forgotten"


def test_a_dry_run_asks_the_books_and_records_nothing(world: World) -> None:
    run = pushed(world)
    result = world.undo(run, dry_run=True)

    assert set(statuses(result).values()) == {"pending"}
    assert world.provider is not None
    assert world.provider.sent == []
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        assert [each.command for each in status(store).runs] == ["push"]


def test_what_a_person_changed_stays_and_is_named(world: World) -> None:
    run = pushed(world)
    (edited,) = [each for each in world.books.of(Kind.INVOICES) if each.number == "A-2"]
    world.books.change(edited.id, digest="by hand", version="7")
    result = world.undo(run)

    assert result.exit_code == ExitCode.PARTIAL
    assert codes(result) == {"A-2": "UNDO001"}
    assert books(world) == ({"A-2": Decimal(20)}, set())
    with Store.open(world.state, company_id="1", clock=world.clock) as store:
        assert status(store).failed == (), "an undo leaves nothing to retry"
    world.push()
    assert books(world) == AFTER_PUSH


def test_an_invoice_with_money_of_others_stays_and_the_money_is_named(world: World) -> None:
    world.export(MORE, PAYMENTS[:2])
    first = world.push().run
    world.export(MORE, PAYMENTS)
    world.push()
    result = world.undo(first)

    assert codes(result) == {"A-5": "UNDO002"}
    (payment,) = world.books.of(Kind.PAYMENTS)
    problem = next(each.problem for each in result.documents if each.problem)
    assert f"Payment id {payment.id}" in problem.message
    assert books(world) == ({"A-5": Decimal(0)}, {"p3"})
    world.push()
    assert books(world) == AFTER_PUSH


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"voided": True}, "UNDO003"),
        ({"deposited": True}, "UNDO004"),
        ({"stamp": ""}, "UNDO006"),
    ],
)
def test_what_is_not_ours_to_take_stays(world: World, change: dict[str, object], code: str) -> None:
    world.export(INVOICES, [])
    run = world.push().run
    (one,) = [each for each in world.books.of(Kind.INVOICES) if each.number == "A-1"]
    world.books.change(one.id, **change)

    result = world.undo(run)
    assert (result.exit_code, codes(result)) == (ExitCode.PARTIAL, {"A-1": code})
    assert one.id in {each.id for each in world.books.of(Kind.INVOICES)}


def test_closed_books_keep_what_is_in_them(world: World) -> None:
    run = pushed(world)
    world.books.closed_until = dt.date(2025, 3, 1)
    result = world.undo(run)

    assert set(codes(result).values()) == {"UNDO005"}
    assert (books(world)[0].keys(), books(world)[1]) == (AFTER_PUSH[0].keys(), set())


def test_what_somebody_deleted_already_counts_as_never_pushed(world: World) -> None:
    world.export(INVOICES, [])
    run = world.push().run
    world.books.documents = [each for each in world.books.documents if each.number != "A-2"]
    result = world.undo(run)

    assert result.exit_code == ExitCode.DONE
    assert statuses(result) == {"A-1": "done", "A-2": "unchanged", "A-3": "done"}
    assert counts(world.push().documents)["create"] == 3


def test_undone_twice_there_is_nothing_left_to_do(world: World) -> None:
    run = pushed(world)
    world.undo(run)
    again = world.undo(run)
    assert (again.exit_code, again.documents, again.calls) == (ExitCode.DONE, (), Calls())

    world.push()
    older = world.undo(run)
    assert older.documents == (), "what was made anew is another run's"
    assert books(world) == AFTER_PUSH


def test_only_a_run_that_is_remembered_can_be_undone(world: World) -> None:
    with pytest.raises(InputRefused, match="there is no run"):
        world.undo("nonsense")


@pytest.mark.parametrize("exchange", range(4))
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:100", "throttle:30"])
def test_one_undo_takes_everything_back_whatever_is_lost(
    world: World, exchange: int, fault: str
) -> None:
    run = pushed(world)
    result = world.undo(run, faults={exchange: fault})
    assert (result.exit_code, books(world)) == (ExitCode.DONE, ({}, set()))
    world.push()
    assert books(world) == AFTER_PUSH


def test_books_that_cannot_be_asked_leave_everything_as_it_is(world: World) -> None:
    run = pushed(world)
    with pytest.raises(Exception, match="can't be reached"):
        world.undo(run, unreachable=True)
    assert books(world) == AFTER_PUSH
    assert world.undo(run).exit_code == ExitCode.DONE


def test_a_refusal_is_told_and_holds_only_what_hangs_on_it(world: World) -> None:
    run = pushed(world)
    result = world.undo(run, faults={0: "refuse:p1"})
    assert codes(result) == {"p1": "FAKE2", "A-1": "UNDO002"}
    assert books(world) == ({"A-1": Decimal(0)}, {"p1"})
    assert world.undo(run).exit_code == ExitCode.DONE
    assert books(world) == ({}, set())


# Killed

FEW, PAID = INVOICES[:2], PAYMENTS[:1]
AFTER_FEW = ({"A-1": Decimal(0), "A-2": Decimal(20)}, {"p1"})


def pushed_few(world: World) -> str:
    world.export(FEW, PAID)
    return world.push().run


def undo_until_killed(world: World, run: str, boundary: int) -> bool:
    fuse = Fuse(boundary)
    try:
        world.undo(run, on_send=fuse.pass_by, open_store=store_with(fuse).open)
    except Killed:
        return True
    assert not fuse.blown
    return False


def boundaries(tmp_path: Path) -> int:
    world = World(tmp_path_for(tmp_path, "count"))
    run = pushed_few(world)
    fuse = Fuse(1_000_000)
    world.undo(run, on_send=fuse.pass_by, open_store=store_with(fuse).open)
    return 1_000_000 - fuse._left


def test_killed_at_every_boundary_the_same_undo_finishes_it(tmp_path: Path) -> None:
    count = boundaries(tmp_path)
    assert count > 12
    for boundary in swept(range(count)):
        world = World(tmp_path_for(tmp_path, f"undo-{boundary}"))
        run = pushed_few(world)
        assert undo_until_killed(world, run, boundary)
        assert world.undo(run).exit_code == ExitCode.DONE, boundary
        assert books(world) == ({}, set()), boundary
        assert world.push().exit_code == ExitCode.DONE
        assert books(world) == AFTER_FEW, boundary
        assert world.push().calls == Calls(), boundary


def test_killed_at_every_boundary_a_push_instead_brings_everything_once(tmp_path: Path) -> None:
    for boundary in swept(range(boundaries(tmp_path))):
        world = World(tmp_path_for(tmp_path, f"push-{boundary}"))
        run = pushed_few(world)
        assert undo_until_killed(world, run, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert books(world) == AFTER_FEW, boundary
        assert world.push().calls == Calls(), boundary


def test_killed_again_while_finishing_everything_is_taken_back(tmp_path: Path) -> None:
    for first in range(3, boundaries(tmp_path), 5):
        for second in range(0, 9, 4):
            world = World(tmp_path_for(tmp_path, f"twice-{first}-{second}"))
            run = pushed_few(world)
            undo_until_killed(world, run, first)
            undo_until_killed(world, run, second)
            assert world.undo(run).exit_code == ExitCode.DONE, (first, second)
            assert books(world) == ({}, set()), (first, second)


def test_a_run_that_was_killed_is_undone_with_all_that_arrived(tmp_path: Path) -> None:
    for boundary in range(6, 18, 5):
        world = World(tmp_path_for(tmp_path, f"half-{boundary}"))
        world.export(FEW, PAID)
        fuse = Fuse(boundary)
        with pytest.raises(Killed):
            world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
        with Store.open(world.state, company_id="1", clock=world.clock) as store:
            (half,) = status(store).runs
        assert world.undo(half.id).exit_code == ExitCode.DONE
        assert books(world) == ({}, set()), boundary
        assert Status.DONE in {each.status for each in world.push().documents}
        assert books(world) == AFTER_FEW, boundary


# E-mails


def test_what_was_mailed_once_is_not_mailed_again(tmp_path: Path) -> None:
    world = billing(tmp_path / "mailed")
    run = world.push().run
    result = world.undo(run)
    assert [each.code for each in result.problems] == ["UNDO007", "UNDO008"]
    assert "3 e-mails" in result.problems[1].message

    again = world.push()
    assert (again.mails, world.books.mails) == (0, SENT)
    assert world.push().calls == Calls()


def test_a_mail_that_was_still_owed_goes_out_with_the_new_invoice(tmp_path: Path) -> None:
    world = billing(tmp_path / "owed")
    run = world.push(limits=in_a_day(1)).run
    assert world.books.mails == SENT[:1]
    assert world.undo(run).exit_code == ExitCode.DONE
    assert world.push().mails == 2
    assert world.books.mails == SENT
    assert world.push().calls == Calls()
