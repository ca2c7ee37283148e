"""JSON with exact decimals: numbers go out digit by digit and come in as Decimal."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

Json = dict[str, Any]


def encode(value: Json) -> bytes:
    """Write compact JSON."""
    return _object(value).encode()


def decode(body: bytes) -> Any:
    """Read JSON; raises ValueError for anything that is not."""
    return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)


# Values are written by their exact type; this is the inner loop of a push.


def _object(value: Json) -> str:
    writers = _WRITERS
    parts = [f'"{name}":{writers[type(part)](part)}' for name, part in value.items()]
    return "{" + ",".join(parts) + "}"


def _array(value: list[Any]) -> str:
    return "[" + ",".join([_WRITERS[type(part)](part) for part in value]) + "]"


def _flag(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "true" if value else "false"


def _number(value: Decimal) -> str:
    # Not through the cache: there the two zeros would be one.
    return _known_number(value) if value else _unseen_number(value)


def _unseen_number(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError(f"{value} is no amount")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number")


# Prices, quantities and amounts come again and again.
_known_number = lru_cache(maxsize=4096)(_unseen_number)
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    Decimal: _number,
    dict: _object,
    list: _array,
    bool: _flag,
}
