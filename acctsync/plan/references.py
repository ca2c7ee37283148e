"""Find what the mapping names in the lists of the books.

Each name leads to one entry, or a person is told why it doesn't.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from acctsync.documents import (
    PURCHASES,
    CreditAllocation,
    Customer,
    Delivery,
    Document,
    Fee,
    Invoice,
    Item,
    Kind,
    Label,
    Line,
    ListEntry,
    ListKind,
    Note,
    Payment,
    Payout,
    Reference,
    Refund,
    Repayment,
    UnappliedPayment,
)
from acctsync.errors import Problem

_WORDS: dict[ListKind, tuple[str, str]] = {
    ListKind.ITEMS: ("product or service", "accounting.items"),
    ListKind.ACCOUNTS: ("account", "accounting"),
    ListKind.CLASSES: ("class", "accounting.items … class"),
    ListKind.LOCATIONS: ("location", "accounting.locations"),
    ListKind.TAX_CODES: ("tax code", "accounting.taxes"),
    ListKind.TERMS: ("terms", "the document's terms"),
    ListKind.PAYMENT_METHODS: ("payment method", "accounting.payment_methods"),
    ListKind.TRACKING: ("tracking option", "accounting.locations"),
    ListKind.BRANDING_THEMES: ("branding theme", "accounting.defaults.branding_theme"),
    ListKind.CUSTOMERS: ("customer", "accounting.customers.fixed"),
    ListKind.VENDORS: ("vendor", "accounting.vendors.fixed"),
}

# What the policies for unmapped words call the lists whose entries a push can create.
_MADE = {ListKind.ITEMS: "item", ListKind.CLASSES: "class", ListKind.LOCATIONS: "location"}
# The lists that classes and locations stand in.
LABEL_LISTS = {Kind.CLASSES: ListKind.CLASSES, Kind.LOCATIONS: ListKind.LOCATIONS}

Named = tuple[ListKind, Reference]


def references(document: Document) -> Iterator[Named]:  # noqa: C901, PLR0912 - one per kind
    """Name every list entry that a document points to."""
    match document:
        case Customer():
            yield from _present(party_list(document.kind), document.fixed)
            if document.parent:
                yield party_list(document.kind), Reference(name=document.parent)
        case Item():
            yield from _present(ListKind.ACCOUNTS, document.account)
            yield from _present(ListKind.ACCOUNTS, document.expense_account)
        case Label():
            if document.parent:
                yield LABEL_LISTS[document.kind], Reference(name=document.parent)
        case Invoice():
            yield from _of_form(document)
        case Payment():
            yield from _of_money(document)
        case Fee():
            yield ListKind.ACCOUNTS, document.account
            yield from _present(ListKind.ACCOUNTS, document.paid_from)
            yield from _present(ListKind.ITEMS, document.item)
            yield from _present(ListKind.LOCATIONS, document.location)
        case Repayment():
            yield from _present(ListKind.ACCOUNTS, document.paid_from)
        case Payout():
            yield ListKind.ACCOUNTS, document.clearing
            yield ListKind.ACCOUNTS, document.bank
        case CreditAllocation() | UnappliedPayment() | Delivery() | Note():
            return
        case Refund():
            yield from _of_lines(document.lines)
            yield from _present(ListKind.LOCATIONS, document.location)
            yield from _present(ListKind.CLASSES, document.class_)
            yield from _of_money(document)
            if any(line.discount for line in document.lines):
                yield from _present(ListKind.ACCOUNTS, document.discount_account)


def accounts_of_lines(document: Document) -> Iterator[Named]:
    """Name the accounts that lines of sales go to, where the books let lines say so."""
    if isinstance(document, Invoice | Refund) and document.kind not in PURCHASES:
        for line in document.lines:
            yield from _present(ListKind.ACCOUNTS, line.account)


def _of_form(document: Invoice) -> Iterator[Named]:
    bought = document.kind in PURCHASES
    yield from _of_bought(document.lines) if bought else _of_lines(document.lines)
    yield from _present(ListKind.LOCATIONS, document.location)
    yield from _present(ListKind.CLASSES, document.class_)
    yield from _present(ListKind.TERMS, document.terms)
    yield from _present(ListKind.BRANDING_THEMES, document.theme)
    if not bought and (document.discount or any(line.discount for line in document.lines)):
        yield from _present(ListKind.ACCOUNTS, document.discount_account)
    if document.rounding:
        yield from _present(ListKind.ACCOUNTS, document.rounding_account)
    yield from _of_money(document)


def _of_money(document: Invoice | Payment | Refund) -> Iterator[Named]:
    yield from _present(ListKind.PAYMENT_METHODS, document.method)
    yield from _present(ListKind.ACCOUNTS, document.deposit_to)


def party_list(kind: Kind) -> ListKind:
    """Tell the list that the parties of a kind stand in."""
    return ListKind.VENDORS if kind is Kind.VENDORS else ListKind.CUSTOMERS


class Catalog:
    """The lists of one company, searchable by id and by name in any case."""

    def __init__(self, lists: Mapping[ListKind, Iterable[ListEntry]]) -> None:
        self._ids: dict[ListKind, dict[str, ListEntry]] = {}
        self._names: dict[ListKind, dict[str, list[ListEntry]]] = {}
        self._found: dict[Named, ListEntry | Problem] = {}
        for kind, entries in lists.items():
            self._add(kind, entries)

    def __contains__(self, kind: ListKind) -> bool:
        return kind in self._ids

    def renewed(self, lists: Mapping[ListKind, Iterable[ListEntry]]) -> Catalog:
        """Make a catalog that has some of the lists anew."""
        present = {kind: tuple(entries.values()) for kind, entries in self._ids.items()}
        return Catalog({**present, **lists})

    def resolve(self, kind: ListKind, reference: Reference) -> ListEntry | Problem:
        """Find the one entry that a reference names, or say why there isn't one."""
        named = (kind, reference)
        if named not in self._found:
            self._found[named] = self._look_up(kind, reference)
        return self._found[named]

    def lacks(self, kind: ListKind, reference: Reference) -> bool:
        """Tell whether no entry at all bears a name; one that can't be used does."""
        return reference.name is not None and folded(reference.name) not in self._names[kind]

    def by_id(self, kind: ListKind, id_: str) -> ListEntry | None:
        """Find the entry of an id, whether it can be used or not."""
        return self._ids[kind].get(id_)

    def parent(self, kind: ListKind, path: str) -> ListEntry | None:
        """Find the active group of a full name, below which entries can stand."""
        named = self._names[kind].get(folded_path(path), [])
        active = [each for each in named if each.active and not each.usable]
        return next((e for e in active if folded_path(e.full_name) == folded_path(path)), None)

    def _add(self, kind: ListKind, entries: Iterable[ListEntry]) -> None:
        ids = self._ids.setdefault(kind, {})
        names = self._names.setdefault(kind, {})
        for entry in entries:
            ids[entry.id] = entry
            for name in {folded(entry.name), folded(entry.full_name)}:
                names.setdefault(name, []).append(entry)

    def _look_up(self, kind: ListKind, reference: Reference) -> ListEntry | Problem:
        if reference.id is not None:
            entry = self._ids[kind].get(reference.id)
            return _usable(kind, reference, entry) if entry else self._missing(kind, reference)
        wanted = folded(reference.name or "")
        entries = self._names[kind].get(wanted, [])
        exact = [each for each in entries if folded(each.full_name) == wanted] or entries
        active = [each for each in exact if each.active] or exact
        if not active:
            return self._missing(kind, reference)
        if len(active) > 1:
            return _ambiguous(kind, reference, active)
        return _usable(kind, reference, active[0])

    def _missing(self, kind: ListKind, reference: Reference) -> Problem:
        word, where = _WORDS[kind]
        names = {folded(e.full_name): e.full_name for e in self._ids[kind].values() if e.active}
        near = difflib.get_close_matches(folded(reference.name or ""), names, n=1, cutoff=0.6)
        meant = f" Did you mean {names[near[0]]!r}?" if near else ""
        # Beside a name that may be meant, a new one would be the same thing a second time.
        word_made = "" if near or reference.name is None else _MADE.get(kind, "")
        made = f"; or let it be created: accounting.unmapped: {{{word_made}: create}}"
        return Problem(
            code="REF001",
            message=f"the books have no {word} {str(reference)!r}.{meant}",
            hint=f"Create it there, or change it in the mapping under {where};"
            f" acctsync lists {kind} --refresh shows what there is{made if word_made else ''}.",
        )


def misfit(document: Document, catalog: Catalog) -> Problem | None:
    """Say why the accounts of a payout can't take it; their names were resolved before."""
    if not isinstance(document, Payout):
        return None
    found = [catalog.resolve(ListKind.ACCOUNTS, each) for each in document.route]
    accounts = [each for each in found if isinstance(each, ListEntry)]
    if len({each.id for each in accounts}) < len(document.route):
        return Problem(
            code="REF005",
            message=f"it would go from the account {accounts[0].full_name!r} to itself",
            hint="Name two accounts under accounting.payouts: from and to.",
        )
    foreign = next((a for a in accounts if a.currency not in {"", document.currency}), None)
    if foreign is None:
        return None
    return Problem(
        code="REF006",
        message=f"it is in {document.currency}, but the account {foreign.full_name!r} is kept in"
        f" {foreign.currency}",
        hint="Name accounts of its currency: accounting.payouts, or deposit_to and method of the"
        " payout.",
    )


def folded(name: str) -> str:
    """Fold a name for comparison: case, outer and repeated spaces, composed characters."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def folded_path(path: str) -> str:
    """Fold a path through parents for comparison, name by name."""
    return ":".join(folded(each) for each in path.split(":"))


def _usable(kind: ListKind, reference: Reference, entry: ListEntry) -> ListEntry | Problem:
    word, where = _WORDS[kind]
    if not entry.active:
        return Problem(
            code="REF002",
            message=f"the {word} {str(reference)!r} is inactive in the books",
            hint=f"Make it active there, or name another one in the mapping under {where}.",
        )
    if not entry.usable:
        return Problem(
            code="REF003",
            message=f"{str(reference)!r} is a group in the books; a document can't use it",
            hint=f"Name one of its entries ('{entry.full_name}:…') under {where}.",
        )
    return entry


def _ambiguous(kind: ListKind, reference: Reference, entries: list[ListEntry]) -> Problem:
    word, where = _WORDS[kind]
    listed = ", ".join(f"{each.full_name} (id {each.id})" for each in entries)
    return Problem(
        code="REF004",
        message=f"the {word} {str(reference)!r} could be any of {listed}",
        hint=f'Write its id in the mapping under {where}: {{id: "{entries[0].id}"}}.',
    )


def _of_bought(lines: Iterable[Line]) -> Iterator[Named]:
    """Name what lines that are bought point to: an account beats an item."""
    for line in lines:
        account = bought_on(line)
        yield from _present(ListKind.ACCOUNTS, account)
        if account is None:
            yield from _present(ListKind.ITEMS, line.item)
        yield from _present(ListKind.CLASSES, line.class_)
        yield from _present(ListKind.LOCATIONS, line.location)
        yield from _present(ListKind.TAX_CODES, line.tax_code)


def bought_on(line: Line) -> Reference | None:
    """Tell the account that a bought line goes to; None where its item says it."""
    return line.expense_account or line.account


def _of_lines(lines: Iterable[Line]) -> Iterator[Named]:
    # Spelled out: most lines name one entry, and all lines of an export come by here.
    for line in lines:
        if line.item is not None:
            yield ListKind.ITEMS, line.item
        if line.class_ is not None:
            yield ListKind.CLASSES, line.class_
        if line.location is not None:
            yield ListKind.LOCATIONS, line.location
        if line.tax_code is not None:
            yield ListKind.TAX_CODES, line.tax_code


def _present(kind: ListKind, reference: Reference | None) -> Iterator[Named]:
    if reference is not None:
        yield kind, reference
