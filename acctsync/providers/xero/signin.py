"""Connecting an organisation of Xero and letting go of it; asks and prints nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from acctsync.clock import Clock
from acctsync.errors import AcctsyncError, ComeBackLater, InputRefused, SignInNeeded
from acctsync.providers.callback import Callback
from acctsync.providers.consent import Choose, Opened, SignedIn, Ways
from acctsync.providers.encoding import decode
from acctsync.providers.exchange import Answer, NotSent, Request, Unclear, Use
from acctsync.providers.http import Http, OnExchange
from acctsync.providers.oauth import (
    FORM,
    AppKeys,
    Grant,
    GrantRefused,
    Post,
    consent_url,
    exchange_code,
    granted_to_app,
    new_verifier,
    refreshed,
)
from acctsync.providers.tokens import READ_SECONDS
from acctsync.providers.xero.endpoints import (
    API_PATH,
    APP_SCOPE,
    CONNECTIONS_PATH,
    DEMO,
    PRODUCTION,
    SANDBOX,
    SCOPE,
    Origin,
    origin,
)

# Xero compares the address letter by letter with those registered, port included: three, for when
# another program sits on the first.
WAYS = Ways(
    redirects=(
        "http://localhost:8765/callback",
        "http://localhost:8766/callback",
        "http://localhost:8767/callback",
    ),
    rehearsed="http://localhost/callback",
    shown="http://localhost:8765/callback",
    needs_secret=False,
)
IDLE_DAYS = 60  # Xero: OAuth 2.0 FAQ: a refresh token dies after so many days without use
CALL_NAMES = ("xero-correlation-id",)
_OK, _GONE, _NO_CONTENT = 200, 404, 204
_IN_FLIGHT = 2
_AGAIN = "Run `acctsync connect xero` again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One organisation that a login opens; `link` is the connection's id at Xero."""

    id: str
    name: str
    link: str


class SignIn:
    """One sign-in, step by step: consent address, then the callback, then the organisation.

    An app with a secret is a custom connection: it stands for one organisation by itself.
    """

    def __init__(
        self, *, keys: AppKeys, url: str, clock: Clock, on_exchange: OnExchange | None = None
    ) -> None:
        self._keys = keys
        self._place = origin(url)
        self._clock = clock
        self._verifier = new_verifier()
        self._http = Http(
            origins=self._place.all,
            in_flight=_IN_FLIGHT,
            clock=clock,
            on_exchange=on_exchange,
            names_calls=CALL_NAMES,
        )

    @property
    def needs_consent(self) -> bool:
        return not self._keys.client_secret

    def consent_url(self, *, redirect_uri: str, state: str) -> str:
        """Write the address where somebody of the organisation gives consent."""
        return consent_url(
            self._place.endpoints,
            self._keys,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            state=state,
            verifier=self._verifier,
        )

    def complete(
        self,
        callback: Callback | None,
        *,
        redirect_uri: str,
        environment: str = "",
        choose: Choose,
    ) -> SignedIn:
        """Turn the callback into a grant and find the organisation that is meant."""
        grant = self._grant(callback, redirect_uri)
        tenants = self._tenants(grant)
        if not tenants:
            raise SignInNeeded(
                "the sign-in opens no organisation",
                hint="Choose an organisation on Xero's consent page. " + _AGAIN,
            )
        tenant = tenants[choose([Opened(each.id, each.name) for each in tenants])]
        facts = self._organisation(grant, tenant)
        found = DEMO if facts.get("IsDemoCompany") is True else PRODUCTION
        _refuse_the_other(environment, found, tenant.name)
        return SignedIn(
            grant=grant,
            company_id=tenant.id,
            company_name=str(facts.get("Name") or tenant.name),
            country=str(facts.get("CountryCode") or ""),
            environment=found,
            login=_login(grant) if self.needs_consent else "",
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _grant(self, callback: Callback | None, redirect_uri: str) -> Grant:
        post, now = poster(self._http), self._clock.now()
        endpoints = self._place.endpoints
        try:
            if callback is None:
                return granted_to_app(
                    endpoints.token, self._keys, scope=APP_SCOPE, post=post, now=now
                )
            grant = exchange_code(
                endpoints,
                self._keys,
                code=callback.code,
                redirect_uri=redirect_uri,
                post=post,
                now=now,
                verifier=self._verifier,
            )
        except GrantRefused:
            raise SignInNeeded(
                "the consent could not be turned into a sign-in: the code was used before, is too "
                "old, or the redirect address differs from the registered one",
                hint=_AGAIN + " Register the redirect address exactly as it is used, port and all.",
            ) from None
        except (NotSent, Unclear) as problem:
            raise ComeBackLater(
                f"the sign-in service can't be reached: {problem}", hint=_AGAIN
            ) from None
        return kept_alive(grant, self._clock)

    def _tenants(self, grant: Grant) -> list[Tenant]:
        listed = _asked(self._http, self._place, grant, CONNECTIONS_PATH)
        return tenants(listed if isinstance(listed, list) else [])

    def _organisation(self, grant: Grant, tenant: Tenant) -> Mapping[str, Any]:
        value = _asked(self._http, self._place, grant, f"{API_PATH}/Organisation", tenant=tenant.id)
        listed = value.get("Organisations") if isinstance(value, Mapping) else None
        facts = listed[0] if isinstance(listed, list) and listed else {}
        return facts if isinstance(facts, Mapping) else {}


def _refuse_the_other(said: str, found: str, name: str) -> None:
    """Hold a person to what they said: a live organisation, or one to try things with."""
    if said == PRODUCTION and found == DEMO:
        raise InputRefused(
            f"{name} is Xero's demo company, not a live one",
            hint="Leave --production out, or choose another organisation.",
        )
    if said == SANDBOX and found == PRODUCTION:
        raise InputRefused(
            f"{name} is a live organisation, not Xero's demo company",
            hint="Leave --sandbox out, or choose the demo company.",
        )


def tenants(listed: Sequence[object]) -> list[Tenant]:
    """Read the organisations that a login opens; what else may be connected is left out."""
    return [
        Tenant(
            id=str(each["tenantId"]), name=str(each.get("tenantName") or ""), link=str(each["id"])
        )
        for each in listed
        if isinstance(each, Mapping) and each.get("tenantType") == "ORGANISATION"
    ]


def poster(http: Http) -> Post:
    """Post to a sign-in address through the one client."""

    def post(url: str, body: bytes, content_type: str, authorization: str) -> Answer:
        parts = urlsplit(url)
        return http.call(
            Request(
                method="POST",
                origin=f"{parts.scheme}://{parts.netloc}",
                target=parts.path,
                use=Use.FREE,
                body=body,
                content_type=content_type,
                authorization=authorization,
            )
        )

    return post


def renewer(http: Http, clock: Clock) -> Callable[[Grant], Grant]:
    """Renew grants through the one client: by the refresh token, or in the app's own name."""
    post = poster(http)

    def renew(grant: Grant) -> Grant:
        if grant.refresh_token:
            return kept_alive(refreshed(grant, post=post, now=clock.now()), clock)
        return granted_to_app(
            grant.token_url, grant.keys, scope=APP_SCOPE, post=post, now=clock.now()
        )

    return renew


def kept_alive(grant: Grant, clock: Clock) -> Grant:
    """Note when the refresh token dies if nobody uses it; Xero's answers don't say."""
    return replace(grant, refresh_expires=clock.now() + timedelta(days=IDLE_DAYS))


def disconnect(
    grant: Grant,
    *,
    company_id: str,
    environment: str,  # noqa: ARG001 - all of them have the same hosts
    url: str,
    clock: Clock,
    keep: Callable[[Grant], None],
) -> bool:
    """Take one organisation's connection away, and no other; tell whether that was confirmed.

    `keep` stores a grant that had to be renewed for it: other organisations may live on it.
    """
    place = origin(url)
    if place.endpoints.token != grant.token_url:
        return False
    http = Http(origins=place.all, in_flight=_IN_FLIGHT, clock=clock, names_calls=CALL_NAMES)
    try:
        fresh = grant if grant.fresh_for(READ_SECONDS, clock.now()) else renewer(http, clock)(grant)
        if fresh is not grant:
            keep(fresh)
        listed = _asked(http, place, fresh, CONNECTIONS_PATH)
        links = [each.link for each in tenants(listed) if each.id == company_id]
        gone = [_delete(http, place, fresh, link) for link in links]
        if len(tenants(listed)) == len(links) and grant.refresh_token:
            _revoke(http, place, fresh)
        return all(gone)
    except (NotSent, Unclear, GrantRefused, AcctsyncError, KeyError):
        return False
    finally:
        http.close()


def _delete(http: Http, place: Origin, grant: Grant, link: str) -> bool:
    answer = http.call(
        Request(
            method="DELETE",
            origin=place.api,
            target=f"{CONNECTIONS_PATH}/{link}",
            use=Use.FREE,
            authorization=f"Bearer {grant.access_token}",
        )
    )
    return answer.status in {_OK, _NO_CONTENT, _GONE}


def _revoke(http: Http, place: Origin, grant: Grant) -> None:
    """End the whole grant, once no organisation is left on it."""
    body = grant.keys.named_in({"token": grant.refresh_token})
    poster(http)(place.endpoints.revoke, body, FORM, grant.keys.basic)


def _asked(http: Http, place: Origin, grant: Grant, target: str, *, tenant: str = "") -> Any:
    request = Request(
        method="GET",
        origin=place.api,
        target=target,
        use=Use.READ if tenant else Use.FREE,
        authorization=f"Bearer {grant.access_token}",
        headers={"xero-tenant-id": tenant} if tenant else {},
    )
    try:
        answer = http.call(request)
        value = decode(answer.body) if answer.status == _OK else None
    except (NotSent, Unclear, ValueError) as problem:
        raise ComeBackLater(f"Xero can't be asked: {problem}", hint=_AGAIN) from None
    if answer.status != _OK:
        raise SignInNeeded(
            f"Xero does not let the sign-in in (status {answer.status})",
            hint="Check the app's scopes at developer.xero.com. " + _AGAIN,
        )
    return value


def _login(grant: Grant) -> str:
    """Name the login that a grant belongs to: who signed in with which app.

    The token says who; it is only read, since it came straight from Xero.
    """
    who = _claims(grant.access_token).get("xero_userid")
    if not who:
        return ""
    named = hashlib.sha256(urlencode({"app": grant.keys.client_id, "who": who}).encode())
    return f"xero-{named.hexdigest()[:16]}"


def _claims(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    try:
        body = parts[1] + "=" * (-len(parts[1]) % 4)
        value = json.loads(base64.urlsafe_b64decode(body))
    except (IndexError, ValueError):
        return {}
    return value if isinstance(value, Mapping) else {}
