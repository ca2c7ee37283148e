from __future__ import annotations

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import Desk
from tests.cli.test_modules import NEVER, loaded

INVOICES = "coworks_like/billing_invoices_2025-03.csv"


def field(explained: dict[str, object], name: str) -> dict[str, object]:
    fields = explained["fields"]
    assert isinstance(fields, list)
    (found,) = [each for each in fields if each["field"] == name]
    return dict(found)


def test_a_document_is_explained_without_any_connection(desk: Desk) -> None:
    envelope = desk.json("explain", "CW-10243")
    assert (envelope["status"], envelope["exit_code"], envelope["problems"]) == ("ok", 0, [])
    (document,) = envelope["data"]["documents"]
    assert {name: document[name] for name in document if name not in {"fields", "lines", "totals"}} == {
        "kind": "invoices", "id": "CW-10243", "number": "CW-10243", "source": "invoice_rows",
        "mapping": {"file": str(desk.mapping), "line": 37, "column": 3}, "status": "built",
        "rows": [{"file": INVOICES, "line": 6}], "more_rows": 0, "skipped": None, "left_out": [],
        "problems": [],
    }  # fmt: skip
    assert field(document, "location") == {
        "field": "location",
        "value": {"name": None, "id": "2"},
        "from": [{"column": "Campus", "text": "Boston", "file": INVOICES, "line": 6}],
        "rule": "as it is",
        "mapping": {"file": str(desk.mapping), "line": 48, "column": 17},
        "lookup": {
            "table": "accounting.locations", "word": "Boston", "key": "Boston", "how": "exact",
            "mapping": {"file": str(desk.mapping), "line": 107, "column": 5}, "then": None,
        },
        "problem": None,
    }  # fmt: skip
    (line,) = document["lines"]
    assert {name: line[name] for name in line if name != "fields"} == {
        "number": 1, "origin": "row", "file": INVOICES, "line": 6, "left_out": None,
    }  # fmt: skip
    assert field(line, "amount")["value"] == "1637.50"
    assert [each["field"] for each in document["totals"]] == [
        "lines", "tax_total", "discount_account", "total", "stated_total",
    ]  # fmt: skip


def test_it_tells_the_same_beside_a_connection_and_asks_the_books_nothing(
    connected: Desk, books: Simulator
) -> None:
    alone = connected.json("explain", "CW-10241")["data"]
    books.requests.clear()
    connected.run("push")
    books.requests.clear()
    assert connected.json("explain", "CW-10241")["data"] == alone
    assert books.requests == []


def test_a_person_reads_cells_rules_and_lines_on_eighty_columns(desk: Desk) -> None:
    desk.environment["COLUMNS"] = "80"
    done = desk.run("explain", "CW-10243")
    assert (done.code, done.err) == (0, "")
    words = " ".join(done.out.split())
    assert '← Invoice Date "03/01/2025" :6 ← dates: MM/DD/YYYY acctsync.yaml:46:13' in words
    assert 'accounting.items "Membership: Private Office *" (pattern) acctsync.yaml:97:5' in words
    for number in ("CW-10259", "CW-10250", "py_0kB62W9qfC9YAiEF", "Factory Inc.", "Coworks Guests"):
        lines = desk.run("explain", number).out.splitlines()
        assert [line for line in lines if len(line) > 80] == []
        assert lines != []


def test_an_unknown_document_is_refused_with_the_nearest_one(desk: Desk) -> None:
    done = desk.run("explain", "CW10243")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err == "acctsync: the export holds no document 'CW10243'\n  Did you mean CW-10243?\n"
    )
    (problem,) = desk.json("explain", "nothing like it")["problems"]
    assert problem["hint"] == "Give an id or a number as the export writes it."


def test_a_skipped_document_says_why_and_that_is_no_failure(desk: Desk) -> None:
    envelope = desk.json("explain", "CW-10250")
    (document,) = envelope["data"]["documents"]
    assert (envelope["exit_code"], document["status"]) == (0, "skipped")
    assert document["skipped"] == {
        "reason": "its state is skip (map: Failed → skip)",
        "from": [{"column": "Status", "text": "Failed", "file": INVOICES, "line": 19}],
        "mapping": {"file": str(desk.mapping), "line": 59, "column": 11},
    }
    assert "Skipped: its state is skip" in desk.run("explain", "CW-10250").out


def test_a_row_that_a_rule_leaves_out_says_which(desk: Desk) -> None:
    (document,) = desk.json("explain", "Total")["data"]["documents"]
    assert document["skipped"]["reason"] == (
        'sources.invoice_rows.skip_rows leaves out rows where Invoice Number is "Total"'
    )
    assert document["skipped"]["mapping"]["line"] == 20


def test_a_refused_document_is_explained_with_its_problems(desk: Desk) -> None:
    desk.edit('"Membership: Private Office *":', '"Membership: Cellar *":')
    desk.edit('    "Membership: *":', '    "Membership: Attic *":')
    envelope = desk.json("explain", "CW-10243")
    (document,) = envelope["data"]["documents"]
    assert (envelope["exit_code"], envelope["status"], document["status"]) == (0, "ok", "refused")
    assert [problem["code"] for problem in document["problems"]] == ["DOC005"]
    assert envelope["problems"] == document["problems"]
    (line,) = document["lines"]
    lookup = field(line, "item")["lookup"]
    assert isinstance(lookup, dict)
    assert (lookup["word"], lookup["key"], lookup["how"]) == (
        "Membership: Private Office 4p", None, "unmapped",
    )  # fmt: skip
    text = desk.run("explain", "CW-10243").out
    assert "(refused)" in text
    assert "error: invoice CW-10243: the item" in text


def test_several_documents_of_one_number_are_all_explained(desk: Desk) -> None:
    desk.edit("  payments:\n    from", "  estimates: {like: invoices}\n  payments:\n    from")
    documents = desk.json("explain", "CW-10243")["data"]["documents"]
    assert [each["kind"] for each in documents] == ["estimates", "invoices"]


def test_quietly_it_says_nothing_of_what_it_explained(desk: Desk) -> None:
    done = desk.run("explain", "CW-10243", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_text_of_the_export_can_not_play_tricks_on_a_terminal(desk: Desk) -> None:
    file = desk.data / INVOICES
    text = file.read_text(encoding="utf-8-sig")
    hostile = "[red]Private[/red] \x1b[2J\u202e Office"
    file.write_text(text.replace("Private Office 4p", hostile), encoding="utf-8")
    shown = desk.run("explain", "CW-10243").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    words = "".join(shown.split())
    assert r"[red]Private[/red]\x1b[2J\u202eOffice" in words


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_explaining_loads_no_state_and_no_client(desk: Desk, flags: tuple[str, ...]) -> None:
    code, modules = loaded(desk, " ".join(("explain", "CW-10243", *flags)))
    assert code == 0
    assert modules & (NEVER | {"sqlite3", "filelock"}) == set()
