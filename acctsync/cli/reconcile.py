"""`acctsync reconcile`: export against books, document by document; changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli import outfile
from acctsync.cli.answer import Answer
from acctsync.cli.choosing import LastMonth, Month, Since, Until, wanted
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from acctsync.engine.reconciling import ReconcileResult


def reconcile(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    month: Month = None,
    last_month: LastMonth = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="A new HTML file to write.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="A new CSV file to write.")
    ] = None,
) -> Answer:
    """Compare export and books."""
    from acctsync.engine.reconciling import reconcile as compare
    from acctsync.report.reconciling import reconcile_data

    session: Session = context.obj
    _check(html, csv)
    mapping = session.mapping()
    session.bind(mapping)
    chosen = wanted(since, until, month, last_month)
    with session.job(mapping, chosen, max_calls=None) as job:
        result = compare(job)
    files = _write(session, result, html, csv)
    return Answer(
        data=lambda: reconcile_data(result) | ({"files": files} if files else {}),
        text=lambda: _text(session, result, files),
        exit_code=result.exit_code,
        problems=(*result.problems, *(each.problem for each in result.differences)),
    )


def _check(html: Path | None, csv: Path | None) -> None:
    if html is not None:
        outfile.check(html, "--html", (".html", ".htm"))
    if csv is not None:
        outfile.check(csv, "--csv", (".csv",))
    if html is not None and html == csv:
        raise InputRefused("--html and --csv name the same file")


def _write(
    session: Session, result: ReconcileResult, html: Path | None, csv: Path | None
) -> list[str]:
    if html is not None:
        from acctsync.report.page import reconcile_html

        made = f"{session.clock.now():%Y-%m-%d %H:%M} UTC"
        outfile.write(html, reconcile_html(result, company=session.company_name, made=made))
    if csv is not None:
        from acctsync.report.reconciling import reconcile_csv

        outfile.write(csv, reconcile_csv(result))
    return [str(each) for each in (html, csv) if each is not None]


def _text(session: Session, result: ReconcileResult, files: list[str]) -> object:
    from rich.console import Group

    from acctsync.report.look import foreign
    from acctsync.report.reconciling import reconcile_text

    verbose = session.options.verbose
    shown = reconcile_text(result, company=session.company_name, verbose=verbose)
    return Group(shown, *(foreign(f"Written to {each}.") for each in files))
