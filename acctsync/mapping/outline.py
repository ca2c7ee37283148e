"""Writes a first mapping from what exports hold: commented, and with every suggestion marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from acctsync.documents import Kind
from acctsync.mapping.outlined.accounting import write_accounting, write_checks, write_push
from acctsync.mapping.outlined.records import write_record, write_unused
from acctsync.mapping.outlined.sheet import Sheet
from acctsync.mapping.outlined.sources import write_source
from acctsync.mapping.recognition.drafts import Draft
from acctsync.mapping.recognition.finding import CONFIRM, Recognised, evaluated
from acctsync.mapping.survey import shown
from acctsync.money import known_currency

SCHEMA = "acctsync.schema.json"

MODELINE = f"# yaml-language-server: $schema=./{SCHEMA}"
_MOST_FILES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The text of a mapping, and what a person must confirm or fill in."""

    text: str
    confirm: tuple[str, ...]
    sources: tuple[str, ...]
    records: tuple[str, ...]


def outline(drafts: Sequence[Draft]) -> Outline:
    """Write a mapping for exports that were surveyed."""
    sheet = Sheet()
    files = [shown(file) for draft in drafts for file in draft.files]
    more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
    _write_top(sheet, f"Written by acctsync init from {', '.join(files[:_MOST_FILES])}{more}.")
    found = [record for draft in drafts for record in draft.records]
    _write_books(sheet, _currency(drafts), inclusive=any(each.inclusive for each in found))
    sheet.plain("")
    with sheet.section("sources"):
        for draft in drafts:
            write_source(sheet, draft)
    sheet.plain("")
    with sheet.section("records"):
        for draft in drafts:
            for record in draft.records:
                write_record(sheet, record, draft)
            write_unused(sheet, draft)
    write_accounting(sheet, _words(found), _parties(found))
    write_checks(sheet)
    write_push(sheet, {each.kind: each.doubt for each in found})
    return _finished(sheet, [draft.name for draft in drafts], [each.kind for each in found])


def outline_with_preset(
    preset: str,
    kinds: Sequence[Kind],
    files: Mapping[str, Sequence[str]],
    absent: Sequence[str],
    words: Mapping[str, Counter[str]],
    *,
    by_id: bool = False,
) -> Outline:
    """Write a mapping that includes a preset; `files` are its sources' own, by their names.

    `absent` are the preset's other sources, for which no export was given. `by_id` says that its
    customers have ids.
    """
    sheet = Sheet()
    _write_top(sheet, f"Written by acctsync init; presets/{preset} tells how exports are read.")
    sheet.entry("include", (f"presets/{preset}",))
    sheet.plain("")
    _write_books(sheet, ("", ""), inclusive=False)
    if files:
        sheet.plain("")
        with sheet.section("sources", "beside what the preset says of them"):
            for name, patterns in files.items():
                sheet.entry(name, {"files": one_or_several(patterns)})
            for name in absent:
                sheet.entry(name, {"missing": "ok"}, "no such export was given to init")
    ways = ("id", "email", "name") if by_id else ("email", "name")
    write_accounting(sheet, words, {"customers": ways})
    write_checks(sheet)
    write_push(sheet, dict.fromkeys(kinds, ""))
    return _finished(sheet, list(files), kinds)


def one_or_several(names: Sequence[str]) -> str | tuple[str, ...]:
    """Write one name as it is, several as a list."""
    return names[0] if len(names) == 1 else tuple(names)


def _finished(sheet: Sheet, sources: Sequence[str], kinds: Sequence[Kind]) -> Outline:
    return Outline(
        text=sheet.text,
        confirm=tuple(sheet.confirm),
        sources=tuple(sources),
        records=tuple(map(str, kinds)),
    )


def _write_top(sheet: Sheet, origin: str) -> None:
    sheet.plain(MODELINE)
    sheet.remark(origin)
    sheet.remark(f"Read it through, settle what says {CONFIRM}, and run: acctsync check")
    sheet.plain("acctsync: 1")
    sheet.plain("")


def _write_books(sheet: Sheet, currency: tuple[str, str], *, inclusive: bool) -> None:
    code, why = currency
    with sheet.section("books"):
        sheet.entry("system", "quickbooks", f"{CONFIRM}: quickbooks or xero")
        sheet.entry("company", "Your company", f"{CONFIRM}: the company's name in the books")
        sheet.entry("currency", code or "USD", f"{CONFIRM}: {why or 'of the books'}")
        sheet.entry("timezone", "UTC", f"{CONFIRM}: the company's, like America/New_York")
        sheet.remark("start_date: 2025-01-01   # nothing dated earlier is ever pushed")
        if inclusive:
            sheet.entry("tax", "inclusive", f"{CONFIRM}: totals hold the tax already")
        else:
            sheet.entry("tax", "exclusive", "prices don't hold the tax; or: inclusive, none")


def _currency(drafts: Sequence[Draft]) -> tuple[str, str]:
    """Suggest the books' currency: the one that most rows name, or whose mark stands at amounts."""
    counts: Counter[str] = Counter()
    for draft in drafts:
        for record in draft.records:
            shape = record.head.get("currency")
            words = (evaluated(shape, row) for row in draft.survey.rows if shape is not None)
            counts.update(code for word in words if (code := known_currency(word)))
    if counts:
        return counts.most_common(1)[0][0], "the currency of most rows; the books' own?"
    return next(_marks(drafts), ("", ""))


def _marks(drafts: Sequence[Draft]) -> Iterator[tuple[str, str]]:
    for draft in drafts:
        for record in draft.records:
            for column in record.amounts:
                if column.numbers.marked:
                    yield column.numbers.marked, f'by "{column.samples[0]}" in {shown(column.name)}'


def _words(found: Sequence[Recognised]) -> dict[str, Counter[str]]:
    words: dict[str, Counter[str]] = {}
    for record in found:
        for table, seen in record.words.items():
            words.setdefault(table, Counter()).update(seen)
    return words


def _parties(found: Sequence[Recognised]) -> dict[str, tuple[str, ...]]:
    """Tell by what customers and vendors can be recognised."""
    parties: dict[str, tuple[str, ...]] = {}
    for record in found:
        table = f"{record.party_word}s"
        if record.kind in {Kind.CUSTOMERS, Kind.VENDORS}:
            table = str(record.kind)
        known = {"name", *record.party, *parties.get(table, ())}
        if table == "customers":
            known.add("email")
        parties[table] = tuple(way for way in ("id", "email", "name") if way in known)
    return parties
