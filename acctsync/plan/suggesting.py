"""Which entry of the books somebody may mean: by a word of the export, or by what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from acctsync.documents import ListEntry, ListKind, Reference
from acctsync.errors import Problem
from acctsync.mapping.entries import Entry
from acctsync.plan.references import Catalog, folded

# How alike two names must be to be offered, to be taken unasked, and to be told from the next.
_LIKE, _SAME, _APART = 0.6, 0.8, 0.1
_FIGURES = 6
_DEPOSITS = frozenset(("bank", "other current asset"))


class Command(StrEnum):
    """What may be typed instead of a name."""

    SKIP = ""
    WHOLE_LIST = "?"
    AGAIN = "r"
    STOP = "q"


@dataclass(frozen=True, slots=True)
class Offer:
    """Entries that a word may stand for, best first; `near` if any is called alike at all."""

    entries: tuple[ListEntry, ...]
    near: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """The entries that were meant, best first; `sure` if it can only be the one."""

    entries: tuple[ListEntry, ...]
    sure: bool = False


def offered(entries: Iterable[ListEntry]) -> tuple[ListEntry, ...]:
    """Choose what a mapping may name: active entries that documents can use, by name."""
    usable = (each for each in entries if each.active and each.usable)
    return tuple(sorted(usable, key=lambda each: folded(each.full_name)))


def takes_deposits(entry: ListEntry) -> bool:
    """Tell whether payments can be deposited to an account."""
    return entry.type.casefold() in _DEPOSITS


def wrong_names(entries: Iterable[Entry], catalog: Catalog) -> Iterator[tuple[Entry, str]]:
    """Find the names that documents need and the books don't have, each with the reason."""
    for each in entries:
        if each.needed and each.kind in catalog:
            found = catalog.resolve(each.kind, each.reference)
            if isinstance(found, Problem):
                yield each, found.message


def suggest(word: str, entries: Sequence[ListEntry], most: int) -> Offer:
    """Pick the entries that a word of the export may stand for, `most` of them at most.

    The same name comes first, then names that hold the word or are held by it, then those that are
    alike. Where none is near, and of a short list, the least unlike ones are offered as well.
    """
    scores = {each.id: _nearness(folded(word), each) for each in entries}
    order = sorted(entries, key=lambda each: scores[each.id], reverse=True)
    near = [each for each in order if scores[each.id] >= (0, _LIKE)]
    chosen = near if near and len(entries) > most else order
    return Offer(tuple(chosen[:most]), near=bool(near))


def command(typed: str) -> Command | None:
    """Tell which command was typed, if it was one."""
    word = typed.strip().lower()
    return Command(word) if word in set(Command) else None


def guess(typed: str, shown: Sequence[ListEntry], entries: Sequence[ListEntry]) -> Guess:
    """Find what was typed: a number of what was shown, a whole name, or something near a name."""
    word = folded(typed)
    if word.isascii() and word.isdigit() and len(word) <= _FIGURES:
        number = int(word)
        if 1 <= number <= len(shown):
            return Guess((shown[number - 1],), sure=True)
    for found in (
        [each for each in entries if folded(each.full_name) == word],
        [each for each in entries if folded(each.name) == word],
        [each for each in entries if word in folded(each.full_name)],
    ):
        if found:
            return Guess(tuple(found), sure=len(found) == 1)
    return _alike(word, entries)


def reference(kind: ListKind, entry: ListEntry, catalog: Catalog) -> Reference:
    """Name an entry so that just this one is found: by its name, or else by its id."""
    named = Reference(name=entry.full_name)
    found = catalog.resolve(kind, named)
    if isinstance(found, ListEntry) and found.id == entry.id:
        return named
    return Reference(id=entry.id)


def _alike(word: str, entries: Sequence[ListEntry]) -> Guess:
    likeness = {each.id: _likeness(word, each) for each in entries}
    best = max(likeness.values(), default=0.0)
    near = [each for each in entries if likeness[each.id] >= max(_LIKE, best - _APART)]
    near.sort(key=lambda each: likeness[each.id], reverse=True)
    return Guess(tuple(near), sure=len(near) == 1 and best >= _SAME)


def _nearness(word: str, entry: ListEntry) -> tuple[int, float]:
    names = _names(entry)
    if word in names:
        return 2, 1.0
    likeness = _likeness(word, entry)
    return int(any(_holds(word, name) or _holds(name, word) for name in names)), likeness


def _likeness(word: str, entry: ListEntry) -> float:
    """Tell how alike a word and a name are, from 0 to 1."""
    return max(SequenceMatcher(None, name, word).ratio() for name in _names(entry))


def _names(entry: ListEntry) -> set[str]:
    return {folded(entry.full_name), folded(entry.name)}


def _holds(whole: str, part: str) -> bool:
    """Tell whether a name holds another, as whole words beside one another."""
    inner = _words(part)
    return bool(inner) and f" {inner} " in f" {_words(whole)} "


def _words(name: str) -> str:
    return " ".join(re.findall(r"\w+", name))
