"""How the numbers and dates of a whole source are written: one declaration for all its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from acctsync.mapping.profiling.styles import Dates, Fit, day_first, number_fit, reads_alike
from acctsync.mapping.recognition.finding import CONFIRM, Recognised
from acctsync.mapping.survey import ColumnProfile, Survey, shown
from acctsync.money import MINOR_UNITS

_MOST_SHOWN = 3
_ZONED = re.compile(r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{3})\Z")
_CLOCK = re.compile(r"[0-9]:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value to declare, and a remark: why, and what else it could be; `other` is that."""

    value: tuple[str, ...]
    note: str = ""
    other: tuple[str, ...] = ()

    @property
    def ambiguous(self) -> bool:
        return bool(self.other)


def number_style(survey: Survey, found: Recognised) -> Suggestion:
    """Suggest how a source's numbers are written, from all columns that are read as numbers."""
    money = _values(found.amounts)
    every = _values([*found.amounts, *found.quantities])
    fit = number_fit(money, "amount") if money else number_fit(every, "")
    styles = [names[0] for names in fit.styles]
    if not styles:
        return _most_common(found, fit)
    if MINOR_UNITS in styles:
        return _whole_numbers(styles, survey, found)
    styles = [names[0] for names in number_fit(every, "").styles] or styles
    if len(styles) > 1:
        note = f"{CONFIRM}: AMBIGUOUS, it reads as {styles[1]} too"
        return Suggestion((styles[0],), note, (styles[1],))
    return Suggestion((styles[0],), _misfits(fit.misfits))


def date_style(survey: Survey, column: ColumnProfile) -> Suggestion:
    """Suggest how a column's dates are written; other columns decide what it alone leaves open."""
    styles = column.dates.styles
    if not styles and column.dates.nearly:
        decided = _decided(survey, column.dates.nearly)
        return Suggestion((decided or Suggestion(column.dates.nearly[0])).value, _odd(column))
    if not styles:
        return Suggestion(("YYYY-MM-DD",), f"{CONFIRM}: no date was recognised")
    if len(styles) == 1:
        return Suggestion(styles[0], _misfits(column.dates.misfits))
    decided = _decided(survey, styles)
    if decided is not None:
        return decided
    other = " or ".join(", ".join(names) for names in styles[1:])
    note = f"{CONFIRM}: AMBIGUOUS, every value reads as {other} too"
    return Suggestion(styles[0], note, styles[1])


def date_styles(survey: Survey, found: Recognised) -> Suggestion:
    """Suggest how a source's dates are written: as those of its documents are."""
    main = found.days.get("date") or next(iter(found.days.values()), None)
    if main is None:
        return Suggestion(("YYYY-MM-DD",), "")
    return date_style(survey, main)


def dates_as_others(own: Suggestion, others: Iterable[Suggestion]) -> Suggestion:
    """Settle what is ambiguous as the other exports have it."""
    if not own.ambiguous:
        return own
    for other in others:
        order = day_first(other.value)
        if order is None or other.ambiguous:
            continue
        for value in (own.value, own.other):
            if day_first(value) is order:
                return Suggestion(value, f"{CONFIRM}: the order of the other exports")
    return own


def numbers_as_others(
    own: Suggestion, found: Recognised, others: Iterable[Suggestion]
) -> Suggestion:
    """Write numbers as another export does, where what was seen here reads the same so."""
    values = _values([*found.amounts, *found.quantities])
    for other in others:
        if own.ambiguous or other.ambiguous or other.value == own.value:
            continue
        if reads_alike(values, own.value[0], other.value[0]):
            return Suggestion(other.value, "as the other exports write them")
    return own


def own_dates(survey: Survey, column: ColumnProfile, of_source: Dates) -> Dates:
    """Tell the formats that a column needs besides those of its source; none when those do."""
    if not column.filled or not column.dates.styles:
        return ()
    if any(set(names) <= set(of_source) for names in column.dates.styles):
        return ()
    wanted = date_style(survey, column).value
    return () if set(wanted) <= set(of_source) else wanted


def clock_zone(columns: Iterable[ColumnProfile]) -> Suggestion | None:
    """Suggest the zone of clock times that don't tell theirs; None when there are none."""
    for column in columns:
        clocks = [value for value in column.values if _CLOCK.search(value)]
        if clocks and not all(_ZONED.search(value) for value in clocks):
            if {"utc", "gmt"} & set(column.words.split()):
                return Suggestion(("UTC",), f"the column says so: {shown(column.name)}")
            return Suggestion((), f"{CONFIRM}: the export's clock, unless it is the books' own")
    return None


def _whole_numbers(styles: Sequence[str], survey: Survey, found: Recognised) -> Suggestion:
    """Choose between whole amounts and the smallest units: how machines write decides."""
    styled = [names[0] for day in found.days.values() for names in day.dates.styles]
    epochs = any(name.startswith("epoch") for name in styled)
    cents = any("cents" in column.words.split() for column in found.amounts)
    minor = cents or (epochs and not survey.is_table)
    chosen, other = (MINOR_UNITS, styles[0]) if minor else (styles[0], MINOR_UNITS)
    what = "22500 is 225.00" if minor else "22500 is 22,500.00"
    return Suggestion((chosen,), f"{CONFIRM}: AMBIGUOUS, {what}; else {other}", (other,))


def _decided(survey: Survey, styles: Sequence[Dates]) -> Suggestion | None:
    """Let a column of the same file decide between day and month first."""
    for column in survey.columns:
        orders = {day_first(names) for names in column.dates.styles}
        if len(orders) != 1 or None in orders:
            continue
        fitting = [names for names in styles if day_first(names) in orders]
        if fitting:
            (order,) = orders
            number = 0 if order else 1
            proof = next((v for v in column.values if _above_twelve(v, number)), "")
            said = f" ({shown(proof)})" if proof else ""
            return Suggestion(fitting[0], f'decided by column "{shown(column.name)}"{said}')
    return None


def _above_twelve(value: str, place: int) -> bool:
    numbers = re.findall(r"[0-9]+", value)
    return len(numbers) > place and int(numbers[place]) > 12  # noqa: PLR2004 - months of a year


def _most_common(found: Recognised, fit: Fit) -> Suggestion:
    """Choose the style of most columns where no style reads them all."""
    if fit.nearly:
        return Suggestion(fit.nearly[0], f"{CONFIRM}: some can't be read so, as {_listed(fit.odd)}")
    counts: dict[str, int] = {}
    for column in found.amounts:
        for names in column.numbers.styles[:1]:
            counts[names[0]] = counts.get(names[0], 0) + 1
    if not counts:
        return Suggestion(("1234.50",), f"{CONFIRM}: no amounts were recognised")
    best = max(counts, key=lambda name: counts[name])
    others = ", ".join(name for name in counts if name != best)
    return Suggestion((best,), f"{CONFIRM}: columns differ, some are written like {others}")


def _misfits(words: Sequence[str]) -> str:
    if not words:
        return ""
    return f"{CONFIRM}: some cells hold {_listed(words)} instead"


def _odd(column: ColumnProfile) -> str:
    return f"{CONFIRM}: some can't be read so, as {_listed(column.dates.odd)}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f'"{shown(word)}"' for word in words[:_MOST_SHOWN])


def _values(columns: Iterable[ColumnProfile]) -> list[str]:
    return list(dict.fromkeys(value for column in columns for value in column.values))
