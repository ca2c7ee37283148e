from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctsync.state.store import Store
from tests.state.files import create


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path) as made:
        yield made
