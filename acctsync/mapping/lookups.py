"""Looks up source words in the accounting half: exact, then patterns as written, then `other`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from acctsync.errors import Location, Problem, Severity
from acctsync.exports.conditions import pattern
from acctsync.mapping.quoting import quoted
from acctsync.values import dataclass

V = TypeVar("V")
Places = Mapping[tuple[str, ...], Location]

# How a line without any item is called, where a word is needed.
BLANK = "(blank)"

_CATCH_ALL = ("other", "*")
# Keys that mean something else unless they are written in another case.
_RESERVED = ("other", "tracking_category")


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """What a word is mapped to; a wrapper because a mapped value may be empty."""

    value: V


class Origin(NamedTuple):
    """The key that a word was found under, and how: exact, pattern or other."""

    key: str
    how: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One use of a word that the mapping doesn't know."""

    what: str
    value: str
    place: Location | None
    policy: str = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A word that the mapping doesn't know: how often, where first, and the YAML to paste.

    `policy` is what the mapping says of such words: error, warn, default or create.
    """

    what: str
    value: str
    count: int
    place: Location | None
    yaml: str
    policy: str = "error"

    @property
    def by_name(self) -> bool:
        """Tell whether it stands for the entry of that very name in the books."""
        return self.policy == "create"


class Lookup(Generic[V]):
    """One table of the accounting half; case and spaces don't count."""

    def __init__(self, table: Mapping[str, V]) -> None:
        self._table = table
        self._exact = {
            collapsed(key): value for key, value in table.items() if key not in _CATCH_ALL
        }
        self._patterns = [
            (pattern(collapsed(key)), value)
            for key, value in table.items()
            if "*" in key and key not in _CATCH_ALL
        ]
        self._other = next((Found(table[key]) for key in _CATCH_ALL if key in table), None)
        self._seen: dict[str, Found[V] | None] = {}

    def exact(self, word: str) -> Found[V] | None:
        """Find a word that is there as it is."""
        key = collapsed(word)
        return Found(self._exact[key]) if key in self._exact else None

    def find(self, word: str) -> Found[V] | None:
        """Find a word's entry."""
        if word not in self._seen:
            self._seen[word] = self._look(collapsed(word))
        return self._seen[word]

    def origin(self, word: str) -> Origin | None:
        """Tell under which key `find` finds a word, and how."""
        key = collapsed(word)
        plain = [name for name in self._table if name not in _CATCH_ALL]
        if key in self._exact:
            return Origin([name for name in plain if collapsed(name) == key][-1], "exact")
        for name in plain:
            if "*" in name and pattern(collapsed(name)).fullmatch(key):
                return Origin(name, "pattern")
        other = next((name for name in _CATCH_ALL if name in self._table), None)
        return Origin(other, "other") if other is not None else None

    def _look(self, key: str) -> Found[V] | None:
        if key in self._exact:
            return Found(self._exact[key])
        for shape, value in self._patterns:
            if shape.fullmatch(key):
                return Found(value)
        return self._other


def collapsed(word: str) -> str:
    """Bring a word to the form in which lookups compare: case and extra spaces don't count."""
    return " ".join(word.split()).casefold()


def tally(sightings: Iterator[Sighting]) -> tuple[Unmapped, ...]:
    """Count unmapped words, in the order in which they were met."""
    counts: dict[tuple[str, str], tuple[int, Sighting]] = {}
    for each in sightings:
        count, first = counts.get((each.what, each.value), (0, each))
        counts[each.what, each.value] = (count + 1, first)
    return tuple(
        Unmapped(
            what=what,
            value=value,
            count=count,
            place=first.place,
            yaml=_yaml(what, value),
            policy=first.policy,
        )
        for (what, value), (count, first) in counts.items()
    )


def uncreatable(unmapped: Iterable[Unmapped], places: Places) -> Iterator[Problem]:
    """Warn of `create` where nothing is ever created: the books must have an entry of that name.

    Items, classes and locations are; tax codes can't be, and how money comes is a person's to say.
    """
    words: dict[str, list[str]] = {}
    for each in unmapped:
        if each.by_name and each.what not in CREATED:
            words.setdefault(each.what, []).append(each.value)
    for what, values in words.items():
        word, more = what.replace("_", " "), len(values) - 1
        others = f" and {more:,} more" if more else ""
        yield Problem(
            code="DOC035",
            message=f"unmapped: {{{what}: create}} takes the {word} of the same name, but creates"
            f' none: "{values[0]}"{others} must be in the books',
            hint=f"create what is missing there, or list it under accounting.{TABLES[what]}",
            severity=Severity.WARNING,
            location=places.get(("accounting", "unmapped", what)),
        )


# The table of each sort of word, and the sorts whose entries are created in the books.
TABLES = {
    "item": "items",
    "location": "locations",
    "class": "classes",
    "tax": "taxes",
    "payment_method": "payment_methods",
}
CREATED = frozenset(("item", "class", "location"))

_TEMPLATES = {
    "item": "accounting:\n  items:\n    {}: {{item: ?}}",
    "location": "accounting:\n  locations:\n    {}: ?",
    "class": "accounting:\n  classes:\n    {}: ?",
    "tax": "accounting:\n  taxes:\n    {}: {{code: ?}}",
    "payment_method": "accounting:\n  payment_methods:\n    {}: {{method: ?, deposit_to: ?}}",
}


def key_of(value: str) -> str:
    """Tell the key under which a table finds a value; one with a * finds others as well."""
    if value == BLANK:
        return ""
    return value.capitalize() if value in _RESERVED else value


def _yaml(what: str, value: str) -> str:
    return _TEMPLATES[what].format(quoted(key_of(value)))
