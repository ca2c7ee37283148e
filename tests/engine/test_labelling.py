"""Classes and locations that documents name and the books lack: made once, whatever happens."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind, ListEntry, ListKind
from acctsync.engine.results import DocumentResult, Status
from acctsync.errors import ExitCode
from acctsync.plan.model import Action
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import run_until_killed
from tests.engine.world import World
from tests.sweeping import swept

INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]
HELD = {"A-1": Decimal(10), "A-2": Decimal(20)}
CLASS = "class: {column: Customer, map: {Ann: 'East:Ann', Bob: 'East:Bob'}}, "
MADE = ["East", "East:Ann", "East:Bob"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Let each invoice have a location of its own, and all of them a class below another."""
    made = World(tmp_path)
    made.books.lists |= {ListKind.CLASSES: [], ListKind.LOCATIONS: []}
    made.map("      total: Amount\n", "      total: Amount\n      location: Customer\n")
    made.map("lines: {", f"lines: {{{CLASS}")
    creating(made, "{class: create, location: create}")
    made.export(INVOICES, [])
    return made


def creating(world: World, policies: str) -> None:
    world.map("push:", f"  unmapped: {policies}\npush:")


def names(world: World, kind: Kind) -> list[str]:
    return sorted(each.name for each in world.books.of(kind))


def told(results: tuple[DocumentResult, ...]) -> dict[str, tuple[Status, str]]:
    return {
        each.number: (each.status, each.problem.message if each.problem else "")
        for each in results
        if each.ref.kind is not Kind.CUSTOMERS
    }


def listed(world: World, kind: ListKind, *entries: tuple[str, str, bool]) -> None:
    world.books.lists[kind] = [
        ListEntry(id=id_, name=name.rpartition(":")[2], full_name=name, active=active)
        for id_, name, active in entries
    ]


def test_they_are_made_before_what_names_them_parents_first(world: World) -> None:
    planned = world.plan()
    assert names(world, Kind.CLASSES) == names(world, Kind.LOCATIONS) == []
    assert {each.number for each in planned.documents if each.ref.kind is Kind.CLASSES} == {*MADE}

    result = world.push()

    assert (names(world, Kind.CLASSES), names(world, Kind.LOCATIONS)) == (MADE, ["Ann", "Bob"])
    bodies = [json.loads(each.body) for each in world.provider.sent] if world.provider else []
    order = [(each["kind"], each["number"]) for batch in bodies for each in batch]
    assert [number for kind, number in order if kind == "classes"] == MADE
    ids = {each.name: each.id for each in world.books.documents if each.name}
    above = {each["number"]: each.get("parent", "") for batch in bodies for each in batch}
    assert above["East:Ann"] == above["East:Bob"] == ids["East"]
    hung = {each["number"]: each["labels"] for each in bodies[-1]}
    assert hung["A-1"] == [
        next(e.id for e in world.books.of(Kind.LOCATIONS) if e.name == "Ann"), ids["East:Ann"],
    ]  # fmt: skip
    assert result.exit_code is ExitCode.DONE
    again = world.push()
    assert {each.status for each in again.documents} == {Status.UNCHANGED}
    assert again.calls == Calls()


@pytest.mark.parametrize("boundary", swept(range(38)))
def test_a_kill_at_any_boundary_and_another_run_make_each_once(world: World, boundary: int) -> None:
    run_until_killed(world, boundary)
    assert world.push().exit_code is ExitCode.DONE
    assert (names(world, Kind.CLASSES), names(world, Kind.LOCATIONS)) == (MADE, ["Ann", "Bob"])
    assert world.holds(Kind.INVOICES) == HELD


@pytest.mark.parametrize("exchange", [1, 2])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60", "throttle:5"])
def test_one_whose_answer_is_lost_is_looked_for_by_name(
    world: World, fault: str, exchange: int
) -> None:
    result = world.push(faults={exchange: fault})
    assert (names(world, Kind.CLASSES), names(world, Kind.LOCATIONS)) == (MADE, ["Ann", "Bob"])
    assert world.holds(Kind.INVOICES) == HELD
    assert result.exit_code is ExitCode.DONE


def test_after_the_state_is_lost_they_are_found_by_name(world: World) -> None:
    world.push()
    world.new_state()
    again = world.push()
    assert (names(world, Kind.CLASSES), names(world, Kind.LOCATIONS)) == (MADE, ["Ann", "Bob"])
    assert {each.action for each in again.documents} == {Action.ADOPT}


def test_none_is_made_for_documents_that_are_not_written(world: World) -> None:
    world.export([("A-1" * 8, "Ann", "10.00"), INVOICES[1]], [])
    world.push()
    assert names(world, Kind.CLASSES) == ["East", "East:Bob"]
    assert names(world, Kind.LOCATIONS) == ["Bob"]

    world.export([("A-1" * 8, "Ann", "10.00")], [])
    world.new_state()
    world.books.documents = []
    world.push()
    assert names(world, Kind.CLASSES) == names(world, Kind.LOCATIONS) == []


def test_one_that_was_renamed_in_the_books_is_not_made_again(world: World) -> None:
    world.push()
    (ann, bob) = world.books.of(Kind.LOCATIONS)
    listed(world, ListKind.LOCATIONS, (ann.id, "Annex", True), (bob.id, "Bob", True))
    world.export([*INVOICES, ("A-3", "Ann", "30.00")], [])
    assert world.push().exit_code is ExitCode.DONE
    assert names(world, Kind.LOCATIONS) == ["Ann", "Bob"]
    assert world.holds(Kind.INVOICES) == {**HELD, "A-3": Decimal(30)}


def test_one_that_was_made_inactive_is_told_and_not_made_again(world: World) -> None:
    world.push()
    (ann, bob) = world.books.of(Kind.LOCATIONS)
    listed(world, ListKind.LOCATIONS, (ann.id, "Annex", False), (bob.id, "Bob", True))
    world.export([*INVOICES, ("A-3", "Ann", "30.00")], [])
    result = world.push()
    assert names(world, Kind.LOCATIONS) == ["Ann", "Bob"]
    said = told(result.documents)
    assert said["Ann"] == (
        Status.BLOCKED, f"the location 'Ann' is inactive in the books (id {ann.id})",
    )  # fmt: skip
    assert said["A-3"] == (Status.BLOCKED, "it needs location Ann, which can't be pushed")


def test_a_refused_one_holds_back_what_stands_below_it_and_what_names_it(world: World) -> None:
    result = world.push(faults={1: "refuse:East"})
    said = told(result.documents)
    assert said["East"] == (Status.FAILED, "the books will not have it")
    assert said["East:Ann"] == (Status.BLOCKED, "it needs class East, which can't be pushed")
    assert said["A-1"] == (Status.BLOCKED, "it needs class East:Ann, which can't be pushed")
    assert world.push().exit_code is ExitCode.DONE
    assert names(world, Kind.CLASSES) == MADE


def test_a_full_name_is_taken_and_a_name_below_another_parent_is_not(world: World) -> None:
    world.map("      location: Customer\n", "")
    world.books.lists[ListKind.CLASSES] = []
    listed(world, ListKind.CLASSES, ("9", "West:East", True))
    world.push()
    assert names(world, Kind.CLASSES) == MADE


def test_what_the_list_has_by_the_name_alone_is_taken(world: World) -> None:
    listed(world, ListKind.LOCATIONS, ("7", "Town:Ann", True), ("8", "bob", True))
    world.push()
    assert names(world, Kind.LOCATIONS) == []


def test_a_blank_name_beside_a_colon_is_told(world: World) -> None:
    world.map(
        "      location: Customer\n",
        "      location: {column: Customer, map: {Ann: 'Ann:', Bob: 'Bob:'}}\n",
    )
    problems = {each.problem.code for each in world.plan().documents if each.problem}
    assert problems == {"PLAN070", "PLAN010"}


def test_without_create_the_hint_says_how_to_let_them_be_created(world: World) -> None:
    world.map("{class: create, location: create}", "{class: create}")
    world.map("push:", "  locations: {Ann: Annex, Bob: Annex}\npush:")
    (hint, *_) = {each.problem.hint for each in world.plan().documents if each.problem}
    assert "unmapped: {location: create}" in hint

    listed(world, ListKind.LOCATIONS, ("7", "Annexe", True))
    problems = [each.problem for each in world.plan().documents if each.problem]
    assert {each.message for each in problems} == {
        "the books have no location 'Annex'. Did you mean 'Annexe'?"
    }
    assert not any("create}" in each.hint for each in problems), "it would be made a second time"


def test_a_list_that_is_behind_makes_nothing_twice(world: World) -> None:
    world.push()
    world.new_state()
    made = world.books.of(Kind.LOCATIONS)
    listed(world, ListKind.LOCATIONS, *((each.id, each.name, True) for each in made))
    world.books.kept[ListKind.LOCATIONS] = []
    world.push()
    assert names(world, Kind.LOCATIONS) == ["Ann", "Bob"]


def test_one_that_the_books_refuse_and_list_no_more_is_told(world: World) -> None:
    world.map(CLASS, "")
    world.push()
    (ann, _) = world.books.of(Kind.LOCATIONS)
    world.books.documents = [
        replace(each, name="Gone") if each.id == ann.id else each for each in world.books.documents
    ]
    world.export([*INVOICES, ("A-3", "Ann", "30.00")], [])
    result = world.push(faults={0: "strange:A-3"})
    assert told(result.documents)["A-3"] == (
        Status.BLOCKED,
        (
            f"the location 'Ann' was in the books (id {ann.id}) and is no more: it may have been"
            " merged with another"
        ),
    )
