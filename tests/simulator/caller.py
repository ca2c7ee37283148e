"""A small client of the simulated company, so that no line of acctsync's client is needed to test it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import yaml

from acctsync.simulator import Simulator
from acctsync.simulator.encoding import dump, load

ROOT = Path(__file__).resolve().parents[2]
COMPANIES = ROOT / "sample-config" / "companies"
RECORDED = ROOT / ".." / "shared" / "data" / "qbo"
REDIRECT = "http://localhost:8844/callback"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"client:secret").decode()}


@dataclass
class Reply:
    status: int
    body: Any
    headers: httpx.Headers

    @property
    def codes(self) -> list[str]:
        return [error["code"] for error in self.body["Fault"]["Error"]]

    @property
    def detail(self) -> str:
        return str(self.body["Fault"]["Error"][0]["Detail"])


class Caller:
    """Speaks to one simulated company, signed in."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(base_url=simulator.url, trust_env=False, timeout=10, verify=False)  # noqa: S501 - plain HTTP
        self.realm = simulator.books.identity.realm
        self.tokens = self.sign_in()

    def consent(self, **changes: str) -> httpx.Response:
        asked = {
            "client_id": "client",
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "state": "a-state",
            "scope": "com.intuit.quickbooks.accounting",
            **changes,
        }
        return self.http.get("/connect/oauth2", params=asked)

    def code(self) -> str:
        return dict(parse_qsl(urlsplit(self.consent().headers["location"]).query))["code"]

    def token(self, *, headers: Mapping[str, str] | None = None, **form: Any) -> httpx.Response:
        return self.http.post(
            "/oauth2/v1/tokens/bearer", data=form, headers=BASIC if headers is None else headers
        )

    def sign_in(self) -> dict[str, Any]:
        answer = self.token(
            grant_type="authorization_code", code=self.code(), redirect_uri=REDIRECT
        )
        return dict(answer.json())

    def call(self, method: str, path: str, body: object = None, **params: str) -> Reply:
        sent = body if isinstance(body, bytes) else b"" if body is None else dump(body)
        answer = self.http.request(
            method,
            f"/v3/company/{self.realm}/{path}",
            content=sent,
            params=params,
            headers={
                "Authorization": f"Bearer {self.tokens['access_token']}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
        )
        is_json = "json" in answer.headers.get("content-type", "")
        return Reply(
            answer.status_code, load(answer.content) if is_json else answer.text, answer.headers
        )

    def get(self, path: str, **params: str) -> Reply:
        return self.call("GET", path, **params)

    def post(self, path: str, body: object, **params: str) -> Reply:
        return self.call("POST", path, body, **params)

    def create(self, kind: str, **fields: object) -> dict[str, Any]:
        reply = self.post(kind.lower(), fields)
        assert reply.status == 200, reply.body
        return dict(reply.body[kind])

    def read(self, kind: str, key: str) -> dict[str, Any]:
        return dict(self.get(f"{kind.lower()}/{key}").body[kind])

    def query(self, statement: str) -> Any:
        reply = self.get("query", query=statement)
        assert reply.status == 200, reply.body
        return reply.body["QueryResponse"]

    def batch(self, *items: dict[str, Any], **params: str) -> list[dict[str, Any]]:
        reply = self.post("batch", {"BatchItemRequest": list(items)}, **params)
        assert reply.status == 200, reply.body
        return list(reply.body["BatchItemResponse"])

    def by_hand(self, kind: str, **fields: object) -> dict[str, Any]:
        answer = self.http.post(f"/simulator/entities/{kind}", content=dump(fields))
        assert answer.status_code == 200, answer.text
        return dict(load(answer.content)[kind])

    def balances(self) -> dict[str, Any]:
        return dict(load(self.http.get("/simulator/balances").content))

    def settle(self, **settings: object) -> None:
        assert self.http.post("/simulator/settings", content=dump(settings)).status_code == 200

    def prefer(self, group: str, **values: object) -> None:
        self.by_hand("Preferences", Id="1", **{group: values})

    def id_of(self, kind: str, name: str) -> str:
        found = self.simulator.books.named(kind, name)
        assert found is not None, name
        return str(found["Id"])

    def ref(self, kind: str, name: str) -> dict[str, str]:
        return {"value": self.id_of(kind, name)}

    def customer(self, name: str = "Acme") -> dict[str, Any]:
        return self.create("Customer", DisplayName=name)


def sales_line(amount: object, item: str = "19", **detail: object) -> dict[str, Any]:
    """A line of a sales form; no tax unless said."""
    return {
        "Amount": Decimal(str(amount)),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": item},
            "TaxCodeRef": {"value": "NON"},
            **detail,
        },
    }


def an_invoice(customer: dict[str, Any], *amounts: object, **fields: object) -> dict[str, Any]:
    """An invoice body, valid by default."""
    lines = [sales_line(amount) for amount in amounts or ("100.00",)]
    return {"CustomerRef": {"value": customer["Id"]}, "Line": lines, **fields}


def a_payment(
    customer: dict[str, Any], amount: object, *paid: tuple[dict[str, Any], object], **fields: object
) -> dict[str, Any]:
    """A payment body applied to invoices."""
    lines = [
        {"Amount": Decimal(str(part)), "LinkedTxn": [{"TxnId": one["Id"], "TxnType": "Invoice"}]}
        for one, part in paid
    ]
    return {
        "CustomerRef": {"value": customer["Id"]},
        "TotalAmt": Decimal(str(amount)),
        "Line": lines,
        **fields,
    }


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Opener = Callable[..., Caller]


def recording(name: str) -> list[dict[str, Any]]:
    """Read a recorded conversation, or skip where the recordings are not at hand."""
    path = RECORDED / "minimul-qbo_api" / "spec" / "vcr" / name
    if not path.is_file():
        pytest.skip("the recordings are not at hand")
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["http_interactions"])


def recorded_body(name: str, place: int = 0) -> Any:
    """Read the body of one recorded answer."""
    return load(str(recording(name)[place]["response"]["body"]["string"]).encode())
