from __future__ import annotations

import pytest

from acctsync.errors import InputRefused
from acctsync.providers.loopback import loopback
from acctsync.providers.oauth import Endpoints
from acctsync.providers.qbo.endpoints import origin


def test_intuits_hosts_are_constants() -> None:
    live, sandbox = origin("production"), origin("sandbox")

    assert (live.api, sandbox.api) == (
        "https://quickbooks.api.intuit.com",
        "https://sandbox-quickbooks.api.intuit.com",
    )
    assert (
        live.endpoints
        == sandbox.endpoints
        == Endpoints(
            authorize="https://appcenter.intuit.com/connect/oauth2",
            token="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
            revoke="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
        )
    )


def test_a_loopback_stands_in_for_all_hosts_with_their_own_paths() -> None:
    place = origin("production", "http://127.0.0.1:8080/")

    assert place.all == {"http://127.0.0.1:8080"}
    assert place.environment == "loopback"
    assert place.endpoints.token == "http://127.0.0.1:8080/oauth2/v1/tokens/bearer"


@pytest.mark.parametrize(
    "url",
    ["http://localhost:1", "http://[::1]:8080", "https://127.0.0.1", "http://127.0.0.1:8080/"],
)
def test_loopback_origins_are_taken(url: str) -> None:
    assert loopback(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://quickbooks.api.intuit.com",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://evil.example#127.0.0.1",
        "http://user:pass@127.0.0.1:80",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?x=1",
        "http://127.0.0.1:99999999",
        "http://0.0.0.0:80",
        "http://[::ffff:10.0.0.1]:80",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "http://localhost.",
        "http://localhost.evil.example",
        "http://127.0.0.1.",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.0.0.2",
        "http://[::ffff:127.0.0.1]",
        "http://[::]",
        "http://127。0。0。1",
        "http://①②⑦.0.0.1",
        "http://127.0.0.1%00.evil.example",
        "http://127.0.0.1\\@evil.example",
        "http://evil.example\\@127.0.0.1",
        "http://127.0.0.1&@evil.example",
        "//127.0.0.1",
        "https:127.0.0.1",
        "http://127.0.0.1:80;evil.example",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(InputRefused, match="only a loopback address"):
        loopback(url)


def test_what_is_taken_is_written_anew_so_that_nothing_hidden_travels_along() -> None:
    assert loopback(" http://127.0.0.1\t:80\n80/ ") == "http://127.0.0.1:8080"
    assert loopback("HTTP://LOCALHOST:80") == "http://localhost:80"


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(InputRefused):
        origin("staging")
