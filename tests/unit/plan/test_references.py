from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.documents import Document, Kind, ListEntry, ListKind, Payout, Reference
from acctsync.errors import Problem
from acctsync.plan.references import Catalog, folded, misfit, references
from tests.builders import (
    DAY,
    a_customer,
    a_line,
    a_payment,
    a_refund,
    an_entry,
    an_invoice,
    ref,
)

A, B, C, D, E, F = (Reference(name=each) for each in "ABCDEF")

LISTED = [
    an_entry("Work", id_="1"),
    an_entry("Design:Work", id_="2"),
    an_entry("Design:Drawing", id_="3"),
    an_entry("Design", id_="4", usable=False),
    an_entry("Old", id_="5", active=False),
    an_entry("North:Tour", id_="6"),
    an_entry("South:Tour", id_="7"),
    an_entry("East:Walk", id_="8", active=False),
    an_entry("West:Walk", id_="9"),
    an_entry("Caf\u00e9  Noir", id_="10"),
    an_entry("Gone:Work", id_="11", active=False),
]


def found(name: str | None = None, id_: str | None = None) -> ListEntry | Problem:
    catalog = Catalog({ListKind.ITEMS: LISTED})
    return catalog.resolve(ListKind.ITEMS, Reference(name=name, id=id_))


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Work", "1"),
        ("Design:Work", "2"),
        ("Drawing", "3"),
        ("Walk", "9"),
        ("  wOrK ", "1"),
        ("design:DRAWING", "3"),
        ("cafe\u0301 noir", "10"),
    ],
)
def test_a_name_leads_to_its_one_active_entry(name: str, id_: str) -> None:
    entry = found(name)
    assert isinstance(entry, ListEntry)
    assert entry.id == id_


def test_an_id_leads_to_its_entry_whatever_its_name() -> None:
    assert found(id_="6") == LISTED[5]


@pytest.mark.parametrize(
    ("name", "id_", "code", "message"),
    [
        (
            "Tour",
            None,
            "REF004",
            "the product or service 'Tour' could be any of North:Tour (id 6), South:Tour (id 7)",
        ),
        ("Old", None, "REF002", "the product or service 'Old' is inactive in the books"),
        (None, "5", "REF002", "the product or service 'id 5' is inactive in the books"),
        ("Design", None, "REF003", "'Design' is a group in the books; a document can't use it"),
        (
            "Drawings",
            None,
            "REF001",
            "the books have no product or service 'Drawings'. Did you mean 'Design:Drawing'?",
        ),
        ("xyz", None, "REF001", "the books have no product or service 'xyz'."),
        ("", None, "REF001", "the books have no product or service ''."),
        (None, "99", "REF001", "the books have no product or service 'id 99'."),
    ],
)
def test_a_name_that_leads_nowhere_is_told_with_what_may_be_meant(
    name: str | None, id_: str | None, code: str, message: str
) -> None:
    problem = found(name, id_)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.message) == (code, message)


def test_an_inactive_entry_is_never_what_was_meant() -> None:
    problem = found("Olt")
    assert isinstance(problem, Problem)
    assert "Did you mean" not in problem.message


def test_a_catalog_answers_the_same_twice_and_knows_which_lists_it_holds() -> None:
    catalog = Catalog({ListKind.ITEMS: LISTED, ListKind.TERMS: []})
    answers = [catalog.resolve(ListKind.ITEMS, Reference(name="Nothing")) for _ in range(2)]
    assert answers[0] is answers[1]
    assert [kind for kind in ListKind if kind in catalog] == [ListKind.ITEMS, ListKind.TERMS]


@given(st.text())
def test_folding_is_the_same_however_often(name: str) -> None:
    assert folded(folded(name)) == folded(name)
    assert folded(f"  {name}\t") == folded(name)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (a_customer(), []),
        (
            a_customer(fixed=A, parent="B"),
            [(ListKind.CUSTOMERS, A), (ListKind.CUSTOMERS, B)],
        ),
        (
            an_invoice(
                lines=(a_line(item=A, class_=B, location=C, tax_code=D), a_line(item=None)),
                terms=E,
                theme=F,
                discount_account=F,
                rounding_account=F,
            ),
            [
                (ListKind.ITEMS, A),
                (ListKind.CLASSES, B),
                (ListKind.LOCATIONS, C),
                (ListKind.TAX_CODES, D),
                (ListKind.TERMS, E),
                (ListKind.BRANDING_THEMES, F),
            ],
        ),
        (
            an_invoice(
                lines=(),
                location=A,
                class_=B,
                discount=Decimal(1),
                discount_account=C,
                rounding=Decimal(1),
                rounding_account=D,
            ),
            [
                (ListKind.LOCATIONS, A),
                (ListKind.CLASSES, B),
                (ListKind.ACCOUNTS, C),
                (ListKind.ACCOUNTS, D),
            ],
        ),
        (
            an_invoice(lines=(a_line(item=None, discount=Decimal(1)),), discount_account=C),
            [(ListKind.ACCOUNTS, C)],
        ),
        (
            a_payment(method=A, deposit_to=B),
            [(ListKind.PAYMENT_METHODS, A), (ListKind.ACCOUNTS, B)],
        ),
        (
            a_refund(
                lines=(a_line(item=A),),
                location=B,
                class_=C,
                method=D,
                deposit_to=E,
                discount_account=F,
            ),
            [
                (ListKind.ITEMS, A),
                (ListKind.LOCATIONS, B),
                (ListKind.CLASSES, C),
                (ListKind.PAYMENT_METHODS, D),
                (ListKind.ACCOUNTS, E),
            ],
        ),
        (
            a_refund(lines=(a_line(item=A, discount=Decimal(1)),), discount_account=F),
            [(ListKind.ITEMS, A), (ListKind.ACCOUNTS, F)],
        ),
    ],
)
def test_a_document_names_every_entry_that_it_points_to(
    document: Document, named: list[tuple[ListKind, Reference]]
) -> None:
    assert list(references(document)) == named


def test_lists_read_again_take_the_place_of_the_former_and_leave_the_others() -> None:
    before = Catalog({ListKind.ITEMS: LISTED, ListKind.CLASSES: [an_entry("East", id_="1")]})
    after = before.renewed({ListKind.ITEMS: [an_entry("Work", id_="99")]})
    work, east = Reference(name="Work"), Reference(name="East")
    assert after.resolve(ListKind.ITEMS, work) == an_entry("Work", id_="99")
    assert isinstance(after.resolve(ListKind.ITEMS, Reference(id="1")), Problem)
    assert after.resolve(ListKind.CLASSES, east) == before.resolve(ListKind.CLASSES, east)
    assert before.resolve(ListKind.ITEMS, work) == LISTED[0]


def test_a_payout_moves_between_two_accounts_of_its_own_currency() -> None:
    payout = Payout(
        ref=ref(Kind.PAYOUTS, "po"),
        number="po",
        date=DAY,
        currency="USD",
        amount=Decimal(5),
        clearing=Reference(name="Clearing"),
        bank=Reference(name="Bank"),
    )
    accounts = [
        an_entry("Clearing", id_="1", currency="USD"),
        an_entry("Bank", id_="2"),
        an_entry("Euro Bank", id_="3", currency="EUR"),
    ]
    catalog = Catalog({ListKind.ACCOUNTS: accounts})
    assert misfit(payout, catalog) is None
    foreign = misfit(replace(payout, bank=Reference(name="Euro Bank")), catalog)
    assert foreign is not None
    assert foreign.message == "it is in USD, but the account 'Euro Bank' is kept in EUR"
    itself = misfit(replace(payout, bank=Reference(id="1")), catalog)
    assert itself is not None
    assert itself.message == "it would go from the account 'Clearing' to itself"
