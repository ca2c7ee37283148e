"""Authorised, paced calls to somebody's books: reads are repeated by rule, writes go out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event, Lock
from typing import Protocol, TypeVar

from acctsync.clock import Clock
from acctsync.errors import AcctsyncError, ComeBackLater, Interrupted
from acctsync.providers.exchange import Answer, NotSent, Request, Unclear
from acctsync.providers.http import Http
from acctsync.providers.port import Throttled
from acctsync.providers.redaction import Secrets
from acctsync.providers.retry import Failure, wait_before
from acctsync.providers.throttle import Throttle
from acctsync.providers.tokens import READ_SECONDS, WRITE_SECONDS, AccessTokens

UNREACHABLE_SECONDS = 5.0
LONGEST_PAUSE = 600.0
_UNREACHABLE_MOST = 5
_UNAUTHORISED = 401
_HOURS = 7200

_T = TypeVar("_T")


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


@dataclass(frozen=True, slots=True)
class Pause:
    """How many seconds the vendor wants no calls, and which of its limits was reached."""

    seconds: float
    limit: str = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many calls the vendor still takes: by lane of the throttle, and today."""

    lanes: Mapping[str, int] = field(default_factory=dict)
    today: int | None = None


class Verdicts(Protocol):
    """What a vendor's answers mean for the run; pure."""

    name: str

    def pause(self, answer: Answer) -> Pause | None:
        """Tell for how long the vendor wants no calls; None: it took this one."""
        ...

    def room(self, answer: Answer) -> Room:
        """Tell how many calls the vendor still takes, as far as an answer says so."""
        ...

    def stops_the_run(self, answer: Answer) -> AcctsyncError | None:
        """Tell whether an answer concerns the whole connection; nothing of the call was done."""
        ...

    def signed_out(self, answer: Answer) -> AcctsyncError:
        """Say that even a renewed token was refused."""
        ...


@dataclass(frozen=True, slots=True)
class Failed:
    """A read that brought nothing, and why."""

    failure: Failure
    why: str
    wait: float = 0.0


class Caller:
    """Calls to one company's books. May be used by several threads."""

    def __init__(
        self,
        *,
        verdicts: Verdicts,
        http: Http,
        tokens: AccessTokens,
        throttle: Throttle,
        pace: Pace,
        secrets: Secrets,
    ) -> None:
        self._verdicts = verdicts
        self._http = http
        self._tokens = tokens
        self._throttle = throttle
        self._pace = pace
        self._secrets = secrets
        self._unreachable = 0
        self._today: int | None = None
        self._lock = Lock()

    @property
    def left_today(self) -> int | None:
        """Tell how many calls the day still has, as the last answer said; None: none said."""
        with self._lock:
            return self._today

    def write(self, request: Request, lanes: Sequence[str]) -> Answer | Throttled:
        """Send once. Throttled: certainly not carried out. Raises Unclear when nobody can tell.

        Raises SignInNeeded, InputRefused, ComeBackLater or GuardStopped when nothing was done.
        """
        try:
            answer = self._call(request, WRITE_SECONDS, lanes)
        except Interrupted:
            return Throttled(wait=0.0, why="the run is being stopped")
        except NotSent as problem:
            return self._not_sent(problem)
        self._reached()
        pause = self._pause(answer)
        if pause is not None:
            why = f"{_whose(self._verdicts.name)} limit on {pause.limit} was reached"
            return Throttled(wait=pause.seconds, why=why)
        stop = self._verdicts.stops_the_run(answer)
        if stop is not None:
            raise stop
        return answer

    def read(
        self, request: Request, lanes: Sequence[str], usable: Callable[[Answer], _T | Failed]
    ) -> _T:
        """Read, patiently; raises ComeBackLater when it can't be had."""
        started = self._pace.clock.monotonic()
        attempt = 1
        while True:
            found = self._try_read(request, lanes, usable)
            if not isinstance(found, Failed):
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
                    f"{self._verdicts.name} can't be asked now: {self._secrets.clean(found.why)}",
                    hint="Nothing is lost: run the same command again later.",
                )
            if found.failure is not Failure.THROTTLED:
                self._pace.clock.sleep(wait * self._pace.time_scale, self._pace.stop)
            attempt += 1

    def _try_read(
        self, request: Request, lanes: Sequence[str], usable: Callable[[Answer], _T | Failed]
    ) -> _T | Failed:
        try:
            answer = self._call(request, READ_SECONDS, lanes)
        except NotSent as problem:
            return Failed(Failure.UNREACHABLE, str(problem))
        except Unclear as problem:
            return Failed(Failure.BROKEN, str(problem))
        self._reached()
        pause = self._pause(answer)
        if pause is not None:
            why = f"its limit on {pause.limit} was reached"
            return Failed(Failure.THROTTLED, why, pause.seconds)
        stop = self._verdicts.stops_the_run(answer)
        if stop is not None:
            raise stop
        return usable(answer)

    def _call(self, request: Request, token_seconds: float, lanes: Sequence[str]) -> Answer:
        """Call with a token; after a 401, which was not carried out, once more with a new one."""
        token = self._tokens.access(token_seconds)
        answer = self._once(request, token, lanes)
        if answer.status != _UNAUTHORISED:
            return answer
        stop = self._verdicts.stops_the_run(answer)
        if stop is not None:
            raise stop
        answer = self._once(request, self._tokens.after_refusal(token), lanes)
        if answer.status == _UNAUTHORISED:
            raise self._verdicts.signed_out(answer)
        return answer

    def _once(self, request: Request, token: str, lanes: Sequence[str]) -> Answer:
        authorised = replace(request, authorization=f"Bearer {token}")
        with self._throttle.turn(*lanes):
            answer = self._http.call(authorised)
        self._note(self._verdicts.room(answer))
        return answer

    def _note(self, room: Room) -> None:
        """Heed what the vendor says it still takes: others may call the same books."""
        for lane, left in room.lanes.items():
            self._throttle.told(lane, left)
        if room.today is not None:
            with self._lock:
                self._today = room.today

    def _pause(self, answer: Answer) -> Pause | None:
        """Hold every call back for as long as the vendor wants, unless a run can't wait so long."""
        asked = self._verdicts.pause(answer)
        if asked is None:
            return None
        if asked.seconds > LONGEST_PAUSE:
            over = self._pace.clock.now() + timedelta(seconds=asked.seconds)
            raise ComeBackLater(
                f"{self._verdicts.name} takes no more calls {_for(asked.seconds)}, until "
                f"{over:%Y-%m-%d %H:%M} UTC: its limit on {asked.limit} was reached",
                hint="Nothing is lost: run the same command again then.",
            )
        scaled = replace(asked, seconds=asked.seconds * self._pace.time_scale)
        self._throttle.pause(scaled.seconds)
        return scaled

    def _not_sent(self, problem: NotSent) -> Throttled:
        """Let the engine try again, a few times; then the books are out of reach."""
        with self._lock:
            self._unreachable += 1
            often = self._unreachable
        why = self._secrets.clean(str(problem))
        if often >= _UNREACHABLE_MOST:
            raise ComeBackLater(
                f"{self._verdicts.name} can't be reached: {why}",
                hint="Nothing is lost: run the same command again later.",
            )
        return Throttled(wait=UNREACHABLE_SECONDS * self._pace.time_scale, why=why)

    def _reached(self) -> None:
        with self._lock:
            self._unreachable = 0


def _whose(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _for(seconds: float) -> str:
    """Say how long, as a person plans."""
    if seconds < _HOURS:
        return f"for {seconds / 60:.0f} minutes"
    return f"for {seconds / 3600:.0f} hours"
