"""What a push costs in calls and bytes; both vendors. No machine makes a difference to these."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from acctsync.providers.qbo import wire as qbo
from acctsync.providers.throttle import Lane, Throttle
from acctsync.providers.xero import wire as xero
from acctsync.simulator import Simulator
from benchmarks.business import Business, change_one
from tests.fakes import FakeClock
from tests.system.bench import Bench

NOTHING = {"read": 0, "write": 0}
# Those that change what is in the books, by vendor and what the address ends with.
WRITTEN = {"qbo": ("/batch", "/invoice"), "xero": ("/Invoices", "/Contacts", "/Payments")}


class Figures(Bench):
    """A business of any size, and what its pushes cost."""

    def __init__(self, business: Business, *given: Any) -> None:
        super().__init__(*given)
        self._business = business

    def connect(self) -> None:
        url, system = self.simulator.url, self._business.system
        done = self.run("connect", system, "--url", url, "--token-store", "file", "--yes")
        assert done.code == 0, done

    def calls(self) -> dict[str, int]:
        told = self.json("push")["data"]["calls"]
        assert told["throttled"] == 0
        return {word: told[word] for word in NOTHING}

    def bodies(self) -> int:
        """Count the bytes of everything that was written."""
        return sum(
            len(each.body)
            for each in self.simulator.requests
            if each.method != "GET" and each.path.endswith(WRITTEN[self._business.system])
        )


@contextmanager
def opened(business: Business, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Figures]:
    """Connect the business with simulated books, until they are left."""
    business.write(folder)
    with Simulator(business.system, company=folder / "company.yaml", limits=False) as simulator:
        let_a_day_pass(simulator)
        figures = Figures(business, folder, simulator, patch)
        figures.connect()
        yield figures


def let_a_day_pass(simulator: Simulator) -> None:
    """Let everything in the books have been there for a day."""
    long_ago = "2020-01-01T00:00:00-08:00"
    for table in simulator.dialect.books._tables.values():
        for row in table.values():
            if "MetaData" in row:
                row["MetaData"] = {"CreateTime": long_ago, "LastUpdatedTime": long_ago}
            if "Updated" in row:
                row["Updated"] -= 86_400_000


# 35 customers, 100 invoices and a payment of each, thirty a call and fifty a call of one kind.
@pytest.mark.parametrize(("system", "writes"), [("qbo", 8), ("xero", 1 + 2 + 2)])
def test_a_month_takes_no_more_calls_than_full_batches(
    system: str, writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Customers, invoices and payments share QuickBooks' batches; Xero takes one kind a call."""
    business = Business(system=system, invoices=100, customers=35, held=0, paid=True)
    with opened(business, tmp_path, monkeypatch) as figures:
        assert figures.calls()["write"] == writes
        assert figures.calls() == NOTHING


# Names a thousand a read, each list once, numbers a hundred and more a read.
@pytest.mark.parametrize(("system", "reads"), [("qbo", 2 + 1 + 1 + 2), ("xero", 2 + 1 + 1 + 2)])
def test_a_first_run_asks_for_names_and_numbers_in_bulk(
    system: str, reads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = Business(system=system, invoices=60, customers=60, held=1_100)
    with opened(business, tmp_path, monkeypatch) as figures:
        first = figures.calls()
        assert (first["read"] <= reads, first["write"]) == (True, 2), first


# The next day: the company, what changed in lists and among customers, ten numbers, one invoice.
@pytest.mark.parametrize(
    ("system", "reads"), [("qbo", 2 + 1 + 1 + 1 + 1), ("xero", 1 + 1 + 1 + 1 + 1)]
)
def test_the_next_day_asks_for_what_is_new_and_for_what_changed(
    system: str, reads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = Business(system=system, invoices=60, customers=60, held=1_100)
    with opened(business, tmp_path, monkeypatch) as figures:
        figures.calls()
        change_one(tmp_path)
        assert figures.calls()["write"] == 1
        change_one(tmp_path)
        bill_more(tmp_path, invoices=10, newcomers=2)
        assert figures.calls() == {"read": reads, "write": 3 if system == "xero" else 2}
        assert figures.calls() == NOTHING


def bill_more(folder: Path, *, invoices: int, newcomers: int) -> None:
    """Let the billing system bill again, some of it to people nobody knew."""
    with (folder / "billed.csv").open("a", encoding="utf-8") as stream:
        for number in range(invoices):
            who = f"Newcomer {number}" if number < newcomers else f"Member {number:06}"
            stream.write(f"NEW-{number},{who},2025-03-29,Desk,1,225.00\n")


@pytest.mark.parametrize(("system", "most"), [("qbo", 650), ("xero", 550)])
def test_bodies_are_compact(
    system: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes an invoice of three lines, its stamp included."""
    business = Business(system=system, invoices=60, customers=60, held=60)
    with opened(business, tmp_path, monkeypatch) as figures:
        figures.calls()
        assert 0 < figures.bodies() <= 60 * most


@pytest.mark.parametrize(
    ("lanes", "used", "a_minute", "in_flight"),
    [
        (qbo.lanes(), (qbo.ALL, qbo.BATCH), 40, qbo.IN_FLIGHT),
        (xero.lanes(), tuple(each.name for each in xero.lanes()), 60, xero.IN_FLIGHT),
    ],
    ids=["qbo", "xero"],
)
def test_five_minutes_are_filled_to_the_limit_and_never_beyond(
    lanes: list[Lane], used: tuple[str, ...], a_minute: int, in_flight: int
) -> None:
    clock = FakeClock()
    throttle = Throttle(lanes, in_flight=in_flight, clock=clock, stop=Event())
    began, departed = clock.seconds, []
    while clock.seconds < began + 300:
        with throttle.turn(*used):
            departed.append(clock.seconds)
        clock.seconds += 0.3  # an answer's time
    within = [each for each in departed if each < began + 300]

    assert len(within) >= 0.95 * 5 * a_minute
    assert all(
        sum(start <= each < start + 60 for each in departed) <= a_minute for start in departed
    )
