"""What one HTTP exchange is to the rest of the package, without the HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Use(StrEnum):
    """What a call counts as; signing in is free."""

    READ = "read"
    WRITE = "write"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: `origin` is scheme, host and port, `target` the exact path and query.

    `headers` are the vendor's own, names in small letters.
    """

    method: str
    origin: str
    target: str
    use: Use
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    authorization: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whole; `request` is the vendor's name for the call, for support.

    `noted` are the headers that the client was told to look out for, those that were there.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    retry_after: str = ""
    request: str = ""
    noted: Mapping[str, str] = field(default_factory=dict)


class NotSent(Exception):
    """Certainly nothing of the request was carried out."""


class Unclear(Exception):
    """Bytes may have reached the other side and no usable answer came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSeen:
    """One line for the run log: never bodies, never secrets. Status 0: no answer."""

    method: str
    path: str
    status: int
    request: str
    seconds: float
    bytes_sent: int = 0


def header_line(headers: Mapping[str, str], name: str) -> str:
    """Give a header without the control characters that a log must not see."""
    return "".join(char for char in headers.get(name, "") if char.isprintable())[:200]
