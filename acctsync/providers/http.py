"""The one HTTP client: sends once, counts, and tells what was certainly not sent from the rest.

It repeats nothing and follows no redirect. Importing this module imports httpx; a run with nothing
to push never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from threading import Lock

import httpx

from acctsync.clock import Clock
from acctsync.errors import GuardStopped
from acctsync.providers.exchange import (
    Answer,
    ExchangeSeen,
    NotSent,
    Request,
    Unclear,
    Use,
    header_line,
)
from acctsync.providers.port import Calls

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
_IDLE_SECONDS = 15.0
_MOST_BYTES = 200_000_000
_TOO_MANY = 429

# httpx raises these before the first byte of the request is written.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)

OnExchange = Callable[[ExchangeSeen], None]


class Http:
    """One pool of connections to a fixed set of origins.

    `names_calls` are the headers, one of which holds the vendor's name for a call; `notes` are
    those that an answer keeps.
    `patience`: how many seconds to wait for the next part of an answer.
    """

    def __init__(
        self,
        *,
        origins: Iterable[str],
        in_flight: int,
        clock: Clock,
        max_calls: int | None = None,
        on_exchange: OnExchange | None = None,
        names_calls: Sequence[str] = (),
        notes: Sequence[str] = (),
        patience: float = READ_SECONDS,
    ) -> None:
        self._names_calls = tuple(names_calls)
        self._notes = tuple(notes)
        self._origins = frozenset(origins)
        self._clock = clock
        self._max_calls = max_calls
        self._on_exchange = on_exchange
        self._lock = Lock()
        self._calls = {Use.READ: 0, Use.WRITE: 0, Use.FREE: 0}
        self._throttled = 0
        self._clock_skew: float | None = None
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(patience, connect=min(patience, CONNECT_SECONDS)),
            limits=httpx.Limits(
                max_connections=in_flight + 2,
                max_keepalive_connections=in_flight + 2,
                keepalive_expiry=_IDLE_SECONDS,
            ),
            headers={
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": "acctsync",
            },
        )

    @property
    def calls(self) -> Calls:
        """Tell how many calls were used."""
        with self._lock:
            return Calls(self._calls[Use.READ], self._calls[Use.WRITE], self._throttled)

    @property
    def clock_skew(self) -> float | None:
        """Tell by how many seconds the other side's clock is ahead of ours; None: not told yet."""
        with self._lock:
            return self._clock_skew

    def call(self, request: Request) -> Answer:
        """Exchange once.

        Raises GuardStopped or NotSent when certainly nothing was carried out, Unclear when bytes
        may have arrived without a usable answer.
        """
        prepared = self._prepare(request)
        self._count(request.use)
        started = self._clock.monotonic()
        try:
            answer = self._exchange(prepared)
        except (NotSent, Unclear):
            self._tell(request, Answer(status=0), started)
            raise
        if answer.status == _TOO_MANY:
            with self._lock:
                self._throttled += 1
        self._tell(request, answer, started)
        return answer

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _prepare(self, request: Request) -> httpx.Request:
        """Attach the token only after checking where the whole address really leads."""
        if request.origin not in self._origins:
            raise NotSent(f"{request.origin} is not one of this connection's addresses")
        try:
            url = httpx.URL(request.origin + request.target)
            origin = httpx.URL(request.origin)
        except httpx.InvalidURL:
            raise NotSent("the address can't be used") from None
        if (url.scheme, url.host, url.port, url.userinfo) != (
            origin.scheme,
            origin.host,
            origin.port,
            b"",
        ):
            raise NotSent("the address leads elsewhere than its origin")
        headers = dict(request.headers)
        if request.authorization:
            headers["authorization"] = request.authorization
        if request.content_type:
            headers["content-type"] = request.content_type
        content = request.body if request.method != "GET" else None
        return self._client.build_request(request.method, url, headers=headers, content=content)

    def _count(self, use: Use) -> None:
        with self._lock:
            used = self._calls[Use.READ] + self._calls[Use.WRITE]
            if use is not Use.FREE and self._max_calls is not None and used >= self._max_calls:
                raise GuardStopped(
                    f"the budget of {self._max_calls} calls is used up",
                    hint="Raise --max-calls, or run again: it goes on where it stopped.",
                )
            self._calls[use] += 1

    def _exchange(self, prepared: httpx.Request) -> Answer:
        host = prepared.url.host
        try:
            response = self._client.send(prepared, stream=True)
            try:
                body = _whole_body(response)
            finally:
                response.close()
        except _BEFORE_SENDING as problem:
            raise NotSent(f"{host} can't be reached ({_why(problem)})") from None
        except httpx.HTTPError as problem:
            raise Unclear(f"no usable answer from {host} ({_why(problem)})") from None
        headers = response.headers
        self._note_clock(header_line(headers, "date"))
        return Answer(
            status=response.status_code,
            body=body,
            content_type=header_line(headers, "content-type").lower(),
            retry_after=header_line(headers, "retry-after"),
            request=next(
                filter(None, (header_line(headers, each) for each in self._names_calls)), ""
            ),
            noted={each: said for each in self._notes if (said := header_line(headers, each))},
        )

    def _note_clock(self, said: str) -> None:
        """Compare clocks; the date is whole seconds and as old as the answer's way to us."""
        at = _moment(said)
        if at is not None:
            with self._lock:
                self._clock_skew = (at - self._clock.now()).total_seconds()

    def _tell(self, request: Request, answer: Answer, started: float) -> None:
        if self._on_exchange is None:
            return
        self._on_exchange(
            ExchangeSeen(
                method=request.method,
                path=request.target.partition("?")[0],
                status=answer.status,
                request=answer.request,
                seconds=self._clock.monotonic() - started,
                bytes_sent=len(request.body),
            )
        )


def _whole_body(response: httpx.Response) -> bytes:
    """Read the body to its announced end; a body beyond all reason counts as garbage."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > _MOST_BYTES:
            raise Unclear("the answer is longer than any real one")
        parts.append(part)
    return b"".join(parts)


def _moment(date: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo is not None else None


def _why(problem: Exception) -> str:
    """Name the failure by its class: httpx's own texts may quote what was sent."""
    words = {
        "ConnectError": "no connection",
        "ConnectTimeout": f"no connection within {CONNECT_SECONDS:.0f} s",
        "ReadTimeout": f"no answer within {READ_SECONDS:.0f} s",
        "ReadError": "connection lost",
        "WriteError": "connection lost",
        "RemoteProtocolError": "answer cut off",
        "DecodingError": "answer unreadable",
    }
    name = type(problem).__name__
    return words.get(name, name)
