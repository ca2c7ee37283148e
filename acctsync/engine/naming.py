"""What documents name in the lists of the books; a list is read whole before a document is blamed.

Lists may come from a shelf that was brought up to date. A name they lack, or one that the books
refuse, sends us back to the list itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from acctsync.documents import Document, ListEntry, ListKind
from acctsync.errors import Problem
from acctsync.plan.references import Catalog, Named, accounts_of_lines, references
from acctsync.providers.port import Provider


def pointed(document: Document, provider: Provider) -> Iterator[Named]:
    """Name every entry that a document points to in these books, accounts of its lines too."""
    yield from references(document)
    if provider.limits.lines_post:
        yield from accounts_of_lines(document)


def catalog(
    documents: Iterable[Document], lists: Mapping[ListKind, Sequence[ListEntry]], provider: Provider
) -> Catalog:
    """Make lists searchable; those that lack what a document names are read whole first."""
    found = Catalog(lists)
    named = {each for document in documents for each in pointed(document, provider)}
    lacking = {kind for kind, name in named if isinstance(found.resolve(kind, name), Problem)}
    return found.renewed(_whole(lacking, provider)) if lacking else found


def extended(documents: Iterable[Document], before: Catalog, provider: Provider) -> Catalog:
    """Add the lists that more documents point into, by the same rule."""
    documents = tuple(documents)
    named = {each for document in documents for each in pointed(document, provider)}
    fresh = sorted({kind for kind, _ in named if kind not in before})
    found = before.renewed({kind: tuple(provider.pull(kind)) for kind in fresh})
    lacking = {kind for kind, name in named if isinstance(found.resolve(kind, name), Problem)}
    return found.renewed(_whole(lacking, provider)) if lacking else found


def renewed(documents: Iterable[Document], before: Catalog, provider: Provider) -> Catalog:
    """Read the lists that documents point into whole again."""
    kinds = {kind for document in documents for kind, _ in pointed(document, provider)}
    return before.renewed(_whole(kinds, provider))


def renamed(
    document: Document, before: Catalog, after: Catalog, made: Container[Named] = ()
) -> Problem | bool:
    """Tell whether a document's names lead elsewhere now, or what is wrong with one of them.

    Names that lead to what this run `made` can't have moved.
    """
    moved = False
    for kind, name in references(document):
        if (kind, name) in made:
            continue
        found, old = after.resolve(kind, name), before.resolve(kind, name)
        if isinstance(found, Problem):
            return found
        moved = moved or not isinstance(old, ListEntry) or old.id != found.id
    return moved


def _whole(kinds: Iterable[ListKind], provider: Provider) -> dict[ListKind, tuple[ListEntry, ...]]:
    return {kind: tuple(provider.pull(kind, whole=True)) for kind in sorted(kinds)}
