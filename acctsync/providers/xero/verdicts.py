"""Answers of Xero that concern the whole connection: what they mean, what a person does; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from acctsync.errors import AcctsyncError, ComeBackLater, SignInNeeded
from acctsync.providers.calling import Pause, Room
from acctsync.providers.exchange import Answer
from acctsync.providers.retry import retry_after_seconds

NOTES = (
    "x-rate-limit-problem",
    "x-minlimit-remaining",
    "x-daylimit-remaining",
    "www-authenticate",
)
UNAUTHORISED, FORBIDDEN, TOO_MANY = 401, 403, 429
# Xero: limits: the limit on concurrent calls names no waiting time.
CONCURRENT_SECONDS = 1.0
MINUTE = "minute"
_LIMITS = {
    "minute": "calls a minute",
    "day": "calls a day",
    "concurrent": "calls at once",
    "appminute": "calls a minute of all that use the app",
}
_NOTHING_LOST = "Nothing was written by this call; the same command goes on where it stopped."
_CONSENT = "Run `acctsync connect xero` again"


class XeroVerdicts:
    """What Xero's answers mean for the run."""

    name = "Xero"

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def pause(self, answer: Answer) -> Pause | None:
        """Tell for how long Xero wants no calls (Xero: limits)."""
        if answer.status != TOO_MANY:
            return None
        problem = answer.noted.get("x-rate-limit-problem", "").lower().replace("-", "")
        limit = _LIMITS.get(problem, "calls")
        if problem == "concurrent":
            return Pause(CONCURRENT_SECONDS, limit)
        return Pause(retry_after_seconds(answer.retry_after, self._now()), limit)

    def room(self, answer: Answer) -> Room:
        """Read what stands on every answer: how many calls the minute and the day still have."""
        minute = _left(answer, "x-minlimit-remaining")
        # What was turned away says itself for how long.
        told = minute is not None and answer.status != TOO_MANY
        return Room(
            lanes={MINUTE: minute} if told and minute is not None else {},
            today=_left(answer, "x-daylimit-remaining"),
        )

    def stops_the_run(self, answer: Answer) -> AcctsyncError | None:
        """Tell whether an answer concerns the whole connection; nothing of the call was done."""
        if answer.status == UNAUTHORISED and _lacks_scope(answer):
            return SignInNeeded(
                f"the consent does not cover what is asked for{support(answer)}",
                hint=f"{_CONSENT}, and agree to everything that is listed.",
            )
        if answer.status == FORBIDDEN:
            return SignInNeeded(
                "Xero does not let this connection in: the organisation is not linked to it any "
                f"more, or the person who agreed lacks the right to it{support(answer)}",
                hint=f"{_CONSENT} as somebody who may do this in the organisation.",
            )
        return None

    def signed_out(self, answer: Answer) -> AcctsyncError:
        """Say that even a renewed token was refused."""
        return SignInNeeded(
            f"Xero refuses the sign-in although it was just renewed{support(answer)}",
            hint=f"{_CONSENT}. {_NOTHING_LOST}",
        )


def _left(answer: Answer, header: str) -> int | None:
    left = answer.noted.get(header, "")
    return int(left) if left.isascii() and left.isdigit() else None


def support(answer: Answer) -> str:
    """Name what Xero's support asks for; never the answer's text, which may quote a token."""
    told = [f"status {answer.status}"]
    if answer.request:
        told.append(f"Xero-Correlation-Id {answer.request}")
    return f" ({', '.join(told)})"


def unusable(what: str) -> ComeBackLater:
    """Say that an answer to a question can't be read."""
    return ComeBackLater(
        f"Xero's answer about {what} can't be read",
        hint="Nothing is lost: run the same command again later.",
    )


def _lacks_scope(answer: Answer) -> bool:
    return "insufficient" in answer.noted.get("www-authenticate", "").lower()
