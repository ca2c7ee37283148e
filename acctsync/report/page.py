"""Export against books as one HTML file: no scripts, nothing loaded, every foreign text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from acctsync.engine.reconciling import ReconcileResult
from acctsync.plan.reconciling import Difference
from acctsync.report.clean import clean
from acctsync.report.reconciling import (
    TOTALS,
    by_finding,
    figure,
    period,
    summary,
    title_of,
    total_cells,
)
from acctsync.report.words import place, singular

# Even if something slipped through: nothing may run, load or be sent from this page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.soft { color: #666; }
""".strip()
_WORDS = ("Document", "Date", "Here", "There", "What", "What to do")
_FIGURES = frozenset({"Here", "There", *TOTALS[1:]})


def reconcile_html(result: ReconcileResult, *, company: str, made: str) -> str:
    """Write the whole page; `made` says when."""
    title = f"Export against books of {clean(company)}"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        '<head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style></head>",
        "<body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(period(result))}; made {escape(made)}</p>',
        f"<p>{escape(summary(result))}</p>",
        *_table(TOTALS, (_cells(TOTALS, total_cells(each)) for each in result.totals)),
    ]
    for finding, listed in by_finding(result):
        parts.append(f"<h2>{escape(clean(title_of(finding, listed)))}</h2>")
        parts += _table(_WORDS, (_row(result, each) for each in listed))
    return "\n".join([*parts, "</body>", "</html>", ""])


def _table(columns: Sequence[str], rows: Iterable[str]) -> Iterator[str]:
    yield "<table>"
    heads = "".join(f"<th{_class(each)}>{escape(each)}</th>" for each in columns)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    yield from (f"<tr>{row}</tr>" for row in rows)
    yield "</tbody></table>"


def _row(result: ReconcileResult, each: Difference) -> str:
    where = place(each.problem.location)
    below = f'<br><span class="soft">{escape(where)}</span>' if where else ""
    name = _linked(f"{singular(each.ref.kind)} {clean(each.number)}", result, each.remote_id)
    plain = (
        each.date.isoformat() if each.date else "",
        figure(each.here, each.currency),
        f"{figure(each.there, each.currency)} {each.currency}",
        each.problem.message,
        each.problem.hint,
    )
    return f"<td>{name}{below}</td>" + _cells(_WORDS[1:], plain)


def _linked(name: str, result: ReconcileResult, remote_id: str) -> str:
    """Link a document to the books; an address that is none of the web's is left out."""
    link = result.links.get(remote_id, "")
    if not link.startswith(("https://", "http://")):
        return escape(name)
    return f'<a href="{escape(clean(link))}" rel="noreferrer">{escape(name)}</a>'


def _cells(columns: Sequence[str], texts: Sequence[str]) -> str:
    return "".join(
        f"<td{_class(column)}>{escape(clean(text))}</td>"
        for column, text in zip(columns, texts, strict=True)
    )


def _class(column: str) -> str:
    return ' class="figure"' if column in _FIGURES else ""
