"""A simulated company in a process of its own, seen from behind."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.rigs.processes.shop import Entry, Vendor
from tests.rigs.processes.starter import Starter

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_SYN_RECEIVED, _ESTABLISHED, _CLOSE_WAIT = "03", "01", "08"
_POLL = 0.002


class Company:
    """`acctsync simulate`, which outlives whatever talks to it."""

    def __init__(
        self, starter: Starter, folder: Path, environment: dict[str, str], vendor: Vendor
    ) -> None:
        arguments = ("simulate", vendor.system, "--company", str(vendor.company))
        self._vendor = vendor
        self._process = starter.start(folder, arguments, environment, watched=False)
        while not self._process.out.endswith("\n"):
            assert self._process.stands() not in "XZ", self._process.err
            time.sleep(_POLL)
        self.url = self._process.out.split()[1]
        self._port = int(self.url.rpartition(":")[2])
        # Its limits are another rig's; here many runs follow each other within a second.
        self.settle(**vendor.settings, limits="false")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send("KILL")
        self._process.wait()

    def settle(self, **settings: str) -> None:
        """Change what decides its answers."""
        self._post("/simulator/settings", settings)

    def plant(self, *faults: dict[str, Any]) -> None:
        """Plant faults."""
        self._post("/simulator/faults", list(faults))

    def expire_tokens(self) -> None:
        """Make every access token too old."""
        self._post("/simulator/expire", {})

    def edit_invoice(self, number: str, total: str) -> None:
        """Let a person in the office give an invoice another amount."""
        kind, fields = self._vendor.edited(self._get("/simulator/books"), number, total)
        self._post(f"/simulator/entities/{kind}", fields)

    def visit(self, address: str) -> None:
        """Open an address as a browser would."""
        with _OPENER.open(address, timeout=60) as page:
            page.read()

    def requests(self) -> int:
        """Count the requests that were answered so far."""
        return len(self._get("/simulator/requests")["requests"])

    def asked(self, path: str) -> int:
        """Count the requests for one path."""
        seen = self._get("/simulator/requests")["requests"]
        return sum(each["path"] == path for each in seen)

    def books(self, tenant: str = "") -> list[Entry]:
        """Read the books as a whole; those of another organisation of the login by its tenant."""
        self.finish()
        held = self._get("/simulator/books")
        return self._vendor.entries(held["Also"][tenant] if tenant else held)

    def finish(self) -> None:
        """Wait until nothing that was sent to it can still be carried out.

        A killed client's bytes may lie in the kernel yet. Nobody but the kernel knows: while a
        connection is open on the company's side, a request may still come out of it.
        """
        while has_connections(self._port):
            time.sleep(_POLL)

    def _get(self, path: str) -> Any:
        with _OPENER.open(f"{self.url}{path}", timeout=60) as answer:
            return json.load(answer)

    def _post(self, path: str, value: object) -> None:
        body = json.dumps(value).encode()
        head = {"Content-Type": "application/json"}
        with _OPENER.open(urllib.request.Request(self.url + path, body, head), timeout=60) as done:
            done.read()


def has_connections(port: int) -> bool:
    """Tell whether a connection to a port of this machine is open at that end."""
    local = f":{port:04X}"
    with Path("/proc/net/tcp").open(encoding="ascii") as table:
        fields = [line.split() for line in table][1:]
    undone = {_SYN_RECEIVED, _ESTABLISHED, _CLOSE_WAIT}
    return any(each[1].endswith(local) and each[3] in undone for each in fields)
