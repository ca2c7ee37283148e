"""xero-python, Xero's own client: fifty invoices a call, one call after the other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from xero_python.accounting import AccountingApi, Contact, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from benchmarks.business import ITEM_CODES
from benchmarks.peers.timing import Row, invoices, portions, timed

_TOGETHER = 50
_TENANT = "7d2f3c1a-0b54-4e0e-9c55-5a1c6f0d2e11"
_TOKEN = {
    "access_token": "any",
    "expires_in": 1800,
    "expires_at": 9_999_999_999,
    "token_type": "Bearer",
    "refresh_token": "any",
    "scope": "accounting.transactions",
}


def create(address: str, file: Path) -> None:
    """Create the invoices."""
    token = OAuth2Token(client_id="app", client_secret="any")
    client = ApiClient(
        Configuration(oauth2_token=token),
        oauth2_token_getter=lambda: _TOKEN,
        oauth2_token_saver=lambda _: None,
    )
    api = AccountingApi(client, base_url=f"{address}/api.xro/2.0")
    for part in portions([_invoice(rows) for rows in invoices(file)], _TOGETHER):
        api.create_invoices(_TENANT, Invoices(invoices=part), summarize_errors=False, unitdp=4)


def _invoice(rows: list[Row]) -> Invoice:
    return Invoice(
        type="ACCREC",
        contact=Contact(contact_id="00000000-0000-4000-8000-000000000001"),
        invoice_number=rows[0]["Number"],
        date=dt.date.fromisoformat(rows[0]["Date"]),
        due_date=dt.date.fromisoformat(rows[0]["Date"]),
        status="AUTHORISED",
        line_items=[
            LineItem(
                item_code=ITEM_CODES[row["What"]],
                description=row["What"],
                quantity=float(row["Quantity"]),
                unit_amount=float(row["Price"]),
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    timed(create)
