"""`python -m benchmarks`: measure, print one table, and write it for the docs."""

from __future__ import annotations

import argparse
import datetime as dt
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.rows import QUICK, ROWS, Sizes, pacing
from benchmarks.table import machine, text, write

_CLIENTS = ("python-quickbooks", "xero-python", "pyxero")


def main(arguments: Sequence[str]) -> None:
    """Measure what the command line chooses."""
    chosen = _reading().parse_args(arguments)
    # Servers and folders are tidied up on a request to end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sizes = QUICK if chosen.quick else Sizes()
    if chosen.unchanged:
        sizes = replace(sizes, unchanged=chosen.unchanged)
    rows = {**ROWS, "pacing": pacing} if chosen.pacing else ROWS
    about = {
        "when": dt.datetime.now(dt.UTC).date().isoformat(),
        **machine(),
        "clients": ", ".join(_clients(chosen.node_client)),
        "sizes": "quick: a tenth of what is large" if chosen.quick else _sizes(sizes),
    }
    figures: list[Figure] = []
    for name in chosen.only or rows:
        sys.stderr.write(f"measuring: {name}\n")
        figures += rows[name](sizes)
    sys.stdout.write(text(figures) + "\n")
    if chosen.out:
        write(chosen.out, figures, about)


def _reading() -> argparse.ArgumentParser:
    reading = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    reading.add_argument("--quick", action="store_true", help="a tenth of what is large")
    reading.add_argument(
        "--pacing", action="store_true", help="also fill the vendors' limits: 12 minutes"
    )
    reading.add_argument(
        "--unchanged",
        type=int,
        action="append",
        metavar="INVOICES",
        help="how many are in the books already; may be given several times",
    )
    reading.add_argument("--only", action="append", choices=[*ROWS, "pacing"])
    reading.add_argument("--out", type=Path, help="the folder for benchmarks.md and .json")
    reading.add_argument("--node-client", default="", help="the version of node-quickbooks")
    return reading


def _sizes(sizes: Sizes) -> str:
    if sizes == Sizes():
        return "whole"
    return f"whole, but for unchanged exports of {', '.join(map(str, sizes.unchanged))} invoices"


def _clients(node_client: str) -> list[str]:
    return [*map(_called, _CLIENTS), f"node-quickbooks {node_client}".strip()]


def _called(client: str) -> str:
    try:
        return f"{client} {version(client)}"
    except PackageNotFoundError:
        return client


if __name__ == "__main__":
    main(sys.argv[1:])
