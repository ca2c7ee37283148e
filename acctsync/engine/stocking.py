"""Put a plan's products and services in stock: recognise those the books have, plan the others.

Which items documents lack is only known once the books' list is read, so such items are no part of
a draft: they join the plan here, as changes of their own that the documents hang on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from acctsync.documents import (
    Document,
    DocumentRef,
    Item,
    Label,
    ListKind,
    Reference,
    RemoteDocument,
)
from acctsync.engine.facts import Facts
from acctsync.engine.naming import extended
from acctsync.errors import Problem
from acctsync.mapping.model import Accounting
from acctsync.plan.deciding import block
from acctsync.plan.drafting import content
from acctsync.plan.items import (
    ItemPolicy,
    by_name,
    completed,
    decide_item,
    decide_listed,
    leads,
    made_for,
    needs_of,
    remembered,
    without_doubles,
)
from acctsync.plan.model import Action, Change
from acctsync.plan.references import Catalog
from acctsync.providers.port import Provider, Sought
from acctsync.state.store import Store

_BUILDS = frozenset({Action.CREATE, Action.UPDATE})


def item_policy(accounting: Accounting) -> ItemPolicy:
    """Say what becomes of items that the books lack."""
    return ItemPolicy(
        create=accounting.policy("item") == "create",
        income_account=accounting.defaults.income_account,
    )


def item_sought(item: Item) -> Sought:
    """Say how to look for an item in the books: by its name."""
    return Sought(ref=item.ref, number=item.name, names=(item.name,))


def stocked(
    changes: Sequence[Change],
    facts: Facts,
    provider: Provider,
    store: Store | None,
    policy: ItemPolicy,
) -> tuple[Change, ...]:
    """Decide about the items of the export, and add those that documents lack.

    `facts` then know which names lead to them, and the ids of those that are in the books.
    """
    own = [_completed(each, policy) for each in changes if isinstance(each.document, Item)]
    if not (own or policy.create):
        return tuple(changes)
    building = [each.document for each in changes if each.action in _BUILDS]
    needs = needs_of(building, cache(partial(_is_lacking, facts)))
    if not (needs or any(each.action is Action.CREATE for each in own)):
        return tuple(changes)
    named = by_name(_item(each) for each in own)
    unnamed = [each for each in needs if each.key not in named]
    made = [made_for(need, policy) for need in unnamed] if policy.create else []
    facts.add([*(each.document for each in own), *(item for item, _ in made)], store)
    facts.made |= leads(needs, {**named, **by_name(item for item, _ in made)})
    items = _looked_up([*own, *(_drafted(item, facts) for item, _ in made)], facts, provider)
    faults = {item.ref: problem for item, problem in made if problem is not None}
    decided = without_doubles([_faulted(each, faults) for each in items])
    facts.known |= {each.ref: each.known for each in decided if each.known is not None}
    refs = {each.ref for each in decided}
    return (*decided, *(each for each in changes if each.ref not in refs))


def without_idle(
    changes: Sequence[Change], drafted: Iterable[Change], facts: Facts
) -> tuple[Change, ...]:
    """Leave out what was added for documents that will not be written after all."""
    ours = {each.ref for each in drafted}
    written, waiting = (
        {
            ref
            for each in changes
            if each.ref in ours and each.action in actions
            for ref in _below(each.document, facts)
        }
        for actions in (_BUILDS, {Action.BLOCKED})
    )
    return tuple(
        each
        for each in changes
        if each.ref in ours or each.ref in (waiting if each.action is Action.BLOCKED else written)
    )


def _below(document: Document, facts: Facts) -> Iterator[DocumentRef]:
    """Name what a document hangs on, and what was made for that to hang on."""
    for ref in facts.needs(document):
        yield ref
        needed = facts.documents.get(ref)
        if isinstance(needed, Label):
            yield from _below(needed, facts)


def _is_lacking(facts: Facts, item: Reference) -> bool:
    return ListKind.ITEMS in facts.catalog and facts.catalog.lacks(ListKind.ITEMS, item)


def _item(change: Change) -> Item:
    assert isinstance(change.document, Item)
    return change.document


def _completed(change: Change, policy: ItemPolicy) -> Change:
    return replace(change, document=completed(_item(change), policy))


def _drafted(item: Item, facts: Facts) -> Change:
    known = facts.settled(item.ref)
    action = Action.CREATE if known is None else Action.UNCHANGED
    return Change(action=action, document=item, fingerprint=content(item), known=known)


def _faulted(change: Change, faults: Mapping[DocumentRef, Problem]) -> Change:
    """Hold back an item that has to be made and can't be."""
    fault = faults.get(change.ref)
    return block(change, fault) if fault and change.action is Action.CREATE else change


def _looked_up(items: Sequence[Change], facts: Facts, provider: Provider) -> list[Change]:
    """Look up the items that are new to us, and see that the others are still there."""
    new = [each for each in items if each.action is Action.CREATE]
    if ListKind.ITEMS not in facts.catalog:
        entries = {ListKind.ITEMS: tuple(provider.pull(ListKind.ITEMS))}
        facts.catalog = facts.catalog.renewed(entries)
    facts.catalog = extended((each.document for each in new), facts.catalog, provider)
    sought = [replace(item_sought(_item(each)), kept_will_do=True) for each in new]
    found = provider.find(sought) if sought else {}
    used = set(facts.made.values())
    decided = []
    for change in items:
        if change.action is Action.CREATE:
            decided.append(decided_anew(change, found.get(change.ref, ()), facts.catalog))
        elif change.ref in used and change.known is not None:
            entry = facts.catalog.by_id(ListKind.ITEMS, change.known.remote_id)
            decided.append(remembered(change, entry))
        else:
            decided.append(change)
    return decided


def decided_anew(change: Change, candidates: Sequence[RemoteDocument], catalog: Catalog) -> Change:
    """Decide about an item by what bears its name in the books, as their lists have it, too."""
    item = _item(change)
    listed = Reference(name=item.name)
    if not candidates and not catalog.lacks(ListKind.ITEMS, listed):
        return decide_listed(change, catalog.resolve(ListKind.ITEMS, listed))
    parent = catalog.parent(ListKind.ITEMS, item.parent) if item.parent else None
    return decide_item(change, candidates, partial(catalog.by_id, ListKind.ITEMS), parent)
