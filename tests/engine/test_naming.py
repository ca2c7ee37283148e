"""Lists may be behind the books: no document is blamed for that, and none names the wrong entry."""

from __future__ import annotations

from acctsync.documents import Kind, ListEntry, ListKind
from acctsync.engine.results import DocumentResult, Status, counts
from acctsync.errors import ExitCode
from tests.engine.world import World

ROWS = [("A-1", "Ann", "10.00"), ("A-2", "Ann", "20.00")]
WORK = ListEntry(id="1", name="Work", full_name="Work")
FORMER = ListEntry(id="7", name="Work", full_name="Work")
INACTIVE = ListEntry(id="7", name="Work", full_name="Work", active=False)


def behind(world: World, *entries: ListEntry) -> None:
    """Let clients believe in an older list of items."""
    world.books.kept[ListKind.ITEMS] = list(entries)


def of(results: tuple[DocumentResult, ...], number: str) -> DocumentResult:
    (found,) = [each for each in results if each.number == number]
    return found


def test_a_name_that_a_kept_list_lacks_is_looked_for_in_the_whole_list(world: World) -> None:
    world.export(ROWS, [])
    behind(world)
    result = world.push()
    assert (result.exit_code, counts(result.documents)["create"]) == (ExitCode.DONE, 3)


def test_an_entry_that_a_kept_list_calls_inactive_is_looked_at_again(world: World) -> None:
    world.export(ROWS, [])
    behind(world, INACTIVE)
    assert world.push().exit_code == ExitCode.DONE


def test_only_a_list_that_lacks_a_name_is_read_twice(world: World) -> None:
    world.export(ROWS, [])
    usual = world.plan().calls.read
    behind(world)
    assert world.plan().calls.read == usual + 1
    world.books.lists[ListKind.ITEMS] = []
    world.books.kept.clear()
    assert world.plan().calls.read == usual + 1


def test_a_name_that_even_the_whole_list_lacks_is_the_documents_fault(world: World) -> None:
    world.export(ROWS, [])
    world.books.lists[ListKind.ITEMS] = []
    result = world.push()
    problem = of(result.documents, "A-1").problem
    assert problem is not None
    assert problem.code == "REF001"
    assert world.holds(Kind.INVOICES) == {}


def test_a_refused_reference_that_leads_elsewhere_now_is_sent_again(world: World) -> None:
    world.export(ROWS, [])
    behind(world, FORMER)
    result = world.push(faults={1: "strange:A-1"})
    assert (result.exit_code, counts(result.documents)["create"]) == (ExitCode.DONE, 3)
    assert world.holds(Kind.INVOICES).keys() == {"A-1", "A-2"}
    assert world.provider is not None
    assert len(world.provider.sent) == 3


def test_a_refused_reference_that_leads_where_it_led_is_a_failure(world: World) -> None:
    world.export(ROWS, [])
    result = world.push(faults={1: "strange:A-1"})
    failed = of(result.documents, "A-1")
    assert failed.problem is not None
    assert (failed.status, failed.problem.code) == (Status.FAILED, "FAKE3")
    assert world.holds(Kind.INVOICES).keys() == {"A-2"}
    assert world.provider is not None
    assert len(world.provider.sent) == 2


def test_a_refused_reference_that_leads_nowhere_any_more_says_so(world: World) -> None:
    world.export(ROWS, [])
    behind(world, FORMER)
    world.books.lists[ListKind.ITEMS] = [INACTIVE]
    result = world.push(faults={1: "strange:A-1"})
    blocked = of(result.documents, "A-1")
    assert blocked.problem is not None
    assert (blocked.status, blocked.problem.code) == (Status.BLOCKED, "REF002")
    assert world.books.lists[ListKind.ITEMS] != [WORK]
