"""Stands between the command and the company, and does what networks do: sends again, dawdles."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from tests.rigs.processes.company import has_connections

LOOPBACK = "127.0.0.1"
_POLL = 0.002
_HOP = {"connection", "content-length", "transfer-encoding", "keep-alive"}


@dataclass(frozen=True, slots=True)
class Request:
    """What the command sent.

    Kept apart from the handler, which serves the connection's next request while this one is
    delivered once more.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the company answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Relay:
    """Passes every request on to the company at `url`.

    `again` tells of a method and a path whether the request is delivered a second time; the second
    answer is thrown away, as that of a network's own repetition is. `late` is how long after the
    first that is, `dawdles` how long an answer's body takes.
    """

    def __init__(
        self,
        url: str,
        *,
        again: Callable[[str, str], bool] = lambda _method, _path: False,
        late: float = 0.0,
        dawdles: float = 0.0,
    ) -> None:
        self.company = urlsplit(url).netloc
        self.again = again
        self.late = late
        self.dawdles = dawdles
        self.repeated: list[int] = []
        self.repeating: list[threading.Thread] = []
        # What is on its way to the company, also for a client that is gone.
        self.passing: list[str] = []
        self._server = ThreadingHTTPServer(
            (LOOPBACK, 0), type("Handler", (_Handler,), {"relay": self})
        )
        self._server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def finish(self) -> None:
        """Wait until all that was sent to it has arrived, and every repetition."""
        while has_connections(self._server.server_port) or self.passing:
            time.sleep(_POLL)
        for each in self.repeating:
            each.join()

    def deliver(self, request: Request) -> Answer:
        """Pass a request on, on a connection of its own."""
        connection = http.client.HTTPConnection(self.company, timeout=60)
        head = {**request.headers, "Connection": "close"}
        connection.request(request.method, request.target, request.body or None, head)
        response = connection.getresponse()
        kept = [each for each in response.getheaders() if each[0].lower() not in _HOP]
        answer = Answer(response.status, kept, response.read())
        connection.close()
        return answer

    def repeat(self, request: Request) -> None:
        """Deliver once more, later, whoever waits for it."""

        def deliver_late() -> None:
            time.sleep(self.late)
            self.repeated.append(self.deliver(request).status)

        thread = threading.Thread(target=deliver_late)
        thread.start()
        self.repeating.append(thread)
        if not self.late:
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    relay: Relay

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        # Noted before it is read whole: a client that was reset leaves no connection behind.
        self.relay.passing.append(path)
        try:
            request = self._read()
            answer = self.relay.deliver(request)
            if self.relay.again(self.command, path):
                self.relay.repeat(request)
        finally:
            self.relay.passing.remove(path)
        self._answer(answer)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server calls it so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Keep quiet."""

    def _read(self) -> Request:
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        return Request(self.command, self.path, kept, body)

    def _answer(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self._write(answer.body)

    def _write(self, body: bytes) -> None:
        if not self.relay.dawdles:
            self.wfile.write(body)
            return
        for place in range(0, len(body), 1 + len(body) // 10):
            self.wfile.write(body[place : place + 1 + len(body) // 10])
            time.sleep(self.relay.dawdles / 10)
