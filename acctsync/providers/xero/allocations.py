"""What credit notes are set off against: it bears no note of ours, the credit note does.

One that bears our stamp was made to be set off against one invoice: what it is set off against is
what we meant, whoever did it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from acctsync.documents import Kind, Link, RemoteDocument, digest
from acctsync.providers.port import Sought
from acctsync.providers.stamps import stamped_id
from acctsync.providers.xero.matching import Found
from acctsync.providers.xero.values import amount, identity, plain

CREDITS = {
    Kind.CREDIT_ALLOCATIONS: Kind.CREDIT_NOTES,
    Kind.WRITE_OFF_ALLOCATIONS: Kind.WRITE_OFFS,
}


def allocation(kind: Kind, element: Mapping[str, Any]) -> RemoteDocument:
    """Read one allocation; it tells neither its customer nor its currency."""
    invoice, total = identity(element, "Invoice", "InvoiceID"), amount(element.get("Amount"))
    credit = identity(element, "CreditNote", "CreditNoteID")
    return RemoteDocument(
        kind=kind,
        id=str(element["AllocationID"]),
        version="",
        digest=digest([credit, invoice, plain(total)]),
        total=total,
        links=(
            Link(Kind.INVOICES, invoice, "Invoice", total),
            Link(CREDITS[kind], credit, "CreditNote", total),
        ),
    )


def allocations(kind: Kind, credits_: Iterable[Mapping[str, Any]]) -> Iterator[RemoteDocument]:
    """Read the allocations of credit notes that bear our stamp, each under that stamp."""
    for credit in credits_:
        stamp = stamped_id(str(credit.get("Reference") or ""), CREDITS[kind])
        for element in credit.get("Allocations") or []:
            if stamp and element.get("IsDeleted") is not True:
                of = {"CreditNoteID": credit["CreditNoteID"]}
                yield replace(allocation(kind, {**element, "CreditNote": of}), stamp=stamp)


def by_stamp(sought: Sequence[Sought], found: Iterable[RemoteDocument]) -> Found:
    """Pair allocations with what was asked: by their credit note's stamp, or by their id."""
    whole = list(found)
    return {each.ref: [one for one in whole if _is_sought(one, each)] for each in sought}


def _is_sought(one: RemoteDocument, sought: Sought) -> bool:
    return one.id == sought.remote_id if sought.remote_id else one.stamp == sought.stamp
