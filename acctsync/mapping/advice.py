"""What can be suggested of an export in words: of the whole of it, and of each column."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.mapping.outlined.sheet import flow
from acctsync.mapping.outlined.sources import header_marks
from acctsync.mapping.profiling.styles import Fit
from acctsync.mapping.recognition.drafts import Draft
from acctsync.mapping.recognition.finding import FALSE, Shape
from acctsync.mapping.recognition.notation import Suggestion
from acctsync.mapping.survey import ColumnProfile, Survey, shown


def of_source(draft: Draft) -> Iterator[str]:
    """Suggest what to declare of an export, as keys of the mapping."""
    yield from _of_kind(draft)
    yield from (_of_table if draft.survey.is_table else _of_list)(draft.survey)
    found = draft.records[0]
    if found.amounts or found.quantities:
        yield _declared("numbers", draft.numbers)
    if found.days:
        yield _declared("dates", draft.dates)
    if draft.zone is not None:
        yield _declared("timezone", draft.zone)
    if found.group_by and draft.survey.rows:
        column = next(each for each in draft.survey.columns if each.name == found.group_by)
        if column.distinct < column.filled:
            said = f"{column.distinct} different values in {column.filled} rows"
            yield f"group_by: {flow(found.group_by)} ({said})"
    if found.each:
        yield f"lines: {{each: {flow(found.each)}}}"


def of_column(draft: Draft, column: ColumnProfile) -> Iterator[str]:
    """Suggest what a column is, and tell what stands against it."""
    for found in draft.records:
        role = found.used.get((column.under, column.name))
        if role is not None:
            yield f"{found.kind}: {role}"
    yield from _of_fit("numbers", column.numbers)
    yield from _of_fit("dates", column.dates)


def _of_kind(draft: Draft) -> Iterator[str]:
    found = draft.records[0]
    doubt = f" (not sure: {found.doubt})" if found.doubt else ""
    yield f"records: {found.kind}{doubt}"


def _of_table(survey: Survey) -> Iterator[str]:
    sample = survey.sample
    if sample.encoding == "cp1252":
        yield "encoding: cp1252 (it is not UTF-8; Excel on Windows writes cp1252)"
    elif sample.encoding != "utf-8":
        yield f"encoding: {sample.encoding} (told by its byte-order mark)"
    if sample.delimiter != ",":
        yield f"delimiter: {flow(sample.delimiter)}"
    if sample.titled:
        yield f"header_row_contains: {flow(header_marks(survey))} (titles stand above it)"
    if survey.totals is not None:
        column, word = survey.totals
        test: Shape = ({"column": column, "is": word},)
        yield f"skip_rows: {flow(test)} (a row of totals)"
    count, line = survey.ragged
    if count:
        yield f"short_rows: pad (if meant: {count} rows of another width, the first on line {line})"


def _of_list(survey: Survey) -> Iterator[str]:
    sample = survey.sample
    path, *others = sample.lists
    if path:
        more = f" (other lists: {', '.join(map(shown, others[:3]))})" if others else ""
        yield f"rows: {flow(path)}{more}"
    if sample.has_more is not None:
        rule: Shape = {"path": "has_more", "is": FALSE}
        now = "; this file is not the last page" if sample.has_more else ""
        yield f"whole_list: {flow(rule)} (refuses a page that is not the last{now})"


def _declared(key: str, suggestion: Suggestion) -> str:
    value: Shape = suggestion.value
    if len(suggestion.value) == 1:
        value = suggestion.value[0]
    written = flow(value) if suggestion.value else "?"
    return f"{key}: {written}" + (f" ({suggestion.note})" if suggestion.note else "")


def _of_fit(what: str, fit: Fit) -> Iterator[str]:
    if fit.ambiguous:
        ways = " or ".join(", ".join(names) for names in fit.styles)
        yield f"{what} AMBIGUOUS: {ways}"
    if fit.misfits:
        yield f"some cells hold {', '.join(map(shown, fit.misfits))}"
    if fit.nearly:
        odd = ", ".join(map(shown, fit.odd[:3]))
        yield f"{what} like {', '.join(fit.nearly[0])}, except {odd}"
