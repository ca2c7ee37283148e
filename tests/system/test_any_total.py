"""Whatever is billed: in the books to the cent, or held back with both figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.system.bench import at_work
from tests.system.taxed import AU, CA, GB, US, Land, Row, cents, export

Taxed = Sequence[tuple[str, str]]
CENT = Decimal("0.01")
TAXES: dict[str, list[Taxed]] = {
    "US": [[], [("Sales tax", "6.25")]],
    "CA": [[], [("GST", "5")], [("HST", "13")], [("GST", "5"), ("QST", "9.975")]],
    "GB": [[], [("VAT", "20")], [("VAT", "5")]],
    "AU": [[], [("GST", "10")]],
}
MAPPED: dict[str, dict[str, str]] = {
    "US": {"Sales tax 6.25%": "TAX", "none": "NON"},
    "CA": {
        "GST 5%": "GST", "HST 13%": "HST ON", "GST 5% + QST 9.975%": "GST/QST QC",
        "none": "Exempt",
    },
    "GB": {"VAT 20%": "20.0% S", "VAT 5%": "5.0% R", "none": "No VAT"},
    "AU": {"GST 10%": "GST", "none": "GST free"},
}  # fmt: skip
LANDS = {land.country: land for land in (US, CA, GB, AU)}

money = st.decimals(min_value="0.00", max_value="9999.99", places=2)
quantities = st.sampled_from(["", "1", "2", "3", "7", "0.5", "1.75"])
prices = st.decimals(min_value="0.01", max_value="999.9999", places=4)


def share(amount: Decimal, taxes: Taxed, *, inclusive: bool) -> Decimal:
    """Work a tax out the way of the billing system, unrounded."""
    rate = sum((Decimal(rate) for _, rate in taxes), Decimal(0))
    return amount * rate / ((100 + rate) if inclusive else 100)


@st.composite
def invoices(draw: st.DrawFn, land: Land) -> list[Row]:
    """Bill something: lines by quantity or amount, taxes by line, odd ends, any way of rounding."""
    inclusive = land.country != "US" and draw(st.booleans())
    halves = draw(st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]))
    rows: list[Row] = []
    total = Decimal(0)
    for _ in range(draw(st.integers(1, 4))):
        row, worth = draw(a_line())
        taxes = draw(st.sampled_from(TAXES[land.country]))
        tax = share(worth, taxes, inclusive=inclusive).quantize(CENT, halves)
        row.taxes, row.billed = taxes, f"{tax:.2f}" if taxes else ""
        row.prices = "inclusive" if inclusive else "exclusive"
        total += worth + (Decimal(0) if inclusive else tax)
        rows.append(row)
    shipping, tip = draw(odd_end()), draw(odd_end())
    discount = min(draw(odd_end()), sum((cents(each.amount or 0) for each in rows), Decimal(0)))
    total += shipping + tip - discount
    off = draw(st.sampled_from(["0.00"] * 6 + ["0.01", "-0.03", "0.05", "0.40", "-7.00"]))
    stated = max(total + Decimal(off), Decimal(0))
    for row in rows:
        row.shipping, row.tip, row.discount = filled(shipping), filled(tip), filled(discount)
        row.total = f"{stated:.2f}"
    return rows


@st.composite
def a_line(draw: st.DrawFn) -> tuple[Row, Decimal]:
    quantity = draw(quantities)
    if not quantity:
        amount = draw(money)
        return Row("", amount=f"{amount:.2f}"), amount
    price = draw(prices)
    gross = Decimal(quantity) * price
    percent = Decimal(draw(st.sampled_from(["0", "0", "10", "33.3"])))
    worth = (gross - gross * percent / 100).quantize(CENT, ROUND_HALF_UP)
    return Row("", qty=quantity, price=f"{price}", off_percent=f"{percent}"), worth


def odd_end() -> st.SearchStrategy[Decimal]:
    return st.one_of(st.just(Decimal("0.00")), st.decimals("0.01", "99.99", places=2))


def filled(amount: Decimal) -> str:
    return f"{amount:.2f}" if amount else ""


@pytest.mark.parametrize("country", LANDS)
def test_a_total_in_the_books_is_the_exports_or_both_figures_are_told(
    tmp_path_factory: pytest.TempPathFactory, country: str
) -> None:
    land = LANDS[country]

    @settings(max_examples=3)
    @given(st.lists(invoices(land), min_size=15, max_size=25))
    def hold(billed: list[list[Row]]) -> None:
        for place, rows in enumerate(billed):
            for row in rows:
                row.number = f"N-{place}"
        stated = {rows[0].number: Decimal(rows[0].total) for rows in billed}
        folder = tmp_path_factory.mktemp("any")
        texts = {
            "acctsync.yaml": land.mapping(MAPPED[country]),
            "invoices.csv": export(row for rows in billed for row in rows),
        }
        with at_work(folder, texts, land.company(folder)) as bench:
            done = bench.run("push", "--json").json
            held = {
                each["DocNumber"]: cents(each["TotalAmt"]) for each in bench.entities("Invoice")
            }
            told = {
                each["document"]: each for each in done["problems"] if each["severity"] == "error"
            }

        assert held == {number: total for number, total in stated.items() if number not in told}
        for number, problem in told.items():
            assert problem["code"] == "CHK001", problem
            assert f"the export says {stated[number]:,.2f}" in problem["message"]
            assert problem["message"].startswith("lines come to ")

    hold()
