"""One business and its simulated company, from sign-in to books that are compared as a whole."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.providers.xero.conformance import complaints_about
from tests.rigs.processes import shop
from tests.rigs.processes.company import Company
from tests.rigs.processes.shop import Entry, Export, Vendor
from tests.rigs.processes.starter import Started, Starter, Strike
from tests.rigs.processes.tally import Tally

CANARY = "app-secret-canary"
_SECRETS = (CANARY, "SIMACCESS", "SIMREFRESH", "SIMCODE")
_SIGN_IN = ("--no-browser", "--yes")
_LATER = 5
_OPEN = ("failed", "blocked", "in_doubt", "waiting")
_POLL = 0.002


class Desk:
    """A user's machine: a state folder, an export, and the command."""

    def __init__(self, trial: Trial, name: str) -> None:
        self._trial = trial
        self.vendor = trial.vendor
        self.system = trial.vendor.system
        self.folder = trial.folder / name
        self.state = self.folder / "state"
        self.data = trial.folder / "shop"
        self.folder.mkdir(parents=True)
        self.environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "ACCTSYNC_STATE_DIR": str(self.state),
            "ACCTSYNC_MAPPING": str(self.data / "acctsync.yaml"),
            "ACCTSYNC_TIME_SCALE": "0.001",
            f"ACCTSYNC_{self.system.upper()}_CLIENT_ID": "app",
        }
        if trial.vendor.has_secret:
            self._keep_a_secret()

    def _keep_a_secret(self) -> None:
        secret = self.folder / "client-secret"
        secret.write_text(f"{CANARY}\n", encoding="ascii")
        secret.chmod(0o600)
        self.environment[f"ACCTSYNC_{self.system.upper()}_CLIENT_SECRET_FILE"] = str(secret)

    @property
    def connection(self) -> Path:
        return self.state / "connections" / self.system

    @property
    def state_file(self) -> Path:
        return self.connection / "state.db"

    def connect(self, url: str = "", *flags: str) -> None:
        """Sign in as a person would: open the printed address, let it lead back."""
        self._trial.ended(self._signing_in(url, flags), 0)

    def connect_and_die(self, strike: Strike) -> Started:
        """Sign in, and be struck on the way."""
        return self._trial.ended(self._signing_in("", (), strike))

    def _signing_in(self, url: str, flags: Sequence[str], strike: Strike | None = None) -> Started:
        where = ("--url", url or self._trial.company.url)
        store = () if "--token-store" in flags else ("--token-store", "file")
        process = self._trial.start(
            self,
            ("connect", self.system, *_SIGN_IN, *self._organisation(flags), *where, *store, *flags),
            strike=strike,
            watched=strike is not None,
        )
        while not process.out.endswith("\n"):
            assert process.stands() not in "XZ", (process.out, process.err)
            time.sleep(_POLL)
        with suppress(*((OSError,) if strike else ())):
            self._trial.company.visit(process.out.split()[0])
        return process

    def _organisation(self, flags: Sequence[str]) -> tuple[str, ...]:
        return () if "--company" in flags else self.vendor.sign_in

    def start(self, *arguments: str, strike: Strike | None = None) -> Started:
        """Start a command; where a strike is given, it sends itself those signals."""
        return self._trial.start(self, arguments, strike=strike)

    def run(self, *arguments: str, strike: Strike | None = None) -> Started:
        """Run a command to its end."""
        return self._trial.ended(self.start(*arguments, strike=strike))

    def json(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """Run a command with --json; give its envelope."""
        done = self._trial.ended(self.start(*arguments, "--json"), exit_code)
        envelope: dict[str, Any] = json.loads(done.out)
        return envelope

    def unsettled(self) -> list[tuple[str, str]]:
        """List the writes that the journal does not know the end of."""
        with closing(sqlite3.connect(self.state_file)) as state:
            return state.execute(
                "SELECT kind, id FROM operations WHERE phase IN ('sending', 'in_doubt')"
            ).fetchall()


class Trial:
    """A scenario: what is done in it is told where it fails, so that it can be done again."""

    def __init__(
        self,
        name: str,
        folder: Path,
        starter: Starter,
        tally: Tally,
        settings: dict[str, str],
        vendor: Vendor,
    ) -> None:
        self.name = name
        self.vendor = vendor
        self.folder = folder
        self.story: list[str] = []
        self._starter = starter
        self._tally = tally
        self._processes = 0
        self.export(vendor.first)
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self.company = Company(starter, folder / "company", environment, vendor)
        self.company.settle(**settings)
        self.desk = Desk(self, "desk")

    def __enter__(self) -> Self:
        self.desk.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.company.__exit__()
        if error is not None:
            error.add_note("\n".join([f"scenario {self.name}, in {self.folder}:", *self.story]))

    def export(self, files: Export) -> None:
        """Let the billing system export anew."""
        shop.write(self.folder / "shop", self.vendor.mapping, files)

    def start(
        self,
        desk: Desk,
        arguments: Sequence[str],
        *,
        strike: Strike | None = None,
        watched: bool = True,
    ) -> Started:
        """Start a process of a desk's."""
        self._processes += 1
        place = desk.folder / "processes" / f"{self._processes:03}"
        return self._starter.start(
            place, arguments, desk.environment, strike=strike, watched=watched
        )

    def ended(self, process: Started, *codes: int) -> Started:
        """Wait for a process; see to what it said, and count the signal that it died of."""
        process.wait()
        strike = f", {process.struck}" if process.struck else ""
        self.story.append(f"  acctsync {' '.join(process.arguments)}{strike} -> {process.code}")
        if process.struck and self._was_struck(process):
            self._tally.kills += 1
        assert [wrong for each in process.sent for wrong in complaints_about(each)] == []
        said = process.out + process.err
        assert "Traceback" not in said, said
        assert not [each for each in _SECRETS if each in said and process.arguments[0] != "connect"]
        if codes:
            assert process.code in codes, (process.code, said)
        return process

    def _was_struck(self, process: Started) -> bool:
        assert process.struck is not None
        at = process.struck.at
        return len(process.trail) >= at if isinstance(at, int) else at in process.trail

    def settle(self, *, patience: int = 0, desk: Desk | None = None) -> None:
        """Run the same command again, with no flag, until it says that all is done."""
        desk = desk or self.desk
        for _ in range(patience):
            self.company.finish()
            if desk.run("push").code != _LATER:
                break
        self.company.finish()
        self.ended(desk.start("push"), 0)

    def compare(self, expected: list[Entry], *, desk: Desk | None = None) -> None:
        """Compare the books as a whole with what the export comes to; nothing may be left open."""
        desk = desk or self.desk
        found = self.company.books()
        self._tally.compared(expected, found)
        counts = desk.json("status")["data"]["counts"]
        left = {word: counts[word] for word in _OPEN if counts[word]}
        self._tally.unresolved += sum(left.values())
        assert found == expected
        assert left == {}
        again = desk.json("push")["data"]
        assert {word for word, number in again["counts"].items() if number} == {"unchanged"}
        assert again["calls"] == {"read": 0, "write": 0, "throttled": 0}
        self.assert_no_secret_leaked()

    def assert_no_secret_leaked(self) -> None:
        """Search everything that was left on disk, but where tokens are kept."""
        assert not list(self.folder.rglob("logs/crash-*"))
        for file in self.folder.rglob("*"):
            kept = "tokens" in file.parts or file.name == "client-secret"
            if file.is_file() and not kept and "processes" not in file.parts:
                text = file.read_bytes()
                assert not [each for each in _SECRETS if each.encode() in text], file
