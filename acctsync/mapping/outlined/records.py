"""Writes the records of a first mapping: which column is what, and what is left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from acctsync.documents import Kind
from acctsync.mapping.outlined.sheet import Sheet
from acctsync.mapping.recognition.drafts import Draft
from acctsync.mapping.recognition.finding import CONFIRM, FALSE, Recognised, Shape
from acctsync.mapping.recognition.notation import own_dates
from acctsync.mapping.survey import ColumnProfile, shown

_ORDER = (
    "id", "number", "name", "email", "phone", "tax_number", "payment", "invoice", "party", "date",
    "due_date", "expires", "currency", "exchange_rate", "tax", "amount", "total", "shipping",
    "discount", "fee", "method", "location", "class", "terms", "reference", "memo", "private_note",
    "sent", "state",
)  # fmt: skip
_LINE_ORDER = (
    "item", "description", "quantity", "unit_price", "discount", "discount_percent", "amount",
    "tax_amount", "total_with_tax", "account", "service_date",
)  # fmt: skip
_PEOPLE = frozenset((Kind.CUSTOMERS, Kind.VENDORS))
_REMARKS = {
    "total": "checked against the lines, never pushed",
    "lines.total_with_tax": "checked",
}
_MOST_UNUSED = 60
_SAMPLES = 3
_MORE = "the lines of this document are cut: export it again with all of them"


def write_record(sheet: Sheet, found: Recognised, draft: Draft) -> None:
    """Write one record."""
    note = f"{CONFIRM}: {found.doubt}; see push" if found.doubt else ""
    with sheet.section(str(found.kind), note):
        sheet.entry("from", draft.name)
        if found.where:
            with sheet.section("where"):
                for test in found.where:
                    sheet.item(test, found.notes.get("where", ""))
        if found.group_by:
            sheet.entry("group_by", found.group_by, "rows with the same value make one document")
        for path in _cut_lists(found, draft):
            with sheet.section("expect"):
                sheet.item({"column": path, "is": FALSE, "message": _MORE})
        with sheet.section("document", found.notes.get("document", "")):
            for name in _ORDER:
                _write_field(sheet, name, found, draft)
        _write_lines(sheet, found, draft)


def write_unused(sheet: Sheet, draft: Draft) -> None:
    """List the columns that no record uses, with what they hold."""
    for each in draft.left_out:
        sheet.remark(f"{draft.name} looks like {each.kind} too; a mapping has one such record.")
    names = set(_names(draft))
    unused = [each for each in draft.survey.columns if each.name not in names]
    filled = [each for each in unused if each.filled]
    if not unused:
        return
    sheet.remark(f"Columns of {shown(draft.files[0])} that are not used:")
    for column in filled[:_MOST_UNUSED]:
        sheet.remark(f"  {shown(column.name)}: {', '.join(column.samples[:_SAMPLES])}")
    more, empty = len(filled) - _MOST_UNUSED, len(unused) - len(filled)
    if more > 0:
        sheet.remark(f"  and {more} more")
    if empty:
        sheet.remark(f"  and {empty} without any value")


def _names(draft: Draft) -> Iterator[str]:
    """Give the names that records read at the head of their rows."""
    for found in draft.records:
        used = {name for under, name in found.used if not under}
        yield from used


def _cut_lists(found: Recognised, draft: Draft) -> Iterator[str]:
    """Find what says that a list of lines goes on elsewhere."""
    parent, _, last = found.each.rpartition(".")
    wanted = f"{parent}.has_more"
    if last and parent and any(column.name == wanted for column in draft.survey.columns):
        yield wanted


def _write_field(sheet: Sheet, name: str, found: Recognised, draft: Draft) -> None:
    if name == "party":
        if found.kind not in _PEOPLE:
            _write_party(sheet, found)
    elif name == "state" and "state" in found.head:
        _write_state(sheet, found)
    elif name in found.head:
        shape = _with_dates(name, found.head[name], found, draft)
        sheet.entry(name, shape, found.notes.get(name) or _REMARKS.get(name, ""))


def _write_party(sheet: Sheet, found: Recognised) -> None:
    if not found.party:
        return
    with sheet.section(found.party_word, found.notes.get(found.party_word, "")):
        for name in ("id", "name", "email"):
            if name in found.party:
                sheet.entry(name, found.party[name])


def _write_state(sheet: Sheet, found: Recognised) -> None:
    if not found.states:
        unseen: Shape = {"column": found.head["state"], "map": {}}
        sheet.entry("state", unseen, f"{CONFIRM}: none was seen")
        return
    with sheet.section("state"):
        sheet.entry("column", found.head["state"])
        with sheet.section("map", "suggested: confirm each"):
            for word, state in found.states.items():
                sheet.entry(word, state, found.notes.get(f"state.{word}", ""))


def _write_lines(sheet: Sheet, found: Recognised, draft: Draft) -> None:
    if found.lines or found.each:
        with sheet.section("lines"):
            if found.each:
                sheet.entry("each", found.each)
            for name in (each for each in _LINE_ORDER if each in found.lines):
                shape = found.lines[name]
                note = found.notes.get(f"lines.{name}") or _REMARKS.get(f"lines.{name}", "")
                sheet.entry(name, _with_dates(name, shape, found, draft), note)
            _write_taxes(sheet, "taxes", found.taxes, found.notes.get("lines.taxes", ""))
    if found.extra_lines:
        with sheet.section("extra_lines", "amounts at the head that belong to the total"):
            for each in found.extra_lines:
                sheet.item(each)
    note = found.notes.get("document_taxes", "")
    _write_taxes(sheet, "document_taxes", found.document_taxes, note)


def _write_taxes(sheet: Sheet, key: str, taxes: list[Shape], note: str) -> None:
    if taxes:
        with sheet.section(key, note):
            for each in taxes:
                sheet.item(each)


def _with_dates(name: str, shape: Shape, found: Recognised, draft: Draft) -> Shape:
    """Give a date its own formats where those of its source don't do."""
    column: ColumnProfile | None = found.days.get(name)
    if column is None or shape != column.name:
        return shape
    own = own_dates(draft.survey, column, draft.dates.value)
    if not own:
        return shape
    formats: Shape = own[0] if len(own) == 1 else own
    dated: Mapping[str, Shape] = {"column": column.name, "dates": formats}
    return dated
