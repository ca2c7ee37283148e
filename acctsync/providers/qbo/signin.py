"""Connecting a company to QuickBooks and taking the consent back; asks and prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from acctsync.clock import Clock
from acctsync.errors import AcctsyncError, ComeBackLater, SignInNeeded
from acctsync.providers.callback import Callback
from acctsync.providers.consent import Choose, SignedIn, Ways
from acctsync.providers.exchange import Answer, NotSent, Request, Unclear, Use
from acctsync.providers.http import Http, OnExchange
from acctsync.providers.oauth import (
    AppKeys,
    Grant,
    GrantRefused,
    Post,
    consent_url,
    exchange_code,
    refreshed,
    revoke,
)
from acctsync.providers.qbo.company import settings
from acctsync.providers.qbo.endpoints import LOOPBACK, PRODUCTION, SANDBOX, SCOPE, Origin, origin
from acctsync.providers.qbo.payloads import target
from acctsync.providers.qbo.responses import json_or_none
from acctsync.providers.qbo.wire import CALL_NAMES

_OK = 200
IDLE_DAYS = 100  # Intuit: refresh tokens: so long without use, and one is dead
_IN_FLIGHT = 2


# Intuit's own page; it only shows the address that --paste reads.
WAYS = Ways(
    redirects=("http://localhost:8765/callback",),
    rehearsed="http://127.0.0.1/callback",
    shown="https://developer.intuit.com/v2/OAuth2Playground/RedirectUrl",
    needs_secret=True,
)


class SignIn:
    """One sign-in, step by step: consent address, then the callback, then the company."""

    def __init__(
        self, *, keys: AppKeys, url: str, clock: Clock, on_exchange: OnExchange | None = None
    ) -> None:
        self._keys = keys
        self._places = places(url)
        self._clock = clock
        origins = frozenset().union(*(place.all for place in self._places))
        self._http = Http(
            origins=origins,
            in_flight=_IN_FLIGHT,
            clock=clock,
            on_exchange=on_exchange,
            names_calls=CALL_NAMES,
        )

    @property
    def needs_consent(self) -> bool:
        """Tell that nobody but a company's admin can open it."""
        return True

    def consent_url(self, *, redirect_uri: str, state: str) -> str:
        """Write the address where the company's admin gives consent."""
        return consent_url(
            self._places[0].endpoints,
            self._keys,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            state=state,
        )

    def complete(
        self,
        callback: Callback | None,
        *,
        redirect_uri: str,
        environment: str = "",
        choose: Choose | None = None,  # noqa: ARG002 - a consent is for one company
    ) -> SignedIn:
        """Exchange the code and find the company, which was chosen at consent."""
        if callback is None or not callback.company_id.isdecimal():
            raise SignInNeeded(
                "QuickBooks' answer doesn't name the company (realmId)",
                hint="Paste the whole address you were sent to, or choose a company at consent.",
            )
        grant = self._exchange(callback.code, redirect_uri)
        candidates = [place for place in self._places if environment in {"", place.environment}]
        if self._places[0].environment == LOOPBACK:
            candidates = list(self._places)
        for place in candidates:
            info = self._company_info(place, grant, callback.company_id)
            if info is not None:
                known = settings(callback.company_id, info, {}, "")
                return SignedIn(
                    grant=grant,
                    company_id=callback.company_id,
                    company_name=known.name,
                    country=known.country,
                    environment=_environment(place, environment),
                )
        tried = " and ".join(place.environment for place in candidates)
        raise SignInNeeded(
            f"the company {callback.company_id} does not answer to these app keys ({tried} tried)",
            hint="Development keys open sandboxes, production keys live companies: check the keys, "
            "and --sandbox or --production.",
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _exchange(self, code: str, redirect_uri: str) -> Grant:
        try:
            return exchange_code(
                self._places[0].endpoints,
                self._keys,
                code=code,
                redirect_uri=redirect_uri,
                post=poster(self._http),
                now=self._clock.now(),
            )
        except GrantRefused:
            raise SignInNeeded(
                "the consent could not be turned into a sign-in: the code was used before, is too "
                "old, or the redirect address differs from the registered one",
                hint="Run `acctsync connect qbo` again; use the redirect address exactly as it is "
                "registered with the app.",
            ) from None
        except (NotSent, Unclear) as problem:
            raise ComeBackLater(
                f"the sign-in service can't be reached: {problem}",
                hint="Run `acctsync connect qbo` again.",
            ) from None

    def _company_info(
        self, place: Origin, grant: Grant, company_id: str
    ) -> dict[str, object] | None:
        """Ask one environment for the company; None when it is not there."""
        request = Request(
            method="GET",
            origin=place.api,
            target=target(company_id, f"/companyinfo/{company_id}"),
            use=Use.READ,
            authorization=f"Bearer {grant.access_token}",
        )
        try:
            answer = self._http.call(request)
        except (NotSent, Unclear) as problem:
            raise ComeBackLater(
                f"the books can't be asked: {problem}", hint="Run `acctsync connect qbo` again."
            ) from None
        value = json_or_none(answer) if answer.status == _OK else None
        info = value.get("CompanyInfo") if isinstance(value, dict) else None
        return info if isinstance(info, dict) else None


def _environment(place: Origin, said: str) -> str:
    """Tell the environment; a stand-in is what the person says, a sandbox if nothing is said."""
    return (said or SANDBOX) if place.environment == LOOPBACK else place.environment


def places(url: str) -> tuple[Origin, ...]:
    """List where a company may be: one loopback stand-in, or both of Intuit's environments."""
    if url:
        return (origin(LOOPBACK, url),)
    return (origin(PRODUCTION), origin(SANDBOX))


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
    """Renew grants through the one client."""
    post = poster(http)
    return lambda grant: refreshed(grant, post=post, now=clock.now())


def disconnect(
    grant: Grant,
    *,
    company_id: str,  # noqa: ARG001 - a consent is for one company
    environment: str,
    url: str,
    clock: Clock,
    keep: Callable[[Grant], None] = lambda _: None,  # noqa: ARG001 - revoking renews nothing
) -> bool:
    """Take the consent back at Intuit; tell whether that was confirmed."""
    place = origin(environment, url)
    if place.endpoints.token != grant.token_url:
        return False
    http = Http(origins=place.all, in_flight=_IN_FLIGHT, clock=clock)
    try:
        return revoke(place.endpoints, grant, post=poster(http))
    except (NotSent, Unclear, AcctsyncError):
        return False
    finally:
        http.close()
