from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest

from acctsync.errors import AcctsyncError, ComeBackLater, SignInNeeded
from acctsync.providers.exchange import Answer
from acctsync.providers.oauth import (
    AppKeys,
    Endpoints,
    Grant,
    GrantRefused,
    consent_url,
    exchange_code,
    from_plain,
    granted_to_app,
    new_state,
    new_verifier,
    refreshed,
    revoke,
    same_state,
    to_plain,
)

NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
PLACES = Endpoints(
    authorize="https://a.example/c", token="https://t.example/t", revoke="https://r.example/r"
)
KEYS = AppKeys(client_id="app", client_secret="canary-secret")
GRANT = Grant(
    keys=KEYS,
    token_url=PLACES.token,
    refresh_token="canary-refresh",
    access_token="canary-access",
    expires=NOW + dt.timedelta(hours=1),
)


@dataclass
class TokenHost:
    """Answers every post the same and keeps what was posted."""

    status: int
    body: bytes
    posted: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, content_type: str, authorization: str) -> Answer:
        self.posted.append((url, body.decode(), content_type, authorization))
        return Answer(status=self.status, body=self.body)


def host(status: int = 200, **body: object) -> TokenHost:
    return TokenHost(status, json.dumps(body).encode())


def test_a_state_is_long_new_each_time_and_compared_whole() -> None:
    one, two = new_state(), new_state()

    assert len(one) >= 43
    assert one != two
    assert same_state(one, one)
    assert not same_state(one, one[:-1])


def test_the_consent_address_holds_what_intuit_requires() -> None:
    url = consent_url(PLACES, KEYS, scope="a b", redirect_uri="http://localhost:1/c", state="s&t")

    assert url == (
        "https://a.example/c?client_id=app&response_type=code&scope=a+b"
        "&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fc&state=s%26t"
    )


def test_a_code_becomes_a_grant() -> None:
    post = host(
        access_token="at",
        refresh_token="rt",
        expires_in=3600,
        x_refresh_token_expires_in=86400,
        more="ignored",
    )

    grant = exchange_code(PLACES, KEYS, code="co de", redirect_uri="http://r", post=post, now=NOW)

    assert grant == Grant(
        keys=KEYS,
        token_url=PLACES.token,
        refresh_token="rt",
        access_token="at",
        expires=NOW + dt.timedelta(hours=1),
        refresh_expires=NOW + dt.timedelta(days=1),
    )
    url, body, content_type, authorization = post.posted[0]
    assert (url, content_type) == (PLACES.token, "application/x-www-form-urlencoded")
    assert parse_qs(body) == {
        "grant_type": ["authorization_code"],
        "code": ["co de"],
        "redirect_uri": ["http://r"],
    }
    assert authorization == "Basic YXBwOmNhbmFyeS1zZWNyZXQ="


def test_the_hard_end_of_a_refresh_token_counts_when_it_is_sooner() -> None:
    post = host(
        access_token="at",
        refresh_token="rt",
        x_refresh_token_expires_in=86400,
        x_refresh_token_hard_expires_in="3600",
    )

    assert refreshed(GRANT, post=post, now=NOW).refresh_expires == NOW + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant", "error_description": "stale"}, GrantRefused),
        (401, {"error": "invalid_client"}, SignInNeeded),
        (401, {}, SignInNeeded),
        (400, {"error": "unauthorized_client"}, SignInNeeded),
        (500, {"error": "invalid_grant"}, ComeBackLater),
        (503, {}, ComeBackLater),
        (429, {}, ComeBackLater),
        (200, {"access_token": "at"}, ComeBackLater),
        (200, {"access_token": "", "refresh_token": ""}, ComeBackLater),
    ],
)
def test_only_invalid_grant_means_a_new_consent(
    status: int, body: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        refreshed(GRANT, post=host(status, **body), now=NOW)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff", b"[" * 100_000])
def test_garbage_from_the_token_host_is_no_answer(body: bytes) -> None:
    with pytest.raises(ComeBackLater):
        refreshed(GRANT, post=TokenHost(200, body), now=NOW)


@pytest.mark.parametrize("life", ["", "soon", -1, 10**30, None, 3.7])
def test_a_life_that_makes_no_sense_is_taken_for_an_hour(life: object) -> None:
    grant = refreshed(
        GRANT, post=host(access_token="at", refresh_token="rt", expires_in=life), now=NOW
    )

    assert grant.expires == NOW + dt.timedelta(hours=1)


def test_revoking_sends_the_refresh_token_and_tells_whether_it_was_heard() -> None:
    post = host(200)

    assert revoke(PLACES, GRANT, post=post)
    assert post.posted[0][:3] == (PLACES.revoke, '{"token": "canary-refresh"}', "application/json")
    assert not revoke(PLACES, GRANT, post=host(400))


def test_a_grant_survives_the_token_store() -> None:
    assert from_plain(to_plain(GRANT)) == GRANT
    assert from_plain({}) == Grant(keys=AppKeys(client_id=""), token_url="", refresh_token="")
    assert from_plain({"expires": "never"}).expires is None


def test_freshness_counts_from_now() -> None:
    assert GRANT.fresh_for(3599, NOW)
    assert not GRANT.fresh_for(3600, NOW)
    assert not from_plain({"access_token": "x"}).fresh_for(0, NOW)


def test_nothing_that_carries_a_secret_shows_it() -> None:
    problems: list[AcctsyncError] = []
    try:
        refreshed(GRANT, post=host(503, access_token="canary-in-body"), now=NOW)
    except ComeBackLater as problem:
        problems.append(problem)

    assert "canary" not in repr([GRANT, KEYS, problems])
    assert GRANT.secrets == (
        "canary-secret",
        "canary-refresh",
        "canary-access",
        "YXBwOmNhbmFyeS1zZWNyZXQ=",
    )


PUBLIC = AppKeys(client_id="app")
# The worked example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_verifier_is_long_new_each_time_and_of_plain_characters() -> None:
    one, two = new_verifier(), new_verifier()

    assert 43 <= len(one) <= 128
    assert one != two
    assert set(one) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_consent_address_holds_the_verifiers_hash_alone() -> None:
    url = consent_url(
        PLACES, PUBLIC, scope="a", redirect_uri="http://localhost:1/c", state="s", verifier=VERIFIER
    )

    asked = parse_qs(url.partition("?")[2])
    assert asked["code_challenge"] == [CHALLENGE]
    assert asked["code_challenge_method"] == ["S256"]
    assert VERIFIER not in url


def test_an_app_without_a_secret_is_named_in_the_form_and_proves_itself_by_the_verifier() -> None:
    post = host(access_token="at", refresh_token="rt", expires_in=1800)

    grant = exchange_code(
        PLACES, PUBLIC, code="c1", redirect_uri="u", post=post, now=NOW, verifier=VERIFIER
    )
    refreshed(grant, post=post, now=NOW)

    (_, code_form, _, code_authorization), (_, form, _, authorization) = post.posted
    assert parse_qs(code_form) == {
        "grant_type": ["authorization_code"],
        "code": ["c1"],
        "redirect_uri": ["u"],
        "code_verifier": [VERIFIER],
        "client_id": ["app"],
    }
    assert parse_qs(form) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["rt"],
        "client_id": ["app"],
    }
    assert (code_authorization, authorization) == ("", "")


def test_an_app_may_be_given_a_token_of_its_own_that_nobody_refreshes() -> None:
    post = host(access_token="at", expires_in=1800)

    grant = granted_to_app(PLACES.token, KEYS, scope="a b", post=post, now=NOW)

    assert grant.access_token == "at"
    assert grant.refresh_token == ""
    assert grant.expires == NOW + dt.timedelta(minutes=30)
    assert parse_qs(post.posted[0][1]) == {"grant_type": ["client_credentials"], "scope": ["a b"]}
    assert post.posted[0][3] == KEYS.basic
