"""R2: the command killed, or asked to stop, at every exchange and every commit of a push.

A failure names the scenario, the boundary and the signal: `Strike` at that boundary does it again.
`ACCTSYNC_RIGS=full` does all of it; without, a slice.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rigs.processes.shop import Entry, Vendor
from tests.rigs.processes.starter import Starter, Strike
from tests.rigs.processes.tally import Tally
from tests.rigs.processes.trial import Trial
from tests.rigs.processes.vendors import FULL, in_parts

pytestmark = pytest.mark.crash
PARTS = range(16 if FULL else 3)
CHAINS = range(110)
LINKS = 8
BEHEADED, HUNG_UP = -9, -1
INTERRUPTED, TERMINATED = 130, 143
# A whole push passes a little more than a hundred boundaries.
MOST = 115

Begin = Callable[..., Trial]


MONTHS = ("everything is new", "changes and a void")


def prepare(trial: Trial, month: str) -> list[Entry]:
    """Export a month, with the one before it in the books; give what they hold in the end."""
    if month == MONTHS[0]:
        return trial.vendor.first_books
    trial.ended(trial.desk.start("push"), 0)
    trial.export(trial.vendor.second)
    return trial.vendor.second_books


class Boundaries:
    """What an undisturbed push of each month passes, tried once for each of the books."""

    def __init__(self, folder: Path, starter: Starter) -> None:
        self._folder = folder
        self._starter = starter
        self._known: dict[tuple[str, str], list[str]] = {}

    def of(self, vendor: Vendor, month: str) -> list[str]:
        """Name the boundaries of one month's push."""
        if (vendor.system, month) not in self._known:
            self._known[vendor.system, month] = self._undisturbed(vendor, month)
        return self._known[vendor.system, month]

    def _undisturbed(self, vendor: Vendor, month: str) -> list[str]:
        name = f"undisturbed {vendor}: {month}"
        with Trial(name, self._folder / name, self._starter, Tally(), {}, vendor) as trial:
            books = prepare(trial, month)
            passed = trial.ended(trial.desk.start("push"), 0).trail
            trial.compare(books)
        return sorted(passed)


@pytest.fixture(scope="session")
def boundaries(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> Boundaries:
    return Boundaries(tmp_path_factory.mktemp("undisturbed"), starter)


def chosen(boundaries: list[str], part: int) -> list[str]:
    """Give one part of the boundaries; a slice has a few of those at which something is written."""
    if FULL:
        return boundaries[part :: len(PARTS)]
    telling = [each for each in boundaries if "GET" not in each and "head" not in each]
    return telling[part :: 5 * len(PARTS)]


def whole(boundaries: list[str]) -> list[str]:
    """Leave out the middle of what is sent and received: one signal more makes it no other case."""
    return [each for each in boundaries if "head" not in each]


@in_parts("part", PARTS, quickbooks=[0, 1, 2], xero=[1])
@pytest.mark.parametrize("month", MONTHS)
def test_killed_at_any_boundary_the_same_command_ends_with_each_document_once(
    begin: Begin, boundaries: Boundaries, vendor: Vendor, month: str, part: int
) -> None:
    for at in chosen(boundaries.of(vendor, month), part):
        with begin(at) as trial:
            books = prepare(trial, month)
            assert trial.desk.run("push", strike=Strike(at)).code == BEHEADED
            trial.settle()
            trial.compare(books)


@in_parts("seed", CHAINS, quickbooks=[0, 1, 2, 3, 4], xero=[0])
def test_killed_again_and_again_while_it_recovers_it_ends_with_each_document_once(
    begin: Begin, seed: int
) -> None:
    numbers = random.Random(seed)  # noqa: S311 - a replayable sweep
    with begin(f"seed {seed}") as trial:
        books = prepare(trial, MONTHS[0 if seed % 2 else 1])
        for _ in range(LINKS):
            trial.desk.run("push", strike=Strike(numbers.randint(1, MOST)))
        trial.settle()
        trial.compare(books)


POLITE = {
    "TERM": (("TERM",), TERMINATED),
    "Ctrl-C": (("INT",), INTERRUPTED),
}
# For a hang-up nobody listens: it is one more way to be killed.
AT_ONCE = {
    "Ctrl-C twice": (("INT", "INT"), INTERRUPTED),
    "hung up": (("HUP",), HUNG_UP),
}


@in_parts("part", PARTS, quickbooks=[0], xero=[])
@pytest.mark.parametrize("signal", POLITE)
def test_asked_to_stop_it_finishes_what_was_sent_and_the_same_command_goes_on(
    begin: Begin, boundaries: Boundaries, vendor: Vendor, signal: str, part: int
) -> None:
    signals, code = POLITE[signal]
    for at in chosen(whole(boundaries.of(vendor, MONTHS[0])), part):
        with begin(f"{signal} {at}") as trial:
            stopped = trial.desk.run("push", strike=Strike(at, signals))
            assert "finishing what was sent; press again to stop now" in stopped.err
            assert trial.desk.unsettled() == []
            # At the last boundaries there is nothing left to stop.
            assert stopped.code == code or trial.company.books() == trial.vendor.first_books
            trial.settle()
            trial.compare(trial.vendor.first_books)


@in_parts("part", PARTS, quickbooks=[1], xero=[])
@pytest.mark.parametrize("signal", AT_ONCE)
def test_told_to_stop_at_once_it_does_and_the_same_command_goes_on(
    begin: Begin, boundaries: Boundaries, vendor: Vendor, signal: str, part: int
) -> None:
    signals, code = AT_ONCE[signal]
    for at in chosen(whole(boundaries.of(vendor, MONTHS[0])), part):
        with begin(f"{signal} {at}") as trial:
            assert trial.desk.run("push", strike=Strike(at, signals)).code == code
            trial.settle()
            trial.compare(trial.vendor.first_books)
