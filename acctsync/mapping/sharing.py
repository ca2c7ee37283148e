"""Lines that were built before, by the cells they came from: a month's invoices share most."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from acctsync.documents import Line

_TRIAL = 4000
_MOST = 50_000


class SharedLines:
    """Keeps lines for being used again; gives up where they hardly ever repeat.

    A line is a frozen value, so that one may stand in any number of documents.
    """

    def __init__(self, positions: Iterable[int]) -> None:
        chosen = sorted(positions)
        self.worth_it = len(chosen) > 1
        self.key = itemgetter(*chosen) if self.worth_it else None
        self._lines: dict[Any, Line] = {}
        self._found = 0
        self._kept = 0

    def get(self, key: Any) -> Line | None:
        """Find a line that was built from the same cells under a like head."""
        line = self._lines.get(key)
        if line is not None:
            self._found += 1
        return line

    def keep(self, key: Any, line: Line) -> None:
        """Keep a line; stop when the trial shows that it is no use."""
        self._kept += 1
        if self._kept >= _TRIAL and self._found < self._kept:
            self.worth_it = False
            self._lines.clear()
        elif len(self._lines) < _MOST:
            self._lines[key] = line
