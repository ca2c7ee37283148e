"""Connecting organisations of Xero: which one, on whose login, and letting go of one of them."""

from __future__ import annotations

import datetime as dt
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acctsync.cli.main import run
from acctsync.simulator.server import Simulator
from tests.cli.desk import Desk, Paster, Ran

FIRST, SECOND = "7d2f3c1a-0b54-4e0e-9c55-5a1c6f0d2e11", "11111111-2222-4333-8444-555555555555"
TWO = (
    "organisation: {name: Harbour Commons LLC}\n"
    f"also: [{{name: Hill Commons LLC, tenant: {SECOND}, demo: false}}]\n"
    "accounts: [{Code: '090', Name: Bank, Type: BANK}]\n"
)


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Simulator]:
    """One person's two organisations, the first of them a demo company."""
    file = tmp_path / "organisations.yaml"
    file.write_text(TWO, encoding="utf-8")
    with Simulator("xero", company=file, limits=False) as simulator:
        yield simulator


def connect(desk: Desk, login: Simulator, *flags: str) -> Ran:
    """Sign in with a browser that agrees to everything."""
    agrees = {**desk.environment, "DISPLAY": ":0", "ACCTSYNC_XERO_URL": login.url}
    desk._capture.readouterr()
    code = run(["connect", "xero", "--token-store", "file", "--yes", *flags], agrees)
    shown = desk._capture.readouterr()
    return Ran(code, shown.out, shown.err)


def token_files(desk: Desk) -> list[str]:
    return sorted(each.name for each in (desk.state / "tokens").glob("*.json"))


def standing(desk: Desk) -> dict[str, tuple[str, bool, object]]:
    """Show each connection: company, signed in, days left."""
    return {
        each["name"]: (each["company"]["name"], each["signed_in"], each["days_until_sign_in"])
        for each in desk.json("connections")["data"]["connections"]
    }


def test_a_sign_in_that_opens_several_organisations_wants_one_named(
    desk: Desk, login: Simulator
) -> None:
    done = connect(desk, login, "--no-input")
    assert (done.code, done.out) == (2, "")
    assert "--company NAME" in done.err
    assert f"1  Harbour Commons LLC  ({FIRST})\n2  Hill Commons LLC  ({SECOND})\n" in done.err
    assert standing(desk) == {}


@pytest.mark.parametrize("said", ["Hill Commons LLC", SECOND])
def test_the_organisation_is_named_by_name_or_id(desk: Desk, login: Simulator, said: str) -> None:
    done = connect(desk, login, "--company", said)
    assert done.code == 0
    assert done.out == (
        "Connected to Hill Commons LLC (simulated) as xero.\n"
        "Next: acctsync check, then acctsync plan.\n"
    )


def test_an_organisation_that_the_sign_in_does_not_open_is_refused(
    desk: Desk, login: Simulator
) -> None:
    done = connect(desk, login, "--company", "Bay Commons LLC")
    assert done.code == 2
    assert "does not open 'Bay Commons LLC'" in done.err
    assert "It opens: Harbour Commons LLC, Hill Commons LLC." in done.err


def test_the_environment_is_what_the_organisation_says_of_itself(
    desk: Desk, login: Simulator
) -> None:
    demo = connect(desk, login, "--company", "Harbour Commons LLC", "--json").json
    live = connect(desk, login, "--company", SECOND, "--name", "live", "--json").json
    assert (demo["data"]["environment"], live["data"]["environment"]) == ("demo", "production")
    wrong = connect(desk, login, "--company", SECOND, "--name", "other", "--sandbox")
    assert (wrong.code, "is a live organisation" in wrong.err) == (2, True)


def test_two_organisations_of_a_login_share_one_set_of_tokens(desk: Desk, login: Simulator) -> None:
    assert connect(desk, login, "--company", FIRST).code == 0
    assert connect(desk, login, "--company", SECOND, "--name", "hill").code == 0

    assert standing(desk) == {
        "hill": ("Hill Commons LLC", True, 59),
        "xero": ("Harbour Commons LLC", True, 59),
    }
    (name,) = token_files(desk)
    assert name.startswith("xero-")
    (lock,) = (desk.state / "logins").iterdir()
    assert lock.name == name.replace(".json", ".lock")


def test_connecting_again_takes_the_same_organisation_without_asking(
    desk: Desk, login: Simulator
) -> None:
    connect(desk, login, "--company", SECOND)
    again = connect(desk, login, "--no-input")
    assert again.code == 0
    assert "Hill Commons LLC" in again.out


def test_a_demo_company_that_was_reset_is_another_one(
    desk: Desk, login: Simulator, tmp_path: Path
) -> None:
    connect(desk, login, "--company", FIRST)
    port = urlsplit(login.url).port
    login.stop()
    file = tmp_path / "reset.yaml"
    reset = TWO.partition("also:")[0].replace("}", f", tenant: {SECOND}}}")
    file.write_text(reset + "accounts: [{Code: '090', Name: Bank, Type: BANK}]\n", encoding="utf-8")
    assert port is not None
    with Simulator("xero", company=file, port=port) as other:
        done = connect(desk, other)
    assert done.code == 12
    assert "A demo company that was reset is a new one." in done.err


def test_disconnecting_one_organisation_leaves_the_other_signed_in(
    desk: Desk, login: Simulator
) -> None:
    connect(desk, login, "--company", FIRST)
    connect(desk, login, "--company", SECOND, "--name", "hill")

    done = desk.run("disconnect", "xero", "--yes")
    assert done.out == (
        "Disconnected xero; the sign-in stays for hill, which it opens, too. Xero confirmed it.\n"
        "Ids and history stay: connecting again carries on.\n"
    )
    assert {name: each[1] for name, each in standing(desk).items()} == {"hill": True, "xero": False}
    assert desk.run("disconnect", "hill", "--yes").code == 0
    desk.edit("system: quickbooks", "system: xero\n  connection: hill")
    assert token_files(desk) == []
    assert (
        desk.run("status").out.strip().endswith("sign in again: acctsync connect xero --name hill")
    )


def test_a_custom_connection_needs_a_secret_file_and_no_browser(
    desk: Desk, login: Simulator
) -> None:
    login.dialect.settle({"app": "custom"})
    secret = desk.folder / "secret.txt"
    secret.touch(0o600)
    secret.write_text("canary-app-secret\n", encoding="ascii")
    login_url = {**desk.environment, "ACCTSYNC_XERO_URL": login.url}
    desk.environment |= {
        "ACCTSYNC_XERO_CLIENT_ID": "custom-app",
        "ACCTSYNC_XERO_CLIENT_SECRET_FILE": str(secret),
    }
    desk.environment |= login_url
    done = desk.run("connect", "xero", "--token-store", "file", "--yes", "--no-input")

    assert done.code == 0, done
    assert standing(desk) == {"xero": ("Harbour Commons LLC", True, None)}
    kept = json.loads((desk.state / "tokens" / "xero.json").read_text(encoding="utf-8"))
    assert kept["client_id"] == "custom-app"
    assert "refresh_token" not in kept
    login.dialect.expire_tokens()
    assert desk.run("lists", "accounts").code == 0
    assert "canary-app-secret" not in done.out + done.err


def test_saying_no_to_a_custom_connection_does_not_take_it_away(
    desk: Desk, login: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acctsync.cli.terminal.Terminal.can_ask", True)
    monkeypatch.setattr("acctsync.cli.terminal.Terminal.agree", lambda *_, **__: False)
    secret = desk.folder / "secret.txt"
    secret.write_text("canary\n", encoding="ascii")
    secret.chmod(0o600)
    done = desk.run(
        "connect", "xero", "--url", login.url, "--token-store", "file",
        "--client-id", "app", "--client-secret-file", str(secret),
    )  # fmt: skip
    assert done.code == 8
    assert [each.method for each in login.requests if each.path.startswith("/connections")] == [
        "GET"
    ]


def test_pasting_the_address_works_where_no_browser_reaches_this_machine(
    desk: Desk,
    login: Simulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    login.dialect.settle({"redirect_uris": "http://localhost:8765/callback", "app": "pkce"})
    monkeypatch.setattr(sys, "stdin", Paster(capsys, str))
    done = desk.run(
        "connect", "xero", "--url", login.url, "--paste", "--yes", "--token-store", "file",
        "--company", FIRST,
    )  # fmt: skip
    assert done.code == 0, done


def test_a_port_that_is_taken_is_passed_over_for_the_next_registered_one(
    desk: Desk, login: Simulator
) -> None:
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in (taken, free)]
        redirects = tuple(f"http://localhost:{port}/callback" for port in ports)
        free.close()
        login.dialect.settle({"redirect_uris": " ".join(redirects)})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("acctsync.cli.signin._redirects", lambda *_: redirects)
            done = connect(desk, login, "--company", FIRST)
    assert done.code == 0, done
    asked = [each for each in login.requests if each.path.startswith("/identity")]
    assert asked[-1].query["redirect_uri"] == redirects[1]


@pytest.mark.parametrize(("days", "code"), [(20, None), (10, "DOCTOR002")])
def test_the_doctor_warns_before_the_idle_days_are_over(
    desk: Desk, login: Simulator, days: int, code: str | None
) -> None:
    connect(desk, login, "--company", FIRST)
    (name,) = token_files(desk)
    file = desk.state / "tokens" / name
    kept = json.loads(file.read_text(encoding="utf-8"))
    ends = dt.datetime.fromisoformat(kept["refresh_expires"]) - dt.timedelta(days=60 - days)
    file.write_text(json.dumps({**kept, "refresh_expires": ends.isoformat()}), encoding="utf-8")
    desk.edit("system: quickbooks", "system: xero")

    found = {each["code"]: each for each in desk.json("doctor")["problems"]}
    assert ("DOCTOR002" in found) == (code is not None)
    if code:
        assert "Sign in with: acctsync connect xero" in found[code]["hint"]
