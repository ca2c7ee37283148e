"""What has to be asked for a mapping, and what the answers become in it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from acctsync.documents import ListKind, Reference
from acctsync.errors import Location
from acctsync.mapping.editing import NewEntry, NewValue, edited
from acctsync.mapping.entries import Entry
from acctsync.mapping.lookups import Unmapped
from acctsync.mapping.questions import (
    Choice,
    Misnamed,
    Unknown,
    lists_for,
    misnamed,
    unknown_words,
)
from tests.reading import BOOKS, read

PLACE = Location("a.csv", 2)
NAME, ID = Reference(name="Park: Rent"), Reference(id="19")


def unmapped(what: str, value: str, count: int = 1) -> Unmapped:
    return Unmapped(what=what, value=value, count=count, place=PLACE, yaml="")


def unknown(what: str, value: str, count: int = 1) -> Unknown:
    return Unknown(what=what, value=value, count=count, place=PLACE)


def test_items_are_asked_for_first_and_the_most_used_of_a_sort_before_the_others() -> None:
    words = [
        unmapped("payment_method", "Visa", 9),
        unmapped("item", "Desk", 1),
        unmapped("item", "Pass", 5),
        unmapped("class", "A"),
        unmapped("location", "B"),
        unmapped("tax", "C"),
    ]
    asked = [(each.what, each.value) for each in unknown_words(words)]
    assert asked == [
        ("item", "Pass"),
        ("item", "Desk"),
        ("tax", "C"),
        ("location", "B"),
        ("class", "A"),
        ("payment_method", "Visa"),
    ]


def test_words_that_a_lookup_takes_for_the_same_are_asked_for_once() -> None:
    words = [
        unmapped("item", "Hot Desk", 2),
        unmapped("item", "hot  desk"),
        unmapped("tax", "Hot Desk"),
    ]
    assert unknown_words(words) == (unknown("item", "Hot Desk", 3), unknown("tax", "Hot Desk"))


@pytest.mark.parametrize(
    ("what", "chosen", "entry"),
    [
        ("item", [NAME], NewEntry("items", "x", {"item": "Park: Rent"})),
        ("item", [ID], NewEntry("items", "x", {"item": {"id": "19"}})),
        ("tax", [NAME], NewEntry("taxes", "x", {"code": "Park: Rent"})),
        ("location", [ID], NewEntry("locations", "x", {"id": "19"})),
        ("class", [NAME], NewEntry("classes", "x", "Park: Rent")),
        (
            "payment_method",
            [NAME, ID],
            NewEntry("payment_methods", "x", {"method": "Park: Rent", "deposit_to": {"id": "19"}}),
        ),
        (
            "payment_method",
            [NAME, None],
            NewEntry("payment_methods", "x", {"method": "Park: Rent"}),
        ),
    ],
)
def test_an_answer_becomes_an_entry(
    what: str, chosen: list[Reference | None], entry: NewEntry
) -> None:
    assert unknown(what, "x").edits(chosen) == (entry,)


def test_a_way_of_paying_is_asked_for_its_method_and_where_its_money_goes() -> None:
    assert unknown("payment_method", "Visa").choices("Bank") == (
        Choice(kind=ListKind.PAYMENT_METHODS, word="Visa", by_id=False),
        Choice(kind=ListKind.ACCOUNTS, word="Visa", deposits=True, default="Bank"),
    )
    assert unknown("item", "Desk").choices("Bank") == (Choice(kind=ListKind.ITEMS, word="Desk"),)
    asked = [unknown("payment_method", "Visa"), unknown("tax", "A"), unknown("tax", "B")]
    assert lists_for(asked) == (
        ListKind.PAYMENT_METHODS,
        ListKind.ACCOUNTS,
        ListKind.TAX_CODES,
    )


def test_a_name_that_is_wrong_in_several_places_is_asked_for_once_and_put_right_in_all() -> None:
    paths = [("accounting", "items", "A", "item"), ("accounting", "line_rules", "0", "set", "item")]
    wrong = [
        Entry(kind=ListKind.ITEMS, reference=Reference(name="Dsek"), path=path, place=PLACE)
        for path in paths
    ]
    (question,) = misnamed((each, "why") for each in wrong)
    assert question == Misnamed(
        kind=ListKind.ITEMS,
        reference=Reference(name="Dsek"),
        why="why",
        paths=tuple(paths),
        place=PLACE,
    )
    assert question.choices("") == (Choice(kind=ListKind.ITEMS, word="Dsek"),)
    assert question.edits([ID]) == tuple(NewValue(path, {"id": "19"}) for path in paths)


@pytest.mark.parametrize(
    ("path", "by_id", "deposits"),
    [
        (("accounting", "taxes", "A", "code"), False, False),
        (("accounting", "payment_methods", "A", "method"), False, False),
        (("accounting", "payment_methods", "A", "deposit_to"), True, True),
        (("accounting", "defaults", "income_account"), True, False),
    ],
)
def test_what_is_offered_for_a_wrong_name_depends_on_where_it_stands(
    path: tuple[str, ...], by_id: bool, deposits: bool
) -> None:
    entry = Entry(kind=ListKind.ACCOUNTS, reference=Reference(name="x"), path=path)
    (question,) = misnamed([(entry, "")])
    (choice,) = question.choices("")
    assert (choice.by_id, choice.deposits) == (by_id, deposits)


MAPPING = f"""{BOOKS}
sources:
  a: {{files: a.csv, format: csv, numbers: "1234.50", dates: iso}}
records:
  invoices:
    from: a
    document: {{id: No, customer: Who, date: Day, location: Where}}
    lines: {{item: What, amount: Amount}}
accounting: {{customers: {{match: [name]}}}}
push: {{invoices: true}}
"""


@pytest.mark.parametrize(
    ("item", "location", "catches_others"),
    [
        ("Desk", "Mars", False),
        ("", "other", False),
        ("other", "tracking_category", False),
        ("Desk: *", "a: b # c", True),
        ("null", "{x", False),
        ("*", "é", True),
    ],
)
def test_an_answered_word_is_mapped_and_none_is_asked_for_again(
    tmp_path: Path, item: str, location: str, catches_others: bool
) -> None:
    files = {"a.csv": f'No,Who,Day,Where,What,Amount\n1,Ada,2025-03-01,"{location}","{item}",5\n'}
    asked = unknown_words(read(tmp_path, MAPPING, files).unmapped)
    assert [each.what for each in asked] == ["item", "location"]
    assert asked[0].catches_others == catches_others
    text = MAPPING
    for each in asked:
        for edit in each.edits([Reference(name="Mapped")]):
            text = edited(text, edit)
    reading = read(tmp_path, text, files, today=dt.date(2025, 6, 1))
    assert reading.unmapped == ()
    assert reading.problems == ()
