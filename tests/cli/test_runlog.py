"""The log of a connection, as the commands write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acctsync.cli.answer import Answer
from acctsync.cli.runlog import RunLog
from acctsync.errors import InputRefused, Problem, Severity
from acctsync.providers.exchange import ExchangeSeen
from acctsync.providers.redaction import Secrets
from tests.cli.desk import Desk
from tests.fakes import FakeClock

SEEN = ExchangeSeen(
    method="POST", path="/v3/company/1/batch", status=200, request="1-abc", seconds=0.12345,
    bytes_sent=99,
)  # fmt: skip


def entries(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "logs" / "qbo.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def said(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave out what every line has."""
    return {
        name: value for name, value in entry.items() if name not in {"at", "process", "command"}
    }


@pytest.fixture
def log() -> RunLog:
    secrets = Secrets()
    secrets.add("canary-token-" + "x" * 600)
    log = RunLog(FakeClock(), secrets)
    log.command = "push"
    return log


def test_a_push_logs_its_calls_with_the_vendors_name_for_each_and_its_end(connected: Desk) -> None:
    connected.run("push")
    logged = [each for each in entries(connected.state) if each["command"] == "push"]
    calls = [each for each in logged if each["event"] == "call"]
    assert [each["event"] for each in logged] == ["began", *["call"] * len(calls), "ended"]
    assert {(each["status"], each["request"][:2]) for each in calls} == {(200, "1-")}
    assert len({each["request"] for each in calls}) == len(calls)
    assert all("?" not in each["path"] for each in calls)
    run = connected.json("status")["data"]["last_run"]
    assert (logged[-1]["run"], logged[-1]["exit_code"], logged[-1]["counts"]["create"]) == (
        run["id"], 0, 46,
    )  # fmt: skip


def test_every_command_that_works_with_a_connection_is_logged(connected: Desk) -> None:
    for command in ("check", "status", "plan", "connections"):
        assert connected.run(command).code == 0
    ends = [each["command"] for each in entries(connected.state) if each["event"] == "ended"]
    assert ends == ["connect", "status", "plan"]


def test_what_is_wrong_is_logged_with_its_code_and_document(connected: Desk) -> None:
    connected.edit("{item: One-off Charge}", "{item: No Such Item}")
    assert connected.run("push").code == 3
    problems = [said(each) for each in entries(connected.state) if each["event"] == "problem"]
    assert [
        (each["code"], each["severity"], each["kind"], each["document"]) for each in problems
    ] == [
        ("REF001", "error", "invoices", "CW-10259"),
        ("PLAN010", "error", "payments", "py_np1n8gi8riYfsAgD"),
    ]


def test_a_line_is_clean_and_holds_no_secret_not_even_half_of_one(
    tmp_path: Path, log: RunLog
) -> None:
    log.open(tmp_path, "qbo")
    hostile = "\x1b[2J\u202eInvoice\x00 [bold]"
    problem = Problem(
        code="DOC001", message=hostile + "y" * 400 + " canary-token-" + "x" * 600, document=hostile
    )
    log.ended(3, Answer(problems=(problem,)))
    raw = (tmp_path / "logs" / "qbo.ndjson").read_bytes()
    assert b"canary" not in raw
    assert all(byte >= 0x20 or byte == 0x0A for byte in raw)
    shown = "\\x1b[2J\\u202eInvoice\\x00 [bold]"
    assert said(entries(tmp_path)[1])["document"] == shown


def test_a_warning_from_before_the_connection_was_known_is_not_lost(
    tmp_path: Path, log: RunLog
) -> None:
    log.warned(Problem(code="RUN021", message="away", severity=Severity.WARNING))
    log.called(SEEN)
    log.open(tmp_path, "qbo")
    log.open(tmp_path, "another")
    log.called(SEEN)
    log.ended(2, Answer(stopped=InputRefused("no such file")))
    assert [said(each) for each in entries(tmp_path)] == [
        {"event": "began", "version": entries(tmp_path)[0]["version"]},
        {"event": "problem", "code": "RUN021", "severity": "warning", "message": "away"},
        {
            "event": "call", "method": "POST", "path": "/v3/company/1/batch", "status": 200,
            "request": "1-abc", "seconds": 0.123, "bytes_sent": 99,
        },
        {"event": "problem", "code": "RUN002", "severity": "error", "message": "no such file"},
        {"event": "ended", "exit_code": 2},
    ]  # fmt: skip


def test_a_log_never_holds_more_than_two_hundred_problems_of_a_run(
    tmp_path: Path, log: RunLog
) -> None:
    log.open(tmp_path, "qbo")
    problems = tuple(Problem(code="DOC001", message=str(number)) for number in range(300))
    log.ended(3, Answer(problems=problems))
    logged = entries(tmp_path)
    assert len(logged) == 1 + 200 + 1 + 1
    assert said(logged[-2])["message"] == "and more, which acctsync status lists"


def test_a_log_that_cannot_be_written_stops_nobody(connected: Desk) -> None:
    logs = connected.state / "logs"
    (logs / "qbo.ndjson").unlink()
    logs.rmdir()
    logs.write_text("no folder", encoding="utf-8")
    done = connected.run("push", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
