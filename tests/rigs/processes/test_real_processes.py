"""R2: the command killed, or asked to stop, at every exchange and every commit of a push.

A failure names the scenario, the boundary and the signal: `Strike` at that boundary does it again.
`ACCTSYNC_RIGS=full` does all of it; without, a slice.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from tests.rigs.processes import shop
from tests.rigs.processes.shop import Entry
from tests.rigs.processes.starter import Starter, Strike
from tests.rigs.processes.tally import Tally
from tests.rigs.processes.trial import Trial

pytestmark = pytest.mark.crash
FULL = os.environ.get("ACCTSYNC_RIGS") == "full"
PARTS = range(16 if FULL else 3)
CHAINS = range(110 if FULL else 5)
LINKS = 8
BEHEADED, HUNG_UP = -9, -1
INTERRUPTED, TERMINATED = 130, 143
# A whole push passes a little more than a hundred boundaries.
MOST = 115

Begin = Callable[..., Trial]


class Month:
    """What is exported, what was in the books before, and what they hold in the end."""

    def __init__(self, export: dict[str, str], books: list[Entry], before: Month | None) -> None:
        self.export = export
        self.books = books
        self.before = before

    def prepare(self, trial: Trial) -> None:
        """Bring what was exported before into the books, undisturbed, and export anew."""
        if self.before is not None:
            trial.export(self.before.export)
            trial.ended(trial.desk.start("push"), 0)
        trial.export(self.export)


FIRST = Month(shop.FIRST, shop.FIRST_BOOKS, None)
SECOND = Month(shop.SECOND, shop.SECOND_BOOKS, FIRST)
MONTHS = {"everything is new": FIRST, "changes and a void": SECOND}


@pytest.fixture(scope="session")
def boundaries(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> dict[str, list[str]]:
    """Tell the boundaries that an undisturbed push of each month passes."""
    found = {}
    for name, month in MONTHS.items():
        folder = tmp_path_factory.mktemp("undisturbed") / "trial"
        with Trial(f"undisturbed: {name}", folder, starter, Tally(), {}) as trial:
            month.prepare(trial)
            found[name] = sorted(trial.ended(trial.desk.start("push"), 0).trail)
            trial.compare(month.books)
    return found


def chosen(boundaries: list[str], part: int) -> list[str]:
    """Give one part of the boundaries; a slice has a few of those at which something is written."""
    if FULL:
        return boundaries[part :: len(PARTS)]
    telling = [each for each in boundaries if "GET" not in each and "head" not in each]
    return telling[part :: 5 * len(PARTS)]


def whole(boundaries: list[str]) -> list[str]:
    """Leave out the middle of what is sent and received: one signal more makes it no other case."""
    return [each for each in boundaries if "head" not in each]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("month", MONTHS)
def test_killed_at_any_boundary_the_same_command_ends_with_each_document_once(
    begin: Begin, boundaries: dict[str, list[str]], month: str, part: int
) -> None:
    for at in chosen(boundaries[month], part):
        with begin(at) as trial:
            MONTHS[month].prepare(trial)
            assert trial.desk.run("push", strike=Strike(at)).code == BEHEADED
            trial.settle()
            trial.compare(MONTHS[month].books)


@pytest.mark.parametrize("seed", CHAINS)
def test_killed_again_and_again_while_it_recovers_it_ends_with_each_document_once(
    begin: Begin, seed: int
) -> None:
    numbers = random.Random(seed)  # noqa: S311 - a replayable sweep
    month = FIRST if seed % 2 else SECOND
    with begin(f"seed {seed}") as trial:
        month.prepare(trial)
        for _ in range(LINKS):
            trial.desk.run("push", strike=Strike(numbers.randint(1, MOST)))
        trial.settle()
        trial.compare(month.books)


POLITE = {
    "TERM": (("TERM",), TERMINATED),
    "Ctrl-C": (("INT",), INTERRUPTED),
}
AT_ONCE = {
    "Ctrl-C twice": (("INT", "INT"), INTERRUPTED),
    "hung up": (("HUP",), HUNG_UP),
}


@pytest.mark.parametrize("part", PARTS if FULL else [0])
@pytest.mark.parametrize("signal", POLITE)
def test_asked_to_stop_it_finishes_what_was_sent_and_the_same_command_goes_on(
    begin: Begin, boundaries: dict[str, list[str]], signal: str, part: int
) -> None:
    signals, code = POLITE[signal]
    for at in chosen(whole(boundaries["everything is new"]), part):
        with begin(f"{signal} {at}") as trial:
            stopped = trial.desk.run("push", strike=Strike(at, signals))
            assert "finishing what was sent; press again to stop now" in stopped.err
            assert trial.desk.unsettled() == []
            # At the last boundaries there is nothing left to stop.
            assert stopped.code == code or trial.company.books() == shop.FIRST_BOOKS
            trial.settle()
            trial.compare(shop.FIRST_BOOKS)


@pytest.mark.parametrize(
    ("signal", "part"),
    [
        *(("Ctrl-C twice", part) for part in (PARTS if FULL else [1])),
        # Nobody listens for it: it is one more way to be killed.
        ("hung up", 2),
    ],
)
def test_told_to_stop_at_once_it_does_and_the_same_command_goes_on(
    begin: Begin, boundaries: dict[str, list[str]], signal: str, part: int
) -> None:
    signals, code = AT_ONCE[signal]
    for at in chosen(whole(boundaries["everything is new"]), part):
        with begin(f"{signal} {at}") as trial:
            assert trial.desk.run("push", strike=Strike(at, signals)).code == code
            trial.settle()
            trial.compare(shop.FIRST_BOOKS)
