"""Looks for documents in QuickBooks: by id, by number, by day and stamp, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from acctsync.documents import ASSIGNABLE, DocumentRef, Kind, RemoteDocument
from acctsync.errors import ComeBackLater
from acctsync.providers.asking import together
from acctsync.providers.port import Findings, Sought
from acctsync.providers.qbo import payloads, queries
from acctsync.providers.qbo.matching import (
    by_id,
    by_number,
    by_stamp,
    merged,
    number_field,
    number_of,
)
from acctsync.providers.qbo.named import NAMED, Names
from acctsync.providers.qbo.reading import Reader
from acctsync.providers.qbo.responses import remote_document
from acctsync.providers.qbo.siblings import is_of_kind
from acctsync.providers.qbo.wire import IN_FLIGHT, QuestionRefused

_NEVER_TOO_MANY = 50
_OVERLAP_ROWS = 1  # a form may be deleted while others are read

_Found = Mapping[DocumentRef, Sequence[RemoteDocument]]
_Asked = Callable[[], _Found]


class Search:
    """Looks for documents of one company. May be used by several threads."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names

    def find(self, sought: Sequence[Sought]) -> Findings:
        """Ask by id, by number, for items by name, for customers and vendors also by e-mail."""
        asked: list[_Asked] = []
        for kind in dict.fromkeys(each.ref.kind for each in sought):
            of_kind = [each for each in sought if each.ref.kind is kind]
            with_id = [each for each in of_kind if each.remote_id]
            without = [each for each in of_kind if not each.remote_id]
            asked += self._by_id(kind, with_id)
            asked += self._without_id(kind, without)
        nothing: _Found = {each.ref: () for each in sought}
        return merged([nothing, *together(asked, IN_FLIGHT)])

    def dated(self, kind: Kind, since: dt.date, until: dt.date) -> Iterator[RemoteDocument]:
        """Read a kind's documents by TxnDate, a thousand at a time."""
        where = queries.dated(since, until)
        for page in self._reader.pages(payloads.ENTITIES[kind], where=where):
            yield from (remote_document(kind, row) for row in page.rows if is_of_kind(kind, row))

    def _without_id(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        if kind in NAMED:
            return [partial(self._names.matching, kind, sought)] if sought else []
        if kind is Kind.PAYOUTS:
            return [partial(self._forms, kind, sought)] if sought else []
        unnumbered = [each for each in sought if kind in ASSIGNABLE and not each.number]
        asked = [partial(self._forms, kind, unnumbered)] if unnumbered else []
        return [*asked, *self._by_number(kind, [each for each in sought if each not in unnumbered])]

    def _forms(self, kind: Kind, sought: Sequence[Sought]) -> _Found:
        """Ask by day: notes, and so our stamps, can't be asked for (Intuit: Invoice)."""
        where = queries.days_since([each.date for each in sought if each.date is not None])
        entity = payloads.ENTITIES[kind]
        pages = self._reader.pages(entity, where=where, overlap=_OVERLAP_ROWS)
        rows = (row for page in pages for row in page.rows if is_of_kind(kind, row))
        return by_stamp(sought, [remote_document(kind, row) for row in rows])

    def _by_id(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        askable = [each for each in sought if each.remote_id.isdecimal()]
        return [
            partial(self._in_halves, partial(self._some_by_id, kind), part)
            for part in queries.chunks(askable)
        ]

    def _in_halves(
        self, ask: Callable[[Sequence[Sought]], _Found], sought: Sequence[Sought]
    ) -> _Found:
        """Ask; where the question is refused for its length, ask in halves."""
        try:
            return ask(sought)
        except QuestionRefused:
            if len(sought) <= _NEVER_TOO_MANY:
                raise
        half = len(sought) // 2
        parts = [self._in_halves(ask, sought[:half]), self._in_halves(ask, sought[half:])]
        return merged(parts)

    def _some_by_id(self, kind: Kind, sought: Sequence[Sought]) -> _Found:
        ids = [each.remote_id for each in sought]
        inactive = kind in NAMED
        statement = queries.ids_in(payloads.ENTITIES[kind], ids, inactive=inactive)
        return by_id(sought, self._documents(kind, statement))

    def _by_number(self, kind: Kind, sought: Sequence[Sought]) -> list[_Asked]:
        askable = [each for each in sought if queries.askable(number_of(each))]
        return [
            partial(self._in_halves, partial(self._some_by_number, kind), part)
            for part in queries.chunks(askable)
        ]

    def _some_by_number(self, kind: Kind, sought: Sequence[Sought]) -> _Found:
        numbers = [number_of(each) for each in sought]
        statement = queries.values_in(payloads.ENTITIES[kind], number_field(kind), numbers)
        return by_number(sought, self._documents(kind, statement))

    def _documents(self, kind: Kind, statement: str) -> list[RemoteDocument]:
        found = self._reader.some(payloads.ENTITIES[kind], statement)
        if len(found) >= queries.PAGE:
            raise ComeBackLater(
                f"more than {queries.PAGE} documents bear the same few numbers",
                hint="Correct the doubled numbers in QuickBooks first.",
            )
        return [remote_document(kind, row) for row in found]
