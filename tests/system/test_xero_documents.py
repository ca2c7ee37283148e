"""What becomes of documents in Xero, from the export to the books, command by command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import counted
from tests.system.xero_bench import XeroBench
from tests.system.xero_shop import a_sale, open_shop, sold

NOTHING = {"read": 0, "write": 0, "throttled": 0}
MAILED = "push: {send_email: when_created, customers: true"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[XeroBench]:
    with open_shop(tmp_path, sold(a_sale("A-1"))) as bench:
        yield bench


def theme(bench: XeroBench, number: str) -> str:
    """Tell the name of the theme that an invoice has."""
    names = {each["BrandingThemeID"]: each["Name"] for each in bench.entities("BrandingTheme")}
    (found,) = [each for each in bench.alive("Invoice") if each["InvoiceNumber"] == number]
    return str(names.get(found.get("BrandingThemeID", ""), ""))


def test_a_theme_is_given_to_what_is_new_and_a_wrong_one_is_told_before_anything_is_sent(
    shop: XeroBench,
) -> None:
    shop.json("push")
    shop.change("acctsync.yaml", "defaults: {", "defaults: {branding_theme: Event, ")
    shop.write(sold(a_sale("A-1"), a_sale("A-2")))
    wrong = shop.json("push", exit_code=3)
    assert [(each["code"], each["message"]) for each in wrong["problems"]][-1] == (
        "REF001", "the books have no branding theme 'Event'. Did you mean 'Events'?",
    )  # fmt: skip
    assert wrong["data"]["calls"]["write"] == 0
    assert "Event" in shop.run("doctor").out

    shop.change("acctsync.yaml", "branding_theme: Event,", "branding_theme: Events,")
    shop.json("push")
    assert (theme(shop, "A-1"), theme(shop, "A-2")) == ("", "Events")
    listed = shop.json("lists", "branding-themes")["data"]["entries"]
    assert sorted(each["name"] for each in listed) == ["Events", "Standard"]
    assert shop.json("push")["data"]["calls"] == NOTHING


def test_of_fifty_with_one_bad_one_forty_nine_are_done_and_no_id_is_lost(tmp_path: Path) -> None:
    rows = [a_sale(f"A-{n}", "Bob" if n == 17 else "Ann") for n in range(1, 51)]
    with open_shop(tmp_path, sold(*rows)) as shop:

        def archived() -> None:
            (bob,) = [each for each in shop.entities("Contact") if each["Name"] == "Bob"]
            shop.by_hand("Contact", ContactID=bob["ContactID"], raw={"ContactStatus": "ARCHIVED"})

        shop.meanwhile("Invoice", "create", archived)
        pushed = shop.json("push", exit_code=3)
        assert (counted(pushed)["create"], counted(pushed)["failed"]) == (49 + 2, 1)
        assert pushed["data"]["calls"]["write"] == 2
        (problem,) = [each for each in pushed["problems"] if each["severity"] == "error"]
        assert (problem["code"], problem["document"], problem["line"], problem["message"]) == (
            "XERO201", "A-17", 18, "its contact Bob is archived in Xero",
        )  # fmt: skip
        there = {each["InvoiceNumber"]: each["InvoiceID"] for each in shop.alive("Invoice")}
        told = {
            each["number"]: each["remote_id"]
            for each in pushed["data"]["documents"]
            if each["kind"] == "invoices" and each["status"] == "done"
        }
        assert (told, len(there)) == (there, 49)

        (bob,) = [each for each in shop.entities("Contact") if each["Name"] == "Bob"]
        shop.by_hand("Contact", ContactID=bob["ContactID"], raw={"ContactStatus": "ACTIVE"})
        assert counted(shop.json("retry-failed"))["create"] == 1
        assert len(shop.alive("Invoice")) == 50
        assert shop.json("push")["data"]["calls"] == NOTHING


def test_how_an_invoice_arrives_decides_how_it_is_taken_back(shop: XeroBench) -> None:
    numbers: list[str] = []
    for status in ("authorised", "submitted", "draft"):
        numbers.append(f"{status}-1")
        shop.write(sold(*map(a_sale, numbers)))
        if numbers[1:]:
            shop.change("acctsync.yaml", "push: {", f"push: {{xero_status: {status}, ")
        shop.json("push")
        shop.change("acctsync.yaml", f"xero_status: {status}, ", "") if numbers[1:] else None
    standing = {each["InvoiceNumber"]: each["Status"] for each in shop.entities("Invoice")}
    assert standing == {f"{each}-1": each.upper() for each in ("authorised", "submitted", "draft")}

    shop.write(sold(*(a_sale(each, state="void") for each in numbers)))
    assert counted(shop.json("push"))["void"] == 3
    ended = {each["InvoiceNumber"]: each["Status"] for each in shop.entities("Invoice")}
    assert ended == {"authorised-1": "VOIDED", "submitted-1": "DELETED", "draft-1": "DELETED"}
    assert shop.json("push")["data"]["calls"] == NOTHING


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_void_whose_answer_is_lost_is_looked_up_and_not_sent_again(
    shop: XeroBench, fault: str
) -> None:
    shop.json("push")
    shop.write(sold(a_sale("A-1", state="void")))
    shop.plant({"method": "POST", "path": "Invoices"}, **{fault: True})
    assert counted(shop.json("push"))["void"] == 1
    assert [each["Status"] for each in shop.entities("Invoice")] == ["VOIDED"]
    sent = [each for each in shop.simulator.requests if each.path.endswith("/Invoices")]
    posts = [each for each in sent if each.method == "POST"]
    assert len(posts) == (1 if fault == "drop_after" else 2)
    assert shop.json("push")["data"]["calls"] == NOTHING


def test_an_archived_contact_is_told_of_and_never_doubled(shop: XeroBench) -> None:
    ann = shop.by_hand("Contact", Name="Ann")
    shop.by_hand("Contact", ContactID=ann["ContactID"], raw={"ContactStatus": "ARCHIVED"})
    done = shop.json("push", exit_code=3)
    said = {each["code"]: each["message"] for each in done["problems"]}
    assert "the customer 'Ann'" in said["PLAN021"]
    assert shop.alive("Invoice") == []

    shop.by_hand("Contact", Name="Ann")
    shop.json("push")
    (invoice,) = shop.alive("Invoice")
    (active,) = [
        each for each in shop.entities("Contact")
        if (each["Name"], each["ContactStatus"]) == ("Ann", "ACTIVE")
    ]  # fmt: skip
    assert invoice["Contact"]["ContactID"] == active["ContactID"]


def test_a_contact_renamed_in_xero_is_found_by_our_number_though_the_state_is_lost(
    shop: XeroBench,
) -> None:
    shop.json("push")
    (ann,) = [each for each in shop.entities("Contact") if each["Name"] == "Ann"]
    shop.by_hand("Contact", ContactID=ann["ContactID"], Name="Ann & Sons", EmailAddress="a@b.org")
    shutil.rmtree(shop.folder / "state")
    shop.connect()
    shop.write(sold(a_sale("A-1"), a_sale("A-2")))
    counts = counted(shop.json("push"))
    assert (counts["create"], counts["adopt"]) == (1, 2)
    assert {each["Contact"]["ContactID"] for each in shop.alive("Invoice")} == {ann["ContactID"]}


FIGURES = (
    # quantity and price that don't multiply to a cent; a line's own discount
    "F-1,Ann,,2025-03-01,,99.99,Desk,3,33.333,0.009,,,",
    "F-2,Ann,,2025-03-01,,90.00,Desk,1,100.00,10.00,,,",
    # tax by line, as it was billed: Xero's own would be another
    "F-3,Ann,,2025-03-01,,26.32,Desk,,,,25.06,GST,1.26",
    "F-4,Ann,,2025-03-01,,53.21,Desk,,,,25.06,GST,1.25",
    "F-4,,,,,,Room,,,,23.39,HST,3.51",
    # a cent that no line accounts for
    "F-5,Ann,,2025-03-01,,100.01,Desk,,,,100.00,,",
)


def test_money_agrees_to_the_cent(tmp_path: Path) -> None:
    with open_shop(tmp_path, sold(*FIGURES)) as shop:
        shop.change("acctsync.yaml", "push: {", "checks: {totals: {tolerance: 0.01}}\npush: {")
        assert counted(shop.json("push"))["create"] == 6
        invoices = {each["InvoiceNumber"]: each for each in shop.alive("Invoice")}
        assert {number: str(each["Total"]) for number, each in invoices.items()} == {
            "F-1": "99.99", "F-2": "90.00", "F-3": "26.32", "F-4": "53.21", "F-5": "100.01",
        }  # fmt: skip
        taxes = [(str(each["TaxAmount"]), each["TaxType"]) for each in lines(invoices["F-4"])]
        assert taxes == [("1.25", "OUTPUT"), ("3.51", "OUTPUT2")]
        rounding = lines(invoices["F-5"])[-1]
        assert (rounding["AccountCode"], str(rounding["LineAmount"])) == ("860", "0.01")
        assert shop.run("reconcile").code == 0


def lines(invoice: dict[str, Any]) -> list[dict[str, Any]]:
    return list(invoice["LineItems"])


# ---------------------------------------------------------------------- e-mails


@pytest.fixture
def postbox(tmp_path: Path) -> Iterator[XeroBench]:
    """Open a shop that mails its invoices."""
    row = a_sale("A-1").replace("Ann,,", "Ann,ann@example.com,")
    with open_shop(tmp_path, sold(row), demo=False) as bench:
        bench.change("acctsync.yaml", "push: {customers: true", MAILED)
        yield bench


def push(bench: XeroBench, *more: str, exit_code: int = 0) -> dict[str, Any]:
    """Push as into a live organisation, whose name is wanted the first time."""
    return bench.json("push", "--confirm", "Harbour Commons LLC", *more, exit_code=exit_code)


def mails(bench: XeroBench) -> list[tuple[str, str]]:
    return [(each["number"], each["address"]) for each in bench.simulator.dialect.mails()]


SENT = [("A-1", "ann@example.com")]


@pytest.mark.parametrize(
    "fault",
    [
        None,
        ({"entity": "Invoice", "operation": "send"}, {"drop_after": True}),
        ({"entity": "Invoice", "operation": "send"}, {"drop_before": True}),
        ({"entity": "Invoice", "operation": "send"}, {"status": 503, "processed": True}),
        ({"entity": "Invoice", "operation": "read", "times": "always"}, {"status": 500}),
    ],
    ids=["nothing", "answer lost", "order lost", "503 after it", "unread back"],
)
def test_a_new_invoice_is_mailed_once_whatever_becomes_of_the_answer(
    postbox: XeroBench, fault: tuple[dict[str, Any], dict[str, Any]] | None
) -> None:
    if fault is not None:
        postbox.plant(fault[0], **fault[1])
    push(postbox)
    assert mails(postbox) == SENT
    assert [each["SentToContact"] for each in postbox.alive("Invoice")] == [True]
    assert push(postbox)["data"]["calls"] == NOTHING


def test_a_mail_that_xero_refuses_is_told_and_goes_out_later(postbox: XeroBench) -> None:
    postbox.simulator.dialect.settle({"mails_a_day": "0"})
    done = push(postbox, exit_code=3)
    (problem,) = [each for each in done["problems"] if each["severity"] == "error"]
    assert (problem["code"], problem["message"]) == ("XERO201", "Xero sends no more e-mails today")
    postbox.simulator.dialect.settle({"mails_a_day": "20"})
    push(postbox)
    assert mails(postbox) == SENT
    assert push(postbox)["data"]["calls"] == NOTHING
