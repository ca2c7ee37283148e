"""Idempotency-Key: for six minutes from its first use, a key stands for one request and its answer.

The same request gets the stored answer, failures included; another one is refused. Keys belong to
the app, not to the organisation, and count only for requests that write.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from acctsync.simulator.exchange import Answer, Request
from acctsync.simulator.xero.organisation import Settings
from acctsync.simulator.xero.refusals import problem

_LONGEST_KEY = 128
_WRITING = {"POST", "PUT", "PATCH"}


@dataclass(frozen=True, slots=True)
class _Kept:
    request: str
    answer: Answer
    first: float


class Keys:
    """What was answered under which key."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: dict[tuple[str, str], _Kept] = {}

    def once(self, client: str, request: Request, carry_out: Callable[[], Answer]) -> Answer:
        """Carry a request out, or repeat the answer it had; a twin that comes meanwhile waits."""
        key = _key(request)
        if not key:
            return carry_out()
        if len(key) > _LONGEST_KEY:
            detail = f"Idempotency Key must have at most {_LONGEST_KEY} characters."
            return problem(400, "Bad Request", detail)
        with self._lock:
            kept = self._found(client, key)
            if kept is None:
                answer = carry_out()
                self._keep(client, key, request, answer)
                return answer
            if kept.request != _digest(request):
                detail = f"Idempotency Key: {key} is used with a different request."
                return problem(400, "Bad Request", detail)
            return kept.answer

    def keep(self, client: str, request: Request, answer: Answer) -> None:
        """Keep an answer that something in front of the books gave."""
        key = _key(request)
        if key:
            with self._lock:
                self._keep(client, key, request, answer)

    def _keep(self, client: str, key: str, request: Request, answer: Answer) -> None:
        before = self._found(client, key)
        first = before.first if before else self._clock()
        self._kept[client, key] = _Kept(_digest(request), answer, first)

    def _found(self, client: str, key: str) -> _Kept | None:
        kept = self._kept.get((client, key))
        if kept is None or self._clock() - kept.first >= self._settings().idempotency_seconds:
            return None
        return kept


def _key(request: Request) -> str:
    return request.headers.get("idempotency-key", "") if request.method in _WRITING else ""


def _digest(request: Request) -> str:
    head = f"{request.method} {request.path}?{urlencode(sorted(request.query.items()))}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()
