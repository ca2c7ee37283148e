from __future__ import annotations

from pathlib import Path

import pytest

from acctsync.mapping.codes import CODES
from tests.docs.problem_codes import meanings, page, used

PAGE = Path(__file__).resolve().parents[2] / "docs" / "problems.md"


def test_every_problem_code_is_explained_in_the_docs(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-transcripts"):
        PAGE.write_text(page(), encoding="utf-8")
    assert used() == set(meanings())
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_code_is_explained_that_nothing_uses() -> None:
    assert set(CODES) - used() == set()
