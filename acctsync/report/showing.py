"""One document, from its rows in the export to what is in the books."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.documents import (
    Customer,
    Document,
    Invoice,
    Item,
    Label,
    Payment,
    Payout,
    RemoteDocument,
)
from acctsync.engine.showing import InBooks, ShowResult
from acctsync.plan.drafting import is_void
from acctsync.plan.model import Known
from acctsync.report.envelope import amount, log_data
from acctsync.report.words import place, singular

if TYPE_CHECKING:
    from rich.console import RenderableType


def show_data(result: ShowResult) -> dict[str, object]:
    """Write a document's life."""
    return {
        "export": [_plain(each) for each in result.documents],
        "known": [_plain(each) for each in result.known],
        "books": [
            {"document": _plain(each.remote), "link": each.link or None} for each in result.in_books
        ],
        "history": log_data(result.entries)["entries"],
    }


def show_text(result: ShowResult) -> RenderableType:
    """Draw a document's life."""
    from acctsync.report.look import SOFT, foreign, stack
    from acctsync.report.problems import listing
    from acctsync.report.standing import log_text

    gone = not result.documents and bool(result.known)
    return stack(
        [
            *(part for each in result.documents for part in _built(each)),
            foreign("It is not in the export any more; nothing is voided for that.", SOFT)
            if gone
            else None,
            *(_held(each, named=len(result.in_books) > 1) for each in result.in_books),
            None if result.in_books else _remembered(result.known),
            listing(result.problems, whole=True),
            log_text(result.entries) if result.entries else None,
        ]
    )


def _built(document: Document) -> list[RenderableType]:
    from acctsync.report.look import foreign, heading

    title = heading(f"{singular(document.ref.kind)} ", foreign(document.number))
    facts = [("export", place(document.place)), ("id", document.ref.id), *_facts(document)]
    parts: list[RenderableType] = [title, _pairs(facts)]
    return [*parts, _lines(document)] if isinstance(document, Invoice) and document.lines else parts


def _facts(document: Document) -> list[tuple[str, str]]:
    if isinstance(document, Customer):
        return [("email", document.email), ("company", document.company)]
    if isinstance(document, Item):
        price = "" if document.unit_price is None else format(document.unit_price, "f")
        account = str(document.account or "")
        return [("sku", document.sku), ("price", price), ("income account", account)]
    if isinstance(document, Label):
        return []
    facts = [("date", str(document.date or "")), ("amount", str(document.money))]
    if document.customer is not None:
        facts.append(("customer", document.customer.id))
    if is_void(document):
        facts.append(("state", "void"))
    if isinstance(document, Payment):
        settled = (f"{each.wanted} {each.amount}" for each in document.allocations)
        facts.append(("pays", ", ".join(settled)))
    if isinstance(document, Payout):
        left, entered = document.route
        facts.append(("moves", f"{left} → {entered}"))
    return facts


def _lines(document: Invoice) -> RenderableType:
    from acctsync.report.look import foreign, table

    drawn = table("Item", "Description", "Quantity", "Amount", right=["Quantity", "Amount"])
    for line in document.lines:
        drawn.add_row(
            foreign(line.item or ""),
            foreign(line.description),
            "" if line.quantity is None else format(line.quantity.normalize(), "f"),
            amount(line.amount, document.currency),
        )
    return drawn


def _held(found: InBooks, *, named: bool) -> RenderableType:
    from acctsync.report.look import heading, stack

    remote = found.remote
    facts = [
        ("id there", remote.id),
        ("number", remote.number or remote.name),
        ("date", remote.date.isoformat() if remote.date else ""),
        ("total", _money(remote.total, remote)),
        ("open", _money(remote.balance, remote)),
        ("standing", "void" if remote.voided else "" if remote.active else "inactive"),
        ("open it at", found.link),
    ]
    of_several = f": {singular(remote.kind)}" if named else ""
    return stack([heading(f"In the books now{of_several}"), _pairs(facts)])


def _remembered(known: tuple[Known, ...]) -> RenderableType:
    from acctsync.report.look import SOFT, foreign, heading, stack

    if not known:
        return foreign("Never pushed.", SOFT)
    facts = [
        (f"{singular(each.ref.kind)}", f"id {each.remote_id}, {each.standing}") for each in known
    ]
    return stack([heading("In the books, as last seen"), _pairs(facts)])


def _pairs(facts: list[tuple[str, str]]) -> RenderableType:
    from rich.table import Table

    from acctsync.report.look import SOFT, foreign

    drawn = Table.grid(padding=(0, 2))
    for name, value in facts:
        if value:
            drawn.add_row(foreign(name, SOFT), foreign(value))
    return drawn


def _money(value: Decimal | None, remote: RemoteDocument) -> str:
    return "" if value is None else f"{amount(value, remote.currency)} {remote.currency}".strip()


def _plain(value: object) -> object:
    """Turn values into what JSON can hold; amounts stay exact text."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.repr}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value
