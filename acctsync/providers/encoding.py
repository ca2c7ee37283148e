"""JSON with exact decimals: numbers go out digit by digit and come in as Decimal."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

Json = dict[str, Any]


def encode(value: Json) -> bytes:
    """Write compact JSON."""
    return _object(value).encode()


def decode(body: bytes) -> Any:
    """Read JSON; raises ValueError for anything that is not."""
    return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)


def _object(value: Json) -> str:
    return "{" + ",".join([f'"{name}":{_text(part)}' for name, part in value.items()]) + "}"


def _text(value: Any) -> str:
    """Write a value by its exact type; this is the inner loop of a push."""
    return _WRITERS[type(value)](value)


def _array(value: list[Any]) -> str:
    return "[" + ",".join([_text(part) for part in value]) + "]"


def _flag(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "true" if value else "false"


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError(f"{value} is no amount")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    Decimal: _number,
    dict: _object,
    list: _array,
    bool: _flag,
}
