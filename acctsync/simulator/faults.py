"""Faults planted by script: which request they wait for, how often, and what they do to it.

A script is a list (YAML or JSON), each entry with `match` and `do`:

    match:  method, path (part of it), entity,
            operation (create | update | delete | void | query | read), bid (part of it),
            document (part of the number, reference or name), nth (only the nth match),
            after (skip so many matches), times (how often; 1 unless said, or `always`)
    do:     status, body (text, or an object sent as JSON), headers, retry_after: answer this
            instead; html: true, empty: true: a page, or nothing, with status 200
            processed: true            carry the request out all the same (with the above)
            refuse: {code, message, detail, element}
                                       refuse the matching documents; a batch's others go through
                                       (Xero's messages have no codes: it shows the detail)
            throttled: true            429 as the vendor sends it (retry_after adds the header)
            drop_before, drop_after: true
                                       close the connection before, or after, carrying it out
            late_commit: SECONDS       close the connection now, carry the request out later
            truncate, wrong_length: true
                                       half of the answer; a Content-Length of half the answer
            delay: SECONDS             answer late
            reorder: true              turn a batch's answer round
            omit: true                 leave the matching items out of a batch's answer
            duplicate_delivery: true   carry the request out twice
            expire_token: true         make the access token too old just before
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from acctsync.simulator.exchange import Entity, Request, Touch

_ALWAYS = -1


class FaultError(ValueError):
    """The fault script says something that means nothing."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a fault waits for."""

    method: str = ""
    path: str = ""
    entity: str = ""
    operation: str = ""
    bid: str = ""
    document: str = ""
    nth: int = 0
    after: int = 0
    times: int = 1

    def wants(self, touch: Touch) -> bool:
        """Tell whether one part of a request is meant."""
        return (
            self.entity.lower() in {"", touch.entity.lower()}
            and self.operation.lower() in {"", touch.operation.lower()}
            and self.bid in touch.bid
            and self.document in touch.number
        )

    def meets(self, request: Request, touches: Callable[[], Sequence[Touch]]) -> bool:
        """Tell whether a request is meant."""
        if self.method.upper() not in {"", request.method} or self.path not in request.path:
            return False
        if self.entity or self.operation or self.bid or self.document:
            return any(self.wants(touch) for touch in touches())
        return True


@dataclass(frozen=True, slots=True)
class Deed:
    """What a fault does."""

    status: int = 0
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: str = ""
    processed: bool = False
    refuse: Mapping[str, str] = field(default_factory=dict)
    throttled: bool = False
    drop_before: bool = False
    drop_after: bool = False
    late_commit: float = 0.0
    truncate: bool = False
    wrong_length: bool = False
    html: bool = False
    empty: bool = False
    delay: float = 0.0
    reorder: bool = False
    omit: bool = False
    duplicate_delivery: bool = False
    expire_token: bool = False

    def error(self) -> Entity:
        """Give the error that `refuse` describes."""
        return {
            "Message": self.refuse.get(
                "message", "A business validation error has occurred while processing your request"
            ),
            "Detail": self.refuse.get(
                "detail", "Business Validation Error: planted by the fault script"
            ),
            "code": str(self.refuse.get("code", "6000")),
            "element": self.refuse.get("element", ""),
        }


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a script."""

    match: Match
    do: Deed


NOTHING = Fault(Match(), Deed())


class Script:
    """The planted faults, in order, with what each has seen so far."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._faults = [(fault, [0, 0]) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Plant one more."""
        with self._lock:
            self._faults.append((fault, [0, 0]))

    def take(self, request: Request, touches: Callable[[], Sequence[Touch]]) -> Fault:
        """Find the fault that strikes this request, and count it."""
        with self._lock:
            for fault, counts in self._faults:
                if fault.match.meets(request, touches):
                    counts[0] += 1
                    if _strikes(fault.match, *counts):
                        counts[1] += 1
                        return fault
        return NOTHING


def _strikes(match: Match, seen: int, struck: int) -> bool:
    if match.nth:
        return seen == match.nth
    return seen > match.after and (match.times == _ALWAYS or struck < match.times)


def read_script(path: Path) -> list[Fault]:
    """Read a script file."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise FaultError(f"{path}: {problem}") from problem
    if not isinstance(entries, list):
        raise FaultError(f"{path}: a list of faults expected")
    return [fault(entry) for entry in entries]


def fault(entry: Mapping[str, object]) -> Fault:
    """Understand one entry; a word nobody knows is refused."""
    if not isinstance(entry, dict) or set(entry) - {"match", "do"} or not entry.get("do"):
        raise FaultError(
            f"a fault has match and do, and do says something: {json.dumps(entry, default=str)}"
        )
    match = dict(_fields("match", entry.get("match") or {}, Match))
    if match.get("times") == "always":
        match["times"] = _ALWAYS
    for name in ("nth", "after", "times"):
        if not isinstance(match.get(name, 0), int):
            raise FaultError(f"match: {name} must be a whole number, not {match[name]!r}")
    texts = {name: str(value) for name, value in match.items() if not isinstance(value, int)}
    return Fault(Match(**{**match, **texts}), _deed(_fields("do", entry["do"], Deed)))


def _deed(do: dict[str, Any]) -> Deed:
    if "retry_after" in do:
        do["retry_after"] = str(do["retry_after"])
    for name in ("delay", "late_commit"):
        if name in do:
            do[name] = float(do[name])
    return Deed(**do)


def _fields(part: str, given: object, kind: type[Any]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise FaultError(f"{part} must be a mapping, not {given!r}")
    known = [one.name for one in fields(kind)]
    for name in given:
        if name not in known:
            raise FaultError(f"{part} has no {name}; it has {', '.join(known)}")
    return dict(given)
