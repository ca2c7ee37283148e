"""Tells which entry of the accounting half gives a line or a document what it gets in the books.

The entries are gone through in the order in which `Choices` takes them; a test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from acctsync.documents import PURCHASES, Reference
from acctsync.errors import Location
from acctsync.mapping.choices import Choices, Look, campus_of
from acctsync.mapping.explained.values import Entry
from acctsync.mapping.lookups import Lookup
from acctsync.mapping.model import ItemRule, Mapping

# What the unmapped policies call the words of a table.
_SORTS = {
    "items": "item",
    "locations": "location",
    "classes": "class",
    "taxes": "tax",
    "payment_methods": "payment_method",
}
_PROPERTIES = ("item", "account", "expense_account", "class_", "tax", "location")
_NAMED_BY = {"class_": "classes", "location": "locations"}


class _Candidate(NamedTuple):
    """A rule that may set properties of a line, and how to speak of it."""

    rule: ItemRule
    entry: Entry


class Origins:
    """Finds the entries that words of the export are looked up in."""

    def __init__(self, rules: Mapping, choices: Choices) -> None:
        accounting = rules.accounting
        self._rules = rules
        self._accounting = accounting
        self._choices = choices
        self._tables: dict[str, Lookup[Any]] = {
            "items": Lookup(accounting.items),
            "locations": Lookup(accounting.locations),
            "classes": Lookup(accounting.classes),
            "taxes": Lookup(accounting.taxes),
            "payment_methods": Lookup(accounting.payment_methods),
            "expenses.by_vendor": Lookup(accounting.expenses.by_vendor),
            "expenses.by_category": Lookup(accounting.expenses.by_category),
        }

    def listed(self, table: str, word: str) -> Entry | None:
        """Look a word up in `locations` or `classes`."""
        return self._found(table, word) or self._unknown(table, word) if word else None

    def item(self, look: Look) -> Entry | None:
        """Tell the entry that an item's word leads to, where that sets no item of the books."""
        found = self._found("items", look.item)
        if found is not None:
            return replace(found, value=None)
        ruled = next(self._ruled(look), None)
        return self._unknown("items", look.item) if look.item and ruled is None else None

    def listed_item(self, word: str) -> Entry | None:
        """Look up the word of a product that has a record of its own."""
        return self._found("items", word) if word else None

    def tax(self, key: str) -> Entry | None:
        """Look up the key of a line's taxes; `none` must be there as it is."""
        found = self._exact("taxes", key) if key == "none" else self._taxed(key)
        if found is not None:
            return replace(found, value=self._accounting.taxes[found.key].code)
        default = self.default("tax", key)
        if key == "none" or (default and self._accounting.policy("tax") != "create"):
            return default
        return self._unknown("taxes", key)

    def method(self, word: str) -> tuple[Entry | None, Entry | None]:
        """Look up a way of paying: its name in the books, and where its money goes."""
        default = self.default("deposit_to", word)
        found = self._found("payment_methods", word)
        if found is None:
            return self._unknown("payment_methods", word) if word else None, default
        chosen: Any = found.value
        deposit = replace(found, value=chosen.deposit_to) if chosen.deposit_to else default
        return replace(found, value=chosen.method), deposit

    def properties(self, look: Look) -> dict[str, Entry]:
        """Tell what sets each property of a line that looks like this; those that are set."""
        candidates = [*self._ruled(look), *self._own(look)]
        if not any(each.rule.item or each.rule.account for each in candidates):
            candidates += self._instead(look)
        found: dict[str, Entry] = {}
        for name in _PROPERTIES:
            setter = next((each for each in candidates if getattr(each.rule, name)), None)
            if setter is not None:
                value = getattr(setter.rule, name)
                found[name] = self._renamed(name, replace(setter.entry, value=value))
        if look.kind in PURCHASES:
            expense = self._expense(look)
            found.pop("expense_account", None)
            found |= {"expense_account": expense} if expense else {}
        return found

    def named_tax(self, entry: Entry) -> Entry:
        """Follow the tax that an item names to its code."""
        word = str(entry.value)
        code = self._exact("taxes", word)
        if code is None:
            return replace(entry, value=Reference(name=word))
        value = self._accounting.taxes[code.key].code
        return replace(entry, value=value, then=replace(code, value=value))

    def default(self, name: str, word: str = "") -> Entry | None:
        """Tell what `accounting.defaults` says."""
        value = getattr(self._accounting.defaults, name)
        if value is None:
            return None
        return Entry(
            table="accounting.defaults",
            word=word,
            key=name,
            how="default",
            value=value,
            place=self._place("defaults", name),
        )

    def _ruled(self, look: Look) -> Iterator[_Candidate]:
        for number, rule in self._choices.rules_for(look):
            when = self._accounting.line_rules[number].when
            entry = Entry(
                table="accounting.line_rules",
                word=look.item,
                key=", ".join(f'{name}: "{shape}"' for name, shape in when.items()),
                how="line_rule",
                value=None,
                place=self._place("line_rules", str(number)),
            )
            yield from self._campused(rule, look, entry, ("line_rules", str(number), "set"))

    def _own(self, look: Look) -> Iterator[_Candidate]:
        entry = self._found("items", look.item)
        if entry is None:
            yield from self._instead(look)
            return
        rule = self._accounting.items[entry.key]
        yield from self._campused(rule, look, entry, ("items", entry.key))

    def _campused(
        self, rule: ItemRule, look: Look, entry: Entry, path: tuple[str, ...]
    ) -> Iterator[_Candidate]:
        """Give what a rule says for the line's campus, then what it says for all."""
        campus = campus_of(rule, look.location)
        if campus is not None:
            yield _Candidate(
                rule.per_campus[campus],
                replace(
                    entry,
                    key=f"{entry.key} → per_campus: {campus}",
                    how="per_campus",
                    place=self._place(*path, "per_campus", campus),
                ),
            )
        yield _Candidate(rule, entry)

    def _instead(self, look: Look) -> Iterator[_Candidate]:
        """Give what a line gets whose item is not mapped."""
        if look.item and self._accounting.policy("item") == "create":
            created = self._unknown("items", look.item)
            yield _Candidate(ItemRule(item=Reference(name=look.item)), created)
            return
        yield from self._default("item", "item", look)
        if look.kind not in PURCHASES and self._accounting.defaults.item is None:
            yield from self._default("account", "income_account", look)

    def _default(self, name: str, default: str, look: Look) -> Iterator[_Candidate]:
        entry = self.default(default, look.item)
        if entry is not None:
            rule: Any = {name: entry.value}
            yield _Candidate(ItemRule(**rule), entry)

    def _expense(self, look: Look) -> Entry | None:
        """Tell what sets a purchase's expense account: rule, vendor, item, category, default."""
        own = self._account_of(self._own(look))
        category = self._found("expenses.by_category", look.category or look.item)
        if own is not None and look.category and category is not None:
            own = None
        return (
            self._account_of(self._ruled(look))
            or self._found("expenses.by_vendor", look.party)
            or own
            or category
            or self._expense_default(look)
        )

    def _account_of(self, candidates: Iterator[_Candidate]) -> Entry | None:
        for rule, entry in candidates:
            if rule.expense_account is not None:
                return replace(entry, value=rule.expense_account)
        return None

    def _expense_default(self, look: Look) -> Entry | None:
        value = self._accounting.expenses.default
        if value is None:
            return self.default("expense_account", look.item)
        return Entry(
            table="accounting.expenses",
            word=look.item,
            key="default",
            how="default",
            value=value,
            place=self._place("expenses", "default"),
        )

    def _renamed(self, name: str, entry: Entry) -> Entry:
        """Follow a class or location that an item names to what its own table says."""
        table = _NAMED_BY.get(name)
        value: Any = entry.value
        found = self._exact(table, value.name) if table and value.name else None
        return replace(entry, value=found.value, then=found) if found else entry

    def _taxed(self, key: str) -> Entry | None:
        """Find the entry for a line's taxes, which may be listed in another order."""
        found, listed = self._choices.taxed(key), self._accounting.taxes
        if found is None:
            return None
        name = next(each for each, code in listed.items() if code is found.value)
        usual = self._found("taxes", key)
        if usual is not None and usual.key == name:
            return usual
        place = self._place("taxes", name)
        return Entry(
            table="accounting.taxes",
            word=key,
            key=name,
            how="exact",
            value=found.value,
            place=place,
        )

    def _exact(self, table: str, word: str) -> Entry | None:
        found = self._found(table, word)
        return found if found and found.how == "exact" else None

    def _found(self, table: str, word: str) -> Entry | None:
        lookup = self._tables[table]
        origin, found = lookup.origin(word), lookup.find(word)
        if origin is None or found is None:
            return None
        return Entry(
            table=f"accounting.{table}",
            word=word,
            key=origin.key,
            how=origin.how,
            value=found.value,
            place=self._place(*table.split("."), origin.key),
        )

    def _unknown(self, table: str, word: str) -> Entry:
        """Say what becomes of a word that its table doesn't know."""
        sort = _SORTS[table]
        policy = self._accounting.policy(sort)
        return Entry(
            table=f"accounting.{table}",
            word=word,
            key="",
            how="create" if policy == "create" else "unmapped",
            value=Reference(name=word) if policy == "create" else None,
            place=self._place("unmapped", sort),
        )

    def _place(self, *path: str) -> Location | None:
        return self._rules.places.get(("accounting", *path))
