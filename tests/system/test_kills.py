"""kill -9 in the middle of a push, again and again: each document is there exactly once.

Here at moments of chance, with the command as it is started by hand; at every exchange and every
commit in tests/rigs/processes.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.sweeping import swept
from tests.system.processes import Office, Simulated, counted
from tests.system.test_agency import AGENCY, COMPANY
from tests.system.test_main_job import billed, held


def kill_after(office: Office, seconds: float) -> bool:
    process = office.start("push", "--quiet")
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


def test_a_push_killed_three_times_ends_with_each_document_once(tmp_path: Path) -> None:
    moments = random.Random(1)  # noqa: S311 - a replayable sweep
    with Simulated(latency=0.03) as books:
        office = Office(tmp_path, books)
        office.connect()
        for _ in range(3):
            kill_after(office, moments.uniform(0.25, 1.6))
        office.json("push")
        assert held(books) == billed()
        assert len(books.entities("Payment")) == 16
        assert len(books.entities("RefundReceipt")) == 1
        assert set(counted(office.json("push"))) == {"unchanged"}


def landed(books: Simulated) -> list[tuple[str, str, str, str]]:
    """List all that the books hold, by what the export says of it."""
    return sorted(
        (entity, str(name), str(each.get("TotalAmt", "")), str(each.get("Balance", "")))
        for entity, held in books.get("/simulator/books").items()
        for each in held
        if (name := each.get("DocNumber") or each.get("PaymentRefNum") or each.get("DisplayName"))
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str, str]]:
    """Tell what an agency's push brings into the books when nothing happens to it."""
    with Simulated(company=COMPANY) as books:
        office = Office(tmp_path_factory.mktemp("undisturbed"), books, AGENCY)
        office.connect()
        office.json("push")
        return landed(books)


@pytest.mark.crash
@pytest.mark.parametrize("seed", swept(range(30, 34)))
def test_an_agencys_push_killed_at_any_moment_ends_like_one_that_was_not(
    tmp_path: Path, seed: int, undisturbed: list[tuple[str, str, str, str]]
) -> None:
    moments = random.Random(seed)  # noqa: S311 - a replayable sweep
    with Simulated(company=COMPANY, latency=0.03) as books:
        office = Office(tmp_path, books, AGENCY)
        office.connect()
        killed = sum(kill_after(office, moments.uniform(0.25, 1.6)) for _ in range(5))
        office.json("push")
        assert landed(books) == undisturbed, f"seed {seed}"
        assert set(counted(office.json("push"))) == {"unchanged"}, f"seed {seed}"
    assert killed > 0


def test_a_polite_stop_finishes_what_was_sent(tmp_path: Path) -> None:
    with Simulated(latency=0.2) as books:
        office = Office(tmp_path, books)
        office.connect()
        process = office.start("push")
        time.sleep(1.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        # A slow machine may not have come as far as listening for signals.
        assert process.returncode in {0, 143, -signal.SIGTERM}
        office.json("push")
        assert held(books) == billed()
