"""What the rigs did and found, as one table; exits with 1 unless it is all nought where it must be.

`python tests/rigs/table.py FILE` reads the lines of JSON that the rigs append to the file named by
ACCTSYNC_RIG_REPORT.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

COUNTED = ("scenarios", "documents", "kills", "duplicates", "lost", "unresolved")
MUST_BE_NOUGHT = ("duplicates", "lost", "unresolved")

_NARROWEST = 100

Sums = dict[str, Counter[str]]


def sums_of(lines: Sequence[str]) -> Sums:
    """Add the lines up by rig; several processes may have reported for one."""
    sums: Sums = {}
    for line in lines:
        told = json.loads(line)
        of_rig = sums.setdefault(told["rig"], Counter())
        for name in (*COUNTED, "seconds"):
            of_rig[name] += told[name]
    return sums


def table_of(sums: Mapping[str, Mapping[str, float]]) -> Table:
    """Draw one row per rig."""
    table = Table("rig")
    for name in (*COUNTED, "seconds"):
        table.add_column(name, justify="right")
    for rig, of_rig in sorted(sums.items()):
        counts = (f"{of_rig[name]:,}" for name in COUNTED)
        table.add_row(rig, *counts, f"{of_rig['seconds']:,.0f}")
    return table


def main(file: Path) -> int:
    """Print the table; tell the exit code."""
    lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
    sums = sums_of([line for line in lines if line.strip()])
    Console(width=max(_NARROWEST, Console().width)).print(table_of(sums))
    good = all(not of_rig[name] for of_rig in sums.values() for name in MUST_BE_NOUGHT)
    return 0 if sums and good else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
