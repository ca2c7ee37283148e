"""Which rows of the books answer which of our questions; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from acctsync.documents import ALLOCATIONS, EXPENSED_FEES, DocumentRef, Kind, RemoteDocument
from acctsync.providers.port import Sought
from acctsync.providers.qbo.text import folded, folded_path, short_number

# Intuit: a name made inactive gets this tail.
_DELETED_TAIL = " (deleted)"


# By so many days may a bank feed date a payout otherwise than the processor does.
_DAYS_ABOUT = 7
_PAYMENTS = frozenset({Kind.PAYMENTS, *ALLOCATIONS, Kind.UNAPPLIED_PAYMENTS})
_NUMBERED_BY_ID = frozenset({*_PAYMENTS, Kind.REFUNDS, *EXPENSED_FEES, Kind.RETAINERS})


def number_field(kind: Kind) -> str:
    """Tell the field that carries a document's number."""
    return "PaymentRefNum" if kind in _PAYMENTS else "DocNumber"


def number_of(sought: Sought) -> str:
    """Tell the number that a document carries in the books."""
    return written_number(sought.ref.kind, sought.number, sought.ref.id)


def written_number(kind: Kind, number: str, id_: str) -> str:
    """Tell the number that a document of ours is given there."""
    if kind is Kind.WRITE_OFFS:
        return short_number(f"WO-{number}")
    return short_number(id_) if kind in _NUMBERED_BY_ID else number


def by_number(
    sought: Sequence[Sought], found: Iterable[RemoteDocument]
) -> dict[DocumentRef, list[RemoteDocument]]:
    """Pair what was found with what was asked; numbers compare without case, as there."""
    index: dict[str, list[RemoteDocument]] = {}
    for remote in found:
        index.setdefault(remote.number.casefold(), []).append(remote)
    return {each.ref: index.get(number_of(each).casefold(), []) for each in sought}


def by_stamp(
    sought: Sequence[Sought], found: Iterable[RemoteDocument]
) -> dict[DocumentRef, list[RemoteDocument]]:
    """Pair what has no number with what was asked: by our stamp, or unstamped of about that day."""
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


def _days_about(day: dt.date | None) -> Iterator[dt.date]:
    """Count days from one on, the nearest first."""
    if day is None:
        return
    yield day
    for distance in range(1, _DAYS_ABOUT + 1):
        yield day - dt.timedelta(distance)
        yield day + dt.timedelta(distance)


def by_id(
    sought: Sequence[Sought], found: Iterable[RemoteDocument]
) -> dict[DocumentRef, list[RemoteDocument]]:
    """Pair what was found with what was asked by id."""
    index = {remote.id: remote for remote in found}
    return {each.ref: [index[each.remote_id]] if each.remote_id in index else [] for each in sought}


class Parties:
    """The company's customers or vendors, to be found by name and e-mail."""

    def __init__(self, parties: Iterable[RemoteDocument]) -> None:
        self._by_name: dict[str, list[RemoteDocument]] = {}
        self._by_email: dict[str, list[RemoteDocument]] = {}
        self._names: dict[str, str] = {}
        for party in parties:
            self._names[party.id] = party.name
            self._by_name.setdefault(folded(_former_name(party)), []).append(party)
            for email in party.email.split(","):
                if email.strip():
                    self._by_email.setdefault(folded(email), []).append(party)

    def name_of(self, id_: str) -> str:
        """Tell what a party is called; empty for an id that none of them has."""
        return self._names.get(id_, "")

    def candidates(self, sought: Sought) -> list[RemoteDocument]:
        """List every party that bears one of the names or e-mail addresses."""
        found: dict[str, RemoteDocument] = {}
        for index, wanted in ((self._by_email, sought.emails), (self._by_name, sought.names)):
            for each in wanted:
                found.update({remote.id: remote for remote in index.get(folded(each), [])})
        return list(found.values())


class Entries:
    """One of the company's lists (items, classes or locations), to be found by full name."""

    def __init__(self, entries: Iterable[RemoteDocument]) -> None:
        self._by_name: dict[str, list[RemoteDocument]] = {}
        for entry in entries:
            self._by_name.setdefault(folded_path(_former_name(entry)), []).append(entry)

    def candidates(self, sought: Sought) -> list[RemoteDocument]:
        """List every entry that bears one of the names, inactive ones among them."""
        found = (each for name in sought.names for each in self._by_name.get(folded_path(name), ()))
        return list({remote.id: remote for remote in found}.values())


def merged(
    parts: Iterable[Mapping[DocumentRef, Sequence[RemoteDocument]]],
) -> dict[DocumentRef, tuple[RemoteDocument, ...]]:
    """Put findings together; a document found twice counts once."""
    whole: dict[DocumentRef, dict[str, RemoteDocument]] = {}
    for part in parts:
        for ref, remotes in part.items():
            whole.setdefault(ref, {}).update({remote.id: remote for remote in remotes})
    return {ref: tuple(remotes.values()) for ref, remotes in whole.items()}


def _former_name(party: RemoteDocument) -> str:
    if party.active:
        return party.name
    return party.name.removesuffix(_DELETED_TAIL)
