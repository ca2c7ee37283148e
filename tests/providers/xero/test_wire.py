"""Calls to Xero: paced by its limits and what its answers say, sent once, stopped in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from acctsync.clock import Clock, SystemClock
from acctsync.credentials import FileStore
from acctsync.documents import Kind
from acctsync.errors import ComeBackLater, ExitCode, SignInNeeded
from acctsync.providers.exchange import Answer
from acctsync.providers.oauth import to_plain
from acctsync.providers.port import Throttled
from acctsync.providers.xero.provider import Xero, open_books
from acctsync.providers.xero.verdicts import XeroVerdicts
from acctsync.simulator import Simulator
from tests.fakes import FakeClock
from tests.providers.xero.desk import CONNECTION, ORGANISATION, sign_in

BODY = b'{"Contacts":[{"Name":"Ada"}]}'
Open = Callable[..., Xero]


@dataclass
class Minutes:
    """One organisation and its clients, all on a clock that moves only when somebody waits."""

    simulator: Simulator
    clock: FakeClock
    open: Open

    def read(self, books: Xero, times: int) -> None:
        for _ in range(times):
            tuple(books.dated(Kind.INVOICES, A_DAY, A_DAY))

    def statuses(self) -> list[int]:
        called = [each for each in self.simulator.requests if "/api.xro/" in each.path]
        return [each.status for each in called]


def opener(simulator: Simulator, folder: Path, clock: Clock, opened: list[Xero]) -> Open:
    """Open the books as a new process would."""

    def open_one(**options: Any) -> Xero:
        place = folder / str(len(opened))
        signed = sign_in(simulator)
        store = FileStore(place / "tokens")
        store.save(CONNECTION, to_plain(signed.grant))
        books = open_books(
            environment=signed.environment,
            url=simulator.url,
            company_id=signed.company_id,
            connection=CONNECTION,
            store=store,
            lock_file=place / "lock",
            clock=clock,
            random=lambda: 0.5,
            stop=Event(),
            **options,
        )
        opened.append(books)
        return books

    return open_one


@pytest.fixture
def minutes(tmp_path: Path) -> Iterator[Minutes]:
    clock, opened = FakeClock(), list[Xero]()
    with Simulator("xero", company=ORGANISATION, clock=clock.monotonic) as simulator:
        yield Minutes(simulator, clock, opener(simulator, tmp_path, clock, opened))
        for each in opened:
            each.close()


def test_the_minutes_limit_is_filled_and_never_overrun(minutes: Minutes) -> None:
    books = minutes.open()
    began = minutes.clock.seconds
    minutes.read(books, 290)

    assert set(minutes.statuses()) == {200}
    assert books.calls.throttled == 0
    # 59 go in the first minute beside what signing in asked; 95 % of the limit is 57 a minute.
    assert minutes.clock.seconds - began <= 290 / 57 * 60


def test_what_others_call_is_heeded_as_the_answers_tell_it(minutes: Minutes) -> None:
    other, ours = minutes.open(), minutes.open()
    minutes.read(other, 50)
    minutes.read(ours, 30)

    assert set(minutes.statuses()) == {200}
    assert ours.calls.throttled == 0


def test_the_process_after_this_one_knows_what_it_used_up(minutes: Minutes, tmp_path: Path) -> None:
    pace = tmp_path / "pace.json"
    first = minutes.open(pace_file=pace)
    minutes.read(first, 55)
    first.close()
    began = minutes.clock.seconds
    second = minutes.open(pace_file=pace)
    minutes.read(second, 3)  # and two calls of signing in: sixty
    assert minutes.clock.seconds == began
    minutes.read(second, 1)
    assert minutes.clock.seconds > began + 60
    assert set(minutes.statuses()) == {200}


def test_no_more_than_five_are_under_way_at_once(tmp_path: Path) -> None:
    opened = list[Xero]()
    with Simulator("xero", company=ORGANISATION, latency=0.02) as simulator:
        books = opener(simulator, tmp_path, SystemClock(), opened)()
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda _: books.profit_and_loss(A_DAY, A_DAY), range(24)))
        books.close()
        spans = [(each.started, each.ended) for each in simulator.requests]
        at_once = [sum(a <= moment < b for a, b in spans) for moment, _ in spans]
        assert {each.status for each in simulator.requests} <= {200, 302}
    assert books.calls.throttled == 0
    assert max(at_once) <= 5


A_DAY = dt.date(2025, 3, 1)


def test_the_days_limit_ends_the_run_with_the_time_to_come_back(minutes: Minutes) -> None:
    minutes.simulator.dialect.settle({"per_day": "5"})
    books = minutes.open()

    with pytest.raises(ComeBackLater) as problem:
        minutes.read(books, 9)
    assert problem.value.exit_code is ExitCode.LATER
    over = minutes.clock.now() + dt.timedelta(days=1)
    assert problem.value.message == (
        f"Xero takes no more calls for 24 hours, until {over:%Y-%m-%d %H:%M} UTC: "
        "its limit on calls a day was reached"
    )
    assert minutes.statuses().count(429) == 1
    assert books.calls.left == 0


def test_the_calls_that_the_day_still_has_are_told(minutes: Minutes) -> None:
    books = minutes.open()
    assert books.calls.left is None
    minutes.read(books, 3)
    # One of the thousand told the sign-in whether it is a demo company.
    assert books.calls.left == 996


@pytest.mark.parametrize(
    ("planted", "waited"), [({"retry_after": "22"}, 22.0), ({}, 1.0)], ids=["minute", "at once"]
)
def test_a_call_that_was_turned_away_waits_as_told_and_goes_again(
    minutes: Minutes, planted: dict[str, str], waited: float
) -> None:
    books = minutes.open()
    minutes.simulator.add_fault(
        {"match": {"path": "/Invoices"}, "do": {"throttled": True, **planted}}
    )
    began = minutes.clock.seconds
    minutes.read(books, 1)

    assert minutes.clock.seconds - began == pytest.approx(waited)
    assert (books.calls.read, books.calls.throttled) == (2, 1)


@pytest.mark.parametrize(
    ("problem", "retry_after", "seconds", "limit"),
    [
        ("minute", "22", 22.0, "calls a minute"),
        ("day", "66975", 66_975.0, "calls a day"),
        ("concurrent", "", 1.0, "calls at once"),
        ("appminute", "", 60.0, "calls a minute of all that use the app"),
        ("app-minute", "", 60.0, "calls a minute of all that use the app"),
        ("", "", 60.0, "calls"),
    ],
)
def test_the_headers_say_which_limit_was_reached(
    problem: str, retry_after: str, seconds: float, limit: str
) -> None:
    answer = Answer(status=429, retry_after=retry_after, noted={"x-rate-limit-problem": problem})
    pause = XeroVerdicts(FakeClock().now).pause(answer)
    assert pause is not None
    assert (pause.seconds, pause.limit) == (seconds, limit)


def test_a_write_that_was_turned_away_was_certainly_not_carried_out(minutes: Minutes) -> None:
    books = minutes.open()
    minutes.simulator.add_fault(
        {"match": {"method": "PUT"}, "do": {"throttled": True, "retry_after": "7"}}
    )
    answer = books._wire.write("PUT /api.xro/2.0/Contacts", BODY, "key")
    assert answer == Throttled(wait=7.0, why="Xero's limit on calls a minute was reached")


def test_every_write_carries_its_key_and_every_call_names_its_organisation(
    minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = minutes.open()
    sent: list[dict[str, str]] = []
    call = books._http.call

    def watched(request: Any) -> Answer:
        sent.append(dict(request.headers))
        return call(request)

    monkeypatch.setattr(books._http, "call", watched)
    books._wire.write("PUT /api.xro/2.0/Contacts", BODY, "key")
    books._wire.write("POST /api.xro/2.0/Contacts", BODY, "another")
    books._wire.read(
        "/api.xro/2.0/Payments", since=dt.datetime(2025, 3, 1, 9, 30, 1, tzinfo=dt.UTC)
    )
    tenant = {"xero-tenant-id": "7d2f3c1a-0b54-4e0e-9c55-5a1c6f0d2e11"}
    assert sent == [
        {**tenant, "idempotency-key": "key"},
        {**tenant, "idempotency-key": "another"},
        {**tenant, "if-modified-since": "2025-03-01T09:30:01"},
    ]


def test_a_right_that_was_not_given_is_told_without_renewing_again_and_again(
    minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "acctsync.providers.xero.signin.SCOPE", "offline_access openid accounting.settings"
    )
    books = minutes.open()
    with pytest.raises(SignInNeeded, match="does not cover what is asked for") as problem:
        books.profit_and_loss(A_DAY, A_DAY)
    assert "agree to everything that is listed" in problem.value.hint
    renewed = [each for each in minutes.simulator.requests if each.path == "/connect/token"]
    assert len(renewed) == 1, "the one of signing in"


def test_an_organisation_that_is_not_linked_any_more_needs_a_sign_in(minutes: Minutes) -> None:
    books = minutes.open()
    books._wire._tenant = {"xero-tenant-id": "11111111-2222-4333-8444-555555555555"}
    with pytest.raises(SignInNeeded, match="not linked to it any more"):
        minutes.read(books, 1)


def test_an_expired_token_is_renewed_and_the_same_call_goes_again(minutes: Minutes) -> None:
    books = minutes.open()
    minutes.read(books, 1)
    minutes.simulator.dialect.expire_tokens()
    minutes.read(books, 1)
    assert minutes.statuses()[-2:] == [401, 200]
