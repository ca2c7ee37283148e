"""python-quickbooks: batches of 30, one after the other."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from quickbooks.batch import batch_create
from quickbooks.client import QuickBooks
from quickbooks.objects.base import Ref
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice

from benchmarks.business import ITEM_IDS
from benchmarks.peers.timing import Row, invoices, timed

# Stands for intuit-oauth, whose client asks the network for addresses when it is made.
_SIGNED_IN = SimpleNamespace(
    environment="sandbox", client_id="app", access_token="any", refresh_token="any"
)


def create(address: str, file: Path) -> None:
    """Create the invoices."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    QuickBooks.sandbox_api_url_v3 = f"{address}/v3"
    client: Any = QuickBooks(auth_client=_SIGNED_IN, company_id="9130350000000001", minorversion=75)
    done: Any = batch_create([_invoice(rows) for rows in invoices(file)], qb=client)
    assert not done.faults, "the server takes everything"


def _invoice(rows: list[Row]) -> Any:
    invoice: Any = Invoice()
    invoice.DocNumber = rows[0]["Number"]
    invoice.TxnDate = invoice.DueDate = rows[0]["Date"]
    invoice.CustomerRef = Ref()
    invoice.CustomerRef.value = "1"
    invoice.Line = [_line(row) for row in rows]
    return invoice


def _line(row: Row) -> Any:
    line: Any = SalesItemLine()
    detail: Any = SalesItemLineDetail()
    detail.Qty, detail.UnitPrice = float(row["Quantity"]), float(row["Price"])
    detail.ItemRef = Ref()
    detail.ItemRef.value = ITEM_IDS[row["What"]]
    line.Amount = round(detail.Qty * detail.UnitPrice, 2)
    line.Description, line.SalesItemLineDetail = row["What"], detail
    return line


if __name__ == "__main__":
    timed(create)
