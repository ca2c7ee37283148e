"""What an export was seen to hold, and what `init` wrote of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from acctsync.engine.beginning import Beginning
from acctsync.mapping.advice import of_column, of_source
from acctsync.mapping.profiling.styles import Fit
from acctsync.mapping.recognition.drafts import Draft
from acctsync.mapping.survey import ColumnProfile

if TYPE_CHECKING:
    from rich.console import RenderableType

_SAMPLES = 3
_USUAL_NAME = "acctsync.yaml"


def columns_data(draft: Draft) -> dict[str, object]:
    """Write what an export holds."""
    survey, sample = draft.survey, draft.survey.sample
    return {
        "file": survey.file,
        "format": str(sample.format),
        "encoding": sample.encoding,
        "delimiter": sample.delimiter or None,
        "rows": (sample.lists[0] or None) if sample.lists else None,
        "header_line": sample.header.line if sample.header else None,
        "rows_seen": len(sample.rows),
        "whole_file_seen": sample.whole,
        "columns": [_column(each, draft) for each in (*survey.columns, *survey.inner)],
        "suggestions": list(of_source(draft)),
    }


def columns_text(draft: Draft, *, verbose: bool) -> RenderableType:
    """Show what an export holds."""
    from rich.console import Group
    from rich.text import Text

    from acctsync.report.look import foreign, heading, stack

    survey = draft.survey
    inner: dict[str, list[ColumnProfile]] = {}
    for each in survey.inner:
        inner.setdefault(each.under, []).append(each)
    return stack(
        [
            heading(foreign(survey.file), f": {_summary(draft)}"),
            _table(survey.columns, draft, verbose=verbose),
            *(
                Group(foreign(f"In each entry of {path}:"), _table(each, draft, verbose=verbose))
                for path, each in inner.items()
                if verbose or path == draft.records[0].each
            ),
            Group(heading("To declare"), *(foreign(f"  {text}") for text in of_source(draft))),
            Text("These are suggestions. Next: acctsync init --from EXPORT"),
        ]
    )


def init_data(begun: Beginning, *, mapping: Path, schema: Path) -> dict[str, object]:
    """Write what was begun."""
    written = begun.outline
    return {
        "mapping": str(mapping),
        "schema": str(schema),
        "sources": list(written.sources),
        "records": list(written.records),
        "confirm": list(written.confirm),
        "data_dir": str(begun.elsewhere) if begun.elsewhere else None,
    }


def init_text(begun: Beginning, *, mapping: Path, hint: str) -> RenderableType:
    """Show what was begun, and what a person must look at."""
    from rich.console import Group
    from rich.text import Text

    from acctsync.report.look import foreign, heading, stack

    written = begun.outline
    kinds = ", ".join(kind.replace("_", " ") for kind in written.records)
    return stack(
        [
            heading("Wrote ", foreign(mapping), f": {kinds}" if kinds else ""),
            Group(
                Text("Every value in it is a suggestion. These need you most:"),
                *(foreign(f"  {text}") for text in written.confirm),
            ),
            foreign(hint) if hint else None,
            foreign(f"Next: {_check(begun, mapping)}"),
            Text("Once connected, acctsync init on a terminal asks where each word goes."),
        ]
    )


def _check(begun: Beginning, mapping: Path) -> str:
    """Write the command that checks what was begun."""
    parts = ["acctsync", "check"]
    if mapping.name != _USUAL_NAME:
        parts += ["--mapping", str(mapping)]
    if begun.elsewhere:
        parts += ["--data-dir", str(begun.elsewhere)]
    return shlex.join(parts)


def _summary(draft: Draft) -> str:
    sample = draft.survey.sample
    count = f"{len(sample.rows):,} rows" if len(sample.rows) != 1 else "1 row"
    seen = f"all {count}" if sample.whole else f"the first {count}"
    parts = [str(sample.format).upper(), sample.encoding]
    if sample.delimiter:
        parts.append({"\t": "tabs between"}.get(sample.delimiter, f'"{sample.delimiter}" between'))
    return f"{', '.join(parts)}, {seen}"


def _column(column: ColumnProfile, draft: Draft) -> dict[str, object]:
    return {
        "name": column.name,
        "under": column.under or None,
        "samples": list(column.samples),
        "filled": column.filled,
        "distinct": column.distinct,
        "constant": column.constant,
        "numbers": _ways(column.numbers),
        "dates": _ways(column.dates),
        "ambiguous": column.numbers.ambiguous or column.dates.ambiguous,
        "suggestions": list(of_column(draft, column)),
    }


def _ways(fit: Fit) -> list[str]:
    """List the ways that read every value; a mixture of formats is one of them."""
    return [", ".join(names) for names in fit.styles]


def _table(columns: Sequence[ColumnProfile], draft: Draft, *, verbose: bool) -> RenderableType:
    from acctsync.report.look import SOFT, foreign, table

    drawn = table(
        "Column", "Filled", "Values", "Samples", "Written like", right=["Filled", "Values"]
    )
    for each in columns:
        if not each.filled and not verbose:
            continue
        name = foreign(each.name)
        for said in of_column(draft, each):
            name.append("\n").append_text(foreign(said, SOFT))
        drawn.add_row(
            name,
            f"{each.filled:,}",
            f"{each.distinct:,}",
            foreign(", ".join(each.samples[:_SAMPLES])),
            foreign("; ".join(_ways(each.dates) or _ways(each.numbers))),
        )
    empty = sum(not each.filled for each in columns)
    if empty and not verbose:
        drawn.add_row(foreign(f"… and {empty:,} without any value; --verbose shows them", SOFT))
    return drawn
