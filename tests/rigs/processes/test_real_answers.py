"""R2: answers that are lost, cut, garbled or refused, at every stage of a push.

Each is planted so that it meets every kind of write; then the same command runs again until the books
don't ask to come back later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.rigs.processes.shop import Deed, Vendor
from tests.rigs.processes.trial import Trial
from tests.rigs.processes.vendors import FULL, in_parts, with_both_in_full

pytestmark = pytest.mark.crash
LATER, SIGN_IN = 5, 4

Begin = Callable[..., Trial]

# A success that names no document, in the words of whose books it is.
WITHOUT_IDS = object()
OVERLOADED = "<html><body>Service Unavailable</body></html>"
DEEDS: dict[str, Deed] = {
    "lost before it was carried out": {"drop_before": True},
    "lost after it was carried out": {"drop_after": True},
    "cut in the middle": {"truncate": True},
    "a Content-Length too short": {"wrong_length": True},
    "a page, and nothing was done": {"html": True},
    "a page, and all was done": {"html": True, "processed": True},
    "empty, and nothing was done": {"empty": True},
    "empty, and all was done": {"empty": True, "processed": True},
    "a success without ids": {"status": 200, "body": WITHOUT_IDS, "processed": True},
    "a success without ids, of nothing": {"status": 200, "body": WITHOUT_IDS},
    "the wrong way round": {"reorder": True},
    "items are missing": {"omit": True},
    "delivered twice": {"duplicate_delivery": True},
    "slow": {"delay": 0.3},
}
for status in (408, 500, 502, 503, 504):
    DEEDS[f"{status}, and nothing was done"] = {"status": status, "body": OVERLOADED}
    DEEDS[f"{status}, and all was done"] = {
        "status": status, "body": OVERLOADED, "processed": True,
    }  # fmt: skip
IN_A_SLICE = [
    "lost after it was carried out",
    "a success without ids",
    "503, and all was done",
]
# Xero keeps its own failures under the key of what it failed at.
AT_XERO = ["cut in the middle", "500, and all was done"]


def at_every_write(vendor: Vendor, do: Deed) -> list[dict[str, Any]]:
    """Strike the first request that writes each kind of thing in each way."""
    told = {**do, "body": vendor.without_ids} if do.get("body") is WITHOUT_IDS else do
    return [
        {"match": {"entity": kind, "operation": operation}, "do": told}
        for kind, operation in vendor.writes
    ]


@in_parts("name", DEEDS, quickbooks=IN_A_SLICE, xero=AT_XERO)
def test_an_answer_that_says_nothing_usable_leads_to_each_document_once(
    begin: Begin, name: str
) -> None:
    with begin(name) as trial:
        trial.company.plant(*at_every_write(trial.vendor, DEEDS[name]))
        trial.settle(patience=4)
        trial.compare(trial.vendor.first_books)
        trial.export(trial.vendor.second)
        trial.company.plant(*at_every_write(trial.vendor, DEEDS[name]))
        trial.settle(patience=4)
        trial.compare(trial.vendor.second_books)


@with_both_in_full
@pytest.mark.parametrize("name", list(DEEDS)[:8] if FULL else ["cut in the middle"])
def test_a_question_that_is_answered_with_nonsense_is_asked_again(begin: Begin, name: str) -> None:
    with begin(name) as trial:
        trial.company.plant(
            *({"match": {"operation": "query", "nth": n}, "do": DEEDS[name]} for n in (1, 3, 8, 12))
        )
        trial.company.plant({"match": trial.vendor.the_settings, "do": DEEDS[name]})
        trial.settle(patience=4)
        trial.compare(trial.vendor.first_books)


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


STORMS: dict[str, Deed] = {
    "without Retry-After": {},
    "of a second": {"retry_after": "1"},
    "of a date": {"retry_after": http_date(30)},
    "of a date that is past": {"retry_after": http_date(-30)},
    "of a negative time": {"retry_after": "-5"},
    "of nonsense": {"retry_after": "soon, we promise"},
    "of nought": {"retry_after": "0"},
}


@with_both_in_full
@pytest.mark.parametrize("name", STORMS if FULL else ["of a date"])
def test_a_storm_of_refusals_for_haste_passes(begin: Begin, name: str) -> None:
    with begin(name) as trial:
        storm = {"throttled": True, **STORMS[name]}
        trial.company.plant({"match": {**trial.vendor.a_write, "times": 14}, "do": storm})
        trial.company.plant({"match": {"operation": "query", "after": 2, "times": 3}, "do": storm})
        trial.settle(patience=6)
        trial.compare(trial.vendor.first_books)


PAUSES = [
    ("a write", "seconds"), ("a question", "a date"), ("a write", "a date"),
    ("a question", "seconds"),
]  # fmt: skip


@with_both_in_full
@pytest.mark.parametrize(("what", "way"), PAUSES if FULL else PAUSES[:2])
def test_a_pause_of_a_day_is_told_and_nothing_is_sent_meanwhile(
    begin: Begin, what: str, way: str
) -> None:
    pause = "86400" if way == "seconds" else http_date(86_300)
    with begin() as trial:
        before = trial.company.books()
        match = trial.vendor.a_write if what == "a write" else trial.vendor.a_question
        trial.company.plant({"match": match, "do": {"throttled": True, "retry_after": pause}})
        (told,) = trial.desk.json("push", exit_code=LATER)["problems"]
        told_so = f"{trial.vendor.name} takes no more calls for 24 hours, until "
        assert told["message"].startswith(told_so)
        assert trial.desk.unsettled() == []
        assert trial.company.books() == before
        trial.settle()
        trial.compare(trial.vendor.first_books)


REFUSALS = [
    ("a token that is too old", 1), ("a right that is missing", 3), ("a token that is too old", 3),
    ("a right that is missing", 1), ("a token of nobody's", 1), ("a token of nobody's", 3),
]  # fmt: skip


@with_both_in_full
@pytest.mark.parametrize(("why", "nth"), REFUSALS if FULL else REFUSALS[:2])
def test_a_refused_sign_in_that_lasts_is_told_and_a_later_run_goes_on(
    begin: Begin, why: str, nth: int
) -> None:
    with begin() as trial:
        # Of a token that is too old the books are asked twice: it may only need renewing.
        refusal, times = trial.vendor.refusals[why]
        match = {**trial.vendor.a_write, "after": nth - 1, "times": times}
        trial.company.plant({"match": match, "do": refusal})
        trial.desk.json("push", exit_code=SIGN_IN)
        assert trial.desk.unsettled() == []
        trial.settle()
        trial.compare(trial.vendor.first_books)
