"""Shows figures as one table, for a terminal and for the docs."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Figure, shown

_HEAD = ("what", "unit", "acctsync", "others", "of the best", "goal", "met")
_WORDS = {True: "yes", False: "**no**", None: ""}
_INTRODUCTION = """\
# Measured against the others

Written by `nox -s bench`; the same figures are in `benchmarks.json`. Everything was measured side
by side on one machine in one run, so ratios say more than seconds do. "Of the best" is how many
times as much as the best of the others acctsync takes: below 1 is less.

acctsync's figures are those of the whole command: its start, reading the export, asking the books
what they have, its state on disk. The others' are those of creating the invoices alone, without
their start; they ask nothing, remember nothing, and keep to no limit of a vendor's. How each is
driven stands in `benchmarks/peers`.

Goals in seconds were set on a machine on which python-quickbooks took 11.4 s of CPU for the 20,000
invoices, and waited 10.8 s for the 1,000 at 300 ms; its figures below tell how this one compares.
"""


def rows(figures: Sequence[Figure]) -> list[tuple[str, ...]]:
    """Put figures into words."""
    return [_HEAD, *map(_row, figures)]


def text(figures: Sequence[Figure]) -> str:
    """Lay the table out for a terminal."""
    table = [tuple(cell.replace("*", "") for cell in row) for row in rows(figures)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def write(folder: Path, figures: Sequence[Figure], about: Mapping[str, str]) -> None:
    """Write what the docs show."""
    head, *body = rows(figures)
    lines = [head, tuple("---" for _ in head), *body]
    table = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    machine = "\n".join(f"- {name}: {value}" for name, value in about.items())
    told = f"{_INTRODUCTION}\n{table}\n{_missed(figures)}\n## Where\n\n{machine}\n"
    (folder / "benchmarks.md").write_text(told, encoding="utf-8")
    kept = {
        "about": dict(about),
        "figures": [{**asdict(each), "ratio": each.ratio, "met": each.met} for each in figures],
    }
    (folder / "benchmarks.json").write_text(
        json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _missed(figures: Sequence[Figure]) -> str:
    """Say of goals that are missed why, and what comes next; alike ones together."""
    reasons: dict[str, list[str]] = {}
    for each in figures:
        if each.met is False:
            reasons.setdefault(each.why, []).append(f"{each.what} ({each.unit})")
    told = "".join(f"- {'; '.join(which)}: {why}\n" for why, which in reasons.items())
    return f"\n## Goals that are missed\n\n{told}" if told else ""


def machine() -> dict[str, str]:
    """Tell where this is measured."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "load before": load,
    }


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        said = ""
    found = re.search(r"model name\s*:\s*(.+)", said)
    return found[1] if found else platform.machine()


def _row(figure: Figure) -> tuple[str, ...]:
    theirs = ", ".join(f"{name} {shown(value)}" for name, value in figure.theirs.items())
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return (
        figure.what,
        figure.unit,
        shown(figure.ours),
        theirs,
        ratio,
        figure.goal,
        _WORDS[figure.met],
    )
