"""What docs/cron.md tells people to write is what runs: crontab, units, agent, and cron itself."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_ping import SWITCH, Monitor
from tests.secrets import find_canaries
from tests.system.processes import ROOT, Office, Simulated

PAGE = (ROOT / "docs" / "cron.md").read_text(encoding="utf-8")
HOME = "/home/books"
PROGRAM = Path(sys.executable).parent / "acctsync"
PATIENCE = 180.0
# cron of its own: nothing that it reads or writes is the machine's.
PRIVATE = """
mount --make-rprivate / && mount --bind "$1/spool" /var/spool/cron &&
mount --bind "$1/none" /etc/cron.d && mount --bind "$1/empty" /etc/crontab &&
mount -t tmpfs tmpfs /run && exec cron -f
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def crontab() -> list[str]:
    (block,) = blocks("crontab")
    return str(block).splitlines()


def command() -> str:
    """Give the command of the crontab's one line."""
    (line,) = [each for each in crontab() if each[:1].isdigit()]
    return line.split(maxsplit=5)[5]


@pytest.fixture
def office(tmp_path: Path, books: Simulated) -> Office:
    """Set up a user's home as the page has it, signed in."""
    home = tmp_path / "home"
    home.mkdir()
    office = Office(home, books)
    programs = home / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "acctsync").symlink_to(PROGRAM)
    for each in office.data.iterdir():
        (home / each.name).symlink_to(each)
    office.state = home / ".local" / "state" / "acctsync"
    for name in ("ACCTSYNC_STATE_DIR", "ACCTSYNC_MAPPING", "ACCTSYNC_TIME_SCALE"):
        del office.environment[name]
    office.connect()
    return office


def job(office: Office, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line as cron does: its shell, and hardly a variable."""
    home = office.environment["HOME"]
    few = [f"HOME={home}", "LOGNAME=books", "SHELL=/bin/sh", "PATH=/usr/bin:/bin"]
    return subprocess.run(
        ["/usr/bin/env", "-i", *few, "/bin/sh", "-c", line.replace(HOME, home)], cwd=home,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_crontabs_line_runs_with_crons_environment_and_says_nothing(
    office: Office, books: Simulated
) -> None:
    done = job(office, command())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(books.entities("Invoice")) == 18
    assert (office.state / "logs" / "qbo.ndjson").exists()
    mapping = Path(office.environment["HOME"]) / "acctsync.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("{item: One-off Charge}", "{item: No Such}"), encoding="utf-8")
    told = job(office, command())
    assert (told.returncode, told.stdout) == (3, "")
    assert "1 document held back" in told.stderr
    assert "No Such" in told.stderr


def test_the_agent_for_launchd_runs_the_same_words() -> None:
    (block,) = blocks("xml")
    agent = plistlib.loads(block.encode())
    assert " ".join(agent["ProgramArguments"]) == command()
    assert (agent["Umask"], agent["StartCalendarInterval"]) == (0o077, {"Hour": 4, "Minute": 15})


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for block in blocks("ini"):
        name = Path(block.splitlines()[0].split()[1]).name
        here = block.replace(f"{HOME}/.venv/bin/acctsync", str(PROGRAM)).replace("=books", "=root")
        (tmp_path / name).write_text(here, encoding="utf-8")
    units = sorted(str(each) for each in tmp_path.iterdir())
    assert [Path(each).name for each in units] == ["acctsync.service", "acctsync.timer"]
    done = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", *units],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "acctsync" in line]
    assert ours == []
    service = next(block for block in blocks("ini") if "[Service]" in block)
    assert f"ExecStart={command()}\n" in service
    for moment in re.findall(r"OnCalendar=([^\n`]+)", PAGE.replace("~01\n", "~01 ")):
        subprocess.run(["systemd-analyze", "calendar", moment], check=True, capture_output=True)


def private_cron_works() -> bool:
    if os.geteuid() != 0 or not (shutil.which("cron") and shutil.which("unshare")):
        return False
    tried = subprocess.run(
        ["unshare", "-m", "mount", "--make-rprivate", "/"], capture_output=True, check=False
    )
    return tried.returncode == 0


@contextmanager
def cron(folder: Path, table: str) -> Iterator[None]:
    """Let a cron of our own run one user's table."""
    tables = folder / "spool" / "crontabs"
    tables.mkdir(parents=True)
    (folder / "none").mkdir()
    (folder / "empty").touch(0o644)
    (tables / "root").write_text(table, encoding="utf-8")
    (tables / "root").chmod(0o600)
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", PRIVATE, "sh", str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.skipif(not private_cron_works(), reason="needs root, Debian's cron and unshare")
def test_cron_itself_runs_the_crontab_of_the_page(
    tmp_path: Path, office: Office, books: Simulated
) -> None:
    home = office.environment["HOME"]
    with Monitor() as monitor:
        lines = [
            line.replace("15 4 * * *", "* * * * *")
            .replace("https://hc-ping.com/your-check", monitor.url)
            .replace(HOME, home)
            for line in crontab()
        ]
        with cron(tmp_path / "cron", "\n".join([f"HOME={home}", *lines]) + "\n"):
            until = time.monotonic() + PATIENCE
            while f"{SWITCH}/0" not in monitor.paths:
                assert time.monotonic() < until, monitor.heard
                time.sleep(0.2)
        assert monitor.paths[:2] == [f"{SWITCH}/start", f"{SWITCH}/0"]
        assert (monitor.told["exit_code"], monitor.told["counts"]["failed"]) == (0, 0)
    assert len(books.entities("Invoice")) == 18
    assert find_canaries([office.state], dict(monitor.heard)) == []
