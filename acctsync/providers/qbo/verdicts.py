"""Answers that stop a run: what they mean and what a person has to do; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from acctsync.errors import AcctsyncError, ComeBackLater, InputRefused, SignInNeeded
from acctsync.providers.calling import Pause, Room
from acctsync.providers.exchange import Answer
from acctsync.providers.qbo.faults import (
    Class,
    Fault,
    decisive,
    faults_in,
    faults_in_xml,
    meaning,
)
from acctsync.providers.qbo.responses import json_or_none
from acctsync.providers.retry import retry_after_seconds

UNAUTHORISED, FORBIDDEN, NOT_FOUND, TOO_MANY = 401, 403, 404, 429
_BAD_REQUEST = 400
_WRONG_CLUSTER = "130"
_NOTHING_LOST = "Nothing was written by this call; the same command goes on where it stopped."


class QuickBooksVerdicts:
    """What QuickBooks' answers mean for the run."""

    name = "QuickBooks"

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def pause(self, answer: Answer) -> Pause | None:
        """Tell for how long Intuit wants no calls (Intuit: limits and throttles)."""
        if answer.status != TOO_MANY:
            return None
        return Pause(retry_after_seconds(answer.retry_after, self._now()))

    def room(self, answer: Answer) -> Room:  # noqa: ARG002 - Intuit's answers don't tell
        """Tell nothing: how many calls are left stands on no answer."""
        return Room()

    def stops_the_run(self, answer: Answer) -> AcctsyncError | None:
        """Tell whether an answer concerns the whole connection; nothing of the call was done."""
        return stops_the_run(answer)

    def signed_out(self, answer: Answer) -> AcctsyncError:
        """Say that even a renewed token was refused."""
        return signed_out(answer)


def stops_the_run(answer: Answer) -> AcctsyncError | None:
    """Tell whether an answer concerns the whole connection; nothing of the call was done."""
    if answer.status not in {_BAD_REQUEST, UNAUTHORISED, FORBIDDEN, NOT_FOUND}:
        return None
    faults = faults_of(answer)
    fault = faults[0] if faults else Fault("")
    found = meaning(fault)
    if found.kind in {Class.LATER, Class.COMPANY}:
        return ComeBackLater(_with_support(found.words, fault, answer), hint=found.todo)
    if found.kind is Class.SIGN_IN and (
        answer.status != UNAUTHORISED or fault.code == _WRONG_CLUSTER
    ):
        return SignInNeeded(_with_support(found.words, fault, answer), hint=found.todo)
    return _by_status(answer, fault)


def stops_within(answer: Answer) -> AcctsyncError | None:
    """Tell whether each item of a batch was refused for something that concerns the whole company.

    Such a batch answers 200 like any other, and the next one would fare no better.
    """
    value = json_or_none(answer)
    items = value.get("BatchItemResponse") if isinstance(value, dict) else None
    faults = [faults_in(item) for item in items] if isinstance(items, list) else []
    if not faults or not all(faults):
        return None
    found = {meaning(decisive(each)).kind for each in faults}
    if not found <= {Class.LATER, Class.COMPANY, Class.SIGN_IN}:
        return None
    fault = decisive(faults[0])
    words = _with_support(meaning(fault).words, fault, answer)
    stop = SignInNeeded if Class.SIGN_IN in found else ComeBackLater
    return stop(words, hint=meaning(fault).todo)


def _by_status(answer: Answer, fault: Fault) -> AcctsyncError | None:
    if answer.status == FORBIDDEN:
        words = "QuickBooks does not let this connection in"
        hint = "A company admin must sign in again: `acctsync connect qbo`."
        return SignInNeeded(_with_support(words, fault, answer), hint=hint)
    if answer.status == NOT_FOUND:
        words = "QuickBooks knows no such address"
        return InputRefused(_with_support(words, fault, answer), hint=_NOTHING_LOST)
    return None


def signed_out(answer: Answer) -> SignInNeeded:
    """Say that even a renewed token was refused."""
    return SignInNeeded(
        f"QuickBooks refuses the sign-in although it was just renewed{_support(Fault(''), answer)}",
        hint="A company admin must sign in again: `acctsync connect qbo`. " + _NOTHING_LOST,
    )


def passes(answer: Answer) -> bool:
    """Tell whether what a question was refused for may pass: an inner failure, or a full server."""
    faults = faults_of(answer)
    passing = {Class.UNCLEAR, Class.TRANSIENT}
    return bool(faults) and meaning(decisive(faults)).kind in passing


def for_support(answer: Answer) -> str:
    """Name what Intuit's support asks for about a refused call."""
    faults = faults_of(answer)
    return _support(faults[0] if faults else Fault(""), answer)


def faults_of(answer: Answer) -> tuple[Fault, ...]:
    """Find the faults of an answer in any of the shapes they come in."""
    return faults_in(json_or_none(answer)) or faults_in_xml(answer.body)


def _with_support(words: str, fault: Fault, answer: Answer) -> str:
    return words + _support(fault, answer)


def _support(fault: Fault, answer: Answer) -> str:
    """Name what Intuit's support asks for; never the fault's text, which may quote a token."""
    told = [f"status {answer.status}"]
    if fault.code:
        told.append(f"code {fault.code}")
    if answer.request:
        told.append(f"intuit_tid {answer.request}")
    return f" ({', '.join(told)})"
