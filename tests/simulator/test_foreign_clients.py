"""The simulated company driven by clients that others wrote for the real one."""

# mypy: allow-untyped-calls

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks.batch import batch_create, batch_delete
from quickbooks.cdc import change_data_capture
from quickbooks.client import QuickBooks
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects.base import Ref
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine

from tests.simulator.caller import REDIRECT, Caller


def ref(value: str) -> Any:
    made = Ref()
    made.value = value
    return made


@pytest.fixture
def client(qbo: Caller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """python-quickbooks, pointed here."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{qbo.simulator.url}/v3")
    auth = SimpleNamespace(
        environment="sandbox",
        client_id="client",
        access_token=qbo.tokens["access_token"],
        refresh_token=qbo.tokens["refresh_token"],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made: Any = QuickBooks(auth_client=auth, company_id=qbo.realm, minorversion=75)
    made.session.trust_env = False
    yield made
    made.session.close()


def an_invoice(customer: Any, number: str, amount: float = 100.0) -> Any:
    line: Any = SalesItemLine()
    line.Amount = amount
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = ref("19")
    line.SalesItemLineDetail.TaxCodeRef = ref("NON")
    made = Invoice()
    made.CustomerRef = customer.to_ref()
    made.DocNumber = number
    made.Line = [line]
    return made


def a_customer(client: Any, name: str = "Acme") -> Any:
    made = Customer()
    made.DisplayName = name
    return made.save(qb=client)


def test_it_creates_customer_item_invoice_and_payment(qbo: Caller, client: Any) -> None:
    customer = a_customer(client)
    item = Item()
    item.Name, item.Type = "Locker", "Service"
    item.IncomeAccountRef = ref(qbo.id_of("Account", "Coworking Income"))
    assert item.save(qb=client).FullyQualifiedName == "Locker"
    invoice = an_invoice(customer, "PQ-1").save(qb=client)
    assert (invoice.DocNumber, invoice.TotalAmt, invoice.Balance) == ("PQ-1", 100, 100)
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = customer.to_ref(), 100
    line = PaymentLine()
    line.Amount, line.LinkedTxn = 100, [invoice.to_linked_txn()]
    payment.Line = [line]
    assert payment.save(qb=client).UnappliedAmt == 0
    assert Invoice.get(invoice.Id, qb=client).Balance == 0


def test_it_batches_queries_and_deletes(client: Any) -> None:
    customer = a_customer(client)
    done = batch_create(
        [an_invoice(customer, f"PQ-{n}") for n in range(35)] + [an_invoice(customer, "PQ-1")],
        qb=client,
    )
    assert (len(done.successes), len(done.faults)) == (35, 1)
    assert done.faults[0].Error[0].code == "6140"
    found = Invoice.where("DocNumber IN ('PQ-1', 'PQ-34')", qb=client)
    assert {one.DocNumber for one in found} == {"PQ-1", "PQ-34"}
    assert Invoice.count(qb=client) == 35
    assert len(batch_delete(list(found), qb=client).successes) == 2
    assert len(Item.all(qb=client)) == 12


def test_it_updates_voids_and_sends(client: Any) -> None:
    invoice = an_invoice(a_customer(client), "PQ-1").save(qb=client)
    invoice.PrivateNote = "noted"
    changed = invoice.save(qb=client)
    assert (changed.PrivateNote, changed.SyncToken) == ("noted", "1")
    changed.send(qb=client, send_to="a@b.example")
    again = Invoice.get(invoice.Id, qb=client)
    assert again.EmailStatus == "EmailSent"
    again.void(qb=client)
    assert Invoice.get(invoice.Id, qb=client).TotalAmt == 0


def test_it_voids_a_payment(client: Any) -> None:
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = a_customer(client).to_ref(), 5
    made = payment.save(qb=client)
    made.void(qb=client)
    assert Payment.get(made.Id, qb=client).PrivateNote == "Voided"


def test_it_reads_changes_and_a_report(client: Any) -> None:
    an_invoice(a_customer(client), "PQ-1").save(qb=client)
    changes = change_data_capture([Invoice, Customer], "2020-01-01T00:00:00-08:00", qb=client)
    assert [one.DocNumber for one in changes.Invoice._object_list] == ["PQ-1"]
    report = client.get_report(
        "ProfitAndLoss", {"start_date": "2020-01-01", "end_date": "2099-12-31"}
    )
    net = next(row for row in report["Rows"]["Row"] if row["group"] == "NetIncome")
    assert net["Summary"]["ColData"][1]["value"] == "100.00"


def test_its_request_id_is_honoured(qbo: Caller, client: Any) -> None:
    customer = a_customer(client)
    for _ in range(2):
        an_invoice(customer, "PQ-1").save(qb=client, request_id="r1")
    assert len(qbo.simulator.books.entities("Invoice")) == 1


def test_it_sees_the_faults_it_knows(qbo: Caller, client: Any) -> None:
    a_customer(client)
    with pytest.raises(QuickbooksException) as duplicate:
        a_customer(client)
    assert duplicate.value.error_code == 6240
    with pytest.raises(ObjectNotFoundException):
        Invoice.get("999", qb=client)
    with pytest.raises(ValidationException):
        client.query("select * from Nothing")
    qbo.http.post("/simulator/expire")
    with pytest.raises(AuthorizationException):
        Invoice.all(qb=client)


def test_exact_amounts_survive_its_decimals(qbo: Caller, client: Any) -> None:
    line = an_invoice(a_customer(client), "PQ-1")
    line.Line[0].Amount = Decimal("19.99")
    line.TxnDate = date(2025, 3, 1).isoformat()
    line.save(qb=client)
    assert qbo.simulator.books.entities("Invoice")[0]["TotalAmt"] == Decimal("19.99")


def test_intuit_s_own_client_signs_in_refreshes_and_revokes(qbo: Caller) -> None:
    auth = AuthClient(
        "client",
        "secret",
        REDIRECT,
        qbo.simulator.url + "/.well-known/openid_sandbox_configuration",
    )
    try:
        auth.trust_env = False
        url = auth.get_authorization_url([Scopes.ACCOUNTING])
        sent_back = httpx.get(url, trust_env=False).headers["location"]
        answer = dict(parse_qsl(urlsplit(sent_back).query))
        assert answer["state"] == auth.state_token
        auth.get_bearer_token(answer["code"], realm_id=answer["realmId"])
        first = auth.refresh_token
        auth.refresh()
        assert auth.refresh_token != first
        with pytest.raises(AuthClientError):
            auth.refresh(refresh_token=first)
        assert auth.revoke() is True
    finally:
        auth.close()
