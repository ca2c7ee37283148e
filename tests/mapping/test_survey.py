from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctsync.exports.sampling import sample
from acctsync.mapping.profiling.naming import words
from acctsync.mapping.profiling.styles import Fit, date_fit, number_fit, number_in
from acctsync.mapping.survey import ColumnProfile, Survey, shown, survey


def surveyed(folder: Path, text: str, name: str = "export.csv") -> Survey:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return survey(sample(folder / name, name))


def column(found: Survey, name: str, under: str = "") -> ColumnProfile:
    every = (*found.columns, *found.inner, *found.firsts)
    (match,) = [each for each in every if (each.name, each.under) == (name, under)]
    return match


class TestNumbers:
    @pytest.mark.parametrize(
        ("values", "style"),
        [
            (["1", "12.5", "0.00"], "1234.50"),
            (["$5.00", "-$1.25", "($3.00)"], "1234.50"),
            (["$1,234.50", "$5.00"], "1,234.50"),
            (["1.234,50 €", "5,00 €"], "1.234,50"),
            (["1\u00a0234,50\u00a0$", "5,00\u00a0$"], "1 234,50"),
            (["1'234.50", "CHF 5.00"], "1'234.50"),
            (["135,00", "6,75"], "1234,50"),
        ],
    )
    def test_the_plainest_style_that_reads_every_value_is_suggested(
        self, values: list[str], style: str
    ) -> None:
        assert number_fit(values, "").styles == ((style,),)

    @pytest.mark.parametrize(
        ("values", "styles"),
        [
            (["1,234", "5,678"], (("1234,50",), ("1,234.50",))),
            (["1.234"], (("1234.50",), ("1.234,50",))),
            (["1,234", "5.50"], (("1,234.50",),)),
            (["1,234", "5,5"], (("1234,50",),)),
        ],
    )
    def test_values_that_mean_something_else_in_another_style_are_ambiguous(
        self, values: list[str], styles: tuple[tuple[str, ...], ...]
    ) -> None:
        assert number_fit(values, "").styles == styles

    def test_whole_amounts_of_money_may_be_minor_units(self) -> None:
        assert number_fit(["22500", "0"], "total").styles == (("1234.50",), ("minor_units",))
        assert number_fit(["22500", "0"], "quantity").styles == (("1234.50",),)
        assert number_fit(["225.00", "0"], "total").styles == (("1234.50",),)
        assert number_fit(["0", "0"], "total").styles == (("1234.50",),)

    def test_a_word_for_nothing_is_told_and_does_not_hide_the_style(self) -> None:
        assert number_fit(["5.00", "N/A", "-"], "") == Fit((("1234.50",),), ("N/A", "-"))

    def test_a_number_written_differently_leaves_no_suggestion_and_is_told(self) -> None:
        found = number_fit(["1,000.00", "5.00", "6.00", "1.234,50"], "")
        assert (found.styles, found.nearly[0], found.odd) == ((), ("1,234.50",), ("1.234,50",))

    @pytest.mark.parametrize(
        "values",
        [["Hot Desk", "Day Pass"], ["Suite 4"], ["2025-03-01"], ["+1 555 123-4567"], [], ["1_000"], ["NaN"]],
    )  # fmt: skip
    def test_what_is_no_number_gets_no_style(self, values: list[str]) -> None:
        assert number_fit(values, "").styles == ()

    def test_the_mark_of_a_currency_is_told(self) -> None:
        assert number_fit(["5", "5 €"], "").marked == "EUR"
        assert number_fit(["5", "6"], "").marked == ""

    @given(st.lists(st.text(max_size=12), max_size=6))
    def test_whatever_is_suggested_reads_every_value(self, values: list[str]) -> None:
        found = number_fit(values, "total")
        for (name,) in found.styles:
            for value in set(values) - set(found.misfits) - {""}:
                assert number_in(value, name) is not None


class TestDates:
    @pytest.mark.parametrize(
        ("values", "style"),
        [
            (["2025-03-01", "2025-12-31"], "YYYY-MM-DD"),
            (["03/01/2025", "03/31/2025"], "MM/DD/YYYY"),
            (["01/03/2025", "31/03/2025"], "DD/MM/YYYY"),
            (["3/1/2025", "3/31/2025"], "M/D/YYYY"),
            (["31.12.2025"], "DD.MM.YYYY"),
            (["31-12-25"], "DD-MM-YY"),
            (["Mar 1, 2025", "Apr 22, 2025"], "MMM D, YYYY"),
            (["16/Jul/2025"], "DD/MMM/YYYY"),
            (["20250301", "20251231"], "YYYYMMDD"),
            (["2025-03-01 09:15:00"], "iso"),
            (["2025-03-01T09:15:00Z"], "iso"),
            (["2025-03-08 23:30:05 -0500"], "iso"),
            (["03/31/2025 02:03 PM"], "MM/DD/YYYY hh:mm A"),
            (["31.03.2025 14:03"], "DD.MM.YYYY HH:mm"),
            (["2025-03-01", "0000-00-00"], "YYYY-MM-DD"),
        ],
    )
    def test_the_format_that_reads_every_value_is_suggested(
        self, values: list[str], style: str
    ) -> None:
        assert date_fit(values, "date").styles == ((style,),)

    def test_days_and_months_that_may_be_swapped_are_ambiguous(self) -> None:
        assert date_fit(["03/01/2025", "03/02/2025"], "date").styles == (
            ("MM/DD/YYYY",),
            ("DD/MM/YYYY",),
        )

    def test_the_same_number_for_day_and_month_is_not_ambiguous(self) -> None:
        assert date_fit(["03/03/2025"], "date").styles == (("MM/DD/YYYY",),)

    def test_midnight_in_utc_may_mean_a_day(self) -> None:
        assert date_fit(["2025-03-01T00:00:00.000Z"], "date").styles == (("iso_day",), ("iso",))
        assert date_fit(["2025-03-01T00:00:00Z", "2025-03-01T10:00:00Z"], "date").styles == (
            ("iso",),
        )

    def test_two_formats_in_one_column_are_told_together(self) -> None:
        assert date_fit(["31/05/2025", "2025-05-02", "2025-05-04"], "date").styles == (
            ("YYYY-MM-DD", "DD/MM/YYYY"),
        )

    def test_seconds_and_serials_count_only_under_the_name_of_a_time(self) -> None:
        assert date_fit(["1743044400"], "created").styles == (("epoch_seconds",),)
        assert date_fit(["1743044400000"], "created at").styles == (("epoch_ms",),)
        assert date_fit(["45384.34789"], "date").styles == (("excel_serial",),)
        assert date_fit(["1743044400", "45384"], "phone").styles == ()

    def test_a_day_that_does_not_exist_leaves_no_suggestion_and_is_told(self) -> None:
        found = date_fit(["01/03/2025", "13/03/2025", "14/03/2025", "31/02/2025"], "date")
        assert (found.styles, found.nearly[0], found.odd) == (
            (),
            ("DD/MM/YYYY",),
            ("31/02/2025",),
        )

    @pytest.mark.parametrize("values", [["Hot Desk"], ["12"], ["1850.00"], ["May"], [], ["N/A"]])
    def test_what_is_no_date_gets_no_format(self, values: list[str]) -> None:
        assert date_fit(values, "date").styles == ()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Invoice Number", "invoice number"),
        ("Invoice #", "invoice number"),
        ("*InvoiceNo", "invoice number"),
        ("invoice_number", "invoice number"),
        ("N° facture", "number facture"),
        ("Échéance", "echeance"),
        ("E-mail", "email"),
        ("Type Email", "type email"),
        ("Item Tax %", "item tax percent"),
        ("Item(Product/Service)", "item product service"),
        ("status_transitions.finalized_at", "status transitions finalized at"),
        ("Qty.", "quantity"),
        ("Name #2", "name 2"),
        ("\u202e", ""),
    ],
)  # fmt: skip
def test_a_name_is_the_same_words_however_it_is_spelled(name: str, plain: str) -> None:
    assert words(name) == plain


class TestColumns:
    def test_a_column_tells_its_values_and_how_often_it_is_filled(self, tmp_path: Path) -> None:
        found = surveyed(tmp_path, "A,B,C\n1,x,\n2,x,\n2,x, \n")
        assert [(each.name, each.filled, each.values, each.constant) for each in found.columns] == [
            ("A", 3, ("1", "2"), False),
            ("B", 3, ("x",), True),
            ("C", 0, (), False),
        ]

    def test_twin_names_are_told_apart_and_nameless_columns_left_out(self, tmp_path: Path) -> None:
        found = surveyed(tmp_path, "A,,A\n1,2,3\n")
        assert [(each.name, each.values) for each in found.columns] == [
            ("A", ("1",)),
            ("A #2", ("3",)),
        ]

    def test_samples_are_short_and_safe_to_show(self, tmp_path: Path) -> None:
        found = surveyed(tmp_path, f"A\n\x1b[31mred\u202e\n{'x' * 90}\n")
        assert column(found, "A").samples == ("\\x1b[31mred\\u202e", "x" * 39 + "…")

    def test_a_row_of_totals_is_no_data(self, tmp_path: Path) -> None:
        found = surveyed(tmp_path, "No,Day,Sum\nA,2025-03-01,5\nB,2025-03-02,6\nTotal,,11\n")
        assert (found.totals, len(found.rows)) == (("No", "Total"), 2)

    def test_an_invoice_numbered_total_with_all_its_cells_is_data(self, tmp_path: Path) -> None:
        found = surveyed(tmp_path, "No,Day,Sum\nA,2025-03-01,5\nTotal,2025-03-02,6\n")
        assert (found.totals, len(found.rows)) == (None, 2)

    def test_rows_of_another_width_are_counted(self, tmp_path: Path) -> None:
        found = surveyed(tmp_path, "A,B\n1,2\n3\n4,5,6\n7,8,\n")
        assert (found.ragged, found.rows[1]) == ((2, 3), {"A": "3", "B": ""})

    def test_keys_inside_of_objects_and_lists_become_paths(self, tmp_path: Path) -> None:
        text = (
            '[{"id": 1, "customer": {"email": "a@b.example"}, "odd.key": true, "none": null,'
            ' "lines": {"data": [{"amount": 5, "price": {"id": "p1"}}, {"amount": 6}]}, "tags": ["x"]}]'
        )
        found = surveyed(tmp_path, text, "export.json")
        assert [(each.name, each.values) for each in found.columns] == [
            ("id", ("1",)),
            ("customer.email", ("a@b.example",)),
            ('"odd.key"', ("true",)),
            ("none", ()),
        ]
        assert [(each.under, each.name, each.values) for each in found.inner] == [
            ("lines.data", "amount", ("5", "6")),
            ("lines.data", "price.id", ("p1",)),
        ]
        assert [each.name for each in found.firsts] == [
            "lines.data.0.amount",
            "lines.data.0.price.id",
        ]


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_what_is_shown_is_printable_and_no_longer_than_asked_for(text: str, limit: int) -> None:
    result = shown(text, limit)
    assert result.isprintable()
    assert len(result) <= limit
