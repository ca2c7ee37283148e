"""What comes back from the books: payments and Profit and Loss, as people and programs get them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import sqlite3
import subprocess
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acctsync.errors import Interrupted
from acctsync.report.payments import COLUMNS
from acctsync.simulator.server import Simulator
from acctsync.state.lock import run_lock
from tests.cli.desk import COMMAND, ROOT, Desk, Ran
from tests.cli.test_processes import Terminal

HEADER = (
    "change,payment_id,ours,source_id,date,customer,customer_id,currency,amount,unapplied,voided,"
    "method,reference,deposit_account,applied_kind,invoice,invoice_id,invoice_source_id,applied,"
    "memo,changed_at"
)


class Office:
    """People in the office, working in the books by hand."""

    def __init__(self, books: Simulator) -> None:
        self.books = books

    def customer(self, name: str = "Coworks Guests") -> dict[str, str]:
        return {"value": self.id_of("Customer", name)}

    def id_of(self, kind: str, name: str) -> str:
        found = self.books.books.named(kind, name)
        assert found is not None, name
        return str(found["Id"])

    def payment(self, amount: str = "10.00", **fields: Any) -> str:
        body = {"CustomerRef": self.customer(), "TotalAmt": Decimal(amount), **fields}
        return str(self.books.dialect.by_hand("Payment", body)["Id"])

    def change(self, key: str, **fields: Any) -> None:
        self.books.dialect.by_hand("Payment", {"Id": key, **fields})

    def age(self, key: str) -> None:
        """Make a payment one that was recorded long ago."""
        old = (dt.datetime.now(dt.UTC) - dt.timedelta(days=90)).isoformat(timespec="seconds")
        self.change(key, raw={"MetaData": {"CreateTime": old, "LastUpdatedTime": old}})

    def asked(self) -> list[str]:
        """Tell what was asked of the company since the last time."""
        seen, self.books.requests[:] = list(self.books.requests), []
        return [
            each.query.get("entities") or each.path.rpartition("/9130350000000001/")[2]
            for each in seen
        ]


@pytest.fixture
def office(books: Simulator) -> Office:
    return Office(books)


@pytest.fixture
def pushed(connected: Desk) -> Desk:
    """Two payments and their invoices are pushed."""
    wanted = ("--document", "py_L38WScQBETZRTkRa", "--document", "py_CM5fXsw0qJubeN1g")
    assert connected.run("push", *wanted).code == 0
    return connected


def pulled(desk: Desk, *flags: str) -> list[dict[str, str]]:
    """Pull payments as a program at a pipe does."""
    done = desk.run("pull", "payments", *flags)
    assert (done.code, done.err) == (0, ""), done
    return rows(done.out)


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith(HEADER + "\n")
    return list(csv.DictReader(io.StringIO(text)))


def news(desk: Desk, *flags: str) -> list[tuple[str, str]]:
    return [(row["change"], row["payment_id"]) for row in pulled(desk, *flags)]


def remembered(desk: Desk) -> int:
    with closing(sqlite3.connect(desk.state / "connections" / "qbo" / "state.db")) as state:
        (number,) = state.execute("SELECT count(*) FROM pulled").fetchone()
    return int(number)


# What is told of payments


def test_the_header_is_what_programs_rely_on() -> None:
    assert ",".join(COLUMNS) == HEADER


def test_the_first_pull_tells_every_payment_and_the_next_only_news(
    pushed: Desk, office: Office
) -> None:
    own = office.payment("12.50", TxnDate="2025-03-20", PaymentRefNum="4711")
    first = pulled(pushed)
    assert [(row["change"], row["ours"]) for row in first] == [("new", "yes")] * (
        len(first) - 1
    ) + [("new", "no")]
    (row,) = [row for row in first if row["payment_id"] == own]
    assert row.pop("changed_at").startswith("20")
    assert row == {
        "change": "new", "payment_id": own, "ours": "no", "source_id": "", "date": "2025-03-20",
        "customer": "Coworks Guests", "customer_id": office.customer()["value"], "currency": "USD",
        "amount": "12.50", "unapplied": "12.50", "voided": "no", "method": "", "reference": "4711",
        "deposit_account": "Undeposited Funds", "applied_kind": "", "invoice": "",
        "invoice_id": "", "invoice_source_id": "", "applied": "", "memo": "",
    }  # fmt: skip
    assert pulled(pushed) == []


def test_our_own_payments_name_the_exports_documents(pushed: Desk, office: Office) -> None:
    (row,) = [row for row in pulled(pushed) if row["invoice"] == "CW-10241"]
    assert (row["ours"], row["source_id"][:3], row["invoice_source_id"]) == (
        "yes", "py_", "CW-10241",
    )  # fmt: skip
    assert (row["applied_kind"], row["applied"], row["unapplied"]) == ("invoice", "265.50", "0.00")
    assert row["invoice_id"] == office.id_of("Invoice", "CW-10241")


def test_what_was_changed_voided_and_deleted_in_the_books_is_told_once(
    pushed: Desk, office: Office
) -> None:
    changed, voided, deleted = (office.payment(TxnDate="2025-03-20") for _ in range(3))
    pulled(pushed)
    office.change(changed, PrivateNote="bounced")
    office.change(voided, void=True)
    office.change(deleted, delete=True)
    new = office.payment(TxnDate="2025-03-21")
    found = pulled(pushed)
    assert [(row["change"], row["payment_id"]) for row in found] == [
        ("changed", changed), ("changed", voided), ("new", new), ("deleted", deleted),
    ]  # fmt: skip
    assert (found[0]["memo"], found[1]["voided"], found[1]["amount"]) == ("bounced", "yes", "0.00")
    assert (found[3]["amount"], found[3]["date"], found[3]["customer"]) == (
        "10.00", "2025-03-20", "Coworks Guests",
    )  # fmt: skip
    assert pulled(pushed) == []


def test_a_payment_made_and_deleted_between_two_pulls_is_not_told(
    pushed: Desk, office: Office
) -> None:
    pulled(pushed)
    office.change(office.payment(), delete=True)
    assert pulled(pushed) == []


def test_after_more_than_a_month_nothing_is_missed(pushed: Desk, office: Office) -> None:
    untouched, deleted = office.payment(), office.payment()
    pulled(pushed)
    office.age(untouched)
    office.change(deleted, delete=True)
    new = office.payment()
    month_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(days=40)).isoformat()
    with closing(sqlite3.connect(pushed.state / "connections" / "qbo" / "state.db")) as state:
        state.execute("UPDATE pulls SET until = ?", [month_ago])
        state.commit()
    office.asked()
    assert news(pushed) == [("new", new), ("deleted", deleted)]
    assert "Payment" not in office.asked()
    assert pulled(pushed) == []


def test_a_payment_of_several_invoices_is_a_row_for_each_and_one_object(
    connected: Desk, office: Office
) -> None:
    line = {
        "Amount": Decimal("20.00"), "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "19"}, "TaxCodeRef": {"value": "NON"}},
    }  # fmt: skip
    invoices = [
        office.books.dialect.by_hand(
            "Invoice", {"CustomerRef": office.customer(), "DocNumber": number, "Line": [line]}
        )["Id"]
        for number in ("H-1", "H-2")
    ]
    links = [
        {"Amount": Decimal("20.00"), "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
        for key in invoices
    ]
    key = office.payment("50.00", Line=links)
    envelope = connected.json("pull", "payments")
    (payment,) = envelope["data"]["payments"]
    assert (payment["payment_id"], payment["amount"], payment["unapplied"]) == (
        key, "50.00", "10.00",
    )  # fmt: skip
    assert payment["applied"] == [
        {
            "kind": "invoice", "invoice": number, "invoice_id": paid, "invoice_source_id": None,
            "amount": "20.00",
        }
        for number, paid in zip(("H-1", "H-2"), invoices, strict=True)
    ]  # fmt: skip
    again = [row for row in pulled(connected, "--since", "2025-01-01") if row["payment_id"] == key]
    assert [(row["amount"], row["invoice"], row["applied"]) for row in again] == [
        ("50.00", "H-1", "20.00"), ("50.00", "H-2", "20.00"),
    ]  # fmt: skip


# Payments since a day


def test_since_a_day_begins_the_memory_and_later_only_looks(pushed: Desk, office: Office) -> None:
    early = office.payment(TxnDate="2024-12-31")
    office.age(early)
    late = office.payment(TxnDate="2025-03-25")
    first = news(pushed, "--since", "2025-03-20")
    assert first == [("new", late)]
    newer = office.payment(TxnDate="2025-03-26")
    looked = news(pushed, "--since", "2025-03-20")
    assert looked == [("unchanged", late), ("new", newer)]
    assert ("new", newer) in news(pushed)
    office.change(early, PrivateNote="found again")
    assert news(pushed) == [("changed", early)]


def test_a_back_dated_payment_is_new_whatever_day_the_memory_begins(
    pushed: Desk, office: Office
) -> None:
    pulled(pushed, "--since", "2025-03-20")
    back_dated = office.payment(TxnDate="2024-12-31")
    assert news(pushed)[0] == ("new", back_dated)


# Files, pipes, and when a payment counts as told


def test_a_csv_file_holds_what_a_pipe_would_have_got(pushed: Desk) -> None:
    file = pushed.folder / "payments.csv"
    done = pushed.run("pull", "payments", "--out", str(file))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"Written to {file}."
    assert [row["change"] for row in rows(file.read_text(encoding="utf-8"))] == ["new", "new"]
    assert [each.name for each in file.parent.iterdir() if "payments" in each.name] == [file.name]
    assert remembered(pushed) == 2


def test_a_json_file_says_whose_payments_they_are(pushed: Desk) -> None:
    file = pushed.folder / "payments.json"
    envelope = pushed.json("pull", "payments", "--out", str(file))
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["company"] == {"id": "9130350000000001", "name": "Harbour Commons LLC"}
    assert (content["acctsync_payments"], content["counts"]["new"]) == (1, 2)
    assert [each["ours"] for each in content["payments"]] == [True, True]
    assert envelope["data"]["file"] == str(file)
    assert "payments" not in envelope["data"]
    assert envelope["data"]["until"] == content["until"]


def test_nothing_new_is_a_file_with_the_header_alone(pushed: Desk) -> None:
    pulled(pushed)
    file = pushed.folder / "none.csv"
    assert pushed.run("pull", "payments", "--out", str(file), "--quiet") == Ran(0, "", "")
    assert file.read_text(encoding="utf-8") == HEADER + "\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there.csv", "there.csv exists already"),
        ("payments.xlsx", "payments.xlsx ends in none of .csv, .json"),
        ("missing/payments.csv", "there is no folder"),
        ("x" * 300 + ".csv", "can't be written: File name too long"),
    ],
)
def test_a_file_that_can_not_be_written_is_exit_2_and_nothing_counts_as_told(
    pushed: Desk, name: str, message: str
) -> None:
    there = pushed.folder / "there.csv"
    there.write_text("mine", encoding="utf-8")
    done = pushed.run("pull", "payments", "--out", str(pushed.folder / name))
    assert done.code == 2
    assert message in done.err
    assert there.read_text(encoding="utf-8") == "mine"
    assert len(pulled(pushed)) == 2


def test_a_run_that_ends_between_writing_and_remembering_tells_it_again(
    pushed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Interrupted("stopped")

    with monkeypatch.context() as patch:
        patch.setattr("acctsync.engine.pulling.remember", killed)
        out = str(pushed.folder / "one.csv")
        assert pushed.run("pull", "payments", "--out", out).code == 130
        assert pushed.run("pull", "payments").code == 130
    assert len(pulled(pushed)) == 2


def test_what_nobody_reads_does_not_count_as_told(pushed: Desk) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with closing(os.fdopen(writer, "wb")) as nobody:
        done = subprocess.run(
            [*COMMAND, "pull", "payments"], cwd=ROOT, env=pushed.environment,
            stdin=subprocess.DEVNULL, stdout=nobody, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(pulled(pushed)) == 2


def test_a_json_envelope_counts_as_told(pushed: Desk) -> None:
    data = pushed.json("pull", "payments")["data"]
    assert data["counts"] == {"new": 2, "changed": 0, "deleted": 0, "unchanged": 0}
    assert (data["since"], data["dated_from"]) == (None, None)
    again = pushed.json("pull", "payments")["data"]
    assert (again["payments"], again["since"]) == ([], data["until"])


def test_a_pull_that_can_not_be_remembered_says_so_and_tells_it_again(
    pushed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = pushed.state / "connections" / "qbo" / "state.db"
    kept = state.read_bytes()

    def damaging(*_: object) -> str:
        state.write_bytes(b"no database")
        return HEADER

    with monkeypatch.context() as patch:
        patch.setattr("acctsync.report.payments.payments_csv", damaging)
        done = pushed.run("pull", "payments")
    assert (done.code, done.out) == (12, HEADER + "\n")
    assert "is no state file of acctsync" in done.err
    state.write_bytes(kept)
    assert len(pulled(pushed)) == 2


def test_text_from_the_books_is_no_formula_and_moves_no_terminal(
    connected: Desk, office: Office
) -> None:
    evil = office.books.dialect.by_hand("Customer", {"DisplayName": "=cmd|' /C calc'!A0"})
    office.payment(
        CustomerRef={"value": evil["Id"]}, PaymentRefNum="-4711", PrivateNote="@SUM(A1)\n+1"
    )
    office.payment("20.00", PrivateNote="by\tpost", PaymentRefNum="A-1")
    first, second = pulled(connected)
    assert first["customer"] == "'=cmd|' /C calc'!A0"
    assert (first["reference"], first["memo"]) == ("'-4711", "'@SUM(A1)\\n+1")
    assert (second["memo"], second["reference"]) == ("by\\tpost", "A-1")
    told = connected.json("pull", "payments", "--since", "2025-01-01")["data"]["payments"]
    assert (told[0]["reference"], told[0]["memo"]) == ("-4711", "@SUM(A1)\n+1")


def test_a_person_at_a_terminal_sees_a_table(pushed: Desk) -> None:
    person = Terminal(pushed, "pull", "payments", "--no-color")
    assert person.end() == 0
    assert "CW-10241" in person.shown
    assert "2 payments: 2 new." in person.shown
    again = Terminal(pushed, "pull", "payments", "--no-color")
    assert again.end() == 0
    assert again.shown.startswith("Nothing since 20")


def test_quiet_without_a_file_is_refused_before_anything_is_asked(
    pushed: Desk, office: Office
) -> None:
    office.asked()
    done = pushed.run("pull", "payments", "--quiet")
    assert (done.code, office.asked()) == (2, [])
    assert "--out FILE" in done.err


@pytest.mark.parametrize("line", ["pull invoices", "pull payments --since yesterday"])
def test_what_can_not_be_pulled_is_exit_2(connected: Desk, line: str) -> None:
    assert connected.run(*line.split()).code == 2


def test_a_pull_waits_for_no_other_run(pushed: Desk) -> None:
    with run_lock(pushed.state / "connections" / "qbo"):
        assert pushed.run("pull", "payments").code == 11
    assert len(pulled(pushed)) == 2


@pytest.mark.parametrize("line", ["pull payments", "report pnl --from 2025-01-01 --to 2025-03-31"])
def test_without_a_connection_it_is_exit_4_and_without_an_answer_5(
    desk: Desk, books: Simulator, line: str
) -> None:
    assert desk.run(*line.split()).code == 4
    desk.connect(books.url, "--yes")
    books.stop()
    assert desk.run(*line.split()).code == 5


# Lists between runs


def test_a_second_push_of_new_documents_asks_once_what_changed_in_the_lists(
    pushed: Desk, office: Office
) -> None:
    office.asked()
    assert pushed.run("push").code == 0
    queried = [each.query.get("query", "") for each in office.books.requests]
    asked = office.asked()
    assert [each for each in asked if "Item" in each] == [
        "Item,Account,Class,Department,PaymentMethod"
    ]
    lists = {"Item", "Account", "Class", "Department", "PaymentMethod", "Term"}
    assert not [text for text in queried if lists & set(text.split())]


def test_lists_are_read_whole_only_when_asked(connected: Desk, office: Office) -> None:
    office.asked()
    first = connected.json("lists", "classes")["data"]
    again = connected.json("lists", "classes")["data"]
    anew = connected.json("lists", "classes", "--refresh")["data"]
    assert first == again == anew
    assert office.asked() == ["query", "Class", "query"]


def test_an_entry_renamed_since_the_last_push_is_never_named_wrongly(
    pushed: Desk, office: Office
) -> None:
    old = office.id_of("Item", "Custom Fee")
    by_hand = office.books.dialect.by_hand
    by_hand("Item", {"Id": old, "Name": "Custom Fee (old)"})
    income = {"value": office.id_of("Account", "Coworking Income")}
    new = by_hand("Item", {"Name": "Custom Fee", "Type": "Service", "IncomeAccountRef": income})
    assert pushed.run("push", "--document", "CW-10248").code == 0
    invoice = office.books.books.named("Invoice", "CW-10248")
    assert invoice is not None
    named = {
        line["SalesItemLineDetail"]["ItemRef"]["value"]
        for line in invoice["Line"]
        if "SalesItemLineDetail" in line
    }
    assert new["Id"] in named
    assert old not in named


# Profit and Loss

MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")


@pytest.fixture
def traded(connected: Desk) -> Desk:
    assert connected.run("push", "--only", "customers,invoices").code == 0
    return connected


def test_profit_and_loss_is_nested_as_the_books_show_it(traded: Desk) -> None:
    shown = traded.run("report", "pnl", *MARCH).out.splitlines()
    assert shown[0] == "Profit and Loss of Harbour Commons LLC"
    assert shown[2] == "2025-03-01 to 2025-03-31, accrual basis, in USD"
    table = [line.rsplit(maxsplit=1) for line in shown[6:] if line.strip()]
    labels = [line.rstrip() for line in shown[6:] if line.strip()]
    assert labels[0] == "Income"
    assert [text for text, *_ in table if text.startswith("    ")] == [
        "    Event Income", "    Membership Income",
    ]  # fmt: skip
    assert "  Total Coworking Income" in [text for text, *_ in table]
    assert table[-1][0] == "Net Income"


def test_profit_and_loss_as_json_adds_up_to_the_cent(traded: Desk) -> None:
    envelope = traded.json("report", "pnl", *MARCH)
    data = envelope["data"]
    assert (envelope["command"], data["from"], data["to"]) == ("report", "2025-03-01", "2025-03-31")
    assert (data["basis"], data["currency"], data["columns"]) == ("accrual", "USD", ["Total"])
    by_part = {row["part"]: row for row in data["rows"]}

    def worth(row: dict[str, Any]) -> Decimal:
        own = Decimal(row["amounts"][0] or 0)
        whole = own + sum(map(worth, row["rows"]), Decimal(0))
        assert not row["totals"] or Decimal(row["totals"][0] or 0) == whole
        return whole

    income, net = worth(by_part["income"]), worth(by_part["net_income"])
    assert income == net == worth(by_part["gross_profit"]) > 0
    parent = next(row for row in by_part["income"]["rows"] if row["rows"])
    assert (parent["name"], parent["total_name"]) == ("Coworking Income", "Total Coworking Income")
    assert all(row["account_id"] for row in parent["rows"])


def test_profit_and_loss_as_csv_tells_depth_and_path(traded: Desk) -> None:
    file = traded.folder / "march.csv"
    done = traded.run("report", "pnl", *MARCH, "--csv", str(file))
    assert (done.code, done.err) == (0, f"Written to {file}.\n")
    found = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert list(found[0]) == [
        "depth", "kind", "path", "name", "account_id", "currency", "amount",
    ]  # fmt: skip
    assert [(row["depth"], row["kind"], row["name"]) for row in found[:2]] == [
        ("0", "section", "Income"), ("1", "account", "Card fee income"),
    ]  # fmt: skip
    (event,) = [row for row in found if row["name"] == "Event Income"]
    assert (event["depth"], event["kind"], event["path"]) == (
        "2", "account", "Income:Coworking Income",
    )  # fmt: skip
    (net,) = [row for row in found if row["name"] == "Net Income"]
    accounts = sum(Decimal(row["amount"] or 0) for row in found if row["kind"] == "account")
    assert (net["kind"], Decimal(net["amount"])) == ("result", accounts)


def test_a_period_in_which_nothing_happened_says_so(traded: Desk) -> None:
    done = traded.run("report", "pnl", "--from", "2024-01-01", "--to", "2024-12-31")
    assert done.out.splitlines()[-1] == "Nothing was recorded in this period."
    data = traded.json("report", "pnl", "--from", "2024-01-01", "--to", "2024-12-31")["data"]
    assert (data["empty"], data["rows"][0]["totals"]) == (True, [None])


def test_the_companys_own_accounting_method_is_told(connected: Desk, office: Office) -> None:
    prefer = {"Id": "1", "ReportPrefs": {"ReportBasis": "Cash"}}
    office.books.dialect.by_hand("Preferences", prefer)
    assert connected.json("report", "pnl", *MARCH)["data"]["basis"] == "cash"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("report pnl --from 2025-03-31 --to 2025-03-01", "--from 2025-03-31 lies after --to"),
        ("report pnl --from 2025-02-30 --to 2025-03-01", "--from: '2025-02-30' is no day"),
        ("report pnl --to 2025-03-01", "Missing option '--from'"),
        ("report balance --from 2025-03-01 --to 2025-03-31", "there is no report 'balance'"),
        ("report pnl --from 2025-03-01 --to 2025-03-31 --csv x.txt", "x.txt ends in none of .csv"),
    ],
)
def test_a_report_that_makes_no_sense_is_exit_2_before_anything_is_asked(
    connected: Desk, office: Office, line: str, message: str
) -> None:
    office.asked()
    done = connected.run(*line.split())
    assert (done.code, office.asked()) == (2, [])
    assert message in done.err


def test_a_report_never_takes_the_place_of_a_file(connected: Desk, tmp_path: Path) -> None:
    file = tmp_path / "there.csv"
    file.write_text("mine", encoding="utf-8")
    assert connected.run("report", "pnl", *MARCH, "--csv", str(file)).code == 2
    assert file.read_text(encoding="utf-8") == "mine"
