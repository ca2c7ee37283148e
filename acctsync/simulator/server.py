"""The simulated vendor as a server on loopback: sockets, latency, planted faults, request log.

It knows nothing of bookkeeping; what a request means is the dialect's business.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from acctsync.simulator.admin import PREFIX, administer
from acctsync.simulator.books import Books
from acctsync.simulator.encoding import dump
from acctsync.simulator.exchange import Answer, Dialect, Request, RequestSeen
from acctsync.simulator.faults import NOTHING, Deed, Fault, Script, fault, read_script
from acctsync.simulator.qbo import QuickBooks
from acctsync.simulator.xero.hosts import Xero

LOOPBACK = "127.0.0.1"
_HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>Be right back</body></html>"
_DROPPED = 0


class Simulator:
    """A simulated company on a port; usable inside a test's process, in threads of its own."""

    def __init__(
        self,
        books: str,
        *,
        company: Path | None = None,
        faults: Path | None = None,
        latency: float = 0.0,
        port: int = 0,
        limits: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dialect = _open(books, company, clock, limits=limits)
        self.latency = latency
        self.clock_offset = 0.0  # seconds that this server's clock is ahead
        self.requests: list[RequestSeen] = []
        self.url = ""
        self.stopping = threading.Event()
        self.script = Script(read_script(faults) if faults else ())
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._late: list[threading.Thread] = []

    @property
    def books(self) -> Books:
        """The QuickBooks company's books, to look into."""
        assert isinstance(self.dialect, QuickBooks)
        return self.dialect.books

    def start(self) -> None:
        """Listen, and serve in the background."""
        self.stopping.clear()
        self._server = _Server(self, self._port)
        self._port = self._server.server_port  # a second start listens where the first did
        self.url = f"http://{LOOPBACK}:{self._port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every connection; the books stay."""
        if self._server is None or self._thread is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()
        for late in self._late:
            late.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def add_fault(self, planted: Mapping[str, object]) -> None:
        """Plant a fault."""
        self.script.add(fault(planted))

    # ------------------------------------------------------------------ one request

    def exchange(self, request: Request) -> tuple[Answer | None, Deed]:
        """Answer a request as the script wants it; None closes the connection without a word."""
        if request.path.startswith(PREFIX):
            return administer(self, request), NOTHING.do
        refused = self.dialect.admitted(request)
        if refused is not None:
            return refused, NOTHING.do
        try:
            planted = self.script.take(request, lambda: self.dialect.touches(request))
            self.stopping.wait(self.latency + planted.do.delay)
            return self._struck(request, planted), planted.do
        finally:
            self.dialect.released(request)

    def _struck(self, request: Request, planted: Fault) -> Answer | None:
        do = planted.do
        if do.expire_token:
            self.dialect.expire_tokens()
        if do.late_commit:
            self._commit_late(request, do.late_commit)
            return None
        if do.drop_before:
            return None
        instead = self._instead(do)
        answer = None if instead and not do.processed else self._carried_out(request, planted)
        if instead is not None:
            self.dialect.answered(request, instead)
        return None if do.drop_after else instead or answer

    def _instead(self, do: Deed) -> Answer | None:
        if do.throttled:
            return self.dialect.throttled(_retry(do))
        return _instead(do)

    def _carried_out(self, request: Request, planted: Fault) -> Answer:
        do = planted.do
        if do.refuse:
            return self.dialect.refusing(request, planted.match.wants, do.error())
        answer = self.dialect.answer(request)
        if do.duplicate_delivery:
            self.dialect.answer(request)
        if do.omit or do.reorder:
            touches = self.dialect.touches(request) if do.omit else ()
            left_out = {touch.bid for touch in touches if planted.match.wants(touch)}
            answer = self.dialect.rearranged(answer, left_out, reverse=do.reorder)
        return answer

    def _commit_late(self, request: Request, seconds: float) -> None:
        def commit() -> None:
            if not self.stopping.wait(seconds):
                self.dialect.answer(request)

        late = threading.Thread(target=commit, daemon=True)
        self._late.append(late)
        late.start()


def _open(books: str, company: Path | None, clock: Callable[[], float], *, limits: bool) -> Dialect:
    match books:
        case "qbo":
            return QuickBooks.open(company, clock, limits=limits)
        case "xero":
            return Xero.open(company, clock, limits=limits)
        case _:
            raise ValueError(f"there is no simulated company for {books!r}")


def _retry(do: Deed) -> dict[str, str]:
    return {"Retry-After": do.retry_after} if do.retry_after else {}


def _instead(do: Deed) -> Answer | None:
    retry = _retry(do)
    if do.html:
        return Answer(
            do.status or 200, _HTML, {"Content-Type": "text/html; charset=utf-8", **do.headers}
        )
    if do.empty:
        return Answer(do.status or 200, b"", {**do.headers, **retry})
    if do.status:
        as_text = isinstance(do.body, str)
        body = do.body.encode() if as_text else dump(do.body)
        kind = _content_type(do.body) if as_text else "application/json"
        return Answer(do.status, body, {"Content-Type": kind, **do.headers, **retry})
    return None


def _content_type(body: str) -> str:
    if body.startswith("<"):
        return "application/xml"
    return "application/json" if body.startswith(("{", "[")) else "text/plain"


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined when closing, so that no socket outlives the server
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.simulator = simulator
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__((LOOPBACK, port), _Handler)

    def server_bind(self) -> None:
        # The parent would look its own name up, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def remember(self, connection: socket.socket) -> None:
        """Keep an open connection in mind."""
        with self._connections_lock:
            self._connections.add(connection)

    def forget(self, connection: socket.socket) -> None:
        """Let a closed connection go."""
        with self._connections_lock:
            self._connections.discard(connection)

    def close_connections(self) -> None:
        """Wake every thread that waits for a client's next request."""
        with self._connections_lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        self.server.remember(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            with contextlib.suppress(OSError):
                super().finish()
        finally:
            self.server.forget(self.request)

    def do_GET(self) -> None:
        simulator = self.server.simulator
        started = time.monotonic()
        request = self._read()
        answer, deed = simulator.exchange(request)
        status = _DROPPED if answer is None else answer.status
        if not request.path.startswith(PREFIX):
            simulator.requests.append(
                RequestSeen(
                    request.method,
                    request.path,
                    request.query,
                    request.body,
                    status,
                    started,
                    time.monotonic(),
                )
            )
        if answer is None:
            self._drop()
        else:
            self._write(answer, deed)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - http.server calls them so

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the request log is asked for."""

    def _read(self) -> Request:
        target = urlsplit(self.path)
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, target.path, query, headers, self._body(headers))

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(headers.get("content-length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _write(self, answer: Answer, deed: Deed) -> None:
        shown, length = answer.body, len(answer.body)
        if deed.truncate:
            shown = shown[: length // 2]
        if deed.wrong_length:
            length //= 2
        if deed.truncate or deed.wrong_length:
            self.close_connection = True
        head = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        head += [
            f"Content-Length: {length}",
            f"{self.server.simulator.dialect.trace_header}: {_trace_id()}",
            f"Date: {self.date_time_string(time.time() + self.server.simulator.clock_offset)}",
        ]
        if self.close_connection:
            head.append("Connection: close")
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + shown)

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _trace_id() -> str:
    moment = time.time_ns()
    return f"1-{moment // 10**9:08x}-{moment % 2**96:024x}"


def serve(
    books: str,
    *,
    port: int,
    company: Path | None,
    faults: Path | None,
    latency: float,
    announce: Callable[[str], None],
) -> None:
    """Serve until interrupted or terminated; `announce` hears when the port is open."""
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopped.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with Simulator(
            books, company=company, faults=faults, latency=latency, port=port
        ) as simulator:
            announce(f"ready {simulator.url}")
            while not stopped.wait(0.5):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
