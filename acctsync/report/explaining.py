"""One document explained: each value, its cells in the export, the rule and its line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.documents import DocumentRef, Reference, Tax
from acctsync.engine.explaining import ExplainResult
from acctsync.errors import Location
from acctsync.mapping.choices import tax_key
from acctsync.mapping.explained.values import (
    COPIED,
    Cell,
    Entry,
    Explained,
    ExplainedLine,
    Explanation,
    LeftOut,
    Reason,
)
from acctsync.report.clean import clean
from acctsync.report.envelope import problem_fields
from acctsync.report.words import singular

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_PRESETS = "presets/"
_FIELD_WIDTH, _VALUE_WIDTH = 16, 24


def explain_data(result: ExplainResult) -> dict[str, object]:
    """Write what was explained."""
    return {"documents": [_document(each) for each in result.documents]}


def explain_text(result: ExplainResult) -> RenderableType:
    """Draw what was explained."""
    from acctsync.report.look import stack

    return stack([part for each in result.documents for part in _drawn(each)])


def _document(each: Explanation) -> dict[str, object]:
    return {
        "kind": str(each.kind),
        "id": each.id,
        "number": each.number,
        "source": each.source,
        "mapping": _mapping(each.record),
        "status": str(each.fate),
        "rows": [_row(row) for row in each.rows],
        "more_rows": each.more_rows,
        "fields": [_field(told) for told in each.fields],
        "lines": [_line(line) for line in each.lines],
        "totals": [_field(told) for told in each.totals],
        "skipped": _reason(each.skipped) if each.skipped else None,
        "left_out": [_row(left.row) | _reason(left.reason) for left in each.left_out],
        "problems": [problem_fields(problem) for problem in each.problems],
    }


def _field(told: Explained) -> dict[str, object]:
    return {
        "field": told.field,
        "value": _plain(told.value),
        "from": [_cell(cell) for cell in told.cells],
        "rule": told.rule,
        "mapping": _mapping(told.place),
        "lookup": _lookup(told.entry) if told.entry else None,
        "problem": told.problem or None,
    }


def _line(line: ExplainedLine) -> dict[str, object]:
    return {
        "number": line.number,
        "origin": line.origin,
        **_row(line.row),
        "fields": [_field(told) for told in line.fields],
        "left_out": _reason(line.left_out) if line.left_out else None,
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {"column": cell.column, "text": cell.text, **_row(cell.place)}


def _lookup(entry: Entry) -> dict[str, object]:
    return {
        "table": entry.table,
        "word": entry.word,
        "key": entry.key or None,
        "how": entry.how,
        "mapping": _mapping(entry.place),
        "then": _lookup(entry.then) if entry.then else None,
    }


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "reason": reason.words,
        "from": [_cell(cell) for cell in reason.cells],
        "mapping": _mapping(reason.place),
    }


def _row(place: Location) -> dict[str, object]:
    return {"file": place.file, "line": place.line}


def _mapping(place: Location | None) -> dict[str, object] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.character}


def _plain(value: object) -> object:
    """Turn a value into what JSON can hold; amounts stay exact text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Reference | DocumentRef | Tax):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.repr}
    return value.isoformat() if isinstance(value, dt.date) else value


def _drawn(each: Explanation) -> Iterable[RenderableType | None]:
    from acctsync.report.look import foreign, heading
    from acctsync.report.problems import listing

    fate = "" if each.fate == "built" else f" ({each.fate})"
    yield heading(f"{singular(each.kind)} ", foreign(each.number or each.id), fate)
    yield _origin(each)
    yield _because("Skipped", each.skipped) if each.skipped else None
    yield _table(each.fields, each)
    for line in each.lines:
        yield _line_heading(line)
        yield _because("Left out", line.left_out) if line.left_out else _table(line.fields, each)
    if each.totals:
        yield heading("Total")
        yield _table(each.totals, each)
    for left in each.left_out:
        yield _row_left_out(left)
    yield listing(each.problems, whole=True)


def _origin(each: Explanation) -> RenderableType:
    from rich.table import Table

    from acctsync.report.look import SOFT, foreign

    drawn = Table.grid(padding=(0, 2))
    files = [place.file for place in each.rows]
    starts = [file != before for file, before in zip(files, ["", *files], strict=False)]
    rows = ", ".join(
        _short(row, "" if start else row.file) for row, start in zip(each.rows, starts, strict=True)
    )
    rows += f", and {each.more_rows:,} more" if each.more_rows else ""
    for name, text in (("rows", rows), ("source", each.source), ("rules", _where(each.record))):
        if text:
            drawn.add_row(foreign(name, SOFT), foreign(text))
    return drawn


def _table(told: Iterable[Explained], whole: Explanation) -> RenderableType | None:
    from rich.text import Text

    from acctsync.report.look import table

    home = whole.rows[0].file if whole.rows else ""
    drawn = table("Field", "Value", "Where it comes from")
    # The same for every table, so that a document reads as one.
    drawn.columns[0].width, drawn.columns[1].width = _FIELD_WIDTH, _VALUE_WIDTH
    for each in told:
        drawn.add_row(each.field, _value(each), Text("\n").join(_steps(each, home)))
    return drawn if drawn.row_count else None


def _value(told: Explained) -> Text:
    from acctsync.report.look import BAD, SOFT, foreign

    if told.problem:
        return foreign("can't be read", BAD)
    shown = _shown(told.value)
    return foreign(shown) if shown else foreign("–", SOFT)


def _shown(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case DocumentRef():
            return value.id
        case bool():
            return "yes" if value else "no"
        case tuple():
            taxes = [each for each in value if isinstance(each, Tax)]
            return tax_key(taxes) if taxes else ", ".join(map(str, value))
        case None:
            return ""
        case _:
            return str(value)


def _steps(told: Explained, home: str) -> Iterator[Text]:
    """Lead back from a value to its cells, the rule, and the entries that words were looked up in.

    Where an entry alone made the value, it is the rule.
    """
    from acctsync.report.look import BAD, foreign

    for cell in told.cells:
        yield _cell_text(cell, home)
    rule = "" if told.rule == COPIED else told.rule
    if told.entry is None or told.cells or told.entry.place != told.place:
        yield _step(rule, told.place)
    if told.problem and told.problem not in rule:
        yield foreign(told.problem, BAD)
    entry = told.entry
    while entry is not None:
        yield _step(_looked_up(entry), entry.place)
        entry = entry.then


def _cell_text(cell: Cell, home: str = "") -> Text:
    from rich.text import Text

    from acctsync.report.look import SOFT

    text = f'"{clean(cell.text, 120)}"' if cell.text else f"({cell.absence.removeprefix('is ')})"
    return Text.assemble(
        (f"← {clean(cell.column, 60)} ", SOFT), text, (f" {_short(cell.place, home)}", SOFT)
    )


def _step(words: str, place: Location | None) -> Text:
    from rich.text import Text

    from acctsync.report.look import SOFT

    said = f"{clean(words)}  " if words else ""
    return Text.assemble(("← ", SOFT), said, (_where(place), SOFT))


def _looked_up(entry: Entry) -> str:
    if not entry.key:
        return f'"{entry.word}" is not in {entry.table}: {entry.how}'
    return f'{entry.table} "{entry.key}" ({entry.how.replace("_", " ")})'


def _line_heading(line: ExplainedLine) -> RenderableType:
    from acctsync.report.look import foreign, heading

    name = "Row" if line.number is None else f"Line {line.number}"
    return heading(f"{name}, from the {line.origin} at ", foreign(_short(line.row)))


def _because(what: str, reason: Reason) -> RenderableType:
    from rich.text import Text

    from acctsync.report.look import WARN, foreign

    said = Text.assemble((f"{what}: ", WARN), foreign(reason.words))
    steps = [_cell_text(cell) for cell in reason.cells]
    steps += [_step("", reason.place)] if reason.place else []
    return Text("\n  ").join([said, *steps])


def _row_left_out(left: LeftOut) -> RenderableType:
    return _because(f"Row {_short(left.row)} is left out", left.reason)


def _short(place: Location, home: str = "") -> str:
    """Write a place in the export; in the document's own file the line is enough."""
    if place.file == home:
        return f":{place.line}"
    name = place.file.replace("\\", "/").rsplit("/", 1)[-1]
    return clean(f"{name}:{place.line}")


def _where(place: Location | None) -> str:
    """Write a place in the mapping; presets keep their folder, so that they are told apart."""
    if place is None:
        return ""
    name = place.file
    if not name.startswith(_PRESETS):
        name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return clean(f"{name}:{place.line}:{place.character}")
