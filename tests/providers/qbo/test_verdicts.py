from __future__ import annotations

import pytest

from acctsync.errors import ComeBackLater, InputRefused, SignInNeeded
from acctsync.providers.exchange import Answer
from acctsync.providers.qbo.verdicts import signed_out, stops_the_run
from tests.providers.qbo.recordings import pasted_fault, recorded


def answered(status: int, code: str, detail: str = "") -> Answer:
    body = f'{{"Fault":{{"Error":[{{"code":"{code}","Detail":"{detail}"}}]}}}}'
    return Answer(status=status, body=body.encode(), request="1-tid")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "3100", SignInNeeded),
        (403, "120", SignInNeeded),
        (403, "", SignInNeeded),
        (400, "120", SignInNeeded),
        (401, "130", SignInNeeded),
        (400, "7001", ComeBackLater),
        (400, "6190", ComeBackLater),
        (400, "10200", SignInNeeded),
        (400, "140", ComeBackLater),
        (400, "150", ComeBackLater),
        (404, "", InputRefused),
    ],
)
def test_answers_about_the_connection_stop_the_run(
    status: int, code: str, error: type[Exception]
) -> None:
    stop = stops_the_run(answered(status, code))

    assert type(stop) is error
    assert f"status {status}" in stop.message
    assert "intuit_tid 1-tid" in stop.message
    assert stop.hint


@pytest.mark.parametrize(
    ("status", "code"),
    [(200, "6190"), (400, "6140"), (401, "3200"), (429, "3001"), (500, "6190"), (503, "")],
)
def test_answers_about_a_document_or_a_moment_do_not(status: int, code: str) -> None:
    assert stops_the_run(answered(status, code)) is None


def test_what_people_met_stops_the_run_with_a_way_out() -> None:
    wrong = stops_the_run(pasted_fault("gateway_403_wrong_environment"))
    cluster = stops_the_run(pasted_fault("wrong_cluster_401_xml"))

    assert isinstance(wrong, SignInNeeded)
    assert "--sandbox or --production" in wrong.hint
    assert isinstance(cluster, SignInNeeded)
    assert stops_the_run(recorded("error/401.yml")) is None


def test_no_verdict_repeats_a_faults_text() -> None:
    texts = [
        stops_the_run(answered(403, "3100", "Token: canary")),
        signed_out(answered(401, "3200", "Token: canary")),
    ]

    assert not any("canary" in str(text) for text in texts)
