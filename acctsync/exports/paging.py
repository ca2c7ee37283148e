"""Pages: stretches of a file's lines that were read before, and are told by their text alone.

Taking a million lines apart, only to find that nothing of them has changed, is most of the work of
a nightly run. A page is compared as one text; what reads on can still take it apart into its rows.
"""

from __future__ import annotations

import csv
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from acctsync.exports.records import Row

if TYPE_CHECKING:
    from hashlib import _Hash

    from acctsync.exports.conditions import Test

Pick = Callable[[Sequence[str]], tuple[str, ...]]


class Head(NamedTuple):
    """By what a page is recognised: how many lines it has, and their digest; `number` is ours."""

    number: int
    lines: int
    digest: bytes


class Manner(NamedTuple):
    """How lines of one file become rows: each of them one row, all cells of it in place."""

    file: str
    delimiter: str
    pick: Pick
    skip: Test | None

    def rows(self, texts: Sequence[str], first: int) -> Iterator[Row]:
        """Take plain lines apart."""
        parted = csv.reader(texts, delimiter=self.delimiter, strict=True)
        for line, cells in enumerate(map(self.pick, parted), first):
            if self.skip is None or not self.skip(cells):
                yield Row(self.file, line, cells)


class Page(NamedTuple):
    """A page that was found again: its place in the file, and its lines."""

    head: Head
    first: int
    texts: Sequence[str]
    manner: Manner
    tape: Tape | None

    @property
    def file(self) -> str:
        return self.manner.file

    def rows(self) -> Iterator[Row]:
        """Take it apart after all."""
        if self.tape is not None:
            self.tape.put(self.file, self.first, self.texts)
        return self.manner.rows(self.texts, self.first)


class Tape:
    """The plain lines that were read of late, by their numbers: pages are made of them."""

    def __init__(self) -> None:
        self._lines: dict[str, OrderedDict[int, str]] = {}
        self._begun: dict[str, _Hash] = {}

    def begin(self, file: str, begun: _Hash) -> None:
        """Take note of how a file's pages are told apart from those of any other."""
        self._begun[file] = begun

    def put(self, file: str, first: int, texts: Sequence[str]) -> None:
        """Keep plain lines until they are let go."""
        self._lines.setdefault(file, OrderedDict()).update(enumerate(texts, first))

    def holds(self, file: str, first: int, last: int) -> bool:
        """Tell whether all of these lines are there, and so are plain."""
        lines = self._lines.get(file, ())
        return all(number in lines for number in range(first, last + 1))

    def page(self, file: str, first: int, last: int) -> tuple[str, bytes]:
        """Tell the first line and the digest of a page; all of its lines must be there."""
        lines = self._lines[file]
        texts = [lines[number] for number in range(first, last + 1)]
        return texts[0], digest_of(self._begun[file], texts)

    def let_go(self, file: str, before: int) -> None:
        """Let go of the lines above one; files that were read before it go whole."""
        for each in list(self._lines):
            if each == file:
                break
            del self._lines[each]
        lines = self._lines.get(file, OrderedDict())
        while lines and next(iter(lines)) < before:
            lines.popitem(last=False)


class Pager:
    """Finds the pages of a source again: `starts` are those it has, by their first lines."""

    def __init__(self, version: bytes, starts: Mapping[str, Head], tape: Tape | None) -> None:
        """Set up; `version` stands for all that makes of the same cells the same documents."""
        self._version = version
        self.starts = starts
        self.tape = tape

    def begin(self, file: str, header: Sequence[str], delimiter: str) -> _Hash:
        """Begin the digests of a file's pages: the same text means the same under one header."""
        begun = sha256(self._version)
        begun.update(repr((list(header), delimiter)).encode(errors="surrogatepass"))
        if self.tape is not None:
            self.tape.begin(file, begun)
        return begun


def digest_of(begun: _Hash, texts: Sequence[str]) -> bytes:
    """Digest the lines of a page."""
    digest = begun.copy()
    digest.update("".join(texts).encode(errors="surrogatepass"))
    return digest.digest()
