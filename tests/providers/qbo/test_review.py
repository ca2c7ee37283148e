from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from acctsync.documents import (
    Allocation,
    Document,
    DocumentRef,
    Invoice,
    Item,
    Kind,
    ListEntry,
    Reference,
    TaxTreatment,
)
from acctsync.providers.qbo.company import ClassTracking, Settings
from acctsync.providers.qbo.posting import Posting
from acctsync.providers.qbo.review import review
from tests.providers.qbo.builders import (
    CANADA,
    SETTINGS,
    D,
    a_customer,
    a_line,
    a_payment,
    a_refund,
    an_invoice,
    an_item,
    settings,
)


def codes(document: Document, known: Settings | None = SETTINGS, **more: Any) -> list[str]:
    return [each.code for each in review(document, known, **more)]


ACCOUNTS = [ListEntry(id=name, name=name, full_name=name) for name in ("Rounding", "Sales")]
ITEM = ListEntry(
    id="77", name="Rounding", full_name="Rounding", detail={"income_account": "Rounding"}
)
POSTING = Posting([ITEM], ACCOUNTS)
TAXED: dict[str, Any] = {"tax_total": D("6.25")}
THREE, FOUR = Reference(id="3"), Reference(id="4")
CLASSED = an_invoice(a_line(class_=THREE), a_line(class_=FOUR))


@pytest.mark.parametrize(
    "document",
    [
        an_invoice(),
        a_payment(),
        a_refund(),
        a_customer(email="a@b.co"),
        an_invoice(kind=Kind.ESTIMATES),
    ],
)
@pytest.mark.parametrize("known", [SETTINGS, None])
def test_a_plain_document_brings_no_problem(document: Document, known: Settings | None) -> None:
    assert review(document, known) == ()


@pytest.mark.parametrize(
    ("document", "code", "blocks"),
    [
        (a_payment(source_id="x" * 401, allocations=()), "QBO111", True),
        (a_customer(" \t"), "QBO112", True),
        (a_customer("x" * 501), "QBO113", True),
        (a_customer("a:b"), "QBO114", False),
        (a_customer(email="a@b"), "QBO115", False),
        (an_invoice(a_line("-5")), "QBO121", True),
        (a_payment("-5", allocations=()), "QBO122", True),
        (a_refund("-5"), "QBO122", True),
        (a_payment("5", allocations=(Allocation(wanted="1", amount=D(6)),)), "QBO123", True),
        (an_invoice(number=""), "QBO131", True),
        (an_invoice(number="x" * 22), "QBO132", True),
        (an_invoice(number="CW\u200b1"), "QBO133", True),
        (an_invoice(a_line("123456789012.00")), "QBO134", True),
        (an_invoice(a_line("0.0000001")), "QBO134", True),
        (an_invoice(memo="x" * 1001), "QBO135", False),
        (an_invoice(a_line(description="x" * 4001)), "QBO135", False),
        (an_invoice(lines=()), "QBO141", True),
        (an_invoice(*[a_line("0")] * 10_001), "QBO142", True),
        (an_invoice(*[a_line("0")] * 751, **TAXED), "QBO143", True),
        (an_invoice(a_line(item=None)), "QBO144", True),
        (an_invoice(tax=TaxTreatment.NONE, **TAXED), "QBO152", True),
        (a_refund(lines=()), "QBO141", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_quickbooks_never_takes_is_said_first(
    document: Document, code: str, blocks: bool
) -> None:
    problems = review(document, SETTINGS)

    assert [each.code for each in problems] == [code]
    assert [each.is_error for each in problems] == [blocks]
    assert all(each.hint or not each.is_error for each in problems)
    assert {(each.document, each.kind) for each in problems} == {(document.number, document.kind)}


@pytest.mark.parametrize(
    ("document", "changes", "expected"),
    [
        (an_invoice(**TAXED), {"sales_tax": False}, ["QBO151"]),
        (an_invoice(a_line(discount=D(5))), {}, ["QBO154"]),
        (an_invoice(a_line(discount=D(5))), {"default_discount_account": "86"}, []),
        (an_invoice(a_line(discount=D(5))), {"discounts": False}, []),
        (CLASSED, {}, []),
        (CLASSED, {"classes": ClassTracking.OFF}, ["QBO161"]),
        (CLASSED, {"classes": ClassTracking.PER_DOCUMENT}, ["QBO162"]),
        (an_invoice(location=THREE), {"locations": False}, ["QBO163"]),
        (an_invoice(a_line(location=THREE), a_line(location=FOUR)), {}, ["QBO164"]),
        (an_invoice(), {"closed_until": dt.date(2025, 3, 1)}, []),
        (an_invoice(currency="EUR"), {}, ["QBO172"]),
        (a_customer(currency="EUR"), {}, ["QBO172"]),
        (an_invoice(currency="EUR"), {"multicurrency": True}, []),
        (a_refund(), {"undeposited_funds": ""}, ["QBO124"]),
        (a_refund(deposit_to=THREE), {"undeposited_funds": ""}, []),
        (a_customer("漢字"), {}, ["QBO136"]),
        (a_customer("Müller’s – “Bar”"), {}, []),
        (an_invoice(number="漢"), {}, ["QBO136"]),
        (an_invoice(memo="漢"), {}, ["QBO137"]),
        (a_customer("漢字"), {"domestic": False}, []),
    ],
)
def test_what_this_company_does_not_take_is_said_when_it_is_known(
    document: Document, changes: dict[str, Any], expected: list[str]
) -> None:
    assert codes(document, settings(**changes)) == expected
    assert codes(document, None) == []


def test_outside_the_us_every_line_needs_a_tax_code() -> None:
    bare = an_invoice(a_line(tax_code=None), currency="CAD")

    assert codes(bare, CANADA) == ["QBO153"]
    assert codes(replace(bare, tax=TaxTreatment.NONE), CANADA) == []
    assert codes(replace(bare), replace(CANADA, sales_tax=False)) == []


def test_a_rounding_difference_needs_an_item_that_posts_there() -> None:
    document = an_invoice(rounding=D("0.01"), rounding_account=Reference(name="Rounding"))

    assert codes(document, posting=Posting([], [])) == ["QBO155"]
    assert codes(document, posting=POSTING) == []
    assert codes(document) == []


def test_a_line_that_names_an_account_needs_an_item_that_posts_there() -> None:
    def line(*, item: str | None, account: str | None) -> Invoice:
        named = [None if name is None else Reference(name=name) for name in (item, account)]
        return an_invoice(a_line(item=named[0], account=named[1]))

    assert codes(line(item=None, account=None)) == ["QBO144"]
    assert codes(line(item=None, account="Rounding"), posting=POSTING) == []
    assert codes(line(item=None, account="Sales"), posting=POSTING) == ["QBO146"]
    assert codes(line(item="Rounding", account="Rounding"), posting=POSTING) == []
    assert codes(line(item="Rounding", account="Sales"), posting=POSTING) == ["QBO147"]


def test_several_problems_come_together() -> None:
    document = an_invoice(
        a_line(item=None), number="x" * 30, ref=DocumentRef(Kind.INVOICES, "i", "1"), currency="EUR"
    )

    assert codes(document) == ["QBO132", "QBO144", "QBO172"]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (an_item(), []),
        (an_item("x" * 100), []),
        (an_item("x" * 101), ["QBO116"]),
        (an_item("Spa:" + "x" * 100), []),
        (an_item("Spa: "), ["QBO112"]),
        (an_item("Баня"), ["QBO136"]),
        (an_item(description="x" * 4001, sku="y" * 101), ["QBO135", "QBO135"]),
        (an_item(unit_price=D("0.0000001")), ["QBO134"]),
    ],
)
def test_an_item_is_held_to_what_quickbooks_takes(item: Item, found: list[str]) -> None:
    assert codes(item) == found
