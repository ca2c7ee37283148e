"""Intuit's sign-in: consent, code, tokens that age, refresh tokens that change, revocation."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from acctsync.simulator.company import Identity, Settings
from acctsync.simulator.encoding import json_answer, load
from acctsync.simulator.exchange import Answer, Request

SCOPES = {
    "com.intuit.quickbooks.accounting",
    "com.intuit.quickbooks.payment",
    "openid",
    "profile",
    "email",
    "phone",
    "address",
}
_REFRESH_SECONDS = 8_726_400.0
_DAY = 86_400.0
_LONGEST_TOKEN = 4096
_SHORTEST_TOKEN = 20


@dataclass(slots=True)
class _Grant:
    """One consent: the refresh value that counts now, and every access token given out under it."""

    client: str
    redirect: str
    refresh: str = ""
    issued: float = 0.0
    access: set[str] = field(default_factory=set)


class SignIn:
    """Everything the token hosts know."""

    def __init__(
        self, identity: Identity, settings: Callable[[], Settings], clock: Callable[[], float]
    ) -> None:
        self._identity = identity
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, _Grant] = {}
        self._used: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}
        self._access: dict[str, float] = {}
        self._secrets: dict[str, str] = {}

    # ------------------------------------------------------------------ consent

    def authorize(self, request: Request) -> Answer:
        """Send the browser back at once with a code, or with a refusal."""
        asked = request.query
        problem = self._consent_problem(asked)
        if problem:
            return json_answer({"error": "invalid_request", "error_description": problem}, 400)
        if not set(asked["scope"].split()) <= SCOPES:
            return _redirect(asked, {"error": "invalid_scope", "state": asked["state"]})
        if asked.get("deny") == "1":
            return _redirect(asked, {"error": "access_denied", "state": asked["state"]})
        code = "SIMCODE" + secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = _Grant(asked["client_id"], asked["redirect_uri"])
        return _redirect(
            asked, {"code": code, "state": asked["state"], "realmId": self._identity.realm}
        )

    def _consent_problem(self, asked: Mapping[str, str]) -> str:
        for name in ("client_id", "scope", "redirect_uri", "response_type", "state"):
            if not asked.get(name):
                return f"The {name} query parameter is missing"
        if asked["response_type"] != "code":
            return "The response_type query parameter must be code"
        expected = self._settings().client_id
        if expected and asked["client_id"] != expected:
            return "The client_id query parameter value is invalid"
        target = urlsplit(asked["redirect_uri"])
        if target.scheme not in {"http", "https"} or not target.netloc or target.query:
            return "The redirect_uri query parameter value is invalid"
        if self._identity.environment == "production" and target.scheme != "https":
            return "The redirect_uri query parameter value is invalid: production needs https"
        return ""

    # ------------------------------------------------------------------ tokens

    def token(self, request: Request) -> Answer:
        """Exchange a code or a refresh token."""
        client = self._client(request)
        if client is None:
            return _refused("invalid_client", "The client credentials are missing or wrong", 401)
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        with self._lock:
            match form.get("grant_type"):
                case "authorization_code":
                    return self._exchange(client, form)
                case "refresh_token":
                    return self._renew(client, form)
                case _:
                    return _refused(
                        "unsupported_grant_type", "grant_type is missing or not supported"
                    )

    def _exchange(self, client: str, form: Mapping[str, str]) -> Answer:
        code = form.get("code", "")
        if code in self._used:
            self._cancel(self._used[code])
            return _refused("invalid_grant", "Authorization code was used before")
        grant = self._codes.get(code)
        if grant is None or grant.client != client:
            return _refused("invalid_grant", "Incorrect Token type or clientID")
        if form.get("redirect_uri") != grant.redirect:
            return _refused("invalid_grant", "Invalid redirect uri")
        self._used[code] = self._codes.pop(code)
        return self._issue(grant)

    def _renew(self, client: str, form: Mapping[str, str]) -> Answer:
        grant = self._refresh.get(form.get("refresh_token", ""))
        if grant is None or grant.client != client:
            return _refused("invalid_grant", "Incorrect or invalid refresh token")
        return self._issue(grant)

    def _issue(self, grant: _Grant) -> Answer:
        now = self._clock()
        if self._changes(grant, now):
            self._refresh.pop(grant.refresh, None)
            grant.refresh = "SIMREFRESH" + secrets.token_urlsafe(24)
            grant.issued = now
            self._refresh[grant.refresh] = grant
        access = "SIMACCESS." + secrets.token_urlsafe(300)
        grant.access.add(access)
        self._access[access] = now + self._settings().token_seconds
        return json_answer(
            {
                "token_type": "bearer",
                "expires_in": int(self._settings().token_seconds),
                "access_token": access,
                "refresh_token": grant.refresh,
                "x_refresh_token_expires_in": int(_REFRESH_SECONDS),
            }
        )

    def _changes(self, grant: _Grant, now: float) -> bool:
        rule = self._settings().refresh
        return (
            not grant.refresh
            or rule == "always"
            or (rule == "daily" and now - grant.issued >= _DAY)
        )

    def revoke(self, request: Request) -> Answer:
        """Forget a grant by either of its tokens."""
        client = self._client(request)
        if client is None:
            return _refused("invalid_client", "The client credentials are missing or wrong", 401)
        try:
            token = load(request.body)["token"]
        except (ValueError, KeyError, TypeError):
            return _refused("invalid_request", "A JSON body with a token is required")
        with self._lock:
            for grant in {id(one): one for one in self._refresh.values()}.values():
                if grant.client == client and (token == grant.refresh or token in grant.access):
                    self._cancel(grant)
                    return Answer(200, b"")
        return _refused("invalid_token", "The token is not known")

    def _cancel(self, grant: _Grant) -> None:
        self._refresh.pop(grant.refresh, None)
        for access in grant.access:
            self._access.pop(access, None)

    # ------------------------------------------------------------------ checks

    def problem(self, headers: Mapping[str, str]) -> str | None:
        """Tell what is wrong with a request's access token, if anything is."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "Missing bearer token"
        if not _SHORTEST_TOKEN <= len(token) <= _LONGEST_TOKEN:
            return "Malformed bearer token: too short or too long"
        until = self._access.get(token)
        if until is None:
            return "Token revoked"
        if until <= self._clock():
            return f"Token expired: {token}"
        return None

    def expire(self) -> None:
        """Make every access token too old; the refresh tokens live on."""
        with self._lock:
            for token in self._access:
                self._access[token] = self._clock()

    def _client(self, request: Request) -> str | None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        settings = self._settings()
        if scheme.lower() != "basic" or not client or not secret:
            return None
        if settings.client_id and client != settings.client_id:
            return None
        known = settings.client_secret or self._secrets.setdefault(client, secret)
        return client if secrets.compare_digest(known.encode(), secret.encode()) else None


def discovery(origin: str) -> Answer:
    """Say where everything is, as the vendor's discovery document does."""
    return json_answer(
        {
            "issuer": "https://oauth.platform.intuit.com/op/v1",
            "authorization_endpoint": f"{origin}/connect/oauth2",
            "token_endpoint": f"{origin}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{origin}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{origin}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{origin}/op/v1/jwks",
            "response_types_supported": ["code"],
            "scopes_supported": sorted(SCOPES),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


def _redirect(asked: Mapping[str, str], values: Mapping[str, str]) -> Answer:
    return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{urlencode(values)}"})


def _refused(error: str, description: str, status: int = 400) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
