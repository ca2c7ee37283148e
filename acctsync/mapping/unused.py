"""What a mapping says that nothing comes of: values that documents of a kind don't have."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.documents import Kind
from acctsync.errors import Location, Problem, Severity
from acctsync.mapping.model import Field, Mapping, RecordRule

_OF_PEOPLE = frozenset(("name", "email", "company", "phone", "tax_number", "parent"))
_OF_SALES = frozenset(
    (
        "due_date",
        "expires",
        "total",
        "balance",
        "terms",
        "category",
        "shipping",
        "discount",
        "tax",
        "class",
    )
)
_OF_RECEIPTS = frozenset(("payment", "amount", "fee"))
_PAID = frozenset(("method", "deposit_to"))
_STRANGE = {
    Kind.PAYMENTS: _OF_PEOPLE | _OF_SALES | {"payment"},
    Kind.REFUNDS: _OF_PEOPLE | _OF_SALES | {"fee", "exchange_rate"},
    Kind.SALES_RECEIPTS: _OF_PEOPLE | _OF_RECEIPTS,
    Kind.ESTIMATES: _OF_PEOPLE | _OF_RECEIPTS | _PAID,
    Kind.INVOICES: _OF_PEOPLE | _OF_RECEIPTS | _PAID,
    Kind.CREDIT_NOTES: _OF_PEOPLE | _OF_RECEIPTS | _PAID,
    Kind.PURCHASE_ORDERS: _OF_PEOPLE | _OF_RECEIPTS | _PAID,
    Kind.BILLS: _OF_PEOPLE | _OF_RECEIPTS | _PAID,
}
_LINES = "they take those of what they are for; documents with lines are credit_notes"


def unused(mapping: Mapping) -> Iterator[Problem]:
    """Warn of what is said of a kind of documents that have no such thing."""
    for record in mapping.records.values():
        for name, field in record.document.items():
            strange = name in _STRANGE.get(record.kind, ())
            if strange and not _is_inherited(field, record, mapping):
                yield _warning(f"{record.kind} have no {name}: it is not read", field.place)
        if record.kind in {Kind.PAYMENTS, Kind.REFUNDS} and record.lines is not None:
            message = f"{record.kind} have no lines of their own: they are not read"
            yield _warning(message, record.lines.place, _LINES)


def _is_inherited(field: Field, record: RecordRule, mapping: Mapping) -> bool:
    """Tell whether a value is here only because the record is `like:` another."""
    others = (each.document.get(field.name) for each in mapping.records.values() if each != record)
    return any(other is not None and other.place == field.place for other in others)


def _warning(message: str, place: Location, hint: str = "") -> Problem:
    return Problem(
        code="MAP015", message=message, hint=hint, severity=Severity.WARNING, location=place
    )
