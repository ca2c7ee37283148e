"""Writes a mapping line by line: keys and values, with remarks behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from acctsync.mapping.quoting import quoted
from acctsync.mapping.recognition.finding import CONFIRM, Literal, Shape
from acctsync.mapping.survey import shown

_REMARKS_AT = 44
_LONGEST = 200


class Sheet:
    """The text of a mapping as it grows; `confirm` lists what a person must look at."""

    def __init__(self) -> None:
        self.confirm: list[str] = []
        self._lines: list[str] = []
        self._trail: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def entry(self, key: str, shape: Shape, note: str = "") -> None:
        """Write one key with its value."""
        self._put(f"{quoted(key)}: {flow(shape)}", note, key)

    def item(self, shape: Shape, note: str = "") -> None:
        """Write one entry of a list."""
        self._put(f"- {flow(shape)}", note, "")

    @contextmanager
    def section(self, key: str, note: str = "") -> Iterator[None]:
        """Write what follows below a key."""
        self._put(f"{quoted(key)}:", note, key)
        self._trail.append(key)
        yield
        self._trail.pop()

    def remark(self, text: str) -> None:
        """Write a line that means nothing."""
        self._lines.append(f"{self._indent}# {_safe(text)}".rstrip())

    def remark_whole(self, text: str, note: str) -> None:
        """Write a line that means something once its # is taken away; `text` is safe and whole."""
        self._lines.append(f"{self._indent}# {text:<{_REMARKS_AT - 4}}  # {_safe(note)}")

    def plain(self, text: str) -> None:
        """Write a line of our own as it is."""
        self._lines.append(text)

    @property
    def _indent(self) -> str:
        return "  " * len(self._trail)

    def _put(self, text: str, note: str, key: str) -> None:
        line = self._indent + text
        if note:
            line = f"{line:<{_REMARKS_AT - 2}}  # {_safe(note)}"
        self._lines.append(line)
        if note.startswith(CONFIRM):
            place = ".".join([*self._trail, key] if key else self._trail)
            self.confirm.append(f"{place}: {note.removeprefix(CONFIRM).lstrip(': ')}")


def flow(shape: Shape) -> str:
    """Write a value on one line."""
    if isinstance(shape, str):
        return shape if isinstance(shape, Literal) else quoted(shape)
    if isinstance(shape, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {flow(each)}" for key, each in shape.items()) + "}"
    assert isinstance(shape, Sequence)
    return "[" + ", ".join(map(flow, shape)) + "]"


def _safe(text: str) -> str:
    """Keep a remark on its line, whatever foreign text is in it."""
    return shown(text, _LONGEST)
