from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from acctsync.providers.qbo.changes import LOOKS_BACK, MOST, changes, question
from acctsync.providers.qbo.responses import json_or_none
from tests.providers.qbo.recordings import recorded, sample

SINCE = dt.datetime(2025, 3, 31, 16, tzinfo=dt.UTC)
TIME = "2025-04-01T09:00:00.123-07:00"
AT = dt.datetime(2025, 4, 1, 16, 0, 0, 123000, tzinfo=dt.UTC)


def told(*groups: Any, time: object = TIME) -> dict[str, Any]:
    return {"CDCResponse": [{"QueryResponse": list(groups)}], "time": time}


def test_the_question_names_the_moment_with_intuits_own_offset() -> None:
    assert question(["Item", "Class"], SINCE) == (
        "/cdc?entities=Item,Class&changedSince=2025-03-31T08%3A00%3A00-08%3A00"
    )


def test_what_was_written_and_what_went_are_told_apart() -> None:
    gone = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": "7",
        "MetaData": {"LastUpdatedTime": "2025-04-01T08:59:00-07:00"},
    }
    found = changes(
        told({"Item": [{"Id": "5", "Name": "x"}, gone], "startPosition": 1, "maxResults": 2}, {}),
        ["Item", "Class"],
        SINCE,
    )
    assert found is not None
    assert found.rows == {"Item": [{"Id": "5", "Name": "x"}], "Class": []}
    assert found.gone == {
        "Item": {"7": dt.datetime(2025, 4, 1, 15, 59, tzinfo=dt.UTC)},
        "Class": {},
    }
    assert (found.at, found.whole) == (AT, True)


def test_intuits_sample_is_read() -> None:
    body = sample("changedatacapture", "sample", "Sample Object")
    since = dt.datetime(2015, 12, 23, tzinfo=dt.UTC)
    found = changes(body, ["Customer", "Estimate"], since)
    assert found is not None
    assert [row["Id"] for row in found.rows["Estimate"]] == ["34", "123"]
    assert list(found.gone["Estimate"]) == ["979"]


def test_the_recorded_answer_is_read_and_a_span_of_years_is_never_whole() -> None:
    since = dt.datetime(2011, 10, 10, 16, tzinfo=dt.UTC)
    body = json_or_none(recorded("cdc/basic.yml"))
    found = changes(body, ["Estimate"], since)
    assert found is not None
    assert [row["Id"] for row in found.rows["Estimate"]] == ["48", "46", "41", "100"]
    assert not found.whole


def test_a_full_answer_may_not_be_all() -> None:
    rows = [{"Id": str(number), "Name": "x"} for number in range(MOST)]
    full, nearly = (changes(told({"Item": part}), ["Item"], SINCE) for part in (rows, rows[1:]))
    assert full is not None
    assert nearly is not None
    assert (full.whole, nearly.whole) == (False, True)


def test_what_lies_further_back_than_intuit_looks_is_not_all() -> None:
    old, recent = (
        changes(told({}), ["Item"], AT - LOOKS_BACK - dt.timedelta(seconds=back)) for back in (1, 0)
    )
    assert old is not None
    assert recent is not None
    assert (old.whole, recent.whole) == (False, True)


FAULT = {"Fault": {"Error": [{"code": "10000"}], "type": "SystemFault"}}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        told({}, time=None),
        told({}, time="2025-04-01T09:00:00"),
        {"time": TIME},
        {"CDCResponse": {}, "time": TIME},
        {"CDCResponse": [{}], "time": TIME},
        {"CDCResponse": [None], "time": TIME},
        {"CDCResponse": [FAULT], "time": TIME},
        {"CDCResponse": [{"QueryResponse": [{}]}, FAULT], "time": TIME},
        told(FAULT),
        told("Item"),
        told({"Item": [{"Name": "without an id"}]}),
        told({"Item": ["x"]}),
        told({"Invoice": [{"Id": "1"}]}),
    ],
)
def test_an_answer_that_makes_no_sense_tells_nothing(answer: dict[str, Any]) -> None:
    assert changes(answer, ["Item"], SINCE) is None
