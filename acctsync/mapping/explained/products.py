"""Explains a product or service that has a record of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from acctsync.documents import Reference
from acctsync.mapping.explained.heads import PersonTracer, Teller
from acctsync.mapping.explained.values import Entry, Explained
from acctsync.mapping.model import ItemRule
from acctsync.mapping.products import ItemBuilder


class ItemTracer(PersonTracer):
    """Explains the fields of its row, and what the mapping lists its word as."""

    def tellers(self) -> dict[str, Teller]:
        return {
            **super().tellers(),
            "name": self._name,
            "account": lambda: self._account("account"),
            "expense_account": lambda: self._account("expense_account"),
        }

    def _value(self, name: str) -> Any:
        # A price may be finer than the currency's smallest amount.
        if name == "unit_price":
            return self._getters[name](self.seen.cells, self.currency)
        return super()._value(name)

    def _name(self) -> Explained | None:
        builder, told = self.seen.builder, self.plain("name")
        if told is None or not isinstance(builder, ItemBuilder):
            return told
        rule, entry = self._listed()
        shown = replace(entry, value=rule.item) if entry and rule.item else None
        return replace(told, value=builder.name(self.head, rule), entry=shown)

    def _account(self, name: str) -> Explained | None:
        told = self.plain(name)
        if told is not None and told.value:
            return replace(told, value=Reference(name=str(told.value)))
        rule, entry = self._listed()
        value = getattr(rule, name)
        if entry is None or value is None:
            return replace(told, value=None) if told else None
        rule_shown, shown = f"set by {entry.table}", replace(entry, value=value)
        return Explained(field=name, value=value, rule=rule_shown, place=entry.place, entry=shown)

    def _listed(self) -> tuple[ItemRule, Entry | None]:
        """Tell what `accounting.items` says of the item's word, and under which key."""
        entry = self.around.origins.listed_item(self.head.text("name"))
        rule = entry.value if entry else None
        return (rule if isinstance(rule, ItemRule) else ItemRule()), entry
