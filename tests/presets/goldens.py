"""What a preset makes of its sample, written plainly: the golden results compare this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from acctsync.documents import (
    Allocation,
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Line,
    Payment,
    Refund,
    State,
    Tax,
    TaxTreatment,
)
from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import Problem
from acctsync.mapping.load import load
from tests.reading import TODAY

HERE = Path(__file__).parent
PRESETS = HERE.parents[1] / "acctsync" / "presets"
NAMES = sorted(path.stem for path in PRESETS.glob("*.yaml"))

Plain = dict[str, Any]


def reading(name: str) -> Reading:
    """Read a preset's sample with its minimal mapping."""
    return read_documents(load(HERE / name / "acctsync.yaml"), HERE / name, TODAY)


def golden(name: str) -> Plain:
    """Give the golden result that is kept beside a sample."""
    text = (HERE / name / "golden.json").read_text(encoding="utf-8")
    result: Plain = json.loads(text)
    return result


def keep(name: str, result: Plain) -> None:
    """Write a golden result anew."""
    text = json.dumps(result, indent=1, ensure_ascii=True) + "\n"
    (HERE / name / "golden.json").write_text(text, encoding="utf-8")


def plain(found: Reading) -> Plain:
    """Write everything that reading an export came to as plain JSON."""
    names = {doc.ref: doc.name for doc in found.documents if isinstance(doc, Customer)}
    return {
        "documents": [_document(doc, names) for doc in found.documents],
        "refused": sorted(f"{ref.kind} {ref.id}" for ref in found.refused),
        "skipped": {str(kind): count for kind, count in found.skipped.items()},
        # What the minimal mapping leaves to the books is no trouble of the preset's.
        "problems": [_problem(each) for each in found.problems if each.code != "DOC035"],
        "unmapped": [f"{each.what}: {each.value} ({each.count})" for each in found.unmapped],
    }


def _document(doc: Document, names: Mapping[DocumentRef, str]) -> Plain:
    head: Plain = {"kind": str(doc.kind), "id": doc.ref.id}
    match doc:
        case Customer():
            rest = _customer(doc)
        case Invoice():
            rest = _invoice(doc, names)
        case Payment():
            rest = _payment(doc, names)
        case Refund():
            rest = _refund(doc, names)
    return _filled(head | rest)


def _customer(doc: Customer) -> Plain:
    return {
        "name": doc.name,
        "email": doc.email,
        "company": doc.company,
        "tax_number": doc.tax_number,
        "currency": doc.currency,
    }


def _invoice(doc: Invoice, names: Mapping[DocumentRef, str]) -> Plain:
    return {
        "number": doc.number,
        "state": "" if doc.state is State.OPEN else str(doc.state),
        "party": names[doc.customer],
        "date": doc.date.isoformat(),
        "due": doc.due_date.isoformat() if doc.due_date else "",
        "expires": doc.expires.isoformat() if doc.expires else "",
        "currency": doc.currency,
        "exchange_rate": _number(doc.exchange_rate),
        "location": _name(doc.location),
        "terms": _name(doc.terms),
        "reference": doc.reference,
        "memo": doc.memo,
        "prices": "" if doc.tax is TaxTreatment.EXCLUSIVE else f"tax {doc.tax}",
        "lines": [_line(line) for line in doc.lines],
        "discount": _number(doc.discount),
        "document_taxes": [_tax(tax) for tax in doc.document_taxes],
        "tax": _number(doc.tax_total),
        "total": f"{doc.total:f}",
        "applies_to": _allocation(doc.applies_to) if doc.applies_to else {},
        "method": _name(doc.method),
    }


def _line(line: Line) -> Plain:
    return _filled(
        {
            "item": _name(line.item),
            "account": _name(line.account),
            "description": line.description,
            "quantity": _number(line.quantity),
            "price": _number(line.unit_price),
            "discount": _number(line.discount),
            "amount": f"{line.amount:f}",
            "taxes": [_tax(tax) for tax in line.taxes],
            "tax": _number(line.tax_amount),
            "tax_code": _name(line.tax_code),
        }
    )


def _payment(doc: Payment, names: Mapping[DocumentRef, str]) -> Plain:
    return {
        "party": names[doc.customer] if doc.customer else "",
        "date": doc.date.isoformat(),
        "currency": doc.currency,
        "amount": f"{doc.amount:f}",
        "fee": _number(doc.fee),
        "method": _name(doc.method),
        "reference": doc.reference,
        "allocations": [_allocation(each) for each in doc.allocations],
    }


def _refund(doc: Refund, names: Mapping[DocumentRef, str]) -> Plain:
    return {
        "party": names[doc.customer] if doc.customer else "",
        "date": doc.date.isoformat(),
        "currency": doc.currency,
        "amount": f"{doc.amount:f}",
        "payment": doc.payment.id if doc.payment else "",
        "invoice": doc.invoice.id if doc.invoice else "",
        "wanted": doc.wanted_invoice or doc.wanted_payment,
        "method": _name(doc.method),
        "memo": doc.memo,
        "lines": [_line(line) for line in doc.lines],
        "tax": _number(doc.tax_total),
    }


def _allocation(each: Allocation) -> Plain:
    found = each.invoice.id if each.invoice else "not in this export"
    return {"wanted": each.wanted, "invoice": found, "amount": f"{each.amount:f}"}


def _tax(tax: Tax) -> str:
    rate = f" {tax.rate.normalize():f}%" if tax.rate is not None else ""
    return f"{tax.name}{rate}" + (f" = {tax.amount:f}" if tax.amount is not None else "")


def _problem(problem: Problem) -> str:
    place = f" at {problem.location}" if problem.location else ""
    about = f" ({problem.kind} {problem.document})" if problem.document else ""
    return f"{problem.severity} {problem.code}{place}{about}: {problem.message}"


def _name(reference: object) -> str:
    return str(reference) if reference is not None else ""


def _number(number: Decimal | None) -> str:
    return "" if not number else f"{number:f}"


def _filled(values: Plain) -> Plain:
    return {name: value for name, value in values.items() if value not in ("", [], {}, None)}
