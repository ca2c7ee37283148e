"""What a person must be asked to complete a mapping, and how the answers are written in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from acctsync.documents import ListKind, Reference
from acctsync.errors import Location
from acctsync.mapping.editing import Edit, NewEntry, NewValue
from acctsync.mapping.entries import Entry, Path
from acctsync.mapping.lookups import Unmapped, collapsed, key_of
from acctsync.mapping.quoting import Value

# The ends of paths where the mapping takes a name only, never an id.
_NAMES_ONLY = frozenset(("code", "method", "tax", "parent"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry that is to be chosen from a list of the books.

    `word` is what it is to be chosen for. `by_id`: an id may be written in the place of its name.
    `deposits`: only accounts that money can be deposited to. `default` is what holds without it.
    """

    kind: ListKind
    word: str
    by_id: bool = True
    deposits: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A word of the export that is not mapped: how often it is used, and where first."""

    what: str
    value: str
    count: int
    place: Location | None

    @property
    def kind(self) -> ListKind:
        return _SUBJECTS[self.what][0]

    @property
    def table(self) -> str:
        return _SUBJECTS[self.what][1]

    @property
    def key(self) -> str:
        return key_of(self.value)

    @property
    def catches_others(self) -> bool:
        return "*" in self.key

    def choices(self, usual_deposit: str) -> tuple[Choice, ...]:
        """Tell what is to be chosen; a way of paying has an account that money goes to as well."""
        by_id = self.kind not in _BY_NAME
        first = Choice(kind=self.kind, word=self.value, by_id=by_id)
        if self.kind is not ListKind.PAYMENT_METHODS:
            return (first,)
        accounts = ListKind.ACCOUNTS
        deposit = Choice(kind=accounts, word=self.value, deposits=True, default=usual_deposit)
        return first, deposit

    def edits(self, chosen: Sequence[Reference | None]) -> tuple[Edit, ...]:
        """Write what was chosen as an entry of the mapping."""
        values = [None if each is None else _value(each) for each in chosen]
        fields = _FIELDS.get(self.what)
        if fields is None:
            (value,) = values
            assert value is not None
            return (NewEntry(self.table, self.key, value),)
        pairs = zip(fields, values, strict=True)
        entry = {field: value for field, value in pairs if value is not None}
        return (NewEntry(self.table, self.key, entry),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misnamed:
    """A name in the mapping that leads to nothing in the books, or to nothing usable; and why."""

    kind: ListKind
    reference: Reference
    why: str
    paths: tuple[Path, ...]
    place: Location | None

    def choices(self, _usual_deposit: str) -> tuple[Choice, ...]:
        """Tell what is to be chosen: the entry that was meant."""
        ends = {path[-1] for path in self.paths}
        by_id = not ends & _NAMES_ONLY
        deposits = ends == {"deposit_to"}
        word = self.reference.name or ""
        return (Choice(kind=self.kind, word=word, by_id=by_id, deposits=deposits),)

    def edits(self, chosen: Sequence[Reference | None]) -> tuple[Edit, ...]:
        """Write what was chosen wherever the name stands."""
        (reference,) = chosen
        assert reference is not None
        return tuple(NewValue(path, _value(reference)) for path in self.paths)


Question = Unknown | Misnamed

_SUBJECTS: Mapping[str, tuple[ListKind, str]] = {
    "item": (ListKind.ITEMS, "items"),
    "tax": (ListKind.TAX_CODES, "taxes"),
    "location": (ListKind.LOCATIONS, "locations"),
    "class": (ListKind.CLASSES, "classes"),
    "payment_method": (ListKind.PAYMENT_METHODS, "payment_methods"),
}
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "item": ("item",),
    "tax": ("code",),
    "payment_method": ("method", "deposit_to"),
}
_BY_NAME = frozenset((ListKind.TAX_CODES, ListKind.PAYMENT_METHODS))


def unknown_words(unmapped: Iterable[Unmapped]) -> tuple[Unknown, ...]:
    """Put unmapped words in the order of asking: sort by sort, the most used ones first.

    Words that lookups take for the same are asked for once; those that stand for an entry of their
    own name are not asked for.
    """
    found: dict[tuple[str, str], Unknown] = {}
    for each in unmapped:
        if each.by_name:
            continue
        key = (each.what, collapsed(each.value))
        first = found.get(key)
        found[key] = (
            replace(first, count=first.count + each.count)
            if first
            else Unknown(what=each.what, value=each.value, count=each.count, place=each.place)
        )
    order = list(_SUBJECTS)
    return tuple(sorted(found.values(), key=lambda each: (order.index(each.what), -each.count)))


def lists_for(words: Iterable[Unknown]) -> tuple[ListKind, ...]:
    """Tell which lists of the books hold the answers."""
    kinds = (choice.kind for word in words for choice in word.choices(""))
    return tuple(dict.fromkeys(kinds))


def misnamed(wrong: Iterable[tuple[Entry, str]]) -> tuple[Misnamed, ...]:
    """Gather names that are wrong, each with its reason: one question for each name."""
    found: dict[tuple[ListKind, Reference], Misnamed] = {}
    for entry, why in wrong:
        named = (entry.kind, entry.reference)
        first = found.get(named)
        found[named] = (
            replace(first, paths=(*first.paths, entry.path))
            if first
            else Misnamed(
                kind=entry.kind,
                reference=entry.reference,
                why=why,
                paths=(entry.path,),
                place=entry.place,
            )
        )
    return tuple(found.values())


def _value(reference: Reference) -> Value:
    return {"id": reference.id} if reference.id is not None else reference.name or ""
