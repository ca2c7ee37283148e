"""pyxero: fifty invoices a call, as XML, a new connection for each."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from xero import Xero

from benchmarks.business import ITEM_CODES
from benchmarks.peers.timing import Row, invoices, portions, timed

_TOGETHER = 50


class _SignedIn:
    """Stands for OAuth2Credentials: where to call, with which token."""

    def __init__(self, address: str) -> None:
        self.base_url = address
        self.oauth = None
        self.headers = {"Authorization": "Bearer any", "Xero-tenant-id": "any"}
        self.user_agent = "benchmark"


def create(address: str, file: Path) -> None:
    """Create the invoices."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    books = Xero(_SignedIn(address))
    for part in portions([_invoice(rows) for rows in invoices(file)], _TOGETHER):
        books.invoices.put(part, summarize_errors=False)


def _invoice(rows: list[Row]) -> dict[str, Any]:
    day = dt.date.fromisoformat(rows[0]["Date"])
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": "00000000-0000-4000-8000-000000000001"},
        "InvoiceNumber": rows[0]["Number"],
        "Date": day,
        "DueDate": day,
        "Status": "AUTHORISED",
        "LineItems": [
            {
                "ItemCode": ITEM_CODES[row["What"]],
                "Description": row["What"],
                "Quantity": row["Quantity"],
                "UnitAmount": row["Price"],
            }
            for row in rows
        ],
    }


if __name__ == "__main__":
    timed(create)
