"""Die at every commit and every exchange, one after the other; run again; everything is there once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Kind
from acctsync.errors import ExitCode
from acctsync.providers.port import Calls
from acctsync.state.store import Store
from tests.engine.world import World

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00")]
MORE = [*INVOICES, ("A-4", "Cy", "40.00"), ("A-5", "Cy", "50.00")]
PAYMENTS = [("p1", "A-1", "10.00"), ("p2", "A-3", "5.00"), ("p3", "A-5", "50.00")]


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Kills at the n-th boundary and stays dead: a killed process records nothing more."""

    def __init__(self, boundary: int) -> None:
        self._left = boundary
        self.blown = False

    def pass_by(self, _where: str = "") -> None:
        if self.blown or self._left == 0:
            self.blown = True
            raise Killed
        self._left -= 1


def store_with(fuse: Fuse) -> type[Store]:
    class Mortal(Store):
        @contextmanager
        def _transaction(self) -> Iterator[None]:
            fuse.pass_by("before a commit")
            with super()._transaction():
                yield
            fuse.pass_by("after a commit")

    return Mortal


def run_until_killed(world: World, boundary: int) -> bool:
    fuse = Fuse(boundary)
    try:
        world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    except Killed:
        return True
    assert not fuse.blown
    return False


def assert_everything_once(world: World, invoices: list[tuple[str, str, str]]) -> None:
    paid = {invoice: Decimal(amount) for _, invoice, amount in PAYMENTS}
    assert world.holds(Kind.INVOICES) == {
        number: Decimal(amount) - paid.get(number, Decimal(0)) for number, _, amount in invoices
    }
    assert world.holds(Kind.PAYMENTS).keys() == {id_ for id_, *_ in PAYMENTS}
    assert len(world.books.of(Kind.CUSTOMERS)) == 3


def boundaries(tmp_path: Path) -> int:
    world = World(tmp_path)
    world.export(MORE, PAYMENTS)
    fuse = Fuse(1_000_000)
    world.push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    return 1_000_000 - fuse._left


def test_killed_at_every_boundary_every_document_is_there_once(tmp_path: Path) -> None:
    count = boundaries(tmp_path_for(tmp_path, "count"))
    assert count > 20
    for boundary in range(count):
        world = World(tmp_path_for(tmp_path, f"once-{boundary}"))
        world.export(MORE, PAYMENTS)
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert_everything_once(world, MORE)
        assert world.push().calls == Calls(), boundary


def test_killed_again_while_recovering_every_document_is_there_once(tmp_path: Path) -> None:
    count = boundaries(tmp_path_for(tmp_path, "count"))
    for first in range(0, count, 3):
        for second in range(12):
            world = World(tmp_path_for(tmp_path, f"twice-{first}-{second}"))
            world.export(MORE, PAYMENTS)
            run_until_killed(world, first)
            run_until_killed(world, second)
            assert world.push().exit_code == ExitCode.DONE, (first, second)
            assert_everything_once(world, MORE)


def test_killed_while_updating_every_document_ends_as_the_export_says(tmp_path: Path) -> None:
    changed = [("A-1", "Ann", "11.00"), ("A-2", "Bob", "22.00"), ("A-3", "Bob", "33.00")]
    for boundary in range(14):
        world = World(tmp_path_for(tmp_path, f"update-{boundary}"))
        world.export(INVOICES, [])
        world.push()
        world.export(changed, [])
        run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        expected = {number: Decimal(amount) for number, _, amount in changed}
        assert world.holds(Kind.INVOICES) == expected, boundary


def test_killed_while_voiding_every_document_ends_as_the_export_says(tmp_path: Path) -> None:
    void: list[Any] = [(*row, "void") for row in INVOICES]
    for boundary in range(20):
        world = World(tmp_path_for(tmp_path, f"void-{boundary}"))
        world.export(INVOICES, [])
        world.push()
        world.export(void, [])
        run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert world.holds(Kind.INVOICES) == {}, boundary
        assert len(world.books.of(Kind.INVOICES)) == 3


@pytest.mark.parametrize("boundary", range(0, 30, 4))
def test_killed_and_edited_meanwhile_nothing_is_doubled(tmp_path: Path, boundary: int) -> None:
    world = World(tmp_path_for(tmp_path, "edited"))
    world.export(MORE, PAYMENTS)
    run_until_killed(world, boundary)
    world.export([*MORE[:4], ("A-5", "Cy", "55.00")], PAYMENTS)
    world.push()
    world.push()
    assert len(world.books.of(Kind.INVOICES)) == 5
    assert len(world.books.of(Kind.PAYMENTS)) == 3


def tmp_path_for(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder
