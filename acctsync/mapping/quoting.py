"""Writes text and small values so that YAML, and a mapping's reader, give back just that."""

from __future__ import annotations

import re
from collections.abc import Mapping

Value = str | Mapping[str, "Value"]

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_ ./()+%-]*[A-Za-z0-9_./()+%-])?")
# Our reader types nothing, but an editor that follows the schema does.
_TYPED = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """Write a text on one line, in quotes unless it can't be taken for anything but itself."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _TYPED:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def flow(value: Value) -> str:
    """Write a value on one line: a quoted text, or `{key: value}`."""
    if isinstance(value, str):
        return quoted(value)
    pairs = (f"{quoted(key)}: {flow(each)}" for key, each in value.items())
    return "{" + ", ".join(pairs) + "}"


def _escaped(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    number = ord(character)
    if number <= 0xFF:  # noqa: PLR2004 - YAML's three lengths of escapes
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - likewise
