"""Text from files and servers, made safe to show.

Nothing in it can move a terminal's cursor, turn a line around or pass for our own words.
"""

from __future__ import annotations

import unicodedata

LIMIT = 500
_ACTIVE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: object, limit: int = LIMIT) -> str:
    """Turn control, bidi and format characters into visible escapes; cut at `limit` characters."""
    whole = str(text)
    shown = whole if whole.isprintable() else "".join(map(_visible, whole[: limit + 1]))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _ACTIVE:
        return character
    return character.encode("unicode_escape").decode("ascii")
