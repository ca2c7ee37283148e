"""Grants and their tokens: access for half an hour, refresh that changes with every use.

A refresh token that was replaced still serves for half an hour, for clients that lost the answer;
one that nobody uses for sixty days is dead.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid5

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.organisation import Settings
from acctsync.simulator.xero.wire import new_id

_DAY = 86_400.0


@dataclass(slots=True)
class Grant:
    """One consent, or one custom connection (then without a refresh token, for one tenant)."""

    client: str
    scopes: frozenset[str]
    event: str
    redirect: str = ""
    challenge: str = ""
    tenant: str = ""
    since: float = 0.0  # when the code was given
    ended: bool = False


@dataclass(slots=True)
class _Refresh:
    grant: Grant
    used: float
    replaced: float | None = None


@dataclass(slots=True)
class _Access:
    grant: Grant
    until: float


@dataclass(slots=True)
class Tokens:
    """Every token that was given out."""

    settings: Callable[[], Settings]
    clock: Callable[[], float]
    _refresh: dict[str, _Refresh] = field(default_factory=dict)
    _access: dict[str, _Access] = field(default_factory=dict)

    def issue(self, grant: Grant) -> Entity:
        """Give an access token, and a refresh token where the consent said offline_access."""
        now, seconds = self.clock(), self.settings().token_seconds
        access = _jwt(grant, seconds, self.settings().user)
        self._access[access] = _Access(grant, now + seconds)
        body: Entity = {
            "access_token": access,
            "expires_in": int(seconds),
            "token_type": "Bearer",
            "scope": " ".join(sorted(grant.scopes)),
        }
        if "openid" in grant.scopes:
            body["id_token"] = _jwt(grant, 300.0, self.settings().user)
        if "offline_access" in grant.scopes and not grant.tenant:
            body["refresh_token"] = f"SIMREFRESH{secrets.token_urlsafe(32)}"
            self._refresh[body["refresh_token"]] = _Refresh(grant, now)
        return body

    def grant(self, token: str) -> Grant | None:
        """Give the grant of a refresh token, dead or alive."""
        found = self._refresh.get(token)
        return found.grant if found else None

    def renewed(self, token: str, client: str) -> Entity | None:
        """Exchange a refresh token for a new set; None says that it is dead."""
        found, settings, now = self._refresh.get(token), self.settings(), self.clock()
        if found is None or found.grant.ended or found.grant.client != client:
            return None
        if now - found.used >= settings.refresh_days * _DAY:
            return None
        if found.replaced is not None and now - found.replaced >= settings.grace_seconds:
            return None
        if found.replaced is None:
            found.replaced = now
        return self.issue(found.grant)

    def end(self, token: str, client: str) -> bool:
        """End the whole grant that a token belongs to."""
        found = self._refresh.get(token) or self._access.get(token)
        if found is None or found.grant.client != client:
            return False
        found.grant.ended = True
        return True

    def holder(self, token: str) -> tuple[Grant | None, str]:
        """Give the grant behind an access token, or what is wrong with it."""
        found = self._access.get(token)
        if found is None or found.grant.ended:
            return None, "AuthenticationUnsuccessful"
        late = self.clock() - found.until
        if late >= 0:
            moment = datetime.fromtimestamp(time.time() - late, UTC)
            return None, f"TokenExpired: token expired at {moment:%m/%d/%Y %H:%M:%S}"
        return found.grant, ""

    def expire(self) -> None:
        """Make every access token too old; the refresh tokens live on."""
        for one in self._access.values():
            one.until = self.clock()


def _jwt(grant: Grant, seconds: float, user: str) -> str:
    now = int(time.time())
    # A custom connection is nobody's login.
    who = {} if grant.tenant else {"xero_userid": str(uuid5(NAMESPACE_OID, user))}
    claims = {
        "nbf": now,
        "exp": now + int(seconds),
        "iss": "https://identity.xero.com",
        "aud": "https://identity.xero.com/resources",
        "client_id": grant.client,
        **who,
        "authentication_event_id": grant.event,
        "jti": new_id(),
        "scope": sorted(grant.scopes),
    }
    parts = ({"alg": "RS256", "typ": "JWT", "kid": "SIMULATED"}, claims)
    encoded = [_base64(json.dumps(one).encode()) for one in parts]
    return ".".join([*encoded, f"SIMACCESS{secrets.token_urlsafe(32)}"])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
