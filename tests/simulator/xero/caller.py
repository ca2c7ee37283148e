"""A small client of the simulated organisation, so that no line of acctsync's client is needed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from acctsync.simulator import Simulator
from acctsync.simulator.encoding import dump, load
from acctsync.simulator.xero.hosts import Xero
from tests.simulator.caller import COMPANIES, ROOT

__all__ = ["COMPANIES", "ROOT", "SHARED", "Caller", "Clock", "Opener", "Reply"]

SHARED = ROOT / ".." / "shared" / "data" / "xero"
TENANT = "7d2f3c1a-0b54-4e0e-9c55-5a1c6f0d2e11"
REDIRECT = "http://localhost:8742/callback"
VERIFIER = "v" * 43
SCOPES = (
    "offline_access accounting.contacts accounting.invoices accounting.payments "
    "accounting.banktransactions accounting.settings accounting.reports.profitandloss.read"
)
NO_ID = "00000000-0000-0000-0000-000000000000"


def challenge(verifier: str = VERIFIER) -> str:
    """What a verifier is proven by."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass
class Reply:
    status: int
    body: Any
    headers: httpx.Headers

    @property
    def messages(self) -> list[str]:
        """What a refused call says of its elements."""
        return [
            error["Message"] for one in self.body["Elements"] for error in one["ValidationErrors"]
        ]


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """Speaks to one simulated organisation, signed in."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.hooks: list[Callable[[httpx.Request], object]] = []
        self.http = httpx.Client(
            base_url=simulator.url,
            trust_env=False,
            timeout=10,
            verify=False,  # noqa: S501 - plain HTTP
            event_hooks={"request": self.hooks},
        )
        self.tenant = TENANT
        self.tokens = self.sign_in()

    @property
    def xero(self) -> Xero:
        dialect = self.simulator.dialect
        assert isinstance(dialect, Xero)
        return dialect

    # ------------------------------------------------------------------ sign-in

    def consent(self, **changes: str) -> httpx.Response:
        asked = {
            "client_id": "app",
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": SCOPES,
            "state": "a-state",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            **changes,
        }
        return self.http.get("/identity/connect/authorize", params=asked)

    def sent_back(self, **changes: str) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.consent(**changes).headers["location"]).query))

    def token(self, *, headers: Mapping[str, str] | None = None, **form: Any) -> httpx.Response:
        return self.http.post("/connect/token", data=form, headers=headers)

    def exchange(self, code: str, **changes: Any) -> httpx.Response:
        form: dict[str, Any] = {
            "grant_type": "authorization_code",
            "client_id": "app",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.token(**form)

    def refresh(self, token: str, **changes: Any) -> httpx.Response:
        form: dict[str, Any] = {
            "grant_type": "refresh_token",
            "client_id": "app",
            "refresh_token": token,
        }
        return self.token(**{**form, **changes})

    def sign_in(self, **changes: str) -> dict[str, Any]:
        return dict(self.exchange(self.sent_back(**changes)["code"]).json())

    # ------------------------------------------------------------------ the API

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> Reply:
        given = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept": "application/json",
            "Xero-Tenant-Id": self.tenant,
            **({} if body is None else {"Content-Type": "application/json"}),
            **(headers or {}),
        }
        sent = {name: value for name, value in given.items() if value}
        content = body if isinstance(body, bytes) else b"" if body is None else dump(body)
        answer = self.http.request(
            method, f"/api.xro/2.0/{path}", content=content, params=params, headers=sent
        )
        is_json = "json" in answer.headers.get("content-type", "")
        shown = load(answer.content) if is_json else answer.text
        return Reply(answer.status_code, shown, answer.headers)

    def get(self, path: str, **params: Any) -> Reply:
        return self.call("GET", path, **params)

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        reply = self.get(path, **params)
        assert reply.status == 200, reply.body
        return list(reply.body[path.split("/", maxsplit=1)[0]])

    def put(self, plural: str, *elements: dict[str, Any], **params: Any) -> Reply:
        return self.call("PUT", plural, {plural: list(elements)}, **params)

    def post(self, plural: str, *elements: dict[str, Any], **params: Any) -> Reply:
        return self.call("POST", plural, {plural: list(elements)}, **params)

    def create(self, plural: str, **fields: object) -> dict[str, Any]:
        reply = self.put(plural, fields)
        assert reply.status == 200, reply.body
        return dict(reply.body[plural][0])

    def change(self, plural: str, **fields: object) -> dict[str, Any]:
        reply = self.post(plural, fields)
        assert reply.status == 200, reply.body
        return dict(reply.body[plural][0])

    def read(self, plural: str, key: str, **params: Any) -> dict[str, Any]:
        reply = self.get(f"{plural}/{key}", **params)
        assert reply.status == 200, reply.body
        return dict(reply.body[plural][0])

    def settle(self, **settings: object) -> None:
        assert self.http.post("/simulator/settings", content=dump(settings)).status_code == 200

    def by_hand(self, kind: str, **fields: object) -> dict[str, Any]:
        answer = self.http.post(f"/simulator/entities/{kind}", content=dump(fields))
        assert answer.status_code == 200, answer.text
        return dict(load(answer.content)[kind])

    def plant(self, **fault: object) -> None:
        assert self.http.post("/simulator/faults", content=dump(fault)).status_code == 200

    # ------------------------------------------------------------------ what most tests need

    def contact(self, name: str = "Acme", **fields: object) -> str:
        return str(self.create("Contacts", Name=name, **fields)["ContactID"])

    def account(self, code: str) -> str:
        return next(
            str(one["AccountID"]) for one in self.rows("Accounts") if one.get("Code") == code
        )

    def invoice(self, contact: str, *amounts: object, **fields: object) -> dict[str, Any]:
        return self.create("Invoices", **an_invoice(contact, *amounts, **fields))

    def pay(self, invoice: Mapping[str, Any], amount: object, **fields: object) -> dict[str, Any]:
        return self.create("Payments", **a_payment(invoice, amount, **fields))


def a_line(amount: object = "100.00", **fields: object) -> dict[str, Any]:
    """A sales line without tax."""
    return {
        "Description": "Hot desk",
        "Quantity": 1,
        "UnitAmount": Decimal(str(amount)),
        "AccountCode": "200",
        "TaxType": "NONE",
        **fields,
    }


def an_invoice(contact: str, *amounts: object, **fields: object) -> dict[str, Any]:
    """An approved sales invoice of 100.00 without tax."""
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "Date": "2026-01-31",
        "DueDate": "2026-02-28",
        "Status": "AUTHORISED",
        "LineItems": [a_line(amount) for amount in amounts or ("100.00",)],
        **fields,
    }


def a_credit_note(contact: str, amount: object = "100.00", **fields: object) -> dict[str, Any]:
    """An approved credit note for a customer."""
    return {
        "Type": "ACCRECCREDIT",
        "Contact": {"ContactID": contact},
        "Date": "2026-02-02",
        "Status": "AUTHORISED",
        "LineItems": [a_line(amount)],
        **fields,
    }


def a_payment(invoice: Mapping[str, Any], amount: object, **fields: object) -> dict[str, Any]:
    """A payment of an invoice into the bank."""
    return {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-02-10",
        "Amount": Decimal(str(amount)),
        **fields,
    }


Opener = Callable[..., Caller]
