"""A simulated organisation of Xero in this very process, and what the command line says of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator import Simulator
from tests.cli.desk import SAMPLES
from tests.system.bench import Bench

SAMPLE = SAMPLES / "stripe-xero"
ORGANISATION = SAMPLES / "companies" / "coworks-xero.yaml"


class XeroBench(Bench):
    """One mapping with its exports, one state, one organisation."""

    def connect(self) -> None:
        """Sign in with a browser that agrees to everything."""
        done = self.run(
            "connect", "xero", "--client-id", "app", "--url", self.simulator.url,
            "--token-store", "file", "--yes",
        )  # fmt: skip
        assert done.code == 0, (done.out, done.err)

    def alive(self, kind: str) -> list[dict[str, Any]]:
        """List what the books hold of one kind and nobody took back."""
        gone = {"VOIDED", "DELETED"}
        return [each for each in self.entities(kind) if each.get("Status") not in gone]


@contextmanager
def at_work(
    folder: Path, sample: Path | None = SAMPLE, files: Mapping[str, str] | None = None
) -> Iterator[XeroBench]:
    """Open the organisation and sign in to it; a copy of the sample is what is pushed."""
    if sample is not None:
        shutil.copytree(sample, folder, dirs_exist_ok=True)
    with (
        pytest.MonkeyPatch.context() as patch,
        Simulator("xero", company=ORGANISATION, limits=False) as simulator,
    ):
        bench = XeroBench(folder, simulator, patch)
        bench.write(files or {})
        bench.connect()
        yield bench
