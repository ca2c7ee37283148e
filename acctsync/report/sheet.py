"""CSV for spreadsheets and other programs; no text in it is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from acctsync.report.clean import clean

# What makes a spreadsheet take a cell for a formula (OWASP: CSV injection), full-width forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LONGEST = 4000


class Figure(str):
    """A number written out: it goes into a cell as it is."""

    __slots__ = ()


def sheet(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table with its header; text is cleaned and made safe, figures stay as they are."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return out.getvalue()


def _cell(text: str) -> str:
    if isinstance(text, Figure):
        return text
    shown = clean(text, _LONGEST)
    return f"'{shown}" if shown.startswith(_FORMULA) or text.startswith(_FORMULA) else shown
