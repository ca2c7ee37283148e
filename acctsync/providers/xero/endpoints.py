"""Where Xero lives: its own hosts, or one loopback origin that stands in for them all."""

from __future__ import annotations

from dataclasses import dataclass

from acctsync.providers.loopback import loopback
from acctsync.providers.oauth import Endpoints

PRODUCTION, DEMO = "production", "demo"
SANDBOX = "sandbox"  # as --sandbox says; Xero has the demo company for it
API_PATH = "/api.xro/2.0"
CONNECTIONS_PATH = "/connections"

# Xero: scopes: apps made since March 2026 know only the granular ones. Items are written under
# `accounting.invoices` by the scopes page and under `accounting.settings` by the specification:
# both are asked for.
SCOPE = (
    "offline_access openid accounting.contacts accounting.invoices accounting.payments "
    "accounting.banktransactions accounting.settings accounting.reports.profitandloss.read"
)
# A custom connection is nobody's login, and its token is never renewed.
APP_SCOPE = SCOPE.removeprefix("offline_access openid ")

_AUTHORIZE = "https://login.xero.com"
_IDENTITY = "https://identity.xero.com"
_API = "https://api.xero.com"
_APP = "https://go.xero.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the books are: API host, sign-in hosts, and the app for people."""

    api: str = _API
    authorize: str = _AUTHORIZE
    identity: str = _IDENTITY
    app: str = _APP

    @property
    def endpoints(self) -> Endpoints:
        """Give the sign-in addresses (Xero: PKCE flow)."""
        return Endpoints(
            authorize=f"{self.authorize}/identity/connect/authorize",
            token=f"{self.identity}/connect/token",
            revoke=f"{self.identity}/connect/revocation",
        )

    @property
    def all(self) -> frozenset[str]:
        """List the origins that calls of a connection may go to."""
        return frozenset({self.api, self.identity})

    @property
    def is_loopback(self) -> bool:
        return self.api != _API


def origin(url: str = "") -> Origin:
    """Tell where the books are; `url` is a loopback stand-in for all of Xero's hosts."""
    if not url:
        return Origin()
    root = loopback(url)
    return Origin(api=root, authorize=root, identity=root, app=root)
