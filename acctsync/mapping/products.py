"""Builds products and services that have a record of their own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from acctsync.documents import Item, Reference, State, one_name
from acctsync.exports.records import Row
from acctsync.mapping.choices import Choices
from acctsync.mapping.fields import Misread
from acctsync.mapping.findings import Built
from acctsync.mapping.heads import Expectation, HeadCells, HeadReader, check_expectations
from acctsync.mapping.model import ItemRule


class ItemBuilder:
    """Builds an item as the books are to call it: by what the mapping lists its word as.

    A word that a pattern, or an entry by id, leads to an item of the books is skipped: nothing of
    that name is ever needed there.
    """

    def __init__(self, head: HeadReader, choices: Choices) -> None:
        self.head = head
        self._choices = choices
        self._read_price = head.getters.get("unit_price")
        self._listed: set[str] = set()
        self._expect: Sequence[Expectation] = ()

    def expecting(self, expectations: Sequence[Expectation]) -> ItemBuilder:
        """Add what every row is expected to satisfy."""
        self._expect = expectations
        return self

    def build(self, rows: Sequence[Row], cells: Any) -> Built:
        """Build one item."""
        reader = self.head
        head = reader.read(rows[0], cells)
        ref, _ = reader.identity(head)
        word = head.text("name")
        built = Built(ref=ref, number=word, findings=head.found)
        rule, exact = self._choices.listed_item(word)
        if reader.state(head) in {None, State.VOID} or self._is_elsewhere(rule, exact=exact):
            built.skipped = True
            head.found.problems.clear()
            return built
        reader.require("name", word, head)
        check_expectations(self._expect, rows, cells, head.found)
        price = self._price(head)
        if not head.found.refused:
            built.document = Item(
                ref=ref,
                name=self.name(head, rule),
                account=_reference(head.text("account")) or rule.account,
                expense_account=_reference(head.text("expense_account")) or rule.expense_account,
                description=head.text("description"),
                sku=head.text("sku"),
                unit_price=price,
                place=head.found.place(),
            )
        return built

    def name(self, head: HeadCells, rule: ItemRule) -> str:
        """Tell what the books are to call it: as listed, or by its own word below its parent."""
        if rule.item is not None and rule.item.name:
            return rule.item.name
        own, parent = one_name(head.text("name")), head.text("parent")
        return f"{parent}:{own}" if parent else own

    def _is_elsewhere(self, rule: ItemRule, *, exact: bool) -> bool:
        """Tell whether the mapping leads a word to an item that is not this record's to make."""
        if rule.item is None:
            return False
        name = rule.item.name
        if not exact or name is None or name in self._listed:
            return True
        self._listed.add(name)
        return False

    def _price(self, head: HeadCells) -> Decimal | None:
        """Read the price, which may be finer than the currency's smallest amount."""
        if self._read_price is None:
            return None
        try:
            price: Decimal | None = self._read_price(head.cells, self.head.currency(head))
        except Misread as error:
            head.found.misread(error, head.row)
            return None
        return price


def _reference(word: str) -> Reference | None:
    return Reference(name=word) if word else None
