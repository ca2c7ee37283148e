"""Products and services that documents name and the books lack: made once, whatever happens."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind, ListEntry, ListKind
from acctsync.engine.results import DocumentResult, Status, counts_by_kind
from acctsync.errors import ExitCode
from acctsync.plan.model import Action
from acctsync.plan.selection import Selection
from acctsync.providers.port import Calls
from tests.engine.test_crash_points import run_until_killed
from tests.engine.world import MAPPING, World
from tests.sweeping import swept

SALES = ListEntry(id="7", name="Sales", full_name="Sales", type="Income")
ONE_INVOICE = [("A-1", "Ann", "10.00")]
INVOICES = [*ONE_INVOICE, ("A-2", "Bob", "20.00")]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.books.lists = {ListKind.ITEMS: [], ListKind.ACCOUNTS: [SALES]}
    creating(made)
    made.export(INVOICES, [])
    return made


def creating(world: World, accounting: str = "") -> None:
    """Let the mapping create what it doesn't list, under one account."""
    rules = accounting or "  defaults: {income_account: Sales}\n  unmapped: {item: create}\n"
    mapping = MAPPING.replace("  items: {work: {item: Work}}\n", rules)
    (world.folder / "acctsync.yaml").write_text(mapping, encoding="utf-8")


def items(world: World) -> list[str]:
    return [each.name for each in world.books.of(Kind.ITEMS)]


def told(results: tuple[DocumentResult, ...]) -> dict[str, tuple[Status, str]]:
    return {
        each.number: (each.status, each.problem.message if each.problem else "")
        for each in results
        if each.ref.kind is not Kind.CUSTOMERS
    }


def test_an_item_is_made_once_before_the_documents_that_name_it(world: World) -> None:
    planned = world.plan()
    assert counts_by_kind(planned.documents)[Kind.ITEMS]["create"] == 1
    assert items(world) == []

    result = world.push()

    assert items(world) == ["work"]
    (made,) = world.books.of(Kind.ITEMS)
    bodies = [json.loads(each.body) for each in world.provider.sent] if world.provider else []
    assert [each["kind"] for batch in bodies for each in batch] == [
        "customers", "customers", "items", "invoices", "invoices",
    ]  # fmt: skip
    assert {tuple(each["items"]) for each in bodies[-1]} == {(made.id,)}
    assert result.exit_code is ExitCode.DONE


def test_nothing_is_asked_once_everything_is_there(world: World) -> None:
    world.push()
    again = world.push()
    assert {each.status for each in again.documents} == {Status.UNCHANGED}
    assert again.calls == Calls()


@pytest.mark.parametrize("boundary", swept(range(26)))
def test_a_kill_at_any_boundary_and_another_run_make_it_once(world: World, boundary: int) -> None:
    run_until_killed(world, boundary)
    world.push()
    assert items(world) == ["work"]
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal(10), "A-2": Decimal(20)}


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late:60", "throttle:5"])
def test_an_item_whose_answer_is_lost_is_looked_for_by_name(world: World, fault: str) -> None:
    result = world.push(faults={1: fault})
    assert items(world) == ["work"]
    assert world.holds(Kind.INVOICES) == {"A-1": Decimal(10), "A-2": Decimal(20)}
    assert result.exit_code is ExitCode.DONE


def test_after_the_state_is_lost_it_is_found_by_name(world: World) -> None:
    world.push()
    world.new_state()
    again = world.push()
    assert items(world) == ["work"]
    assert {each.action for each in again.documents} == {Action.ADOPT}


def test_no_item_is_made_for_documents_that_are_not_written(world: World) -> None:
    world.export([("A-1" * 8, "Ann", "10.00")], [])
    result = world.push()
    assert items(world) == []
    assert {each.ref.kind for each in result.documents} == {Kind.CUSTOMERS, Kind.INVOICES}

    world.export(ONE_INVOICE, [])
    world.push()
    renamed = world.books.of(Kind.ITEMS)
    world.books.documents = [
        replace(each, name="Labour", number="Labour") if each in renamed else each
        for each in world.books.documents
    ]
    world.new_state()
    again = world.push()
    assert items(world) == ["Labour"]
    assert {each.action for each in again.documents} == {Action.ADOPT}


def test_an_item_that_was_renamed_in_the_books_is_not_made_again(world: World) -> None:
    world.export(ONE_INVOICE, [])
    world.push()
    (made,) = world.books.of(Kind.ITEMS)
    world.books.lists[ListKind.ITEMS] = [ListEntry(id=made.id, name="Labour", full_name="Labour")]
    world.export(INVOICES, [])
    world.push()
    assert len(items(world)) == 1
    assert world.holds(Kind.INVOICES).keys() == {"A-1", "A-2"}


def test_an_item_that_was_made_inactive_is_told_and_not_made_again(world: World) -> None:
    world.export(ONE_INVOICE, [])
    world.push()
    (made,) = world.books.of(Kind.ITEMS)
    asleep = ListEntry(id=made.id, name="Labour", full_name="Labour", active=False)
    world.books.lists[ListKind.ITEMS] = [asleep]
    world.export(INVOICES, [])
    result = world.push()
    assert items(world) == ["work"]
    assert told(result.documents) == {
        "work": (
            Status.BLOCKED,
            f"the product or service 'work' is inactive in the books (id {made.id})",
        ),
        "A-1": (Status.UNCHANGED, ""),
        "A-2": (Status.BLOCKED, "it needs item work, which can't be pushed"),
    }


def test_an_item_that_the_books_refuse_and_list_no_more_is_told_and_not_made_again(
    world: World,
) -> None:
    world.export(ONE_INVOICE, [])
    world.push()
    (made,) = world.books.of(Kind.ITEMS)
    world.export(INVOICES, [])
    result = world.push(faults={1: "strange:A-2"})
    assert items(world) == ["work"]
    why = f"the product or service 'work' was in the books (id {made.id}) and is no more"
    assert told(result.documents) == {
        "A-1": (Status.UNCHANGED, ""),
        "A-2": (Status.BLOCKED, f"{why}: it may have been merged with another"),
        "work": (Status.UNCHANGED, ""),
    }


def test_a_refused_item_blocks_what_names_it_and_nothing_else_until_it_is_mended(
    world: World,
) -> None:
    (world.folder / "acctsync.yaml").write_text(
        (world.folder / "acctsync.yaml").read_text().replace("{value: work}", "Customer"),
        encoding="utf-8",
    )
    result = world.push(faults={1: "refuse:Ann"})
    assert result.exit_code is ExitCode.PARTIAL
    assert told(result.documents) == {
        "Ann": (Status.FAILED, "the books will not have it"),
        "Bob": (Status.DONE, ""),
        "A-1": (Status.BLOCKED, "it needs item Ann, which can't be pushed"),
        "A-2": (Status.DONE, ""),
    }

    failed = frozenset({"name:ann", "A-1"})
    again = world.push(selection=Selection(documents=failed))
    assert told(again.documents) == {"Ann": (Status.DONE, ""), "A-1": (Status.DONE, "")}
    assert sorted(items(world)) == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("accounting", "status", "why"),
    [
        (
            "  unmapped: {item: create}\n",
            {"work": Status.BLOCKED, "A-1": Status.BLOCKED, "A-2": Status.BLOCKED},
            (
                "the books have no product or service 'work', and nothing says which income account"
                " to create it under"
            ),
        ),
        (
            (
                "  items: {work: {item: work, account: Sales}}\n  line_rules:\n    - {when:"
                " {customer: Bob}, set: {account: Other}}\n  unmapped: {item: create}\n"
            ),
            {"work": Status.BLOCKED, "A-1": Status.BLOCKED, "A-2": Status.BLOCKED},
            (
                "the books have no product or service 'work', and its lines name several income"
                " accounts to create it under: Sales and Other"
            ),
        ),
        (
            "  items: {work: {item: 'Any:work', account: Sales}}\n  unmapped: {item: create}\n",
            {"Any:work": Status.BLOCKED, "A-1": Status.BLOCKED, "A-2": Status.BLOCKED},
            (
                "the product or service 'work' can't be created: the books have no active category"
                " 'Any' for it"
            ),
        ),
        (
            "  items: {work: {item: work, account: Zzz}}\n  unmapped: {item: create}\n",
            {"work": Status.BLOCKED, "A-1": Status.BLOCKED, "A-2": Status.BLOCKED},
            "the books have no account 'Zzz'.",
        ),
        (
            "  items: {work: {item: work, account: Sales}}\n",
            {"A-1": Status.BLOCKED, "A-2": Status.BLOCKED},
            "the books have no product or service 'work'.",
        ),
    ],
)
def test_an_item_that_cant_be_made_is_told_with_what_to_write(
    world: World, accounting: str, status: dict[str, Status], why: str
) -> None:
    creating(world, accounting)
    world.books.lists[ListKind.ACCOUNTS].append(
        ListEntry(id="8", name="Other", full_name="Other", type="Income")
    )
    planned = world.plan()
    documents = [each for each in planned.documents if each.ref.kind is not Kind.CUSTOMERS]
    assert {each.number: each.status for each in documents} == status
    problem = next(each.problem for each in documents if each.number == next(iter(status)))
    assert problem is not None
    assert problem.message == why


def test_without_create_the_hint_says_how_to_let_it_be_created(world: World) -> None:
    creating(world, "  items: {work: {item: work}}\n")
    hints = {each.problem.hint for each in world.plan().documents if each.problem}
    assert [hint for hint in hints if "unmapped: {item: create}" in hint] == list(hints)
