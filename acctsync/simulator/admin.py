"""The way behind the scenes: read the books, see the requests, plant faults, play the bookkeeper.

No sign-in is asked for: the server listens on loopback only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from acctsync.simulator.company import CompanyError
from acctsync.simulator.encoding import json_answer, load
from acctsync.simulator.exchange import Answer, Dialect, Entity, Request, RequestSeen
from acctsync.simulator.faults import FaultError
from acctsync.simulator.refusals import Refusal

PREFIX = "/simulator/"


class Stage(Protocol):
    """What can be seen and steered from behind: the running simulator."""

    requests: list[RequestSeen]

    @property
    def dialect(self) -> Dialect:
        """Speak for the company."""

    def add_fault(self, planted: Mapping[str, object]) -> None:
        """Plant a fault."""


def administer(simulator: Stage, request: Request) -> Answer:
    """Answer a request behind the scenes."""
    try:
        return _administer(simulator, request)
    except (FaultError, CompanyError, ValueError, TypeError, KeyError) as problem:
        return json_answer({"error": str(problem)}, 400)
    except Refusal as refusal:
        return refusal.answer()


def _administer(  # noqa: C901, PLR0911 - one per path
    simulator: Stage, request: Request
) -> Answer:
    match request.method, request.path.removeprefix(PREFIX).split("/"):
        case "GET", ["books"]:
            return json_answer(simulator.dialect.snapshot())
        case "GET", ["mails"]:
            return json_answer({"mails": simulator.dialect.mails()})
        case "GET", ["balances"]:
            return json_answer(simulator.dialect.balances())
        case "GET", ["requests"]:
            return json_answer(_log(simulator, list(simulator.requests)))
        case "POST", ["faults"]:
            planted = load(request.body)
            for entry in planted if isinstance(planted, list) else [planted]:
                simulator.add_fault(entry)
            return json_answer({"planted": len(planted) if isinstance(planted, list) else 1})
        case "POST", ["entities", kind]:
            return json_answer({kind: simulator.dialect.by_hand(kind, load(request.body))})
        case "POST", ["settings"]:
            return json_answer(simulator.dialect.settle(load(request.body)))
        case "POST", ["expire"]:
            simulator.dialect.expire_tokens()
            return json_answer({"expired": True})
        case "POST", ["reset-requests"]:
            simulator.requests.clear()
            return json_answer({"requests": 0})
    return json_answer({"error": f"nothing at {request.method} {request.path}"}, 404)


def _log(simulator: Stage, seen: Sequence[RequestSeen]) -> Entity:
    return {"requests": [_line(one) for one in seen], "counts": _counts(simulator, seen)}


def _line(seen: RequestSeen) -> Entity:
    return {
        "method": seen.method,
        "path": seen.path,
        "query": dict(seen.query),
        "status": seen.status,
        "sha256": hashlib.sha256(seen.body).hexdigest(),
        "seconds": round(seen.ended - seen.started, 6),
    }


def _counts(simulator: Stage, seen: Sequence[RequestSeen]) -> list[Entity]:
    counts: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for one in seen:
        request = Request(one.method, one.path, one.query, {}, one.body)
        kinds = sorted(
            {
                f"{touch.operation} {touch.entity}".strip()
                for touch in simulator.dialect.touches(request)
            }
        )
        counts[one.method, one.path, tuple(kinds)] += 1
    return [
        {"method": method, "path": path, "kinds": list(kinds), "count": count}
        for (method, path, kinds), count in sorted(counts.items())
    ]
