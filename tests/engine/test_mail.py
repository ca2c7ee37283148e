"""The books e-mail each invoice that we created, once: after any crash, and no other invoice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Kind, Mailed, RemoteDocument
from acctsync.engine.results import PushResult, Status, counts
from acctsync.errors import ExitCode, Problem
from acctsync.plan.selection import Selection
from acctsync.providers.port import Accepted, Calls, Limits, Refusal, Rejected
from tests.engine.test_crash_points import Fuse, run_until_killed, store_with
from tests.engine.world import MAPPING, World

MAILS = MAPPING.replace("void: true}", "void: true, send_email: when_created}").replace(
    "customer: {name: Customer}", "customer: {name: Customer, email: Mail}"
)
ADDRESSES = {"Ann": "ann@example.com", "Bob": "bob@example.com", "Cy": "cy@example.com"}
INVOICES = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00"), ("A-3", "Bob", "30.00")]
SENT = [("A-1", "ann@example.com"), ("A-2", "bob@example.com"), ("A-3", "bob@example.com")]


def billing(folder: Path) -> World:
    folder.mkdir(exist_ok=True)
    world = World(folder)
    mailing(world, "when_created")
    exported(world, INVOICES)
    return world


def mailing(world: World, when: str) -> None:
    text = MAILS.replace("when_created", when)
    (world.folder / "acctsync.yaml").write_text(text, encoding="utf-8")


def exported(
    world: World,
    invoices: list[tuple[str, str, str]],
    payments: list[tuple[str, str, str]] | None = None,
    *,
    addresses: dict[str, str] | None = None,
    status: str = "open",
) -> None:
    """Write the export, with the customers' addresses."""
    world.export([], payments or [])
    known = ADDRESSES if addresses is None else addresses
    rows = [
        f"{number},{who},{known.get(who, '')},2025-03-01,{amount},{status}"
        for number, who, amount in invoices
    ]
    text = "\n".join(["Number,Customer,Mail,Date,Amount,Status", *rows]) + "\n"
    (world.folder / "invoices.csv").write_text(text, encoding="utf-8")


def in_a_day(most: int) -> Limits:
    return Limits(batch_size=3, in_flight=1, key_window=0.0, quiet_period=150.0, mails_a_day=most)


def warnings(result: PushResult) -> list[tuple[str, str]]:
    told = [(each.code, each.document or "") for each in result.problems]
    return [each for each in told if each[0].startswith("PLAN")]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return billing(tmp_path / "world")


def test_every_created_invoice_is_mailed_once(world: World) -> None:
    assert world.plan().mails == 3
    first = world.push()
    assert (first.exit_code, first.mails, world.books.mails) == (ExitCode.DONE, 3, SENT)
    assert counts(first.documents)["create"] == 5, "a mail is a part of its invoice"
    again = world.push()
    assert (again.calls, again.mails, world.books.mails) == (Calls(), 0, SENT)


def test_nothing_is_mailed_that_was_in_the_books_before(world: World) -> None:
    mailing(world, "never")
    exported(world, INVOICES[:2])
    world.push()
    mailing(world, "when_created")
    assert (world.push().calls, world.plan().mails) == (Calls(), 0)
    exported(world, INVOICES)
    assert world.push().mails == 1
    assert world.books.mails == SENT[2:]


def test_an_adopted_invoice_is_not_mailed(world: World) -> None:
    mailing(world, "never")
    world.push()
    mailing(world, "when_created")
    world.new_state()
    assert counts(world.push().documents)["adopt"] == 5
    assert world.books.mails == []


def test_neither_a_change_nor_a_void_is_mailed(world: World) -> None:
    world.push()
    exported(world, [(number, who, "99.00") for number, who, _ in INVOICES])
    assert counts(world.push().documents)["update"] == 3
    exported(world, [(number, who, "99.00") for number, who, _ in INVOICES], status="void")
    assert counts(world.push().documents)["void"] == 3
    assert world.books.mails == SENT


def test_an_invoice_that_the_export_says_is_paid_is_not_mailed(world: World) -> None:
    exported(world, INVOICES, [("p1", "A-1", "10.00"), ("p2", "A-2", "5.00")])
    assert world.push().mails == 2
    assert world.books.mails == SENT[1:], "of A-2 a part is open"
    assert world.push().calls == Calls()


def test_payments_of_the_export_count_whether_they_are_pushed_or_not(world: World) -> None:
    exported(world, INVOICES, [("p1", "A-1", "10.00")])
    world.push(selection=Selection(kinds=frozenset({Kind.INVOICES})))
    assert world.books.of(Kind.PAYMENTS) == []
    assert world.books.mails == SENT[1:]


def test_what_the_export_calls_paid_is_not_mailed(world: World) -> None:
    path = world.folder / "acctsync.yaml"
    text = path.read_text(encoding="utf-8").replace("map: {open: open", "map: {open: paid")
    path.write_text(text, encoding="utf-8")
    assert world.push().mails == 0
    with_balances = MAILS.replace("total: Amount\n", "total: Amount\n      balance: Open\n")
    path.write_text(with_balances, encoding="utf-8")
    more = [("B-1", "10.00", "0.00"), ("B-2", "10.00", "4.00"), ("B-3", "0.00", "0.00")]
    rows = [
        f"{number},Ann,ann@x.example,2025-03-01,{sum_},open,{open_}" for number, sum_, open_ in more
    ]
    head = "Number,Customer,Mail,Date,Amount,Status,Open"
    (world.folder / "invoices.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    assert world.push().mails == 1
    assert world.books.mails == [("B-2", "ann@x.example")]


def test_without_an_address_an_invoice_is_copied_and_that_is_said_once(world: World) -> None:
    exported(world, INVOICES, addresses={"Bob": "bob@example.com"})
    first = world.push()
    assert first.exit_code == ExitCode.DONE
    assert warnings(first) == [("PLAN051", "A-1")]
    assert world.books.mails == SENT[1:]
    again = world.push()
    assert (again.calls, warnings(again)) == (Calls(), [])


def test_the_address_in_the_books_will_do(world: World) -> None:
    world.books.documents.append(
        RemoteDocument(
            kind=Kind.CUSTOMERS, id="7", version="0", digest="", name="Ann",
            email="Ann Lee <x>, ann@books.example; other@books.example",
        )
    )  # fmt: skip
    exported(world, INVOICES[:1], addresses={})
    assert world.push().mails == 1
    assert world.books.mails == [("A-1", "ann@books.example")]


def test_what_the_day_has_no_room_for_is_told_and_goes_the_next_day(world: World) -> None:
    first = world.push(limits=in_a_day(2))
    assert (first.exit_code, first.mails) == (ExitCode.DONE, 2)
    assert warnings(first) == [("PLAN053", "")]
    same_day = world.push(limits=in_a_day(2))
    assert (same_day.mails, warnings(same_day)) == (0, [("PLAN053", "")])
    world.clock.seconds += 24 * 3600
    exported(world, [])  # another month's export
    next_day = world.push(limits=in_a_day(2))
    assert next_day.mails == 1
    assert counts(next_day.documents)["update"] == 1
    assert world.books.mails == SENT
    assert world.push(limits=in_a_day(2)).calls == Calls()


def test_a_refused_mail_is_told_with_its_invoice_and_tried_again(world: World) -> None:
    first = world.push(faults={2: "refuse:A-1"})
    assert (first.exit_code, first.mails) == (ExitCode.PARTIAL, 2)
    (failed,) = [each for each in first.documents if each.status is Status.FAILED]
    assert (failed.ref.kind, failed.ref.id) == (Kind.INVOICES, "A-1")
    again = world.push(selection=Selection(documents=frozenset({"A-1"})))
    assert (again.exit_code, again.mails) == (ExitCode.DONE, 1)
    assert sorted(world.books.mails) == SENT


def test_a_lost_answer_is_looked_up_before_anything_is_mailed_again(world: World) -> None:
    result = world.push(faults={2: "drop_after", 3: "drop_before"})
    assert result.exit_code == ExitCode.DONE
    assert sorted(world.books.mails) == SENT
    assert world.push().calls == Calls()


def test_an_invoice_whose_creation_was_in_doubt_is_mailed_once(world: World) -> None:
    result = world.push(faults={1: "drop_after"})
    assert (result.exit_code, sorted(world.books.mails)) == (ExitCode.DONE, SENT)


def test_one_that_somebody_typed_in_at_the_same_moment_is_not_mailed(world: World) -> None:
    exported(world, INVOICES[:1])
    typed: list[RemoteDocument] = []

    def type_in(where: str) -> None:
        customers = world.books.of(Kind.CUSTOMERS)
        if where == "before sending" and customers and not typed:
            typed.append(
                RemoteDocument(
                    kind=Kind.INVOICES, id="9", version="0", digest="", number="A-1",
                    date=dt.date(2025, 3, 1), customer=customers[0].id, currency="USD",
                    total=Decimal(10), balance=Decimal(10),
                )
            )  # fmt: skip
            world.books.documents.extend(typed)

    twice = Rejected(problem=Problem(code="FAKE4", message="twice"), refusal=Refusal.DUPLICATE)
    result = world.push(faults={1: twice}, on_send=type_in)
    assert counts(result.documents) | {"create": 1, "adopt": 1} == counts(result.documents)
    assert (result.exit_code, result.mails, world.books.mails) == (ExitCode.DONE, 0, [])
    assert world.push().calls == Calls()


def test_an_order_that_the_books_took_without_saying_so_is_not_given_again(world: World) -> None:
    exported(world, INVOICES[:1])

    invoice = RemoteDocument(kind=Kind.DELIVERIES, id="101", version="0", digest="")
    result = world.push(faults={2: Accepted(remote=invoice)})
    assert result.exit_code == ExitCode.PARTIAL
    assert [each.problem.code for each in result.documents if each.problem] == ["PUSH004"]
    assert world.push().calls == Calls()


def owed(world: World) -> None:
    """Create the invoices, and stop before any of them is mailed."""

    def stop(where: str) -> None:
        if where == "after sending" and world.books.of(Kind.INVOICES):
            world.stop.set()

    world.push(on_send=stop)
    world.stop.clear()
    assert (len(world.books.of(Kind.INVOICES)), world.books.mails) == (3, [])


def changed(world: World, number: str, **fields: object) -> None:
    documents = world.books.documents
    world.books.documents = [
        replace(each, **fields) if each.number == number else each  # type: ignore[arg-type]
        for each in documents
    ]


def test_what_an_interrupted_run_owes_is_mailed_by_the_next(world: World) -> None:
    owed(world)
    assert world.plan().mails == 3
    assert world.push().mails == 3
    assert world.books.mails == SENT


def test_what_was_mailed_voided_or_paid_there_meanwhile_is_not_mailed(world: World) -> None:
    owed(world)
    changed(world, "A-1", mailed=Mailed.SENT)
    changed(world, "A-2", voided=True)
    changed(world, "A-3", balance=None)
    assert (world.push().mails, world.books.mails) == (0, [])
    assert world.push().calls == Calls()


def test_what_waits_in_the_books_to_be_mailed_is_left_to_a_person(world: World) -> None:
    owed(world)
    changed(world, "A-1", mailed=Mailed.QUEUED)
    told = world.push()
    assert told.exit_code == ExitCode.PARTIAL
    assert [each.problem.code for each in told.documents if each.problem] == ["PLAN052"]
    assert world.books.mails == SENT[1:]


def test_switched_off_and_on_again_nothing_old_is_mailed(world: World) -> None:
    owed(world)
    mailing(world, "never")
    assert world.push().calls == Calls()
    mailing(world, "when_created")
    assert (world.push().calls, world.books.mails) == (Calls(), [])


def test_a_mail_waits_while_its_invoice_is_held_back(world: World) -> None:
    owed(world)
    changed(world, "A-1", digest="somebody's own")
    exported(world, [("A-1", "Ann", "11.00"), *INVOICES[1:]])
    assert world.push().exit_code == ExitCode.PARTIAL
    assert world.books.mails == SENT[1:]


FEW = [("A-1", "Ann", "10.00"), ("A-2", "Bob", "20.00")]


def boundaries(folder: Path) -> int:
    fuse = Fuse(1_000_000)
    small(folder).push(on_send=fuse.pass_by, open_store=store_with(fuse).open)
    return 1_000_000 - fuse._left


def small(folder: Path) -> World:
    world = billing(folder)
    exported(world, FEW)
    return world


def test_killed_at_every_boundary_every_invoice_is_mailed_once(tmp_path: Path) -> None:
    count = boundaries(tmp_path / "count")
    assert count > 20
    for boundary in range(count):
        world = small(tmp_path / f"once-{boundary}")
        assert run_until_killed(world, boundary)
        assert world.push().exit_code == ExitCode.DONE, boundary
        assert sorted(world.books.mails) == SENT[:2], boundary
        assert world.push().calls == Calls(), boundary


def test_killed_again_while_recovering_every_invoice_is_mailed_once(tmp_path: Path) -> None:
    count = boundaries(tmp_path / "count")
    for first in range(5, count, 6):
        for second in range(1, 12, 4):
            world = small(tmp_path / f"twice-{first}-{second}")
            run_until_killed(world, first)
            run_until_killed(world, second)
            assert world.push().exit_code == ExitCode.DONE, (first, second)
            assert sorted(world.books.mails) == SENT[:2], (first, second)
