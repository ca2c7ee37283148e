"""Where QuickBooks lives: Intuit's hosts, or one loopback origin that stands in for them all."""

from __future__ import annotations

from dataclasses import dataclass

from acctsync.errors import InputRefused
from acctsync.providers.loopback import loopback
from acctsync.providers.oauth import Endpoints

PRODUCTION, SANDBOX, LOOPBACK = "production", "sandbox", "loopback"
SCOPE = "com.intuit.quickbooks.accounting"

_APIS = {
    PRODUCTION: "https://quickbooks.api.intuit.com",
    SANDBOX: "https://sandbox-quickbooks.api.intuit.com",
}
_APPS = {PRODUCTION: "https://app.qbo.intuit.com", SANDBOX: "https://app.sandbox.qbo.intuit.com"}
_AUTHORIZE = "https://appcenter.intuit.com"
_TOKEN = "https://oauth.platform.intuit.com"  # noqa: S105 - a host
_REVOKE = "https://developer.api.intuit.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One place where a company's books are: API host, sign-in hosts, and the app for people."""

    environment: str
    api: str
    authorize: str = _AUTHORIZE
    token: str = _TOKEN
    revoke: str = _REVOKE
    app: str = ""

    @property
    def endpoints(self) -> Endpoints:
        """Give the sign-in addresses (Intuit: OAuth 2.0)."""
        return Endpoints(
            authorize=f"{self.authorize}/connect/oauth2",
            token=f"{self.token}/oauth2/v1/tokens/bearer",
            revoke=f"{self.revoke}/v2/oauth2/tokens/revoke",
        )

    @property
    def all(self) -> frozenset[str]:
        """List the origins that calls of this connection may go to."""
        return frozenset({self.api, self.token, self.revoke})


def origin(environment: str, url: str = "") -> Origin:
    """Tell where the books are; `url` is a loopback stand-in for all of Intuit's hosts."""
    if url:
        root = loopback(url)
        return Origin(environment=LOOPBACK, api=root, authorize=root, token=root, revoke=root)
    if environment not in _APIS:
        raise InputRefused(f"unknown environment {environment!r}", hint="production or sandbox")
    return Origin(environment=environment, api=_APIS[environment], app=_APPS[environment])
