"""A simulated organisation of Xero in this very process, and what the command line says of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acctsync.simulator import Simulator
from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero import writing
from acctsync.simulator.xero.resource import Resource
from acctsync.simulator.xero.resources import NUMBERS
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

    def pass_a_minute(self) -> None:
        """Let nobody remember the calls of the last minute."""
        self.simulator.dialect.settle({"per_minute": "100000"})
        for kept in self.folder.glob("state/connections/*/pace.json"):
            kept.unlink()

    def refuse(self, errors: Mapping[str, Entity]) -> None:
        """Let each of the documents, by number, be refused once; a batch's others go through."""
        judge, waiting = writing._outcome, dict(errors)

        def outcome(
            books: Any, resource: Resource, sent: Entity, *more: Any
        ) -> tuple[Entity, bool]:
            number = sent.get(NUMBERS.get(resource.kind, ""), "")
            if number not in waiting:
                return judge(books, resource, sent, *more)
            said = str(waiting.pop(number)["Detail"])
            return writing.failed(resource, sent, (said,), []), False

        self._patch.setattr(writing, "_outcome", outcome)


@contextmanager
def at_work(
    folder: Path,
    sample: Path | None = SAMPLE,
    files: Mapping[str, str] | None = None,
    organisation: Path = ORGANISATION,
) -> Iterator[XeroBench]:
    """Open the organisation and sign in to it; a copy of the sample is what is pushed."""
    if sample is not None:
        shutil.copytree(sample, folder, dirs_exist_ok=True)
    with (
        pytest.MonkeyPatch.context() as patch,
        Simulator("xero", company=organisation, limits=False) as simulator,
    ):
        bench = XeroBench(folder, simulator, patch)
        bench.write(files or {})
        bench.connect()
        yield bench
