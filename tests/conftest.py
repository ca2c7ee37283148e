from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.providers.xero.conformance import every_client_watched

TESTS = Path(__file__).parent
SLOW = (
    "cli/test_processes.py",
    "docs/test_readme.py",
    "docs/test_sample_config.py",
    "engine/test_assigned_numbers.py",
    "engine/test_crash_points.py",
    "engine/test_labelling.py",
    "engine/test_mail.py",
    "engine/test_payout_crashes.py",
    "engine/test_retainers.py",
    "engine/test_spill.py",
    "engine/test_stocking.py",
    "engine/test_together.py",
    "engine/test_unapplying.py",
    "engine/test_undoing.py",
    "engine/test_void_payments.py",
    "engine/test_write_offs.py",
    "exports/test_limits.py",
    "mapping/test_any_mapping.py",
)

# How long an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-transcripts", action="store_true", help="rewrite the README's")
    parser.addoption("--update-goldens", action="store_true", help="rewrite the presets' results")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Call slow what runs a whole business, and all that runs another process for long."""
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        if place.startswith("system/") or place in SLOW:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def complaints() -> Iterator[list[str]]:
    """Watch what our client sends to Xero, in whatever test; give what does not conform."""
    with every_client_watched() as complaints:
        yield complaints


@pytest.fixture(autouse=True)
def held_to_the_specification(complaints: list[str]) -> Iterator[None]:
    """Fail the test that sent Xero what its specification does not know."""
    yield
    wrong, complaints[:] = complaints[:], []
    assert wrong == []
