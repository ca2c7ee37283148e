"""No token, code or app secret is anywhere but in the token store: every command, searched."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from stat import S_IMODE

import pytest

from tests.cli.desk import visit
from tests.secrets import APP_SECRET, MARKS, ProcessWatch, find_canaries
from tests.system.processes import COMMAND, COMPANY, ROOT, Office, Simulated

# What an author of a bug may put into an exception: the headers of a call, the whole grant.
PLANTED = """
import sys
from acctsync.cli import main
import acctsync.providers.{module} as module
def burst(*given, **named):
    told = [getattr(each, "headers", each) for each in given]
    raise RuntimeError([dict(each) if hasattr(each, "keys") else vars(each) if hasattr(each, "__dict__") else each for each in told])
module.{name} = burst
sys.argv[0] = "acctsync"
main.main()
"""
EVERY = (
    ("connections",),
    ("columns", "coworks_like/billing_invoices_2025-03.csv"),
    ("schema",),
    ("exit-codes",),
    ("check",),
    ("plan", "--out", "march.plan.json"),
    ("push",),
    ("push",),
    ("retry-failed",),
    ("status",),
    ("log",),
    ("show", "CW-10241"),
    ("explain", "CW-10241"),
    ("lists", "items", "--refresh"),
    ("doctor",),
    ("pull", "payments", "--out", "payments.csv"),
    ("report", "pnl", "--from", "2025-01-01", "--to", "2025-12-31"),
)


class Watched(Office):
    """An office that keeps what its commands say, works beside its exports, and has a umask."""

    umask = 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments], env=self.environment, cwd=self.data, umask=self.umask,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def sign_in(self) -> str:
        """Sign in and tell all that was printed."""
        process = self.start(
            "connect", "qbo", "--url", self.books.url, "--no-browser", "--yes",
            "--token-store", "file", "-v",
        )  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline()
        visit(address.strip())
        out, error = process.communicate(timeout=60)
        assert process.returncode == 0, (out, error)
        return address + out + error


@pytest.fixture
def forgetful(tmp_path: Path) -> Path:
    """Write the sample company with access tokens that last for a minute only."""
    text = COMPANY.read_text(encoding="utf-8")
    file = tmp_path / "company.yaml"
    file.write_text(
        text.replace("\nsettings:", "\nsettings:\n  token_seconds: 61\n  limits: false"),
        encoding="utf-8",
    )
    assert file.read_text(encoding="utf-8") != text
    return file


def everything(office: Watched) -> dict[str, str]:
    """Run every command, as JSON and for people; tell what each printed."""
    said: dict[str, str] = {}
    for number, words in enumerate(EVERY):
        form = ("--json", "-v") if number % 2 else ("-v",)
        done = office.run(*words, *form)
        assert done.returncode in {0, 3}, (words, done.stdout, done.stderr)
        said |= {f"{number} {words[0]} stdout": done.stdout, f"{number} stderr": done.stderr}
    return said


def burst(office: Watched, module: str, name: str, *words: str) -> str:
    """Run a command with an exception planted; tell what it printed."""
    program = PLANTED.format(module=module, name=name)
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=office.environment, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def modes(folder: Path) -> list[str]:
    """List what others may look at, or change."""
    return [
        f"{each}: {mode:o}"
        for each in folder.rglob("*")
        if (mode := S_IMODE(each.stat().st_mode)) & 0o077
    ]


def test_whatever_is_run_no_secret_leaves_the_store_and_nobody_else_can_read_what_is_kept(
    tmp_path: Path, forgetful: Path
) -> None:
    with Simulated(company=forgetful) as books, ProcessWatch(tmp_path) as watch:
        office = Watched(tmp_path, books)
        said = {"connect": office.sign_in(), **everything(office)}
        said["burst in a call"] = burst(office, "http", "Http._exchange", "lists", "items", "-v")
        said["burst while tokens are read"] = burst(
            office, "tokens", "from_plain", "lists", "items", "--refresh", "--json"
        )
        assert modes(office.state) == []
        done = office.run("disconnect", "--yes", "--json", "-v")
        said["disconnect"] = done.stdout + done.stderr
    kept = {each.name for each in office.state.rglob("*")}
    assert {"qbo.ndjson", "state.db", "run.owner", "backups", "pace.json", "lists.json"} <= kept
    assert len([name for name in kept if name.startswith("crash-")]) == 2
    assert find_canaries([office.state, office.data], {**said, **watch.seen}) == []
    assert len(watch.seen) > len(EVERY) / 2


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    with Simulated() as books:
        office = Watched(tmp_path, books)
        office.connect()
    stored = (office.state / "tokens" / "qbo.json").read_bytes()
    assert find_canaries(texts={"store": stored}) == [
        f"store: {mark}" for mark in sorted(MARKS) if mark != "SIMCODE"
    ]
    hidden = base64.b64encode(b"app:" + APP_SECRET.encode())
    spread = b"SIMCODE".hex().encode() + "SIMACCESS".encode("utf-16-le")
    assert find_canaries(texts={"log": b"Basic " + hidden, "page": spread}) == [
        "log: app-secret-canary", "page: SIMACCESS", "page: SIMCODE",
    ]  # fmt: skip


def test_no_cassette_holds_a_secret_or_a_header_for_one() -> None:
    tapes = sorted(ROOT.rglob("cassettes/*.yaml"))
    assert tapes
    words = (*MARKS, "authorization", "Bearer ", "refresh_token", "access_token", "set-cookie")
    assert find_canaries(tapes, marks=words) == []
