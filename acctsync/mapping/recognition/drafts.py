"""What `init` would write of each export: a source, and the records that its rows make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from acctsync.documents import Kind
from acctsync.exports.files import glob_fault
from acctsync.mapping.recognition.finding import Recognised
from acctsync.mapping.recognition.kinds import Decision, kind_of
from acctsync.mapping.recognition.notation import (
    Suggestion,
    clock_zone,
    date_styles,
    dates_as_others,
    number_style,
    numbers_as_others,
)
from acctsync.mapping.recognition.receipts import (
    recognised_people,
    recognised_receipt,
    refunds_beside,
)
from acctsync.mapping.recognition.sales import recognised_sale
from acctsync.mapping.survey import Survey

_RECEIPTS = frozenset((Kind.PAYMENTS, Kind.REFUNDS))
_PEOPLE = frozenset((Kind.CUSTOMERS, Kind.VENDORS))
_PERIOD = re.compile(r"(?:19|20)[0-9]{2}(?:[-_. ]?[0-9]{2}){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that a mapping is drafted from: what it holds, and the pattern that names it."""

    survey: Survey
    pattern: str


@dataclass(slots=True, kw_only=True)
class Draft:
    """One source with what its rows make; `files` are all that look alike."""

    name: str
    survey: Survey
    files: list[str]
    numbers: Suggestion
    dates: Suggestion
    zone: Suggestion | None
    records: list[Recognised] = field(default_factory=list)
    left_out: list[Recognised] = field(default_factory=list)


def drafts_of(exports: Sequence[Export]) -> list[Draft]:
    """Draft sources and records; a kind that is there twice goes to the surer export."""
    decided = [(export, kind_of(export.survey)) for export in exports]
    recognised = [(export, _recognised(export, decision)) for export, decision in decided]
    invoices = _invoice_names(recognised)
    drafts: list[Draft] = []
    for (export, decision), (_, found) in zip(decided, recognised, strict=True):
        twin = next((each for each in drafts if _alike(each.survey, export.survey)), None)
        if twin is not None:
            twin.files.append(export.pattern)
            continue
        sure = found
        if decision.kind is Kind.PAYMENTS and invoices:
            sure = recognised_receipt(export.survey, decision, invoices)
        drafts.append(_draft(export, sure, {each.name for each in drafts}))
    _settle(drafts)
    _share_out(drafts)
    return drafts


def pattern_of(name: str) -> str:
    """Write a file's relative name as a pattern that finds it: odd characters become `?`."""
    plain = "".join(each if each.isprintable() else "?" for each in name)
    pattern = re.sub(r"[\[\]{}$\\]|\A~|(?<=\A.):", "?", plain).replace("**", "??")
    return pattern if glob_fault(pattern) is None else "?" * len(pattern)


def every_period(pattern: str) -> str:
    """Write a pattern that finds the exports of other periods too; the same where none is named."""
    folder, slash, file = pattern.rpartition("/")
    return folder + slash + _PERIOD.sub("*", file, count=1)


def _recognised(export: Export, decision: Decision) -> Recognised:
    if decision.kind in _RECEIPTS:
        return recognised_receipt(export.survey, decision)
    if decision.kind in _PEOPLE:
        return recognised_people(export.survey, decision)
    return recognised_sale(export.survey, decision)


def _invoice_names(recognised: Iterable[tuple[Export, Recognised]]) -> frozenset[str]:
    """Collect the ids and numbers of the invoices that payments may name."""
    return frozenset(
        value
        for export, found in recognised
        if found.kind is Kind.INVOICES
        for column in export.survey.columns
        if column.name in (found.head.get("id"), found.head.get("number"))
        for value in column.values
    )


def _alike(one: Survey, other: Survey) -> bool:
    """Tell whether two exports can be read as one source."""
    return (
        [each.name for each in one.columns] == [each.name for each in other.columns]
        and one.sample.format is other.sample.format
        and (one.sample.encoding, one.sample.delimiter, one.sample.lists[:1])
        == (other.sample.encoding, other.sample.delimiter, other.sample.lists[:1])
    )


def _draft(export: Export, found: Recognised, taken: set[str]) -> Draft:
    name = f"{str(found.kind).removesuffix('s')}_rows"
    number = 1
    while name in taken:
        number += 1
        name = f"{str(found.kind).removesuffix('s')}_rows_{number}"
    return Draft(
        name=name,
        survey=export.survey,
        files=[export.pattern],
        numbers=number_style(export.survey, found),
        dates=date_styles(export.survey, found),
        zone=clock_zone(found.days.values()),
        records=[found],
    )


def _settle(drafts: Sequence[Draft]) -> None:
    """Let exports of one system tell each other how they are written."""
    numbers = [draft.numbers for draft in drafts]
    dates = [draft.dates for draft in drafts]
    for draft in drafts:
        draft.numbers = numbers_as_others(draft.numbers, draft.records[0], numbers)
        draft.dates = dates_as_others(draft.dates, dates)


def _share_out(drafts: Sequence[Draft]) -> None:
    """Leave each kind of record to one export: a mapping holds one record of a kind."""
    kept: dict[Kind, Draft] = {}
    for draft in sorted(drafts, key=lambda each: bool(each.records[0].doubt)):
        kind = draft.records[0].kind
        if kind in kept:
            draft.left_out, draft.records = draft.records, []
        kept.setdefault(kind, draft)
    for draft in drafts:
        if Kind.REFUNDS not in kept and draft.records and draft.records[0].kind is Kind.PAYMENTS:
            draft.records += refunds_beside(draft.records[0], draft.survey)
