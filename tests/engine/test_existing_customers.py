"""Customers that the books have already: kept as they are, or brought up to date if so mapped."""

from __future__ import annotations

from typing import Any

import pytest

from acctsync.documents import Kind, ListEntry, ListKind, RemoteDocument
from acctsync.engine.results import counts
from acctsync.errors import ExitCode, Problem
from acctsync.providers.port import Calls, Refusal, Rejected
from tests.engine.world import World

INVOICES = [("A-1", "Ann", "10.00")]
HEAD = "Name,Email,Company,Phone"
ANN = "Ann,ann@new.example,,555 0199"


@pytest.fixture
def world(world: World) -> World:
    world.map(
        "records:",
        """  people: {files: people.csv, format: csv}
records:
  customers:
    from: people
    document: {id: Name, name: Name, email: Email, company: Company, phone: Phone}""",
    )
    # Whatever its address, a customer is known by its name here.
    world.map("accounting:\n", "accounting:\n  customers: {match: [name], existing: overwrite}\n")
    world.export(INVOICES, [])
    people(world, ANN)
    return world


def people(world: World, *rows: str) -> None:
    (world.folder / "people.csv").write_text("\n".join((HEAD, *rows, "")), encoding="utf-8")


def keep(world: World) -> None:
    world.map("existing: overwrite", "existing: keep")


def ann_in_the_books(world: World) -> RemoteDocument:
    ann = RemoteDocument(
        kind=Kind.CUSTOMERS, id="7", version="3", digest="by hand", number="Ann", name="Ann",
        email="ann@old.example", company="Ann & Co", phone="555 0100",
    )  # fmt: skip
    world.books.documents.append(ann)
    return ann


def contact(world: World) -> tuple[str, str, str]:
    (ann,) = world.books.of(Kind.CUSTOMERS)
    return ann.email, ann.company, ann.phone


def numbers(result: Any) -> dict[str, int]:
    return {word: number for word, number in counts(result.documents).items() if number}


def told(result: Any) -> list[str]:
    return [each.code for each in result.problems if each.code.startswith("PLAN")]


def test_an_existing_customer_is_adopted_as_it_is(world: World) -> None:
    keep(world)
    ann = ann_in_the_books(world)
    assert numbers(world.push()) == {"create": 1, "adopt": 1}
    people(world, "Ann,ann@newer.example,Ann Inc,555 0200")
    assert world.push().calls == Calls()
    assert world.books.of(Kind.CUSTOMERS) == [ann]


def test_what_the_export_has_is_overwritten_and_what_it_leaves_blank_stays(world: World) -> None:
    ann_in_the_books(world)
    assert numbers(world.push()) == {"create": 1, "update": 1}
    assert contact(world) == ("ann@new.example", "Ann & Co", "555 0199")
    assert world.push().calls == Calls()


def test_a_customer_that_agrees_is_adopted_without_a_write(world: World) -> None:
    ann = ann_in_the_books(world)
    people(world, f"Ann,{ann.email.upper()},{ann.company},{ann.phone}")
    assert numbers(world.push()) == {"create": 1, "adopt": 1}
    assert world.books.of(Kind.CUSTOMERS) == [ann]


def test_a_changed_customer_is_one_update(world: World) -> None:
    world.push()
    people(world, "Ann,ann@newer.example,Ann Inc,")
    result = world.push()
    assert (numbers(result), result.calls.write) == ({"update": 1, "unchanged": 1}, 1)
    assert contact(world) == ("ann@newer.example", "Ann Inc", "555 0199")
    assert world.push().calls == Calls()


def test_the_export_wins_over_what_somebody_wrote_there(world: World) -> None:
    world.push()
    (ann,) = world.books.of(Kind.CUSTOMERS)
    world.books.change(ann.id, digest="by hand", phone="555 0000")
    people(world, "Ann,ann@newer.example,,555 0199")
    assert numbers(world.push()) == {"update": 1, "unchanged": 1}
    assert contact(world) == ("ann@newer.example", "", "555 0199")


def test_without_updates_nothing_is_overwritten_and_that_is_told(world: World) -> None:
    world.map("void: true", "void: true, updates: false")
    ann_in_the_books(world)
    assert numbers(world.push()) == {"create": 1, "adopt": 1}
    people(world, "Ann,ann@newer.example,,")
    result = world.push()
    assert told(result) == ["PLAN001"]
    assert contact(world) == ("ann@old.example", "Ann & Co", "555 0100")


def test_an_export_without_contact_data_asks_nothing(world: World) -> None:
    world.push()
    people(world, "Ann,,,")
    assert world.push().calls == Calls()


def test_one_that_is_inactive_there_is_left_and_its_invoices_go_on(world: World) -> None:
    world.push()
    (ann,) = world.books.of(Kind.CUSTOMERS)
    world.books.change(ann.id, active=False)
    people(world, "Ann,ann@newer.example,,")
    world.export([*INVOICES, ("A-2", "Ann", "20.00")], [])
    result = world.push()
    assert numbers(result) == {"create": 1, "unchanged": 2}
    assert told(result) == ["PLAN028"]


def test_a_pair_made_by_hand_is_left_alone(world: World) -> None:
    ann_in_the_books(world)
    world.books.lists[ListKind.CUSTOMERS] = [ListEntry(id="7", name="Ann", full_name="Ann")]
    world.map("existing: overwrite", "existing: overwrite, fixed: {Ann: {id: 7}}")
    assert numbers(world.push()) == {"create": 1, "adopt": 1}
    people(world, "Ann,ann@newer.example,,")
    assert world.push().calls == Calls()
    assert contact(world) == ("ann@old.example", "Ann & Co", "555 0100")


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "late:60"])
def test_an_update_whose_answer_was_lost_ends_as_the_export_says(world: World, fault: str) -> None:
    world.push()
    people(world, "Ann,ann@newer.example,,555 0199")
    assert world.push(faults={0: fault}).exit_code == ExitCode.DONE
    assert contact(world) == ("ann@newer.example", "", "555 0199")
    assert world.push().calls == Calls()


def test_who_was_changed_at_the_same_moment_is_read_again(world: World) -> None:
    world.push()
    people(world, "Ann,ann@newer.example,,555 0199")
    stale = Rejected(problem=Problem(code="FAKE", message="stale"), refusal=Refusal.STALE)
    assert world.push(faults={0: stale}).exit_code == ExitCode.DONE
    assert contact(world) == ("ann@newer.example", "", "555 0199")


def test_a_new_customer_is_created_whole(world: World) -> None:
    assert numbers(world.push()) == {"create": 2}
    assert contact(world) == ("ann@new.example", "", "555 0199")
