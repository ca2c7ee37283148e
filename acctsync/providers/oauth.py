"""Signing in with OAuth 2.0: consent address, code for tokens, refresh, revoke.

Small functions over an injected `post`; nothing here asks, prints, stores or opens a browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from acctsync.errors import ComeBackLater, SignInNeeded
from acctsync.providers.exchange import Answer

Post = Callable[[str, bytes, str, str], Answer]
"""(url, body, content type, authorization) → answer; raises NotSent or Unclear."""

FORM = "application/x-www-form-urlencoded"
_STATE_BYTES = 32
_VERIFIER_BYTES = 64  # RFC 7636, 4.1: 43 to 128 characters; these make 86
_OK, _BAD_REQUEST, _UNAUTHORISED = 200, 400, 401
_LONGEST_LIFE = len("9999999999")  # digits of seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a vendor's consent is asked for, its tokens are given, renewed and taken back."""

    authorize: str
    token: str
    revoke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """What the vendor knows our app by; some apps have no secret."""

    client_id: str
    client_secret: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """Write the keys as a Basic authorization; empty for an app without a secret."""
        if not self.client_secret:
            return ""
        pair = f"{self.client_id}:{self.client_secret}".encode()
        return "Basic " + base64.b64encode(pair).decode()

    def named_in(self, form: dict[str, str]) -> bytes:
        """Write a form, with the app's name in it where no secret authorizes it."""
        named = form if self.client_secret else {**form, "client_id": self.client_id}
        return urlencode(named).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A company's consent: the app's keys and the tokens it was given.

    `token_url` is where the tokens came from and the only place the refresh token may go.
    `refreshing` says since when a refresh is under way whose answer is not stored yet.
    """

    keys: AppKeys
    token_url: str
    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    expires: datetime | None = None
    refresh_expires: datetime | None = None
    refreshing: str = ""

    def fresh_for(self, seconds: float, now: datetime) -> bool:
        """Tell whether the access token lasts for so long from now."""
        left = timedelta(seconds=seconds)
        return bool(self.access_token) and self.expires is not None and self.expires - now > left

    @property
    def secrets(self) -> tuple[str, ...]:
        """List everything that must never be shown."""
        authorization = self.keys.basic.partition(" ")[2] if self.keys.client_secret else ""
        return tuple(
            value
            for value in (
                self.keys.client_secret,
                self.refresh_token,
                self.access_token,
                authorization,
            )
            if value
        )


class GrantRefused(Exception):
    """The token host said invalid_grant; its reason is in the vendor's words."""


def new_state() -> str:
    """Make the value that ties a callback to the consent we asked for."""
    return secrets.token_urlsafe(_STATE_BYTES)


def new_verifier() -> str:
    """Make the proof that whoever brings the code is who asked for it (RFC 7636)."""
    return secrets.token_urlsafe(_VERIFIER_BYTES)


def same_state(sent: str, returned: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(sent.encode(), returned.encode())


def consent_url(
    endpoints: Endpoints,
    keys: AppKeys,
    *,
    scope: str,
    redirect_uri: str,
    state: str,
    verifier: str = "",
) -> str:
    """Write the address where a person gives consent; the verifier goes there as a hash alone."""
    asked = {
        "client_id": keys.client_id,
        "response_type": "code",
        "scope": scope,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if verifier:
        asked |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
    return f"{endpoints.authorize}?{urlencode(asked)}"


def exchange_code(
    endpoints: Endpoints,
    keys: AppKeys,
    *,
    code: str,
    redirect_uri: str,
    post: Post,
    now: datetime,
    verifier: str = "",
) -> Grant:
    """Turn a code into a grant; a code works once."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier:
        asked["code_verifier"] = verifier
    answer = post(endpoints.token, keys.named_in(asked), FORM, keys.basic)
    return _granted(answer, Grant(keys=keys, token_url=endpoints.token, refresh_token=""), now)


def granted_to_app(
    token_url: str, keys: AppKeys, *, scope: str, post: Post, now: datetime
) -> Grant:
    """Ask for a token that the app has by itself, without anybody's consent and refresh."""
    asked = {"grant_type": "client_credentials", "scope": scope}
    answer = post(token_url, keys.named_in(asked), FORM, keys.basic)
    former = Grant(keys=keys, token_url=token_url, refresh_token="")
    return _granted(answer, former, now, renewable=False)


def refreshed(grant: Grant, *, post: Post, now: datetime) -> Grant:
    """Ask for a new access token; raises GrantRefused, ComeBackLater or SignInNeeded."""
    asked = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
    answer = post(grant.token_url, grant.keys.named_in(asked), FORM, grant.keys.basic)
    return _granted(answer, grant, now)


def revoke(endpoints: Endpoints, grant: Grant, *, post: Post) -> bool:
    """Take the consent back; tell whether the vendor confirmed it."""
    body = json.dumps({"token": grant.refresh_token}).encode()
    return post(endpoints.revoke, body, "application/json", grant.keys.basic).status == _OK


def to_plain(grant: Grant) -> dict[str, str]:
    """Write a grant as the token store keeps it."""
    plain = {
        "client_id": grant.keys.client_id,
        "client_secret": grant.keys.client_secret,
        "token_url": grant.token_url,
        "refresh_token": grant.refresh_token,
        "access_token": grant.access_token,
        "expires": grant.expires.isoformat() if grant.expires else "",
        "refresh_expires": grant.refresh_expires.isoformat() if grant.refresh_expires else "",
        "refreshing": grant.refreshing,
    }
    return {name: value for name, value in plain.items() if value}


def from_plain(plain: Mapping[str, str]) -> Grant:
    """Read a grant as the token store keeps it."""
    return Grant(
        keys=AppKeys(
            client_id=plain.get("client_id", ""), client_secret=plain.get("client_secret", "")
        ),
        token_url=plain.get("token_url", ""),
        refresh_token=plain.get("refresh_token", ""),
        access_token=plain.get("access_token", ""),
        expires=_moment(plain.get("expires", "")),
        refresh_expires=_moment(plain.get("refresh_expires", "")),
        refreshing=plain.get("refreshing", ""),
    )


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _granted(answer: Answer, former: Grant, now: datetime, *, renewable: bool = True) -> Grant:
    """Read the token host's answer; unknown fields are ignored, as Intuit asks."""
    given = _object(answer.body)
    if answer.status != _OK:
        raise _refusal(answer.status, given)
    access, refresh = given.get("access_token"), given.get("refresh_token", "")
    readable = isinstance(access, str) and isinstance(refresh, str)
    if not (readable and access and (refresh or not renewable)):
        raise ComeBackLater("the sign-in service gave an answer that can't be used")
    return replace(
        former,
        access_token=str(access),
        refresh_token=str(refresh),
        expires=now + timedelta(seconds=_seconds(given.get("expires_in"), 3600)),
        refresh_expires=_refresh_end(given, now),
        refreshing="",
    )


def _refusal(status: int, given: Mapping[str, Any]) -> Exception:
    error = str(given.get("error") or "")
    if error == "invalid_grant" and status in {_BAD_REQUEST, _UNAUTHORISED}:
        return GrantRefused(str(given.get("error_description") or "")[:200])
    if error in {"invalid_client", "unauthorized_client"} or status == _UNAUTHORISED:
        return SignInNeeded(
            "the sign-in service does not accept the app's keys",
            hint="Check client id and client secret, then connect again.",
        )
    if error == "invalid_scope":
        return SignInNeeded(
            "the sign-in service says that the app lacks rights that are asked for (invalid_scope)",
            hint="Give the app every right that acctsync's guide to these books lists, authorise "
            "it again, then connect again.",
        )
    return ComeBackLater(
        f"the sign-in service can't help now (status {status})",
        hint="Run the same command again in a few minutes; the sign-in itself is untouched.",
    )


def _refresh_end(given: Mapping[str, Any], now: datetime) -> datetime | None:
    """Tell when the refresh token ends: the sooner of its rolling and its hard end."""
    ends = [
        now + timedelta(seconds=_seconds(given[name], 0))
        for name in ("x_refresh_token_expires_in", "x_refresh_token_hard_expires_in")
        if _seconds(given.get(name), 0) > 0
    ]
    return min(ends, default=None)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(value: object, default: int) -> int:
    text = str(value)
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) <= len("9999999999")
        else default
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
