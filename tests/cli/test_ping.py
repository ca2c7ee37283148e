"""The dead man's switch: what a monitor hears of a run, and that it never changes one."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

from acctsync.cli.answer import Answer
from acctsync.cli.ping import Ping, address, within
from acctsync.clock import SystemClock
from acctsync.errors import InputRefused, Problem
from acctsync.simulator.server import Simulator
from acctsync.state.lock import run_lock
from tests.cli.desk import Desk
from tests.secrets import find_canaries

SWITCH = "/ping/0b9d2f7c"


class Monitor:
    """A monitor on this machine that writes down what it hears."""

    def __init__(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.heard: list[tuple[str, str]] = []
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                monitor.heard.append((self.path, body.decode()))
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}{SWITCH}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.heard]

    @property
    def told(self) -> Any:
        """Give the body of the last ping."""
        return json.loads(self.heard[-1][1])


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with Monitor() as listening:
        yield listening


@pytest.fixture
def watched(connected: Desk, monitor: Monitor) -> Desk:
    connected.environment["ACCTSYNC_PING_URL"] = monitor.url
    return connected


@contextmanager
def deaf() -> Iterator[str]:
    """A monitor that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"


def test_a_push_says_that_it_begins_and_how_it_ended_in_numbers(
    watched: Desk, monitor: Monitor
) -> None:
    watched.environment["HTTP_PROXY"] = watched.environment["ALL_PROXY"] = "http://127.0.0.1:1"
    done = watched.run("push", "--json")
    assert (done.code, done.err) == (0, "")
    assert monitor.heard[0] == (f"{SWITCH}/start", "")
    assert monitor.paths[1:] == [f"{SWITCH}/0"]
    told = monitor.told
    assert {name: told[name] for name in ("command", "exit_code", "run")} == {
        "command": "push", "exit_code": 0, "run": done.json["run"],
    }  # fmt: skip
    assert (told["counts"], told["audit_head"]) == (
        done.json["data"]["counts"], done.json["data"]["audit_head"],
    )  # fmt: skip
    assert set(told) == {
        "command", "version", "exit_code", "run", "counts", "calls", "mails", "seconds", "audit_head",
    }  # fmt: skip
    assert find_canaries(texts=dict(monitor.heard)) == []


def test_what_failed_is_an_exit_code_of_its_own_and_names_no_document(
    watched: Desk, monitor: Monitor
) -> None:
    watched.edit("{item: One-off Charge}", "{item: No Such Item}")
    assert watched.run("push", "-q").code == 3
    assert watched.run("retry-failed", "-q").code == 3
    assert monitor.paths == [f"{SWITCH}/{end}" for end in ("start", "3", "start", "3")]
    assert all("No Such Item" not in body and "CW-" not in body for _, body in monitor.heard)


def test_a_run_that_never_began_to_push_is_told_too(watched: Desk, monitor: Monitor) -> None:
    with run_lock(watched.state / "connections" / "qbo"):
        assert watched.run("push", "-q").code == 11
    watched.mapping.write_text("no mapping", encoding="utf-8")
    assert watched.run("push", "-q").code == 2
    assert monitor.paths == [f"{SWITCH}/{end}" for end in ("start", "11", "start", "2")]
    assert monitor.told == {
        "command": "push", "version": monitor.told["version"], "exit_code": 2, "run": None,
    }  # fmt: skip


def test_what_only_looks_tells_nobody(watched: Desk, monitor: Monitor) -> None:
    for words in (["push", "--dry-run"], ["plan"], ["status"], ["push", "--help"]):
        assert watched.run(*words).code == 0
    assert monitor.heard == []


def test_a_monitor_that_is_away_changes_nothing_and_is_told_when_asked(connected: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    connected.environment["ACCTSYNC_PING_URL"] = f"http://127.0.0.1:{port}/secret-switch"
    done = connected.run("push", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    told = connected.run("push", "-v", "--json").err
    assert told.count("[RUN021]") == 2
    assert "the monitor was not reached: 127.0.0.1 can't be reached (no connection)" in told
    log = (connected.state / "logs" / "qbo.ndjson").read_text(encoding="utf-8")
    assert log.count('"RUN021"') == 4
    assert "secret-switch" not in told + log


def pinged(url: str) -> list[str]:
    """Ping as a push that went well; tell the warnings."""
    told: list[Problem] = []
    ping = Ping(url, command="push", clock=SystemClock(), warn=told.append)
    ping.began()
    ping.ended(0, Answer())
    return [f"{each.severity} {each.code}: {each.message}" for each in told]


def test_a_monitor_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acctsync.cli.ping.PATIENCE", 0.3)
    with deaf() as url:
        told = pinged(url)
    assert [each[:49] for each in told] == ["warning RUN021: the monitor was not reached: no a"] * 2


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_an_answer_that_is_no_yes_is_told_and_no_redirect_is_followed(status: int) -> None:
    with Monitor() as elsewhere, Monitor(status, {"Location": elsewhere.url}) as monitor:
        told = pinged(monitor.url)
        assert (monitor.paths, elsewhere.heard) == ([f"{SWITCH}/start", f"{SWITCH}/0"], [])
    said = f"the monitor was not reached: it answered with status {status}"
    assert told == [f"warning RUN021: {said}"] * 2


def test_an_address_that_cannot_be_one_is_told_and_the_push_goes_on(
    connected: Desk, books: Simulator
) -> None:
    connected.environment["ACCTSYNC_PING_URL"] = "http://monitor.example.com/x"
    done = connected.run("push", "--quiet")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "acctsync: ACCTSYNC_PING_URL can't be used as an address to ping [RUN020]\n"
        "  Give the https address that your monitor shows for this job; the push goes on.\n"
    )
    assert len(books.dialect.snapshot()["Invoice"]) == 18


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://hc-ping.com/abc", ("https://hc-ping.com", "/abc", "")),
        ("https://hc.example.com:8443/p/k/slug/?create=1", ("https://hc.example.com:8443", "/p/k/slug", "?create=1")),
        ("http://127.0.0.1:8000/x\n", ("http://127.0.0.1:8000", "/x", "")),
        ("http://[::1]:8000", ("http://[::1]:8000", "", "")),
    ],
)  # fmt: skip
def test_https_anywhere_and_http_on_this_machine_can_be_pinged(
    url: str, parts: tuple[str, str, str]
) -> None:
    assert address(url) == parts


@pytest.mark.parametrize(
    "url",
    [
        "http://hc-ping.com/abc",
        "http://127.0.0.1.evil.example/x",
        "http://127.0.0.1@evil.example/x",
        "https://user:word@hc-ping.com/abc",
        "https:///abc",
        "https://hc-ping.com/abc#part",
        "https://hc-ping.com:99999/abc",
        "https://hc\u2024ping.com/abc",
        "https://hc-ping.com/a\r\nb",
        "ftp://hc-ping.com/abc",
        "file:///etc/passwd",
        "hc-ping.com/abc",
        "//",
    ],
)
def test_nothing_else_can(url: str) -> None:
    with pytest.raises(InputRefused, match="can't be used as an address to ping"):
        address(url)


def test_a_ping_that_breaks_is_a_word_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def breaks() -> str:
        raise LookupError

    assert within(5.0, breaks) == "LookupError"
    assert capsys.readouterr() == ("", "")
