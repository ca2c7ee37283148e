"""The grammar of the mapping file as one table: it checks a tree, and it makes the JSON Schema."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import field

from acctsync.dates import NAMED_STYLES, style, zone
from acctsync.exports.files import glob_fault
from acctsync.exports.paths import steps
from acctsync.money import CURRENCIES, NUMBER_STYLES, NotANumber, plain_number, similar_currency
from acctsync.values import dataclass

_LONGEST_WORD = 100

Fault = tuple[str, str]
Check = Callable[[str], Fault | None]


@dataclass(frozen=True, slots=True)
class Word:
    """A scalar: any text, one of a few words, or one that passes a check."""

    choices: tuple[str, ...] = ()
    check: Check | None = None
    pattern: str = ""
    about: str = ""
    may_be_empty: bool = True


@dataclass(frozen=True, slots=True)
class Many:
    """A list of one kind of thing."""

    of: Spec
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Keys of the user's own choice, all with one kind of value."""

    of: Spec
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Keys:
    """Known keys; anything else is a mistake."""

    known: Mapping[str, Spec]
    required: tuple[str, ...] = ()
    at_least: int = 0
    also: Spec | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, told apart by being text, a list or keys."""

    shapes: tuple[Spec, ...]
    name: str = field(default="")
    about: str = ""


Spec = Word | Many | Table | Keys | Either


def _currency(text: str) -> Fault | None:
    if text in CURRENCIES:
        return None
    near = similar_currency(text)
    return (
        f"{text} is no currency",
        f"did you mean {near}?" if near else "write its ISO code, as in USD",
    )


def _zone(text: str) -> Fault | None:
    try:
        zone(text)
    except ValueError as error:
        near = str(error)
        hint = f"did you mean {near}?" if near else "write it like America/New_York"
        return f"{text} is no time zone", hint
    return None


def _day(text: str) -> Fault | None:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return f"{text} is no date", "write it like 2025-03-01"
    written_so = len(text) == len("2025-03-01")
    return None if written_so else (f"{text} is no date", "write it like 2025-03-01")


def _number(text: str) -> Fault | None:
    try:
        plain_number(text)
    except NotANumber:
        return f"{text} is no number", "write it like 1234.50"
    return None


def _tolerance(text: str) -> Fault | None:
    fault = _number(text)
    if fault is None and plain_number(text) < 0:
        return f"{text} is less than nothing", "write what may be missing, like 0.02"
    return fault


def _whole(text: str) -> Fault | None:
    ok = re.fullmatch(r"-?[0-9]{1,6}", text)
    return None if ok else (f"{text} is no whole number", "write it like 30")


def _positive(text: str) -> Fault | None:
    ok = re.fullmatch(r"[1-9][0-9]{0,5}", text)
    return None if ok else (f"{text} is no row or part number", "count from 1")


def _date_style(text: str) -> Fault | None:
    try:
        style(text)
    except ValueError as error:
        listed = "YYYY YY MM M MMM DD D HH H hh h mm ss A Z"
        return f"{text}: {error}", f"tokens are {listed}; or one of {', '.join(NAMED_STYLES)}"
    return None


def _files(text: str) -> Fault | None:
    fault = glob_fault(text)
    return (f"{text} {fault[0]}", fault[1]) if fault else None


def _path(text: str) -> Fault | None:
    try:
        steps(text)
    except ValueError as error:
        return str(error), 'write it like a.b.0."c d" or list(key=value).x'
    return None


TEXT = Word()
NAME = Word(may_be_empty=False)
SWITCH = Word(("true", "false"))
DAY = Word(check=_day, pattern=r"^\d{4}-\d{2}-\d{2}$")
WHOLE = Word(check=_whole)
NUMBER = Word(check=_number)
TOLERANCE = Word(check=_tolerance)
FILES = Word(check=_files)
ZONE = Word(check=_zone, may_be_empty=False)
DATE = Word(check=_date_style)
DATES = Either(
    (DATE, Many(DATE, 1)),
    "dates",
    "YYYY YY MM M MMM DD D HH H hh h mm ss A Z, "
    "or iso, iso_day, epoch_seconds, epoch_ms, excel_serial",
)
REFERENCE = Either(
    (NAME, Keys({"id": NAME}, ("id",))), "reference", "a name in the books, or its exact id"
)

STATES = (
    "open", "paid", "void", "written_off", "draft", "skip",
    "pending", "accepted", "rejected", "closed",
)  # fmt: skip
_STATE = Word(STATES)

FIELD = Either(
    (
        Word(about="the column or path to copy", may_be_empty=False),
        Keys(
            {
                "column": NAME,
                "value": Word(about="a constant"),
                "text": Word(about="text with {Column} inside"),
                "first_of": Many(NAME, 1),
                "map": Table(TEXT),
                "if_empty": TEXT,
                "when_filled": TEXT,
                "before": TEXT,
                "after": TEXT,
                "strip_prefix": TEXT,
                "strip_suffix": TEXT,
                "part": Keys(
                    {"of": NAME, "split_on": NAME, "number": Word(check=_positive)},
                    ("split_on", "number"),
                ),
                "absolute": SWITCH,
                "negate": SWITCH,
                "sum_of": Many(NAME, 1),
                "dates": DATES,
                "timezone": ZONE,
                "currency": NAME,
                "add_days": WHOLE,
            },
            at_least=1,
        ),
    ),
    "field",
    "a column name (CSV) or a dotted path (JSON); or keys for anything else",
)

CONDITION = Keys(
    {
        "column": NAME,
        "is": TEXT,
        "is_not": TEXT,
        "in": Many(TEXT),
        "not_in": Many(TEXT),
        "more_than": NUMBER,
        "less_than": NUMBER,
        "matches": Word(about="a pattern with *"),
        "message": TEXT,
    },
    ("column",),
    name="condition",
)
CONDITIONS = Many(CONDITION)

PARTY = Either(
    (
        Word(may_be_empty=False),
        Keys(
            dict.fromkeys(
                ("id", "name", "email", "company", "parent", "phone", "tax_number"), FIELD
            ),
            at_least=1,
        ),
    ),
    "party",
)

STATE = Either(
    (
        Word(about="the column that holds it", may_be_empty=False),
        Keys(
            {
                "column": NAME,
                "first_of": Many(NAME, 1),
                "value": _STATE,
                "map": Table(_STATE),
                "if_empty": _STATE,
            }
        ),
    ),
    "state",
)

SOURCE = Keys(
    {
        "files": Either(
            (FILES, Many(FILES, 1)),
            about="relative to this file; * and ? only; never outside the data folder",
        ),
        "exclude": Either((FILES, Many(FILES))),
        "pick": Word(("all", "newest")),
        "missing": Word(("error", "ok")),
        "format": Word(("csv", "json", "jsonl")),
        "encoding": Word(("utf-8", "cp1252", "latin-1", "utf-16", "mac-roman", "auto")),
        "delimiter": Word((",", ";", "\t", "|", "auto")),
        "header_row_contains": Many(NAME),
        "header_row": Word(check=_positive),
        "no_header": Many(TEXT, 1),
        "skip_rows": CONDITIONS,
        "stop_at": CONDITIONS,
        "short_rows": Word(("error", "pad")),
        "rows": Word(check=_path, about="JSON: path of the list"),
        "whole_list": Keys({"path": Word(check=_path), "is": TEXT}, ("path", "is")),
        "numbers": Word(NUMBER_STYLES),
        "dates": DATES,
        "timezone": ZONE,
        "expect_columns": Many(NAME),
        "new_columns": Word(("ignore", "warn", "error")),
        "column_names": Table(Many(NAME)),
        "formula_quote": Word(("strip", "keep")),
        "month_names": Many(NAME, 12),
    },
    ("files", "format"),
    name="source",
)

DOCUMENT_FIELDS = (
    "id", "number", "date", "due_date", "expires", "currency", "exchange_rate", "total", "balance",
    "reference", "memo", "private_note", "location", "class", "invoice", "payment", "amount", "fee",
    "method", "tax", "terms", "category", "name", "email", "phone", "parent", "shipping",
    "discount", "deposit_to", "company", "tax_number", "sent",
)  # fmt: skip

# Beside the fields of other documents, those of a product or service.
ITEM_FIELDS = ("description", "sku", "unit_price", "account", "expense_account")

LINE_FIELDS = (
    "id", "item", "description", "quantity", "unit_price", "amount", "discount", "discount_percent",
    "tax_amount", "total_with_tax", "location", "class", "category", "account", "service_date",
    "invoice",
)  # fmt: skip

TAX = Keys({"name": FIELD, "rate": FIELD, "amount": FIELD}, ("name",))

_HEAD: dict[str, Spec] = {
    **dict.fromkeys(DOCUMENT_FIELDS, FIELD),
    "customer": PARTY,
    "vendor": PARTY,
    "state": STATE,
}
_DOCUMENT = Keys(_HEAD, ("id",))
_ITEM = Keys({**_HEAD, **dict.fromkeys(ITEM_FIELDS, FIELD)}, ("id",))

_RECORD: dict[str, Spec] = {
    "from": NAME,
    "where": CONDITIONS,
    "like": NAME,
    "group_by": Either((NAME, Many(NAME, 1))),
    "expect": CONDITIONS,
    "document": _DOCUMENT,
    "lines": Keys(
        {
            **dict.fromkeys(LINE_FIELDS, FIELD),
            "each": Word(check=_path, about="JSON: path of the list of lines"),
            "from": Word(about="another source that holds the lines", may_be_empty=False),
            "match": Table(NAME, 1),
            "repeat": Keys({"from": WHOLE, "to": WHOLE, "until_empty": NAME}, ("until_empty",)),
            "where": CONDITIONS,
            "taxes": Many(TAX),
        }
    ),
    "extra_lines": Many(
        Keys(
            {
                **dict.fromkeys(("item", "description", "amount", "tax_amount"), FIELD),
                "taxes": Many(TAX),
            },
            ("item", "amount"),
        )
    ),
    "document_taxes": Many(
        Keys({"name": FIELD, "rate": FIELD, "amount": FIELD}, ("name", "amount"))
    ),
}
_OWN = ("from", "document")
RECORD = Keys(_RECORD, _OWN, name="record")
ITEM_RECORD = Keys({**_RECORD, "document": _ITEM}, _OWN, name="item_record")

RECORDS = (
    "customers", "vendors", "items", "estimates", "invoices", "credit_notes", "purchase_orders",
    "bills", "payments", "refunds", "sales_receipts", "payouts",
)  # fmt: skip

_ITEM_KEYS: dict[str, Spec] = {
    "item": REFERENCE,
    "account": REFERENCE,
    "expense_account": REFERENCE,
    "class": REFERENCE,
    "tax": TEXT,
    "location": REFERENCE,
}
ITEM = Keys({**_ITEM_KEYS, "per_campus": Table(Keys(_ITEM_KEYS))}, at_least=1, name="item")

_POLICY = Word(("error", "warn", "default", "create"))
_PARTIES = Keys(
    {
        "match": Many(Word(("id", "email", "name", "company", "tax_number")), 1),
        "missing": Word(("create", "error")),
        "ambiguous": Word(("error", "first")),
        "existing": Word(
            ("keep", "overwrite"), about="contact data of those that the books have already"
        ),
        "treat_as_guest": Keys({"name": TEXT, "use_email_as_name": SWITCH, "fallback": TEXT}),
        "parent": TEXT,
        "fixed": Table(REFERENCE),
    }
)

ACCOUNTING = Keys(
    {
        "items": Table(ITEM),
        "line_rules": Many(
            Keys(
                {
                    "when": Keys(
                        dict.fromkeys(
                            (
                                "item", "category", "location",
                                "customer", "vendor", "description",
                            ),
                            TEXT,
                        ),
                        at_least=1,
                    ),
                    "set": ITEM,
                },
                ("when", "set"),
            )
        ),
        "locations": Keys({"tracking_category": NAME}, also=REFERENCE),
        "classes": Table(REFERENCE),
        "taxes": Table(Keys({"code": NAME, "rate": TEXT}, ("code",))),
        "payment_methods": Table(Keys({"method": NAME, "deposit_to": REFERENCE})),
        "fees": Keys({"account": REFERENCE, "vendor": NAME, "item": NAME}, ("account",)),
        "written_off": Keys({"account": REFERENCE}),
        "retainers": Keys(
            {
                "account": REFERENCE,
                "item": NAME,
                "unapplied_payments": Word(("retainer", "credit", "error")),
            },
            ("account",),
        ),
        "payouts": Keys({"from": REFERENCE, "to": REFERENCE}, at_least=1),
        "expenses": Keys(
            {"by_vendor": Table(REFERENCE), "by_category": Table(REFERENCE), "default": REFERENCE}
        ),
        "defaults": Keys(
            dict.fromkeys(
                (
                    "item", "income_account", "expense_account", "discount_account",
                    "shipping_account", "rounding_account", "deposit_to", "tax",
                    "branding_theme",
                ),
                REFERENCE,
            )
        ),
        "customers": _PARTIES,
        "vendors": _PARTIES,
        "unmapped": Keys(
            dict.fromkeys(
                (
                    "item", "location", "tax", "payment_method",
                    "class", "customer", "vendor",
                ),
                _POLICY,
            )
        ),
    }
)  # fmt: skip

_OVER = _POLICY

MAPPING = Keys(
    {
        "acctsync": Word(("1",), about="version of this file's format"),
        "include": Many(NAME),
        "books": Keys(
            {
                "system": Word(("quickbooks", "xero")),
                "company": NAME,
                "connection": NAME,
                "currency": Word(check=_currency, pattern="^[A-Z]{3}$", may_be_empty=False),
                "timezone": ZONE,
                "start_date": DAY,
                "end_date": DAY,
                "tax": Word(("exclusive", "inclusive", "none")),
            },
            ("system", "company", "currency", "timezone"),
        ),
        "sources": Table(SOURCE, 1),
        "records": Keys({**dict.fromkeys(RECORDS, RECORD), "items": ITEM_RECORD}, at_least=1),
        "accounting": ACCOUNTING,
        "checks": Keys(
            {
                "totals": Keys(
                    {"tolerance": TOLERANCE, "mismatch": Word(("error", "warn", "rounding_line"))}
                ),
                "payment_over_invoice": _OVER,
                "refund_over_payment": _OVER,
                "control_totals": Many(
                    Keys(
                        {"source": NAME, "column": NAME, "equals": TEXT},
                        ("source", "column", "equals"),
                    )
                ),
            }
        ),
        "push": Keys(
            {
                **dict.fromkeys(RECORDS, SWITCH),
                "void": Word(("true", "false", "unapply")),
                "closed_books": Word(("refuse", "first_open_day")),
                "updates": Word(("true", "false", "overwrite")),
                "drafts": SWITCH,
                "numbers": Word(("keep", "assign")),
                "send_email": Word(("never", "when_created")),
                "history_notes": Word(("false", "when_created")),
                "xero_status": Word(("draft", "submitted", "authorised")),
                "online_payment": SWITCH,
            }
        ),
    },
    ("acctsync", "books", "sources", "records", "accounting", "push"),
)


def similar(word: str, known: tuple[str, ...] | list[str]) -> str:
    """Tell the word that was probably meant, or nothing."""
    if len(word) > _LONGEST_WORD:
        return ""
    folded = {each.casefold().replace("_", ""): each for each in known}
    wanted = word.casefold().replace("_", "").replace("-", "").replace(" ", "")
    near = difflib.get_close_matches(wanted, list(folded), n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def json_schema() -> dict[str, object]:
    """Make the draft-07 JSON Schema of the mapping file, for editors."""
    definitions: dict[str, object] = {}
    root = _schema(MAPPING, definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "acctsync mapping",
        **root,
        "definitions": definitions,
    }


def _schema(spec: Spec, definitions: dict[str, object]) -> dict[str, object]:
    name = getattr(spec, "name", "")
    if not name:
        return _shape(spec, definitions)
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _shape(spec, definitions)
    return {"$ref": f"#/definitions/{name}"}


def _shape(spec: Spec, definitions: dict[str, object]) -> dict[str, object]:
    match spec:
        case Word():
            return _word(spec)
        case Many(of, at_least):
            return {
                "type": "array",
                "items": _schema(of, definitions),
                **_least("minItems", at_least),
            }
        case Table(of, at_least):
            entries = _schema(of, definitions)
            return {
                "type": "object",
                "additionalProperties": entries,
                **_least("minProperties", at_least),
            }
        case Keys():
            return _keys(spec, definitions)
        case Either():
            shapes = [_schema(shape, definitions) for shape in spec.shapes]
            return {"anyOf": shapes, **({"description": spec.about} if spec.about else {})}


def _word(spec: Word) -> dict[str, object]:
    about: dict[str, object] = {"description": spec.about} if spec.about else {}
    if spec.choices:
        switches: list[object] = [
            {"true": True, "false": False}[c] for c in spec.choices if c in {"true", "false"}
        ]
        numbers: list[object] = [int(c) for c in spec.choices if c.isdigit()]
        return {"enum": [*spec.choices, *switches, *numbers], **about}
    if spec.pattern:
        return {"type": "string", "pattern": spec.pattern, **about}
    return {"type": ["string", "number", "boolean", "null"], **about}


def _keys(spec: Keys, definitions: dict[str, object]) -> dict[str, object]:
    shape: dict[str, object] = {
        "type": "object",
        "properties": {name: _schema(each, definitions) for name, each in spec.known.items()},
        "additionalProperties": _schema(spec.also, definitions) if spec.also else False,
        **_least("minProperties", spec.at_least),
    }
    if spec.required:
        shape["required"] = list(spec.required)
    return shape


def _least(word: str, number: int) -> dict[str, object]:
    return {word: number} if number else {}
