"""Builds customers and vendors that have a record of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acctsync.documents import DocumentRef
from acctsync.exports.records import Row
from acctsync.mapping.findings import Built
from acctsync.mapping.heads import Expectation, HeadCells, HeadReader, check_expectations
from acctsync.mapping.parties import Parties
from acctsync.mapping.party import Party

_FIELDS = ("name", "email", "company", "phone", "tax_number", "parent")


class PeopleBuilder:
    """Takes a row into the parties; their documents are made when all of the export is read."""

    def __init__(self, head: HeadReader, parties: Parties) -> None:
        self.head = head
        self.parties = parties
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
        check_expectations(self._expect, rows, cells, head.found)
        party = self.party(ref, head)
        if not head.found.refused:
            self.parties.ref(party, head.found, own_record=True)
        return built

    def party(self, ref: DocumentRef, head: HeadCells) -> Party:
        """Tell who a row is about."""
        currency = self.head.currency(head) if head.text("currency") else ""
        values = {name: head.text(name) for name in _FIELDS}
        return Party(id=ref.id, currency=currency, **values)
