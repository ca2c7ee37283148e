"""Answers as Xero's specification and examples show them, and requests that its checker takes.

What lies beside the project is read where it is at hand; without it these tests are skipped.
"""

from __future__ import annotations

import importlib.util
import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from tests.simulator.xero.caller import (
    SHARED,
    TENANT,
    Caller,
    a_credit_note,
    a_line,
    a_payment,
    an_invoice,
)

STRICT = SHARED / "conformance" / "xero_accounting.strict.json"
# Seen on the wire, or in the specification's own examples, and not in its schemas.
UNLISTED = {
    *("Id", "Status", "ProviderName", "DateTimeUTC", "UpdatedDateUTCString", "DateString"),
    *("DueDateString", "ExpiryDateString", "DeliveryDateString", "IsDeleted", "IsActive"),
    *("IsArchived", "StatusAttributeString", "HasErrors", "HasValidationErrors", "ID"),
    *("CreatedDateUTC", "HasAttachments", "BankAccountDetails", "AccountID", "Warnings"),
    "DateUTCString",
    *("IsDiscounted", "AppliedAmount", "Total", "Payments", "CreditNotes", "Prepayments"),
    *("Overpayments", "AddToWatchlist", "TotalDiscount", "LineItemID", "DisplayTaxRate"),
    *("ValidationErrors", "SortOrder", "IsTrackedAsInventory"),
    "Type",  # of a purchase order
}
# The specification lists some words of what differs from one organisation to the next.
FREE_WORDS = {"TaxType", "ReportTaxType", "Class"}
KINDS: dict[str, Any] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
}
DATE = re.compile(r"/Date\(-?\d+(\+0000)?\)/")


@cache
def specification() -> Any:
    if not STRICT.is_file():
        pytest.skip("Xero's specification is not at hand")
    return json.loads(STRICT.read_text(encoding="utf-8"))


@cache
def example(name: str) -> Any:
    path = SHARED / "spec-examples" / f"{name}.200.json"
    if not path.is_file():
        pytest.skip("Xero's examples are not at hand")
    return json.loads(path.read_text(encoding="utf-8"))


def differences(schema: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """Tell where a value departs from a schema: unknown names, other types, words not on the list."""
    while "$ref" in schema:
        schema = specification()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    problem = departure(schema, value, at.rpartition(".")[2])
    if problem:
        yield f"{at}: {value!r} is {problem}"
    elif isinstance(value, list):
        for one in value:
            yield from differences(schema["items"], one, at)
    elif isinstance(value, dict) and "properties" in schema:
        for name, part in value.items():
            if name in schema["properties"]:
                yield from differences(schema["properties"][name], part, f"{at}.{name}")
            elif name not in UNLISTED:
                yield f"{at}: {name} is unknown"


def departure(schema: dict[str, Any], value: Any, name: str) -> str:
    """Tell what one value should have been."""
    kind = schema.get("type")
    if kind in KINDS and not isinstance(value, KINDS[kind]):
        return f"no {kind}"
    if schema.get("x-is-msdate") and not DATE.fullmatch(value):
        return "no date"
    if "enum" in schema and value not in schema["enum"] and name not in FREE_WORDS:
        return "not on the list"
    return ""


@pytest.fixture
def full(xero: Caller) -> Caller:
    """Books with something of everything in them."""
    address = {"AddressType": "STREET", "AddressLine1": "1 Wharf Street", "City": "Halifax"}
    contact = xero.contact(
        "Acme",
        ContactNumber="c-1",
        EmailAddress="a@example.com",
        Addresses=[address],
        ContactPersons=[{"FirstName": "Jo", "IncludeInEmails": True}],
    )
    tracked = a_line(TaxType="OUTPUT", Tracking=[{"Name": "Campus", "Option": "Boston"}])
    words = {"Reference": "ext:1", "Url": "https://a.example/1"}
    invoice = xero.invoice(contact, LineItems=[tracked, {"ItemCode": "DAYPASS"}], **words)
    note = xero.create("CreditNotes", **a_credit_note(contact, "30.00"))
    share = {"Amount": 10, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    xero.call("PUT", f"CreditNotes/{note['CreditNoteID']}/Allocations", share)
    xero.pay(invoice, "20.00", Reference="p-1")
    bank = {"Contact": {"ContactID": contact}, "BankAccount": {"Code": "090"}}
    for kind in ("OVERPAYMENT", "PREPAYMENT"):
        line = a_line("5.00", AccountCode="835")
        made = xero.create("BankTransactions", Type=f"RECEIVE-{kind}", LineItems=[line], **bank)
        key = made[f"{kind.title()}ID"]
        xero.call("PUT", f"{kind.title()}s/{key}/Allocations", {**share, "Amount": 1})
    paper = {"Contact": {"ContactID": contact}, "Date": "2026-01-31", "LineItems": [a_line()]}
    xero.create("Quotes", **paper, Title="Desks", ExpiryDate="2026-02-28")
    xero.create("PurchaseOrders", **paper, DeliveryDate="2026-02-28")
    ends = {"FromBankAccount": {"Code": "091"}, "ToBankAccount": {"Code": "090"}}
    xero.create("BankTransfers", **ends, Amount=1, Date="2026-02-01")
    return xero


PLURALS = [
    *("Accounts", "BankTransactions", "BankTransfers", "BrandingThemes", "Contacts", "CreditNotes"),
    *("Currencies", "Invoices", "Items", "Overpayments", "Payments", "Prepayments"),
    *("PurchaseOrders", "Quotes", "TaxRates", "TrackingCategories", "Users"),
]  # fmt: skip


def plain(body: Any) -> Any:
    """Give an answer with numbers as JSON readers give them."""
    return json.loads(json.dumps(body, default=float))


def test_every_list_keeps_to_its_schema(full: Caller) -> None:
    schemas = specification()["components"]["schemas"]
    found = {
        f"{plural}{at}: {one}"
        for plural in PLURALS
        for at, params in (("", {}), (" by page", {"page": "1"}))
        for one in differences(schemas[plural], plain(full.get(plural, **params).body))
    }
    assert found == set()


def test_every_object_keeps_to_its_schema(full: Caller) -> None:
    schemas = specification()["components"]["schemas"]
    found: set[str] = set()
    for plural in ("Contacts", "CreditNotes", "Invoices", "Payments", "Items", "Overpayments"):
        row = full.rows(plural)[-1]
        key = next(row[name] for name in row if name.endswith("ID"))
        body = plain(full.get(f"{plural}/{key}").body)
        found.update(f"{plural}: {one}" for one in differences(schemas[plural], body))
    assert found == set()


def test_every_history_keeps_to_its_schema(full: Caller) -> None:
    schema = specification()["components"]["schemas"]["HistoryRecords"]
    for plural in ("Invoices", "CreditNotes", "Quotes", "PurchaseOrders"):
        row = full.rows(plural)[-1]
        path = f"{plural}/{row[f'{plural[:-1]}ID']}/History"
        written = full.call("PUT", path, {"HistoryRecords": [{"Details": "ours"}]}).body
        read = full.get(path).body
        assert [each["Details"] for each in read["HistoryRecords"]] == ["ours"]
        assert [*differences(schema, plain(written)), *differences(schema, plain(read))] == []


def test_the_organisation_and_the_report_keep_to_their_schemas(full: Caller) -> None:
    schemas = specification()["components"]["schemas"]
    organisation = plain(full.get("Organisation").body)
    report = plain(full.get("Reports/ProfitAndLoss").body)
    assert list(differences(schemas["Organisations"], organisation)) == []
    assert list(differences(schemas["ReportWithRows"], report)) == []


# What an example shows and our answers leave out: features that are not simulated.
LEFT_OUT = {
    "getInvoice": {
        "RepeatingInvoiceID", "Attachments", "ValidationErrors", "StatusAttributeString",
        "FullyPaidOnDate",
    },
    "getContact": {
        *("Balances", "BatchPayments", "FirstName", "LastName", "AccountNumber", "DefaultCurrency"),
        *("AccountsReceivableTaxType", "AccountsPayableTaxType", "Discount", "Website", "SkypeUserName"),
        *("PurchasesDefaultLineAmountType", "SalesDefaultLineAmountType", "PaymentTerms", "TaxNumber"),
        *("CompanyNumber", "BrandingTheme", "XeroNetworkKey", "PurchasesDefaultAccountCode"),
        *("SalesDefaultAccountCode", "Attachments", "TrackingCategoryName", "TrackingCategoryOption"),
    },
    "getCreditNote": {"Attachments"},
    "getPayment": {"BatchPaymentID", "BatchPayment"},
    "getItem": {
        "InventoryAssetAccountCode", "TotalCostPool", "QuantityOnHand", "ValidationErrors",
        "PurchaseDescription", "SalesDetails",
    },
    "getOverpayment": {"Reference", "Attachments"},
    "getPrepayment": {"InvoiceNumber", "Reference", "Attachments", "BrandingThemeID"},
    "getOrganisations": {"APIKey", "TaxNumber", "PeriodLockDate", "EndOfYearLockDate"},
    "getQuote": {"BrandingThemeID", "Reference"},
    "getPurchaseOrder": {
        "AttentionTo", "DeliveryAddress", "DeliveryInstructions", "Telephone", "Reference",
        "Attachments", "BrandingThemeID", "ExpectedArrivalDate", "ExpectedArrivalDateString",
    },
}  # fmt: skip


@pytest.mark.parametrize("operation", sorted(LEFT_OUT))
def test_an_object_shows_what_the_specifications_example_shows(
    full: Caller, operation: str
) -> None:
    shown = example(operation)
    plural = next(name for name, value in shown.items() if isinstance(value, list))
    path = "Organisation" if plural == "Organisations" else plural
    rows = full.get(path).body[plural]
    if path != "Organisation":
        row = rows[-1]
        rows = full.get(f"{plural}/{next(row[n] for n in row if n.endswith('ID'))}").body[plural]
    (theirs, *_), (ours,) = shown[plural], rows
    assert theirs.keys() - ours.keys() <= LEFT_OUT[operation]
    assert shown.keys() - {"pagination", "SummarizeErrors"} <= {
        "Id",
        "Status",
        "ProviderName",
        "DateTimeUTC",
        plural,
    }


def test_a_refusal_is_shaped_like_the_specifications(xero: Caller) -> None:
    path = SHARED / "spec-examples" / "createContacts.400.json"
    if not path.is_file():
        pytest.skip("Xero's examples are not at hand")
    theirs = json.loads(path.read_text(encoding="utf-8"))
    sent = {
        name: value
        for name, value in theirs["Elements"][0].items()
        if name in {"Name", "EmailAddress", "AccountNumber"}
    }
    assert xero.put("Contacts", {"Name": sent["Name"]}).status == 200
    ours = xero.put("Contacts", sent).body
    assert ours.keys() == theirs.keys()
    assert [ours[name] for name in ("ErrorNumber", "Type", "Message")] == [
        theirs[name] for name in ("ErrorNumber", "Type", "Message")
    ]
    (mine,), (shown,) = ours["Elements"], theirs["Elements"]
    names = ("ContactID", "HasValidationErrors", "ValidationErrors")
    assert [mine[name] for name in names] == [shown[name] for name in names]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("expired_oauth2_token", {"Title", "Status", "Detail", "Instance"}),
        ("invalid_tenant_header", {"title", "status", "detail", "instance"}),
    ],
)
def test_the_gateways_answers_have_the_recorded_keys(
    xero: Caller, name: str, wanted: set[str]
) -> None:
    path = SHARED / "xeroizer" / f"{name}.json"
    if not path.is_file():
        pytest.skip("the recordings are not at hand")
    theirs = json.loads(path.read_text(encoding="utf-8"))
    if name.startswith("expired"):
        xero.http.post("/simulator/expire")
        ours = xero.get("Organisation").body
    else:
        ours = xero.call("GET", "Organisation", headers={"Xero-Tenant-Id": "x"}).body
    assert theirs.keys() == wanted
    assert wanted <= ours.keys()
    prefix = len("TokenExpired: token expired at ")
    detail = next(one for one in wanted if one.lower() == "detail")
    assert ours[detail][:prefix] == theirs[detail][:prefix]


# ---------------------------------------------------------------------- what these tests send


@cache
def checker() -> Any:
    """Load the checker of payloads that lies beside the project."""
    path = SHARED / "conformance" / "xero_conformance.py"
    if not path.is_file():
        pytest.skip("the checker is not at hand")
    wanted = importlib.util.spec_from_file_location("xero_conformance", path)
    assert wanted is not None
    assert wanted.loader is not None
    module = importlib.util.module_from_spec(wanted)
    wanted.loader.exec_module(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file to be collected
        return module.Checker(str(STRICT))


def objections(method: str, path: str, body: object, query: str = "") -> list[str]:
    """What the checker says of a request."""
    headers = {
        "Authorization": "Bearer x",
        "xero-tenant-id": TENANT,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    request = httpx.Request(
        method,
        f"https://api.xero.com/api.xro/2.0/{path}{query}",
        headers=headers,
        content=json.dumps(body, default=float).encode(),
    )
    return list(checker().check(request))


KEY = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "Contacts", {"Contacts": [{"Name": "Acme", "ContactNumber": "c-1"}]}),
        ("PUT", "Invoices", {"Invoices": [an_invoice(KEY)]}),
        ("POST", "Invoices", {"Invoices": [an_invoice(KEY)]}),
        ("POST", f"Invoices/{KEY}", {"Invoices": [{"InvoiceID": KEY, "Status": "VOIDED"}]}),
        ("PUT", "CreditNotes", {"CreditNotes": [a_credit_note(KEY)]}),
        ("PUT", "Payments", {"Payments": [a_payment({"InvoiceID": KEY}, 1)]}),
        ("POST", f"Payments/{KEY}", {"Status": "DELETED"}),
        ("PUT", f"CreditNotes/{KEY}/Allocations", {"Allocations": [{"Amount": 1, "Invoice": {"InvoiceID": KEY}}]}),
        ("PUT", f"Invoices/{KEY}/History", {"HistoryRecords": [{"Details": "ours"}]}),
        ("PUT", f"CreditNotes/{KEY}/History", {"HistoryRecords": [{"Details": "ours"}]}),
        ("PUT", f"Quotes/{KEY}/History", {"HistoryRecords": [{"Details": "ours"}]}),
        ("PUT", f"PurchaseOrders/{KEY}/History", {"HistoryRecords": [{"Details": "ours"}]}),
        ("PUT", "Items", {"Items": [{"Code": "LOCKER", "Name": "Locker"}]}),
    ],
)  # fmt: skip
def test_the_bodies_of_these_tests_conform(method: str, path: str, body: object) -> None:
    assert objections(method, path, body) == []


def test_what_the_checker_takes_the_simulated_xero_takes(xero: Caller) -> None:
    """Every good case of the checker's own that names real things goes through here as well."""
    case = importlib.util.spec_from_file_location("cases", SHARED / "conformance" / "cases.py")
    if case is None or case.loader is None or not STRICT.is_file():
        pytest.skip("the checker's cases are not at hand")
    module = importlib.util.module_from_spec(case)
    case.loader.exec_module(module)
    contact = xero.contact()
    line = {"AccountCode": "200", "TaxType": "NONE", "Tracking": []}
    taken = {"inv-good", "inv-batch50", "inv-bare", "inv-strnum", "inv-null-disc", "inv-readonly"}
    statuses = {}
    for name, _good, method, path, query, _headers, body, _note in module.CASES:
        if name in taken:
            rows = body.get("Invoices", [body])
            real = [
                {
                    **one,
                    "Contact": {"ContactID": contact},
                    "CurrencyCode": "USD",
                    "InvoiceNumber": f"{name}-{at}",
                    "LineItems": [{**part, **line} for part in one["LineItems"]],
                }
                for at, one in enumerate(rows)
            ]
            params = dict(one.split("=") for one in query.split("&") if one)
            sent = {"Invoices": real} if "Invoices" in body else real[0]
            statuses[name] = xero.call(method, path.strip("/"), sent, **params).status
    assert statuses == dict.fromkeys(taken, 200)
