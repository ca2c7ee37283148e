"""Paid invoices that are voided in the export lose their payments first, exactly once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind, RemoteDocument
from acctsync.engine.results import Status, counts
from acctsync.errors import ExitCode, Problem
from acctsync.providers.port import Calls, Refusal, Rejected
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with, tmp_path_for
from tests.engine.world import World
from tests.sweeping import swept

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00")]
PAYMENTS = [("p1", "A-1", "4.00"), ("p2", "A-1", "6.00"), ("p3", "A-2", "20.00")]
VOID: list[Any] = [("A-1", "Ann", "10.00", "void"), INVOICES[1]]
BY_HAND = "99"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return paid_world(tmp_path)


def paid_world(folder: Path) -> World:
    """Push two invoices with their payments, and let the export void the first."""
    world = World(folder)
    world.map("void: true", "void: unapply")
    world.export(INVOICES, PAYMENTS)
    world.push()
    world.export(VOID, PAYMENTS)
    return world


def one_paid(folder: Path) -> World:
    """Push one invoice with its payment, and let the export void it."""
    world = World(folder)
    world.map("void: true", "void: unapply")
    world.export(INVOICES[:1], [("p1", "A-1", "10.00")])
    world.push()
    world.export(VOID[:1], [("p1", "A-1", "10.00")])
    return world


def pays(world: World) -> dict[str, set[str]]:
    """Tell the invoices that each payment settles."""
    numbers = {each.id: each.number for each in world.books.documents}
    return {
        each.number: {numbers[link.remote_id] for link in each.links}
        for each in world.books.of(Kind.PAYMENTS)
    }


def assert_voided(world: World) -> None:
    assert world.holds(Kind.INVOICES) == {"A-2": Decimal(0)}
    assert pays(world) == {"p1": set(), "p2": set(), "p3": {"A-2"}}
    assert len(world.books.of(Kind.INVOICES)) == 2


def numbers(result: Any) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def codes(result: Any) -> list[str]:
    return sorted(each.problem.code for each in result.documents if each.problem)


def add_by_hand(world: World, amount: str, **more: Any) -> RemoteDocument:
    """Record a payment on the first invoice by hand."""
    invoice = next(each for each in world.books.of(Kind.INVOICES) if each.number == "A-1")
    paid = RemoteDocument(
        kind=Kind.PAYMENTS,
        id=BY_HAND,
        version="0",
        digest="by hand",
        number="cheque 7",
        customer=invoice.customer,
        currency="USD",
        total=Decimal(amount),
        **more,
    )
    world.books.documents.append(paid)
    world.books.apply(BY_HAND, invoice.id, Decimal(amount))
    return paid


def test_the_payments_come_off_and_the_next_run_has_nothing_to_do(world: World) -> None:
    result = world.push()
    assert numbers(result) == {"void": 1, "update": 2, "unchanged": 5}
    assert_voided(world)
    assert world.push().calls == Calls()


def test_nothing_comes_off_where_the_mapping_does_not_say_so(world: World) -> None:
    world.map("void: unapply", "void: true")
    result = world.push()
    (held,) = [each for each in result.documents if each.number == "A-1"]
    assert held.problem is not None
    assert held.problem.code == "PLAN015"
    assert "push.void: unapply" in (held.problem.hint or "")
    assert pays(world) == {"p1": {"A-1"}, "p2": {"A-1"}, "p3": {"A-2"}}


def test_a_payment_recorded_by_hand_comes_off_too_and_is_not_ours_afterwards(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    world.map("void: true", "void: unapply")
    world.export(INVOICES, [])
    world.push()
    add_by_hand(world, "10.00")
    world.export(VOID, [])
    assert numbers(world.push()) == {"void": 1, "update": 1, "unchanged": 2}
    assert pays(world) == {"cheque 7": set()}
    assert world.push().calls == Calls()


@pytest.mark.parametrize(("more", "code"), [({"deposited": True}, "PLAN018")], ids=["in a deposit"])
def test_what_cannot_be_taken_off_leaves_all_as_it_is(
    tmp_path: Path, more: dict[str, Any], code: str
) -> None:
    world = World(tmp_path)
    world.map("void: true", "void: unapply")
    world.export(INVOICES, PAYMENTS[:1])
    world.push()
    add_by_hand(world, "6.00", **more)
    world.export(VOID, PAYMENTS[:1])
    result = world.push()
    assert codes(result) == [code]
    assert result.calls.write == 0
    assert pays(world) == {"p1": {"A-1"}, "cheque 7": {"A-1"}}


def test_what_something_else_than_a_payment_settled_is_left_to_a_person(world: World) -> None:
    invoice = next(each for each in world.books.of(Kind.INVOICES) if each.number == "A-1")
    assert invoice.links
    world.books.change(invoice.id, links=invoice.links[:1])
    result = world.push()
    assert codes(result) == ["PLAN019"]
    assert result.calls.write == 0


def test_an_invoice_stays_while_one_of_its_payments_is_refused(world: World) -> None:
    result = world.push(faults={0: "refuse:p2"})
    told = {each.number: each.status for each in result.documents if each.problem}
    assert told == {"p2": Status.FAILED, "A-1": Status.BLOCKED}
    assert codes(result) == ["FAKE2", "PLAN025"]
    assert pays(world) == {"p1": set(), "p2": {"A-1"}, "p3": {"A-2"}}
    assert world.push().exit_code == ExitCode.DONE
    assert_voided(world)


def test_a_payment_that_somebody_changes_at_the_same_moment_is_read_again(world: World) -> None:
    payment = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p1")
    meddled: list[RemoteDocument] = []

    def meddle(_: str) -> None:
        if not meddled:
            meddled.append(world.books.change(payment.id, version="7"))

    assert world.push(on_send=meddle).exit_code == ExitCode.DONE
    assert_voided(world)


def test_what_is_paid_again_before_the_void_is_sent_stays(world: World) -> None:
    sends = []

    def meddle(where: str) -> None:
        sends.append(where)
        if len(sends) == 2:
            add_by_hand(world, "10.00")

    assert codes(world.push(on_send=meddle)) == ["PLAN015"]
    assert world.holds(Kind.INVOICES)["A-1"] == 0


def test_what_is_paid_while_its_void_is_under_way_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.map("void: true", "void: unapply")
    world.export(INVOICES, [])
    world.push()
    world.export(VOID, [])

    def meddle(where: str) -> None:
        if where == "after sending":
            add_by_hand(world, "10.00")

    stale = Rejected(problem=Problem(code="FAKE", message="stale"), refusal=Refusal.STALE)
    assert codes(world.push(faults={0: stale}, on_send=meddle)) == ["PLAN015"]
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal(0), "A-2": Decimal("20.00")}


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60"])
def test_after_a_lost_answer_the_books_are_asked_whether_the_link_is_there(
    world: World, fault: str
) -> None:
    assert world.push(faults={0: fault}).exit_code == ExitCode.DONE
    assert_voided(world)
    assert world.push().calls == Calls()


def test_an_edit_that_leaves_the_link_does_not_pass_for_the_write_that_was_lost(
    world: World,
) -> None:
    payment = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p1")
    meddled: list[RemoteDocument] = []

    def meddle(where: str) -> None:
        if where == "after sending" and not meddled:
            meddled.append(world.books.change(payment.id, digest="edited", version="9"))

    assert world.push(faults={0: "drop_before"}, on_send=meddle).exit_code == ExitCode.DONE
    assert_voided(world)


def test_killed_at_every_boundary_the_payments_are_off_and_the_invoice_is_void(
    tmp_path: Path,
) -> None:
    world = one_paid(tmp_path_for(tmp_path, "count"))
    fuse = Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    count = 1_000_000 - fuse._left
    assert count > 10
    for boundary in swept(range(count)):
        world = one_paid(tmp_path_for(tmp_path, f"at-{boundary}"))
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert world.holds(Kind.INVOICES) == {}, boundary
        assert pays(world) == {"p1": set()}, boundary
        assert world.push().calls == Calls(), boundary


def test_after_losing_the_state_the_payments_come_off_all_the_same(world: World) -> None:
    world.new_state()
    assert world.push().exit_code == ExitCode.DONE
    assert_voided(world)
    assert world.push().calls == Calls()
    world.new_state()
    assert set(numbers(world.push())) == {"adopt"}


def test_one_payment_of_two_void_invoices_is_written_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.map("void: true", "void: unapply")
    world.export(INVOICES, [])
    world.push()
    add_by_hand(world, "10.00")
    second = next(each for each in world.books.of(Kind.INVOICES) if each.number == "A-2")
    world.books.apply(BY_HAND, second.id, Decimal(5))
    world.export([(*row, "void") for row in INVOICES], [])
    result = world.push()
    assert numbers(result) == {"void": 2, "update": 1, "unchanged": 1}
    assert pays(world) == {"cheque 7": set()}


def test_a_payment_that_comes_with_a_void_invoice_stays_unapplied(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.map("void: true", "void: unapply")
    world.export(VOID, PAYMENTS[:1])
    assert numbers(world.push()) == {"create": 3, "unchanged": 1}
    assert pays(world) == {"p1": set()}
    assert world.push().calls == Calls()


def test_a_payment_of_a_later_export_for_a_void_invoice_stays_unapplied(world: World) -> None:
    world.push()
    world.export([], [*PAYMENTS, ("p4", "A-1", "3.00")])
    assert numbers(world.push()) == {"create": 1, "unchanged": 3}
    assert pays(world)["p4"] == set()
    world.map("void: unapply", "void: true")
    world.export([], [*PAYMENTS, ("p5", "A-1", "3.00")])
    assert codes(world.push()) == ["PLAN011"]


def test_our_payment_that_changes_in_the_same_export_follows_once_it_is_off(world: World) -> None:
    world.export(VOID, [("p1", "A-1", "5.00"), *PAYMENTS[1:]])
    assert world.push().exit_code == ExitCode.DONE
    assert_voided(world)
    payment = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p1")
    assert payment.total == Decimal("5.00")
    assert world.push().calls == Calls()


def test_the_payment_in_the_books_may_have_gone_meanwhile(world: World) -> None:
    gone = next(each for each in world.books.of(Kind.PAYMENTS) if each.number == "p1")
    invoice = next(each for each in world.books.of(Kind.INVOICES) if each.number == "A-1")
    world.books.apply(gone.id, invoice.id, Decimal(-4))
    world.books.documents = [each for each in world.books.documents if each.id != gone.id]
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(Kind.INVOICES) == {"A-2": Decimal(0)}
    assert replace(gone, links=()) not in world.books.documents
