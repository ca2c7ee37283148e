"""`acctsync push`: carry the plan out, after asking where somebody can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.choosing import Documents, LastMonth, Month, Only, Since, Until, Wanted, wanted
from acctsync.cli.consent import Consent
from acctsync.cli.context import Session
from acctsync.cli.plan import make, planned
from acctsync.errors import InputRefused, Interrupted

if TYPE_CHECKING:
    from acctsync.engine.push import Orders
    from acctsync.engine.results import PushResult
    from acctsync.mapping.model import Mapping

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Confirm = Annotated[
    str | None,
    typer.Option(
        "--confirm",
        metavar="NAME",
        help="The company's name, for the first push into a production company.",
    ),
]
MaxCreate = Annotated[
    int | None,
    typer.Option("--max-create", min=0, metavar="N", help="Stop if it would create more than N."),
]
MaxCalls = Annotated[
    int | None, typer.Option("--max-calls", min=0, metavar="N", help="Stop after N calls.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failure.")]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="Do what this plan says, or nothing."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")]


def push(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    month: Month = None,
    last_month: LastMonth = False,
    only: Only = None,
    document: Documents = None,
    plan: PlanFile = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    confirm: Confirm = None,
    max_create: MaxCreate = None,
    max_calls: MaxCalls = None,
    fail_fast: FailFast = False,
) -> Answer:
    """Carry the plan out."""
    session: Session = context.obj
    if not dry_run:
        session.announce()
    chosen = wanted(since, until, month, last_month, only, document)
    digest = None
    if plan is not None:
        digest, chosen = _from_file(plan, chosen)
    if dry_run:
        return planned(session, make(session, chosen, max_calls=max_calls))
    from acctsync.engine.push import Orders

    mapping = session.mapping()
    session.bind(mapping)
    consent = Consent(session, yes=yes or plan is not None, name=confirm)
    orders = Orders(
        command="push",
        confirm=consent,
        max_create=max_create,
        fail_fast=fail_fast,
        expect_digest=digest,
    )
    answer = carry_out(session, mapping, chosen, orders, max_calls=max_calls)
    return consent.respected(answer)


def carry_out(
    session: Session, mapping: Mapping, chosen: Wanted, orders: Orders, *, max_calls: int | None
) -> Answer:
    """Run a push under the connection's lock, and answer with what it did."""
    from acctsync.cli.quiet import stay_signed_in
    from acctsync.engine.push import push as run_push
    from acctsync.state.lock import run_lock

    assert session.bound is not None
    with (
        run_lock(session.connections.folder(session.bound.name)),
        session.job(mapping, chosen, max_calls=max_calls) as job,
    ):
        result = run_push(job, orders)
        if not result.calls.read + result.calls.write and result.stopped is None:
            stay_signed_in(session, job)
        return _answer(session, result)


def _from_file(file: Path, chosen: Wanted) -> tuple[str, Wanted]:
    from acctsync.cli.planfile import read

    if chosen != Wanted():
        raise InputRefused(
            "--plan says itself which documents are meant",
            hint="Leave out --since, --until, --month, --last-month, --only and --document.",
        )
    return read(file)


def _answer(session: Session, result: PushResult) -> Answer:
    from acctsync.engine.results import Status
    from acctsync.report.envelope import document_problems, push_data, push_summary

    stopped = result.stopped
    if isinstance(stopped, Interrupted):
        # The engine can't tell Ctrl-C from SIGTERM; whoever heard it can.
        stopped = session.signals.interrupted()
    return Answer(
        data=lambda: push_data(result, verbose=session.options.verbose),
        text=lambda: _text(session, result),
        trouble=lambda: _trouble(session, result),
        exit_code=stopped.exit_code if stopped else result.exit_code,
        problems=(*result.problems, *document_problems(result.documents)),
        run=result.run,
        stopped=stopped,
        partly=any(each.status is Status.DONE for each in result.documents),
        summary=lambda: push_summary(result),
    )


def _text(session: Session, result: PushResult) -> object:
    from acctsync.engine.results import Status

    company, verbose = session.company_name, session.options.verbose
    if not verbose and {each.status for each in result.documents} <= {Status.UNCHANGED}:
        from acctsync.report.plain import nothing_to_do

        return nothing_to_do(result.documents, result.problems, company)
    from acctsync.report.text import push_text

    return push_text(result, company=company, verbose=verbose)


def _trouble(session: Session, result: PushResult) -> object:
    from acctsync.report.text import push_trouble

    return push_trouble(result, company=session.company_name)
