"""Recognises documents with lines: what says which document it is, and what stands at its head."""

from __future__ import annotations

from acctsync.documents import Kind
from acctsync.mapping.recognition.adding_up import add_up
from acctsync.mapping.recognition.finding import (
    CONFIRM,
    UNKNOWN,
    Finder,
    Recognised,
    Shape,
    add_currency,
    add_party,
    add_state,
    evaluated,
    is_day,
    is_number,
    is_text,
)
from acctsync.mapping.recognition.groups import Groups, groups_of
from acctsync.mapping.recognition.kinds import Decision, has_lines, lines_path
from acctsync.mapping.recognition.lines import add_line_amounts, add_line_fields
from acctsync.mapping.recognition.statuses import TREATMENTS
from acctsync.mapping.recognition.synonyms import LINE_PREFIXES, PREFIXES, SALE
from acctsync.mapping.recognition.taxes import add_document_taxes, add_line_taxes, see_taxes
from acctsync.mapping.recognition.workpiece import Workpiece
from acctsync.mapping.survey import ColumnProfile, Survey

_TEXTS = ("reference", "memo", "private_note", "location", "class")
_TYPES = ("type", "document type", "invoice type", "transaction type")
_FEW = 10
_PLAIN_AMOUNTS = ("amount", "total")


def recognised_sale(survey: Survey, decision: Decision) -> Recognised:
    """Recognise what an export of invoices, estimates, orders or credit notes holds."""
    work = _laid_out(survey, decision)
    _add_identity(work)
    _split_by_type(work)
    _add_days(work)
    _add_words(work)
    add_party(work.found, work.head, survey)
    if work.lined:
        add_line_fields(work)
    _add_total(work)
    if work.lined:
        add_line_taxes(work.found, work.line, work.groups, work.columns.get("total"))
        add_line_amounts(work)
    add_document_taxes(work.found, work.head, survey)
    add_up(work)
    _see_words(work)
    return work.found


def _laid_out(survey: Survey, decision: Decision) -> Workpiece:
    found = Recognised(decision.kind, decision.doubt, each=lines_path(survey))
    inner = [column for column in survey.inner if column.under == found.each]
    prefixes = PREFIXES.get(decision.kind, ())
    return Workpiece(
        survey=survey,
        found=found,
        head=Finder((*survey.columns, *survey.firsts), prefixes, found),
        line=Finder(inner or survey.columns, LINE_PREFIXES, found, inside=bool(inner)),
        groups=Groups(survey, ()),
        lined=has_lines(survey),
    )


def _add_identity(work: Workpiece) -> None:
    found = work.found
    number = work.head.look(SALE["number"]) or _order_name(work)
    known = work.head.look(SALE["id"], lambda column: _is_one_to_one(column, number, work.survey))
    ids = known or number
    if ids is None:
        found.head["id"] = UNKNOWN
        found.notes["id"] = f"{CONFIRM}: no column with a number was recognised"
        found.doubt = found.doubt or "no column with a document's number was recognised"
        return
    found.head["id"] = ids.name
    found.used[ids.under, ids.name] = "id"
    if number is not None:
        found.head["number"] = number.name
        found.used[number.under, number.name] = "number"
    if work.survey.is_table and work.lined:
        found.group_by = ids.name
        work.groups = groups_of(work.survey, ids.name)


def _order_name(work: Workpiece) -> ColumnProfile | None:
    """Find the number of a shop's orders, which is called their name there."""
    ordered = work.line.look(("lineitem name",)) is not None
    return work.head.look(("name",)) if ordered else None


def _is_one_to_one(column: ColumnProfile, number: ColumnProfile | None, survey: Survey) -> bool:
    """Tell whether an id belongs to the document, not to each of its rows."""
    if number is None or not survey.is_table:
        return bool(column.filled)
    rows = survey.rows
    pairs = {(row[column.name], row[number.name]) for row in rows if row.get(number.name)}
    return len(pairs) == number.distinct == column.distinct


def _split_by_type(work: Workpiece) -> None:
    """Leave the credit notes out that stand among invoices."""
    if work.found.kind is not Kind.INVOICES:
        return
    column = work.head.look(_TYPES)
    notes = [v for v in column.values if "credit" in v.casefold()] if column else []
    if column is None or not notes or column.distinct > _FEW:
        return
    work.head.find("where", (column.words,))
    test: dict[str, Shape] = {"is_not": notes[0]} if len(notes) == 1 else {"not_in": tuple(notes)}
    work.found.where.append({"column": column.name, **test})
    work.found.notes["where"] = f"{CONFIRM}: credit notes stand among the invoices"


def _add_days(work: Workpiece) -> None:
    found = work.found
    term = "expires" if found.kind is Kind.ESTIMATES else "due_date"
    for name in ("date", term, "sent"):
        column = work.head.find(name, SALE[name], lambda c: is_day(c) and work.same(c))
        if column is not None:
            found.head[name] = column.name
            found.days[name] = column
    if "date" not in found.head:
        found.head["date"] = {"value": "1970-01-01"}
        found.notes["date"] = f"{CONFIRM}: no column with the document's date was recognised"
        found.doubt = found.doubt or "no column with a date was recognised"


def _add_words(work: Workpiece) -> None:
    found, same = work.found, work.same
    if found.kind is Kind.CREDIT_NOTES:
        invoice = work.head.find("invoice", SALE["invoice"], is_text)
        if invoice is not None:
            found.head["invoice"] = invoice.name
    for name in _TEXTS:
        column = work.head.find(name, SALE[name], lambda c: is_text(c) and same(c))
        if column is not None:
            found.head[name] = column.name
    add_currency(found, work.head.find("currency", SALE["currency"], same))
    terms = work.head.find("terms", SALE["terms"], lambda c: 0 < c.distinct <= _FEW and same(c))
    if terms is not None:
        found.head["terms"] = terms.name
        found.notes["terms"] = f"{CONFIRM}: by these names in the books"
    rate = work.head.find(
        "exchange_rate", SALE["exchange_rate"], lambda c: is_number(c) and same(c)
    )
    if rate is not None:
        found.head["exchange_rate"] = rate.name
        found.quantities.append(rate)
    tax = work.head.find("tax", SALE["tax"], lambda c: _is_treatment(c) and same(c))
    if tax is not None:
        words: Shape = {value: TREATMENTS[value.casefold()] for value in tax.values}
        found.head["tax"] = {"column": tax.name, "map": words}
    add_state(found, work.head.find("state", SALE["state"], lambda c: is_text(c) and same(c)))


def _is_treatment(column: ColumnProfile) -> bool:
    return bool(column.values) and all(value.casefold() in TREATMENTS for value in column.values)


def _add_total(work: Workpiece) -> None:
    found = work.found

    def fits(column: ColumnProfile) -> bool:
        # Beside lines, a plain `Amount` is the line's, unless documents prove otherwise.
        plain = work.lined and not found.each and column.words in _PLAIN_AMOUNTS
        return is_number(column) and work.same(column) and (not plain or work.groups.several)

    column = work.head.find("total", SALE["total"], fits) or work.head.find(
        "total", ("total",), lambda c: is_number(c) and work.same(c)
    )
    if column is not None:
        work.columns["total"] = column
        found.amounts.append(column)
        if work.always_filled(column):
            found.head["total"] = column.name
        else:
            found.notes["document"] = f"{CONFIRM}: some have no total, so it is not checked"
    if not work.lined and "total" not in found.head:
        found.head["total"] = {"value": "0"}
        found.notes["total"] = f"{CONFIRM}: no column with every total was recognised"
        found.doubt = found.doubt or "no column with an amount was recognised"


def _see_words(work: Workpiece) -> None:
    """Count what the accounting half must know."""
    found = work.found
    if work.lined:
        cells = [each for _, each in work.line_cells()]
        found.see("items", (evaluated(found.lines["item"], each) or "(blank)" for each in cells))
        see_taxes(found, cells, work.numbers)
    for table, name in (("locations", "location"), ("classes", "class")):
        shape = found.head.get(name)
        if shape is not None:
            found.see(table, (evaluated(shape, head) for _, head in work.groups.heads()))
