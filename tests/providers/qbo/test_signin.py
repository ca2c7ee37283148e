from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acctsync.clock import SystemClock
from acctsync.errors import ComeBackLater, SignInNeeded
from acctsync.providers.callback import Callback
from acctsync.providers.oauth import AppKeys, from_plain, to_plain
from acctsync.providers.qbo.signin import SignIn, disconnect
from acctsync.simulator import Simulator
from tests.providers.conftest import (
    COMPANIES,
    CONNECTION,
    KEYS,
    REDIRECT,
    OpenDesk,
    consent,
    query_of,
    sign_in,
)


def test_a_consent_leads_to_the_company_it_was_given_for(open_desk: OpenDesk) -> None:
    desk = open_desk("agency-canada")
    signed_in = desk.signed_in

    assert (
        signed_in.company_id,
        signed_in.company_name,
        signed_in.country,
        signed_in.environment,
    ) == (
        "9130350000000002",
        "Atelier Nord inc.",
        "CA",
        "sandbox",
    )
    assert signed_in.grant.token_url == f"{desk.simulator.url}/oauth2/v1/tokens/bearer"
    assert signed_in.grant.refresh_expires is not None


def test_the_consent_address_asks_for_the_books_alone() -> None:
    process = SignIn(keys=KEYS, url="", clock=SystemClock())
    try:
        address = process.consent_url(redirect_uri=REDIRECT, state="s")
    finally:
        process.close()

    assert address.startswith("https://appcenter.intuit.com/connect/oauth2?")
    assert query_of(address)["scope"] == "com.intuit.quickbooks.accounting"


@pytest.fixture
def simulator() -> Simulator:
    return Simulator("qbo", company=COMPANIES / "coworks.yaml", limits=False)


def complete(
    simulator: Simulator, keys: AppKeys = KEYS, code: str = "", company: str = "9130350000000001"
) -> None:
    process = SignIn(keys=keys, url=simulator.url, clock=SystemClock())
    try:
        given = query_of(consent(process.consent_url(redirect_uri=REDIRECT, state="s")))
        callback = Callback(code=code or given["code"], company_id=company)
        process.complete(callback, redirect_uri=REDIRECT)
    finally:
        process.close()


def test_a_code_that_is_no_good_is_explained(simulator: Simulator) -> None:
    with simulator, pytest.raises(SignInNeeded, match="was used before, is too old"):
        complete(simulator, code="made-up")


def test_a_company_that_does_not_answer_is_named(simulator: Simulator) -> None:
    with (
        simulator,
        pytest.raises(SignInNeeded, match=r"company 42 does not answer .*loopback tried"),
    ):
        complete(simulator, company="42")


@pytest.mark.parametrize("company", ["", "../1", "1?x"])
def test_an_answer_without_a_company_is_refused(simulator: Simulator, company: str) -> None:
    with simulator, pytest.raises(SignInNeeded, match="doesn't name the company"):
        complete(simulator, company=company)


def test_a_token_host_that_does_not_answer_means_later(simulator: Simulator) -> None:
    with simulator:
        simulator.add_fault({"match": {"path": "/tokens/bearer"}, "do": {"drop_before": True}})
        with pytest.raises(ComeBackLater, match="can't be reached"):
            complete(simulator)


def test_disconnecting_takes_the_consent_back(open_desk: OpenDesk) -> None:
    desk = open_desk()
    url = desk.simulator.url
    grant = desk.signed_in.grant

    assert disconnect(grant, company_id="1", environment="loopback", url=url, clock=SystemClock())
    with pytest.raises(SignInNeeded):
        desk.books.company()
    assert not disconnect(
        grant, company_id="1", environment="loopback", url=url, clock=SystemClock()
    )


def test_tokens_are_never_shown_to_another_server_even_to_take_them_back(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk()
    with Simulator("qbo", company=COMPANIES / "coworks.yaml") as other:
        assert not disconnect(
            desk.signed_in.grant,
            company_id="1",
            environment="loopback",
            url=other.url,
            clock=SystemClock(),
        )
        assert [seen.path for seen in other.requests] == []


def test_an_old_access_token_is_renewed_and_the_rotated_one_kept(open_desk: OpenDesk) -> None:
    desk = open_desk()
    before = desk.signed_in.grant
    desk.simulator.dialect.expire_tokens()

    desk.books.company()

    stored = desk.store.load(CONNECTION)
    assert stored is not None
    after = from_plain(stored)
    assert after.refresh_token != before.refresh_token
    assert (after.keys, after.refreshing) == (before.keys, "")
    assert [each.path for each in desk.simulator.requests].count("/oauth2/v1/tokens/bearer") == 2


def test_a_second_process_finds_the_renewed_token(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk()
    other = sign_in(desk.simulator)
    desk.books.company()
    desk.store.save(CONNECTION, to_plain(other.grant))
    dialect: Any = desk.simulator.dialect
    dialect.sign_in._cancel(dialect.sign_in._refresh[desk.signed_in.grant.refresh_token])

    list(desk.books.pull("terms"))  # type: ignore[arg-type]

    assert (
        json.loads((desk.store._folder / f"{CONNECTION}.json").read_text())["access_token"]
        == other.grant.access_token
    )
