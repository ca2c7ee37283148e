"""Payments and refunds that are void in the export: known as what never was, and counted nowhere."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from acctsync.documents import State
from tests.mapping.test_payments import MAPPING as PLAIN
from tests.reading import payments, read, refunds, said

MAPPING = PLAIN.replace(
    "    group_by: Id\n    document: {id: Id, customer: {name: Who}, date: Day, amount: Whole}\n"
    "    lines: {invoice: No, amount: Part}\n",
    "    document: {id: Id, customer: {name: Who}, invoice: No, date: Day, amount: Whole,"
    " state: {column: Is, map: {ok: open, bounced: void}}}\n",
).replace(
    "invoice: No, date: Day, amount: Amount}\naccounting",
    "invoice: No, date: Day, amount: Amount,"
    " state: {column: Is, map: {ok: open, failed: void}}}\naccounting",
)
INVOICES = "No,Who,Day,Amount\n1,Ann,2025-03-01,60.00\n"
PAID = "Id,Who,Day,Whole,No,Is\n"
BACK = "Id,Payment,No,Day,Amount,Is\n"


def files(paid: str, back: str = "") -> dict[str, str]:
    return {"i.csv": INVOICES, "p.csv": PAID + paid, **({"r.csv": BACK + back} if back else {})}


def test_a_void_payment_pays_nothing_so_that_another_may(tmp_path: Path) -> None:
    rows = "a,Ann,2025-03-02,60.00,1,bounced\nb,Ann,2025-03-03,60.00,1,ok\n"
    reading = read(tmp_path, MAPPING, files(rows))
    assert said(reading.problems) == []
    assert [(each.ref.id, each.state) for each in payments(reading)] == [
        ("a", State.VOID),
        ("b", None),
    ]


def test_of_a_void_payment_the_export_may_tell_no_amount(tmp_path: Path) -> None:
    rows = "a,Ann,2025-03-02,,1,bounced\nb,Ann,2025-03-02,0.00,1,bounced\n"
    reading = read(tmp_path, MAPPING, files(rows + "c,Ann,2025-03-02,0.00,1,ok\n"))
    assert said(reading.problems) == ["DOC024 a payment of 0.00"]
    assert [each.amount for each in payments(reading)] == [Decimal(0), Decimal(0)]


def test_a_void_refund_gives_nothing_back(tmp_path: Path) -> None:
    paid = "a,Ann,2025-03-02,60.00,1,ok\n"
    back = "r,a,,2025-03-04,60.00,failed\ns,a,,2025-03-05,60.00,ok\nt,,,2025-03-05,1.00,failed\n"
    reading = read(tmp_path, MAPPING, files(paid, back))
    assert said(reading.problems) == []
    assert [(each.ref.id, each.state, len(each.lines)) for each in refunds(reading)] == [
        ("r", State.VOID, 0),
        ("s", None, 1),
        ("t", State.VOID, 0),
    ]
