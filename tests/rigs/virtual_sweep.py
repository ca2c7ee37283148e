"""R1 at length: seeds in all of the machine's cores until enough documents were pushed."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from pathlib import Path

from tests.rigs.virtual_scenario import Tally, sweep

_CHUNK = 100
REPORT = "ACCTSYNC_RIG_REPORT"


def sweep_until(documents: int, first_seed: int = 0, processes: int | None = None) -> Tally:
    """Run scenarios, a chunk of seeds a process at a time, until they held so many documents."""
    begun = time.monotonic()
    total = Tally()
    processes = processes or os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        chunks = _chunks(first_seed)
        running: set[Future[Tally]] = set()
        while total.documents < documents and len(total.failures) < 5:
            while len(running) < processes + 1:
                running.add(pool.submit(sweep, next(chunks)))
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for each in ended:
                total.add(each.result())
        for each in running:
            total.add(each.result())
    total.seconds = time.monotonic() - begun
    return total


def _chunks(first_seed: int) -> Iterator[range]:
    return (range(start, start + _CHUNK) for start in count(first_seed, _CHUNK))


def report(tally: Tally) -> None:
    """Add what was counted to the file that all rigs report to, if one is wanted."""
    file = os.environ.get(REPORT)
    if not file:
        return
    line = {
        "rig": "R1 virtual time",
        "scenarios": tally.scenarios,
        "documents": tally.documents,
        "kills": tally.kills,
        "duplicates": tally.duplicates,
        "lost": tally.lost,
        "unresolved": tally.unresolved + tally.wrong,
        "seconds": round(tally.seconds, 1),
    }
    with Path(file).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
