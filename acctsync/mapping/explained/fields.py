"""Tells of one value how the mapping reads it: its cells, what the rule does to them, and where.

What the words say is found out by reading with the very readers that build documents, one change
after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self, TypeVar

from acctsync.dates import no_day
from acctsync.errors import Location
from acctsync.exports.conditions import folded
from acctsync.exports.records import Row, Source
from acctsync.exports.scope import Below, Repeated, Scope, loosely
from acctsync.mapping.explained.values import COPIED, Cell, Explained
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.meaning import AMOUNTS, DAYS, NUMBERS, named_in, names_of
from acctsync.mapping.model import Field, Mapping

Path = tuple[str, ...]
Titles = Callable[[str, str], str]
Change = dict[str, Any]

_UNCHANGED: Change = {
    "strip_prefix": None,
    "strip_suffix": None,
    "before": None,
    "after": None,
    "split_on": None,
    "map": None,
    "when_filled": None,
    "if_empty": None,
}
_CUTS = ("strip_prefix", "strip_suffix", "before", "after")
_LONGEST = 60


_Value = TypeVar("_Value")


class Spot(NamedTuple):
    """Where values are read: the cells, and the row in which the cell of a column stands."""

    cells: Any
    row_of: Callable[[str], Row]

    @classmethod
    def within(cls, row: Row) -> Self:
        """Read in one row alone."""
        return cls(row.cells, lambda _name: row)


class Tracer:
    """Tells how the fields of one scope are read.

    `titles` gives the header that a column has in a file, where it is not what the mapping says;
    `inside` is the path of the list entry in which the scope's own names are found, `outer` the
    source of the document where a line's is another.
    """

    def __init__(
        self,
        source: Source,
        rules: Mapping,
        scope: Scope,
        titles: Titles,
        *,
        inside: str = "",
        outer: Source | None = None,
    ) -> None:
        self._inside = inside
        self._outer = outer or source
        self._source = source
        self._rules = rules
        self._scope = scope
        self._titles = titles
        self._compiler = FieldCompiler(source, rules.books)

    @property
    def currency(self) -> str:
        """Tell the currency of the books, in which conditions compare amounts."""
        return self._rules.books.currency

    def explain(
        self, name: str, field: Field, path: Path, spot: Spot, read: Callable[[], object]
    ) -> Explained:
        """Explain one field; `read` is its own reader, `path` leads to it in the mapping."""
        words, place = self._rule(field, path, spot.cells)
        value, problem = attempted(read)
        return Explained(
            field=name,
            value=value,
            cells=self.cells_of(field, spot),
            rule="; ".join(words) or COPIED,
            place=place,
            problem=problem,
        )

    def cells_of(self, field: Field, spot: Spot) -> tuple[Cell, ...]:
        """Tell the cells that had a say in a field."""
        return self.cells(self._names(field, spot.cells), spot, field.place)

    def cells(self, names: Iterable[str], spot: Spot, place: Location) -> tuple[Cell, ...]:
        """Tell what the export writes in some columns."""
        return tuple(self._cell(name, spot, place) for name in dict.fromkeys(names))

    def place(self, path: Path, otherwise: Location | None = None) -> Location | None:
        """Tell where the mapping says something."""
        return self._rules.places.get(path, otherwise)

    def _cell(self, name: str, spot: Spot, place: Location) -> Cell:
        called = self._scope.called(name) if isinstance(self._scope, Repeated) else name
        text = loosely(self._scope.text(name, place))(spot.cells)
        row = spot.row_of(called)
        called = self._titles(row.file, called)
        if self._inside:
            own = not called.startswith(Below.PREFIX)
            called = f"{self._inside}.{called}" if own else called.removeprefix(Below.PREFIX)
        return Cell(
            column=called,
            text=text,
            place=Location(row.file, row.line),
            absence="" if text else self._scope.absence(name)(spot.cells),
        )

    def _names(self, field: Field, cells: Any) -> Iterator[str]:
        """Name the columns that had a say: of first_of, those up to the first that is filled."""
        if field.column is not None:
            yield field.column
        for name in field.first_of:
            yield name
            if self._filled(name, field, cells):
                break
        yield from field.sum_of
        yield from named_in(field.text or "")
        if field.currency:
            yield field.currency

    def _filled(self, name: str, field: Field, cells: Any) -> bool:
        return bool(loosely(self._scope.text(name, field.place))(cells))

    def _rule(self, field: Field, path: Path, cells: Any) -> tuple[list[str], Location]:
        """Put in words what the rule does to these cells, and tell which line of it decided."""
        words = list(self._origin(field, cells))
        place = field.place
        text = ""
        bare = replace(field, **_UNCHANGED)
        try:
            text = self._text(bare, cells)
            for change in _changes(field):
                if not text:
                    break
                before, bare = text, replace(bare, **change)
                key = _map_key(field, before) if "map" in change else ""
                place = self._rules.places.get((*path, "map", key), place) if key else place
                text = self._text(bare, cells)
                words.append(_change_words(change, key, text))
        except Misread as error:
            return [*words, error.message], place
        if self._is_blank(field, text, cells):
            return self._without_text(field, path, words)
        return [*words, *self._conversion(field)], place

    def _without_text(
        self, field: Field, path: Path, words: list[str]
    ) -> tuple[list[str], Location]:
        if field.if_empty is None:
            return [*words, "empty"], field.place
        place = self._rules.places.get((*path, "if_empty"), field.place)
        return [*words, f"if_empty: {field.if_empty}"], place

    def _is_blank(self, field: Field, text: str, cells: Any) -> bool:
        if field.sum_of:
            return not any(self._filled(name, field, cells) for name in field.sum_of)
        return not text or (field.name in DAYS and no_day(text))

    def _origin(self, field: Field, cells: Any) -> Iterator[str]:
        if field.value is not None:
            yield f"value: {field.value}"
        if field.text is not None:
            yield f'text: "{field.text}"'
        if field.sum_of:
            yield f"sum_of: {', '.join(field.sum_of)}"
        if field.first_of:
            first = next((n for n in field.first_of if self._filled(n, field, cells)), "")
            listed = ", ".join(field.first_of)
            yield f"first_of: {first or f'none of {listed}'}"

    def _conversion(self, field: Field) -> Iterator[str]:
        """Say how a text becomes a day or a number."""
        names = names_of(field)
        source = self._outer if names and names[0].startswith(Below.PREFIX) else self._source
        own_words = (field.value, field.map, field.when_filled) != (None, None, None)
        if field.name in DAYS and not own_words:
            yield from _day_words(field, source)
        if field.name in NUMBERS and not own_words:
            plain = source.numbers == "minor_units" and field.name not in AMOUNTS
            yield f"numbers: {'1234.50' if plain else source.numbers}"
        if field.absolute:
            yield "absolute: true"
        if field.negate:
            yield "negate: true"
        if field.currency:
            yield f"currency: {field.currency}"
        if field.add_days:
            yield f"add_days: {field.add_days}"

    def _text(self, field: Field, cells: Any) -> str:
        return self._compiler.text(field, self._scope)(cells)


def attempted(read: Callable[[], _Value]) -> tuple[_Value | None, str]:
    """Read a value; tell beside it why it could not be read."""
    try:
        return read(), ""
    except Misread as error:
        return None, error.message


def added(rule: str, words: str) -> str:
    """Add to what a rule does; a plain copy goes without saying."""
    return words if rule == COPIED else f"{rule}; {words}"


def quoted(text: str) -> str:
    """Quote a text inside a sentence, cut where it is long."""
    return f'"{text}"' if len(text) <= _LONGEST else f'"{text[:_LONGEST]}…"'


def _day_words(field: Field, source: Source) -> Iterator[str]:
    yield f"dates: {' or '.join(field.dates or source.dates)}"
    zone = field.timezone or source.timezone
    if zone:
        yield f"timezone: {zone}"


def _changes(field: Field) -> Sequence[Change]:
    """List a field's changes to its text, in the order in which they are made."""
    changes: list[Change] = [{name: getattr(field, name)} for name in _CUTS if getattr(field, name)]
    if field.split_on:
        changes.append({"split_on": field.split_on})
    if field.map is not None:
        changes.append({"map": field.map})
    if field.when_filled is not None:
        changes.append({"when_filled": field.when_filled})
    return changes


def _map_key(field: Field, text: str) -> str:
    """Tell the key of the field's map that a text falls under, as the mapping writes it."""
    keys = list(field.map or {})
    same = [key for key in keys if folded(key) == folded(text)]
    return (same or [key for key in keys if key == "*"] or [""])[-1]


def _change_words(change: Change, key: str, text: str) -> str:
    ((name, value),) = change.items()
    if name == "map":
        return f"map: {key} → {text}"
    if name == "when_filled":
        return f"when_filled: {value}"
    return f"{name}: {quoted(value)} gives {quoted(text)}"
