"""R1: the real engine in virtual time, against a ledger with a vendor's rules.

`ACCTSYNC_RIGS=full pytest tests/rigs/test_virtual_time.py` pushes a million documents; without it
runs a slice. A failure names its seed: `ACCTSYNC_SEED=… pytest tests/rigs/test_virtual_time.py`
runs that scenario again, and nothing else.
"""

from __future__ import annotations

import os
import time
from random import SystemRandom

import pytest

from tests.rigs.virtual_scenario import LENGTHY, RigFailure, Tally, check, run, sweep
from tests.rigs.virtual_shop import FULL
from tests.rigs.virtual_sweep import report, sweep_until

SEED = os.environ.get("ACCTSYNC_SEED", "")
MILLION = int(os.environ.get("ACCTSYNC_RIG_DOCUMENTS", "1000000"))
CHUNK = 30

pytestmark = pytest.mark.crash
sweeps = pytest.mark.skipif(bool(SEED), reason="one seed was asked for")


def assert_clean(tally: Tally) -> None:
    if tally.failures:
        raise RigFailure("\n".join(tally.failures))


@pytest.mark.skipif(not SEED, reason="no seed was asked for")
def test_the_seed_that_was_asked_for() -> None:
    check(int(SEED))


@sweeps
@pytest.mark.skipif(FULL, reason="the full run holds more of the same")
@pytest.mark.parametrize("part", range(10))
def test_whatever_goes_wrong_the_books_end_as_the_export_says(part: int) -> None:
    begun = time.monotonic()
    tally = sweep(range(part * CHUNK, (part + 1) * CHUNK))
    tally.seconds = time.monotonic() - begun
    report(tally)
    assert_clean(tally)
    assert tally.documents > 30 * CHUNK
    assert tally.kills > CHUNK // 4


@sweeps
@pytest.mark.skipif(not FULL, reason="ACCTSYNC_RIGS=full asks for it")
def test_a_million_documents_end_as_the_export_says() -> None:
    tally = sweep_until(MILLION, first_seed=SystemRandom().randrange(LENGTHY, 10**9))
    report(tally)
    assert_clean(tally)
    assert tally.documents >= MILLION


@sweeps
@pytest.mark.parametrize("seed", range(900_000, 900_010))
def test_with_several_exchanges_in_the_air_the_books_end_the_same(seed: int) -> None:
    assert_clean(run(seed, in_flight=4))


@sweeps
@pytest.mark.parametrize("seed", range(5))
def test_a_seed_is_the_same_scenario_every_time(seed: int) -> None:
    assert run(seed) == run(seed)
