"""The flags that choose documents, the same in every command that has them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.errors import InputRefused
from acctsync.values import dataclass

if TYPE_CHECKING:
    from acctsync.documents import Kind
    from acctsync.plan.selection import Selection

_MONTH = re.compile(r"(\d{4})-(\d{2})\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")

Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="From this day on (YYYY-MM-DD).")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Up to this day, inclusive.")
]
Month = Annotated[
    str | None, typer.Option("--month", metavar="YYYY-MM", help="One month of document dates.")
]
LastMonth = Annotated[
    bool, typer.Option("--last-month", help="The month before this one, in the books' time zone.")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="KINDS", help="Only these kinds, with commas between them."),
]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", metavar="ID", help="Only this id or number; may be repeated."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The flags as they were given."""

    since: str | None = None
    until: str | None = None
    month: str | None = None
    last_month: bool = False
    only: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    def selection(self, today: dt.date) -> Selection:
        """Settle what the flags mean on a day in the books' time zone."""
        from acctsync.plan.selection import Selection

        since, until = self.period(today)
        return Selection(
            since=since,
            until=until,
            kinds=frozenset(_kind(word) for word in _words(self.only)),
            documents=frozenset(self.documents),
        )

    def period(self, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
        """Settle the first and the last day, as far as any was asked for."""
        ways = (self.since or self.until, self.month, self.last_month)
        if sum(map(bool, ways)) > 1:
            raise InputRefused(
                "--month, --last-month and --since/--until exclude each other",
                hint="Give one of the three.",
            )
        if self.month:
            return _month(self.month)
        if self.last_month:
            last = today.replace(day=1) - dt.timedelta(days=1)
            return last.replace(day=1), last
        since, until = day(self.since, "--since"), day(self.until, "--until")
        if since and until and since > until:
            raise InputRefused(f"--since {since} lies after --until {until}")
        return since, until


def wanted(
    since: str | None = None,
    until: str | None = None,
    month: str | None = None,
    last_month: bool = False,
    only: list[str] | None = None,
    documents: list[str] | None = None,
) -> Wanted:
    """Take the flags as typer gives them."""
    return Wanted(
        since=since,
        until=until,
        month=month,
        last_month=last_month,
        only=tuple(only or ()),
        documents=tuple(documents or ()),
    )


def _words(values: tuple[str, ...]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def _kind(word: str) -> Kind:
    from acctsync.documents import LABELS, PART_OF, Kind

    unnamed = {*PART_OF, *LABELS, Kind.UNAPPLIED_PAYMENTS, Kind.RETAINERS}
    kinds = [kind for kind in Kind if kind not in unnamed]
    try:
        return kinds[kinds.index(Kind(word.replace("-", "_")))]
    except ValueError:
        raise InputRefused(
            f"--only: there is no kind {word!r}", hint=f"Kinds are {', '.join(kinds)}."
        ) from None


def day(value: str | None, flag: str) -> dt.date | None:
    """Read a day that a flag names."""
    if value is None:
        return None
    wrong = InputRefused(
        f"{flag}: {value!r} is no day", hint="Write it as YYYY-MM-DD, like 2025-03-31."
    )
    if not _DAY.match(value):
        raise wrong
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise wrong from None


def _month(value: str) -> tuple[dt.date, dt.date]:
    wrong = InputRefused(
        f"--month: {value!r} is no month", hint="Write it as YYYY-MM, like 2025-03."
    )
    found = _MONTH.match(value)
    if found is None:
        raise wrong
    try:
        first = dt.date(int(found[1]), int(found[2]), 1)
        after = (first + dt.timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):
        raise wrong from None
    return first, after - dt.timedelta(days=1)
