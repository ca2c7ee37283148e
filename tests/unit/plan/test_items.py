"""Which products and services documents lack, and what they are made out of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from acctsync.documents import Document, DocumentRef, Fee, Invoice, Item, Kind, Reference
from acctsync.plan.items import ItemPolicy, Use, key_of, made_for, needs_of, uses
from tests.builders import DAY, a_line, an_invoice

SAUNA, SALES, RENT = Reference(name="Sauna"), Reference(name="Sales"), Reference(name="Rent")
POLICY = ItemPolicy(create=True, income_account=SALES)


def sold(*items: Reference, account: Reference | None = None) -> Invoice:
    return an_invoice(lines=tuple(a_line(item=each, account=account) for each in items))


def bought(item: Reference, account: Reference | None = None) -> Invoice:
    purchase = sold(item)
    line = replace(purchase.lines[0], expense_account=account)
    return replace(purchase, ref=DocumentRef(Kind.BILLS, "bills", "B-1"), lines=(line,))


def a_fee() -> Fee:
    return Fee(
        ref=DocumentRef(Kind.FEES, "payments", "p"), payment=DocumentRef(Kind.PAYMENTS, "p", "p"),
        date=DAY, currency="USD", amount=Decimal(1), account=RENT, item=SAUNA,
    )  # fmt: skip


def test_items_are_used_by_what_is_sold_bought_and_kept() -> None:
    assert list(uses(sold(SAUNA, account=SALES))) == [Use(SAUNA, income=SALES)]
    assert list(uses(bought(SAUNA))) == [Use(SAUNA, bought=True)]
    assert list(uses(a_fee())) == [Use(SAUNA, expense=RENT, bought=True)]


def test_an_item_named_by_its_id_or_beaten_by_an_account_is_not_used_by_name() -> None:
    assert list(uses(sold(Reference(id="9")))) == []
    assert list(uses(bought(SAUNA, account=RENT))) == []


@pytest.mark.parametrize(
    ("name", "word", "made"),
    [
        ("  Hot  Sauna ", False, "Hot Sauna"),
        ("Spa:Sauna", False, "Spa:Sauna"),
        ("Spa: Sauna", True, "Spa- Sauna"),
    ],
)
def test_a_word_of_the_export_is_one_name_and_a_name_of_the_mapping_a_path(
    name: str, word: bool, made: str
) -> None:
    (need,) = needs_of([sold(Reference(name=name, word=word))], lambda _: True)
    item, problem = made_for(need, POLICY)
    assert (item.name, problem) == (made, None)


def test_all_spellings_of_a_name_are_one_item_with_what_all_of_them_say() -> None:
    documents: list[Document] = [
        sold(SAUNA),
        sold(Reference(name=" SAUNA"), account=RENT),
        a_fee(),
    ]
    (need,) = needs_of(documents, lambda _: True)
    item, problem = made_for(need, POLICY)
    assert problem is None
    assert item == Item(
        ref=DocumentRef(Kind.ITEMS, "items", "name:sauna"), name="Sauna", account=RENT,
        expense_account=RENT,
    )  # fmt: skip


def test_what_is_bought_without_an_account_cant_be_made() -> None:
    (need,) = needs_of([bought(SAUNA)], lambda _: True)
    _, problem = made_for(need, POLICY)
    assert problem is not None
    assert problem.code == "PLAN045"


def test_what_the_books_have_is_no_need() -> None:
    assert needs_of([sold(SAUNA)], lambda _: False) == ()
    assert key_of(Reference(name="Spa :Sauna")) == "spa:sauna"
