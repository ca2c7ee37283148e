"""Classes and locations that documents name and the books lack: which are made, below which others.

Pure. A name is only ever made once: all documents that name it hang on the same label.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from acctsync.documents import (
    Document,
    DocumentRef,
    Kind,
    Label,
    ListKind,
    Reference,
    RemoteDocument,
)
from acctsync.errors import Problem
from acctsync.plan.deciding import adopt, block
from acctsync.plan.judging import Found, judge_item
from acctsync.plan.model import Change
from acctsync.plan.references import LABEL_LISTS, Named, folded_path, references

SOURCE = "labels"
WORDS = {Kind.CLASSES: "class", Kind.LOCATIONS: "location"}
_TABLES = {Kind.CLASSES: "accounting.classes", Kind.LOCATIONS: "accounting.locations"}
_KINDS = {listed: kind for kind, listed in LABEL_LISTS.items()}

Lacks = Callable[[ListKind, Reference], bool]


def full_name(name: str) -> str:
    """Write a name as the books would: its parents and itself, each with single spaces."""
    return ":".join(" ".join(each.split()) for each in name.split(":"))


def ref_of(kind: Kind, name: str) -> DocumentRef:
    """Tell the identity of what bears a name: case and spaces don't count."""
    return DocumentRef(kind, SOURCE, f"name:{folded_path(name)}")


def lacking(
    documents: Iterable[Document], kinds: Collection[Kind], lacks: Lacks
) -> dict[Named, Label]:
    """Tell what each name leads to that the books lack, parents before what stands below them.

    `kinds` are those that may be made. `lacks` tells whether no entry bears a name; a parent is
    only ever meant by its full name.
    """
    found: dict[Named, Label] = {}
    made: dict[DocumentRef, Label] = {}
    named: set[DocumentRef] = set()
    for document in documents:
        for listed, reference in references(document):
            kind = _KINDS.get(listed)
            if kind is None or kind not in kinds or (listed, reference) in found:
                continue
            if not lacks(listed, reference):
                continue
            for name in _above(full_name(reference.name or "")):
                label = Label(ref=ref_of(kind, name), name=name, place=document.place)
                label = made.setdefault(label.ref, label)
                found.setdefault((listed, Reference(name=name)), label)
            found[listed, reference] = label
            named.add(label.ref)
    return {name: replace(each, named=each.ref in named) for name, each in found.items()}


def _above(name: str) -> Iterator[str]:
    """Name the parents of a full name from the top, and then itself."""
    parts = name.split(":")
    for depth in range(len(parts)):
        yield ":".join(parts[: depth + 1])


def decide_label(change: Change, candidates: Sequence[RemoteDocument]) -> Change:
    """Adopt the one that bears the full name in the books, or make it, or say why neither goes."""
    label = change.document
    assert isinstance(label, Label)
    verdict = judge_item(candidates)
    match verdict.found:
        case Found.AGREES if verdict.remote is not None:
            return adopt(change, verdict.remote)
        case Found.VOIDED if verdict.remote is not None:
            return block(change, inactive(label, verdict.remote.id))
        case Found.DIFFERS:
            return block(change, _ambiguous(label, verdict.why))
        case _:
            return _named(change, label)


def remembered(change: Change, *, active: bool) -> Change:
    """Go on with one that was made or found earlier, whatever it is called there by now."""
    label, known = change.document, change.known
    assert isinstance(label, Label)
    assert known is not None
    return change if active else block(change, inactive(label, known.remote_id))


def _named(change: Change, label: Label) -> Change:
    return change if all(label.name.split(":")) else block(change, _nameless(label))


def inactive(label: Label, id_: str) -> Problem:
    """Say that what bears the name can't be used."""
    return Problem(
        code="PLAN067",
        message=f"the {WORDS[label.kind]} {label.name!r} is inactive in the books (id {id_})",
        hint=f"Make it active there, or map the word to another one under {_TABLES[label.kind]}.",
    )


def gone(label: Label, id_: str) -> Problem:
    """Say that the books refuse one that they had, and list it no more."""
    return Problem(
        code="PLAN068",
        message=f"the {WORDS[label.kind]} {label.name!r} was in the books (id {id_}) and is no"
        " more: it may have been merged with another",
        hint=f"Map the word to the one that is meant now, under {_TABLES[label.kind]}.",
    )


def _ambiguous(label: Label, listed: str) -> Problem:
    return Problem(
        code="PLAN069",
        message=f"the {WORDS[label.kind]} {label.name!r} could be any of {listed}",
        hint=f"Write the id of the right one under {_TABLES[label.kind]}, or rename one there.",
    )


def _nameless(label: Label) -> Problem:
    return Problem(
        code="PLAN070",
        message=f"the {WORDS[label.kind]} {label.name!r} can't be created: a colon parts the names"
        " of its parents from its own, and one of them is blank",
        hint=f"Map the word to a name without that colon under {_TABLES[label.kind]}.",
    )
