"""A bare server that takes every write at once, so that no server's own work is measured.

What is asked or signed in to, the simulated company behind it answers; writes never reach it, and
are shown by their ids alone. It counts calls, connections and bytes: GET /stub tells them, POST
/stub sets them back and says how many seconds each answer takes from then on.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from acctsync.simulator import Simulator
from acctsync.simulator.exchange import Request

_HEAD_END = b"\r\n\r\n"
_IDS = {
    "Invoices": ("InvoiceID", "InvoiceNumber"),
    "Contacts": ("ContactID", "Name"),
    "Payments": ("PaymentID", "Reference"),
    "Items": ("ItemID", "Code"),
}
_WRITES = {"POST", "PUT"}
_BY_ID = re.compile(r"FROM (Invoice|Payment) WHERE Id IN \(([^)]*)\)")


@dataclass(slots=True)
class Seen:
    """What came in since the last time that it was set back."""

    writes: int = 0
    reads: int = 0
    connections: int = 0
    bytes_written: int = 0
    together: int = 0
    moments: list[float] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        return {
            "writes": self.writes,
            "reads": self.reads,
            "connections": self.connections,
            "bytes_written": self.bytes_written,
            "together": self.together,
            "moments": self.moments,
            "asked": dict(self.asked),
        }


class Stub:
    """Answers for one vendor."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.latency = 0.0
        self.seen = Seen()
        self.flying = 0
        self._ids = itertools.count(1_000_000)
        self._kept: dict[str, bytes] = {}  # what QuickBooks' batches brought, by id

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Carry a request out, in words if it is a write."""
        if request.path == "/stub":
            return 200, {}, self._told(request)
        kind = _written(request)
        if kind:
            self._note_write(request)
            return 200, {"Content-Type": "application/json"}, self._taken(kind, request.body)
        if not request.path.startswith(("/connect", "/oauth2", "/identity", "/v2/")):
            self.seen.reads += 1
            self.seen.asked[_asked(request)] += 1
        by_id = _BY_ID.search(request.query.get("query", ""))
        if by_id:
            return 200, {"Content-Type": "application/json"}, self._held(by_id[1], by_id[2])
        answer, _ = self.simulator.exchange(request)
        assert answer is not None, "no faults are planted here"
        return answer.status, dict(answer.headers), answer.body

    def delay(self, request: Request) -> float:
        return 0.0 if request.path == "/stub" else self.latency

    def _told(self, request: Request) -> bytes:
        told = json.dumps(self.seen.told()).encode()
        if request.method == "POST":
            self.latency = float(json.loads(request.body)["latency"])
            self.seen = Seen()
        return told

    def _note_write(self, request: Request) -> None:
        self.seen.writes += 1
        self.seen.bytes_written += len(request.body)
        self.seen.moments.append(time.monotonic())

    def _taken(self, kind: str, body: bytes) -> bytes:
        if kind == "batch":
            items = json.loads(body)["BatchItemRequest"]
            return _dump({"BatchItemResponse": [self._item(each) for each in items]})
        if kind.islower():
            entity = json.loads(body)
            name = next((each for each in ("Invoice", "Customer") if each.lower() == kind), kind)
            return _dump({name: self._qbo(entity)})
        return _dump({"Id": "x", "Status": "OK", kind: self._xero(kind, body)})

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        (name,) = item.keys() - {"bId", "operation", "optionsData"}
        return {"bId": item["bId"], name: self._qbo(item[name])}

    def _held(self, name: str, ids: str) -> bytes:
        """Show what was written before: a change is only sent to what is there."""
        found = [self._kept[each] for each in re.findall(r"'(\d+)'", ids) if each in self._kept]
        return b'{"QueryResponse":{"%b":[%b]}}' % (name.encode(), b",".join(found))

    def _qbo(self, entity: dict[str, Any]) -> dict[str, Any]:
        lines = entity.get("Line") or []
        total = round(sum(float(each.get("Amount") or 0) for each in lines), 2)
        made = {"Id": str(next(self._ids)), "SyncToken": "0", "TotalAmt": total, "Balance": total}
        shown: dict[str, Any] = {**made, **entity}
        self._kept[shown["Id"]] = _dump(shown)
        return shown

    def _xero(self, resource: str, body: bytes) -> list[dict[str, Any]]:
        key, number = _IDS[resource]
        if not body.startswith(b"{"):
            several = body.count(b"%3CInvoice%3E") or body.count(b"<Invoice>")
            return [{key: self._uuid(), "Status": "AUTHORISED"} for _ in range(several)]
        elements = json.loads(body)[resource]
        return [
            {**each, **_sums(each), key: self._uuid(), number: each.get(number, "")}
            for each in elements
        ]

    def _uuid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._ids):012}"


class Connection(asyncio.Protocol):
    """One client's connection, kept for as long as the client keeps it."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._stub.seen.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        method, target, headers = _head(bytes(self._received[:end]))
        size = end + len(_HEAD_END) + int(headers.get("content-length", "0"))
        if len(self._received) < size:
            return
        body = bytes(self._received[end + len(_HEAD_END) : size])
        del self._received[:size]
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(method, parts.path, query, headers, body)
        stub = self._stub
        stub.flying += 1
        stub.seen.together = max(stub.seen.together, stub.flying)
        delay = stub.delay(request)
        asyncio.get_running_loop().call_later(delay, partial(self._reply, request))

    def _reply(self, request: Request) -> None:
        status, headers, body = self._stub.answer(request)
        self._stub.flying -= 1
        told = {**headers, "Content-Length": str(len(body))}
        lines = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in told.items())]
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write("\r\n".join(lines).encode("latin-1") + _HEAD_END + body)


def _written(request: Request) -> str:
    """Tell what a request writes: `batch`, a QuickBooks entity, a Xero resource, or nothing."""
    if request.method not in _WRITES:
        return ""
    qbo = re.fullmatch(r"/v3/company/[^/]+/([a-z]+)", request.path)
    if qbo and qbo[1] != "query":
        return qbo[1]
    xero = re.fullmatch(r"/api\.xro/2\.0/(\w+)", request.path)
    return xero[1] if xero and xero[1] in _IDS else ""


def _asked(request: Request) -> str:
    statement = request.query.get("query", "")
    if request.path.endswith("/query"):
        found = re.search(r"FROM (\w+)", statement or request.body.decode())
        return f"query {found[1]}" if found else "query"
    return (
        request.path.rpartition("/")[2]
        if "company" not in request.path
        else (request.path.split("/")[4])
    )


def _sums(element: dict[str, Any]) -> dict[str, Any]:
    if "LineItems" not in element:
        return {"Status": element.get("Status", "AUTHORISED")}
    lines = [
        {"LineAmount": float(each["Quantity"]) * float(each["UnitAmount"]), **each}
        for each in element["LineItems"]
    ]
    total = round(sum(float(each["LineAmount"]) for each in lines), 2)
    money = {"Total": total, "SubTotal": total, "TotalTax": 0, "AmountDue": total}
    return {"LineItems": lines, "Status": "AUTHORISED", **money}


def _head(text: bytes) -> tuple[str, str, dict[str, str]]:
    first, *rest = text.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (each.partition(":") for each in rest)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def _serve(stub: Stub) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(stub), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"ready http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Serve until ended."""
    reading = argparse.ArgumentParser()
    reading.add_argument("system", choices=["qbo", "xero"])
    reading.add_argument("company", type=Path)
    chosen = reading.parse_args()
    simulator = Simulator(chosen.system, company=chosen.company, limits=False)
    asyncio.run(_serve(Stub(simulator)))


if __name__ == "__main__":
    main()
