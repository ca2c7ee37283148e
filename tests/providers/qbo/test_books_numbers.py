"""Documents that QuickBooks numbers itself, and invoices that can be paid online."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from acctsync.documents import Document, Kind, RemoteDocument
from acctsync.plan.model import Action, Change
from acctsync.providers.qbo.payloads import Context, write
from acctsync.providers.qbo.queries import days_since
from acctsync.providers.qbo.review import review
from tests.providers.qbo.builders import SETTINGS, KnownRefs, an_invoice, settings

OFF = settings(custom_numbers=False)


def written(document: Document, action: Action = Action.CREATE) -> dict[str, Any]:
    held = RemoteDocument(kind=document.ref.kind, id="12", version="3", digest="")
    change = Change(
        action=action, document=document, remote=held if action is Action.UPDATE else None
    )
    body = json.loads(write(change, Context(refs=KnownRefs(), known=OFF)).body)
    (fields,) = [each for each in body.values() if isinstance(each, dict)]
    return dict(fields)


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
def test_no_number_is_sent_and_the_note_tells_the_exports(action: Action) -> None:
    fields = written(an_invoice(number="F-1", numbered=False), action)
    assert "DocNumber" not in fields
    assert fields["PrivateNote"] == "Number F-1 [acctsync invoices/CW-10241]"


def test_a_number_that_is_the_id_stands_in_the_stamp_alone() -> None:
    assert written(an_invoice(numbered=False))["PrivateNote"] == "[acctsync invoices/CW-10241]"


def test_a_number_of_any_length_is_welcome_where_it_is_not_sent() -> None:
    invoice = an_invoice(number="1" * 40, numbered=False)
    assert [each.code for each in review(invoice, OFF)] == []
    assert [each.code for each in review(invoice, SETTINGS)] == ["QBO218"]


def test_an_invoice_is_payable_online_as_it_is_created_and_left_alone_then() -> None:
    invoice = an_invoice(payable_online=True)
    switches = {"AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"}
    assert {name for name, on in written(invoice).items() if name in switches and on} == switches
    assert not switches & written(invoice, Action.UPDATE).keys()
    assert not switches & written(an_invoice(kind=Kind.ESTIMATES)).keys()


def test_they_are_read_from_a_year_before_the_first_of_them_on() -> None:
    days = [dt.date(2025, 3, 1), dt.date(2025, 1, 31)]
    assert days_since(days) == "TxnDate >= '2024-01-31'"
    assert days_since([dt.date(1, 1, 2)]) == "TxnDate >= '0001-01-01'"
    assert days_since([]) == ""
