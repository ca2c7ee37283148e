from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from acctsync.errors import ComeBackLater, SignInNeeded
from acctsync.providers.exchange import NotSent, Unclear
from acctsync.providers.oauth import AppKeys, Grant, GrantRefused, from_plain, to_plain
from acctsync.providers.redaction import Secrets
from acctsync.providers.tokens import AccessTokens, days_left
from tests.fakes import FakeClock

URL = "https://t.example/t"


def a_grant(
    access: str = "access-0", refresh: str = "refresh-0", *, minutes: float = 60, **more: str
) -> Grant:
    grant = Grant(
        keys=AppKeys(client_id="app", client_secret="canary-secret"),
        token_url=URL,
        refresh_token=refresh,
        access_token=access,
        expires=FakeClock().now() + dt.timedelta(minutes=minutes),
    )
    return replace(grant, **more)  # type: ignore[arg-type]


@dataclass
class MemoryStore:
    """Keeps every state it was ever in."""

    kept: dict[str, str] | None
    history: list[Grant] = field(default_factory=list)

    def load(self, connection: str) -> Mapping[str, str] | None:
        return dict(self.kept) if self.kept is not None else None

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        self.kept = dict(secrets)
        self.history.append(from_plain(secrets))

    @property
    def grant(self) -> Grant:
        assert self.kept is not None
        return from_plain(self.kept)


@dataclass
class TokenHost:
    """Rotates the refresh token at every renewal, or does what it is told."""

    store: MemoryStore
    does: Callable[[Grant], Grant] | None = None
    renewals: list[str] = field(default_factory=list)

    def __call__(self, grant: Grant) -> Grant:
        self.renewals.append(grant.refresh_token)
        assert self.store.grant.refreshing, "a renewal is marked before it begins"
        if self.does is not None:
            return self.does(grant)
        number = len(self.renewals)
        return a_grant(f"access-{number}", f"refresh-{number}")


Setup = tuple[AccessTokens, MemoryStore, TokenHost]


def tokens_of(
    stored: Grant | None, folder: Path, does: Callable[[Grant], Grant] | None = None
) -> Setup:
    store = MemoryStore(to_plain(stored) if stored else None)
    renewing = TokenHost(store, does)
    tokens = AccessTokens(
        connection="books",
        store=store,
        lock_file=folder / "lock",
        token_url=URL,
        renew=renewing,
        clock=FakeClock(),
        secrets=Secrets(),
        sign_in="acctsync connect qbo",
        idle_days=60,
    )
    return tokens, store, renewing


def test_a_fresh_token_is_used_as_it_is(tmp_path: Path) -> None:
    tokens, store, host = tokens_of(a_grant(), tmp_path)

    assert tokens.access() == "access-0"
    assert (store.history, host.renewals) == ([], [])


def test_a_write_phase_wants_ten_minutes(tmp_path: Path) -> None:
    tokens, _, host = tokens_of(a_grant(minutes=9), tmp_path)

    assert tokens.access(60) == "access-0"
    assert tokens.access(600) == "access-1"
    assert host.renewals == ["refresh-0"]


def test_the_rotated_token_is_stored_before_the_new_one_is_used(tmp_path: Path) -> None:
    tokens, store, _ = tokens_of(a_grant(minutes=0), tmp_path)

    assert tokens.access() == "access-1"
    assert [(each.refresh_token, bool(each.refreshing)) for each in store.history] == [
        ("refresh-0", True),
        ("refresh-1", False),
    ]


def test_a_failed_save_means_the_new_token_is_not_used(tmp_path: Path) -> None:
    tokens, store, _ = tokens_of(a_grant(minutes=0), tmp_path)
    real = store.save

    def full(connection: str, secrets: Mapping[str, str]) -> None:
        if secrets["refresh_token"] != "refresh-0":
            raise OSError(28, "disk full")
        real(connection, secrets)

    store.save = full  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        tokens.access()


def test_another_processs_renewal_is_adopted(tmp_path: Path) -> None:
    tokens, store, host = tokens_of(a_grant(minutes=30), tmp_path)
    tokens.access()
    store.kept = to_plain(a_grant("access-theirs", "refresh-theirs"))

    assert tokens.access(2000) == "access-theirs"
    assert host.renewals == []


def test_a_refused_token_is_renewed_once_for_all_threads(tmp_path: Path) -> None:
    tokens, _, host = tokens_of(a_grant(), tmp_path)
    first = tokens.access()
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda: got.append(tokens.after_refusal(first))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (got, host.renewals) == (["access-1"] * 6, ["refresh-0"])


def refuse(grant: Grant) -> Grant:
    raise GrantRefused("Incorrect or invalid refresh token")


def test_a_refused_renewal_asks_for_a_new_consent(tmp_path: Path) -> None:
    tokens, _, _ = tokens_of(a_grant(minutes=0), tmp_path, refuse)

    with pytest.raises(SignInNeeded) as problem:
        tokens.access()
    assert "Incorrect or invalid refresh token" in problem.value.message
    assert problem.value.hint.startswith("Run `acctsync connect qbo`.")
    assert "cut off" not in problem.value.message
    assert "has expired (60 days without use)" in problem.value.message


def test_a_renewal_that_was_cut_off_is_named_as_the_cause(tmp_path: Path) -> None:
    stored = a_grant(minutes=0, refreshing="2025-04-01T11:00:00+00:00")
    tokens, _, _ = tokens_of(stored, tmp_path, refuse)

    with pytest.raises(SignInNeeded, match=r"began at 2025-04-01T11:00:00.* was cut off"):
        tokens.access()


def test_a_rotation_without_our_lock_is_found_by_looking_again(tmp_path: Path) -> None:
    tokens, store, _ = tokens_of(a_grant(minutes=0), tmp_path)

    def rotated_meanwhile(grant: Grant) -> Grant:
        store.kept = to_plain(a_grant("access-theirs", "refresh-theirs"))
        return refuse(grant)

    tokens._renew = rotated_meanwhile

    assert tokens.access() == "access-theirs"


def fail(problem: Exception) -> Callable[[Grant], Grant]:
    def renew(grant: Grant) -> Grant:
        raise problem

    return renew


@pytest.mark.parametrize(
    ("problem", "raised", "marked"),
    [
        (NotSent("no connection"), ComeBackLater, False),
        (Unclear("connection lost"), ComeBackLater, True),
        (ComeBackLater("status 503"), ComeBackLater, True),
        (SignInNeeded("app keys"), SignInNeeded, False),
    ],
)
def test_the_mark_stays_only_where_the_renewal_may_have_happened(
    tmp_path: Path, problem: Exception, raised: type[Exception], marked: bool
) -> None:
    tokens, store, _ = tokens_of(a_grant(minutes=0), tmp_path, fail(problem))

    with pytest.raises(raised):
        tokens.access()
    assert (store.grant.refresh_token, bool(store.grant.refreshing)) == ("refresh-0", marked)


def test_without_a_sign_in_the_command_to_type_is_told(tmp_path: Path) -> None:
    tokens, _, _ = tokens_of(None, tmp_path)

    with pytest.raises(SignInNeeded) as problem:
        tokens.access()
    assert problem.value.hint == "Run `acctsync connect qbo`."


def test_tokens_made_for_one_server_never_go_to_another(tmp_path: Path) -> None:
    tokens, _, host = tokens_of(a_grant(minutes=0, token_url="http://127.0.0.1:1/t"), tmp_path)

    with pytest.raises(SignInNeeded, match="made for another server"):
        tokens.access()
    assert host.renewals == []


def test_days_left_are_whole_days() -> None:
    now = FakeClock().now()
    grant = replace(a_grant(), refresh_expires=now + dt.timedelta(days=13, hours=23))

    assert (days_left(grant, now), days_left(a_grant(), now)) == (13, None)
