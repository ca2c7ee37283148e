"""Turns the names that a mapping uses into functions from a row's cells to text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from acctsync.errors import Location
from acctsync.exports.paths import NotText, as_text, finder
from acctsync.exports.records import Wanted

Getter = Callable[[Any], str]


class Scope(Protocol):
    """Where a name is looked up; one that is `sure` finds text under every name that it takes."""

    sure: bool

    def text(self, name: str, place: Location, *, optional: bool = False) -> Getter: ...

    def absence(self, name: str) -> Callable[[Any], str]:
        """Say in words why a name reads as empty: blank, null, or not there at all."""
        ...


def loosely(read: Getter) -> Getter:
    """Read a list or an object as a word of its own, where only being filled or equal matters."""

    def word(cells: Any) -> str:
        try:
            return read(cells)
        except NotText:
            return "[…]"

    return word


class Columns:
    """The columns of a CSV source; remembers which ones are wanted, and in which order."""

    sure = True

    def __init__(self) -> None:
        self.wanted: dict[str, Wanted] = {}
        self._at: dict[str, int] = {}
        self._watched: set[int] = set()

    def watch(self) -> set[int]:
        """Give a set that gathers the positions asked for from now on."""
        self._watched = set()
        return self._watched

    def position(self, name: str, place: Location, *, optional: bool = False) -> int:
        """Give the column its place among the wanted ones."""
        if name not in self._at:
            self._at[name] = len(self._at)
            self.wanted[name] = Wanted(name, place, optional)
        elif self.wanted[name].optional and not optional:
            self.wanted[name] = Wanted(name, place)
        self._watched.add(self._at[name])
        return self._at[name]

    def text(self, name: str, place: Location, *, optional: bool = False) -> Getter:
        position = self.position(name, place, optional=optional)
        return lambda cells: cells[position].strip()

    def absence(self, name: str) -> Callable[[Any], str]:  # noqa: ARG002 - a cell is blank or not
        return lambda _cells: "is empty"


class Paths:
    """The keys of a JSON row."""

    sure = False

    def text(
        self,
        name: str,
        place: Location,  # noqa: ARG002 - a path needs no place
        *,
        optional: bool = False,  # noqa: ARG002 - any path may lead nowhere
    ) -> Getter:
        find = finder(name)
        return lambda row: as_text(find(row), name)

    def absence(self, name: str) -> Callable[[Any], str]:
        find = finder(name)

        def tell(row: Any) -> str:
            try:
                found = find(row)
            except NotText:
                return "is no value"
            if found is None:
                return "is null"
            if isinstance(found, str):
                return "is empty"
            return "is missing from this row (is the path right?)"

        return tell


class Below:
    """The rows under a document: their own names, and the document's by `document.NAME`.

    Cells are a pair: the line's own and the document's.
    """

    PREFIX = "document."

    def __init__(self, own: Scope, above: Scope) -> None:
        self._own = own
        self._above = above
        self.sure = own.sure and above.sure

    def text(self, name: str, place: Location, *, optional: bool = False) -> Getter:
        if name.startswith(self.PREFIX):
            outer = self._above.text(name.removeprefix(self.PREFIX), place, optional=optional)
            return lambda pair: outer(pair[1])
        inner = self._own.text(name, place, optional=optional)
        return lambda pair: inner(pair[0])

    def absence(self, name: str) -> Callable[[Any], str]:
        if name.startswith(self.PREFIX):
            outer = self._above.absence(name.removeprefix(self.PREFIX))
            return lambda pair: outer(pair[1])
        inner = self._own.absence(name)
        return lambda pair: inner(pair[0])


class Repeated:
    """One of several sideways groups of columns: `{n}` in a name is its number."""

    def __init__(self, scope: Scope, number: int) -> None:
        self._scope = scope
        self._number = str(number)
        self.sure = scope.sure

    def text(self, name: str, place: Location, *, optional: bool = False) -> Getter:
        sideways = "{n}" in name
        return self._scope.text(self.called(name), place, optional=optional or sideways)

    def absence(self, name: str) -> Callable[[Any], str]:
        return self._scope.absence(self.called(name))

    def called(self, name: str) -> str:
        """Tell what a name is called in this group of columns."""
        return name.replace("{n}", self._number)
