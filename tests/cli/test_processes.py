"""The command as cron, a pipe and a person at a terminal meet it: real processes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import COMMAND, COMPANY, ROOT, Desk

PATIENCE = 90.0

Start = Callable[..., subprocess.Popen[str]]


class Surroundings(Protocol):
    """Whatever has an environment for commands."""

    environment: dict[str, str]


class Terminal:
    """A process at a terminal of its own; both its outputs and its input are that terminal."""

    def __init__(self, desk: Surroundings, *arguments: str, **variables: str) -> None:
        self._end, child = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env={**desk.environment, "TERM": "xterm", "COLUMNS": "100", **variables},
            stdin=child, stdout=child, stderr=child, start_new_session=True,
        )  # fmt: skip
        os.close(child)
        self.shown = ""

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < until, self.shown
            if not self._read():
                break
        assert text in self.shown

    def type(self, line: str) -> None:
        os.write(self._end, f"{line}\n".encode())

    def end(self) -> int:
        while self._read():
            pass
        code = self.process.wait(PATIENCE)
        os.close(self._end)
        return code

    def _read(self) -> bool:
        """Read what came; tell whether more may come."""
        if not select.select([self._end], [], [], PATIENCE)[0]:
            return False
        try:
            part = os.read(self._end, 65536)
        except OSError:
            return False
        self.shown += part.decode(errors="replace")
        return bool(part)


@pytest.fixture
def slow_books() -> Iterator[Simulator]:
    with Simulator("qbo", company=COMPANY, limits=False, latency=0.4) as simulator:
        yield simulator


@pytest.fixture
def start(desk: Desk) -> Iterator[Start]:
    """Start commands at the desk; whatever still runs at the end is stopped."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=ROOT, env=desk.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def bare(desk: Desk) -> dict[str, str]:
    """Give the little environment that cron gives."""
    return {name: value for name, value in desk.environment.items() if name.startswith("ACCTSYNC_")}


def test_cron_hears_nothing_when_all_is_well(connected: Desk) -> None:
    for arguments in (["push", "--quiet"], ["push", "-q", "--no-input"], ["check", "-q"]):
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, env=bare(connected), stdin=subprocess.DEVNULL,
            capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_push_without_a_terminal_goes_ahead_unasked(
    connected: Desk, books: Simulator, start: Start
) -> None:
    process = start("push", "--json")
    out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (0, "")
    assert json.loads(out)["data"]["counts"]["create"] == 46
    assert len(books.dialect.snapshot()["Invoice"]) == 18


def test_a_reader_that_goes_away_is_no_error(connected: Desk, start: Start) -> None:
    process = start("check", "-v", "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_on_a_terminal_a_push_shows_the_plan_and_asks(connected: Desk, books: Simulator) -> None:
    refusing = Terminal(connected, "push")
    refusing.wait_for("[y/N]")
    assert "47 documents to push" in refusing.shown
    refusing.type("n")
    assert refusing.end() == 8
    assert "nothing was sent" in refusing.shown
    assert books.dialect.snapshot().get("Invoice", []) == []
    agreeing = Terminal(connected, "push")
    agreeing.wait_for("[y/N]")
    agreeing.type("y")
    assert agreeing.end() == 0
    assert "Pushed" in agreeing.shown


def test_no_input_on_a_terminal_is_exit_2_naming_the_flag(connected: Desk) -> None:
    person = Terminal(connected, "push", "--no-input")
    assert person.end() == 2
    assert "--yes" in person.shown


def test_colours_are_for_terminals_and_can_be_turned_off(connected: Desk) -> None:
    coloured = Terminal(connected, "plan")
    assert (coloured.end(), "\x1b[1m" in coloured.shown) == (0, True)
    for flags, variables in ((["--no-color"], {}), ([], {"NO_COLOR": "1"})):
        plain = Terminal(connected, "plan", *flags, **variables)
        assert plain.end() == 0
        assert re.search(r"\x1b\[3[0-7]m", plain.shown) is None
    assert "\x1b" not in connected.run("plan").out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_what_was_sent_finish_and_the_next_run_goes_on(
    desk: Desk, slow_books: Simulator, start: Start, number: signal.Signals, code: int
) -> None:
    desk.connect(slow_books.url, "--yes")
    process = start("push", "--json")
    while not any(seen.method == "POST" and "/batch" in seen.path for seen in slow_books.requests):
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(number)
    out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert "finishing what was sent; press again to stop now" in error
    envelope = json.loads(out)
    assert (envelope["exit_code"], envelope["problems"][-1]["code"]) == (code, f"RUN{code}")
    assert desk.run("push").code == 0
    assert len(slow_books.dialect.snapshot()["Invoice"]) == 18
    assert len(slow_books.dialect.snapshot()["Payment"]) == 16


def test_a_second_signal_ends_the_process_at_once(
    desk: Desk, slow_books: Simulator, start: Start
) -> None:
    desk.connect(slow_books.url, "--yes")
    slow_books.latency = 20.0
    process = start("push")
    assert process.stderr is not None
    assert process.stderr.readline(), "whoever says what it does listens for signals"
    process.send_signal(signal.SIGTERM)
    said = [process.stderr.readline()]
    while "press again" not in said[-1]:
        assert process.poll() is None, said
        said.append(process.stderr.readline())
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 143
    slow_books.latency = 0.0


def test_a_connect_that_waits_for_consent_ends_at_once_on_a_signal(
    desk: Desk, books: Simulator, start: Start
) -> None:
    process = start("connect", "qbo", "--url", books.url, "--no-browser", "--yes")
    assert process.stdout is not None
    assert process.stdout.readline().startswith(f"{books.url}/connect/oauth2?")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130


WHILE_A_CLASS_IS_MADE = """
import os, sys
from acctsync.cli.signals import Signals

with Signals() as signals:
    try:
        eval(f"os.kill(os.getpid(), {sys.argv[1]}) or [each for each in range(1000)]")
    except KeyboardInterrupt:
        sys.exit(int(signals.interrupted().exit_code))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_an_import_keeps_its_exit_code(
    tmp_path: Path, number: int, code: int
) -> None:
    """Run with -m, Python would kill itself with SIGINT: dataclasses are made from text."""
    (tmp_path / "interrupted.py").write_text(WHILE_A_CLASS_IS_MADE, encoding="ascii")
    done = subprocess.run(
        [sys.executable, "-m", "interrupted", str(int(number))], cwd=tmp_path, check=False
    )
    assert done.returncode == code


def test_simulate_says_when_it_is_ready_and_stops_on_a_signal(start: Start) -> None:
    process = start("simulate", "qbo")
    assert process.stdout is not None
    assert re.fullmatch(r"ready http://127\.0\.0\.1:\d+\n", process.stdout.readline())
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.parametrize("books", ["qbo", "xero"])
def test_the_demo_needs_nothing_and_ends_well(tmp_path: Path, books: str) -> None:
    folder = tmp_path / "kept"
    done = subprocess.run(
        [*COMMAND, "demo", "--books", books, "--keep", str(folder)], cwd=ROOT, env={}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert [line.split()[2] for line in lines] == [
        "connect", "check", "plan", "push", "retry-failed", "push", "status",
    ]  # fmt: skip
    assert "2 documents held back" in done.stdout
    assert "Nothing to do: all 48 documents" in done.stdout
    assert (folder / "state" / "connections" / books / "state.db").exists()


def test_the_demo_as_json_is_one_envelope(start: Start) -> None:
    process = start("demo", "--json")
    out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, error
    steps = json.loads(out)["data"]["steps"]
    assert [step["exit_code"] for step in steps] == [0, 0, 3, 3, 0, 0, 0]
