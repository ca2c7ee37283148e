"""What a benchmark found: one figure of acctsync's beside the same of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    `ours` and `theirs` are in `unit`. `most` is the goal, where it is a number: not more than that,
    or not more than that many times what the best of the others takes. `why` says what stands in
    the way of a goal that is missed, and what comes next.
    """

    what: str
    unit: str
    ours: float
    theirs: Mapping[str, float] = field(default_factory=dict)
    most: float | None = None
    most_times: float | None = None
    least: float | None = None
    why: str = ""

    @property
    def ratio(self) -> float | None:
        """Tell how many times as much as the best of the others acctsync takes."""
        best = min(self.theirs.values(), default=0)
        return self.ours / best if best else None

    @property
    def met(self) -> bool | None:
        """Tell whether the goal is met; None: there is none."""
        if self.least is not None:
            return self.ours >= self.least
        if self.most_times is not None:
            return self.ratio is not None and self.ratio <= self.most_times
        return None if self.most is None else self.ours <= self.most

    @property
    def goal(self) -> str:
        if self.least is not None:
            return f"≥ {shown(self.least)}"
        if self.most_times is not None:
            return f"≤ {self.most_times:g} ×"
        return "" if self.most is None else f"≤ {shown(self.most)}"


def shown(value: float) -> str:
    """Write a figure with the digits that mean something."""
    if value == int(value) or value >= _WHOLE:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < _FINE else f"{value:.1f}"


_WHOLE, _FINE = 100, 10
