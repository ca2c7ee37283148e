"""Simulated organisations, opened for a test and closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator import Simulator
from tests.simulator.xero.caller import Caller, Opener


@pytest.fixture
def open_organisation() -> Iterator[Opener]:
    """Open simulated organisations and close them afterwards."""
    opened: list[Caller] = []

    def open_one(company: Path | None = None, **options: Any) -> Caller:
        simulator = Simulator("xero", company=company, **{"limits": False, **options})
        simulator.start()
        opened.append(Caller(simulator))
        return opened[-1]

    yield open_one
    for caller in opened:
        caller.http.close()
        caller.simulator.stop()


@pytest.fixture
def xero(open_organisation: Opener) -> Caller:
    """The coworking organisation."""
    return open_organisation()
