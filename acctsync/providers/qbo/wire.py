"""Authorised, paced calls to one company: what they carry, and which answers are of use."""

from __future__ import annotations

from acctsync.errors import ComeBackLater
from acctsync.providers.calling import Caller, Failed
from acctsync.providers.encoding import Json
from acctsync.providers.exchange import Answer, Request, Use
from acctsync.providers.port import Throttled
from acctsync.providers.qbo.responses import json_or_none
from acctsync.providers.qbo.verdicts import for_support, passes
from acctsync.providers.retry import Failure
from acctsync.providers.throttle import Lane

IN_FLIGHT = 9  # Intuit, blog 2016: 10 at a time; one is left to people
# How QuickBooks names a call; the second is how it stands in older answers.
CALL_NAMES = ("intuit_tid", "intuit-tid")
ALL, SINGLE, BATCH = "all", "single", "batch"
_OK = 200
_REFUSED = frozenset({400, 413, 414})
_JSON, _QUERY = "application/json", "application/text"
_NOTHING = "application/octet-stream"  # Intuit: send an invoice


def lanes() -> list[Lane]:
    """Give Intuit's limits (limits and throttles; blog 2025/08/13).

    Ten a second are allowed; the tenth is left to others, since 500 a minute is less anyway.
    """
    return [Lane(ALL, 500, 60.0), Lane(SINGLE, 9, 1.0), Lane(BATCH, 40, 60.0)]


class QuestionRefused(ComeBackLater):
    """A read that will be refused however often it is made; it may be too long."""


class Wire:
    """Calls to one company."""

    def __init__(self, *, api: str, caller: Caller) -> None:
        self._api = api
        self._caller = caller

    def write(self, target: str, body: bytes, *, batch: bool) -> Answer | Throttled:
        """Send once; see `Caller.write`."""
        request = Request(
            method="POST",
            origin=self._api,
            target=target,
            use=Use.WRITE,
            body=body,
            content_type=_JSON if body else _NOTHING,
        )
        return self._caller.write(request, (ALL, BATCH if batch else SINGLE))

    def read(self, target: str) -> Json:
        """Read, patiently; raises ComeBackLater when it can't be had."""
        return self._read("GET", target, b"", "")

    def query(self, target: str, statement: str) -> Json:
        """Ask by POST, for statements too long for an address (Intuit: data queries)."""
        return self._read("POST", target, statement.encode(), _QUERY)

    def _read(self, method: str, target: str, body: bytes, content_type: str) -> Json:
        request = Request(
            method=method,
            origin=self._api,
            target=target,
            use=Use.READ,
            body=body,
            content_type=content_type,
        )
        return self._caller.read(request, (ALL, SINGLE), _usable)


def _usable(answer: Answer) -> Json | Failed:
    if answer.status in _REFUSED and passes(answer):
        return Failed(Failure.BROKEN, f"it could not answer (status {answer.status})")
    if answer.status in _REFUSED:
        raise QuestionRefused(
            f"QuickBooks refuses a question{for_support(answer)}",
            hint="This is a bug in acctsync, please report it with QuickBooks' code and "
            "request id; nothing was written.",
        )
    value = json_or_none(answer) if answer.status == _OK else None
    if not isinstance(value, dict):
        return Failed(Failure.BROKEN, f"an unusable answer, status {answer.status}")
    return value
