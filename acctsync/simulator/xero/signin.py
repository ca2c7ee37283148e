"""Xero's sign-in: consent with PKCE or a secret, custom connections, and the list of connections.

One consent connects one or several organisations to one set of tokens.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from acctsync.simulator.encoding import json_answer
from acctsync.simulator.exchange import Answer, Entity, Request
from acctsync.simulator.xero.organisation import Identity, Settings
from acctsync.simulator.xero.refusals import Elsewhere, unauthorised
from acctsync.simulator.xero.scopes import GRANULAR, known
from acctsync.simulator.xero.tokens import Grant, Tokens
from acctsync.simulator.xero.wire import new_id, plain

_CODE_SECONDS = 300.0  # not in our sources
_CUSTOM_COUNTRIES = {"AU", "NZ", "GB", "US"}
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class _Client:
    name: str
    secret: str


@dataclass(slots=True)
class _Connection:
    tenant: str
    name: str
    event: str
    created: str
    updated: str
    id: str = field(default_factory=new_id)

    def shown(self) -> Entity:
        return {
            "id": self.id,
            "authEventId": self.event,
            "tenantId": self.tenant,
            "tenantType": "ORGANISATION",
            "tenantName": self.name,
            "createdDateUtc": self.created,
            "updatedDateUtc": self.updated,
        }


class SignIn:
    """Everything that the identity hosts and the connections list know."""

    def __init__(
        self,
        organisations: Sequence[Identity],
        settings: Callable[[], Settings],
        clock: Callable[[], float],
    ) -> None:
        self.tokens = Tokens(settings, clock)
        self._organisations = organisations
        self._settings = settings
        self._clock = clock
        self._lock = threading.RLock()
        self._codes: dict[str, Grant] = {}
        self._used: dict[str, str] = {}  # spent code -> a token of its grant
        self._secrets: dict[str, str] = {}
        self._consented: dict[str, frozenset[str]] = {}  # client -> all scopes ever agreed to
        self._connections: dict[str, list[_Connection]] = {}  # client -> what it is linked to

    # ------------------------------------------------------------------ consent

    def authorize(self, request: Request) -> Answer:
        """Send the browser back at once with a code, or with a refusal."""
        asked = request.query
        problem = self._page_problem(asked)
        if problem:
            return plain(400, f"Error: {problem}")
        refused = self._refused_consent(asked)
        if refused:
            return _redirect(asked, {"error": refused})
        code = f"SIMCODE{secrets.token_urlsafe(32)}"
        with self._lock:
            self._codes[code] = self._consent(asked)
        return _redirect(asked, {"code": code, "scope": asked["scope"]})

    def _page_problem(self, asked: Mapping[str, str]) -> str:
        """Tell what keeps the browser from being sent back at all."""
        settings = self._settings()
        if not asked.get("client_id") or settings.client_id not in {"", asked["client_id"]}:
            return "unauthorized_client: Unknown client or client not enabled"
        uri = asked.get("redirect_uri", "")
        target = urlsplit(uri)
        is_local = target.scheme == "http" and target.hostname == "localhost"
        if not target.netloc or (target.scheme != "https" and not is_local):
            return "unauthorized_client: Invalid redirect_uri"
        if settings.redirect_uris and uri not in settings.redirect_uris.split():
            return "unauthorized_client: Invalid redirect_uri"
        if settings.app == "custom":
            return "unauthorized_client: Unknown client or client not enabled"
        return ""

    def _refused_consent(self, asked: Mapping[str, str]) -> str:
        settings = self._settings()
        scopes = asked.get("scope", "").split()
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        if not scopes or not all(known(one, settings.scopes) for one in scopes):
            return "invalid_scope"
        challenge = asked.get("code_challenge", "")
        if settings.app == "pkce" and not challenge:
            return "invalid_request"
        wrong_method = asked.get("code_challenge_method") != "S256"
        if challenge and (wrong_method or not _CHALLENGE.fullmatch(challenge)):
            return "invalid_request"
        return "access_denied" if asked.get("deny") == "1" else ""

    def _consent(self, asked: Mapping[str, str]) -> Grant:
        client, event = asked["client_id"], new_id()
        # Scopes add up over consents.
        held = self._consented.get(client, frozenset()) | set(asked["scope"].split())
        self._consented[client] = held
        chosen = self._organisations[: 1 if self._settings().consent == "first" else None]
        for one in chosen:
            self._connect(client, one, event)
        return Grant(
            client=client,
            scopes=held,
            event=event,
            redirect=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
            since=self._clock(),
        )

    def _connect(self, client: str, organisation: Identity, event: str) -> None:
        there = self._connections.setdefault(client, [])
        now = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
        for one in there:
            if one.tenant == organisation.tenant:
                one.updated = now  # and it keeps the event of its first consent
                return
        there.append(_Connection(organisation.tenant, organisation.name, event, now, now))

    # ------------------------------------------------------------------ tokens

    def token(self, request: Request) -> Answer:
        """Exchange a code, a refresh token, or a custom connection's credentials."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        client = _client(request, form)
        if client is None or self._settings().client_id not in {"", client.name}:
            return _refused("invalid_client")
        with self._lock:
            match form.get("grant_type"):
                case "authorization_code":
                    return self._exchange(client, form)
                case "refresh_token":
                    return self._renew(client, form)
                case "client_credentials":
                    return self._custom(client, form)
                case _:
                    return _refused("unsupported_grant_type")

    def _exchange(self, client: _Client, form: Mapping[str, str]) -> Answer:
        code = form.get("code", "")
        if code in self._used:
            self.tokens.end(self._used[code], client.name)
            return _refused("invalid_grant")
        grant = self._codes.get(code)
        if grant is None or grant.client != client.name:
            return _refused("invalid_grant")
        if not self._is_genuine(client, is_public=bool(grant.challenge)):
            return _refused("invalid_client")
        late = self._clock() - grant.since >= _CODE_SECONDS
        if late or form.get("redirect_uri") != grant.redirect:
            return _refused("invalid_grant")
        if grant.challenge and not _proves(form.get("code_verifier", ""), grant.challenge):
            return _refused("invalid_grant")
        del self._codes[code]
        body = self.tokens.issue(grant)
        self._used[code] = body["access_token"]
        return json_answer(body)

    def _renew(self, client: _Client, form: Mapping[str, str]) -> Answer:
        grant = self.tokens.grant(form.get("refresh_token", ""))
        if grant and not self._is_genuine(client, is_public=bool(grant.challenge)):
            return _refused("invalid_client")
        body = self.tokens.renewed(form.get("refresh_token", ""), client.name)
        return _refused("invalid_grant") if body is None else json_answer(body)

    def _custom(self, client: _Client, form: Mapping[str, str]) -> Answer:
        organisation = self._organisations[0]
        allowed = self._settings().app in {"any", "custom"}
        if not allowed or organisation.country not in _CUSTOM_COUNTRIES:
            return _refused("unauthorized_client")
        if not self._is_genuine(client, is_public=False):
            return _refused("invalid_client")
        wanted = form.get("scope", "").split()
        if not all(known(one, self._settings().scopes) for one in wanted):
            return json_answer(
                {
                    "error": "invalid_scope",
                    "error_description": "Client credentials scope validation failed",
                },
                400,
            )
        scopes = frozenset(wanted) or GRANULAR
        grant = Grant(client.name, scopes, new_id(), tenant=organisation.tenant)
        return json_answer(self.tokens.issue(grant))

    def _is_genuine(self, client: _Client, *, is_public: bool) -> bool:
        """Check a client's secret; a PKCE app has none, and must not come with one."""
        if is_public:
            return not client.secret
        if not client.secret:
            return False
        expected = self._settings().client_secret
        known_secret = expected or self._secrets.setdefault(client.name, client.secret)
        return secrets.compare_digest(known_secret.encode(), client.secret.encode())

    def revoke(self, request: Request) -> Answer:
        """End a whole grant, and every connection of the app with it."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        client = _client(request, form)
        if client is None:
            return _refused("invalid_client")
        with self._lock:
            if self.tokens.end(form.get("token", ""), client.name):
                self._connections.pop(client.name, None)
                self._consented.pop(client.name, None)
        return Answer(200, b"")

    # ------------------------------------------------------------------ who may come in

    def grant(self, request: Request) -> tuple[Grant | None, str]:
        """Give the grant behind a request's token, or what is wrong with the token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None, "AuthenticationUnsuccessful"
        return self.tokens.holder(token)

    def tenant(self, grant: Grant, request: Request) -> str | None:
        """Give the organisation that a request means, if its token opens it."""
        wanted = request.headers.get("xero-tenant-id", "")
        if grant.tenant:  # a custom connection has one organisation, and needs no header
            return grant.tenant if wanted in {"", grant.tenant} else None
        linked = {one.tenant for one in self._connections.get(grant.client, [])}
        return wanted if wanted in linked else None

    def connections(self, request: Request) -> Answer:
        """List what the app is linked to."""
        grant, problem = self.grant(request)
        if grant is None:
            return unauthorised(problem)
        event = request.query.get("authEventId", "")
        with self._lock:
            rows = [one.shown() for one in self._linked(grant) if not event or one.event == event]
        return json_answer(rows)

    def _linked(self, grant: Grant) -> list[_Connection]:
        if not grant.tenant:
            return list(self._connections.get(grant.client, []))
        if not self._connections.get(grant.client):
            self._connect(grant.client, self._organisations[0], grant.event)
        return self._connections[grant.client]

    def disconnect(self, request: Request, connection: str) -> Answer:
        """Cut one organisation off; its id is the connection's, not the tenant's."""
        grant, problem = self.grant(request)
        if grant is None:
            return unauthorised(problem)
        with self._lock:
            there = self._connections.get(grant.client, [])
            kept = [one for one in there if one.id != connection]
            if len(kept) == len(there):
                raise Elsewhere
            self._connections[grant.client] = kept
        return Answer(204, b"")


def _proves(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return secrets.compare_digest(proof, challenge)


def _client(request: Request, form: Mapping[str, str]) -> _Client | None:
    """Read who asks: Basic credentials, or client_id (and a secret) in the form."""
    header = request.headers.get("authorization", "")
    if not header:
        name = form.get("client_id", "")
        return _Client(name, form.get("client_secret", "")) if name else None
    scheme, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return _Client(name, secret) if scheme.lower() == "basic" and name else None


def _redirect(asked: Mapping[str, str], values: Mapping[str, str]) -> Answer:
    state = {"state": asked["state"]} if asked.get("state") else {}
    mark = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    location = f"{asked['redirect_uri']}{mark}{urlencode({**values, **state})}"
    return Answer(302, b"", {"Location": location})


def _refused(error: str) -> Answer:
    return json_answer({"error": error}, 400)
