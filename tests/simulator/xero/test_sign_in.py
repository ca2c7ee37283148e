"""Consent, tokens, rotation, connections, and who is let in."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.xero.caller import (
    REDIRECT,
    SCOPES,
    TENANT,
    VERIFIER,
    Caller,
    Clock,
    Opener,
    challenge,
)

BASIC = {"Authorization": "Basic " + base64.b64encode(b"app:secret").decode()}
SECOND = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def two(open_organisation: Opener, tmp_path: Path) -> Caller:
    """One login with two organisations."""
    path = tmp_path / "two.yaml"
    path.write_text(
        "organisation: {name: First}\n"
        f"also: [{{name: Second, tenant: {SECOND}, country: CA, currency: CAD}}]\n"
        "accounts: [{Code: '090', Name: Bank, Type: BANK}]\n"
        "contacts: [{Name: Acme}]\n"
    )
    return open_organisation(path)


# ---------------------------------------------------------------------- consent


def test_consent_redirects_at_once_with_code_and_state(xero: Caller) -> None:
    answer = xero.consent()
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert xero.sent_back().keys() == {"code", "scope", "state"}


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:8742/callback",
        "http://books.example/back",
        "acctsync://back",
        "localhost:8742",
        "",
    ],
)
def test_only_https_and_http_on_localhost_may_be_redirected_to(xero: Caller, uri: str) -> None:
    answer = xero.consent(redirect_uri=uri)
    assert (answer.status_code, "Invalid redirect_uri" in answer.text) == (400, True)


def test_a_registered_redirect_is_compared_byte_for_byte(xero: Caller) -> None:
    xero.settle(redirect_uris=f"{REDIRECT} https://books.example/back")
    wanted = (REDIRECT, REDIRECT + "/", "http://localhost:8743/callback")
    assert [xero.consent(redirect_uri=one).status_code for one in wanted] == [302, 400, 400]


def test_another_client_than_the_registered_one_is_refused(xero: Caller) -> None:
    xero.settle(client_id="ours")
    assert xero.consent().status_code == 400
    assert xero.refresh(xero.tokens["refresh_token"]).json() == {"error": "invalid_client"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"deny": "1"}, "access_denied"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "accounting.transactions"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_a_refused_consent_comes_back_with_its_reason(
    xero: Caller, changes: dict[str, str], error: str
) -> None:
    assert xero.sent_back(**changes) == {"error": error, "state": "a-state"}


def test_a_pkce_app_must_bring_a_challenge(xero: Caller) -> None:
    xero.settle(app="pkce")
    assert xero.sent_back(code_challenge="")["error"] == "invalid_request"


def test_an_app_from_before_march_2026_may_still_ask_for_broad_scopes(xero: Caller) -> None:
    xero.settle(scopes="mixed")
    xero.tokens = xero.sign_in(scope="accounting.transactions accounting.contacts.read")
    assert xero.get("Invoices").status == 200


# ---------------------------------------------------------------------- tokens


def test_the_answer_has_the_documented_fields(xero: Caller) -> None:
    assert xero.tokens.keys() == {
        "access_token", "expires_in", "token_type", "scope", "refresh_token",
    }  # fmt: skip
    assert (xero.tokens["expires_in"], xero.tokens["token_type"]) == (1800, "Bearer")


def test_without_offline_access_there_is_no_refresh_token(xero: Caller) -> None:
    other = xero.sent_back(client_id="other", scope="accounting.contacts openid")
    tokens = xero.exchange(other["code"], client_id="other").json()
    assert tokens.keys() == {"access_token", "expires_in", "token_type", "scope", "id_token"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:1/other"}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"client_id": "another"}, "invalid_grant"),
        ({"client_id": ""}, "invalid_client"),
        ({"client_secret": "secret"}, "invalid_client"),  # a PKCE app has none
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_exchanged_only_by_whom_it_was_given_to(
    xero: Caller, changes: dict[str, str], error: str
) -> None:
    code = xero.sent_back()["code"]
    answer = xero.exchange(**{"code": code, **changes})
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_pkce_code_with_basic_credentials_is_refused(xero: Caller) -> None:
    answer = xero.token(
        headers=BASIC,
        grant_type="authorization_code",
        code=xero.sent_back()["code"],
        redirect_uri=REDIRECT,
        code_verifier=VERIFIER,
    )
    assert answer.json() == {"error": "invalid_client"}


def test_a_verifier_shorter_than_43_characters_is_refused(xero: Caller) -> None:
    code = xero.sent_back(code_challenge=challenge("short"))["code"]
    assert xero.exchange(code, code_verifier="short").json() == {"error": "invalid_grant"}


def test_a_code_counts_once_and_a_second_use_ends_the_grant(xero: Caller) -> None:
    code = xero.sent_back()["code"]
    first = xero.exchange(code).json()
    assert xero.exchange(code).json() == {"error": "invalid_grant"}
    assert xero.refresh(first["refresh_token"]).json() == {"error": "invalid_grant"}


def test_a_web_app_exchanges_with_its_secret(xero: Caller) -> None:
    code = xero.sent_back(code_challenge="")["code"]
    form: dict[str, Any] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
    }
    assert xero.token(**form, client_id="app").json() == {"error": "invalid_client"}
    answer = xero.token(headers=BASIC, **form)
    assert answer.status_code == 200
    refresh: dict[str, Any] = {
        "grant_type": "refresh_token",
        "refresh_token": answer.json()["refresh_token"],
    }
    assert xero.token(client_id="app", **refresh).json() == {"error": "invalid_client"}
    assert xero.token(headers=BASIC, **refresh).status_code == 200


def test_a_refresh_changes_the_token_and_the_old_one_serves_for_half_an_hour(
    open_organisation: Opener,
) -> None:
    clock = Clock()
    xero = open_organisation(clock=clock)
    old = xero.tokens["refresh_token"]
    new = xero.refresh(old).json()["refresh_token"]
    clock.now += 1799
    assert new != old
    assert xero.refresh(old).status_code == 200
    clock.now += 1
    assert xero.refresh(old).json() == {"error": "invalid_grant"}
    assert xero.refresh(new).status_code == 200


def test_a_refresh_token_dies_of_sixty_idle_days(open_organisation: Opener) -> None:
    clock = Clock()
    xero = open_organisation(clock=clock)
    clock.now += 59 * 86_400
    token = xero.refresh(xero.tokens["refresh_token"]).json()["refresh_token"]
    clock.now += 60 * 86_400
    assert xero.refresh(token).json() == {"error": "invalid_grant"}


def test_an_access_token_lives_for_half_an_hour(open_organisation: Opener) -> None:
    clock = Clock()
    xero = open_organisation(clock=clock)
    clock.now += 1799
    assert xero.get("Organisation").status == 200
    clock.now += 1
    reply = xero.get("Organisation")
    assert reply.status == 401
    assert reply.body.keys() == {"Type", "Title", "Status", "Detail", "Instance", "Extensions"}
    assert reply.body["Detail"].startswith("TokenExpired: token expired at ")


def test_revoking_ends_the_whole_grant_and_its_connections(xero: Caller) -> None:
    refresh = xero.tokens["refresh_token"]
    answer = xero.http.post("/connect/revocation", data={"client_id": "app", "token": refresh})
    assert answer.status_code == 200
    assert xero.get("Organisation").status == 401
    assert xero.refresh(refresh).json() == {"error": "invalid_grant"}


def test_revoking_what_nobody_knows_is_no_error(xero: Caller) -> None:
    asked = {"client_id": "app", "token": "made-up"}
    assert xero.http.post("/connect/revocation", data=asked).status_code == 200
    assert xero.http.post("/connect/revocation", data={"token": "x"}).status_code == 400
    assert xero.get("Organisation").status == 200


# ---------------------------------------------------------------------- custom connections


def test_a_custom_connection_needs_no_tenant_and_has_no_refresh_token(xero: Caller) -> None:
    form = {"grant_type": "client_credentials", "scope": "accounting.settings.read"}
    tokens = xero.token(headers=BASIC, **form).json()
    assert tokens.keys() == {"access_token", "expires_in", "token_type", "scope"}
    xero.tokens = tokens
    reply = xero.call("GET", "Organisation", headers={"Xero-Tenant-Id": ""})
    assert reply.body["Organisations"][0]["OrganisationID"] == TENANT
    assert len(_connections(xero)) == 1


def test_a_broad_scope_on_a_custom_connection_is_refused(xero: Caller) -> None:
    form = {"grant_type": "client_credentials", "scope": "accounting.transactions"}
    answer = xero.token(headers=BASIC, **form)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "invalid_scope",
            "error_description": "Client credentials scope validation failed",
        },
    )


def test_a_custom_connection_needs_its_one_secret(xero: Caller) -> None:
    form: dict[str, Any] = {"grant_type": "client_credentials", "client_id": "app"}
    assert xero.token(**form).json() == {"error": "invalid_client"}
    assert xero.token(**form, client_secret="secret").status_code == 200
    assert xero.token(**form, client_secret="other").json() == {"error": "invalid_client"}


def test_custom_connections_are_for_four_countries(
    open_organisation: Opener, tmp_path: Path
) -> None:
    path = tmp_path / "canada.yaml"
    path.write_text("organisation: {country: CA}\n")
    answer = open_organisation(path).token(headers=BASIC, grant_type="client_credentials")
    assert answer.json() == {"error": "unauthorized_client"}


# ---------------------------------------------------------------------- connections


def _connections(caller: Caller, **params: str) -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}"}
    answer = caller.http.get("/connections", params=params, headers=headers)
    assert answer.status_code == 200
    return list(answer.json())


def _disconnect(caller: Caller, connection: str) -> int:
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}"}
    return caller.http.delete(f"/connections/{connection}", headers=headers).status_code


def test_connections_are_listed_without_a_tenant(two: Caller) -> None:
    rows = _connections(two)
    assert [(one["tenantName"], one["tenantType"]) for one in rows] == [
        ("First", "ORGANISATION"),
        ("Second", "ORGANISATION"),
    ]
    assert rows[0].keys() == {
        "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc",
    }  # fmt: skip
    assert len(rows[0]["createdDateUtc"].partition(".")[2]) == 7


def test_one_consent_may_connect_one_organisation_alone(two: Caller) -> None:
    two.settle(consent="first")
    code = two.sent_back(client_id="other")["code"]
    two.tokens = two.exchange(code, client_id="other").json()
    assert [one["tenantName"] for one in _connections(two)] == ["First"]


def test_each_organisation_has_books_of_its_own(two: Caller) -> None:
    assert [one["Name"] for one in two.rows("Contacts")] == ["Acme"]
    two.tenant = SECOND
    assert two.rows("Contacts") == []
    assert two.get("Organisation").body["Organisations"][0]["BaseCurrency"] == "CAD"
    assert [one["Name"] for one in two.rows("Accounts")] == ["Bank"]


def test_an_organisation_that_was_linked_before_keeps_its_first_event(two: Caller) -> None:
    first = _connections(two)[0]["authEventId"]
    two.tokens = two.sign_in()
    assert {one["authEventId"] for one in _connections(two)} == {first}
    assert _connections(two, authEventId=SECOND) == []
    assert len(_connections(two, authEventId=first)) == 2


def test_disconnecting_goes_by_the_connection_not_the_tenant(two: Caller) -> None:
    first, second = _connections(two)
    assert _disconnect(two, first["tenantId"]) == 404
    assert _disconnect(two, first["id"]) == 204
    assert _disconnect(two, first["id"]) == 404
    two.tenant = first["tenantId"]
    assert two.get("Organisation").status == 403
    two.tenant = second["tenantId"]
    assert two.get("Organisation").status == 200


# ---------------------------------------------------------------------- who is let in


@pytest.mark.parametrize("tenant", ["", SECOND])
def test_a_missing_or_unlinked_tenant_is_forbidden(xero: Caller, tenant: str) -> None:
    reply = xero.call("GET", "Organisation", headers={"Xero-Tenant-Id": tenant})
    assert reply.status == 403
    assert (reply.body["title"], reply.body["status"], reply.body["detail"]) == (
        "Forbidden",
        403,
        "AuthenticationUnsuccessful",
    )


@pytest.mark.parametrize("header", ["", "Bearer made-up", "Basic abc"])
def test_without_a_good_token_nobody_comes_in(xero: Caller, header: str) -> None:
    reply = xero.call("GET", "Organisation", headers={"Authorization": header})
    assert (reply.status, reply.body["Detail"]) == (401, "AuthenticationUnsuccessful")
    assert "www-authenticate" not in reply.headers
    assert xero.http.get("/connections", headers={"Authorization": header}).status_code == 401


def test_a_missing_scope_is_a_401_that_says_so(xero: Caller) -> None:
    code = xero.sent_back(client_id="reader", scope="accounting.contacts.read")["code"]
    xero.tokens = xero.exchange(code, client_id="reader").json()
    assert xero.get("Contacts").status == 200
    written = xero.put("Contacts", {"Name": "Acme"})
    assert (written.status, written.headers["www-authenticate"]) == (401, "insufficient_scope")
    assert xero.get("Invoices").status == 401


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("accounting.settings.read", "Accounts", 200),
        ("accounting.settings.read", "TrackingCategories", 200),
        ("accounting.settings.read", "Items", 200),
        ("accounting.invoices.read", "Items", 200),
        ("accounting.invoices.read", "Quotes", 200),
        ("accounting.invoices.read", "Payments", 401),
        ("accounting.payments.read", "Overpayments", 200),
        ("accounting.payments", "BankTransactions", 401),
        ("accounting.reports.profitandloss.read", "Reports/ProfitAndLoss", 200),
        ("accounting.reports.aged.read", "Reports/ProfitAndLoss", 401),
        ("accounting.contacts", "Organisation", 401),
    ],
)
def test_each_endpoint_asks_for_its_scope(xero: Caller, scope: str, path: str, status: int) -> None:
    code = xero.sent_back(client_id="narrow", scope=scope)["code"]
    xero.tokens = xero.exchange(code, client_id="narrow").json()
    assert xero.get(path).status == status


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [("both", [401, 401, 200]), ("invoices", [200, 401, 200]), ("settings", [401, 200, 200])],
)
def test_what_opens_the_writing_of_items_is_a_setting(
    xero: Caller, rule: str, statuses: list[int]
) -> None:
    xero.settle(item_scope=rule)
    one, other = "accounting.invoices", "accounting.settings"
    found = []
    for at, scope in enumerate((one, other, f"{one} {other}")):
        code = xero.sent_back(client_id=f"app{at}", scope=scope)["code"]
        xero.tokens = xero.exchange(code, client_id=f"app{at}").json()
        found.append(xero.put("Items", {"Code": f"NEW{at}"}).status)
    assert found == statuses


def test_scopes_add_up_over_consents_but_not_for_old_tokens(xero: Caller) -> None:
    def signed_in(scope: str) -> dict[str, str]:
        code = xero.sent_back(client_id="narrow", scope=scope)["code"]
        return dict(xero.exchange(code, client_id="narrow").json())

    first = signed_in("accounting.contacts.read")
    second = signed_in("accounting.settings.read")
    assert second["scope"] == "accounting.contacts.read accounting.settings.read"
    xero.tokens = first
    assert xero.get("Accounts").status == 401
    xero.tokens = second
    assert (xero.get("Accounts").status, xero.get("Contacts").status) == (200, 200)


def test_a_person_without_the_reports_role_sees_no_report(xero: Caller) -> None:
    xero.settle(reports_role=False)
    assert xero.get("Reports/ProfitAndLoss").status == 403


def test_the_scopes_of_the_sign_in_are_told_back(xero: Caller) -> None:
    assert set(xero.tokens["scope"].split()) == set(SCOPES.split())


def test_tokens_can_be_made_too_old_from_behind(xero: Caller) -> None:
    assert xero.http.post("/simulator/expire").status_code == 200
    assert xero.get("Organisation").status == 401
    xero.tokens = xero.refresh(xero.tokens["refresh_token"]).json()
    assert xero.get("Organisation").status == 200
