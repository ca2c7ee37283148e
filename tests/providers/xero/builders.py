"""Lines and references as the simulated coworking organisation knows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from acctsync.documents import DocumentRef, Line, ListEntry, ListKind, Reference


class KnownRefs:
    """Every reference is known: an entry's id, code and name are one."""

    def remote_id(self, ref: DocumentRef) -> str:
        return f"#{ref.id}"

    def allocated(self, payment: DocumentRef, wanted: str) -> str:
        return f"#{wanted}"

    def customer_of(self, document: DocumentRef) -> str:
        return "a-contact"

    def parent(self, kind: ListKind, path: str) -> ListEntry:
        return self.entry(kind, Reference(name=path))

    def entry(self, kind: ListKind, reference: Reference) -> ListEntry:
        name = reference.id or str(reference.name)
        return ListEntry(id=name, name=name, full_name=name, detail={"number": name})


def a_line(amount: str = "100.00", **changes: Any) -> Line:
    """Sell a hot desk."""
    given: dict[str, Any] = {
        "amount": Decimal(amount),
        "item": Reference(name="HOTDESK"),
        "account": Reference(name="205"),
        "tax_code": Reference(name="OUTPUT"),
        "description": "Desk",
    }
    return Line(**(given | changes))
