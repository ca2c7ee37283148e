"""The last exchange of a stage takes along what the next stage has and need wait for no longer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with
from tests.engine.world import World

OLD = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]
NEW = [*OLD, ("A-3", "Bob", "30.00")]
# Of an invoice that is in the books, and of one that is not yet.
PAID = [("p1", "A-1", "10.00"), ("p2", "A-3", "30.00")]
INVOICE, PAYMENT, CUSTOMER = Kind.INVOICES, Kind.PAYMENTS, Kind.CUSTOMERS


def going_on(folder: Path) -> World:
    """Push what is old, and export what came since."""
    folder.mkdir()
    world = World(folder)
    world.export(OLD, [])
    world.push()
    world.export(NEW, PAID)
    return world


def exchanges(world: World) -> list[tuple[Kind, ...]]:
    assert world.provider is not None
    return [each.kinds for each in world.provider.sent]


def test_a_payment_of_an_old_invoice_shares_a_call_with_a_new_invoice(tmp_path: Path) -> None:
    world = going_on(tmp_path / "shop")
    assert world.push().exit_code == ExitCode.DONE

    assert exchanges(world) == [(INVOICE, PAYMENT), (PAYMENT,)]
    assert world.holds(INVOICE) == {"A-1": 0, "A-2": 20, "A-3": 0}
    assert world.push().calls == Calls()


def test_stages_are_packed_to_the_limit_where_order_allows(tmp_path: Path) -> None:
    world = World(tmp_path)
    people = ["Ann", "Bob", "Cy", "Dan"]
    numbers = range(5)
    world.export(
        [(f"A-{each}", people[each % 4], "10.00") for each in numbers],
        [(f"p{each}", f"A-{each}", "10.00") for each in numbers],
    )
    world.push()

    assert exchanges(world) == [
        (CUSTOMER, CUSTOMER, CUSTOMER),
        (CUSTOMER, INVOICE, INVOICE),
        (INVOICE, INVOICE, INVOICE),
        (PAYMENT, PAYMENT, PAYMENT),
        (PAYMENT, PAYMENT),
    ]
    assert set(world.holds(INVOICE).values()) == {Decimal(0)}


def test_what_waits_for_a_change_of_its_invoice_does_not_ride(tmp_path: Path) -> None:
    world = going_on(tmp_path / "shop")
    world.export([("A-1", "Ann", "15.00"), *NEW[1:]], [("p1", "A-1", "15.00")])
    world.push()

    assert exchanges(world) == [(INVOICE, INVOICE), (PAYMENT,)]
    assert world.holds(INVOICE)["A-1"] == 0


def test_the_payment_of_a_refused_invoice_stays_behind(tmp_path: Path) -> None:
    world = going_on(tmp_path / "shop")
    result = world.push(faults={0: "refuse:A-3"})

    assert result.exit_code == ExitCode.PARTIAL
    assert exchanges(world) == [(INVOICE, PAYMENT)]
    assert world.holds(PAYMENT).keys() == {"p1"}
    assert world.push().exit_code == ExitCode.DONE
    assert world.holds(INVOICE) == {"A-1": 0, "A-2": 20, "A-3": 0}


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:30", "throttle:60"])
def test_what_became_of_a_rider_is_asked_like_all_else(tmp_path: Path, fault: str) -> None:
    world = going_on(tmp_path / "shop")
    assert world.push(faults={0: fault}).exit_code == ExitCode.DONE

    assert world.holds(INVOICE) == {"A-1": 0, "A-2": 20, "A-3": 0}
    assert len(world.books.of(PAYMENT)) == 2
    assert world.push().calls == Calls()


def test_killed_at_every_boundary_what_rode_along_is_there_once(tmp_path: Path) -> None:
    fuse = Fuse(1_000)
    going_on(tmp_path / "count").push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    count = 1_000 - fuse._left
    assert count > 8
    for boundary in range(count):
        world = going_on(tmp_path / f"once-{boundary}")
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert world.holds(INVOICE) == {"A-1": 0, "A-2": 20, "A-3": 0}, boundary
        assert len(world.books.of(PAYMENT)) == 2, boundary
        assert world.push().calls == Calls(), boundary
