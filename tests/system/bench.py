"""A small business and its simulated company in this very process: quick, and open to mischief."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from acctsync.cli.main import run
from acctsync.simulator import Simulator
from acctsync.simulator.exchange import Answer, Entity, Request, Touch
from tests.cli.desk import COMPANY, Ran, visit

CONNECT = ("connect", "qbo", "--token-store", "file", "--yes")


class Bench:
    """One mapping with its exports, one state, one company; what the command line says of them."""

    def __init__(self, folder: Path, simulator: Simulator, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.simulator = simulator
        self._patch = patch
        self.environment = {
            "PATH": os.environ["PATH"],
            "ACCTSYNC_STATE_DIR": str(folder / "state"),
            "ACCTSYNC_MAPPING": str(folder / "acctsync.yaml"),
            "ACCTSYNC_TIME_SCALE": "0.001",
            "DISPLAY": ":0",
        }
        patch.setattr("webbrowser.open", visit)

    def write(self, files: Mapping[str, str]) -> None:
        """Write the mapping and the exports."""
        for name, text in files.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, file: str, old: str, new: str) -> None:
        """Change a file as the billing system would."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *arguments: str) -> Ran:
        """Run one command line."""
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(arguments, self.environment)
        return Ran(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """Run one command line with --json and give its envelope."""
        done = self.run(*arguments, "--json")
        assert done.code == exit_code, (done.out, done.err)
        envelope: dict[str, Any] = json.loads(done.out)
        return envelope

    def connect(self) -> None:
        """Sign in with a browser that agrees to everything."""
        done = self.run(*CONNECT, "--url", self.simulator.url)
        assert done.code == 0, (done.out, done.err)

    def entities(self, kind: str) -> list[dict[str, Any]]:
        """List what the books hold of one entity."""
        return list(self.simulator.dialect.snapshot().get(kind, []))

    def by_hand(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Let a person in the office add or change something in the books."""
        return dict(self.simulator.dialect.by_hand(kind, fields))

    def meanwhile(self, entity: str, operation: str, deed: Callable[[], object]) -> None:
        """Let something happen in the books just before our first such request arrives there."""
        dialect = self.simulator.dialect
        carry_out, waiting = dialect.answer, [deed]

        def answer(request: Request) -> Answer:
            touched = {(one.entity, one.operation) for one in dialect.touches(request)}
            if waiting and (entity, operation) in touched:
                waiting.pop()()
            return carry_out(request)

        self._patch.setattr(dialect, "answer", answer)

    def refuse(self, errors: Mapping[str, Entity]) -> None:
        """Let each of the documents, by number, be refused once; a batch's others go through."""
        dialect = self.simulator.dialect
        carry_out, waiting = dialect.answer, dict(errors)

        def answer(request: Request) -> Answer:
            numbers = [one.number for one in dialect.touches(request) if one.operation != "query"]
            number = next((each for each in numbers if each in waiting), None)
            if number is None:
                return carry_out(request)

            def wanted(touch: Touch) -> bool:
                return touch.number == number

            return dialect.refusing(request, wanted, waiting.pop(number))

        self._patch.setattr(dialect, "answer", answer)

    def plant(self, match: Mapping[str, object], **do: object) -> None:
        """Plant a fault."""
        self.simulator.add_fault({"match": dict(match), "do": do})


@contextmanager
def at_work(folder: Path, files: Mapping[str, str], company: Path = COMPANY) -> Iterator[Bench]:
    """Open a company and sign in to it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        Simulator("qbo", company=company, limits=False) as simulator,
    ):
        bench = Bench(folder, simulator, patch)
        bench.write(files)
        bench.connect()
        yield bench
