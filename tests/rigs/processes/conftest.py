from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rigs.processes.shop import Vendor
from tests.rigs.processes.starter import Starter
from tests.rigs.processes.tally import Tally
from tests.rigs.processes.trial import Trial
from tests.rigs.processes.vendors import VENDORS

Begin = Callable[..., Trial]


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("asks the kernel about processes and connections as Linux answers")
    with Starter() as starter:
        yield starter


@pytest.fixture
def tally() -> Iterator[Tally]:
    tally = Tally()
    yield tally
    tally.report()


@pytest.fixture
def vendor() -> Vendor:
    """Say whose books a test is about that names none."""
    return VENDORS[0]


@pytest.fixture
def begin(
    tmp_path: Path, starter: Starter, tally: Tally, vendor: Vendor, request: pytest.FixtureRequest
) -> Begin:
    """Open a business with a company of its own; a test may open several, one after the other."""
    opened = 0

    def open_trial(name: str = "", **settings: str) -> Trial:
        nonlocal opened
        opened += 1
        told = f"{request.node.name} {name}".strip()
        return Trial(told, tmp_path / f"trial-{opened}", starter, tally, settings, vendor)

    return open_trial
