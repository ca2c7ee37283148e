"""Where QuickBooks lives: Intuit's hosts, or one loopback origin that stands in for them all."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from acctsync.errors import InputRefused
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
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


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


def loopback(url: str) -> str:
    """Check that an address is a loopback origin and nothing else."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if (
        parts.scheme not in {"http", "https"}
        or host not in _LOOPBACK_HOSTS
        or not plain
        or parts.path.strip("/")
    ):
        raise InputRefused(
            "only a loopback address may stand in for QuickBooks",
            hint="Write it like http://127.0.0.1:8080; tokens never go to other hosts.",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
