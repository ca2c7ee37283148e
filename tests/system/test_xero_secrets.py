"""No token, code or app secret of Xero's is anywhere but in the token store: every command, searched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from acctsync.providers import oauth
from acctsync.providers.http import Http
from acctsync.providers.throttle import Lane
from acctsync.providers.xero import provider
from acctsync.providers.xero.verdicts import MINUTE
from tests.secrets import APP_SECRET, MARKS, find_canaries
from tests.system.test_secrets import modes
from tests.system.xero_bench import XeroBench, at_work

EVERY = (
    ("connect", "xero", "--client-id", "app", "--yes"),
    ("connections",),
    ("check",),
    ("plan", "--out", "month.plan.json"),
    ("push",),
    ("push",),
    ("retry-failed",),
    ("status",),
    ("log",),
    ("lists", "items", "--refresh"),
    ("doctor",),
    ("reconcile",),
    ("pull", "payments", "--out", "payments.csv"),
    ("report", "pnl", "--from", "2025-01-01", "--to", "2025-12-31"),
    ("state", "export"),
)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[XeroBench]:
    """Open an organisation whose access tokens last for a minute only, and who counts no calls."""
    with at_work(tmp_path) as bench:
        bench.simulator.dialect.settle({"token_seconds": "61", "per_minute": "1000000"})
        monkeypatch.setattr(provider, "lanes", lambda: [Lane(MINUTE, 1_000_000, 60.0)])
        monkeypatch.chdir(tmp_path)
        yield bench


def everything(bench: XeroBench) -> dict[str, str]:
    """Run every command, as JSON and for people; tell what each printed."""
    said: dict[str, str] = {}
    for number, words in enumerate(EVERY):
        form = () if words[0] == "state" else ("--json", "-v") if number % 2 else ("-v",)
        where = ("--url", bench.simulator.url) if words[0] == "connect" else ()
        done = bench.run(*words, *where, *form)
        assert done.code in {0, 3}, (words, done)
        said[f"{number} {words[0]}"] = done.out + done.err
    return said


def burst(bench: XeroBench, owner: object, name: str) -> str:
    """Let a command run into an exception that tells all that it was given."""

    def fail(*given: Any, **_: object) -> NoReturn:
        raise RuntimeError([getattr(each, "headers", each) for each in given], given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, fail)
        done = bench.run("lists", "accounts", "--refresh", "-v")
    assert done.code == 1, done
    return done.out + done.err


def test_whatever_is_run_no_secret_leaves_the_store(bench: XeroBench) -> None:
    state = bench.folder / "state"
    said = everything(bench)
    said["burst in a call"] = burst(bench, Http, "_exchange")
    said["burst while tokens are read"] = burst(bench, oauth.Grant, "fresh_for")
    said["refused"] = refused(bench)
    assert modes(state) == []
    done = bench.run("disconnect", "--yes", "--json", "-v")
    said["disconnect"] = done.out + done.err
    kept = {each.name for each in state.rglob("*")}
    assert {"xero.ndjson", "state.db", "backups", "pace.json"} <= kept
    assert len([name for name in kept if name.startswith("crash-")]) == 2
    assert find_canaries([bench.folder], said) == []


def refused(bench: XeroBench) -> str:
    """Let Xero quote the token in what it refuses, and end the consent."""
    bench.simulator.dialect.expire_tokens()
    bench.simulator.dialect.settle({"grace_seconds": "0", "refresh_days": "0"})
    done = bench.run("lists", "accounts", "--refresh", "-v")
    assert done.code == 4, done
    return done.out + done.err


def test_the_secret_of_a_custom_connection_stays_where_it_was_put(bench: XeroBench) -> None:
    secret = bench.folder / "client-secret"
    secret.write_text(f"{APP_SECRET}\n", encoding="ascii")
    secret.chmod(0o600)
    connect = (
        "connect", "xero", "--client-id", "server", "--client-secret-file", str(secret), "--name",
        "server", "--url", bench.simulator.url, "--token-store", "file", "--yes", "-v",
    )  # fmt: skip
    done = bench.run(*connect)
    assert done.code == 0, done
    said = {"connect": done.out + done.err}
    bench.change("acctsync.yaml", "books:\n", "books:\n  connection: server\n")
    for words in (
        ("lists", "accounts", "-v"),
        ("push", "--json"),
        ("disconnect", "server", "--yes"),
    ):
        done = bench.run(*words)
        said[words[0]] = done.out + done.err
    assert find_canaries([bench.folder], said) == []


def test_the_search_finds_what_is_there(bench: XeroBench) -> None:
    (stored,) = (bench.folder / "state" / "tokens").glob("*.json")
    assert find_canaries(texts={"store": stored.read_bytes()}) == [
        f"store: {mark}" for mark in sorted(MARKS) if mark not in {"SIMCODE", APP_SECRET}
    ]
