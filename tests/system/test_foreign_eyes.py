"""What acctsync pushed, read back by a client that others wrote."""

# mypy: allow-untyped-calls

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest
from quickbooks.client import QuickBooks
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.payment import Payment

from tests.system.processes import Office, Simulated
from tests.system.test_main_job import billed, money, rows

REALM = "9130350000000001"
REDIRECT = "http://localhost:8844/callback"


class StaysPut(HTTPRedirectHandler):
    """Shows where it would be sent instead of going there."""

    def redirect_request(self, *_: object) -> None:
        return None


def access_token(books: Simulated) -> str:
    """Sign in as another app would."""
    opener = build_opener(ProxyHandler({}), StaysPut)
    asked = {
        "client_id": "other", "response_type": "code", "redirect_uri": REDIRECT, "state": "s" * 32,
        "scope": "com.intuit.quickbooks.accounting",
    }  # fmt: skip
    with pytest.raises(HTTPError) as sent:
        opener.open(f"{books.url}/connect/oauth2?{urlencode(asked)}")
    sent_to = sent.value.headers["Location"]
    sent.value.close()
    (code,) = parse_qs(urlsplit(sent_to).query)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    request = Request(
        f"{books.url}/oauth2/v1/tokens/bearer",
        data=urlencode(form).encode(),
        headers={"Authorization": "Basic b3RoZXI6c2VjcmV0", "Accept": "application/json"},
    )

    with opener.open(request) as told:
        return str(json.load(told)["access_token"])


@pytest.fixture
def reader(books: Simulated, monkeypatch: pytest.MonkeyPatch) -> Iterator[QuickBooks]:
    monkeypatch.setitem(os.environ, "OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setitem(os.environ, "NO_PROXY", "*")
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{books.url}/v3")
    auth = SimpleNamespace(
        access_token=access_token(books),
        refresh_token="unused",
        environment="sandbox",
        client_id="other",
    )
    client = QuickBooks(auth_client=auth, company_id=REALM, refresh_token="unused", minorversion=75)
    yield client
    if client.session is not None:
        client.session.close()
    client._drop()


def test_a_foreign_client_reads_back_what_was_pushed(office: Office, reader: QuickBooks) -> None:
    office.json("push")
    invoices = Invoice.all(max_results=1000, qb=reader)
    seen = {
        each.DocNumber: (Decimal(str(each.TotalAmt)), Decimal(str(each.Balance)))
        for each in invoices
    }
    assert seen == {
        number: (invoice["TotalAmt"], invoice["Balance"]) for number, invoice in billed().items()
    }
    paid = {each.PaymentRefNum: Decimal(str(each.TotalAmt)) for each in Payment.all(qb=reader)}
    assert paid == {
        row["Payment ID"]: money(row["Amount"]) for row in rows("billing_payments_*.csv")
    }
    names = {each.Id: each.DisplayName for each in Customer.all(qb=reader)}
    factory = next(each for each in invoices if each.DocNumber == "CW-10260")
    assert names[factory.CustomerRef.value] == "Factory Inc."
