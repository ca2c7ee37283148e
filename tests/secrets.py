"""Canaries: secrets that can be recognised, searched for wherever none may be.

The simulated company's codes and tokens begin with words of their own, and the app's secret is one
that the tests choose. `find_canaries` looks for them plain and as base64 or hex would write them.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

APP_SECRET = "app-secret-canary"
MARKS = ("SIMCODE", "SIMREFRESH", "SIMACCESS", APP_SECRET)
# The one folder where secrets belong, and what the user wrote.
ALLOWED = frozenset({"tokens", "client-secret"})


def find_canaries(
    paths: Iterable[Path] = (),
    texts: Mapping[str, str | bytes] | None = None,
    marks: Iterable[str] = MARKS,
) -> list[str]:
    """Tell where secrets are: `place: secret`; folders are searched whole but for `ALLOWED`."""
    forms = [(mark, form) for mark in marks for form in _forms(mark)]
    found = set()
    for place, data in (*_read(paths), *_given(texts or {})):
        found |= {f"{place}: {mark}" for mark, form in forms if form in data}
    return sorted(found)


class ProcessWatch:
    """Looks again and again at the command lines and environments of the processes of one test.

    They are recognised by a folder's name, which the test alone uses, in either of the two.
    """

    def __init__(self, folder: Path) -> None:
        self._mark = str(folder).encode()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.05):
            for each in Path("/proc").iterdir():
                if each.name.isdigit():
                    self._note(each)

    def _note(self, process: Path) -> None:
        try:
            words = (process / "cmdline").read_bytes()
            variables = (process / "environ").read_bytes()
        except OSError:
            return
        if process.name != str(os.getpid()) and self._mark in words + b"\0" + variables:
            shown = words.replace(b"\0", b" ").decode(errors="replace").strip()
            self.seen[f"process {shown}"] = words + b"\0" + variables


def _forms(mark: str) -> Iterator[bytes]:
    """Give a text as it stands in plain, hex, UTF-16, and base64 whatever comes before it."""
    plain = mark.encode()
    yield from (plain, plain.hex().encode(), mark.encode("utf-16-le"), mark.encode("utf-16-be"))
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain + b"\0" * 3)
        # What lies next to it shares the first and the last letters.
        yield whole[(8 * before + 5) // 6 : (8 * (before + len(plain))) // 6]


def _read(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for each in inside:
            if not ALLOWED & set(each.parts) and each.is_file():
                yield str(each), each.read_bytes()


def _given(texts: Mapping[str, str | bytes]) -> Iterator[tuple[str, bytes]]:
    for place, text in texts.items():
        yield place, text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
