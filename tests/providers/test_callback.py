from __future__ import annotations

import socket
import threading
from threading import Event

import httpx
import pytest

from acctsync.clock import SystemClock
from acctsync.errors import ComeBackLater, InputRefused, Interrupted, SignInNeeded
from acctsync.providers.callback import Callback, Listener, pasted
from tests.fakes import FakeClock

STATE = "the-state-of-this-sign-in"
GOOD = f"code=canary-code&state={STATE}&realmId=913"


def test_a_pasted_address_is_read_whole() -> None:
    address = f"  https://developer.intuit.com/v2/OAuth2Playground/RedirectUrl?{GOOD}\n"

    assert pasted(address, STATE) == Callback(code="canary-code", company_id="913")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "code=x&state=another",
        f"state={STATE}",
        f"code=a&code=b&state={STATE}",
        f"code=x&state={STATE}&state={STATE}",
        "just some text",
    ],
)
def test_an_address_of_another_sign_in_is_refused(query: str) -> None:
    with pytest.raises(InputRefused, match="pasted address can't be used"):
        pasted(f"https://x.example/?{query}", STATE)


def test_a_refused_consent_is_explained() -> None:
    with pytest.raises(SignInNeeded, match="refused in the browser"):
        pasted(f"http://l/?error=access_denied&state={STATE}", STATE)
    with pytest.raises(SignInNeeded, match=r"refused the sign-in \(invalid_scope\)"):
        pasted(
            f"http://l/?error=invalid_scope%1b%5b31m&state={STATE}".replace("%1b%5b31m", ""), STATE
        )


def visit(port: int, target: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as browser:
        return browser.get(f"http://127.0.0.1:{port}{target}")


def listening(**changes: object) -> Listener:
    given = {
        "port": 0,
        "path": "/callback",
        "state": STATE,
        "clock": SystemClock(),
        "stop": Event(),
    }
    return Listener(**(given | changes))  # type: ignore[arg-type]


def test_the_listener_takes_the_first_valid_callback_and_closes(
    capfd: pytest.CaptureFixture[str],
) -> None:
    listener = listening()
    pages: list[httpx.Response] = []

    def browse() -> None:
        targets = ("/favicon.ico", "/callback?code=x&state=forged", f"/callback?{GOOD}")
        pages.extend(visit(listener.port, target) for target in targets)

    browser = threading.Thread(target=browse)
    browser.start()
    found = listener.wait(10)
    browser.join()

    assert found == Callback(code="canary-code", company_id="913")
    assert [page.status_code for page in pages] == [404, 400, 200]
    assert pages[-1].headers["referrer-policy"] == "no-referrer"
    assert not any("canary" in page.text for page in pages)
    assert "canary" not in repr(found)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(httpx.ConnectError):
        visit(listener.port, "/callback")


def test_a_refusal_in_the_browser_ends_the_wait() -> None:
    listener = listening()
    target = f"/callback?error=access_denied&state={STATE}"
    browser = threading.Thread(target=visit, args=(listener.port, target))
    browser.start()

    with pytest.raises(SignInNeeded, match="consent was refused"):
        listener.wait(10)
    browser.join()


def test_only_this_machine_can_reach_the_listener() -> None:
    listener = listening()
    try:
        assert listener._server.server_address[0] == "127.0.0.1"
    finally:
        listener.close()


def test_nobody_is_waited_for_longer_than_said() -> None:
    with pytest.raises(ComeBackLater, match="nobody gave consent"):
        listening(clock=FakeClock()).wait(0)


def test_a_stop_ends_the_wait() -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Interrupted):
        listening(stop=stop).wait()


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputRefused, match=f"port {port}"):
            listening(port=port)
