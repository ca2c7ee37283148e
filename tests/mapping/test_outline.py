from __future__ import annotations

import csv
import io
import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.documents import Invoice, Payment, Refund
from acctsync.engine.beginning import from_exports, from_nothing, from_preset
from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import InputRefused
from acctsync.exports.records import FileRefused
from acctsync.exports.sampling import sample
from acctsync.mapping import presets
from acctsync.mapping.load import load
from acctsync.mapping.model import Mapping
from acctsync.mapping.outline import Outline
from acctsync.mapping.outlined.sheet import Sheet, flow
from acctsync.mapping.recognition.drafts import every_period, pattern_of
from acctsync.mapping.tree import Section, Series, Text, parsed
from tests.reading import SHARED, TODAY

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
COWORKS = ROOT / "sample-config/coworks/coworks_like"
NINJA = ROOT / "sample-config/agency-canada/invoice_ninja_v5"
STRIPE = ROOT / "sample-config/stripe-xero/stripe"
EVERY = sorted(
    path
    for folder in (ROOT / "sample-config", ROOT / "tests/presets", HERE / "exports", SHARED / "samples")
    for path in folder.rglob("*")
    if path.suffix.lower() in {".csv", ".json", ".jsonl"}
    and path.name not in {"golden.json", "acctsync.schema.json"}
)  # fmt: skip

FILLED = """
accounting:
  items: {"*": {account: Sales}}
  locations: {"*": Here}
  classes: {"*": Some}
  taxes: {"*": {code: TAX}}
  payment_methods: {"*": {method: Card}}
  defaults: {income_account: Sales}
"""


def drafted(*files: Path) -> Outline:
    return from_exports(files, files[0].parent).outline


def loaded(text: str, folder: Path) -> Mapping:
    (folder / "acctsync.yaml").write_text(text, encoding="utf-8")
    return load(folder / "acctsync.yaml")


def filled(outline: Outline, folder: Path) -> Mapping:
    """Load a draft as if a person had filled in what the books call everything."""
    (folder / "filled.yaml").write_text(FILLED, encoding="utf-8")
    text = outline.text.replace("include: [", "include: [filled.yaml, ", 1)
    if text == outline.text:
        text = text.replace("acctsync: 1\n", "acctsync: 1\ninclude: [filled.yaml]\n", 1)
    return loaded(text, folder)


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems if problem.is_error}


def amounts(reading: Reading) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """Tell what every document comes to."""
    found: dict[tuple[str, str], tuple[Decimal, ...]] = {}
    for each in reading.documents:
        if isinstance(each, Invoice):
            found[str(each.ref.kind), each.number] = (each.total, each.tax_total)
        elif isinstance(each, Payment | Refund):
            found[str(each.ref.kind), each.ref.id] = (each.amount,)
    return found


def sample_amounts(name: str) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    path = ROOT / "sample-config" / name / "acctsync.yaml"
    return amounts(read_documents(load(path), path.parent, TODAY))


def raw_totals(file: Path, number: str, amount: str, **how: str) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    with file.open(newline="", encoding=how.get("encoding", "utf-8-sig")) as stream:
        for row in csv.DictReader(stream, delimiter=how.get("delimiter", ",")):
            plain = row[amount].translate({ord(c): None for c in "$ \u00a0"}).replace(",", ".")
            totals[row[number]] = totals.get(row[number], Decimal(0)) + Decimal(plain)
    return totals


class TestWhatIsWritten:
    def test_the_mapping_for_the_coworks_reports(self, pytestconfig: pytest.Config) -> None:
        text = drafted(*sorted(COWORKS.glob("billing_*.csv"))).text
        golden = HERE / "golden/init-coworks.yaml"
        if pytestconfig.getoption("--update-goldens"):
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")

    @pytest.mark.parametrize("file", EVERY, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_what_is_written_of_any_export_loads(self, file: Path, tmp_path: Path) -> None:
        mapping = loaded(drafted(file).text, tmp_path)
        assert mapping.records

    def test_the_first_line_leads_editors_to_the_schema_beside_it(self) -> None:
        first = drafted(COWORKS / "billing_refunds_2025-03.csv").text.splitlines()[0]
        assert first == "# yaml-language-server: $schema=./acctsync.schema.json"

    def test_no_line_ends_in_a_blank_and_no_key_of_a_section_is_there_twice(self) -> None:
        text = drafted(*sorted(NINJA.glob("*.csv"))).text
        assert [line for line in text.splitlines() if line != line.rstrip()] == []
        assert parsed(text, "")[1] == []


class TestWhatCheckSays:
    """What a draft makes of its export: only what a person must fill in is missing."""

    @pytest.mark.parametrize(
        ("files", "faults"),
        [
            (sorted(COWORKS.glob("billing_*.csv")), set()),
            (sorted(NINJA.glob("*.csv")), set()),
            ([HERE / "exports/SalesInvoices_export.csv"], set()),
            ([HERE / "exports/invoices_us.csv"], set()),
            # 0.25 × 45.00 less a tenth, and no column that says so
            ([HERE / "exports/factures.csv"], {"CHK003"}),
            # lines that are cut, a negative total, and the payment of it
            (sorted(STRIPE.glob("*")), {"DOC008", "CHK005", "CHK015"}),
        ],
        ids=["coworks", "invoice-ninja", "xero", "quickbooks", "excel", "stripe"],
    )
    def test_every_document_is_read_but_for_words_not_mapped(
        self, files: list[Path], faults: set[str], tmp_path: Path
    ) -> None:
        outline = drafted(*files)
        before = read_documents(loaded(outline.text, tmp_path), files[0].parent, TODAY)
        assert codes(before) - faults <= {"DOC005", "CHK015"}
        after = read_documents(filled(outline, tmp_path), files[0].parent, TODAY)
        assert (codes(after), after.unmapped) == (faults, ())

    def test_the_coworks_reports_come_to_what_the_mapping_by_hand_makes_of_them(
        self, tmp_path: Path
    ) -> None:
        outline = drafted(*sorted(COWORKS.glob("billing_*.csv")))
        reading = read_documents(filled(outline, tmp_path), COWORKS, TODAY)
        assert amounts(reading) == sample_amounts("coworks")

    def test_an_agencys_exports_come_to_what_the_mapping_by_hand_makes_of_them(
        self, tmp_path: Path
    ) -> None:
        outline = drafted(*sorted(NINJA.glob("*.csv")))
        reading = read_documents(filled(outline, tmp_path), NINJA, TODAY)
        assert amounts(reading) == sample_amounts("agency-canada")
        assert Counter(str(each.ref.kind) for each in reading.documents)["customers"] == 7

    def test_stripes_lists_come_to_what_the_mapping_by_hand_makes_of_them(
        self, tmp_path: Path
    ) -> None:
        outline = drafted(*sorted(STRIPE.glob("*")))
        reading = read_documents(filled(outline, tmp_path), STRIPE, TODAY)
        assert amounts(reading) == sample_amounts("stripe-xero")

    def test_a_french_canadian_spreadsheet_comes_to_its_own_totals(self, tmp_path: Path) -> None:
        file = HERE / "exports/factures.csv"
        reading = read_documents(filled(drafted(file), tmp_path), file.parent, TODAY)
        found = {number: total for (_, number), (total, _) in amounts(reading).items()}
        with file.open(newline="", encoding="cp1252") as stream:
            rows = csv.DictReader(stream, delimiter=";")
            firsts = {row["N° facture"]: row["Total facture"] for row in rows}
        plain = {n: t.translate({36: None, 160: None}).replace(",", ".") for n, t in firsts.items()}
        assert found == {n: Decimal(t) for n, t in plain.items() if n != "F005"}

    def test_quickbooks_own_template_comes_to_its_lines(self, tmp_path: Path) -> None:
        file = HERE / "exports/invoices_us.csv"
        reading = read_documents(filled(drafted(file), tmp_path), file.parent, TODAY)
        found = {number: total for (_, number), (total, _) in amounts(reading).items()}
        assert found == raw_totals(file, "*InvoiceNo", "*ItemAmount")

    def test_a_xero_export_comes_to_its_lines_and_taxes_without_the_credit_notes(
        self, tmp_path: Path
    ) -> None:
        file = HERE / "exports/SalesInvoices_export.csv"
        reading = read_documents(filled(drafted(file), tmp_path), file.parent, TODAY)
        net = raw_totals(file, "InvoiceNumber", "LineAmount")
        tax = raw_totals(file, "InvoiceNumber", "TaxAmount")
        wanted = {number: (net[number] + tax[number], tax[number]) for number in net}
        del wanted["INV-0006"]
        assert {number: found for (_, number), found in amounts(reading).items()} == wanted


class TestSuggestions:
    def draft(self, folder: Path, header: str, *rows: str, name: str = "export.csv") -> Outline:
        (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return drafted(folder / name)

    def lines(self, outline: Outline) -> list[str]:
        """Give the lines of a draft with their remarks set apart by one blank."""
        return [" ".join(line.split()) for line in outline.text.splitlines()]

    def test_dates_that_may_be_swapped_hold_one_suggestion_and_name_the_other(
        self, tmp_path: Path
    ) -> None:
        found = self.draft(
            tmp_path, "Payment ID,Invoice Number,Paid At,Amount", "p1,I-1,03/04/2025,5.00"
        )
        note = "AMBIGUOUS, every value reads as DD/MM/YYYY too"
        assert f"dates: MM/DD/YYYY # CONFIRM: {note}" in self.lines(found)
        assert f"sources.payment_rows.dates: {note}" in found.confirm

    def test_another_column_settles_which_comes_first(self, tmp_path: Path) -> None:
        found = self.draft(
            tmp_path,
            "Invoice Number,Customer,Invoice Date,Due Date,Total",
            "I-1,Acme,03/04/2025,30/04/2025,5.00",
        )
        assert 'dates: DD/MM/YYYY # decided by column "Due Date" (30/04/2025)' in self.lines(found)

    def test_another_export_settles_which_comes_first(self, tmp_path: Path) -> None:
        (tmp_path / "refunds.csv").write_text(
            "Refund ID,Payment ID,Date,Amount\nr,p,03/04/2025,5\n"
        )
        (tmp_path / "payments.csv").write_text("Payment ID,Date,Amount\np,31/03/2025,5\n")
        found = drafted(tmp_path / "refunds.csv", tmp_path / "payments.csv")
        assert "dates: DD/MM/YYYY # CONFIRM: the order of the other exports" in self.lines(found)

    def test_numbers_that_read_in_two_ways_name_the_other(self, tmp_path: Path) -> None:
        found = self.draft(tmp_path, "Payment ID,Date,Amount", 'p1,2025-03-01,"1,234"')
        note = 'numbers: "1234,50" # CONFIRM: AMBIGUOUS, it reads as 1,234.50 too'
        assert note in self.lines(found)

    def test_a_total_row_titles_encoding_and_delimiter_are_declared(self, tmp_path: Path) -> None:
        text = (
            "Report\n\nInvoice Number;Customer;Invoice Date;Total\n"
            "I-1;René;2025-03-01;5,00\nTotal;;;5,00\n"
        )
        (tmp_path / "export.csv").write_bytes(text.encode("cp1252"))
        lines = self.lines(drafted(tmp_path / "export.csv"))
        for wanted in (
            "encoding: cp1252 # CONFIRM: it is not UTF-8; cp1252 is what Excel writes on Windows",
            'delimiter: ";"',
            "header_row_contains: [Invoice Number, Customer, Invoice Date] # titles stand above the header",
            "- {column: Invoice Number, is: Total} # a row of totals is no document",
        ):
            assert wanted in lines

    def test_each_status_gets_a_suggestion_and_an_unknown_one_must_be_confirmed(
        self, tmp_path: Path
    ) -> None:
        words = ("Paid", "Sent", "Void", "Cancelled", "Draft", "Frobnicated")
        rows = (f"I-{n},Acme,2025-03-01,5.00,{word}" for n, word in enumerate(words))
        found = self.draft(tmp_path, "Invoice Number,Customer,Invoice Date,Total,Status", *rows)
        lines = self.lines(found)
        at = lines.index("map: # suggested: confirm each")
        assert lines[at + 1 : at + 7] == [
            "Paid: open # paid comes from a payment, not from a word", "Sent: open", "Void: void", "Cancelled: void", "Draft: draft",
            "Frobnicated: open # CONFIRM: not known, open is a guess",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("line", "wanted"),
        [
            ("2,100.00,10.00,190.00", {"amount": "Line Total", "discount": "Off"}),
            ("2,100.00,10.00,180.00", {"amount": "Line Total", "discount_percent": "Off"}),
        ],
    )
    def test_the_rows_tell_whether_a_discount_is_money_or_a_percentage(
        self, tmp_path: Path, line: str, wanted: dict[str, str]
    ) -> None:
        header = "Invoice Number,Customer,Invoice Date,Item,Quantity,Unit Price,Discount,Line Total"
        found = self.draft(tmp_path, header, f"I-1,Acme,2025-03-01,Desk,{line}")
        fields = loaded(found.text, tmp_path).records
        (record,) = fields.values()
        assert record.lines is not None
        kept = {"amount", "total_with_tax", "discount", "discount_percent"}
        columns = {n: f.column for n, f in record.lines.fields.items() if n in kept}
        assert columns == {n: c.replace("Off", "Discount") for n, c in wanted.items()}

    @pytest.mark.parametrize(
        ("total", "name", "tax"),
        [("115.00", "total_with_tax", "exclusive"), ("100.00", "amount", "inclusive")],
    )
    def test_the_rows_tell_whether_amounts_hold_the_tax(
        self, tmp_path: Path, total: str, name: str, tax: str
    ) -> None:
        header = "Invoice Number,Customer,Invoice Date,Item,Quantity,Unit Price,Tax,Line Total,Invoice Total"
        row = f"I-1,Acme,2025-03-01,Desk,1,100.00,15.00,{total},{total}"
        mapping = loaded(self.draft(tmp_path, header, row).text, tmp_path)
        (record,) = mapping.records.values()
        assert record.lines is not None
        assert (record.lines.fields[name].column, str(mapping.books.tax)) == ("Line Total", tax)

    def test_what_is_not_recognised_is_listed_with_samples_and_not_pushed(
        self, tmp_path: Path
    ) -> None:
        found = self.draft(tmp_path, "Foo,Bar", "a,1", "b,2")
        assert "# Foo: a, b" in self.lines(found)
        mapping = loaded(found.text, tmp_path)
        assert {str(kind) for kind in mapping.push.kinds} == {"customers"}
        assert any(line.startswith("push.invoices: true when") for line in found.confirm)

    def test_refunds_on_the_rows_of_payments_get_a_record_of_their_own(
        self, tmp_path: Path
    ) -> None:
        found = self.draft(
            tmp_path,
            "Payment ID,Paid At,Amount,Amount Refunded",
            "p1,2025-03-01,5.00,0.00",
            "p2,2025-03-02,6.00,2.00",
        )
        reading = read_documents(loaded(found.text, tmp_path), tmp_path, TODAY)
        assert amounts(reading) == {
            ("payments", "p1"): (Decimal("5.00"),),
            ("payments", "p2"): (Decimal("6.00"),),
            ("refunds", "p2-refund"): (Decimal("2.00"),),
        }

    def test_exports_with_the_same_columns_are_one_source(self, tmp_path: Path) -> None:
        for month in ("2025-03", "2025-04"):
            (tmp_path / f"payments_{month}.csv").write_text(
                "Payment ID,Date,Amount\np,2025-03-01,5\n"
            )
        found = drafted(tmp_path / "payments_2025-03.csv", tmp_path / "payments_2025-04.csv")
        assert found.sources == ("payment_rows",)
        assert (
            "files: [payments_2025-03.csv, payments_2025-04.csv] # every period: payments_*.csv"
            in self.lines(found)
        )

    def test_a_page_of_a_longer_list_is_to_be_refused(self, tmp_path: Path) -> None:
        value = {"has_more": False, "data": [{"id": "c1", "name": "Acme", "email": "a@b.example"}]}
        (tmp_path / "customers.json").write_text(json.dumps(value))
        lines = self.lines(drafted(tmp_path / "customers.json"))
        assert "rows: data # where the list is" in lines
        assert any(line.startswith("whole_list: {path: has_more, is: false}") for line in lines)


class TestHostileExports:
    NAMES = (
        "*InvoiceNo", "Invoice #", "a: b", "[x]", "{Type}", "&a", "!tag", "| pipe", "> fold", "%d",
        "@x", "`x`", "'q'", '"dq"', "- dash", "? key", "yes", "null", "0200", "1_000", "<<", "~",
        "tab\tinside", "new\nline", "\u202etxt.exe", "\x1b[31mred", "\u2028", "naïve", "漢字", "#",
        "a #b", ": colon", "trailing:", "=1+1", "😀", "x" * 300, "---", "...", "\\n", "${HOME}",
    )  # fmt: skip

    def csv_of(self, folder: Path, header: list[str], row: list[str]) -> Path:
        out = io.StringIO()
        csv.writer(out).writerows([header, row])
        file = folder / "export.csv"
        file.write_text(out.getvalue(), encoding="utf-8", newline="")
        return file

    @pytest.mark.parametrize("name", NAMES)
    def test_a_hostile_header_is_read_back_as_it_is(self, name: str, tmp_path: Path) -> None:
        header = [
            "Invoice Number",
            f"{name} Email",
            "Invoice Date",
            "Item",
            "Quantity",
            "Unit Price",
        ]
        row = ["I-1", "a@b.example", "2025-03-01", name, "1", "5.00"]
        file = self.csv_of(tmp_path, header, row)
        mapping = loaded(drafted(file).text, tmp_path)
        (record,) = mapping.records.values()
        if len(name) < 200:
            assert record.party["email"].column == f"{name} Email".strip()

    def test_all_of_them_at_once_load(self, tmp_path: Path) -> None:
        file = self.csv_of(tmp_path, list(self.NAMES), list(self.NAMES))
        text = drafted(file).text
        assert loaded(text, tmp_path).records
        assert "\x1b" not in text
        assert "\u202e" not in text

    def test_thousands_of_columns_with_long_names_load(self, tmp_path: Path) -> None:
        header = [f"{number} {'email ' * 50}" for number in range(3_000)]
        file = self.csv_of(tmp_path, header, ["x"] * 3_000)
        assert loaded(drafted(file).text, tmp_path).records

    @pytest.mark.parametrize(
        "text", ["1" * 60_000 + "xyzzy", "." * 60_000, "x" * 60_000, "•" * 60_000]
    )
    def test_very_long_texts_everywhere_load(self, text: str, tmp_path: Path) -> None:
        header = [
            "Payment ID",
            "Paid At",
            "Amount",
            "Method",
            "Status",
            "payment " * 5_000 + "date",
        ]
        file = self.csv_of(tmp_path, header, [text] * 6)
        assert loaded(drafted(file).text, tmp_path).records

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        rows=st.lists(
            st.lists(st.text(max_size=20), min_size=4, max_size=4), min_size=2, max_size=4
        )
    )
    def test_a_draft_of_any_text_loads(self, rows: list[list[str]], tmp_path: Path) -> None:
        header = ["Invoice Number", "Status", "Customer", "Item", *rows[0]]
        out = io.StringIO()
        csv.writer(out).writerows([header, *([*each, *each] for each in rows[1:])])
        file = tmp_path / "export.csv"
        file.write_text(out.getvalue(), encoding="utf-8", newline="")
        with suppress(FileRefused):
            sample(file, file.name)
            assert loaded(drafted(file).text, tmp_path).records

    @given(st.recursive(st.text(), lambda below: st.dictionaries(st.text(), below, max_size=3)))
    def test_any_value_is_read_back_as_it_was_written(self, value: str | dict[str, str]) -> None:
        sheet = Sheet()
        sheet.entry("key", value, "a remark: # with \n everything \x1b in it")
        section, problems = parsed(sheet.text, "")
        assert problems == []
        assert plain(section.entries["key"]) == value

    @given(st.lists(st.text(), min_size=1))
    def test_any_list_is_read_back_as_it_was_written(self, values: list[str]) -> None:
        section, _ = parsed(f"key: {flow(tuple(values))}\n", "")
        assert plain(section.entries["key"]) == values


def plain(node: Text | Series | Section) -> object:
    match node:
        case Text():
            return node.value
        case Series():
            return [plain(item) for item in node.items]
        case Section():
            return {key: plain(value) for key, value in node.entries.items()}


class TestFileNames:
    @pytest.mark.parametrize(
        ("name", "pattern"),
        [
            ("invoices.csv", "invoices.csv"),
            ("2025/march invoices (1).csv", "2025/march invoices (1).csv"),
            ("export [1].csv", "export ?1?.csv"),
            ("{a}$b\\c.csv", "?a??b?c.csv"),
            ("~x.csv", "?x.csv"),
            ("c:x.csv", "c?x.csv"),
            ("a**b.csv", "a??b.csv"),
            ("line\nbreak.csv", "line?break.csv"),
            ("bad\udce9.csv", "bad?.csv"),
            (" ", "?"),
        ],
    )
    def test_a_name_becomes_a_pattern_that_finds_it(self, name: str, pattern: str) -> None:
        assert pattern_of(name) == pattern

    @pytest.mark.parametrize(
        ("pattern", "every"),
        [
            ("billing_invoices_2025-03.csv", "billing_invoices_*.csv"),
            ("2025/invoices.csv", "2025/invoices.csv"),
            ("invoices-20250331.csv", "invoices-*.csv"),
            ("transactions-2025-03-01-2025-04-01.csv", "transactions-*-2025-04-01.csv"),
            ("invoices.csv", "invoices.csv"),
        ],
    )
    def test_the_exports_of_other_months_are_told(self, pattern: str, every: str) -> None:
        assert every_period(pattern) == every

    def test_exports_elsewhere_are_named_from_the_folder_they_share(self, tmp_path: Path) -> None:
        begun = from_exports(
            [COWORKS / "billing_invoices_2025-03.csv", NINJA / "vendors.csv"], tmp_path
        )
        assert begun.elsewhere == ROOT / "sample-config"
        mapping = loaded(begun.outline.text, tmp_path)
        assert [source.files for source in mapping.sources.values()] == [
            ("coworks/coworks_like/billing_invoices_2025-03.csv",),
            ("agency-canada/invoice_ninja_v5/vendors.csv",),
        ]


class TestPresets:
    def test_a_preset_alone_is_included_with_its_kinds(self, tmp_path: Path) -> None:
        outline = from_preset("coworks", [], tmp_path, lambda _: TODAY).outline
        mapping = loaded(outline.text, tmp_path)
        assert outline.sources == ()
        assert outline.records == ("invoices", "payments", "refunds")
        assert {str(kind) for kind in mapping.push.kinds} == {
            "customers", "invoices", "payments", "refunds",
        }  # fmt: skip

    @pytest.mark.parametrize("name", presets.names())
    def test_every_preset_can_be_begun_with(self, name: str, tmp_path: Path) -> None:
        outline = from_preset(name, [], tmp_path, lambda _: TODAY).outline
        assert loaded(outline.text, tmp_path).records

    def test_exports_find_their_sources_and_their_words_are_listed(self, tmp_path: Path) -> None:
        files = sorted(COWORKS.glob("billing_*.csv"))
        outline = from_preset("coworks", files, COWORKS, lambda _: TODAY).outline
        mapping = loaded(outline.text, tmp_path)
        assert {name: source.files for name, source in mapping.sources.items()} == {
            "invoice_rows": ("billing_invoices_2025-03.csv",),
            "payment_rows": ("billing_payments_2025-03.csv",),
            "refund_rows": ("billing_refunds_2025-03.csv",),
        }
        assert '  #   "Membership: Hot Desk": {item: ?}' in outline.text
        assert "  #   Halifax: ?" in outline.text
        reading = read_documents(filled(outline, tmp_path), COWORKS, TODAY)
        assert amounts(reading) == sample_amounts("coworks")

    def test_a_source_without_an_export_may_be_missing(self, tmp_path: Path) -> None:
        file = tmp_path / "invoices.csv"
        file.write_bytes((COWORKS / "billing_invoices_2025-03.csv").read_bytes())
        outline = from_preset("coworks", [file], tmp_path, lambda _: TODAY).outline
        reading = read_documents(filled(outline, tmp_path), tmp_path, TODAY)
        assert (codes(reading), reading.files) == (set(), ("invoices.csv",))

    def test_an_export_of_another_system_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputRefused, match="is no export that preset stripe knows"):
            from_preset("stripe", [NINJA / "vendors.csv"], NINJA, lambda _: TODAY)

    def test_an_unknown_preset_is_refused_with_the_ones_there_are(self, tmp_path: Path) -> None:
        with pytest.raises(InputRefused) as refusal:
            from_preset("strype", [], tmp_path, lambda _: TODAY)
        assert refusal.value.message == "there is no preset 'strype'"
        assert refusal.value.hint.startswith("Did you mean stripe? There are: ")


def test_the_mapping_to_fill_in_by_hand_loads(tmp_path: Path) -> None:
    begun = from_nothing()
    assert loaded(begun.outline.text, tmp_path).records
    assert begun.outline.records == ("invoices", "payments")
