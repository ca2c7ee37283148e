"""What a mapping says that nothing comes of: values that documents of a kind don't have."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.documents import PURCHASES, Kind
from acctsync.errors import Location, Problem, Severity
from acctsync.exports.records import Format
from acctsync.mapping.grammar import DOCUMENT_FIELDS
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
    Kind.PAYOUTS: _OF_PEOPLE | _OF_SALES | {"payment", "invoice", "location"},
    Kind.REFUNDS: _OF_PEOPLE | _OF_SALES | {"fee", "exchange_rate"},
    Kind.SALES_RECEIPTS: _OF_PEOPLE | _OF_RECEIPTS | {"invoice", "expires"},
    Kind.ESTIMATES: _OF_PEOPLE | _OF_RECEIPTS | _PAID | {"invoice"},
    Kind.INVOICES: _OF_PEOPLE | _OF_RECEIPTS | _PAID | {"invoice", "expires"},
    Kind.CREDIT_NOTES: _OF_PEOPLE | _OF_RECEIPTS | _PAID | {"expires"},
    Kind.PURCHASE_ORDERS: _OF_PEOPLE | _OF_RECEIPTS | _PAID | {"invoice", "expires"},
    Kind.BILLS: _OF_PEOPLE | _OF_RECEIPTS | _PAID | {"invoice", "expires"},
}
_PEOPLE = frozenset((Kind.CUSTOMERS, Kind.VENDORS, Kind.ITEMS))
_NOT_OF_PEOPLE = frozenset(DOCUMENT_FIELDS) - _OF_PEOPLE - {"id", "currency"}
# Keys of a source that are for the other formats.
_TABLES_ONLY = (
    "delimiter", "header_row_contains", "header_row", "no_header", "short_rows",
    "expect_columns", "new_columns", "column_names", "formula_quote",
)  # fmt: skip
_OF_OTHER_FORMATS = {
    Format.CSV: ("rows", "whole_list"),
    Format.JSON: _TABLES_ONLY,
    Format.JSONL: (*_TABLES_ONLY, "rows", "whole_list"),
}
_LINES = "they take those of what they are for; documents with lines are credit_notes"


def unused(mapping: Mapping) -> Iterator[Problem]:
    """Warn of what is said of a kind of documents, or of files, that have no such thing."""
    for source in mapping.sources.values():
        for key in _OF_OTHER_FORMATS[source.format]:
            place = mapping.places.get(("sources", source.name, key))
            # To ignore new keys is what is done of JSON anyway.
            done = key == "new_columns" and source.new_columns == "ignore"
            if place is not None and not done:
                yield _warning(f"{source.format} files have no {key}: it is not read", place)
    for record in mapping.records.values():
        strangers = _NOT_OF_PEOPLE if record.kind in _PEOPLE else _STRANGE.get(record.kind, ())
        for name, field in record.document.items():
            if name in strangers and not _is_inherited(field, record, mapping):
                yield _warning(f"{record.kind} have no {name}: it is not read", field.place)
        yield from _unread_party(record, mapping)
        yield from _unread_lines(record)
    yield from _said_in_vain(mapping)


def _unread_party(record: RecordRule, mapping: Mapping) -> Iterator[Problem]:
    """Warn of a customer of what is bought, and of a vendor of what is sold."""
    name = "customer" if record.kind in PURCHASES else "vendor"
    place = mapping.places.get(("records", record.kind, "document", name))
    others = [
        ("records", kind, "document", name) for kind in mapping.records if kind != record.kind
    ]
    if place is not None and place not in [mapping.places.get(each) for each in others]:
        yield _warning(f"{record.kind} have no {name}: it is not read", place)


def _unread_lines(record: RecordRule) -> Iterator[Problem]:
    """Warn of lines where there are none."""
    kind, lines = record.kind, record.lines
    if kind in {Kind.REFUNDS, Kind.PAYOUTS} and lines is not None:
        yield _warning(f"{kind} have no lines of their own: they are not read", lines.place, _LINES)
    elif kind in _PEOPLE and lines is not None:
        yield _warning(f"{kind} have no lines: they are not read", lines.place)


def _said_in_vain(mapping: Mapping) -> Iterator[Problem]:
    """Warn of words that the grammar has for other rules and that mean nothing here."""
    said = {
        "payment_over_invoice": mapping.checks.payment_over_invoice,
        "refund_over_payment": mapping.checks.refund_over_payment,
    }
    for key, word in said.items():
        if word in {"create", "default"}:
            place = mapping.places.get(("checks", key), Location(str(mapping.path)))
            message = f"checks.{key}: {word} does what error does: the document is held back"
            yield _warning(message, place, "Write error, or warn to have it pushed.")


def _is_inherited(field: Field, record: RecordRule, mapping: Mapping) -> bool:
    """Tell whether a value is here only because the record is `like:` another."""
    others = (each.document.get(field.name) for each in mapping.records.values() if each != record)
    return any(other is not None and other.place == field.place for other in others)


def _warning(message: str, place: Location, hint: str = "") -> Problem:
    return Problem(
        code="MAP015", message=message, hint=hint, severity=Severity.WARNING, location=place
    )
