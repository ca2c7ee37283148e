"""The dead man's switch: a monitor hears that a run began and how it ended, and misses silence.

The protocol is healthchecks.io's, which can be hosted by oneself as well: a POST to URL/start, then
one to URL/<exit code> (docs: "Signaling failures"). The bodies hold numbers alone: no customer, no
document, no token. Whatever becomes of a ping changes nothing about the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acctsync import __version__
from acctsync.clock import Clock
from acctsync.errors import InputRefused, Problem, Severity
from acctsync.providers.exchange import NotSent, Request, Unclear, Use

if TYPE_CHECKING:
    from acctsync.cli.answer import Answer

VARIABLE = "ACCTSYNC_PING_URL"
UNUSABLE, UNREACHED = "RUN020", "RUN021"
PATIENCE = 5.0
_GOOD = range(200, 300)
_AWAY = "The push itself is not touched by that."


class Ping:
    """Tells one address how one run goes, waiting no longer than `PATIENCE` seconds each time."""

    def __init__(
        self, url: str, *, command: str, clock: Clock, warn: Callable[[Problem], None]
    ) -> None:
        self._command = command
        self._clock = clock
        self._warn = warn
        self._place: tuple[str, str, str] | None = None
        try:
            self._place = address(url)
        except InputRefused as refusal:
            warn(_warning(UNUSABLE, refusal.message, refusal.hint))

    def began(self) -> None:
        """Say that the run begins."""
        self._send("/start", b"")

    def ended(self, exit_code: int, answer: Answer) -> None:
        """Say how the run ended, with its numbers."""
        told = {
            "command": self._command,
            "version": __version__,
            "exit_code": exit_code,
            "run": answer.run,
            **answer.summary(),
        }
        self._send(f"/{exit_code}", json.dumps(told).encode())

    def _send(self, ending: str, body: bytes) -> None:
        if self._place is None:
            return
        origin, path, query = self._place
        request = Request(
            method="POST",
            origin=origin,
            target=f"{path}{ending}{query}",
            use=Use.FREE,
            body=body,
            content_type="application/json" if body else "",
        )
        failure = within(PATIENCE, lambda: _failure(request, self._clock))
        if failure:
            self._warn(_warning(UNREACHED, f"the monitor was not reached: {failure}", _AWAY))


def address(url: str) -> tuple[str, str, str]:
    """Take an address apart: origin, path, and its query with the question mark, if any.

    Raises InputRefused for anything but https, or http on this machine.
    """
    from acctsync.providers.loopback import loopback

    refusal = InputRefused(
        f"{VARIABLE} can't be used as an address to ping",
        hint="Give the https address that your monitor shows for this job; the push goes on.",
    )
    url = url.strip()
    try:
        parts = urlsplit(url)
        plain = parts.port != 0 and not (parts.username or parts.password or parts.fragment)
    except ValueError:
        raise refusal from None
    origin = f"{parts.scheme}://{parts.netloc}"
    if not plain or not parts.hostname or not (url.isascii() and url.isprintable()):
        raise refusal
    if parts.scheme != "https":
        try:
            loopback(origin)
        except InputRefused:
            raise refusal from None
    return origin, parts.path.rstrip("/"), f"?{parts.query}" if parts.query else ""


def within(seconds: float, work: Callable[[], str]) -> str:
    """Do something for so long at most, and then leave it to itself; tell what it said.

    A look-up of a name can't be interrupted, and an answer may trickle: no socket's own limit ends
    either.
    """
    said = [f"no answer within {seconds:.0f} s"]

    def carry_out() -> None:
        try:
            said[0] = work()
        except Exception as problem:  # noqa: BLE001 - a thread would print its traceback
            said[0] = type(problem).__name__

    thread = Thread(target=carry_out, name="ping", daemon=True)
    thread.start()
    thread.join(seconds)
    return said[0]


def _failure(request: Request, clock: Clock) -> str:
    """Exchange once; tell what went wrong, or nothing."""
    from acctsync.providers.http import Http

    http = Http(origins=[request.origin], in_flight=1, clock=clock, patience=PATIENCE)
    try:
        status = http.call(request).status
    except (NotSent, Unclear) as problem:
        return str(problem)
    finally:
        http.close()
    return "" if status in _GOOD else f"it answered with status {status}"


def _warning(code: str, message: str, hint: str = "") -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=Severity.WARNING)
