"""The other end of the consent: a loopback listener, and the reader of a pasted address."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event
from urllib.parse import parse_qs, urlsplit

from acctsync.clock import Clock
from acctsync.errors import ComeBackLater, InputRefused, Interrupted, SignInNeeded
from acctsync.providers.oauth import same_state

WAIT_SECONDS = 300.0
_POLL_SECONDS = 0.5
_LOOPBACK = "127.0.0.1"
_LONGEST_ADDRESS = 8192
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>acctsync</title>
<body style="font-family:sans-serif;margin:4em auto;max-width:34em">
<h1>{title}</h1><p>{text}</p></body></html>
"""
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What the vendor sent back; `company_id` only where the vendor names it (QuickBooks)."""

    code: str = field(repr=False)
    company_id: str = ""


class WrongCallback(Exception):
    """Not an answer to the consent that was asked for."""


def read_callback(address: str, state: str) -> Callback:
    """Read a redirected address, whole.

    Raises SignInNeeded when consent was refused, WrongCallback when it is no answer to ours.
    """
    values = parse_qs(urlsplit(address.strip()[:_LONGEST_ADDRESS]).query)
    if not same_state(state, _only(values, "state")):
        raise WrongCallback("it does not belong to the sign-in that was just started")
    error = _only(values, "error")
    if error:
        raise _consent_refused(error)
    code = _only(values, "code")
    if not code:
        raise WrongCallback("it holds no code")
    return Callback(code=code, company_id=_only(values, "realmId"))


def pasted(address: str, state: str) -> Callback:
    """Read a redirected address that a person pasted."""
    try:
        return read_callback(address, state)
    except WrongCallback as problem:
        raise InputRefused(
            f"the pasted address can't be used: {problem}",
            hint="Paste the whole address of the page you were sent to, with everything after the "
            "question mark. An address works once; start over with `acctsync connect`.",
        ) from None


class Listener:
    """Listens on 127.0.0.1 for one valid callback; logs nothing."""

    def __init__(self, *, port: int, path: str, state: str, clock: Clock, stop: Event) -> None:
        self._clock = clock
        self._stop = stop
        self._found: Callback | SignInNeeded | None = None
        try:
            self._server = _Server((_LOOPBACK, port), self._handler(path, state))
        except OSError as problem:
            raise InputRefused(
                f"port {port} on this machine can't be listened on ({problem.strerror})",
                hint="Use another --redirect-uri that is registered with the app, or --paste.",
            ) from None
        self._server.timeout = _POLL_SECONDS

    @property
    def port(self) -> int:
        """Tell the port, where 0 asked for any."""
        return int(self._server.server_address[1])

    def wait(self, seconds: float = WAIT_SECONDS) -> Callback:
        """Wait for the callback, then stop listening."""
        until = self._clock.monotonic() + seconds
        try:
            while self._found is None:
                if self._stop.is_set():
                    raise Interrupted("stopped while waiting for the consent")
                if self._clock.monotonic() >= until:
                    raise ComeBackLater(
                        "nobody gave consent within five minutes",
                        hint="Run `acctsync connect` again, with --paste if the browser is on "
                        "another machine.",
                    )
                self._server.handle_request()
        finally:
            self.close()
        if isinstance(self._found, SignInNeeded):
            raise self._found
        return self._found

    def close(self) -> None:
        """Stop listening."""
        self._server.server_close()

    def _handler(self, path: str, state: str) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 5
            server_version = "acctsync"
            sys_version = ""

            def do_GET(self) -> None:
                if urlsplit(self.path).path != path:
                    return self._say(404, "Nothing here", "Not part of the sign-in.")
                try:
                    listener._found = read_callback(self.path, state)
                except WrongCallback as problem:
                    return self._say(400, "Not this sign-in", f"It can't be used: {problem}.")
                except SignInNeeded as refused:
                    listener._found = refused
                    return self._say(200, "No consent", "Nothing was connected.")
                return self._say(200, "Signed in", "Go back to the terminal; you can close this.")

            def _say(self, status: int, title: str, text: str) -> None:
                body = _PAGE.format(title=title, text=text).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Cache-Control", "no-store")
                self.send_header(
                    "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"
                )
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
                """Log nothing: the request line holds the code."""

        return Handler


class _Server(HTTPServer):
    """Binds without asking the name service and says nothing of broken connections."""

    address_family = socket.AF_INET
    allow_reuse_address = True

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = _LOOPBACK, int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a browser that hangs up is no matter."""


def _consent_refused(error: str) -> SignInNeeded:
    if error == "access_denied":
        return SignInNeeded(
            "consent was refused in the browser; nothing was connected",
            hint="Run `acctsync connect` again as a user who is an admin of the company.",
        )
    word = "".join(char for char in error if char.isalnum() or char == "_")[:60]
    return SignInNeeded(
        f"the vendor refused the sign-in ({word})",
        hint="Check the app's redirect address and scopes in the vendor's developer portal.",
    )


def _only(values: dict[str, list[str]], name: str) -> str:
    found = values.get(name, [])
    return found[0] if len(found) == 1 else ""
