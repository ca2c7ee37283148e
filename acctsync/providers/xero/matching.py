"""Which elements of the books answer which of our questions; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from acctsync.documents import DocumentRef, Kind, RemoteDocument
from acctsync.providers.port import Sought
from acctsync.providers.xero.text import folded

# By so many days may a bank feed date a payout otherwise than the processor does.
DAYS_ABOUT = 7
_UNNUMBERED = frozenset(
    {
        *(Kind.PAYMENTS, Kind.PAYMENT_PARTS, Kind.REPAYMENTS, Kind.PAYOUTS),
        *(Kind.FEES, Kind.PAYOUT_FEES),
        *(Kind.RETAINERS, Kind.OVERPAYMENTS),
    }
)

Found = dict[DocumentRef, list[RemoteDocument]]


def by_number(sought: Sequence[Sought], found: Iterable[RemoteDocument]) -> Found:
    """Pair what was found with what was asked, by number or by stamp; numbers without case."""
    numbers: dict[str, list[RemoteDocument]] = {}
    stamps: dict[str, list[RemoteDocument]] = {}
    for remote in found:
        numbers.setdefault(remote.number.casefold(), []).append(remote)
        if remote.stamp:
            stamps.setdefault(remote.stamp, []).append(remote)
    return {each.ref: _candidates(each, numbers, stamps) for each in sought}


def _candidates(
    sought: Sought,
    numbers: Mapping[str, list[RemoteDocument]],
    stamps: Mapping[str, list[RemoteDocument]],
) -> list[RemoteDocument]:
    numbered = sought.number and sought.ref.kind not in _UNNUMBERED
    by_number = numbers.get(sought.number.casefold(), []) if numbered else []
    both = [*by_number, *stamps.get(sought.stamp, [])]
    return list({each.id: each for each in both}.values())


def about_the_day(sought: Sequence[Sought], found: Iterable[RemoteDocument]) -> Found:
    """Pair transfers with what was asked: by our stamp, or unstamped of about that day."""
    stamped: dict[str, list[RemoteDocument]] = {}
    others: dict[dt.date | None, list[RemoteDocument]] = {}
    for remote in found:
        if remote.stamp:
            stamped.setdefault(remote.stamp, []).append(remote)
        else:
            others.setdefault(remote.date, []).append(remote)
    return {
        each.ref: [
            *stamped.get(each.stamp, []),
            *(one for day in _days_about(each.date) for one in others.get(day, [])),
        ]
        for each in sought
    }


def by_id(sought: Sequence[Sought], found: Iterable[RemoteDocument]) -> Found:
    """Pair what was found with what was asked by id."""
    index = {remote.id: remote for remote in found}
    return {each.ref: [index[each.remote_id]] if each.remote_id in index else [] for each in sought}


class Named:
    """The organisation's contacts or items, to be found by name, e-mail and our own stamp."""

    def __init__(self, entries: Iterable[RemoteDocument]) -> None:
        self._names: dict[str, list[RemoteDocument]] = {}
        self._emails: dict[str, list[RemoteDocument]] = {}
        self._ids: dict[str, RemoteDocument] = {}
        self._stamps: dict[str, list[RemoteDocument]] = {}
        for each in entries:
            if each.stamp:
                self._stamps.setdefault(each.stamp, []).append(each)
            self._ids[each.id] = each
            self._names.setdefault(folded(each.name), []).append(each)
            if each.email:
                self._emails.setdefault(folded(each.email), []).append(each)

    def name_of(self, id_: str) -> str:
        """Tell what an entry is called; empty for an id that none of them has."""
        return self._ids[id_].name if id_ in self._ids else ""

    def candidates(self, sought: Sought) -> list[RemoteDocument]:
        """List every entry that bears one of the names or addresses, archived ones among them.

        Where none does, one that we created for this very party counts, whatever it is called now.
        """
        if sought.remote_id:
            return [self._ids[sought.remote_id]] if sought.remote_id in self._ids else []
        found: dict[str, RemoteDocument] = {}
        for index, wanted in ((self._emails, sought.emails), (self._names, sought.names)):
            for each in wanted:
                found.update({remote.id: remote for remote in index.get(folded(each), [])})
        return list(found.values()) or self._stamps.get(sought.ref.id, [])


def merged(parts: Iterable[Mapping[DocumentRef, Sequence[RemoteDocument]]]) -> Found:
    """Put findings together; a document found twice counts once."""
    whole: dict[DocumentRef, dict[str, RemoteDocument]] = {}
    for part in parts:
        for ref, remotes in part.items():
            whole.setdefault(ref, {}).update({remote.id: remote for remote in remotes})
    return {ref: list(remotes.values()) for ref, remotes in whole.items()}


def _days_about(day: dt.date | None) -> Iterator[dt.date]:
    """Count days from one on, the nearest first."""
    if day is None:
        return
    yield day
    for distance in range(1, DAYS_ABOUT + 1):
        yield day - dt.timedelta(distance)
        yield day + dt.timedelta(distance)
