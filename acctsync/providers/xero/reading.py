"""Questions to one organisation: single objects, elements, whole lists and reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

from acctsync.providers.encoding import Json
from acctsync.providers.xero import questions
from acctsync.providers.xero.notes import RECORDS
from acctsync.providers.xero.responses import rows
from acctsync.providers.xero.verdicts import unusable
from acctsync.providers.xero.wire import Wire

_READINGS = 3


class Reader:
    """Reads what one organisation holds. May be used by several threads."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def one(self, resource: str, id_: str) -> Json | None:
        """Read one element by its id; None where it is not there."""
        answer = self._wire.read(questions.address(f"{resource}/{id_}"))
        found = rows(answer, resource) if answer else []
        if found is None:
            raise unusable(resource)
        return found[0] if found else None

    def history(self, resource: str, id_: str) -> list[Json]:
        """Read what happened to a document; nothing did to one that is not there."""
        answer = self._wire.read(questions.history(resource, id_))
        found = rows(answer, RECORDS) if answer else []
        if found is None:
            raise unusable(resource)
        return found

    def all(
        self, resource: str, asked: Mapping[str, str] | None = None, *, called: str = ""
    ) -> list[Json]:
        """Read a list that comes at once; its answer may call it otherwise."""
        found = rows(self._wire.read(questions.address(resource, asked)), called or resource)
        if found is None:
            raise unusable(resource)
        return found

    def pages(
        self,
        resource: str,
        asked: Mapping[str, str] | None = None,
        *,
        since: dt.datetime | None = None,
    ) -> Iterator[list[Json]]:
        """Read page by page; what moved between pages counts once.

        A row that is changed meanwhile moves to the end, and another one slips to a page that was
        read already. Where fewer rows came than there are, they are read again.
        """
        size = questions.page_size(resource)
        if not size:
            yield self.all(resource, asked)
            return
        seen: set[str] = set()
        number = again = 1
        while True:
            answer = self._wire.read(questions.page(resource, number, asked), since=since)
            found = rows(answer, resource) if answer else []
            if found is None:
                raise unusable(resource)
            fresh = [row for row in found if _identity(row) not in seen]
            seen.update(map(_identity, fresh))
            yield fresh
            if len(found) == size and len(seen) != _count(answer):
                number += 1
            elif number > 1 and len(seen) < _count(answer) and again < _READINGS:
                number, again = 1, again + 1
            else:
                return

    def report(self, name: str, settings: Mapping[str, str]) -> Json:
        """Read a report."""
        found = rows(self._wire.read(questions.address(f"Reports/{name}", settings)), "Reports")
        if not found:
            raise unusable(name)
        return found[0]


def _count(answer: Mapping[str, object]) -> int:
    """Tell how many rows there are on all pages, where the answer says so."""
    told = answer.get("pagination")
    count = told.get("itemCount") if isinstance(told, Mapping) else None
    return int(count) if isinstance(count, int | Decimal) else 0


def _identity(row: Mapping[str, object]) -> str:
    return "/".join(str(value) for name, value in sorted(row.items()) if name.endswith("ID"))
