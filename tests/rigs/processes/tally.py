"""What the rig did and found, counted; one line of JSON for the table."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.rigs.processes.shop import Entry


@dataclass(slots=True)
class Tally:
    """Sums over the scenarios of one test; the table adds the tests up."""

    scenarios: int = 0
    documents: int = 0
    kills: int = 0
    duplicates: int = 0
    lost: int = 0
    unresolved: int = 0
    began: float = field(default_factory=time.monotonic, repr=False)

    def compared(self, expected: Sequence[Entry], found: Sequence[Entry]) -> None:
        """Count a scenario's books: what is there too often, and what is missing or not right."""
        self.scenarios += 1
        self.documents += len(expected)
        wanted, there = Counter(map(_name, expected)), Counter(map(_name, found))
        self.duplicates += (there - wanted).total()
        self.lost += (Counter(expected) - Counter(found)).total()

    def report(self) -> None:
        """Append a line to the file that ACCTSYNC_RIG_REPORT names, if it names one."""
        name = os.environ.get("ACCTSYNC_RIG_REPORT")
        if not name or not self.scenarios:
            return
        counts = asdict(self)
        seconds = round(time.monotonic() - counts.pop("began"), 1)
        line = {"rig": "R2 real processes", **counts, "seconds": seconds}
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _name(entry: Entry) -> tuple[str, str]:
    return entry[0], entry[1]
