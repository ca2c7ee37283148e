"""Die at every commit and every exchange of a push with payouts; run again; each is there once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from acctsync.documents import Kind, ListEntry, ListKind
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with, tmp_path_for
from tests.engine.world import World

MAPPING = """
acctsync: 1
books: {system: quickbooks, company: Test Company, currency: USD, timezone: UTC, tax: none}
sources:
  payout_rows: {files: payouts.csv, format: csv, numbers: "1234.50", dates: YYYY-MM-DD}
records:
  payouts:
    from: payout_rows
    document:
      id: Id
      date: Date
      amount: Amount
      fee: Fee
      state: {column: Status, map: {paid: open, failed: void}}
accounting:
  fees: {account: Fees, vendor: Processor}
  payouts: {from: Clearing, to: Bank}
push: {payouts: true, void: true}
"""
ACCOUNTS = ("Fees", "Clearing", "Bank")
PAID = ["a,2025-03-05,10.00,0.30,paid", "b,2025-03-06,-5.00,,paid", "c,2025-03-06,7.00,,paid"]
CHANGED = ["a,2025-03-05,10.00,0.30,failed", "b,2025-03-06,-6.00,,paid", PAID[2]]


def a_world(folder: Path, rows: list[str]) -> World:
    world = World(folder)
    world.books.lists[ListKind.ACCOUNTS] = [
        ListEntry(id=str(n), name=name, full_name=name) for n, name in enumerate(ACCOUNTS)
    ]
    (folder / "acctsync.yaml").write_text(MAPPING, encoding="utf-8")
    say(world, rows)
    return world


def say(world: World, rows: list[str]) -> None:
    text = "\n".join(["Id,Date,Amount,Fee,Status", *rows]) + "\n"
    (world.folder / "payouts.csv").write_text(text, encoding="utf-8")


def totals(world: World, kind: Kind) -> dict[str, Decimal | None]:
    alive = [each for each in world.books.of(kind) if not each.voided]
    held = {each.stamp: each.total for each in alive}
    assert len(held) == len(alive), "duplicates!"
    return held


def boundaries(folder: Path) -> int:
    fuse = Fuse(1_000_000)
    world = a_world(folder, PAID)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    return 1_000_000 - fuse._left


def test_killed_at_every_boundary_every_payout_and_its_fee_is_there_once(tmp_path: Path) -> None:
    count = boundaries(tmp_path_for(tmp_path, "count"))
    assert count > 10
    for boundary in range(count):
        world = a_world(tmp_path_for(tmp_path, f"once-{boundary}"), PAID)
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert totals(world, Kind.PAYOUTS) == {"a": 10, "b": 5, "c": 7}, boundary
        assert totals(world, Kind.PAYOUT_FEES) == {"a": Decimal("0.30")}, boundary
        assert world.push().calls == Calls(), boundary


def test_killed_while_payouts_change_the_books_end_as_the_export_says(tmp_path: Path) -> None:
    for boundary in range(18):
        world = a_world(tmp_path_for(tmp_path, f"changed-{boundary}"), PAID)
        world.push()
        say(world, CHANGED)
        run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert totals(world, Kind.PAYOUTS) == {"b": 6, "c": 7}, boundary
        assert totals(world, Kind.PAYOUT_FEES) == {}, boundary
        assert world.push().calls == Calls(), boundary


def test_what_the_books_did_not_answer_is_looked_up_and_sent_once(tmp_path: Path) -> None:
    for fault in ("drop_before", "drop_after", "late:20"):
        for exchange in range(3):
            world = a_world(tmp_path_for(tmp_path, f"{fault[:8]}-{exchange}"), PAID)
            world.push(faults={exchange: fault})
            world.push()
            assert totals(world, Kind.PAYOUTS) == {"a": 10, "b": 5, "c": 7}, (fault, exchange)
            assert totals(world, Kind.PAYOUT_FEES) == {"a": Decimal("0.30")}, (fault, exchange)
