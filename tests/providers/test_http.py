"""The client against sockets that misbehave."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from acctsync.clock import SystemClock
from acctsync.errors import GuardStopped
from acctsync.providers.exchange import Answer, ExchangeSeen, NotSent, Request, Unclear, Use
from acctsync.providers.http import Http
from acctsync.providers.port import Calls

TOKEN = "canary-access-token-123456"
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\nintuit_tid: 1-abc\r\nContent-Type: application/JSON\r\n\r\n{}"


@contextmanager
def saying(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers every connection with these bytes and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def client(origin: str, **options: object) -> Iterator[Http]:
    known: dict[str, Any] = {"names_calls": ["intuit_tid"], **options}
    http = Http(origins=[origin], in_flight=2, clock=SystemClock(), **known)
    try:
        yield http
    finally:
        http.close()


def a_call(origin: str, target: str = "/v3/x", use: Use = Use.WRITE) -> Request:
    return Request(
        method="POST",
        origin=origin,
        target=target,
        use=use,
        body=b"{}",
        content_type="application/json",
        authorization=f"Bearer {TOKEN}",
    )


def test_an_answer_comes_back_whole_with_what_support_asks_for() -> None:
    with saying(OK) as (origin, heard), client(origin) as http:
        answer = http.call(a_call(origin))

    assert answer == Answer(
        status=200, body=b"{}", content_type="application/json", request="1-abc"
    )
    head = heard[0].decode().lower()
    assert "post /v3/x http/1.1" in head
    assert f"authorization: bearer {TOKEN}" in head
    assert "accept: application/json" in head


def test_a_compressed_answer_is_read() -> None:
    packed = gzip.compress(b'{"a":1}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    with saying(head.encode() + packed) as (origin, _), client(origin) as http:
        assert http.call(a_call(origin)).body == b'{"a":1}'


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    away = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with saying(away) as (origin, heard), client(origin) as http:
        assert http.call(a_call(origin)).status == 307
    assert len(heard) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["silence", "cut off", "cut off in chunks", "garbage", "bad compression"],
)
def test_anything_after_the_first_byte_is_unclear(answer: bytes) -> None:
    with saying(answer) as (origin, heard), client(origin) as http, pytest.raises(Unclear):
        http.call(a_call(origin))
    assert len(heard) == 1


def test_a_refused_connection_was_certainly_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    with client(origin) as http, pytest.raises(NotSent, match=r"127\.0\.0\.1 can't be reached"):
        http.call(a_call(origin))


def test_a_failed_tls_handshake_was_certainly_not_sent() -> None:
    with saying(b"plain text\r\n") as (origin, _):
        secure = origin.replace("http:", "https:")
        with client(secure) as http, pytest.raises(NotSent):
            http.call(a_call(secure))


def test_tokens_go_only_to_the_origins_of_the_connection() -> None:
    with saying(OK) as (origin, heard), client(origin) as http:
        for odd in (
            a_call("http://127.0.0.1:9"),
            a_call(origin, "@127.0.0.1:9/x"),
            a_call(origin, ".evil.example/x"),
            a_call(origin, "9/x"),
        ):
            with pytest.raises(NotSent):
                http.call(odd)
        assert http.calls == Calls()
    assert heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_goes_where_a_redirect_points_not_even_without_the_token(status: int) -> None:
    with saying(OK) as (elsewhere, stolen):
        away = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere}/v3/x\r\nContent-Length: 0\r\n\r\n"
        with saying(away.encode()) as (origin, _), client(origin) as http:
            assert http.call(a_call(origin)).status == status
    assert stolen == []


def test_neither_a_proxy_nor_a_netrc_gets_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login eve password other-token\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with saying(OK) as (proxy, overheard):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
            monkeypatch.setenv(name.lower(), proxy)
        monkeypatch.setenv("NO_PROXY", "")
        with saying(OK) as (origin, heard), client(origin) as http:
            http.call(a_call(origin))
    assert overheard == []
    head = heard[0].decode().lower()
    assert head.count("authorization:") == 1
    assert f"authorization: bearer {TOKEN}" in head


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with saying(OK) as (origin, _), client(origin) as http:
        assert http.call(a_call(origin)).status == 200


def test_calls_are_counted_by_use_and_throttled_ones_beside() -> None:
    busy = b"HTTP/1.1 429 Slow\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 5\r\n\r\n"
    with saying(busy) as (origin, _), client(origin) as http:
        assert http.call(a_call(origin)).retry_after == "5"
        http.call(a_call(origin, use=Use.READ))
        http.call(a_call(origin, use=Use.FREE))
        assert http.calls == Calls(read=1, write=1, throttled=3)


def test_the_budget_stops_the_call_that_would_exceed_it() -> None:
    with saying(OK) as (origin, heard), client(origin, max_calls=2) as http:
        http.call(a_call(origin))
        http.call(a_call(origin, use=Use.READ))
        http.call(a_call(origin, use=Use.FREE))
        with pytest.raises(GuardStopped, match="budget of 2 calls"):
            http.call(a_call(origin))
        assert http.calls == Calls(read=1, write=1)
    assert len(heard) == 3


def _seen_without_time(seen: ExchangeSeen) -> tuple[str, str, int, str, int]:
    return (seen.method, seen.path, seen.status, seen.request, seen.bytes_sent)


def test_the_run_log_sees_calls_but_no_queries_bodies_or_tokens() -> None:
    seen: list[ExchangeSeen] = []
    keep: Callable[[ExchangeSeen], None] = seen.append
    with saying(OK) as (origin, _), client(origin, on_exchange=keep) as http:
        http.call(a_call(origin, "/v3/x?query=secret"))
    with client(origin, on_exchange=keep) as http, pytest.raises((NotSent, Unclear)):
        http.call(a_call(origin))

    assert [_seen_without_time(each) for each in seen] == [
        ("POST", "/v3/x", 200, "1-abc", 2),
        ("POST", "/v3/x", 0, "", 2),
    ]


def test_no_repr_or_error_shows_a_token() -> None:
    with saying(b"") as (origin, _), client(origin) as http:
        request = a_call(origin)
        with pytest.raises(Unclear) as problem:
            http.call(request)
    shown = f"{request!r} {problem.value!r} {problem.value.__cause__!r} {problem.value.__suppress_context__}"

    assert TOKEN not in shown
    assert shown.endswith("None True")


@pytest.mark.parametrize("ahead", [600, -600, 0])
def test_how_far_the_clocks_are_apart_is_known_after_an_answer(ahead: int) -> None:
    date = format_datetime(SystemClock().now() + dt.timedelta(seconds=ahead), usegmt=True)
    answer = OK.replace(b"\r\n\r\n", f"\r\nDate: {date}\r\n\r\n".encode())
    with saying(answer) as (origin, _), client(origin) as http:
        assert http.clock_skew is None
        http.call(a_call(origin))
        assert http.clock_skew is not None
        # Whole seconds on their side, and a busy machine's delay on ours.
        assert -120 < http.clock_skew - ahead <= 0


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 32 Foo 2025 25:00:00", "\u202e"])
def test_an_answer_without_a_date_that_makes_sense_tells_nothing_of_clocks(date: str) -> None:
    answer = OK.replace(b"\r\n\r\n", b"\r\nDate: " + date.encode() + b"\r\n\r\n")
    with saying(answer) as (origin, _), client(origin) as http:
        http.call(a_call(origin))
        assert http.clock_skew is None
