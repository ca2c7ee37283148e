from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import COMPANY, Desk, Paster, Ran

HTTPS = "https://books.example.com/shown"


def paste(
    desk: Desk,
    url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *flags: str,
    change: Callable[[str], str] = str,
) -> Ran:
    """Connect with an https redirect, pasting the address that the consent leads to."""
    monkeypatch.setattr(sys, "stdin", Paster(capsys, change))
    return desk.run(
        "connect", "qbo", "--url", url, "--paste", "--redirect-uri", HTTPS, "--yes",
        "--token-store", "file", *flags,
    )  # fmt: skip


def other_company(folder: Path, changes: dict[str, str]) -> Path:
    """Write the sample company with some of its facts changed."""
    text = COMPANY.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "company.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_connecting_says_company_store_and_what_to_do_next(desk: Desk, books: Simulator) -> None:
    done = desk.connect(books.url, "--yes")
    assert done.code == 0
    assert done.out == (
        "Connected to Harbour Commons LLC (simulated) as qbo.\n"
        "Next: acctsync check, then acctsync plan.\n"
    )
    assert "readable by this user only" in done.err


def test_connecting_as_json_is_one_envelope(desk: Desk, books: Simulator) -> None:
    envelope = desk.connect(books.url, "--yes", "--json", "--name", "main").json
    created = envelope["data"].pop("created")
    assert created.startswith("20")
    assert envelope == {
        "schema": 1, "command": "connect", "status": "ok", "exit_code": 0, "run": None,
        "connection": "main", "company": {"id": "9130350000000001", "name": "Harbour Commons LLC"},
        "data": {
            "name": "main", "system": "quickbooks", "environment": "sandbox",
            "token_store": "file", "origin": books.url,
        },
        "problems": [],
    }  # fmt: skip


def test_connections_tell_how_long_the_sign_in_lasts(connected: Desk, books: Simulator) -> None:
    assert connected.json("connections")["data"] == {
        "connections": [
            {
                "name": "qbo", "system": "quickbooks",
                "company": {"id": "9130350000000001", "name": "Harbour Commons LLC"},
                "environment": "sandbox", "token_store": "file", "origin": books.url,
                "signed_in": True, "days_until_sign_in": 100,
            }
        ]
    }  # fmt: skip


def test_pasting_the_redirected_address_works_and_prints_the_consent_address_alone(
    desk: Desk,
    books: Simulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = paste(desk, books.url, capsys, monkeypatch)
    assert done.code == 0
    assert done.out.startswith("Connected to Harbour Commons LLC")


@pytest.mark.parametrize("broken", ["", "http://127.0.0.1/?code=x", "no address at all"])
def test_a_pasted_address_that_is_not_ours_is_refused(
    desk: Desk,
    books: Simulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    done = paste(desk, books.url, capsys, monkeypatch, change=lambda _: broken)
    assert done.code == 2
    assert desk.run("connections").out == (
        "No connection yet. Sign in with: acctsync connect qbo, or: acctsync connect xero\n"
    )


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--url", "http://books.example.com", "--yes"], "loopback"),
        (["--url", "http://127.0.0.1:1/path", "--yes"], "loopback"),
        (["--url", "http://127.0.0.1:1"], "--yes"),
        (["--yes"], "--client-id"),
        (["--yes", "--client-id", "app"], "--client-secret-file"),
        (["--yes", "--url", "http://127.0.0.1:1", "--sandbox", "--production"], "exclude"),
        (["--yes", "--url", "http://127.0.0.1:1", "--redirect-uri", HTTPS], "--paste"),
        (["--yes", "--url", "http://127.0.0.1:1", "--token-store", "drawer"], "token store"),
        (["--yes", "--url", "http://127.0.0.1:1", "--name", "../qbo"], "name"),
    ],
)
def test_what_is_missing_or_wrong_is_refused_before_anything_is_asked(
    desk: Desk, flags: list[str], said: str
) -> None:
    done = desk.run("connect", "qbo", "--no-input", *flags)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_reconnecting_the_same_company_keeps_the_state(connected: Desk, books: Simulator) -> None:
    assert connected.run("push").code == 0
    assert connected.connect(books.url, "--yes").code == 0
    assert "Nothing to do" in connected.run("push").out


def test_another_company_under_the_same_name_is_refused(connected: Desk, books: Simulator) -> None:
    changes = {"9130350000000001": "9130350000000002", "name: Harbour": "name: Hill"}
    file = other_company(connected.folder, changes)
    port = urlsplit(books.url).port
    books.stop()
    assert port is not None
    with Simulator("qbo", company=file, port=port) as other:
        done = connected.connect(other.url, "--yes")
    assert done.code == 12
    assert "Hill Commons LLC" in done.err
    assert "--name" in done.err


def test_a_connection_is_not_used_with_another_origin(connected: Desk) -> None:
    connected.environment["ACCTSYNC_QBO_URL"] = "http://127.0.0.1:9"
    for line in ("push", "plan", "lists items", "status"):
        done = connected.run(*line.split())
        assert done.code == 2, line
        assert "was made for" in done.err
    assert connected.connect("http://127.0.0.1:9", "--yes").code == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example.com",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://2130706433",
    ],
)
def test_neither_a_variable_nor_a_changed_file_sends_tokens_elsewhere(
    connected: Desk, books: Simulator, url: str
) -> None:
    file = connected.state / "connections" / "qbo" / "connection.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(books.url, url), encoding="utf-8")
    assert connected.run("lists", "items", "--refresh").code == 2
    file.write_text(text, encoding="utf-8")
    connected.environment["ACCTSYNC_QBO_URL"] = url
    done = connected.run("push")
    assert (done.code, "only a loopback address may stand in" in done.err) == (2, True)
    log = (connected.state / "logs" / "qbo.ndjson").read_text(encoding="utf-8")
    calls = [line for line in log.splitlines() if '"event": "call"' in line]
    assert len(calls) == 2, "the two of signing in"


def test_a_variable_that_points_where_it_was_made_for_is_fine(
    connected: Desk, books: Simulator
) -> None:
    connected.environment["ACCTSYNC_QBO_URL"] = books.url + "/"
    assert connected.run("plan").code == 0


def test_disconnecting_forgets_tokens_and_keeps_history(connected: Desk, books: Simulator) -> None:
    connected.run("push")
    done = connected.run("disconnect", "--yes", "--json")
    assert done.json["data"] == {"name": "qbo", "revoked": True}
    (connection,) = connected.json("connections")["data"]["connections"]
    assert (connection["signed_in"], connection["days_until_sign_in"]) == (False, None)
    connected.edit("numbers: keep  ", "numbers: keep # ")
    assert connected.run("lists", "items").code == 4
    assert connected.connect(books.url, "--yes").code == 0
    assert "Nothing to do" in connected.run("push").out


def test_disconnecting_wants_a_yes(connected: Desk) -> None:
    done = connected.run("disconnect")
    assert done.code == 2
    assert "--yes" in done.err


def test_no_secret_shows_anywhere(desk: Desk, books: Simulator) -> None:
    secret = desk.folder / "secret.txt"
    secret.write_text("app-secret-canary\n", encoding="ascii")
    done = desk.connect(
        books.url, "--yes", "--client-secret-file", str(secret), "--client-id", "app"
    )
    assert done.code == 0
    assert "chmod 600" in done.err
    shown = [
        done,
        *(desk.run(*line.split()) for line in ("push -v", "log --json", "status --json")),
    ]
    tokens = (desk.state / "tokens" / "qbo.json").read_text(encoding="utf-8")
    assert "app-secret-canary" in tokens
    secrets = [word for word in tokens.split('"') if len(word) > 20 and "http" not in word][-2:]
    for ran in shown:
        assert [each for each in ("app-secret-canary", *secrets) if each in ran.out + ran.err] == []
    for file in (desk.state / "connections").rglob("*"):
        if file.is_file():
            assert b"app-secret-canary" not in file.read_bytes()
