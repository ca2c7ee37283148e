"""What a mapping wants of books that have no such thing: it does no harm, and is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from acctsync.documents import Kind
from acctsync.errors import Problem, Severity
from acctsync.mapping.model import Mapping


def unheeded(mapping: Mapping, kinds: Collection[Kind]) -> Iterator[Problem]:
    """Name the keys that have no effect; `kinds` are what the books can be given."""
    if mapping.push.notes and Kind.NOTES not in kinds:
        yield Problem(
            code="MAP035",
            severity=Severity.WARNING,
            message="push.history_notes has no effect: in these books nothing can be noted in a"
            " document's history",
            hint="Leave the key out; what leads back to the export stands in each document's"
            " private note there.",
            location=mapping.places.get(("push", "history_notes")),
        )
