"""Builds customers, vendors and items that have a record of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acctsync.exports.records import Row
from acctsync.mapping.findings import Built
from acctsync.mapping.heads import Expectation, HeadReader
from acctsync.mapping.parties import Parties, Party
from acctsync.money import known_currency

_FIELDS = ("name", "email", "company", "phone", "tax_number", "parent")


class PeopleBuilder:
    """Takes a row into the parties; their documents are made when all of the export is read."""

    def __init__(self, head: HeadReader, parties: Parties) -> None:
        self.head = head
        self._parties = parties
        self._expect: Sequence[Expectation] = ()

    def expecting(self, expectations: Sequence[Expectation]) -> PeopleBuilder:
        """Add what every row is expected to satisfy."""
        self._expect = expectations
        return self

    def build(self, rows: Sequence[Row], cells: Any) -> Built:
        """Take one party in."""
        reader = self.head
        head = reader.read(rows[0], cells)
        ref, _ = reader.identity(head)
        built = Built(ref=ref, number=head.text("name"), findings=head.found)
        if reader.state(head) is None:
            built.skipped = True
            head.found.problems.clear()
            return built
        reader.require("name", head.text("name"), head)
        for each in self._expect:
            if not each.holds(cells):
                head.found.error("DOC008", each.message, row=head.row, column=each.column)
        if not head.found.refused:
            currency = known_currency(head.text("currency")) or ""
            values = {name: head.text(name) for name in _FIELDS}
            self._parties.ref(
                Party(id=ref.id, currency=currency, **values), head.found, own_record=True
            )
        return built
