"""Products and services that documents name and the books lack: which are made, and out of what.

Pure. A name is only ever made once: all documents that name it hang on the same item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from acctsync.documents import (
    PURCHASES,
    Document,
    DocumentRef,
    Fee,
    Invoice,
    Item,
    Kind,
    ListEntry,
    ListKind,
    Reference,
    Refund,
    RemoteDocument,
    one_name,
)
from acctsync.errors import Location, Problem
from acctsync.plan.deciding import adopt, block
from acctsync.plan.judging import Found, judge_item
from acctsync.plan.model import Action, Change
from acctsync.plan.references import Named, bought_on, folded_path
from acctsync.values import dataclass

SOURCE = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPolicy:
    """Whether items that documents name are made, and where their income goes by default."""

    create: bool = False
    income_account: Reference | None = None


class Use(NamedTuple):
    """One use of an item by name: what it is sold on, or that it is bought, and on what."""

    item: Reference
    income: Reference | None = None
    expense: Reference | None = None
    bought: bool = False


@dataclass(slots=True)
class Need:
    """All that documents say of an item that the books lack."""

    name: str
    place: Location | None
    named: set[Reference] = field(default_factory=set)
    incomes: dict[Reference, None] = field(default_factory=dict)
    expenses: dict[Reference, None] = field(default_factory=dict)
    bought: bool = False

    @property
    def key(self) -> str:
        return folded_path(self.name)

    def add(self, use: Use) -> None:
        """Take in one more use."""
        self.named.add(use.item)
        self.incomes |= dict.fromkeys(each for each in (use.income,) if each)
        self.expenses |= dict.fromkeys(each for each in (use.expense,) if each)
        self.bought = self.bought or use.bought


def uses(document: Document) -> Iterator[Use]:
    """Name the items that a document names by name."""
    for use in _uses(document):
        if use.item.name is not None:
            yield use


def needs_of(documents: Iterable[Document], lacks: Callable[[Reference], bool]) -> tuple[Need, ...]:
    """Gather what documents say of items that the books lack, each item once."""
    needs: dict[str, Need] = {}
    for document in documents:
        for use in uses(document):
            if lacks(use.item):
                fresh = Need(called(use.item), document.place)
                needs.setdefault(fresh.key, fresh).add(use)
    return tuple(needs.values())


def called(item: Reference) -> str:
    """Tell what an item would be called in the books: a word of the export is no path."""
    name = item.name or ""
    return one_name(name) if item.word else " ".join(name.split())


def key_of(item: Reference) -> str:
    """Fold what an item would be called, for comparison."""
    return folded_path(called(item))


def by_name(items: Iterable[Item]) -> dict[str, DocumentRef]:
    """Index items by their folded names; of several alike the first."""
    found: dict[str, DocumentRef] = {}
    for item in items:
        found.setdefault(folded_path(item.name), item.ref)
    return found


def made_for(need: Need, policy: ItemPolicy) -> tuple[Item, Problem | None]:
    """Say what an item is made out of, or why it can't be."""
    incomes, expenses = list(need.incomes), list(need.expenses)
    item = Item(
        ref=DocumentRef(Kind.ITEMS, SOURCE, f"name:{need.key}"),
        name=need.name,
        account=incomes[0] if incomes else policy.income_account,
        expense_account=expenses[0] if expenses else None,
        place=need.place,
    )
    if len(incomes) > 1:
        return item, _two_accounts(item, incomes)
    if need.bought and not expenses:
        return item, _nothing_to_buy_on(item)
    return item, None


def completed(item: Item, policy: ItemPolicy) -> Item:
    """Give an item of the export the default income account, if it names none."""
    return item if item.account else replace(item, account=policy.income_account)


def decide_item(
    change: Change,
    candidates: Sequence[RemoteDocument],
    entry_of: Callable[[str], ListEntry | None],
    parent: ListEntry | None,
) -> Change:
    """Adopt the item that the books have, make a missing one, or say why neither can be.

    `entry_of` tells the entry of an id in the books' list, `parent` the one that it stands below.
    """
    item = change.document
    assert isinstance(item, Item)
    verdict = judge_item(candidates)
    match verdict.found:
        case Found.AGREES if verdict.remote is not None:
            entry = entry_of(verdict.remote.id)
            if entry is not None and not entry.usable:
                return block(change, _a_group(item, entry))
            return adopt(change, verdict.remote)
        case Found.VOIDED if verdict.remote is not None:
            return block(change, _inactive(item, verdict.remote.id))
        case Found.DIFFERS:
            return block(change, _ambiguous(item, verdict.why))
        case _:
            return _new(change, item, parent)


def decide_listed(change: Change, found: ListEntry | Problem) -> Change:
    """Adopt the item that bears the name below some category, or say why it can't be told which."""
    if isinstance(found, Problem):
        return block(change, found)
    remote = RemoteDocument(
        kind=Kind.ITEMS, id=found.id, version="", digest="", name=found.full_name
    )
    return adopt(change, remote)


def remembered(change: Change, entry: ListEntry | None) -> Change:
    """Go on with an item that was made or found earlier, whatever it is called there by now.

    A list may be behind: one that lacks the item proves nothing, the books' refusal would.
    """
    item = change.document
    assert isinstance(item, Item)
    if entry is not None and not entry.active:
        return block(change, _inactive(item, entry.id))
    return change


def without_doubles(changes: Sequence[Change]) -> list[Change]:
    """Hold back items of the export that are called like another: a name is taken once."""
    taken: dict[str, DocumentRef] = {}
    decided = []
    for change in changes:
        item = change.document
        if isinstance(item, Item) and change.action is Action.CREATE:
            first = taken.setdefault(folded_path(item.name), change.ref)
            decided.append(change if first == change.ref else block(change, _twice(item)))
        else:
            decided.append(change)
    return decided


def leads(needs: Iterable[Need], refs: Mapping[str, DocumentRef]) -> dict[Named, DocumentRef]:
    """Say which item each name leads to; `refs` tells the items by their folded names."""
    return {
        (ListKind.ITEMS, reference): refs[need.key]
        for need in needs
        for reference in need.named
        if need.key in refs
    }


def _uses(document: Document) -> Iterator[Use]:
    match document:
        case Invoice() if document.kind in PURCHASES:
            for line in document.lines:
                if line.item is not None and bought_on(line) is None:
                    yield Use(line.item, bought=True)
        case Invoice() | Refund():
            for line in document.lines:
                if line.item is not None:
                    yield Use(line.item, income=line.account)
        case Fee() if document.item is not None:
            yield Use(document.item, expense=document.account, bought=True)
        case _:
            return


def _new(change: Change, item: Item, parent: ListEntry | None) -> Change:
    if item.parent and parent is None:
        return block(change, _no_parent(item))
    if item.account is None:
        return block(change, _no_account(item))
    return change


def _no_account(item: Item) -> Problem:
    return Problem(
        code="PLAN040",
        message=f"the books have no product or service {item.name!r}, and nothing says which income"
        " account to create it under",
        hint="Write account: beside it under accounting.items, or name one for all under"
        " accounting.defaults.income_account.",
    )


def _two_accounts(item: Item, accounts: Sequence[Reference]) -> Problem:
    listed = " and ".join(str(each) for each in accounts)
    return Problem(
        code="PLAN041",
        message=f"the books have no product or service {item.name!r}, and its lines name several"
        f" income accounts to create it under: {listed}",
        hint="An item posts to one account: name one item for each account under accounting.items,"
        " or create this one by hand.",
    )


def _inactive(item: Item, id_: str) -> Problem:
    return Problem(
        code="PLAN042",
        message=f"the product or service {item.name!r} is inactive in the books (id {id_})",
        hint="Make it active there, or map the word to another one under accounting.items.",
    )


def _a_group(item: Item, entry: ListEntry) -> Problem:
    return Problem(
        code="PLAN043",
        message=f"{item.name!r} is the name of a category in the books (id {entry.id})",
        hint=f"Name an item below it ('{entry.full_name}:…') or another one under"
        " accounting.items, or rename the category there.",
    )


def _no_parent(item: Item) -> Problem:
    return Problem(
        code="PLAN044",
        message=f"the product or service {item.own_name!r} can't be created: the books have no"
        f" active category {item.parent!r} for it",
        hint="Create the category there (Products and services, Manage categories), or name the"
        " item without it under accounting.items.",
    )


def _nothing_to_buy_on(item: Item) -> Problem:
    return Problem(
        code="PLAN045",
        message=f"the books have no product or service {item.name!r}, and nothing says which"
        " expense account it is bought on",
        hint="Set accounting.expenses (by_vendor, by_category or default) or expense_account:"
        " beside it under accounting.items.",
    )


def _twice(item: Item) -> Problem:
    return Problem(
        code="PLAN046",
        message=f"another item of the export is called {item.name!r}, too: the books take a name"
        " once",
        hint="Give one of them another name in the billing system, or leave it out with where:.",
    )


def gone(item: Item, id_: str) -> Problem:
    """Say that the books refuse an item that they had, and list it no more."""
    return Problem(
        code="PLAN047",
        message=f"the product or service {item.name!r} was in the books (id {id_}) and is no more:"
        " it may have been merged with another",
        hint="Map the word to the item that is meant now, under accounting.items.",
    )


def _ambiguous(item: Item, listed: str) -> Problem:
    return Problem(
        code="PLAN048",
        message=f"the product or service {item.name!r} could be any of {listed}",
        hint="Write the id of the right one under accounting.items, or rename one there.",
    )
