"""Questions to one company: single objects, rows, whole lists, changes and reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from acctsync.errors import ComeBackLater
from acctsync.providers.encoding import Json
from acctsync.providers.qbo import queries
from acctsync.providers.qbo.changes import Changes, changes, moment, question
from acctsync.providers.qbo.payloads import target
from acctsync.providers.qbo.responses import rows
from acctsync.providers.qbo.wire import QuestionRefused, Wire


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer or of several; `at` is the server's time of the first."""

    rows: list[Json]
    at: dt.datetime | None


class Reader:
    """Reads what one company holds. May be used by several threads."""

    def __init__(self, wire: Wire, company_id: str) -> None:
        self._wire = wire
        self._company_id = company_id

    def one(self, path: str, entity: str) -> Json:
        """Read the object at a path."""
        found = self._wire.read(self._target(path)).get(entity)
        if not isinstance(found, dict):
            raise unusable(entity)
        return found

    def some(self, entity: str, statement: str) -> list[Json]:
        """Read the rows that a statement asks for, a thousand at most."""
        return self._page(entity, statement).rows

    def every(self, entity: str, *, inactive: bool = False, where: str = "") -> Page:
        """Read all rows of a list, or of those that a condition chooses."""
        at: dt.datetime | None = None
        found: list[Json] = []
        for page in self.pages(entity, inactive=inactive, where=where):
            at = at or page.at
            found += page.rows
        return Page(found, at)

    def pages(
        self, entity: str, *, inactive: bool = False, where: str = "", overlap: int = 0
    ) -> Iterator[Page]:
        """Read all rows page by page; a row that moved between pages counts once.

        `overlap` is for rows that may be deleted meanwhile: a page that does not begin with a row
        seen before is read again from further back, so that no row slips through.
        """
        seen: set[str] = set()
        start = 1
        while True:
            statement = queries.page_of(entity, start, inactive=inactive, where=where)
            page = self._page(entity, statement)
            ids = [str(row["Id"]) for row in page.rows]
            if overlap and start > 1 and not seen.intersection(ids[:1]):
                start = max(1, start - queries.PAGE // 2)
                continue
            yield Page([row for row in page.rows if str(row["Id"]) not in seen], page.at)
            seen.update(ids)
            if len(ids) < queries.PAGE:
                return
            start += queries.PAGE - overlap

    def changes(self, entities: Sequence[str], since: dt.datetime) -> Changes | None:
        """Read what changed; None when the answer tells nothing to rely on."""
        try:
            answer = self._wire.read(self._target(question(entities, since)))
        except QuestionRefused:
            return None
        return changes(answer, entities, since)

    def report(self, name: str, settings: Mapping[str, str]) -> Json:
        """Read a report."""
        return self._wire.read(self._target(f"/reports/{name}?{urlencode(settings)}"))

    def _page(self, entity: str, statement: str) -> Page:
        path = queries.as_url(statement)
        if path is not None:
            answer = self._wire.read(self._target(path))
        else:
            answer = self._wire.query(self._target("/query"), statement)
        found = rows(answer, entity)
        if found is None:
            raise unusable(entity)
        return Page(found, moment(answer.get("time")))

    def _target(self, path: str) -> str:
        return target(self._company_id, path)


def unusable(what: str) -> ComeBackLater:
    """Say that an answer makes no sense; it may the next time."""
    return ComeBackLater(
        f"QuickBooks' answer about {what} can't be used",
        hint="Nothing is lost: run the same command again later.",
    )
