"""One pass over an export with csv.reader, and nothing done with it."""

from __future__ import annotations

import csv
from collections import deque
from pathlib import Path

from benchmarks.peers.timing import timed


def read(_: str, file: Path) -> None:
    """Read every row."""
    with file.open(encoding="utf-8", newline="") as stream:
        deque(csv.reader(stream), maxlen=0)


if __name__ == "__main__":
    timed(read)
