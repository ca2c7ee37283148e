"""Compiles the mapping's fields to functions from a row's cells to text, amounts and days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from acctsync.dates import DayReader, NotADay, no_day, zone
from acctsync.exports.conditions import folded
from acctsync.exports.paths import NotText
from acctsync.exports.records import Format, Source
from acctsync.exports.scope import Below, Columns, Getter, Repeated, Scope, loosely
from acctsync.mapping.meaning import named_in, names_of, placeholders
from acctsync.mapping.model import Books, Field
from acctsync.money import NotANumber, NumberReader, stated_number

AmountReader = Callable[[Any, str], Decimal | None]
NumberGetter = Callable[[Any], Decimal | None]
DayGetter = Callable[[Any], dt.date | None]
Change = Callable[[str], str]

_LONGEST_SHOWN = 60


class Misread(Exception):
    """A value of a row can't be used: says which, why, and what to do."""

    def __init__(self, code: str, message: str, hint: str = "", column: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.column = column


class FieldCompiler:
    """Compiles the fields of one source.

    Lines that come from a source of their own may read from their document, too: such fields are
    compiled by `above`, the compiler of the document's source.
    """

    def __init__(self, source: Source, books: Books, above: FieldCompiler | None = None) -> None:
        self._source = source
        self._above = above
        self._books_zone = zone(books.timezone)
        self._numbers = NumberReader(source.numbers, wary=source.format is Format.CSV)
        self._prices = NumberReader(source.numbers)
        self._plain = NumberReader("1234.50" if source.numbers == "minor_units" else source.numbers)
        self._days: dict[tuple[tuple[str, ...], str], DayReader] = {}

    @property
    def numbers(self) -> NumberReader:
        return self._numbers

    def for_name(self, name: str) -> FieldCompiler:
        """Give the compiler of the source that a name belongs to."""
        return self._above if self._above and name.startswith(Below.PREFIX) else self

    def _for(self, field: Field) -> FieldCompiler:
        names = names_of(field)
        return self.for_name(names[0]) if names else self

    def text(self, field: Field, scope: Scope) -> Getter:
        """Compile a field that stays text."""
        read = self._raw(field, scope)
        default = field.if_empty
        if default is None:
            return read
        return lambda cells: read(cells) or default

    def amount(self, field: Field, scope: Scope) -> AmountReader:
        """Compile an amount in the document's currency; one that names its own must agree.

        Only a fee may be in another currency: its reader is told which one it is.
        """
        if self._for(field) is not self:
            return self._for(field).amount(field, scope)
        read = self._signed(field, self._amount_in(field, scope))
        if not field.currency:
            return read
        currency = loosely(scope.text(field.currency, field.place))

        def read_in(cells: Any, own: str) -> Decimal | None:
            named = currency(cells).upper() or own
            value = read(cells, named)
            if value and own and named != own and field.name != "fee":
                message = f"{field.name} is in {named}, the document in {own}"
                hint = "map the amount that is in the document's currency"
                raise Misread("DOC026", message, hint, field.currency)
            return value

        return read_in

    def number(self, field: Field, scope: Scope) -> NumberGetter:
        """Compile a number that is no money: a quantity, a rate, a percentage."""
        if self._for(field) is not self:
            return self._for(field).number(field, scope)
        parse = self._percentage if field.name == "discount_percent" else self._plain.amount
        read = self._signed(field, self._read_number(field, scope, parse))
        return lambda cells: read(cells, "")

    def _percentage(self, text: str, currency: str) -> Decimal:
        return self._plain.amount(text.removesuffix("%").rstrip(), currency)

    def day(self, field: Field, scope: Scope) -> DayGetter:
        """Compile a date."""
        if self._for(field) is not self:
            return self._for(field).day(field, scope)
        raw = self._raw(field, scope)
        reader = self._day_reader(field.dates or self._source.dates, field.timezone)
        default = self._constant_day(field.if_empty, reader)
        constant = self._constant_day(field.value, reader) if field.value else None
        later = dt.timedelta(days=field.add_days)

        def read(cells: Any) -> dt.date | None:
            text = raw(cells)
            if not text or no_day(text):
                return default
            try:
                return constant or reader.day(text)
            except NotADay as error:
                raise _misread("DOC003", field, text, str(error)) from error

        if not field.add_days:
            return read
        return lambda cells: None if (day := read(cells)) is None else day + later

    def _amount_in(self, field: Field, scope: Scope) -> AmountReader:
        if field.name == "unit_price":
            return self._read_number(field, scope, self._prices.price)
        return self._read_number(field, scope, self._numbers.amount)

    def _read_number(
        self, field: Field, scope: Scope, parse: Callable[[str, str], Decimal]
    ) -> AmountReader:
        if field.sum_of:
            return self._sum(field, scope, parse)
        default = self._constant(field.if_empty)
        if isinstance(scope, Columns) and field.column is not None and not _changes(field):
            return _cell_number(field, scope, parse, default)
        raw = self._raw(field, scope)
        own_words = (
            field.value is not None or field.map is not None or field.when_filled is not None
        )

        def read(cells: Any, currency: str) -> Decimal | None:
            text = raw(cells)
            if not text:
                return default
            try:
                return self._stated(text) if own_words else parse(text, currency)
            except NotANumber as error:
                raise _misread("DOC002", field, text, str(error)) from error

        return read

    def _sum(
        self, field: Field, scope: Scope, parse: Callable[[str, str], Decimal]
    ) -> AmountReader:
        parts = [(name, _guarded(scope, name, field)) for name in field.sum_of]
        default = self._constant(field.if_empty)

        def read(cells: Any, currency: str) -> Decimal | None:
            total: Decimal | None = None
            for name, part in parts:
                text = part(cells)
                if text:
                    try:
                        total = (total or Decimal(0)) + parse(text, currency)
                    except NotANumber as error:
                        raise _misread("DOC002", field, text, str(error), name) from error
            return default if total is None else total

        return read

    def _constant(self, text: str | None) -> Decimal | None:
        return self._stated(text) if text else None

    def _stated(self, text: str) -> Decimal:
        return stated_number(text, self._source.numbers)

    def _signed(self, field: Field, read: AmountReader) -> AmountReader:
        if field.absolute and field.negate:
            return lambda cells, currency: None if (v := read(cells, currency)) is None else -abs(v)
        if field.absolute:
            return lambda cells, currency: None if (v := read(cells, currency)) is None else abs(v)
        if field.negate:
            return lambda cells, currency: None if (v := read(cells, currency)) is None else -v
        return read

    def _day_reader(self, styles: tuple[str, ...], zone_name: str) -> DayReader:
        name = zone_name or self._source.timezone
        if (styles, name) not in self._days:
            self._days[styles, name] = DayReader(
                styles,
                source_zone=zone(name) if name else self._books_zone,
                books_zone=self._books_zone,
                month_names=self._source.month_names,
            )
        return self._days[styles, name]

    def _constant_day(self, text: str | None, reader: DayReader) -> dt.date | None:
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return reader.day(text)

    def _raw(self, field: Field, scope: Scope) -> Getter:
        """Compile everything but `if_empty`."""
        read = self._changed(field, scope)
        blank = _blank_word(field)
        if not blank:
            return read
        return lambda cells: read(cells) or blank

    def _changed(self, field: Field, scope: Scope) -> Getter:
        origin = self._origin(field, scope)
        changes = _changes(field)
        if not changes:
            return origin
        if len(changes) == 1:
            only = changes[0]
            return lambda cells: only(text) if (text := origin(cells)) else ""

        def read(cells: Any) -> str:
            text = origin(cells)
            for change in changes:
                if not text:
                    return ""
                text = change(text)
            return text

        return read

    def _origin(self, field: Field, scope: Scope) -> Getter:
        if field.column is not None:
            return _guarded(scope, field.column, field)
        if field.first_of:
            return _first(field, scope)
        if field.text is not None:
            return _joined(field, scope)
        constant = _spelled((field.value or "").strip(), scope)
        return lambda _cells: constant


def _spelled(text: str, scope: Scope) -> str:
    """Write the number of a sideways group for `{n}`."""
    return scope.called(text) if isinstance(scope, Repeated) else text


def _cell_number(
    field: Field, scope: Columns, parse: Callable[[str, str], Decimal], default: Decimal | None
) -> AmountReader:
    """Compile the plain case, a number that fills one cell, without any detour."""
    assert field.column is not None
    position = scope.position(field.column, field.place)

    def read(cells: Any, currency: str) -> Decimal | None:
        text = cells[position]
        if not text:
            return default
        try:
            return parse(text, currency)
        except NotANumber as error:
            if not text.strip():
                return default
            raise _misread("DOC002", field, text, str(error)) from error

    return read


def _guarded(scope: Scope, name: str, field: Field) -> Getter:
    """Read a name; what is no text there is a fault of the row."""
    read = scope.text(name, field.place)
    if scope.sure:
        return read

    def guarded(cells: Any) -> str:
        try:
            return read(cells)
        except NotText as error:
            raise Misread("DOC018", str(error), "name the value inside it", name) from error

    return guarded


def _first(field: Field, scope: Scope) -> Getter:
    parts = [_guarded(scope, name, field) for name in field.first_of]

    def read(cells: Any) -> str:
        for part in parts:
            text = part(cells)
            if text:
                return text
        return ""

    return read


def _joined(field: Field, scope: Scope) -> Getter:
    text = field.text or ""
    names = named_in(text) if isinstance(scope, Repeated) else placeholders(text)
    pieces: list[str | Getter] = []
    rest = text
    for name in names:
        before, _, rest = rest.partition(f"{{{name}}}")
        pieces += [_spelled(before, scope), _guarded(scope, name, field)]
    pieces.append(_spelled(rest, scope))
    columns = [piece for piece in pieces if not isinstance(piece, str)]
    shape = "".join("%s" if not isinstance(p, str) else p.replace("%", "%%") for p in pieces)

    def read(cells: Any) -> str:
        values = tuple([column(cells) for column in columns])
        return (shape % values).strip() if any(values) or not columns else ""

    return read


def _changes(field: Field) -> Sequence[Change]:
    changes: list[Change] = []
    if field.strip_prefix:
        prefix = field.strip_prefix
        changes.append(lambda text: text.removeprefix(prefix).strip())
    if field.strip_suffix:
        suffix = field.strip_suffix
        changes.append(lambda text: text.removesuffix(suffix).strip())
    if field.before:
        mark = field.before
        changes.append(lambda text: text.split(mark, 1)[0].strip())
    if field.after:
        sign = field.after
        changes.append(lambda text: text.split(sign, 1)[1].strip() if sign in text else "")
    if field.split_on:
        changes.append(_part(field.split_on, field.part))
    if field.map is not None:
        changes.append(_mapped(field, field.map))
    if field.when_filled is not None:
        word = field.when_filled
        changes.append(lambda _text: word)
    return changes


def _blank_word(field: Field) -> str:
    """Tell what the map says of an empty cell, if it says anything."""
    words = field.map or {}
    return next((words[key] for key in words if not key.strip()), "")


def _part(split_on: str, number: int) -> Change:
    def part(text: str) -> str:
        parts = text.split(split_on)
        return parts[number - 1].strip() if number <= len(parts) else ""

    return part


def _mapped(field: Field, words: Any) -> Change:
    table = {folded(key): value for key, value in words.items()}
    other = table.get("*")

    def look_up(text: str) -> str:
        found = table.get(folded(text), other)
        if found is None:
            known = ", ".join(words)
            message = f'{field.name}: "{brief(text)}" is not in the map'
            raise Misread(
                "DOC004", message, f"add it at {field.place}; mapped are: {known}", field.shown
            )
        return str(found)

    return look_up


def brief(text: str) -> str:
    """Cut a value that is too long for a message."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _misread(code: str, field: Field, text: str, why: str, column: str = "") -> Misread:
    hint = f"the export or the mapping at {field.place} must change"
    if code == "DOC002":
        hint = "declare how numbers are written with numbers: on the source"
        if not any(letter.isdigit() for letter in text):
            hint = "it is no number: leave the cell blank in the export, or map it"
    elif code == "DOC003":
        hint = "declare how dates are written with dates: on the source or the field"
    return Misread(code, f'{field.name}: "{brief(text)}" {why}', hint, column or field.shown)
