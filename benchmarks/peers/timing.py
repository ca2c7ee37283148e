"""Reads the export as a script would, and times what is done with it."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

Row = dict[str, str]
_T = TypeVar("_T")


def invoices(file: Path) -> Iterator[list[Row]]:
    """Read the rows of one invoice after the other."""
    with file.open(encoding="utf-8", newline="") as stream:
        for _, rows in groupby(csv.DictReader(stream), key=itemgetter("Number")):
            yield list(rows)


def portions(whole: Sequence[_T], size: int) -> Iterator[list[_T]]:
    """Cut into as many as one call takes."""
    for start in range(0, len(whole), size):
        yield list(whole[start : start + size])


def timed(work: Callable[[str, Path], None]) -> None:
    """Do the work that the command line names, and print what it took."""
    address, file = sys.argv[1], Path(sys.argv[2])
    wall, cpu = time.perf_counter(), time.process_time()
    work(address, file)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    sys.stdout.write(json.dumps(took) + "\n")
