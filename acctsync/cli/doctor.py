"""`acctsync doctor`: whether everything that an unattended run needs works here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session

if TYPE_CHECKING:
    from acctsync.engine.findings import Finding


def doctor(context: typer.Context) -> Answer:
    """Check machine, sign-in, mapping, exports and books; nothing is written to the books."""
    from acctsync.cli.checkup import examine
    from acctsync.engine.findings import exit_code
    from acctsync.report.doctoring import checks_data

    session: Session = context.obj
    findings = examine(session)
    return Answer(
        data=lambda: checks_data(findings),
        text=lambda: _text(session, findings),
        trouble=lambda: _trouble(findings),
        exit_code=exit_code(findings),
        problems=tuple(problem for each in findings for problem in each.problems),
        noteworthy=any(not each.is_well for each in findings),
    )


def _text(session: Session, findings: Sequence[Finding]) -> object:
    from acctsync.report.doctoring import checks_text

    return checks_text(findings, verbose=session.options.verbose)


def _trouble(findings: Sequence[Finding]) -> object:
    from acctsync.report.doctoring import checks_trouble

    return checks_trouble(findings)
