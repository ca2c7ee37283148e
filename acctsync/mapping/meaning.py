"""What a well-formed mapping must also satisfy: names that exist, and forms that mean something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from acctsync.dates import DayReader, NotADay, zone
from acctsync.documents import Kind
from acctsync.errors import Location, Problem
from acctsync.exports.paths import steps
from acctsync.exports.records import Condition, Format, Source
from acctsync.exports.scope import Below
from acctsync.mapping.grammar import similar
from acctsync.mapping.model import Field, LinesRule, Mapping, RecordRule, Repeat
from acctsync.money import NotANumber, known_currency, stated_number

AMOUNTS = frozenset(
    (
        "total",
        "balance",
        "amount",
        "fee",
        "shipping",
        "discount",
        "tax_amount",
        "total_with_tax",
        "unit_price",
    )
)
PLAIN_NUMBERS = frozenset(("quantity", "discount_percent", "exchange_rate", "rate"))
NUMBERS = AMOUNTS | PLAIN_NUMBERS
DAYS = frozenset(("date", "due_date", "expires", "sent", "service_date"))

_WITH_LINES = frozenset(
    (
        Kind.ESTIMATES,
        Kind.INVOICES,
        Kind.CREDIT_NOTES,
        Kind.PURCHASE_ORDERS,
        Kind.BILLS,
        Kind.SALES_RECEIPTS,
    )
)
_PURCHASES = frozenset((Kind.PURCHASE_ORDERS, Kind.BILLS))
MOST_SIDEWAYS = 500
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def check(mapping: Mapping) -> Iterator[Problem]:
    """Find what is wrong with the meaning of a mapping, as far as asked for."""
    yield from _dates(mapping)
    for source in mapping.sources.values():
        yield from _header(source)
        yield from _conditions([*source.skip_rows, *source.stop_at], source)
    for record in mapping.records.values():
        yield from _record(record, mapping)
    yield from _control_totals(mapping)
    yield from _rounding(mapping)
    yield from _payouts(mapping)


def placeholders(text: str) -> list[str]:
    """List the columns that a text names."""
    return _PLACEHOLDER.findall(text)


def names_of(field: Field) -> list[str]:
    """List the columns or paths that a field reads."""
    own = (field.column, *field.first_of, *field.sum_of)
    return [*(name for name in own if name), *named_in(field.text or "")]


def named_in(text: str) -> list[str]:
    """List the columns that a text names; their `{n}` stays in them."""
    names = placeholders(text.replace("{n}", "\0"))
    return [name.replace("\0", "{n}") for name in names]


def _header(source: Source) -> Iterator[Problem]:
    if source.no_header and (source.header_row is not None or source.header_row_contains):
        hint = "keep no_header for a file that has none, else the other"
        message = f"source {source.name} has no header, and is told where it stands"
        yield _problem(message, hint, source.place)


def _record(record: RecordRule, mapping: Mapping) -> Iterator[Problem]:
    yield from _known_source(record.source, record.place, mapping)
    source = mapping.sources.get(record.source)
    yield from _required(record, mapping)
    yield from _conditions([*record.where, *record.expect], source)
    for each in (*record.document.values(), *record.party.values(), *_tax_fields(record)):
        yield from _field(each, source, mapping)
    for extra in record.extra_lines:
        for each in extra.fields.values():
            yield from _field(each, source, mapping)
    if record.lines is not None:
        yield from _lines(record.lines, source, mapping)
        yield from _settled(record, record.lines)


def _tax_fields(record: RecordRule) -> Iterator[Field]:
    for tax in record.document_taxes:
        yield from (each for each in (tax.name, tax.rate, tax.amount) if each)


def _lines(lines: LinesRule, source: Source | None, mapping: Mapping) -> Iterator[Problem]:
    if lines.source:
        yield from _known_source(lines.source, lines.place, mapping)
        if not lines.match:
            hint = "say how its rows belong to documents: match: {InvoiceId: Id}"
            yield _problem("lines from another source need match", hint, lines.place)
    elif lines.match:
        yield _problem("match is for lines from another source", "add from:", lines.place)
    places = {"each": lines.each, "from": lines.source, "repeat": lines.repeat}
    if len(given := [name for name, each in places.items() if each]) > 1:
        hint = "lines stand in one place: keep one of them"
        yield _problem(f"lines are read by {' and '.join(given)}", hint, lines.place)
    if lines.each and source and source.format is Format.CSV:
        yield _problem("each is for JSON", "a CSV's lines are its rows: use group_by", lines.place)
    if lines.repeat is not None:
        yield from _repeat(lines.repeat)
    below = mapping.sources.get(lines.source, source)
    yield from _conditions(lines.where, below)
    parts = [part for tax in lines.taxes for part in (tax.name, tax.rate, tax.amount) if part]
    for each in (*lines.fields.values(), *parts):
        yield from _field(each, below, mapping)
        if below is not None and source is not None and below is not source:
            yield from _two_styles(each, below, source)


def _settled(record: RecordRule, lines: LinesRule) -> Iterator[Problem]:
    """Find what is wrong with lines that say which invoices are settled: those of payments."""
    if record.kind is not Kind.PAYMENTS:
        if "invoice" in lines.fields:
            hint = "a line names an invoice only under records.payments"
            yield _problem("invoice is for the lines of payments", hint, lines.place)
        return
    if set(lines.fields) != {"invoice", "amount"} or lines.taxes:
        hint = "write lines: {invoice: ..., amount: ...}"
        yield _problem("a payment's lines are an invoice and an amount each", hint, lines.place)
    if "invoice" in record.document:
        hint = "keep invoice under lines"
        yield _problem("invoice is read from the document and its lines", hint, lines.place)


def _two_styles(field: Field, own: Source, above: Source) -> Iterator[Problem]:
    """Refuse a value that is read from two sources that write such values differently."""
    names = names_of(field)
    reaching_up = [name for name in names if name.startswith(Below.PREFIX)]
    if field.name in NUMBERS:
        alike = own.numbers == above.numbers
    elif field.name in DAYS:
        alike = (own.dates, own.timezone, own.month_names) == (
            above.dates,
            above.timezone,
            above.month_names,
        )
    else:
        alike = True
    if reaching_up and len(reaching_up) < len(names) and not alike:
        message = f"{field.name} is read from two sources that write it differently"
        hint = f"keep one of them, or declare the same numbers: and dates: on {own.name}"
        yield _problem(message, hint, field.place)


def _repeat(repeat: Repeat) -> Iterator[Problem]:
    if "{n}" not in repeat.until_empty:
        hint = "as in until_empty: line_items[amount][{n}]"
        yield _problem("until_empty names no column with {n}", hint, repeat.place)
    first, last = repeat.first or 0, repeat.last
    if first < 0 or (last is not None and not first <= last < first + MOST_SIDEWAYS):
        message = f"the groups of columns can't be counted from {first} to {last}"
        yield _problem(message, f"{MOST_SIDEWAYS} are the most", repeat.place)


def _known_source(name: str, place: Location, mapping: Mapping) -> Iterator[Problem]:
    if name in mapping.sources:
        return
    near = similar(name, list(mapping.sources))
    listed = ", ".join(mapping.sources)
    hint = f"did you mean '{near}'?" if near else f"there is: {listed}"
    yield Problem(code="MAP009", message=f"no source '{name}'", hint=hint, location=place)


def _required(record: RecordRule, mapping: Mapping) -> Iterator[Problem]:
    wanted: list[str] = []
    if record.kind in _WITH_LINES:
        wanted = ["date"]
    elif record.kind in {Kind.PAYMENTS, Kind.REFUNDS, Kind.PAYOUTS}:
        wanted = ["date"] if record.kind is Kind.PAYMENTS and record.lines else ["date", "amount"]
    elif record.kind in {Kind.CUSTOMERS, Kind.VENDORS, Kind.ITEMS}:
        wanted = ["name"]
    for key in wanted:
        if key not in record.document:
            yield Problem(
                code="MAP007",
                message=f"records.{record.kind}.document has no '{key}'",
                hint=f"add {key}:",
                location=record.place,
            )
    nobody = record.kind is Kind.SALES_RECEIPTS and mapping.accounting.customers.guest is not None
    if record.kind in _WITH_LINES and not record.party and not nobody:
        word = "vendor" if record.kind in _PURCHASES else "customer"
        message = f"records.{record.kind}.document has no '{word}'"
        hint = f"add {word}:"
        if record.kind is Kind.SALES_RECEIPTS:
            hint += " or say who stands for nobody: accounting.customers.treat_as_guest"
        yield Problem(code="MAP007", message=message, hint=hint, location=record.place)
    if record.kind is Kind.REFUNDS and not {"payment", "invoice"} & set(record.document):
        message = "records.refunds.document names neither payment nor invoice"
        yield Problem(code="MAP007", message=message, hint="add payment:", location=record.place)
    if record.kind in _WITH_LINES and record.lines is None and "total" not in record.document:
        message = f"records.{record.kind} has neither lines nor a total"
        yield Problem(code="MAP007", message=message, hint="add lines:", location=record.place)


def _field(field: Field, source: Source | None, mapping: Mapping) -> Iterator[Problem]:
    origins = [field.column, field.value, field.text, field.first_of or None, field.sum_of or None]
    given = sum(origin is not None for origin in origins)
    if given == 0 and field.name != "state":
        yield _problem(
            f"{field.name} says nothing to read", "name a column, or a value", field.place
        )
    if given > 1:
        hint = "keep one of column, value, text, first_of, sum_of"
        yield _problem(f"{field.name} is read from two places", hint, field.place)
    if field.map is not None and given == 0:
        hint = "say where the words stand: column: ..."
        yield _problem(f"{field.name} maps words of no column", hint, field.place)
    yield from _arithmetic(field)
    if (field.dates or field.timezone or field.add_days) and field.name not in DAYS:
        hint = "dates, timezone and add_days are for dates"
        yield _problem(f"{field.name} is no date", hint, field.place)
    rest = _PLACEHOLDER.sub("", (field.text or "").replace("{n}", ""))
    if "{" in rest or "}" in rest:
        hint = 'write columns like "{Type}: {Item}"'
        yield _problem(f"{field.name}: a brace is not closed", hint, field.place)
    yield from _constants(field, source, mapping)
    if source is not None and source.format is not Format.CSV:
        yield from _paths(field)


def _arithmetic(field: Field) -> Iterator[Problem]:
    """Refuse what would not be done with a value of this sort."""
    if field.sum_of or field.absolute or field.negate:
        hint = "sum_of, absolute and negate are for amounts"
        if field.name not in NUMBERS:
            yield _problem(f"{field.name} is no number", hint, field.place)
        elif field.name == "rate":
            yield _problem("rate is a part of the tax's name, no amount", hint, field.place)
    if field.sum_of and _changes_text(field):
        hint = "sum_of adds columns as they stand: keep sum_of alone"
        yield _problem(f"{field.name}: what is added up can't be cut or mapped", hint, field.place)
    if field.currency and field.name not in AMOUNTS:
        yield _problem(f"{field.name} is no amount", "currency is for amounts", field.place)


def _changes_text(field: Field) -> bool:
    cuts = (field.strip_prefix, field.strip_suffix, field.before, field.after, field.split_on)
    return any(cuts) or field.map is not None or field.when_filled is not None


def _constants(field: Field, source: Source | None, mapping: Mapping) -> Iterator[Problem]:
    for constant in (field.value, field.if_empty):
        if not constant:
            continue
        if field.name in NUMBERS and field.map is None:
            try:
                stated_number(constant, source.numbers if source else "1234.50")
            except NotANumber as error:
                why = "is no number" if "written" in str(error) else str(error)
                message = f"{field.name}: {constant} {why}"
                yield _problem(message, "write it like 1234.50", field.place)
        elif field.name in DAYS and not _is_day(constant, source, mapping):
            yield _problem(
                f"{field.name}: {constant} is no date", "write it like 2025-03-01", field.place
            )
        elif field.name == "currency" and known_currency(constant) is None:
            yield _problem(
                f"{constant} is no currency", "write its ISO code, as in USD", field.place
            )


def _is_day(text: str, source: Source | None, mapping: Mapping) -> bool:
    here = zone(mapping.books.timezone)
    for styles in (("iso",), source.dates if source else ()):
        try:
            if styles:
                DayReader(styles, source_zone=here, books_zone=here).day(text)
                return True
        except NotADay:
            continue
    return False


def _paths(field: Field) -> Iterator[Problem]:
    names = [
        field.column,
        *field.first_of,
        *field.sum_of,
        *placeholders((field.text or "").replace("{n}", "0")),
    ]
    for name in names:
        try:
            steps((name or "").replace("{n}", "0"))
        except ValueError as error:
            hint = 'write it like a.b.0."c d" or list(key=value).x'
            yield Problem(
                code="MAP008", message=f"{field.name}: {error}", hint=hint, location=field.place
            )


def _conditions(conditions: Sequence[Condition], source: Source | None) -> Iterator[Problem]:
    for each in conditions:
        tests = (
            each.is_,
            each.is_not,
            each.in_,
            each.not_in,
            each.more_than,
            each.less_than,
            each.matches,
        )
        if all(test is None for test in tests):
            hint = "add is, is_not, in, not_in, more_than, less_than or matches"
            yield _problem(f"the condition on {each.column} tests nothing", hint, each.place)
        if source is not None and source.format is not Format.CSV:
            try:
                steps(each.column)
            except ValueError as error:
                yield Problem(code="MAP008", message=str(error), location=each.place)


def _dates(mapping: Mapping) -> Iterator[Problem]:
    books = mapping.books
    if books.start_date and books.end_date and books.start_date > books.end_date:
        place = mapping.places.get(("books", "end_date"), Location(str(mapping.path)))
        message = f"books.end_date {books.end_date} is before start_date {books.start_date}"
        yield _problem(message, "nothing could ever be pushed: correct one of them", place)


def _control_totals(mapping: Mapping) -> Iterator[Problem]:
    for control in mapping.checks.control_totals:
        yield from _known_source(control.source, control.place, mapping)


def _rounding(mapping: Mapping) -> Iterator[Problem]:
    if (
        mapping.checks.mismatch == "rounding_line"
        and not mapping.accounting.defaults.rounding_account
    ):
        hint = "name one under accounting.defaults"
        place = Location(str(mapping.path))
        yield _problem(
            "checks.totals.mismatch: rounding_line needs a rounding_account", hint, place
        )


def _payouts(mapping: Mapping) -> Iterator[Problem]:
    record, named = mapping.records.get(Kind.PAYOUTS), mapping.accounting.payouts
    if record is None:
        return
    if record.lines or record.extra_lines or record.document_taxes or record.party:
        hint = "a payout has no lines, taxes or customer: leave them out"
        yield _problem("records.payouts says more than a payout has", hint, record.place)
    clearing = mapping.accounting.clearing_account
    bank = named.bank if named else None
    place = mapping.places.get(("accounting", "payouts"), record.place)
    lacking = [("from", "method", clearing), ("to", "deposit_to", bank)]
    for key, field, account in lacking:
        if account is None and field not in record.document:
            message = f"accounting.payouts does not say '{key}'"
            hint = "write accounting: payouts: {from: the clearing account, to: the bank account}"
            yield Problem(code="MAP007", message=message, hint=hint, location=place)
    if clearing is not None and clearing == bank:
        message = f"payouts would go from {clearing} to itself"
        yield _problem(message, "name two accounts: from and to", place)


def _problem(message: str, hint: str, place: Location) -> Problem:
    return Problem(code="MAP012", message=message, hint=hint, location=place)
