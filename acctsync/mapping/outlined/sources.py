"""Writes the sources of a first mapping: where exports lie, and how they are written."""

from __future__ import annotations

from itertools import islice

from acctsync.exports.records import Format
from acctsync.mapping.outlined.sheet import Sheet
from acctsync.mapping.recognition.drafts import Draft, every_period
from acctsync.mapping.recognition.finding import CONFIRM, FALSE, LONGEST_NAME, Shape
from acctsync.mapping.survey import Survey, shown

_HEADER_MARKS = 3


def write_source(sheet: Sheet, draft: Draft) -> None:
    """Write one source."""
    survey = draft.survey
    with sheet.section(draft.name, f"suggested from {_seen(survey)}: confirm"):
        _write_files(sheet, draft)
        sheet.entry("format", str(survey.sample.format))
        if survey.is_table:
            _write_table(sheet, survey)
        else:
            _write_list(sheet, survey)
        if any(each.amounts or each.quantities for each in draft.records + draft.left_out):
            sheet.entry("numbers", draft.numbers.value[0], draft.numbers.note)
        if any(each.days for each in draft.records + draft.left_out):
            sheet.entry("dates", _one_or_several(draft.dates.value), draft.dates.note)
        if draft.zone is not None and draft.zone.value:
            sheet.entry("timezone", draft.zone.value[0], draft.zone.note)
        elif draft.zone is not None:
            sheet.remark("timezone: America/New_York   # the export's clock, if not the books'")


def _write_files(sheet: Sheet, draft: Draft) -> None:
    pattern = every_period(draft.files[0])
    note = f"every period: {pattern}" if pattern != draft.files[0] else ""
    sheet.entry("files", _one_or_several(tuple(draft.files)), note)


def _write_table(sheet: Sheet, survey: Survey) -> None:
    sample = survey.sample
    if sample.encoding == "cp1252":
        note = f"{CONFIRM}: it is not UTF-8; cp1252 is what Excel writes on Windows"
        sheet.entry("encoding", sample.encoding, note)
    elif sample.encoding != "utf-8":
        sheet.entry("encoding", sample.encoding, "told by its byte-order mark")
    if sample.delimiter != ",":
        sheet.entry("delimiter", sample.delimiter)
    if sample.titled:
        sheet.entry("header_row_contains", header_marks(survey), "titles stand above the header")
    count, line = survey.ragged
    if count:
        said = f"{count} rows have another width than the header, the first on line {line}"
        sheet.remark(f"short_rows: pad   # {said}")
    if survey.totals is not None:
        column, word = survey.totals
        with sheet.section("skip_rows"):
            sheet.item({"column": column, "is": word}, "a row of totals is no document")


def _write_list(sheet: Sheet, survey: Survey) -> None:
    sample = survey.sample
    if sample.encoding != "utf-8":
        sheet.entry("encoding", sample.encoding)
    path, *others = sample.lists
    if path:
        other = f"; other lists: {', '.join(map(shown, others[:3]))}" if others else ""
        sheet.entry("rows", path, f"where the list is{other}")
    if sample.has_more is not None and sample.format is Format.JSON:
        note = "refuse a page that is not the last"
        sheet.entry("whole_list", {"path": "has_more", "is": FALSE}, note)


def header_marks(survey: Survey) -> Shape:
    """Choose the names by which a header row below titles is found."""
    names = (each.name for each in survey.columns if len(each.name) <= LONGEST_NAME)
    return tuple(islice(names, _HEADER_MARKS))


def _seen(survey: Survey) -> str:
    count = len(survey.rows)
    rows = f"{count} row" if count == 1 else f"{count} rows"
    return rows if survey.sample.whole else f"the first {rows}"


def _one_or_several(names: tuple[str, ...] | list[str]) -> Shape:
    return names[0] if len(names) == 1 else tuple(names)
