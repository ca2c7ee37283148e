"""Secrets that are known by value and never shown: tokens, codes and the app's own secret."""

from __future__ import annotations

from threading import Lock

MASK = "[hidden]"
_TOO_SHORT = 6


class Secrets:
    """Remembers secret values and takes them out of any text that people or logs may see."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Secrets({len(self._values)} hidden)"

    def add(self, *values: str) -> None:
        """Hide these values from now on; very short ones would blank out ordinary words."""
        with self._lock:
            known = {*self._values, *(value for value in values if len(value) >= _TOO_SHORT)}
            self._values = tuple(sorted(known, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """Take every known secret out of a text."""
        for value in self._values:
            text = text.replace(value, MASK)
        return text
