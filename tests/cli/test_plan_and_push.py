from __future__ import annotations

import json
import sys

import pytest

from acctsync.simulator.server import Simulator
from tests.cli.desk import Desk
from tests.cli.test_connect import other_company, paste

COUNTS = {
    "create": 0, "update": 0, "void": 0, "adopt": 0, "unchanged": 0, "failed": 0, "blocked": 0,
    "in_doubt": 0,
}  # fmt: skip


def test_a_plan_is_an_envelope(connected: Desk) -> None:
    envelope = connected.json("plan", "--document", "CW-10248")
    data = envelope["data"]
    assert (envelope["status"], envelope["run"], envelope["problems"]) == ("ok", None, [])
    assert data["counts"] == {**COUNTS, "create": 2}
    assert data["by_kind"] == {
        "customers": {**COUNTS, "create": 1},
        "invoices": {**COUNTS, "create": 1},
    }
    assert data["money"] == {"invoices": {"USD": "64.00"}}
    assert data["documents"][1] == {
        "id": "CW-10248", "kind": "invoices", "source": "invoice_rows", "number": "CW-10248",
        "action": "create", "remote_id": None, "amount": "64.00", "currency": "USD",
        "status": "pending", "error": None,
    }  # fmt: skip
    assert (data["complete"], data["calls"]["write"], data["estimated_calls"]) == (True, 0, 2)
    assert set(data) == {
        "counts", "by_kind", "money", "documents", "calls", "estimated_calls", "complete", "digest",
        "mails", "seconds",
    }  # fmt: skip


def test_a_plan_without_a_connection_says_that_it_could_not_ask(desk: Desk) -> None:
    envelope = desk.json("plan")
    assert (envelope["exit_code"], envelope["data"]["complete"]) == (0, False)
    assert [problem["severity"] for problem in envelope["problems"]] == ["warning"]
    assert "no company connected" in desk.run("plan").out


def test_unchanged_documents_are_listed_only_when_asked(connected: Desk) -> None:
    connected.run("push")
    assert connected.json("push")["data"]["documents"] == []
    assert len(connected.json("push", "-v")["data"]["documents"]) == 48


def test_a_push_is_an_envelope_with_its_run(connected: Desk) -> None:
    connected.edit("{item: Custom Fee}", "{item: Custom Fees}")
    envelope = connected.json("push", "--document", "CW-10248")
    (document,) = [each for each in envelope["data"]["documents"] if each["kind"] == "invoices"]
    problem = document.pop("error")
    assert document == {
        "id": "CW-10248", "kind": "invoices", "source": "invoice_rows", "number": "CW-10248",
        "action": "blocked", "remote_id": None, "amount": "64.00", "currency": "USD",
        "status": "blocked",
    }  # fmt: skip
    assert (problem["document"], problem["kind"]) == ("CW-10248", "invoices")
    assert envelope["problems"] == [problem]
    assert (envelope["exit_code"], envelope["status"]) == (3, "partial")
    assert envelope["data"]["counts"]["blocked"] == 1
    assert len(envelope["run"]) == 32


def test_retry_failed_takes_what_did_not_make_it_and_then_there_is_nothing(connected: Desk) -> None:
    connected.edit("{item: Custom Fee}", "{item: Custom Fees}")
    first = connected.json("push")
    assert connected.json("status")["data"]["counts"]["blocked"] == 2
    connected.edit("{item: Custom Fees}", "{item: Custom Fee}")
    again = connected.json("retry-failed", "--run", first["run"][:8])
    assert (again["exit_code"], again["data"]["counts"]["create"]) == (0, 2)
    assert connected.json("status")["data"]["failed"] == []
    assert "Nothing to do" in connected.run("push").out


def test_retry_failed_knows_documents_by_number_and_refuses_strangers(connected: Desk) -> None:
    connected.edit("{item: Custom Fee}", "{item: Custom Fees}")
    connected.run("push")
    connected.edit("{item: Custom Fees}", "{item: Custom Fee}")
    assert connected.run("retry-failed", "--document", "CW-10241").code == 2
    assert connected.run("retry-failed", "--document", "CW-10248").code == 0
    assert connected.run("retry-failed", "--run", "f" * 8).code == 2


def test_retry_failed_without_failures_does_nothing(connected: Desk) -> None:
    done = connected.run("retry-failed")
    assert (done.code, done.out) == (0, "Nothing has failed.\n")


def test_a_dry_run_is_the_plan_and_sends_nothing(connected: Desk, books: Simulator) -> None:
    done = connected.run("push", "--dry-run", "--json")
    planned = connected.json("plan")
    assert done.json["data"]["digest"] == planned["data"]["digest"]
    assert books.dialect.snapshot().get("Invoice", []) == []


def test_a_plan_file_is_carried_out_as_it_was(connected: Desk) -> None:
    file = connected.folder / "march.json"
    planned = connected.json("plan", "--document", "CW-10248", "--out", str(file))
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["digest"] == planned["data"]["digest"]
    assert [each["number"] for each in content["documents"]] == ["Kestrel Analytics", "CW-10248"]
    pushed = connected.json("push", "--plan", str(file))
    assert (pushed["exit_code"], pushed["data"]["counts"]["create"]) == (0, 2)


def test_a_plan_file_that_no_longer_matches_is_refused(connected: Desk, books: Simulator) -> None:
    file = connected.folder / "march.json"
    connected.run("plan", "--out", str(file))
    connected.edit("{item: Custom Fee}", "{item: Day Pass}")
    done = connected.run("push", "--plan", str(file))
    assert (done.code, done.out) == (2, "")
    assert books.dialect.snapshot().get("Invoice", []) == []


def test_a_plan_file_is_never_overwritten_nor_mixed_with_a_choice(connected: Desk) -> None:
    file = connected.folder / "march.json"
    assert connected.run("plan", "--out", str(file)).code == 0
    assert connected.run("plan", "--out", str(file)).code == 2
    assert connected.run("push", "--plan", str(file), "--month", "2025-03").code == 2
    file.write_text("[]", encoding="utf-8")
    assert connected.run("push", "--plan", str(file)).code == 2
    assert connected.run("push", "--plan", str(connected.folder / "none.json")).code == 2


def test_too_many_calls_stop_the_push(connected: Desk) -> None:
    assert connected.run("push", "--max-calls", "2").code == 8


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ([], 2, '--confirm "Harbour Commons LLC"'),
        (["--yes"], 2, '--confirm "Harbour Commons LLC"'),
        (["--confirm", "Harbor Commons"], 2, "'Harbour Commons LLC', not 'Harbor Commons'"),
        (["--confirm", "Harbour Commons LLC"], 0, ""),
    ],
)
def test_the_first_push_into_a_production_company_wants_its_name(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    flags: list[str],
    code: int,
    said: str,
) -> None:
    file = other_company(desk.folder, {"environment: sandbox": "environment: production"})
    with Simulator("qbo", company=file, limits=False) as live:
        assert paste(desk, live.url, capsys, monkeypatch, "--production").code == 0
        monkeypatch.setattr(sys, "stdin", sys.__stdin__)
        done = desk.run("push", "--document", "CW-10248", *flags)
        assert done.code == code, done
        assert said in done.err
        if code == 0:
            assert desk.run("push", "--document", "CW-10247").code == 0


def test_show_tells_a_document_from_row_to_books(connected: Desk) -> None:
    connected.run("push")
    data = connected.json("show", "CW-10248")["data"]
    assert data["export"][0]["place"]["line"] == 15
    assert data["books"][0]["document"]["total"] == "64.00"
    assert [entry["action"] for entry in data["history"]] == ["done", "sending"]
    assert connected.run("show", "CW-10248").out.startswith("invoice CW-10248\n")
    assert connected.run("show", "nothing").code == 2


def test_status_ends_with_what_to_type_next(connected: Desk) -> None:
    assert connected.run("status").out.splitlines()[-1] == (
        "Next: look at what a push would do: acctsync plan"
    )
    connected.edit("{item: Custom Fee}", "{item: Custom Fees}")
    connected.run("push")
    assert connected.run("status").out.splitlines()[-1] == (
        "Next: mend what is listed above, then: acctsync retry-failed"
    )


def test_the_log_narrows_to_run_and_document(connected: Desk) -> None:
    run = connected.json("push")["run"]
    entries = connected.json("log", "--document", "CW-10248", "--run", run)["data"]["entries"]
    assert [(each["action"], each["id"]) for each in entries] == [
        ("done", "CW-10248"), ("sending", "CW-10248"),
    ]  # fmt: skip
    assert len(connected.json("log", "--limit", "3")["data"]["entries"]) == 3


def test_lists_show_the_names_that_a_mapping_may_use(connected: Desk) -> None:
    entries = connected.json("lists", "items")["data"]["entries"]
    assert {"Memberships:Hot Desk", "Custom Fee"} <= {each["full_name"] for each in entries}
    assert "Memberships:Hot Desk" in connected.run("lists", "items").out
    assert connected.run("lists", "recipes").code == 2


def test_a_refusal_names_what_an_id_means_and_the_request_for_support(
    connected: Desk, books: Simulator
) -> None:
    accounts = books.books.entities("Account")
    (clearing,) = [each["Id"] for each in accounts if each["Name"] == "Stripe Clearing"]
    detail = f"Invalid Reference Id : Accounts element id {clearing} not found"
    refuse = {"code": "2500", "message": "Invalid Reference Id", "detail": detail}
    match = {"entity": "Payment", "operation": "create", "times": "always"}
    books.add_fault({"match": match, "do": {"refuse": refuse}})
    envelope = connected.json("push")
    (problem, *_) = [
        each["error"] for each in envelope["data"]["documents"] if each["status"] == "failed"
    ]
    assert problem["message"].endswith(f'not found" (account id {clearing} is "Stripe Clearing")')
    assert problem["provider_code"] == "2500"
    assert problem["provider_request"].startswith("1-")

    (entry, *_) = connected.json("log", "--document", problem["document"])["data"]["entries"]
    assert (entry["action"], entry["detail"]["message"]) == ("refused", problem["message"])
    assert entry["detail"]["request"] == problem["provider_request"]
    shown = connected.run("log", "--document", problem["document"]).out
    assert problem["provider_request"] in "".join(shown.split())
