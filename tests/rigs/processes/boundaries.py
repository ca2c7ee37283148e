"""Every point of a run at which a process can die with something half done, counted and named.

The product has no hooks for this: the HTTP library's transport, the state's transactions, its
backup and the token store's file are wrapped from outside, in the process that is to die.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from types import FrameType
from typing import Any

import httpx

from acctsync.cli.signals import Signals
from acctsync.credentials import FileStore
from acctsync.state.store import Store

# What the HTTP library tells of an exchange, in the words of the rig.
_MOMENTS = {
    "http11.send_request_headers.complete": "head sent",
    "http11.send_request_body.complete": "sent",
    "http11.receive_response_headers.complete": "head of the answer here",
    "http11.receive_response_body.complete": "answer here",
}
_TO_BE_HEARD = 30.0
_RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Boundaries:
    """Writes each boundary down as it is passed, and sends signals at one of them.

    A boundary is called by what happens there and how often that happened before, so that its
    name means the same in every run: "sent POST /batch 2". `at` is a name, or a number that counts
    all of them from 1.
    """

    def __init__(self, trail: Path, at: str | int | None, signals: Sequence[str]) -> None:
        self._trail = _appended(trail)
        self._sent = _appended(trail.with_name("sent"))
        self._at = at
        self._signals = signals
        self._passed: Counter[str] = Counter()
        self._lock = Lock()
        self._heard = Event()

    def passed(self, moment: str, what: str) -> None:
        """Note that a boundary was reached; strike if it is the one."""
        with self._lock:
            self._passed[f"{moment} {what}"] += 1
            name = f"{moment} {what} {self._passed[f'{moment} {what}']}"
            os.write(self._trail, f"{name}\n".encode())
            meant = self._at in {name, self._passed.total()}
        if meant:
            self._strike()

    def _note(self, request: httpx.Request) -> None:
        """Write a request down, for whoever holds it against the vendor's specification."""
        kept = {name: value for name, value in request.headers.items() if name != "authorization"}
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        line = {
            "method": request.method,
            "url": str(request.url),
            "headers": {**kept, "authorization": f"{scheme} kept back"},
            "content": request.content.decode(),
        }
        os.write(self._sent, json.dumps(line).encode() + b"\n")

    def _strike(self) -> None:
        for position, name in enumerate(self._signals):
            if position:
                # Two signals at once would be one: the first has to be heard before the second.
                self._heard.wait(_TO_BE_HEARD)
            os.kill(os.getpid(), signal.Signals[f"SIG{name}"])

    def watch(self) -> None:
        """Wrap what the boundaries lie in, for the rest of this process' life."""
        _watch_exchanges(self.passed, self._note)
        _watch_commits(self.passed)
        _watch_signals(self._heard)
        _around(Store, "back_up", "backup", self.passed)
        _around(FileStore, "save", "saving tokens", self.passed)


_Passed = Callable[[str, str], None]


def _appended(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _watch_exchanges(passed: _Passed, note: Callable[[httpx.Request], None]) -> None:
    send = httpx.HTTPTransport.handle_request

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        what = f"{request.method} /{_last_word(request.url.path)}"

        def trace(event: str, _: dict[str, Any]) -> None:
            if event in _MOMENTS:
                passed(_MOMENTS[event], what)

        request.extensions = {**request.extensions, "trace": trace}
        if "/api.xro/" in request.url.path:
            note(request)
        passed("before", what)
        return send(self, request)

    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]


def _last_word(path: str) -> str:
    """Give the last of an address that is the same in every run: an id of Xero's is not."""
    return [each for each in path.split("/") if not _RANDOM.fullmatch(each)][-1]


def _watch_commits(passed: _Passed) -> None:
    transaction = Store._transaction

    @contextmanager
    def watched(self: Store) -> Iterator[None]:
        with transaction(self):
            yield
            passed("before", "commit")
        passed("after", "commit")

    Store._transaction = watched  # type: ignore[method-assign]


def _watch_signals(heard: Event) -> None:
    handler = Signals._heard

    def watched(self: Signals, number: int, frame: FrameType | None) -> None:
        try:
            handler(self, number, frame)
        finally:
            heard.set()

    Signals._heard = watched  # type: ignore[assignment, method-assign]


def _around(owner: type, method: str, what: str, passed: _Passed) -> None:
    wrapped = getattr(owner, method)

    def watched(self: object, *values: object) -> object:
        passed("before", what)
        result = wrapped(self, *values)
        passed("after", what)
        return result

    setattr(owner, method, watched)
