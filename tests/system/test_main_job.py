"""The main job, with real processes: a billing export becomes correct books."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.system.processes import SAMPLE, Office, Simulated, counted

CALLED_OFF = {"Failed", "Closed"}


def money(text: str) -> Decimal:
    plain = text.replace("$", "").replace(",", "").replace("(", "-").replace(")", "")
    return Decimal(plain or "0")


def rows(name: str) -> Iterator[dict[str, str]]:
    (file,) = SAMPLE.rglob(name)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        yield from (row for row in csv.DictReader(stream) if any(row.values()))


def billed() -> dict[str, dict[str, Any]]:
    """Read from the raw export, without our reader, what the books must hold."""
    paid: dict[str, Decimal] = {}
    for row in rows("billing_payments_*.csv"):
        paid[row["Invoice Number"]] = paid.get(row["Invoice Number"], Decimal(0)) + money(
            row["Amount"]
        )
    expected = {}
    for row in rows("billing_invoices_*.csv"):
        number = row["Invoice Number"]
        if not number.startswith("CW-") or row["Status"] in CALLED_OFF:
            continue
        total = money(row["Invoice Total"])
        expected[number] = {
            "TotalAmt": total,
            "Balance": total - paid.get(number, Decimal(0)),
            "Campus": row["Campus"],
        }
    return expected


def held(books: Simulated) -> dict[str, dict[str, Any]]:
    return {
        each["DocNumber"]: {
            "TotalAmt": Decimal(str(each["TotalAmt"])),
            "Balance": Decimal(str(each["Balance"])),
            "Campus": {"2": "Boston"}.get(each["DepartmentRef"]["value"], "Halifax"),
        }
        for each in books.entities("Invoice")
    }


def test_the_export_lands_to_the_cent_and_again_costs_nothing(
    office: Office, books: Simulated
) -> None:
    first = office.json("push")
    assert held(books) == billed()
    # 18 invoices, 16 payments, a refund and 12 customers, one of whom the company had already;
    # the closed invoice was never pushed.
    assert counted(first) == {"create": 46, "adopt": 1, "unchanged": 1}
    again = office.json("push")
    assert counted(again) == {"unchanged": 48}
    assert again["data"]["calls"] == {"read": 0, "write": 0, "throttled": 0}


def test_a_changed_amount_is_one_update(office: Office, books: Simulated) -> None:
    office.json("push")
    (file,) = office.data.rglob("billing_invoices_*.csv")
    text = file.read_text(encoding="utf-8-sig")
    changed = text.replace(
        '"$1,850.00",,$277.50,"$2,127.50","$2,208.00"',
        '"$1,860.00",,$277.50,"$2,137.50","$2,218.00"',
    ).replace('$20.00,,$10.50,$80.50,"$2,208.00"', '$20.00,,$10.50,$80.50,"$2,218.00"')
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    envelope = office.json("push")
    assert counted(envelope)["update"] == 1
    assert envelope["data"]["calls"]["write"] == 1
    assert held(books)["CW-10247"]["TotalAmt"] == Decimal("2218.00")


def test_after_losing_the_state_everything_is_adopted(office: Office, books: Simulated) -> None:
    office.json("push")
    before = books.get("/simulator/books")
    (state,) = office.state.rglob("state.db")
    state.unlink()
    refused = office.json("push", exit_code=12)
    assert refused["status"] == "error"
    office.connect()
    adopted = office.json("push")
    assert counted(adopted) == {"adopt": 47, "unchanged": 1}
    assert adopted["data"]["calls"]["write"] == 0
    assert books.get("/simulator/books") == before


def test_campuses_and_classes_are_in_place(office: Office, books: Simulated) -> None:
    office.json("push")
    classes = {each["Id"]: each["Name"] for each in books.entities("Class")}
    invoice = next(i for i in books.entities("Invoice") if i["DocNumber"] == "CW-10242")
    lines = [each for each in invoice["Line"] if each["DetailType"] == "SalesItemLineDetail"]
    named = [classes[each["SalesItemLineDetail"]["ClassRef"]["value"]] for each in lines]
    assert named == ["Memberships", "Events"]


def test_a_week_of_dates_brings_that_week_alone(office: Office, books: Simulated) -> None:
    office.json("push", "--since", "2025-03-09", "--until", "2025-03-12")
    numbers = {each["DocNumber"] for each in books.entities("Invoice")}
    assert numbers == {"CW-10253", "CW-10254"}


def test_no_secret_shows_anywhere(office: Office, books: Simulated, tmp_path: Path) -> None:
    done = office.run("push", "--verbose")
    told = done.stdout + done.stderr
    files = [file for file in office.state.rglob("*") if file.is_file()]
    tokens = [file for file in files if "token" in str(file.parent.name) or "token" in file.name]
    assert tokens
    elsewhere = b"".join(file.read_bytes() for file in files if file not in tokens)
    assert "app-secret-canary" not in told
    assert b"app-secret-canary" not in elsewhere
