"""Results as JSON: one envelope, schema 1, the same shape whatever happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from acctsync.documents import Kind, ListEntry
from acctsync.engine.results import (
    DocumentResult,
    LogEntry,
    PlanResult,
    PushResult,
    RunSummary,
    Status,
    StatusResult,
    counts,
    counts_by_kind,
    money_by_kind,
)
from acctsync.errors import AcctsyncError, ExitCode, Problem
from acctsync.money import rounded
from acctsync.providers.port import Calls
from acctsync.report.signins import SignIn

SCHEMA = 1


def envelope(
    *,
    command: str,
    exit_code: ExitCode,
    data: Mapping[str, object],
    problems: Iterable[Problem],
    run: str | None = None,
    connection: str | None = None,
    company: tuple[str, str] | None = None,
    partly: bool = False,
) -> dict[str, object]:
    """Wrap a command's data."""
    return {
        "schema": SCHEMA,
        "command": command,
        "status": verdict(exit_code, partly=partly),
        "exit_code": int(exit_code),
        "run": run,
        "connection": connection,
        "company": {"id": company[0], "name": company[1]} if company else None,
        "data": dict(data),
        "problems": [problem_fields(problem) for problem in dict.fromkeys(problems)],
    }


def verdict(exit_code: ExitCode, *, partly: bool) -> str:
    """Tell an exit code in one word: ok, partial (something was done) or error."""
    if exit_code in {ExitCode.DONE, ExitCode.PENDING}:
        return "ok"
    return "partial" if partly or exit_code is ExitCode.PARTIAL else "error"


def problem_fields(problem: Problem) -> dict[str, object]:
    """Write a problem, every field always there."""
    place = problem.location
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
        "document": problem.document,
        "kind": problem.kind,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "provider_code": problem.provider_code,
        "provider_request": problem.provider_request,
    }


def as_problem(error: AcctsyncError) -> Problem:
    """Write what stopped a command as a problem."""
    return Problem(code=error.code, message=error.message, hint=error.hint)


def plan_data(result: PlanResult, *, verbose: bool) -> dict[str, object]:
    """Write a plan."""
    return _work(result.documents, verbose=verbose) | {
        "calls": call_fields(result.calls),
        "estimated_calls": result.estimated_calls,
        "mails": result.mails,
        "complete": result.complete,
        "digest": result.digest,
        "seconds": round(result.seconds, 3),
    }


def push_data(result: PushResult, *, verbose: bool) -> dict[str, object]:
    """Write what a push did."""
    return _work(result.documents, verbose=verbose) | _totals(result)


def push_summary(result: PushResult) -> dict[str, object]:
    """Write what a push did in numbers; nothing of it names a customer or a document."""
    return {"counts": counts(result.documents)} | _totals(result)


def status_data(result: StatusResult, connections: Iterable[SignIn]) -> dict[str, object]:
    """Write the health card."""
    runs = [run_fields(run) for run in result.runs]
    return {
        "counts": dict(result.counts),
        "connections": [each.fields() for each in connections],
        "last_run": runs[0] if runs else None,
        "runs": runs,
        "failed": [_failed(document) for document in result.failed],
    }


def log_data(entries: Iterable[LogEntry]) -> dict[str, object]:
    """Write a part of the audit trail."""
    return {"entries": [_entry(entry) for entry in entries]}


def document_fields(document: DocumentResult) -> dict[str, object]:
    """Write one document."""
    money = document.money
    return {
        "id": document.ref.id,
        "kind": str(document.ref.kind),
        "source": document.ref.source,
        "number": document.number,
        "action": str(document.action) if document.action else None,
        "remote_id": document.remote_id or None,
        "amount": amount(money.amount, money.currency) if money else None,
        "currency": money.currency if money else None,
        "status": str(document.status),
        "error": problem_fields(document.problem) if document.problem else None,
    }


def run_fields(run: RunSummary) -> dict[str, object]:
    """Write one run."""
    return {
        "id": run.id,
        "command": run.command,
        "started": run.started,
        "finished": run.finished,
        "exit_code": run.exit_code,
        "counts": dict(run.counts),
    }


def call_fields(calls: Calls) -> dict[str, int]:
    """Write how many calls were used, and how many are left today where the books tell."""
    left = {} if calls.left is None else {"left": calls.left}
    return {"read": calls.read, "write": calls.write, "throttled": calls.throttled, **left}


def list_fields(entry: ListEntry) -> dict[str, object]:
    """Write an entry of a list."""
    return {
        "id": entry.id,
        "name": entry.name,
        "full_name": entry.full_name,
        "active": entry.active,
        "usable": entry.usable,
        "type": entry.type or None,
        "email": entry.email or None,
        "currency": entry.currency or None,
    }


def money_fields(sums: Mapping[Kind, Mapping[str, Decimal]]) -> dict[str, dict[str, str]]:
    """Write sums by kind and currency, as text with cents."""
    return {
        str(kind): {currency: amount(total, currency) for currency, total in each.items()}
        for kind, each in sums.items()
    }


def amount(value: Decimal, currency: str) -> str:
    """Write an amount as text with the currency's places."""
    return format(rounded(value, currency), "f")


def document_problems(documents: Iterable[DocumentResult]) -> tuple[Problem, ...]:
    """Collect the documents' problems."""
    return tuple(each.problem for each in documents if each.problem is not None)


def _totals(result: PushResult) -> dict[str, object]:
    return {
        "calls": call_fields(result.calls),
        "mails": result.mails,
        "seconds": round(result.seconds, 3),
        "audit_head": result.audit_head,
    }


def _work(documents: tuple[DocumentResult, ...], *, verbose: bool) -> dict[str, object]:
    shown = (each for each in documents if verbose or each.status is not Status.UNCHANGED)
    return {
        "counts": counts(documents),
        "by_kind": {str(kind): each for kind, each in counts_by_kind(documents).items()},
        "money": money_fields(money_by_kind(documents)),
        "documents": [document_fields(each) for each in shown],
    }


def _failed(document: DocumentResult) -> dict[str, object]:
    return document_fields(document) | {
        "hint": document.problem.hint if document.problem else "",
        "attempts": document.attempts,
    }


def _entry(entry: LogEntry) -> dict[str, object]:
    ref = entry.ref
    return {
        "seq": entry.seq,
        "at": entry.at,
        "run": entry.run,
        "actor": entry.actor,
        "action": entry.action,
        "kind": str(ref.kind) if ref else None,
        "id": ref.id if ref else None,
        "detail": dict(entry.detail),
    }
