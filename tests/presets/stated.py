"""What each sample itself says its documents come to; read here with csv and json alone.

Documents that a preset leaves out by their state are left out here too, by the same plain words;
what is refused is not.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from tests.presets.goldens import HERE

Totals = dict[str, dict[str, Decimal]]
Row = dict[str, str]
Stated = Callable[[], Totals]

CENT = Decimal("0.01")


def rows(path: str) -> list[Row]:
    with (HERE / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def parsed(path: str) -> Any:
    return json.loads((HERE / path).read_text(encoding="utf-8"), parse_float=Decimal)


def money(text: Any) -> Decimal:
    plain = str(text).replace("$", "").replace(",", "").strip()
    return -Decimal(plain.strip("()")) if plain.startswith("(") else Decimal(plain or "0")


def firsts(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Take a document's figure from its first row."""
    found: dict[str, Decimal] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def summed(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Add a document's rows up."""
    found: dict[str, Decimal] = {}
    for key, value in pairs:
        found[key] = found.get(key, Decimal(0)) + value
    return found


def coworks() -> Totals:
    invoices = [r for r in rows("coworks/billing_invoices_2025-03.csv") if r["Team"]]
    kept = [r for r in invoices if r["Status"] != "Failed"]
    paid = [r for r in rows("coworks/billing_payments_2025-03.csv") if r["Status"] == "paid"]
    refunds = rows("coworks/billing_refunds_2025-03.csv")
    return {
        "invoices": firsts((r["Invoice Number"], money(r["Invoice Total"])) for r in kept),
        "payments": {r["Payment ID"]: money(r["Amount"]) for r in paid},
        "refunds": {r["Refund ID"]: -money(r["Amount"]) for r in refunds},
    }


def shopify() -> Totals:
    orders = [r for r in rows("shopify/orders_export_1.csv") if r["Total"]]
    paid = [r for r in orders if r["Paid at"]]
    back = [r for r in orders if money(r["Refunded Amount"])]
    return {
        "invoices": {r["Name"]: money(r["Total"]) for r in orders},
        "payments": {f"{r['Name']}-payment": money(r["Total"]) for r in paid},
        "refunds": {f"{r['Name']}-refund": money(r["Refunded Amount"]) for r in back},
    }


def square() -> Totals:
    all_rows = rows("square/transactions-2025-03-01-2025-04-01.csv")
    sales = [r for r in all_rows if r["Event Type"] == "Payment"]
    back = [r for r in all_rows if r["Event Type"] == "Refund"]
    return {
        "sales_receipts": {r["Transaction ID"]: money(r["Total Collected"]) for r in sales},
        "refunds": {
            f"{r['Transaction ID']}-refund {r['Date']} {r['Time']}": -money(r["Total Collected"])
            for r in back
        },
    }


def zoho() -> Totals:
    kept = [r for r in rows("zoho/Invoice.csv") if r["Invoice Status"] != "Draft"]
    return {"invoices": firsts((r["Invoice ID"], money(r["Total"])) for r in kept)}


def freshbooks() -> Totals:
    kept = [r for r in rows("freshbooks/invoice_details.csv") if r["Invoice Status"] != "draft"]
    return {"invoices": summed((r["Invoice #"], money(r["Line Total"])) for r in kept)}


def harvest(name: str) -> Totals:
    payments = rows(f"{name}/harvest_payments.csv")
    return {
        "invoices": {
            r["ID"]: money(r["Invoice Amount"].replace("1.234,50", "1234.50"))
            for r in rows(f"{name}/harvest_invoices.csv")
        },
        "payments": {
            f"{r['Invoice ID']} {r['Payment Date']} {r['Payment Amount']}": money(
                r["Payment Amount"]
            )
            for r in payments
        },
    }


def xero_template() -> Totals:
    def line(row: Row) -> Decimal:
        whole = money(row["*Quantity"]) * money(row["*UnitAmount"])
        net = (whole * (100 - money(row["Discount"])) / 100).quantize(CENT)
        rate = 15 if row["*TaxType"] == "GST on Income" else 0
        return net + (net * rate / 100 + Decimal("0.0001")).quantize(CENT)

    found = rows("xero-template/SalesInvoiceTemplate_filled.csv")
    return {"invoices": summed((r["*InvoiceNumber"], line(r)) for r in found)}


def xero_export() -> Totals:
    kept = [r for r in rows("xero-export/SalesInvoices.csv") if r["Status"] != "Draft"]
    sales = [r for r in kept if r["Type"] == "Sales invoice"]
    notes = [r for r in kept if r["Type"] == "Sales credit note"]
    return {
        "invoices": firsts((r["InvoiceNumber"], money(r["Total"])) for r in sales),
        "credit_notes": firsts((r["InvoiceNumber"], -money(r["Total"])) for r in notes),
    }


def qbo_template() -> Totals:
    found = rows("qbo-template/invoices.csv")
    return {"invoices": summed((r["*InvoiceNo"], money(r["*ItemAmount"])) for r in found)}


def qbo_template_tax() -> Totals:
    found = rows("qbo-template-tax/invoices.csv")
    whole = ((r, money(r["*ItemAmount"]) + money(r["Item Tax Amount"])) for r in found)
    return {"invoices": summed((r["*InvoiceNo"], amount) for r, amount in whole)}


def paypal() -> Totals:
    done = [r for r in rows("paypal/Download.CSV") if r["Status"] == "Completed"]
    got = [r for r in done if r["Balance Impact"] == "Credit" and r["Invoice Number"]]
    back = [r for r in done if r["Type"] == "Payment Refund"]
    return {
        "invoices": {r["No"]: money(r["Total"]) for r in rows("paypal/invoices.csv")},
        "payments": {r["Transaction ID"]: money(r["Gross"]) for r in got},
        "refunds": {r["Transaction ID"]: -money(r["Gross"]) for r in back},
    }


def invoice_ninja() -> Totals:
    def totals(file: str, number: str, amount: str, status: str) -> dict[str, Decimal]:
        kept = [r for r in rows(f"invoice-ninja/{file}.csv") if r[status] != "Draft"]
        return firsts((r[number], abs(money(r[amount]))) for r in kept)

    payments = rows("invoice-ninja/payments.csv")
    back = [r for r in payments if money(r["Payment Refunded"])]
    return {
        "estimates": totals("quote_items", "Quote Number", "Quote Amount", "Quote Status"),
        "invoices": totals(
            "invoice_items", "Invoice Invoice Number", "Invoice Amount", "Invoice Status"
        ),
        "credit_notes": totals(
            "credit_items", "Credit Credit Number", "Credit Amount", "Credit Status"
        ),
        "purchase_orders": totals(
            "purchase_order_items",
            "Purchase Order Number",
            "Purchase Order Amount",
            "Purchase Order Status",
        ),
        "payments": {
            r["Payment Number"]: money(r["Payment Amount"])
            for r in payments
            if r["Payment Status"] != "Failed"
        },
        "refunds": {f"{r['Payment Number']}-refund": money(r["Payment Refunded"]) for r in back},
    }


def stripe() -> Totals:
    def minor(entry: Any, key: str) -> Decimal:
        return Decimal(entry[key]).scaleb(0 if entry["currency"] == "jpy" else -2)

    def data(name: str) -> list[Any]:
        entries: list[Any] = parsed(f"stripe/{name}.json")["data"]
        return entries

    charges = [r for r in rows("stripe/unified_payments.csv") if r["Status"] != "Failed"]
    return {
        "invoices": {i["id"]: minor(i, "total") for i in data("invoices") if i["number"]},
        "credit_notes": {c["id"]: minor(c, "total") for c in data("credit_notes")},
        "payments": {r["id"]: money(r["Amount"]) for r in charges if r["Invoice ID"]},
        "refunds": {
            r["id"]: minor(r, "amount") for r in data("refunds") if r["status"] == "succeeded"
        },
    }


def chargebee() -> Totals:
    def minor(amount: int, currency: str) -> Decimal:
        return Decimal(amount).scaleb(0 if currency == "JPY" else -2)

    invoices = [entry["invoice"] for entry in parsed("chargebee/invoices.json")["list"]]
    kept = [i for i in invoices if not i["deleted"] and i["status"] != "pending"]
    moves = [entry["transaction"] for entry in parsed("chargebee/transactions.json")["list"]]
    done = [t for t in moves if t["status"] == "success"]
    amounts = {t["id"]: minor(t["amount"], t["currency_code"]) for t in done}
    refunds = {t["id"] for t in done if t["type"] == "refund"}
    return {
        "invoices": {i["id"]: minor(i["total"], i["currency_code"]) for i in kept},
        "payments": {key: value for key, value in amounts.items() if key not in refunds},
        "refunds": {key: value for key, value in amounts.items() if key in refunds},
    }


def chargebee_bulk() -> Totals:
    found = rows("chargebee-bulk/invoices.csv")
    kept = [r for r in found if r["invoice[status]"] != "pending"]
    paid = [r for r in found if r["payments[amount][0]"]]
    return {
        "invoices": {r["invoice[id]"]: money(r["invoice[total]"]) for r in kept},
        "payments": {f"{r['invoice[id]']}-payment": money(r["payments[amount][0]"]) for r in paid},
    }


def woocommerce() -> Totals:
    orders = parsed("woocommerce/orders.json")
    return {
        "invoices": {str(o["id"]): money(o["total"]) for o in orders if o["status"] != "pending"},
        "payments": {f"{o['id']}-payment": money(o["total"]) for o in orders if o["date_paid"]},
        "refunds": {
            str(r["id"]): money(r["amount"]) for r in parsed("woocommerce/order_refunds.json")
        },
    }


def kill_bill() -> Totals:
    invoices = parsed("kill-bill/invoices.json")
    kept = [i for i in invoices if i["amount"] and i["status"] != "DRAFT"]
    return {"invoices": {i["invoiceId"]: money(i["amount"]) for i in kept}}


def officernd() -> Totals:
    """Add lines and taxes up: these documents state no total."""

    def total(doc: Any) -> Decimal:
        net = sum((money(line["baseAmount"]) for line in doc["invoiceLines"]), Decimal(0))
        vat = sum((money(each["amount"]) for each in doc["vatAmounts"]), Decimal(0))
        return net + vat if doc["taxType"] == "excluded" else net

    kept = [d for d in parsed("officernd/payments.json") if d["status"] != "draft"]
    notes = [d for d in kept if d.get("documentType") == "creditNote"]
    return {
        "invoices": {d["_id"]: total(d) for d in kept if d not in notes},
        "credit_notes": {d["_id"]: -total(d) for d in notes},
    }


def nexudus() -> Totals:
    records = [r for r in parsed("nexudus/coworkerinvoices.json")["Records"] if not r["Draft"]]
    invoices = [r for r in records if not r["CreditNote"]]
    return {
        "invoices": {r["UniqueId"]: money(r["TotalAmount"]) for r in invoices},
        "credit_notes": {
            r["UniqueId"]: -money(r["TotalAmount"]) for r in records if r["CreditNote"]
        },
        "payments": {
            f"{r['UniqueId']}-payment": money(r["PaidAmount"]) for r in invoices if r["Paid"]
        },
        "refunds": {
            f"{r['UniqueId']}-refund": money(r["RefundedAmount"]) for r in invoices if r["Refunded"]
        },
    }


def cobot() -> Totals:
    data = {each["id"]: each["attributes"] for each in parsed("cobot/invoices.json")["data"]}
    gross = {key: money(each["totalAmount"]["gross"]) for key, each in data.items()}
    return {
        "invoices": {key: value for key, value in gross.items() if value >= 0},
        "credit_notes": {key: -value for key, value in gross.items() if value < 0},
        "payments": {
            f"{key}-payment": money(each["paidAmount"])
            for key, each in data.items()
            if money(each["paidAmount"]) > 0
        },
    }


STATED: dict[str, Stated] = {
    "chargebee": chargebee,
    "chargebee-bulk": chargebee_bulk,
    "cobot": cobot,
    "coworks": coworks,
    "freshbooks": freshbooks,
    "harvest-invoice-lines": lambda: harvest("harvest-invoice-lines"),
    "harvest-invoices": lambda: harvest("harvest-invoices"),
    "invoice-ninja": invoice_ninja,
    "kill-bill": kill_bill,
    "nexudus": nexudus,
    "officernd": officernd,
    "paypal": paypal,
    "qbo-template": qbo_template,
    "qbo-template-tax": qbo_template_tax,
    "shopify": shopify,
    "square": square,
    "stripe": stripe,
    "woocommerce": woocommerce,
    "xero-export": xero_export,
    "xero-template": xero_template,
    "zoho": zoho,
}
