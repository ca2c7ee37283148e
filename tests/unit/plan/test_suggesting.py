"""What is offered for a word of the export, and what somebody means who types an answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctsync.documents import ListEntry, ListKind, Reference
from acctsync.mapping.entries import Entry
from acctsync.plan.references import Catalog
from acctsync.plan.suggesting import (
    Command,
    Offer,
    command,
    guess,
    offered,
    reference,
    suggest,
    takes_deposits,
    wrong_names,
)
from tests.builders import an_entry


def entry(full_name: str, id_: str = "", **changes: Any) -> ListEntry:
    return an_entry(full_name, id_=id_ or full_name, **changes)


ITEMS = tuple(
    map(
        entry,
        (
            "Booking Overage",
            "Custom Fee",
            "Day Pass",
            "Memberships:Dedicated Desk",
            "Memberships:Hot Desk",
            "Memberships:Hot Desk Plus",
            "Offices:Large",
            "Offices:Small",
            "Parking",
        ),
    )
)


def names(entries: tuple[ListEntry, ...]) -> list[str]:
    return [each.full_name for each in entries]


@pytest.mark.parametrize(
    ("word", "offer"),
    [
        ("custom fee", ["Custom Fee"]),
        ("Hot Desk", ["Memberships:Hot Desk", "Memberships:Hot Desk Plus"]),
        (
            "Membership: Hot Desk (monthly)",
            ["Memberships:Hot Desk", "Memberships:Hot Desk Plus", "Memberships:Dedicated Desk"],
        ),
        ("PARKING - 12 Main St", ["Parking"]),
        ("Bookng overages", ["Booking Overage"]),
    ],
)
def test_what_is_called_alike_is_offered_best_first(word: str, offer: list[str]) -> None:
    found = suggest(word, ITEMS, 3)
    assert (names(found.entries), found.near) == (offer, True)


def test_where_nothing_is_alike_the_least_unlike_are_offered() -> None:
    found = suggest("Zzz", ITEMS, 3)
    assert (len(found.entries), found.near) == (3, False)
    assert suggest("Zzz", (), 3) == Offer((), near=False)


def test_a_short_list_is_offered_whole() -> None:
    assert names(suggest("Hot Desk", ITEMS[3:5], 3).entries) == [
        "Memberships:Hot Desk",
        "Memberships:Dedicated Desk",
    ]


def test_only_what_documents_can_use_is_offered() -> None:
    entries = [
        entry("B"),
        entry("A"),
        entry("Old", active=False),
        entry("Group", usable=False),
    ]
    assert names(offered(entries)) == ["A", "B"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2", "Day Pass"),
        ("day  pass", "Day Pass"),
        ("Memberships:Hot Desk", "Memberships:Hot Desk"),
        ("hot desk", "Memberships:Hot Desk"),
        ("plus", "Memberships:Hot Desk Plus"),
        ("over", "Booking Overage"),
        ("custom fe", "Custom Fee"),
        ("Cutsom Fee", "Custom Fee"),
    ],
)
def test_an_answer_is_a_number_a_name_or_something_near_one(typed: str, meant: str) -> None:
    found = guess(typed, ITEMS[1:3], ITEMS)
    assert (names(found.entries), found.sure) == ([meant], True)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        (
            "desk",
            ["Memberships:Dedicated Desk", "Memberships:Hot Desk", "Memberships:Hot Desk Plus"],
        ),
        ("small or large", []),
        ("3", []),
        ("0", []),
        ("²", []),
        ("9" * 5000, []),
        ("Pakring lot", ["Parking"]),
    ],
)
def test_what_could_be_several_or_none_is_not_taken(typed: str, near: list[str]) -> None:
    found = guess(typed, ITEMS[1:3], ITEMS)
    assert (names(found.entries), found.sure) == (near, False)


def test_a_name_that_is_a_number_can_be_typed_where_no_such_number_is_offered() -> None:
    entries = (entry("Room"), entry("2024"))
    assert names(guess("2024", entries, entries).entries) == ["2024"]
    assert names(guess("2", entries, entries).entries) == ["2024"]
    assert names(guess("1", entries, entries).entries) == ["Room"]


def test_names_that_are_there_twice_are_both_offered() -> None:
    twice = (entry("Rent", "1"), entry("Rent", "2"))
    assert guess("rent", (), twice).entries == twice
    assert not guess("rent", (), twice).sure
    assert guess("2", twice, twice).entries == twice[1:]


@settings(deadline=None)
@given(st.text(max_size=20), st.lists(st.text(max_size=12), max_size=6))
def test_whatever_is_typed_only_entries_of_the_list_are_meant(
    typed: str, called: list[str]
) -> None:
    entries = tuple(entry(name, str(number)) for number, name in enumerate(called))
    found = guess(typed, entries[:2], entries)
    assert all(each in entries for each in found.entries)
    assert len(found.entries) == 1 or not found.sure
    assert all(each in entries for each in suggest(typed, entries, 3).entries)


def test_commands_are_single_characters_in_any_case() -> None:
    typed = ["", " ", "?", "q", "Q", "r", "quit", "1"]
    meant = [Command.SKIP, Command.SKIP, Command.WHOLE_LIST, Command.STOP, Command.STOP]
    assert [command(each) for each in typed] == [*meant, Command.AGAIN, None, None]


def test_an_entry_is_named_by_its_name_or_where_that_is_there_twice_by_its_id() -> None:
    entries = [entry("Rent", "1"), entry("Rent", "2"), entry("Park:Rent", "3"), entry("Park", "4")]
    entries.append(entry("Park", "5", active=False))
    catalog = Catalog({ListKind.ITEMS: entries})
    assert [reference(ListKind.ITEMS, each, catalog) for each in entries] == [
        Reference(id="1"),
        Reference(id="2"),
        Reference(name="Park:Rent"),
        Reference(name="Park"),
        Reference(id="5"),
    ]


def test_money_goes_to_banks_and_to_what_is_held_for_them() -> None:
    types = ["Bank", "BANK", "Other Current Asset", "Income", "Accounts Receivable", ""]
    taken = [takes_deposits(entry("x", type=each)) for each in types]
    assert taken == [True, True, True, False, False, False]


def test_a_name_is_wrong_if_documents_need_it_and_the_books_lack_it() -> None:
    catalog = Catalog({ListKind.ITEMS: [entry("Desk"), entry("Old", active=False)]})
    asked = [
        Entry(kind=ListKind.ITEMS, reference=Reference(name="desk"), path=("a",)),
        Entry(kind=ListKind.ITEMS, reference=Reference(name="Desks"), path=("b",)),
        Entry(kind=ListKind.ITEMS, reference=Reference(name="Old"), path=("c",)),
        Entry(kind=ListKind.ITEMS, reference=Reference(name="Gone"), path=("d",), needed=False),
        Entry(kind=ListKind.VENDORS, reference=Reference(name="Gone"), path=("e",)),
    ]
    assert [(each.path, why) for each, why in wrong_names(asked, catalog)] == [
        (("b",), "the books have no product or service 'Desks'. Did you mean 'Desk'?"),
        (("c",), "the product or service 'Old' is inactive in the books"),
    ]
