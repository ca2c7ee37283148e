"""How a column's numbers and dates seem to be written, found by trying the project's own readers.

Nothing is suggested that the strict readers would not read; where two ways of writing fit and
mean different things, both are told.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

from acctsync.dates import Moment, Style, no_day, style
from acctsync.money import MINOR_UNITS, NotANumber, NumberReader

Dates = tuple[str, ...]

# The plainest first: where several read all values alike, it is the one that lets least through.
_NUMBERS = ("1234.50", "1234,50", "1,234.50", "1.234,50", "1 234,50", "1'234.50")
_GROUPED = frozenset(_NUMBERS[2:])
# Currencies whose marks may stand beside a number; "" is a number alone.
_CURRENCIES = (
    "", "USD", "EUR", "GBP", "CAD", "AUD", "NZD", "CHF", "JPY", "INR", "SEK", "NOK", "DKK", "PLN",
    "CZK", "BRL", "ZAR", "MXN", "SGD", "HKD", "ILS", "KRW", "TRY", "THB", "PHP", "UAH", "VND",
    "TWD",
)  # fmt: skip
_MONEY = frozenset(
    (
        "amount", "total", "subtotal", "price", "fee", "tax", "cost", "paid", "due", "net", "gross",
        "balance", "discount", "refunded", "cents", "amounts", "montant", "prix", "betrag",
    )
)  # fmt: skip
_DAYS = frozenset(
    (
        "date", "day", "time", "timestamp", "created", "updated", "issued", "paid", "due", "at",
        "on", "start", "end", "finalized", "voided", "expires", "until", "arrival", "period",
        "datum", "fecha", "echeance", "refunded",
    )
)  # fmt: skip

_SEPARATED = (
    "MM{}DD{}YYYY", "DD{}MM{}YYYY", "M{}D{}YYYY", "D{}M{}YYYY",
    "MM{}DD{}YY", "DD{}MM{}YY", "M{}D{}YY", "D{}M{}YY",
)  # fmt: skip
_PLAIN_DAYS = (
    "YYYY-MM-DD", "iso", *(shape.format(mark, mark) for mark in "/-." for shape in _SEPARATED),
    "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "DD MMM YYYY", "D MMM YYYY", "DD-MMM-YYYY",
    "D-MMM-YYYY", "DD/MMM/YYYY", "DD-MMM-YY", "D-MMM-YY", "MMM DD YYYY", "MMM D YYYY",
    "MMM DD, YYYY", "MMM D, YYYY", "YYYY-MMM-DD",
)  # fmt: skip
_CLOCKS = (
    " HH:mm", " HH:mm:ss", " hh:mm A", " hh:mm:ss A", " H:mm", ", HH:mm", ", hh:mm A",
    " HH:mm:ss Z", " HH:mm Z", "THH:mm:ss", "THH:mm:ssZ",
)  # fmt: skip
_ISO_NAMES = frozenset(("YYYY-MM-DD", "iso"))
_CLOCK = re.compile(r"[0-9]:[0-9]{2}")
_MIDNIGHT = re.compile(r"[0-9-]{10}T00:00(?::00(?:\.0+)?)?(?:[Zz]|[+-]00:?00)")
_FIRST, _LAST = dt.date(1980, 1, 1), dt.date(2100, 1, 1)
_NUMBERLIKE = re.compile(r"[^A-Za-z]*(?:[A-Za-z]{1,3}\$?)?[^A-Za-z]*[0-9][^A-Za-z]*[A-Za-z]{0,3}")
# What may stand in a number besides the mark of its currency.
_UNMARKED = re.compile(r"[0-9.,'\u2019\s()+\u2212-]+")
_LONGEST_MARK = 4
_LONGEST_NUMBER = 40
_MOST_MISFITS = 3
_MOSTLY = 0.6
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Fit:
    """The ways of writing that read all values, each meaning something else than the others.

    `misfits` are words like N/A among them, which nothing reads; `marked` is a currency whose mark
    stands beside the numbers. Where no way reads all values, `nearly` are those that read most of
    them, and `odd` are some that the first of these does not.
    """

    styles: tuple[Dates, ...] = ()
    misfits: tuple[str, ...] = ()
    marked: str = ""
    nearly: tuple[Dates, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def ambiguous(self) -> bool:
        return len(self.styles) > 1

    @property
    def likely(self) -> bool:
        """Tell whether the column holds such values at all, odd ones aside."""
        return bool(self.styles or self.nearly)


def number_fit(values: Sequence[str], words: str) -> Fit:
    """Find how a column's numbers are written; `words` is its name in plain words."""
    filled, misfits = _without_misfits(values)
    if not filled:
        return Fit()
    found: dict[tuple[Decimal, ...], str] = {}
    marked = ""
    for each in _NUMBERS:
        read = _numbers(filled, each)
        if read is not None:
            found.setdefault(read[0], each)
            marked = marked or read[1]
    if not found:
        shaped = sum(_is_numberlike(value) for value in filled)
        return _nearly(filled, _NUMBERS, number_in) if shaped >= _MOSTLY * len(filled) else Fit()
    styles = [(each,) for each in found.values()]
    if _may_be_minor(filled, words):
        styles.append((MINOR_UNITS,))
    return Fit(tuple(styles), misfits, marked)


def number_in(text: str, style_name: str) -> Decimal | None:
    """Read one number in a style, in whatever currency; None where that is not possible."""
    plain = "1234.50" if style_name == MINOR_UNITS else style_name
    found = _number(text, plain) if text else None
    return found[0] if found else None


def reads_alike(values: Sequence[str], one: str, other: str) -> bool:
    """Tell whether a second style reads everything just as the first does; plain ones don't count.

    Only a style that knows groups of digits says more than a plain one.
    """
    if other not in _GROUPED or MINOR_UNITS in {one, other}:
        return False
    filled, _ = _without_misfits(values)
    read = _numbers(filled, other) if filled else None
    return read is not None and read == _numbers(filled, one)


def date_fit(values: Sequence[str], words: str) -> Fit:
    """Find how a column's dates are written; a mixture of two formats is found as well."""
    filled, misfits = _without_misfits([value for value in values if not no_day(value)])
    if not filled:
        return Fit()
    found: dict[tuple[Moment, ...], str] = {}
    for name in _candidates(filled[0], words):
        read = _days(filled, name)
        if read is not None:
            found.setdefault(read, name)
    styles: list[Dates] = [(name,) for name in found.values()]
    styles = styles or list(_mixtures(filled, words))
    if not styles:
        return _nearly(filled, _seen_formats(filled, words), lambda text, name: _style(name)(text))
    return Fit(tuple(styles), misfits)


def day_first(styles: Dates) -> bool | None:
    """Tell whether formats put the day before the month's number; None: none of them says."""
    for name in styles:
        day, month = name.find("D"), name.find("M")
        if month >= 0 and "MMM" not in name and not name.startswith("YYYY"):
            return day < month
    return None


def _is_numberlike(value: str) -> bool:
    return len(value) <= _LONGEST_NUMBER and _NUMBERLIKE.fullmatch(value) is not None


def _nearly(
    values: Sequence[str], names: Sequence[str], read: Callable[[str, str], object | None]
) -> Fit:
    """Find what reads most values where nothing reads all; looks at the first of them only."""
    looked_at = values[:_LOOKED_AT]
    odd = {name: [text for text in looked_at if read(text, name) is None] for name in names}
    most = len(looked_at) - max(2, _MOSTLY * len(looked_at))
    good = sorted((name for name in names if len(odd[name]) <= most), key=lambda n: len(odd[n]))
    return Fit(nearly=tuple((name,) for name in good), odd=tuple(odd[good[0]])) if good else Fit()


def _seen_formats(values: Sequence[str], words: str) -> list[str]:
    formats = (name for value in values[:_LOOKED_AT] for name in _candidates(value, words))
    return list(dict.fromkeys(formats))


def _without_misfits(values: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Set the few words apart that stand where a number or date is missing: N/A, -."""
    distinct = list(dict.fromkeys(value for value in values if value))
    words = [value for value in distinct if not any(map(str.isdigit, value))]
    if len(words) > _MOST_MISFITS or len(words) >= len(distinct):
        return [], ()
    return [value for value in distinct if value not in words], tuple(words)


def _numbers(values: Sequence[str], style_name: str) -> tuple[tuple[Decimal, ...], str] | None:
    """Read all values, and tell the first currency whose mark stands beside one of them."""
    read: list[Decimal] = []
    marked = ""
    for value in values:
        found = _number(value, style_name)
        if found is None:
            return None
        read.append(found[0])
        marked = marked or found[1]
    return tuple(read), marked


@lru_cache(maxsize=50_000)
def _number(text: str, style_name: str) -> tuple[Decimal, str] | None:
    mark = _UNMARKED.sub("", text)
    if len(mark) > _LONGEST_MARK:
        return None
    reader = _reader(style_name)
    for currency in _CURRENCIES if mark else ("",):
        try:
            return reader.amount(text, currency), currency
        except NotANumber:
            continue
    return None


@lru_cache
def _reader(style_name: str) -> NumberReader:
    return NumberReader(style_name)


def _may_be_minor(values: Sequence[str], words: str) -> bool:
    whole = all(re.fullmatch(r"-?[0-9]+", value) for value in values)
    return whole and bool(_MONEY & set(words.split())) and any(value != "0" for value in values)


def _candidates(value: str, words: str) -> Iterator[str]:
    """List the formats that read a value as a day somebody may have billed on."""
    if _MIDNIGHT.fullmatch(value):
        yield "iso_day"
    for name in _shapes(value):
        if _sensible(_style(name)(value)):
            yield name
    if _DAYS & set(words.split()):
        for name in ("epoch_seconds", "epoch_ms", "excel_serial"):
            if _sensible(_style(name)(value)):
                yield name


def _shapes(value: str) -> Iterator[str]:
    if not _CLOCK.search(value):
        yield from _PLAIN_DAYS
        return
    yield "iso"
    for day in _PLAIN_DAYS:
        if day not in _ISO_NAMES:
            yield from (day + clock for clock in _CLOCKS)


def _sensible(moment: Moment | None) -> bool:
    if moment is None:
        return False
    day = moment.date() if isinstance(moment, dt.datetime) else moment
    return _FIRST <= day < _LAST


def _days(values: Sequence[str], name: str) -> tuple[Moment, ...] | None:
    """Read all values; None when one can't be read. iso_day only where all are midnights."""
    if name == "iso_day" and not all(_MIDNIGHT.fullmatch(value) for value in values):
        return None
    found: list[Moment] = []
    for value in values:
        moment = _style(name)(value)
        if moment is None:
            return None
        found.append(moment)
    return tuple(found)


def _mixtures(values: Sequence[str], words: str) -> Iterator[Dates]:
    """Find pairs of formats that read everything between them and never differ."""
    formats = _seen_formats(values, words)
    reads = {name: [_style(name)(value) for value in values] for name in formats}
    seen: set[tuple[Moment, ...]] = set()
    often = {name: sum(each is not None for each in read) for name, read in reads.items()}
    for one, other in combinations(sorted(reads, key=lambda name: -often[name]), 2):
        together = _together(reads[one], reads[other])
        if together is not None and together not in seen:
            seen.add(together)
            yield one, other


def _together(
    one: Sequence[Moment | None], other: Sequence[Moment | None]
) -> tuple[Moment, ...] | None:
    """Read each value by one or the other; None where neither does, or they differ."""
    together: list[Moment] = []
    for pair in zip(one, other, strict=True):
        moments = {moment for moment in pair if moment is not None}
        if len(moments) != 1:
            return None
        together += moments
    return tuple(together)


@lru_cache(maxsize=1024)
def _style(name: str) -> Style:
    return style(name)
