"""How kinds of documents are called when a person reads."""

from __future__ import annotations

import pytest

from acctsync.documents import Kind
from acctsync.report.words import plural, singular


@pytest.mark.parametrize(
    ("kind", "one", "several"),
    [
        (Kind.CREDIT_NOTES, "credit note", "credit notes"),
        (Kind.DELIVERIES, "delivery", "deliveries"),
        (Kind.CLASSES, "class", "classes"),
        (Kind.LOCATIONS, "location", "locations"),
        (Kind.RETAINERS, "retainer", "retainers"),
        (Kind.WRITE_OFFS, "write-off", "write-offs"),
        (Kind.WRITE_OFF_ALLOCATIONS, "write-off allocation", "write-off allocations"),
    ],
)
def test_a_kind_is_called_as_people_call_it(kind: Kind, one: str, several: str) -> None:
    assert (singular(kind), plural(kind)) == (one, several)
