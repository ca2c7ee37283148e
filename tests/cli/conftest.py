from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import COMPANY, Desk, visit


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setattr("webbrowser.open", visit)
    return Desk(tmp_path, capsys)


@pytest.fixture
def books() -> Iterator[Simulator]:
    with Simulator("qbo", company=COMPANY, limits=False) as simulator:
        yield simulator


@pytest.fixture
def connected(desk: Desk, books: Simulator) -> Desk:
    done = desk.connect(books.url, "--yes")
    assert done.code == 0, done
    return desk
