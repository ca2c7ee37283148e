from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.processes import Office, Simulated


@pytest.fixture
def books() -> Iterator[Simulated]:
    with Simulated() as simulated:
        yield simulated


@pytest.fixture
def office(tmp_path: Path, books: Simulated) -> Office:
    office = Office(tmp_path, books)
    office.connect()
    return office
