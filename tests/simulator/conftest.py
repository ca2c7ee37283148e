"""Simulated companies, opened for a test and closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator import Simulator
from tests.simulator.caller import COMPANIES, Caller, Opener


@pytest.fixture
def open_company() -> Iterator[Opener]:
    """Open simulated companies and close them afterwards."""
    opened: list[Caller] = []

    def open_one(company: Path | None = None, **options: Any) -> Caller:
        simulator = Simulator("qbo", company=company, **{"limits": False, **options})
        simulator.start()
        opened.append(Caller(simulator))
        return opened[-1]

    yield open_one
    for caller in opened:
        caller.http.close()
        caller.simulator.stop()


@pytest.fixture
def qbo(open_company: Opener) -> Caller:
    """The American coworking company."""
    return open_company()


@pytest.fixture
def canada(open_company: Opener) -> Caller:
    """The Canadian agency, with two currencies."""
    return open_company(COMPANIES / "agency-canada.yaml")
