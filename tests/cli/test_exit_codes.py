from __future__ import annotations

from typing import Any

import pytest

from acctsync.errors import EXIT_MEANINGS
from acctsync.simulator.server import Simulator
from acctsync.state.lock import run_lock
from tests.cli.desk import NOTHING, Desk


def refused(command: str, message: str, hint: str, **changes: Any) -> dict[str, Any]:
    """Write the envelope of a command that was refused before it began."""
    problem = {
        "code": "RUN002", "severity": "error", "message": message, "hint": hint, **NOTHING,
    }  # fmt: skip
    envelope = {
        "schema": 1, "command": command, "status": "error", "exit_code": 2, "run": None,
        "connection": None, "company": None, "data": {}, "problems": [problem],
    }  # fmt: skip
    return {**envelope, **changes}


def test_the_table_lists_every_code(desk: Desk) -> None:
    done = desk.run("exit-codes", "--json")
    assert done.code == 0
    assert done.json["data"] == {
        "exit_codes": {str(int(code)): meaning for code, meaning in EXIT_MEANINGS.items()}
    }


@pytest.mark.parametrize(
    ("line", "command", "message", "hint"),
    [
        ("push --qqq", "push", "No such option: --qqq", "See: acctsync push --help"),
        ("psh", "acctsync", "No such command 'psh'. Did you mean 'push'?", "See: acctsync --help"),
        ("lists", "lists", "Missing argument 'KIND'", "See: acctsync lists --help"),
        ("", "acctsync", "Missing command", "See: acctsync --help"),
        ("check -m", "acctsync", "-m needs a value", "acctsync --help lists the options."),
        (
            "simulate excel", "simulate", "there is no simulated company for 'excel'", "There are qbo and xero.",
        ),
        (
            "check --since soon", "check", "--since: 'soon' is no day",
            "Write it as YYYY-MM-DD, like 2025-03-31.",
        ),
    ],
)  # fmt: skip
def test_usage_errors_are_exit_2_and_an_envelope(
    desk: Desk, line: str, command: str, message: str, hint: str
) -> None:
    done = desk.run("--json", *line.split())
    assert (done.code, done.json) == (2, refused(command, message, hint))
    assert done.err == f"acctsync: {message}\n  {hint}\n"


def test_a_missing_mapping_is_exit_2_with_its_code(desk: Desk) -> None:
    done = desk.run("check", "-m", str(desk.folder / "none.yaml"), "--json")
    assert done.code == 2
    assert [problem["code"][:3] for problem in done.json["problems"]] == ["MAP"]


def test_a_missing_export_is_exit_2_with_its_code(desk: Desk) -> None:
    done = desk.run("check", "--data-dir", str(desk.folder / "none"), "--json")
    assert done.code == 2
    assert {problem["code"].rstrip("0123456789") for problem in done.json["problems"]} <= {
        "FILE",
        "MAP",
    }


def test_an_unmapped_value_is_exit_3_and_comes_as_yaml(desk: Desk) -> None:
    desk.edit('"Custom Fee: *"', '"No Such Fee: *"')
    done = desk.run("check", "--json")
    assert (done.code, done.json["status"]) == (3, "partial")
    (unmapped,) = done.json["data"]["unmapped"]
    assert unmapped == {
        "what": "item", "value": "Custom Fee: Mail forwarding", "count": 1,
        "file": "coworks_like/billing_invoices_2025-03.csv", "line": 16,
        "yaml": 'accounting:\n  items:\n    "Custom Fee: Mail forwarding": {item: ?}',
        "policy": "error",
    }  # fmt: skip
    assert done.json["data"]["by_kind"]["invoices"] == {"documents": 18, "refused": 1, "skipped": 1}
    assert (
        'accounting:\n  items:\n    "Custom Fee: Mail forwarding": {item: ?}'
        in desk.run("check").out
    )


@pytest.mark.parametrize("command", ["push", "retry-failed", "status", "log", "lists items"])
def test_without_a_connection_it_is_exit_4(desk: Desk, command: str) -> None:
    done = desk.run(*command.split(), "--json")
    assert (done.code, done.json["status"]) == (4, "error")
    assert done.json["problems"][0]["code"] == "RUN004"


def test_books_that_do_not_answer_are_exit_5(connected: Desk, books: Simulator) -> None:
    books.stop()
    done = connected.run("push", "--json")
    assert (done.code, done.json["connection"]) == (5, "qbo")
    assert done.json["company"] == {"id": "9130350000000001", "name": "Harbour Commons LLC"}


def test_a_guard_is_exit_8_and_nothing_is_sent(connected: Desk, books: Simulator) -> None:
    done = connected.run("push", "--max-create", "3", "--json")
    assert done.code == 8
    assert [problem["code"] for problem in done.json["problems"]] == ["RUN008"]
    assert books.dialect.snapshot().get("Invoice", []) == []


def test_pending_changes_are_exit_10_only_when_asked(connected: Desk) -> None:
    assert connected.run("plan").code == 0
    done = connected.run("plan", "--exit-code", "--json")
    assert (done.code, done.json["status"], done.json["exit_code"]) == (10, "ok", 10)
    assert connected.run("push").code == 0
    assert connected.run("plan", "--exit-code").code == 0


def test_a_second_run_at_the_same_time_is_exit_11(connected: Desk) -> None:
    with run_lock(connected.state / "connections" / "qbo"):
        done = connected.run("push", "--json")
    assert done.code == 11
    assert [problem["code"] for problem in done.json["problems"]] == ["RUN011"]


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_a_state_that_cannot_be_trusted_is_exit_12(connected: Desk, content: bytes | None) -> None:
    file = connected.state / "connections" / "qbo" / "state.db"
    file.unlink() if content is None else file.write_bytes(content)
    done = connected.run("push", "--json")
    assert done.code == 12
    assert [problem["code"] for problem in done.json["problems"]] == ["RUN012"]


def test_a_state_folder_that_cannot_be_made_is_exit_12(desk: Desk, books: Simulator) -> None:
    desk.state.write_text("a file where a folder should be", encoding="utf-8")
    assert desk.connect(books.url, "--yes").code == 12


def test_a_bug_is_exit_1_with_its_traceback_in_a_file_and_no_secret_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: object) -> None:
        raise RuntimeError("refresh_token=AB11-canary-canary")

    monkeypatch.setattr("acctsync.mapping.load.load", burst)
    done = desk.run("check", "--json")
    assert (done.code, done.json["problems"][0]["code"]) == (1, "RUN001")
    assert "Traceback" not in done.err
    (log,) = (desk.state / "logs").iterdir()
    assert str(log) in done.json["problems"][0]["hint"]
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "canary" not in text
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("flags", ["--faults", "--company"])
def test_a_file_that_the_simulated_company_cannot_read_is_exit_2(desk: Desk, flags: str) -> None:
    done = desk.run("simulate", "qbo", flags, "/no/such/file")
    assert done.code == 2
    assert done.err == "acctsync: /no/such/file can't be used: No such file or directory\n"


def test_a_port_that_is_taken_is_exit_2(desk: Desk, books: Simulator) -> None:
    port = books.url.rpartition(":")[2]
    done = desk.run("simulate", "qbo", "--port", port)
    assert (done.code, done.err) == (
        2,
        f"acctsync: port {port} can't be used: Address already in use\n",
    )
