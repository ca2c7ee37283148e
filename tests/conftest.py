from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-transcripts", action="store_true", help="rewrite the README's")
    parser.addoption("--update-goldens", action="store_true", help="rewrite the presets' results")
