"""JSON and time as QuickBooks writes them: exact decimals, bare zeroes, Pacific time."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from acctsync.simulator.exchange import Answer

PACIFIC = ZoneInfo("America/Los_Angeles")
CENT = Decimal("0.01")
ZERO = Decimal(0)

# The JSON encoder knows no Decimal; each is written as marked text and unwrapped afterwards.
_MARKED = re.compile(rb'"\\u0001([^"\\]*)\\u0001"')


def dump(value: object) -> bytes:
    """Write JSON with decimals as plain numbers."""
    text = json.dumps(value, default=_marked, ensure_ascii=False, separators=(",", ":"))
    return _MARKED.sub(_bare, text.encode())


def _bare(found: re.Match[bytes]) -> bytes:
    return found[1]


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"cannot be JSON: {value!r}")
    return f"\x01{value:f}\x01"


def load(body: bytes) -> Any:
    """Read JSON with numbers as exact decimals; NaN and Infinity are no JSON."""
    return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not a number")


def cents(amount: Decimal | int) -> Decimal:
    """Round half up to whole cents, as the vendor does."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def cash(amount: Decimal | int) -> Decimal | int:
    """Give an amount as replies show it: 100.00, but 0."""
    rounded = cents(amount)
    return rounded or 0


def money(value: object) -> Decimal:
    """Read an amount out of a stored object."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def stamp(moment: datetime) -> str:
    """Write a moment the way MetaData shows it."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def answer_time() -> str:
    """Write the moment of an answer, to the millisecond."""
    return datetime.fromtimestamp(time.time(), PACIFIC).isoformat(timespec="milliseconds")


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    """Wrap a JSON body."""
    kind = "application/json;charset=utf-8" if status == HTTPStatus.OK else "application/json"
    extra = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, dump(value), {"Content-Type": kind, **extra})
