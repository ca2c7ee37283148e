"""What a document owes outlives the version that wrote it down."""

from __future__ import annotations

import json
import sqlite3

import pytest

from acctsync.documents import DocumentRef, Kind
from acctsync.plan.model import Action
from acctsync.plan.outbox import Operation
from acctsync.state.rows import operation_detail, operation_from

OWING = (Kind.DELIVERIES, Kind.NOTES)


def read_back(detail: str) -> Operation:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    asked = """SELECT 'create' AS action, 'invoices' AS kind, 'sales' AS source, 'A-1' AS id,
        '' AS fingerprint, ? AS detail"""
    row = connection.execute(asked, (detail,)).fetchone()
    connection.close()
    return operation_from(row)


@pytest.mark.parametrize("owes", [(), (Kind.DELIVERIES,), OWING])
def test_what_is_owed_is_read_back_as_it_was_written(owes: tuple[Kind, ...]) -> None:
    ref = DocumentRef(Kind.INVOICES, "sales", "A-1")
    operation = Operation(action=Action.CREATE, ref=ref, fingerprint="", number="A-1", owes=owes)
    assert read_back(operation_detail(operation)) == operation


def test_a_mail_that_an_older_version_noted_is_still_owed() -> None:
    assert read_back(json.dumps({"mails": True})).owes == (Kind.DELIVERIES,)
