"""Payments of several invoices, or of more, that the books take in parts: all of it, once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from acctsync.documents import CUT, DocumentRef, Kind, RemoteDocument, part_of, whole_of
from acctsync.engine.results import counts
from acctsync.errors import ExitCode
from acctsync.plan.splitting import together
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with, tmp_path_for
from tests.engine.world import World
from tests.sweeping import swept

INVOICES: list[Any] = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00"), ("A-3", "Ann", "30.00")]
DOCUMENT = "document: {id: Id, invoice: Invoice, date: Date, amount: Amount}"
GROUPED = """group_by: Id
    document: {id: Id, customer: {name: Customer}, date: Date, amount: Amount,
               state: {column: State, map: {ok: open, bounced: void}}}
    lines: {invoice: Invoice, amount: Applied}"""
ROWS = """Id,Customer,Date,Amount,State,Invoice,Applied
p1,Ann,2025-03-02,45.00,ok,A-1,10.00
p1,,,,,A-2,20.00
p1,,,,,A-3,15.00
p2,Ann,2025-03-02,18.00,ok,A-3,15.00
"""
WHOLE = {"p1": Decimal("10.00"), "p2": Decimal("15.00")}
PARTS = {"p1+2": Decimal("20.00"), "p1+3": Decimal("15.00")}
OVER = {"p2": Decimal("3.00")}


def a_world(folder: Path) -> World:
    world = World(folder)
    world.kinds = frozenset(Kind) - {Kind.RETAINERS}
    world.map(DOCUMENT, GROUPED)
    world.export(INVOICES, [])
    say(world, ROWS)
    return world


def say(world: World, rows: str) -> None:
    (world.folder / "payments.csv").write_text(rows, encoding="utf-8")


def totals(world: World, kind: Kind) -> dict[str, Decimal | None]:
    alive = [each for each in world.books.of(kind) if not each.voided]
    held = {each.stamp: each.total for each in alive}
    assert len(held) == len(alive), "duplicates!"
    return held


def assert_paid_once(world: World) -> None:
    assert totals(world, Kind.PAYMENTS) == WHOLE
    assert totals(world, Kind.PAYMENT_PARTS) == PARTS
    assert totals(world, Kind.OVERPAYMENTS) == OVER
    assert set(world.holds(Kind.INVOICES).values()) == {Decimal(0)}


def boundaries(folder: Path) -> int:
    world, fuse = a_world(folder), Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    return 1_000_000 - fuse._left


def test_parts_are_told_as_the_one_payment_that_they_are(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    result = world.push()
    assert counts(result.documents)["create"] == 6
    paid = {e.number: str(e.money) for e in result.documents if e.ref.kind is Kind.PAYMENTS}
    assert paid == {"p1": "45.00 USD", "p2": "18.00 USD"}
    assert_paid_once(world)
    assert world.push().calls == Calls()
    assert world.reconcile().differences == ()


def test_killed_at_every_boundary_every_part_is_there_once(tmp_path: Path) -> None:
    count = boundaries(tmp_path_for(tmp_path, "count"))
    assert count > 20
    for boundary in swept(range(count)):
        world = a_world(tmp_path_for(tmp_path, f"once-{boundary}"))
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_paid_once(world)
        assert world.push().calls == Calls(), boundary


def test_killed_while_voiding_no_part_stays(tmp_path: Path) -> None:
    bounced = ROWS.replace(",ok,", ",bounced,")
    for boundary in swept(range(4, 19, 2)):
        world = a_world(tmp_path_for(tmp_path, f"void-{boundary}"))
        world.push()
        say(world, bounced)
        run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        alive = [totals(world, kind) for kind in (Kind.PAYMENTS, *CUT)]
        assert alive == [{}, {}, {}], boundary
        assert world.push().calls == Calls(), boundary


def test_a_refused_part_is_told_of_its_payment_and_follows_later(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.export([INVOICES[0], INVOICES[1]], [])
    say(world, ROWS)
    blocked = [each for each in world.push().documents if each.problem]
    assert [(each.ref.kind, each.number) for each in blocked] == [
        (Kind.PAYMENTS, "p1"), (Kind.PAYMENTS, "p2"),
    ]  # fmt: skip
    world.export(INVOICES, [])
    say(world, ROWS)
    assert world.push().exit_code == ExitCode.DONE
    assert_paid_once(world)


def test_a_payment_that_comes_to_one_invoice_more_gets_one_part_more(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    say(world, ROWS.replace("p1,,,,,A-3,15.00\n", "").replace("45.00", "30.00"))
    world.push()
    assert totals(world, Kind.PAYMENT_PARTS) == {"p1+2": Decimal("20.00")}
    say(world, ROWS)
    assert counts(world.push().documents)["update"] == 1
    assert_paid_once(world)


def test_the_order_of_rows_says_nothing(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.push()
    head, first, second, third, last = ROWS.splitlines()
    moved = [head, "p1,Ann,2025-03-02,45.00,ok,A-3,15.00", "p1,,,,,A-1,10.00", second, last]
    assert (first, third) != (moved[1], moved[2])
    say(world, "\n".join(moved) + "\n")
    assert world.push().calls == Calls()


def test_a_part_names_its_payment() -> None:
    payment = DocumentRef(Kind.PAYMENTS, "rows", "a+2")
    assert part_of(payment, 3) == DocumentRef(Kind.PAYMENT_PARTS, "rows", "a+2+3")
    assert whole_of(part_of(payment, 3)) == payment
    assert whole_of(payment) == payment


def test_parts_whose_first_is_gone_still_stand_for_their_payment() -> None:
    part = RemoteDocument(
        kind=Kind.PAYMENT_PARTS, id="7", version="", digest="", stamp="p1+2", total=Decimal(5)
    )
    (found,) = together([], [part])
    assert (found.kind, found.stamp, found.total) == (Kind.PAYMENTS, "p1", Decimal(5))
