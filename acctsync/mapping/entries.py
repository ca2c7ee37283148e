"""The entries of the books' lists that a mapping names, each with its place in the file; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from acctsync.documents import PURCHASES, Kind, ListKind, Reference
from acctsync.errors import Location
from acctsync.mapping.lookups import Lookup
from acctsync.mapping.model import Accounting, ItemRule, Mapping, PartyRules

Path = tuple[str, ...]

# What the policies for unmapped words call the classes and locations that a push can create.
_MADE = {ListKind.CLASSES: "class", ListKind.LOCATIONS: "location"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name. `needed`: without it in the books, documents that use it are held back."""

    kind: ListKind
    reference: Reference
    path: Path
    place: Location | None = None
    needed: bool = True


def entries(mapping: Mapping) -> tuple[Entry, ...]:
    """List every entry that the accounting half names, in the order of its sections."""
    found = [
        Entry(
            kind=each.kind,
            reference=each.reference,
            path=("accounting", *each.path),
            place=_place(mapping, ("accounting", *each.path)),
            needed=each.needed,
        )
        for each in _Names(mapping).all()
    ]
    return tuple(each for each in found if each.reference.id or each.reference.name)


def _place(mapping: Mapping, path: Path) -> Location | None:
    """Find a key's place, or that of the nearest section above it."""
    while path and path not in mapping.places:
        path = path[:-1]
    return mapping.places.get(path)


class _Names:
    """Walks through the accounting half, section by section."""

    def __init__(self, mapping: Mapping) -> None:
        self._rules: Accounting = mapping.accounting
        self._pushed = mapping.push.kinds
        self._buys = bool(PURCHASES & self._pushed)
        self._creates = self._rules.policy("item") == "create"
        self._makes = {kind for kind, word in _MADE.items() if self._rules.policy(word) == "create"}
        self._classes = Lookup(self._rules.classes)
        self._locations = Lookup(self._rules.locations)
        self._taxes = Lookup(self._rules.taxes)

    def all(self) -> Iterator[Entry]:
        rules = self._rules
        for word, rule in rules.items.items():
            yield from self._item(rule, ("items", word))
        for number, each in enumerate(rules.line_rules):
            yield from self._item(each.set, ("line_rules", str(number), "set"))
        for word, reference in rules.locations.items():
            yield self._label(ListKind.LOCATIONS, reference, ("locations", word))
        for word, reference in rules.classes.items():
            yield self._label(ListKind.CLASSES, reference, ("classes", word))
        for word, tax in rules.taxes.items():
            yield _entry(ListKind.TAX_CODES, tax.code, ("taxes", word, "code"))
        yield from self._money()
        yield from self._expenses()
        yield from self._defaults()
        yield from _parties(rules.customers, ListKind.CUSTOMERS)
        yield from _parties(rules.vendors, ListKind.VENDORS)

    def _item(self, rule: ItemRule, path: Path) -> Iterator[Entry]:
        if rule.item:
            needed = rule.item.name is None or not self._creates
            yield _entry(ListKind.ITEMS, rule.item, (*path, "item"), needed=needed)
        if rule.account:
            # What is sold posts through its item; the account beside it is only compared.
            needed = rule.item is None or self._buys or self._creates
            yield _entry(ListKind.ACCOUNTS, rule.account, (*path, "account"), needed=needed)
        if rule.expense_account:
            where = (*path, "expense_account")
            yield _entry(ListKind.ACCOUNTS, rule.expense_account, where, needed=self._buys)
        if rule.class_ and not _in(self._classes, rule.class_):
            yield self._label(ListKind.CLASSES, rule.class_, (*path, "class"))
        if rule.location and not _in(self._locations, rule.location):
            yield self._label(ListKind.LOCATIONS, rule.location, (*path, "location"))
        if rule.tax and self._taxes.exact(rule.tax) is None:
            yield _entry(ListKind.TAX_CODES, Reference(name=rule.tax), (*path, "tax"))
        for campus, own in rule.per_campus.items():
            yield from self._item(own, (*path, "per_campus", campus))

    def _label(self, kind: ListKind, reference: Reference, path: Path) -> Entry:
        """Name a class or location: what a push creates need not be there yet."""
        needed = reference.name is None or kind not in self._makes
        return _entry(kind, reference, path, needed=needed)

    def _money(self) -> Iterator[Entry]:
        rules = self._rules
        for word, each in rules.payment_methods.items():
            path = ("payment_methods", word)
            if each.method:
                yield _entry(ListKind.PAYMENT_METHODS, each.method, (*path, "method"))
            if each.deposit_to:
                yield _entry(ListKind.ACCOUNTS, each.deposit_to, (*path, "deposit_to"))
        yield from self._fees()
        yield from self._payouts()
        if rules.written_off:
            needed = Kind.INVOICES in self._pushed
            yield _entry(
                ListKind.ACCOUNTS, rules.written_off, ("written_off", "account"), needed=needed
            )
        yield from self._retainers()

    def _retainers(self) -> Iterator[Entry]:
        retainers = self._rules.retainers
        if retainers is None:
            return
        kept = Kind.PAYMENTS in self._pushed and retainers.unapplied_payments == "retainer"
        path = ("retainers", "account")
        yield _entry(ListKind.ACCOUNTS, retainers.account, path, needed=kept)
        if retainers.item:
            item, needed = Reference(name=retainers.item), kept and not self._creates
            yield _entry(ListKind.ITEMS, item, ("retainers", "item"), needed=needed)

    def _fees(self) -> Iterator[Entry]:
        fees, paid = self._rules.fees, bool({Kind.PAYMENTS, Kind.PAYOUTS} & self._pushed)
        if fees is None:
            return
        yield _entry(ListKind.ACCOUNTS, fees.account, ("fees", "account"), needed=paid)
        if fees.item:
            item = Reference(name=fees.item)
            yield _entry(ListKind.ITEMS, item, ("fees", "item"), needed=paid)

    def _payouts(self) -> Iterator[Entry]:
        payouts, pushed = self._rules.payouts, Kind.PAYOUTS in self._pushed
        if payouts is None:
            return
        for name, account in (("from", payouts.clearing), ("to", payouts.bank)):
            if account:
                yield _entry(ListKind.ACCOUNTS, account, ("payouts", name), needed=pushed)

    def _expenses(self) -> Iterator[Entry]:
        rules = self._rules.expenses
        for table, accounts in (("by_vendor", rules.by_vendor), ("by_category", rules.by_category)):
            for word, account in accounts.items():
                where = ("expenses", table, word)
                yield _entry(ListKind.ACCOUNTS, account, where, needed=self._buys)
        if rules.default:
            path = ("expenses", "default")
            yield _entry(ListKind.ACCOUNTS, rules.default, path, needed=self._buys)

    def _defaults(self) -> Iterator[Entry]:
        defaults = self._rules.defaults
        sells_by_item = defaults.item is not None
        for name, kind, needed in (
            ("item", ListKind.ITEMS, not self._creates),
            ("income_account", ListKind.ACCOUNTS, self._creates or not sells_by_item),
            ("expense_account", ListKind.ACCOUNTS, self._buys),
            ("discount_account", ListKind.ACCOUNTS, True),
            ("shipping_account", ListKind.ACCOUNTS, True),
            ("rounding_account", ListKind.ACCOUNTS, True),
            ("deposit_to", ListKind.ACCOUNTS, True),
            ("tax", ListKind.TAX_CODES, True),
            ("branding_theme", ListKind.BRANDING_THEMES, True),
        ):
            reference = getattr(defaults, name)
            if reference:
                yield _entry(kind, reference, ("defaults", name), needed=needed)


def _parties(rules: PartyRules, kind: ListKind) -> Iterator[Entry]:
    if rules.parent:
        yield _entry(kind, Reference(name=rules.parent), (kind, "parent"))
    for word, reference in rules.fixed.items():
        yield _entry(kind, reference, (kind, "fixed", word))


def _entry(kind: ListKind, reference: Reference, path: Path, *, needed: bool = True) -> Entry:
    return Entry(kind=kind, reference=reference, path=path, needed=needed)


def _in(table: Lookup[Reference], reference: Reference) -> bool:
    """Tell whether a name stands for what a table says of it; the table's own entry counts then."""
    return reference.name is not None and table.exact(reference.name) is not None
