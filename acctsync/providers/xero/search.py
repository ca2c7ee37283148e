"""Looks for documents in Xero: by id, by number, by day and stamp, by name; each as Xero allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from acctsync.documents import LABELS, PARTIES, Kind, RemoteDocument, whole_of
from acctsync.providers.asking import together
from acctsync.providers.port import Findings, Sought
from acctsync.providers.stamps import stamp
from acctsync.providers.xero import payloads, questions
from acctsync.providers.xero.allocations import CREDITS, allocations, by_stamp
from acctsync.providers.xero.labels import CATEGORIES, by_full_name, label_documents
from acctsync.providers.xero.matching import (
    DAYS_ABOUT,
    Found,
    about_the_day,
    by_id,
    by_number,
    merged,
)
from acctsync.providers.xero.named import Names
from acctsync.providers.xero.notes import noted
from acctsync.providers.xero.reading import Reader
from acctsync.providers.xero.responses import remote_document
from acctsync.providers.xero.wire import IN_FLIGHT

_FEW = 3
_LISTED_BY_DAY = frozenset({"Payments", "CreditNotes"})  # no list of ids can be asked for

_Asked = Callable[[], Found]


class Search:
    """Looks for documents of one organisation. May be used by several threads."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names

    def find(self, sought: Sequence[Sought]) -> Findings:
        """Ask by id, by number, by day and stamp; contacts and items by name and e-mail."""
        asked: list[_Asked] = []
        for kind in dict.fromkeys(each.ref.kind for each in sought):
            of_kind = [each for each in sought if each.ref.kind is kind]
            asked += self._questions(kind, of_kind)
        nothing: Found = {each.ref: [] for each in sought}
        found = merged([nothing, *together(asked, IN_FLIGHT)])
        return {ref: tuple(remotes) for ref, remotes in found.items()}

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        """Read a kind's documents from a day on, and leave out what is dated after the last."""
        found = self._documents(
            kind, payloads.RESOURCES[kind], questions.since_day(payloads.RESOURCES[kind], since)
        )
        return (each for each in found if each.date is not None and since <= each.date <= until)

    def _questions(  # noqa: PLR0911 - one per way of asking
        self, kind: Kind, sought: Sequence[Sought]
    ) -> list[_Asked]:
        if kind in PARTIES or kind is Kind.ITEMS:
            return [partial(self._names.matching, kind, sought)]
        if kind in LABELS:
            return [partial(self._labels, kind, sought)]
        if kind is Kind.NOTES:
            return [partial(self._note, each) for each in sought]
        with_id = [each for each in sought if each.remote_id]
        unnumbered = [each for each in sought if questions.is_unnumbered(each)]
        named = [each for each in sought if not questions.is_unnumbered(each)]
        without = [each for each in named if not each.remote_id]
        if unnumbered:
            return [
                partial(self._unnumbered, kind, unnumbered),
                *self._questions(kind, [*with_id, *without]),
            ]
        resource = payloads.RESOURCES[kind]
        if resource == "Invoices":
            return [*self._invoices(kind, with_id, "IDs"), *self._by_invoice_number(kind, without)]
        if kind in CREDITS:
            return [partial(self._allocations, kind, sought)]
        by_day = [partial(self._by_day, kind, without)] if without else []
        return [*self._by_id(kind, with_id), *by_day]

    def _by_id(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        """Ask for a few one by one; for many, read what is dated from a day on."""
        if len(sought) > _FEW and payloads.RESOURCES[kind] in _LISTED_BY_DAY:
            return [partial(self._in_days, kind, sought)]
        return [partial(self._single, kind, each) for each in sought]

    def _in_days(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read from the first day on, while asking for each that is missing would cost more."""
        resource = payloads.RESOURCES[kind]
        missing = {each.remote_id for each in sought}
        found: list[RemoteDocument] = []
        pages = self._reader.pages(resource, self._window(sought, resource))
        for number, page in enumerate(pages, 1):
            wanted = [row for row in page if row[payloads.IDS[resource]] in missing]
            found += [remote_document(kind, row) for row in wanted]
            missing -= {each.id for each in found}
            if len(missing) <= number:
                break
        alone = [partial(self._single, kind, each) for each in sought if each.remote_id in missing]
        return merged([by_id(sought, found), *together(alone, IN_FLIGHT)])

    def _invoices(self, kind: Kind, sought: Sequence[Sought], name: str) -> list[_Asked]:
        """Ask for invoices by their ids, many at a time."""
        ids = dict.fromkeys(each.remote_id for each in sought)
        return [partial(self._some, kind, sought, name, part) for part in questions.chunks(ids)]

    def _some(
        self, kind: Kind, sought: Sequence[Sought], name: str, values: Sequence[str]
    ) -> Found:
        asked = questions.listed(name, values)
        found = self._documents(kind, "Invoices", asked)
        wanted = [each for each in sought if _asked_value(each, name) in values]
        return by_id(wanted, found) if name == "IDs" else by_number(wanted, found)

    def _by_invoice_number(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        askable = [each for each in sought if questions.askable(each.number)]
        numbers = dict.fromkeys(each.number for each in askable)
        return [
            partial(self._some, kind, askable, "InvoiceNumbers", part)
            for part in questions.chunks(numbers)
        ]

    def _single(self, kind: Kind, sought: Sought) -> Found:
        found = self._reader.one(payloads.RESOURCES[kind], sought.remote_id)
        return {sought.ref: [] if found is None else [remote_document(kind, found)]}

    def _note(self, sought: Sought) -> Found:
        """Look for our note in its document's history."""
        resource = payloads.RESOURCES[whole_of(sought.ref).kind]
        records = self._reader.history(resource, sought.remote_id)
        found = noted(sought.remote_id, records)
        return {sought.ref: [each for each in found if each.stamp == sought.stamp]}

    def _by_day(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read all that is dated from the first day on: a document may be dated later, too."""
        asked = self._window(sought, payloads.RESOURCES[kind])
        found = self._documents(kind, payloads.RESOURCES[kind], asked)
        pair = about_the_day if kind is Kind.PAYOUTS else by_number
        paired = pair(sought, found)
        if not payloads.is_freed(kind):
            return paired
        # Xero lists for ever what was deleted: it is out of the books, as after an undo.
        fresh = {each.ref for each in sought if each.to_create}
        return {
            ref: [each for each in remotes if not (each.voided and ref in fresh)]
            for ref, remotes in paired.items()
        }

    def _unnumbered(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read far back for what bears our stamp and a number of Xero's own."""
        resource = payloads.RESOURCES[kind]
        asked = self._window(sought, resource, days_before=questions.STAMPED_DAYS)
        return about_the_day(sought, self._documents(kind, resource, asked))

    @staticmethod
    def _window(
        sought: Sequence[Sought], resource: str = "CreditNotes", *, days_before: int = DAYS_ABOUT
    ) -> dict[str, str]:
        """Ask for what is dated from the first day on, or for all where a day is not known."""
        days = [each.date for each in sought if each.date is not None]
        if not days or len(days) < len(sought):
            return {}
        return questions.since_day(resource, min(days) - dt.timedelta(days_before))

    def _allocations(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        """Read them out of the credit notes: an allocation has no address of its own."""
        credits_ = self._credits(self._window(sought))
        if kind is Kind.WRITE_OFF_ALLOCATIONS:
            # Its credit note is dated to the day on which it was written, whenever that was.
            marks = [stamp(CREDITS[kind], each.stamp) for each in sought if each.stamp]
            asked = [{"where": f'Reference=="{mark}"'} for mark in marks]
            credits_ += [row for each in asked for row in self._credits(each)]
        whole = {row["CreditNoteID"]: row for row in credits_}
        return by_stamp(sought, allocations(kind, whole.values()))

    def _credits(self, asked: Mapping[str, str]) -> list[Mapping[str, Any]]:
        return [row for page in self._reader.pages("CreditNotes", asked) for row in page]

    def _documents(
        self, kind: Kind, resource: str, asked: Mapping[str, str]
    ) -> list[RemoteDocument]:
        pages = self._reader.pages(resource, asked)
        return [
            remote_document(kind, row)
            for page in pages
            for row in page
            if payloads.is_of(kind, row)
        ]

    def _labels(self, kind: Kind, sought: Sequence[Sought]) -> Found:
        rows = self._reader.all(CATEGORIES, questions.WITH_ARCHIVED)
        return by_full_name(sought, label_documents(kind, rows))


def _asked_value(sought: Sought, name: str) -> str:
    return sought.remote_id if name == "IDs" else sought.number
