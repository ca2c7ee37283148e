"""Consent, tokens, rotation, revocation, and who is let in."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from acctsync.simulator import Simulator
from tests.simulator.caller import BASIC, COMPANIES, REDIRECT, Caller, Clock, Opener


def _location(caller: Caller, **changes: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(caller.consent(**changes).headers["location"]).query))


def test_consent_redirects_at_once_with_code_state_and_realm(qbo: Caller) -> None:
    answer = qbo.consent()
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert _location(qbo).keys() == {"code", "state", "realmId"}


@pytest.mark.parametrize("name", ["client_id", "scope", "redirect_uri", "response_type", "state"])
def test_consent_without_a_parameter_is_refused(qbo: Caller, name: str) -> None:
    answer = qbo.consent(**{name: ""})
    assert (answer.status_code, name in answer.json()["error_description"]) == (400, True)


def test_a_redirect_with_a_query_is_refused(qbo: Caller) -> None:
    assert qbo.consent(redirect_uri="http://localhost:1/x?y=1").status_code == 400


def test_a_person_may_say_no(qbo: Caller) -> None:
    assert _location(qbo, deny="1") == {"error": "access_denied", "state": "a-state"}


def test_an_unknown_scope_is_sent_back(qbo: Caller) -> None:
    assert _location(qbo, scope="everything")["error"] == "invalid_scope"


def test_a_production_company_takes_no_plain_http_redirect(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_text("company: {environment: production}\n")
    with Simulator("qbo", company=path) as simulator:
        asked = "client_id=c&response_type=code&state=s&scope=openid&redirect_uri="
        answers = [
            httpx.get(
                f"{simulator.url}/connect/oauth2?{asked}{scheme}://books.example/back",
                trust_env=False,
            )
            for scheme in ("http", "https")
        ]
    assert [answer.status_code for answer in answers] == [400, 302]


def test_the_code_counts_once_and_a_second_use_cancels_the_first_grant(qbo: Caller) -> None:
    code = qbo.code()
    form: dict[str, Any] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
    }
    first = qbo.token(**form).json()
    second = qbo.token(**form)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    cancelled = qbo.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert cancelled.json()["error"] == "invalid_grant"


def test_another_redirect_at_exchange_is_refused(qbo: Caller) -> None:
    answer = qbo.token(
        grant_type="authorization_code", code=qbo.code(), redirect_uri="http://localhost:1/other"
    )
    assert answer.json()["error"] == "invalid_grant"


def test_the_answer_has_the_documented_fields(qbo: Caller) -> None:
    assert qbo.tokens.keys() == {
        "token_type",
        "expires_in",
        "access_token",
        "refresh_token",
        "x_refresh_token_expires_in",
    }
    assert (qbo.tokens["token_type"], qbo.tokens["expires_in"]) == ("bearer", 3600)
    assert qbo.tokens["access_token"].startswith("SIMACCESS.")
    assert qbo.tokens["refresh_token"].startswith("SIMREFRESH")


@pytest.mark.parametrize(
    "headers",
    [{"X": "1"}, {"Authorization": "Basic !!"}, {"Authorization": "Bearer abc"}],
)
def test_the_token_host_wants_basic_credentials(qbo: Caller, headers: dict[str, str]) -> None:
    answer = qbo.token(
        headers=headers, grant_type="refresh_token", refresh_token=qbo.tokens["refresh_token"]
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_secret_may_not_change(qbo: Caller) -> None:
    other = {"Authorization": "Basic " + base64.b64encode(b"client:other").decode()}
    answer = qbo.token(
        headers=other, grant_type="refresh_token", refresh_token=qbo.tokens["refresh_token"]
    )
    assert answer.json()["error"] == "invalid_client"


def test_a_refresh_changes_the_value_and_the_old_one_is_dead(qbo: Caller) -> None:
    old = qbo.tokens["refresh_token"]
    new = qbo.token(grant_type="refresh_token", refresh_token=old).json()
    stale = qbo.token(grant_type="refresh_token", refresh_token=old)
    assert new["refresh_token"] != old
    assert (stale.status_code, stale.json()["error"]) == (400, "invalid_grant")
    assert (
        qbo.token(grant_type="refresh_token", refresh_token=new["refresh_token"]).status_code == 200
    )


def test_with_daily_rotation_the_value_changes_after_a_day(open_company: Opener) -> None:
    clock = Clock()
    qbo = open_company(clock=clock)
    qbo.settle(refresh="daily")
    value = qbo.tokens["refresh_token"]
    same = qbo.token(grant_type="refresh_token", refresh_token=value).json()["refresh_token"]
    clock.now += 86_400
    other = qbo.token(grant_type="refresh_token", refresh_token=value).json()["refresh_token"]
    assert (same == value, other == value) == (True, False)


def test_an_access_token_is_no_refresh_token(qbo: Caller) -> None:
    answer = qbo.token(grant_type="refresh_token", refresh_token=qbo.tokens["access_token"])
    assert answer.json()["error"] == "invalid_grant"


def test_revoking_either_token_ends_the_grant(qbo: Caller) -> None:
    answer = qbo.http.post(
        "/v2/oauth2/tokens/revoke", json={"token": qbo.tokens["refresh_token"]}, headers=BASIC
    )
    assert answer.status_code == 200
    assert qbo.get("companyinfo/1").status == 401
    again = qbo.http.post(
        "/v2/oauth2/tokens/revoke", json={"token": qbo.tokens["refresh_token"]}, headers=BASIC
    )
    assert again.status_code == 400


def test_revoking_needs_credentials(qbo: Caller) -> None:
    answer = qbo.http.post("/v2/oauth2/tokens/revoke", json={"token": qbo.tokens["refresh_token"]})
    assert answer.status_code == 401
    assert qbo.get("companyinfo/1").status == 200


def test_an_access_token_lives_an_hour(open_company: Opener) -> None:
    clock = Clock()
    qbo = open_company(clock=clock)
    clock.now += 3599
    assert qbo.get("companyinfo/1").status == 200
    clock.now += 1
    assert qbo.get("companyinfo/1").status == 401
    qbo.tokens = qbo.token(
        grant_type="refresh_token", refresh_token=qbo.tokens["refresh_token"]
    ).json()
    assert qbo.get("companyinfo/1").status == 200


def test_without_a_token_the_gateway_answers(qbo: Caller) -> None:
    answer = qbo.http.get(f"/v3/company/{qbo.realm}/companyinfo/1")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (401, "3200")


def test_another_company_is_forbidden(qbo: Caller) -> None:
    qbo.realm = "123"
    reply = qbo.get("companyinfo/123")
    assert (reply.status, reply.body["fault"]["error"][0]["code"]) == (403, "3100")


@pytest.mark.parametrize(("prefix", "status"), [("sandbox", 200), ("production", 403)])
def test_only_its_own_environment_opens_the_company(qbo: Caller, prefix: str, status: int) -> None:
    answer = qbo.http.get(
        f"/{prefix}/v3/company/{qbo.realm}/companyinfo/{qbo.realm}",
        headers={"Authorization": f"Bearer {qbo.tokens['access_token']}"},
    )
    assert answer.status_code == status


def test_the_discovery_document_points_here(qbo: Caller) -> None:
    found = qbo.http.get("/.well-known/openid_sandbox_configuration").json()
    assert found["token_endpoint"] == qbo.simulator.url + "/oauth2/v1/tokens/bearer"


def test_a_named_client_is_the_only_one(open_company: Opener) -> None:
    qbo = open_company(COMPANIES / "coworks.yaml")
    qbo.settle(client_id="somebody-else")
    assert qbo.consent().status_code == 400
    assert (
        qbo.token(grant_type="refresh_token", refresh_token=qbo.tokens["refresh_token"]).status_code
        == 401
    )
