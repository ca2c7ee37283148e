"""Days as exports write them, in declared formats only; clock times become the books' day."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

Moment = dt.date | dt.datetime
Style = Callable[[str], Moment | None]

NAMED_STYLES = ("iso", "iso_day", "epoch_seconds", "epoch_ms", "excel_serial")

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_TOKENS: dict[str, str] = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short_year>[0-9]{2})",
    "MMMM": r"(?P<month_name>[^\W\d_]+\.?)",
    "MMM": r"(?P<month_name>[^\W\d_]+\.?)",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{2})",
    "D": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "hh": r"(?P<half_hour>[0-9]{1,2})",
    "h": r"(?P<half_hour>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "SSS": r"(?P<fraction>[0-9]{1,9})",
    "A": r"(?P<noon>[AaPp]\.?[Mm]\.?)",
    "a": r"(?P<noon>[AaPp]\.?[Mm]\.?)",
    "Z": r"(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{3})",
}

_TOKEN = re.compile(
    r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|SSS|ss|A|a|Z|T|([A-Za-z]+)|(.)"
)

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
    r"\s*([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NO_DAY = re.compile(r"0000-00-00(?:[T ]00:00:00(?:\.0+)?Z?)?")

# RFC 822's zones: the ones that exports are known to write.
_ZONES = {
    "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip

_LIKELY_ZONES = {
    "EST": "America/New_York", "EDT": "America/New_York", "EASTERN": "America/New_York",
    "CST": "America/Chicago", "CDT": "America/Chicago", "CENTRAL": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver", "MOUNTAIN": "America/Denver",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PACIFIC": "America/Los_Angeles",
    "BST": "Europe/London", "CET": "Europe/Paris", "AEST": "Australia/Sydney",
}  # fmt: skip

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_CACHE_SIZE = 50_000
_NOON = 12
_LONGEST_NAME = 100
_LAST_SERIAL = 2_958_465  # 31 December 9999
_DAY = 24 * 60 * 60

# Names that mean another zone on another machine, or count leap seconds.
_UNSURE_ZONES = re.compile(r"(?i)localtime|posixrules|factory|(?:posix|right)/.*")


class NotADay(ValueError):
    """The text is no day in the declared formats; says why."""


class DayReader:
    """Reads days written in declared formats; a value that fits two of them differently is refused.

    A clock time is a moment in its own zone, else in the source's, and becomes the day that it is
    in the books' zone. A bare date stays as it is.
    """

    def __init__(
        self,
        styles: Sequence[str],
        *,
        source_zone: dt.tzinfo,
        books_zone: dt.tzinfo,
        month_names: Sequence[str] = MONTHS,
    ) -> None:
        self.styles = tuple(styles)
        self._read = [(name, style(name, month_names)) for name in self.styles]
        self._source_zone = source_zone
        self._books_zone = books_zone
        self._seen: dict[str, dt.date] = {}

    def day(self, text: str) -> dt.date:
        """Read one day."""
        known = self._seen.get(text)
        if known is None:
            known = self._parse(text)
            if len(self._seen) >= _CACHE_SIZE:
                self._seen.clear()
            self._seen[text] = known
        return known

    def _parse(self, text: str) -> dt.date:
        days: dict[dt.date, str] = {}
        for name, read in self._read:
            moment = read(text)
            if moment is not None:
                days.setdefault(self._to_day(moment), name)
        if not days:
            raise NotADay(f"is no date written like {' or '.join(self.styles)}")
        if len(days) > 1:
            meant = " or ".join(f"{day} ({name})" for day, name in days.items())
            raise NotADay(f"could mean {meant}")
        return next(iter(days))

    def _to_day(self, moment: Moment) -> dt.date:
        if not isinstance(moment, dt.datetime):
            return moment
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._source_zone)
        try:
            return moment.astimezone(self._books_zone).date()
        except OverflowError as error:
            raise NotADay("is out of the calendar's range") from error


def no_day(text: str) -> bool:
    """Tell whether the text is the zero date that some databases write for none."""
    return _NO_DAY.fullmatch(text) is not None


def style(name: str, month_names: Sequence[str] = MONTHS) -> Style:
    """Compile a named style or a format of tokens; raise ValueError that names what is unknown."""
    if name in _NAMED:
        return _NAMED[name]
    shape = re.compile(_shape(name))
    if not {"day"} <= set(shape.groupindex) or not {"month", "month_name"} & set(shape.groupindex):
        raise ValueError("a date format needs a day, a month and a year, as in YYYY-MM-DD")
    if not {"year", "short_year"} & set(shape.groupindex):
        raise ValueError("a date format needs a year: YYYY")
    months = _month_numbers(month_names)

    def read(text: str) -> Moment | None:
        match = shape.fullmatch(text)
        return None if match is None else _moment(match.groupdict(), months)

    return read


def zone(name: str) -> ZoneInfo:
    """Find a time zone by its IANA name; raise ValueError that suggests one."""
    if _UNSURE_ZONES.fullmatch(name):
        raise ValueError(similar_zone(name))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(similar_zone(name)) from error


@cache
def _zone_names() -> list[str]:
    return sorted(each for each in available_timezones() if not _UNSURE_ZONES.fullmatch(each))


def similar_zone(name: str) -> str:
    """Tell the time zone that was probably meant, or nothing."""
    if len(name) > _LONGEST_NAME:
        return ""
    word = re.sub(r"[^A-Z].*", "", name.strip().upper())
    if word in _LIKELY_ZONES:
        return _LIKELY_ZONES[word]
    names = _zone_names()
    wanted = name.strip().casefold().replace(" ", "_")
    for known in names:
        if wanted and wanted in {known.casefold(), known.casefold().rsplit("/", 1)[-1]}:
            return known
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return near[0] if near else ""


def _shape(name: str) -> str:
    parts: list[str] = []
    used: set[str] = set()
    for match in _TOKEN.finditer(name):
        literal, unknown, mark = match.groups()
        token = match.group()
        if unknown:
            raise ValueError(f"{unknown!r} is no date token")
        if token in _TOKENS:
            group = _TOKENS[token]
            key = group[3 : group.index(">")]
            if key in used:
                raise ValueError(f"{token} is there twice")
            used.add(key)
            parts.append(group)
        else:
            parts.append(re.escape(literal if literal is not None else mark or token))
    return "".join(parts)


def _month_numbers(names: Sequence[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        word = name.casefold().rstrip(".")
        numbers[word] = number
        if tuple(names) == MONTHS:
            numbers[word[:3]] = number
            if word == "september":
                numbers["sept"] = number
    return numbers


def _moment(found: dict[str, str | None], months: dict[str, int]) -> Moment | None:
    name = found.get("month_name")
    month = months.get(name.casefold().rstrip(".")) if name else int(found.get("month") or 0)
    short = found.get("short_year")
    year = 2000 + int(short) if short else int(found.get("year") or 0)
    hour = _hour(found)
    if month is None or hour is None:
        return None
    try:
        day = dt.date(year, month, int(found["day"] or 0))
        if "hour" not in found and "half_hour" not in found:
            return day
        clock = dt.time(hour, int(found.get("minute") or 0), int(found.get("second") or 0))
        return dt.datetime.combine(day, clock, tzinfo=_offset(found.get("zone")))
    except (ValueError, LookupError):
        return None


def _hour(found: dict[str, str | None]) -> int | None:
    half = found.get("half_hour")
    if half is None:
        return int(found.get("hour") or 0)
    if "noon" not in found:
        return int(half)
    if not 1 <= int(half) <= _NOON:
        return None
    late = (found["noon"] or "").upper().startswith("P")
    return int(half) % _NOON + (_NOON if late else 0)


def _offset(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text in "Zz":
        return dt.UTC
    if text.isalpha():
        return dt.timezone(dt.timedelta(hours=_ZONES[text]))
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return dt.timezone(dt.timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _iso(text: str) -> Moment | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, second, zone_text = match.groups()
    try:
        date = dt.date.fromisoformat(day)
        if hour is None:
            return date
        clock = dt.time(int(hour), int(minute), int(second or 0))
        return dt.datetime.combine(date, clock, tzinfo=_offset(zone_text))
    except ValueError:
        return None


def _iso_day(text: str) -> Moment | None:
    moment = _iso(text)
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _epoch_seconds(text: str) -> Moment | None:
    return _since_epoch(text, 1)


def _epoch_ms(text: str) -> Moment | None:
    return _since_epoch(text, 1000)


def _since_epoch(text: str, parts: int) -> Moment | None:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        return None
    try:
        return _EPOCH + dt.timedelta(seconds=int(text) // parts)
    except OverflowError:
        return None


def _excel_serial(text: str) -> Moment | None:
    match = re.fullmatch(r"([0-9]{1,7})(\.[0-9]{1,15})?", text)
    if match is None or not 1 <= int(match[1]) <= _LAST_SERIAL:
        return None
    day = _EXCEL_EPOCH + dt.timedelta(days=int(match[1]))
    fraction = Decimal(match[2] or 0)
    if not fraction:
        return day
    # A spreadsheet's clock is as exact as its figures: to the second.
    seconds = min(int((fraction * _DAY).to_integral_value()), _DAY - 1)
    clock = dt.datetime.combine(day, dt.time())
    return clock + dt.timedelta(seconds=seconds)


_NAMED: dict[str, Style] = {
    "iso": _iso,
    "iso_day": _iso_day,
    "epoch_seconds": _epoch_seconds,
    "epoch_ms": _epoch_ms,
    "excel_serial": _excel_serial,
}
