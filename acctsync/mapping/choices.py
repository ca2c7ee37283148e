"""Which entries of the books a line or payment gets: items, taxes, classes, locations, methods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from acctsync.documents import Kind, Reference, Tax, one_name
from acctsync.exports.conditions import folded, pattern
from acctsync.exports.records import Row
from acctsync.mapping.findings import Findings
from acctsync.mapping.lookups import BLANK, Found, Lookup, collapsed
from acctsync.mapping.model import Accounting, ItemRule, PaymentMethod, TaxCode
from acctsync.money import NotANumber, plain_number

_NOTHING = ItemRule()
_PROPERTIES = ("item", "account", "expense_account", "class_", "tax", "location")
_PURCHASES = frozenset((Kind.PURCHASE_ORDERS, Kind.BILLS))
_CACHE_SIZE = 50_000


class Look(NamedTuple):
    """What a line looks like to the rules that choose for it."""

    item: str
    location: str
    category: str
    description: str
    party: str
    kind: Kind


class Choices:
    """Chooses from the accounting half; words that are not mapped go to the findings."""

    def __init__(self, accounting: Accounting) -> None:
        self._accounting = accounting
        self._items = Lookup(accounting.items)
        self._taxes = Lookup(accounting.taxes)
        self._turned = {_parts(key): code for key, code in accounting.taxes.items() if " + " in key}
        none = self._taxes.exact("none")
        self._untaxed = none.value.code if none else accounting.defaults.tax
        self._locations = Lookup(accounting.locations)
        self._classes = Lookup(accounting.classes)
        self._methods = Lookup(accounting.payment_methods)
        self._vendors = Lookup(accounting.expenses.by_vendor)
        self._categories = Lookup(accounting.expenses.by_category)
        self._rules = [
            ({key: pattern(value) for key, value in rule.when.items()}, rule.set)
            for rule in accounting.line_rules
        ]
        self._chosen: dict[object, tuple[ItemRule, bool]] = {}

    def depends_on_party(self, kind: Kind) -> bool:
        """Tell whether a line's entries depend on who its document is with."""
        return bool(self._rules) or kind in _PURCHASES

    def item(
        self,
        look: tuple[str, str, str, str, str, Kind],
        row: Row,
        found: Findings,
        *,
        has_account: bool = False,
    ) -> ItemRule:
        """Choose item, accounts, class, tax and location of a line that looks like this.

        A line that names its own account needs no item.
        """
        key: object = look if self._rules else (look[0], look[1], look[2], look[4], look[5])
        known = self._chosen.get(key)
        if known is None:
            if len(self._chosen) >= _CACHE_SIZE:
                self._chosen.clear()
            known = self._chosen[key] = self._choose(Look(*look))
        rule, mapped = known
        if not mapped and (look[0] or not has_account):
            found.unmapped("item", look[0] or BLANK, self._accounting.policy("item"), row)
        return rule

    def listed_item(self, word: str) -> tuple[ItemRule, bool]:
        """Tell what `items` says of a word, and whether it lists that very word."""
        entry = self._items.find(word) if word else None
        exact = self._items.exact(word) if word else None
        return (entry.value if entry else _NOTHING), exact is not None

    def tax_code(self, key: str, row: Row, found: Findings) -> Reference | None:
        """Choose the books' code for the taxes of a line; no tax at all is `none`."""
        if key == "none":
            return self._untaxed
        entry = self.taxed(key)
        if entry is not None:
            return entry.value.code
        policy = self._accounting.policy("tax")
        found.unmapped("tax", key, policy, row)
        return Reference(name=key) if policy == "create" else self._accounting.defaults.tax

    def tax_rate(self, key: str) -> Decimal | None:
        """Tell the rate that the mapping states for a tax."""
        entry = None if key == "none" else self.taxed(key)
        if entry is None or not entry.value.rate:
            return None
        try:
            return plain_number(entry.value.rate.removesuffix("%"))
        except NotANumber:
            return None

    def taxed(self, key: str) -> Found[TaxCode] | None:
        """Find the entry for the taxes of a line, in whatever order they are listed."""
        if " + " in key and self._taxes.exact(key) is None:
            turned = self._turned.get(_parts(key))
            if turned is not None:
                return Found(turned)
        return self._taxes.find(key)

    def named_tax(self, word: str) -> Reference:
        """Choose the code of a tax that the mapping itself names: a key of taxes, or the code."""
        entry = self._taxes.exact(word)
        return entry.value.code if entry else Reference(name=word)

    def location(self, word: str, row: Row, found: Findings) -> Reference | None:
        """Choose the location (or tracking option) for a word of the export."""
        return self._entry("location", self._locations, word, row, found)

    def class_(self, word: str, row: Row, found: Findings) -> Reference | None:
        """Choose the class for a word of the export."""
        return self._entry("class", self._classes, word, row, found)

    def method(self, word: str, row: Row, found: Findings) -> PaymentMethod:
        """Choose what a way of paying is in the books, and where its money goes."""
        default = PaymentMethod(deposit_to=self._accounting.defaults.deposit_to)
        entry = self._methods.find(word)
        if entry is not None:
            chosen = entry.value
            return chosen if chosen.deposit_to else replace(chosen, deposit_to=default.deposit_to)
        if not word:
            return default
        policy = self._accounting.policy("payment_method")
        found.unmapped("payment_method", word, policy, row)
        return replace(default, method=Reference(name=word)) if policy == "create" else default

    def kept_in(self, word: str, row: Row, found: Findings) -> Reference | None:
        """Choose the account where money waits that was paid in some way."""
        entry = self._methods.find(word)
        if entry is None:
            found.unmapped("payment_method", word, self._accounting.policy("payment_method"), row)
        return entry.value.deposit_to if entry else None

    def _entry(
        self, what: str, lookup: Lookup[Reference], word: str, row: Row, found: Findings
    ) -> Reference | None:
        if not word:
            return None
        entry = lookup.find(word)
        if entry is not None:
            return entry.value
        policy = self._accounting.policy(what)
        found.unmapped(what, word, policy, row)
        return self._by_name(what, word) if policy == "create" else None

    def _by_name(self, what: str, word: str) -> Reference:
        """Name the entry of the books that is called like a word, in its tracking category."""
        category = self._accounting.tracking_category if what == "location" else ""
        return Reference(name=f"{category}:{one_name(word)}" if category else word)

    def _choose(self, look: Look) -> tuple[ItemRule, bool]:
        ruled = self._by_rules(look)
        entry = self._items.find(look.item) if look.item else self._items.find("")
        mapped = entry is not None or ruled.item is not None or ruled.account is not None
        own = _at_campus(entry.value, look.location) if entry else _NOTHING
        if entry is None:
            own = self._instead(look)
            mapped = mapped or (not look.item and own != _NOTHING)
        chosen = _first_set(ruled, own)
        if entry is not None and chosen.item is None and chosen.account is None:
            chosen = _first_set(chosen, self._instead(look))
        if look.kind in _PURCHASES:
            expense = self._expense(look, ruled, own)
            mapped = mapped or expense is not None
            chosen = replace(chosen, expense_account=expense)
        return self._with_class(chosen), mapped

    def _instead(self, look: Look) -> ItemRule:
        """Choose for a line whose item is not mapped."""
        defaults = self._accounting.defaults
        if look.item and self._accounting.policy("item") == "create":
            # Where its income goes is asked only if the books lack it.
            return ItemRule(item=Reference(name=look.item, word=True))
        if look.kind in _PURCHASES:
            return ItemRule(item=defaults.item)
        return ItemRule(
            item=defaults.item, account=None if defaults.item else defaults.income_account
        )

    def _by_rules(self, look: Look) -> ItemRule:
        chosen = _NOTHING
        for _, rule in self.rules_for(look):
            chosen = _first_set(chosen, _at_campus(rule, look.location))
        return chosen

    def rules_for(self, look: Look) -> Iterator[tuple[int, ItemRule]]:
        """Give what the line rules for such a line set, each with its position in the mapping."""
        values = {
            "item": look.item,
            "category": look.category,
            "location": look.location,
            "customer": "" if look.kind in _PURCHASES else look.party,
            "vendor": look.party if look.kind in _PURCHASES else "",
            "description": look.description,
        }
        for number, (when, rule) in enumerate(self._rules):
            if all(shape.fullmatch(folded(values[key])) for key, shape in when.items()):
                yield number, rule

    def _expense(self, look: Look, ruled: ItemRule, own: ItemRule) -> Reference | None:
        if ruled.expense_account is not None:
            return ruled.expense_account
        vendor = self._vendors.find(look.party)
        if vendor is not None:
            return vendor.value
        category = self._categories.find(look.category or look.item)
        if own.expense_account is not None and (category is None or not look.category):
            return own.expense_account
        if category is not None:
            return category.value
        return self._accounting.expenses.default or self._accounting.defaults.expense_account

    def _with_class(self, rule: ItemRule) -> ItemRule:
        """Bring the mapping's own class and location names to what the tables say."""
        class_ = rule.class_
        if class_ is not None and class_.name and (entry := self._classes.exact(class_.name)):
            class_ = entry.value
        location = rule.location
        if (
            location is not None
            and location.name
            and (entry := self._locations.exact(location.name))
        ):
            location = entry.value
        return replace(rule, class_=class_, location=location, per_campus={})


def _parts(key: str) -> tuple[str, ...]:
    return tuple(sorted(map(collapsed, key.split(" + "))))


def tax_key(taxes: Sequence[Tax]) -> str:
    """Build the name under which the mapping lists a line's taxes: `GST 5% + QST 9.975%`."""
    return " + ".join(_named(tax) for tax in taxes) or "none"


def percent(rate: Decimal) -> str:
    """Write a rate without trailing zeros."""
    text = format(rate, "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _named(tax: Tax) -> str:
    return tax.name if tax.rate is None else f"{tax.name} {percent(tax.rate)}"


def _at_campus(rule: ItemRule, location: str) -> ItemRule:
    """Put what a rule says for one campus before what it says for all."""
    campus = campus_of(rule, location)
    return rule if campus is None else _first_set(rule.per_campus[campus], rule)


def campus_of(rule: ItemRule, location: str) -> str | None:
    """Tell the key under which a rule holds something for a campus."""
    if not rule.per_campus:
        return None
    campuses = {collapsed(key): key for key in rule.per_campus}
    keys = (campuses.get(word) for word in (collapsed(location), "other", "*"))
    return next((key for key in keys if key is not None), None)


def _first_set(first: ItemRule, second: ItemRule) -> ItemRule:
    """Take each property from the first rule that sets it."""
    chosen = {name: getattr(first, name) or getattr(second, name) for name in _PROPERTIES}
    return ItemRule(**chosen)
