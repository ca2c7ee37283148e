"""Put classes and locations that documents name into the plan, where the books lack them.

Which ones documents lack is only known once the books' lists are read, as with items: they join
the plan here, as changes of their own that the documents hang on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from acctsync.documents import Document, DocumentRef, Kind, Label
from acctsync.engine.facts import Facts
from acctsync.mapping.model import Accounting
from acctsync.plan.drafting import content
from acctsync.plan.labels import WORDS, decide_label, lacking, remembered
from acctsync.plan.model import Action, Change
from acctsync.plan.references import LABEL_LISTS
from acctsync.providers.port import Provider, Sought
from acctsync.state.store import Store

_BUILDS = frozenset({Action.CREATE, Action.UPDATE})


def labels_made(accounting: Accounting) -> frozenset[Kind]:
    """Tell which kinds are made when the books lack them."""
    return frozenset(kind for kind, word in WORDS.items() if accounting.policy(word) == "create")


def label_sought(label: Label) -> Sought:
    """Say how to look for a class or location in the books: by its full name."""
    return Sought(ref=label.ref, number=label.name, names=(label.name,))


def labelled(
    changes: Sequence[Change],
    facts: Facts,
    provider: Provider,
    store: Store | None,
    kinds: frozenset[Kind],
) -> tuple[Change, ...]:
    """Add the classes and locations that documents lack and the mapping lets be created.

    `facts` then know which names lead to them, and the ids of those that are in the books.
    """
    made = lacking(_building(changes), kinds, facts.catalog.lacks) if kinds else {}
    if not made:
        return tuple(changes)
    labels = {each.ref: each for each in made.values()}
    facts.add(labels.values(), store)
    facts.made |= {named: label.ref for named, label in made.items()}
    decided = _decided([_drafted(each, facts) for each in labels.values()], facts, provider)
    facts.known |= {each.ref: each.known for each in decided if each.known is not None}
    return (*decided, *changes)


def _building(changes: Iterable[Change]) -> list[Document]:
    return [each.document for each in changes if each.action in _BUILDS]


def _drafted(label: Label, facts: Facts) -> Change:
    known = facts.settled(label.ref)
    action = Action.CREATE if known is None else Action.UNCHANGED
    return Change(action=action, document=label, fingerprint=content(label), known=known)


def _decided(changes: Sequence[Change], facts: Facts, provider: Provider) -> list[Change]:
    """Look up those that are new to us, and see that the others can still be used."""
    new = [each.document for each in changes if each.action is Action.CREATE]
    sought = [
        replace(label_sought(each), kept_will_do=True) for each in new if isinstance(each, Label)
    ]
    found = provider.find(sought) if sought else {}
    return [
        decide_label(each, found.get(each.ref, ()))
        if each.action is Action.CREATE
        else remembered(each, active=_is_active(each.ref, facts))
        for each in changes
    ]


def _is_active(ref: DocumentRef, facts: Facts) -> bool:
    """Tell whether the books' list has it inactive; one that it lacks proves nothing."""
    entry = facts.catalog.by_id(LABEL_LISTS[ref.kind], facts.known[ref].remote_id)
    return entry is None or entry.active
