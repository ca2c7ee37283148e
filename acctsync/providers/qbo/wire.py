"""Authorised, paced calls to one company: reads are repeated by rule, writes go out once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event, Lock

from acctsync.clock import Clock
from acctsync.errors import ComeBackLater, Interrupted
from acctsync.providers.encoding import Json
from acctsync.providers.exchange import Answer, NotSent, Request, Unclear, Use
from acctsync.providers.http import Http
from acctsync.providers.port import Throttled
from acctsync.providers.qbo.responses import json_or_none
from acctsync.providers.qbo.verdicts import (
    TOO_MANY,
    UNAUTHORISED,
    for_support,
    passes,
    signed_out,
    stops_the_run,
)
from acctsync.providers.redaction import Secrets
from acctsync.providers.retry import Failure, retry_after_seconds, wait_before
from acctsync.providers.throttle import Lane, Throttle
from acctsync.providers.tokens import READ_SECONDS, WRITE_SECONDS, AccessTokens

IN_FLIGHT = 9  # Intuit, blog 2016: 10 at a time; one is left to people
# How QuickBooks names a call; the second is how it stands in older answers.
CALL_NAMES = ("intuit_tid", "intuit-tid")
ALL, SINGLE, BATCH = "all", "single", "batch"
UNREACHABLE_SECONDS = 5.0
LONGEST_PAUSE = 600.0
_UNREACHABLE_MOST = 5
_OK = 200
_REFUSED = frozenset({400, 413, 414})
_JSON, _QUERY = "application/json", "application/text"
_NOTHING = "application/octet-stream"  # Intuit: send an invoice


def lanes() -> list[Lane]:
    """Give Intuit's limits (limits and throttles; blog 2025/08/13).

    Ten a second are allowed; the tenth is left to others, since 500 a minute is less anyway.
    """
    return [Lane(ALL, 500, 60.0), Lane(SINGLE, 9, 1.0), Lane(BATCH, 40, 60.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What waiting depends on.

    `time_scale` shortens the waits that the vendor wants, in rehearsals; its limits stay as they
    are, since a server counts real time.
    """

    clock: Clock
    random: Callable[[], float]
    stop: Event
    time_scale: float = 1.0


class QuestionRefused(ComeBackLater):
    """A read that will be refused however often it is made; it may be too long."""


class Wire:
    """Calls to one company."""

    def __init__(
        self,
        *,
        api: str,
        http: Http,
        tokens: AccessTokens,
        throttle: Throttle,
        pace: Pace,
        secrets: Secrets,
    ) -> None:
        self._api = api
        self._http = http
        self._tokens = tokens
        self._throttle = throttle
        self._pace = pace
        self._secrets = secrets
        self._unreachable = 0
        self._lock = Lock()

    def write(self, target: str, body: bytes, *, batch: bool) -> Answer | Throttled:
        """Send once. Throttled: certainly not carried out. Raises Unclear when nobody can tell.

        Raises SignInNeeded, InputRefused, ComeBackLater or GuardStopped when nothing was done.
        """
        request = Request(
            method="POST",
            origin=self._api,
            target=target,
            use=Use.WRITE,
            body=body,
            content_type=_JSON if body else _NOTHING,
        )
        try:
            answer = self._call(request, WRITE_SECONDS, BATCH if batch else SINGLE)
        except Interrupted:
            return Throttled(wait=0.0, why="the run is being stopped")
        except NotSent as problem:
            return self._not_sent(problem)
        self._reached()
        if answer.status == TOO_MANY:
            wait = self._pause(answer)
            return Throttled(wait=wait, why="QuickBooks' limit on calls was reached")
        stop = stops_the_run(answer)
        if stop is not None:
            raise stop
        return answer

    def read(self, target: str) -> Json:
        """Read, patiently; raises ComeBackLater when it can't be had."""
        return self._read(self._reading("GET", target, b"", ""))

    def query(self, target: str, statement: str) -> Json:
        """Ask by POST, for statements too long for an address (Intuit: data queries)."""
        return self._read(self._reading("POST", target, statement.encode(), _QUERY))

    def _read(self, request: Request) -> Json:
        started = self._pace.clock.monotonic()
        attempt = 1
        while True:
            found = self._try_read(request)
            if not isinstance(found, _Failed):
                return found
            wait = wait_before(
                attempt,
                found.failure,
                elapsed=self._pace.clock.monotonic() - started,
                retry_after=found.wait,
                random=self._pace.random,
            )
            if wait is None:
                raise ComeBackLater(
                    f"QuickBooks can't be asked now: {self._secrets.clean(found.why)}",
                    hint="Nothing is lost: run the same command again later.",
                )
            if found.failure is not Failure.THROTTLED:
                self._pace.clock.sleep(wait * self._pace.time_scale, self._pace.stop)
            attempt += 1

    def _try_read(self, request: Request) -> Json | _Failed:
        try:
            answer = self._call(request, READ_SECONDS, SINGLE)
        except NotSent as problem:
            return _Failed(Failure.UNREACHABLE, str(problem))
        except Unclear as problem:
            return _Failed(Failure.BROKEN, str(problem))
        self._reached()
        if answer.status == TOO_MANY:
            return _Failed(Failure.THROTTLED, "its limit on calls was reached", self._pause(answer))
        stop = stops_the_run(answer)
        if stop is not None:
            raise stop
        if answer.status in _REFUSED and passes(answer):
            return _Failed(Failure.BROKEN, f"it could not answer (status {answer.status})")
        if answer.status in _REFUSED:
            raise QuestionRefused(
                f"QuickBooks refuses a question{for_support(answer)}",
                hint="This is a bug in acctsync, please report it with QuickBooks' code and "
                "request id; nothing was written.",
            )
        value = json_or_none(answer) if answer.status == _OK else None
        if not isinstance(value, dict):
            return _Failed(Failure.BROKEN, f"an unusable answer, status {answer.status}")
        return value

    def _call(self, request: Request, token_seconds: float, lane: str) -> Answer:
        """Call with a token; after a 401, which was not carried out, once more with a new one."""
        token = self._tokens.access(token_seconds)
        answer = self._once(request, token, lane)
        if answer.status != UNAUTHORISED:
            return answer
        stop = stops_the_run(answer)
        if stop is not None:
            raise stop
        answer = self._once(request, self._tokens.after_refusal(token), lane)
        if answer.status == UNAUTHORISED:
            raise signed_out(answer)
        return answer

    def _once(self, request: Request, token: str, lane: str) -> Answer:
        authorised = replace(request, authorization=f"Bearer {token}")
        with self._throttle.turn(ALL, lane):
            return self._http.call(authorised)

    def _reading(self, method: str, target: str, body: bytes, content_type: str) -> Request:
        return Request(
            method=method,
            origin=self._api,
            target=target,
            use=Use.READ,
            body=body,
            content_type=content_type,
        )

    def _pause(self, answer: Answer) -> float:
        """Hold every call back for as long as the vendor wants, unless a run can't wait so long."""
        asked = retry_after_seconds(answer.retry_after, self._pace.clock.now())
        if asked > LONGEST_PAUSE:
            raise ComeBackLater(
                f"QuickBooks takes no more calls for {asked / 60:.0f} minutes",
                hint="Nothing is lost: run the same command again then.",
            )
        wait = asked * self._pace.time_scale
        self._throttle.pause(wait)
        return wait

    def _not_sent(self, problem: NotSent) -> Throttled:
        """Let the engine try again, a few times; then the books are out of reach."""
        with self._lock:
            self._unreachable += 1
            often = self._unreachable
        why = self._secrets.clean(str(problem))
        if often >= _UNREACHABLE_MOST:
            raise ComeBackLater(
                f"QuickBooks can't be reached: {why}",
                hint="Nothing is lost: run the same command again later.",
            )
        return Throttled(wait=UNREACHABLE_SECONDS * self._pace.time_scale, why=why)

    def _reached(self) -> None:
        with self._lock:
            self._unreachable = 0


@dataclass(frozen=True, slots=True)
class _Failed:
    """A read that brought nothing."""

    failure: Failure
    why: str
    wait: float = 0.0
