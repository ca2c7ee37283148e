"""What a push has come to so far, document by document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from acctsync.documents import DocumentRef
from acctsync.engine.planning import document_result
from acctsync.engine.results import DocumentResult, Status
from acctsync.errors import AcctsyncError, Problem
from acctsync.money import to_minor
from acctsync.plan.deciding import placed
from acctsync.plan.model import Change
from acctsync.state.rows import problem_text

_SPOILT = frozenset({Status.FAILED, Status.BLOCKED, Status.IN_DOUBT})
_STANDING = frozenset({Status.DONE, Status.UNCHANGED})


class Record:
    """The results of one run. `stopped` is why nothing more may be sent."""

    def __init__(self, results: Iterable[DocumentResult]) -> None:
        self.results: dict[DocumentRef, DocumentResult] = {each.ref: each for each in results}
        self.stopped: AcctsyncError | None = None

    def done(self, change: Change, remote_id: str) -> None:
        """Note that the books have a document."""
        self._put(change, Status.DONE, remote_id=remote_id)

    def failed(self, change: Change, problem: Problem, remote_id: str = "") -> None:
        """Note that the books refused a document."""
        self._put(change, Status.FAILED, problem=problem, remote_id=remote_id)

    def blocked(self, change: Change) -> None:
        """Note that a document is held back; the change says why."""
        self.results[change.ref] = document_result(change)

    def left(self, change: Change) -> None:
        """Note that nothing is to be done about a document after all."""
        self._put(change, Status.UNCHANGED)

    def in_doubt(self, change: Change, why: str) -> None:
        """Note that nobody can tell yet whether the books have a document."""
        problem = Problem(
            code="PUSH001",
            message=f"nobody can tell yet whether it arrived: {why}",
            hint="Run the same command again: it asks the books first and never sends it blindly.",
        )
        problem = placed(problem, change.document)
        self._put(change, Status.IN_DOUBT, problem=problem)

    def waiting(self, change: Change) -> None:
        """Note that the run ended before a document was sent."""
        self._put(change, Status.WAITING)

    def spoilt(self, ref: DocumentRef) -> bool:
        """Tell whether a document is not in the books as it should be."""
        result = self.results.get(ref)
        return result is not None and result.status in _SPOILT

    def unsent(self, ref: DocumentRef) -> bool:
        """Tell whether the run ended before a document was sent."""
        result = self.results.get(ref)
        return result is not None and result.status in {Status.WAITING, Status.PENDING}

    def stands(self, ref: DocumentRef) -> bool:
        """Tell whether this run has nothing more to write of a document."""
        result = self.results.get(ref)
        return result is None or result.status in _STANDING

    def any_failed(self) -> bool:
        """Tell whether the books refused anything."""
        return any(each.status is Status.FAILED for each in self.results.values())

    def leave_waiting(self) -> None:
        """Note what was planned and never sent."""
        for ref, result in self.results.items():
            if result.status is Status.PENDING:
                self.results[ref] = replace(result, status=Status.WAITING)

    def _put(
        self, change: Change, status: Status, *, problem: Problem | None = None, remote_id: str = ""
    ) -> None:
        result = document_result(change)
        self.results[change.ref] = replace(
            result, status=status, problem=problem, remote_id=remote_id or result.remote_id
        )


def result_row(result: DocumentResult) -> Mapping[str, Any]:
    """Write a result down for the state."""
    money = result.money
    return {
        "kind": result.ref.kind,
        "source": result.ref.source,
        "id": result.ref.id,
        "number": result.number,
        "action": result.action,
        "status": result.status,
        "remote_id": result.remote_id,
        "amount_minor": to_minor(money.amount, money.currency) if money else None,
        "currency": money.currency if money else "",
        "problem": problem_text(result.problem),
    }
