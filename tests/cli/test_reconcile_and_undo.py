"""reconcile and undo as people and cron jobs type them, against the simulated company."""

from __future__ import annotations

from typing import Any

import pytest

from acctsync.simulator.server import Simulator
from acctsync.state.lock import run_lock
from tests.cli.desk import Desk
from tests.cli.test_processes import Terminal


@pytest.fixture
def pushed(connected: Desk) -> Desk:
    assert connected.run("push").code == 0
    return connected


def by_hand(books: Simulator, kind: str, number: str, **fields: Any) -> str:
    name = "PaymentRefNum" if kind == "Payment" else "DocNumber"
    with books.books.lock:
        rows = books.books.entities(kind)
        (found,) = [each["Id"] for each in rows if each.get(name) == number]
    books.dialect.by_hand(kind, {"Id": found, **fields})
    return str(found)


def test_books_and_export_that_agree_are_silent_for_cron(pushed: Desk) -> None:
    done = pushed.run("reconcile", "--quiet", "--month", "2025-03")
    assert (done.code, done.out, done.err) == (0, "", "")
    told = pushed.json("reconcile")
    assert (told["exit_code"], told["status"], told["problems"]) == (0, "ok", [])
    assert told["data"]["counts"]["agreeing"] == told["data"]["counts"]["compared"] == 51
    assert told["data"]["calls"]["write"] == 0
    assert all(each["agrees"] for each in told["data"]["totals"])


def test_a_difference_is_exit_3_and_stands_in_both_files(pushed: Desk, books: Simulator) -> None:
    id_ = by_hand(books, "Invoice", "CW-10247", void=True)
    page, sheet = pushed.folder / "march.html", pushed.folder / "march.csv"
    done = pushed.run("reconcile", "--html", str(page), "--csv", str(sheet))
    assert (done.code, done.err) == (3, "")
    assert "1 document open here, but void there: 2,208.00 USD here, 0.00 there" in done.out
    assert f"Written to {page}." in done.out
    assert "CW-10247" in page.read_text(encoding="utf-8")
    (row,) = sheet.read_text(encoding="utf-8").splitlines()[1:]
    cells = row.split(",")
    assert (cells[0], cells[2], *cells[5:10]) == (
        "voided", "CW-10247", "USD", "2208.00", "0.00", "2208.00", id_,
    )  # fmt: skip

    again = pushed.run("reconcile", "--csv", str(sheet))
    assert (again.code, "exists already" in again.err) == (2, True)


def test_books_that_do_not_answer_are_exit_5(pushed: Desk, books: Simulator) -> None:
    books.add_fault({"match": {"path": "/query", "times": "always"}, "do": {"status": 503}})
    done = pushed.json("reconcile")
    assert (done["exit_code"], done["status"]) == (5, "error")


def test_an_undo_needs_a_yes_where_nobody_can_be_asked(pushed: Desk, books: Simulator) -> None:
    run = pushed.json("status")["data"]["last_run"]["id"]
    before = len(books.books.entities("Invoice"))
    done = pushed.run("undo", run)
    assert (done.code, done.out) == (2, "")
    assert "give --yes" in done.err
    planned = pushed.json("undo", run, "--dry-run")
    assert (planned["exit_code"], planned["data"]["dry_run"], planned["run"]) == (0, True, None)
    assert planned["data"]["counts"]["pending"] == 50
    assert len(books.books.entities("Invoice")) == before


def test_an_undo_tells_what_stays_and_why(pushed: Desk, books: Simulator) -> None:
    run = pushed.json("status")["data"]["last_run"]["id"]
    by_hand(books, "Invoice", "CW-10244", CustomerMemo={"value": "ours now"})
    told = pushed.json("undo", run[:8], "--yes")
    assert (told["exit_code"], told["status"]) == (3, "partial")
    assert {k: n for k, n in told["data"]["counts"].items() if n} == {"undone": 49, "stays": 1}
    assert [(each["code"], each["document"]) for each in told["problems"]] == [
        ("UNDO007", None), ("UNDO001", "CW-10244"),
    ]  # fmt: skip
    assert [each["DocNumber"] for each in books.books.entities("Invoice")] == ["CW-10244"]
    assert pushed.run("undo", "no-such-run", "--yes").code == 2


def test_an_undo_waits_for_no_other_run(pushed: Desk) -> None:
    with run_lock(pushed.state / "connections" / "qbo"):
        assert pushed.run("undo", "ab", "--yes").code == 11


def test_what_was_delivered_twice_is_found(connected: Desk, books: Simulator) -> None:
    books.dialect.settle({"requestid": "ignored"})
    twice = {"match": {"path": "/batch", "times": "always"}, "do": {"duplicate_delivery": True}}
    books.add_fault(twice)
    assert connected.run("push").code == 0
    assert len(books.books.entities("Payment")) == 17, "a number stopped all others"

    told = connected.json("reconcile")
    (found,) = told["data"]["differences"]
    assert (told["exit_code"], found["finding"], found["here"], found["there"]) == (
        3, "double", "0.00", "700.00",
    )  # fmt: skip
    assert [each["code"] for each in told["problems"]] == ["REC003"]


def test_on_a_terminal_an_undo_shows_what_goes_and_asks(pushed: Desk, books: Simulator) -> None:
    run = pushed.json("status")["data"]["last_run"]["id"]
    person = Terminal(pushed, "undo", run[:8])
    person.wait_for("[y/N]")
    assert "to take back" in person.shown
    assert "names that the run made stay" in person.shown
    person.type("n")
    assert person.end() == 8
    assert "nothing was sent" in person.shown
    assert len(books.books.entities("Payment")) == 16
