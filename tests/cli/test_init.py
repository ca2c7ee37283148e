from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from acctsync.cli.terminal import Terminal
from acctsync.mapping.grammar import json_schema
from acctsync.mapping.load import load
from acctsync.simulator.server import Simulator
from tests.cli.desk import NOTHING, ROOT, Desk
from tests.reading import SHARED

INVOICES = "coworks_like/billing_invoices_2025-03.csv"
REPORTS = (
    INVOICES,
    "coworks_like/billing_payments_2025-03.csv",
    "coworks_like/billing_refunds_2025-03.csv",
)
ADVERSARIAL = sorted((SHARED / "adversarial").glob("*.[cj]s*"))


def init(desk: Desk, *arguments: str, mapping: str = "mine.yaml") -> dict[str, Any]:
    """Begin a mapping beside the exports; give the envelope's data."""
    ran = desk.run("init", *arguments, "-m", str(desk.data / mapping), "--json")
    assert (ran.code, ran.err) == (0, ""), ran
    data: dict[str, Any] = ran.json["data"]
    return data


def sources(desk: Desk, names: tuple[str, ...] = REPORTS) -> list[str]:
    return [part for name in names for part in ("--from", str(desk.data / name))]


class TestInit:
    def test_a_mapping_is_written_for_the_exports_with_what_to_confirm(self, desk: Desk) -> None:
        data = init(desk, *sources(desk))
        confirm = data.pop("confirm")
        assert data == {
            "mapping": str(desk.data / "mine.yaml"),
            "schema": str(desk.data / "acctsync.schema.json"),
            "sources": ["invoice_rows", "payment_rows", "refund_rows"],
            "records": ["invoices", "payments", "refunds"],
            "data_dir": None,
        }
        assert "books.company: the company's name in the books" in confirm
        mapping = load(desk.data / "mine.yaml")
        assert [source.files for source in mapping.sources.values()] == [
            (name,) for name in REPORTS
        ]

    def test_check_then_asks_only_for_what_a_person_must_fill_in(self, desk: Desk) -> None:
        init(desk, *sources(desk))
        checked = desk.run("check", "-m", str(desk.data / "mine.yaml"), "--json")
        assert checked.code == 3
        codes = {p["code"] for p in checked.json["problems"] if p["severity"] == "error"}
        assert codes == {"DOC005"}
        whats = {each["what"] for each in checked.json["data"]["unmapped"]}
        assert whats == {"item", "location", "tax", "payment_method"}

    def test_the_schema_is_written_beside_it_and_never_over_another(self, desk: Desk) -> None:
        init(desk, *sources(desk))
        file = desk.data / "acctsync.schema.json"
        assert json.loads(file.read_text(encoding="utf-8")) == json_schema()
        file.write_text("mine", encoding="utf-8")
        init(desk, *sources(desk), mapping="second.yaml")
        assert file.read_text(encoding="utf-8") == "mine"

    @pytest.mark.parametrize("given", [[], ["--preset", "coworks"], ["--from", "EXPORT"]])
    def test_a_mapping_that_is_there_is_never_overwritten(
        self, desk: Desk, given: list[str]
    ) -> None:
        before = desk.mapping.read_bytes()
        given = [word.replace("EXPORT", str(desk.data / INVOICES)) for word in given]
        ran = desk.run("init", *given, "--json")
        assert (ran.code, desk.mapping.read_bytes()) == (2, before)
        assert ran.json["problems"] == [
            {
                "code": "RUN002",
                "severity": "error",
                "message": f"{desk.mapping} exists already, and is never overwritten",
                "hint": "Write another one with --mapping FILE; acctsync check tells what this one lacks.",
                **NOTHING,
            }
        ]

    def test_a_link_that_leads_nowhere_is_not_written_through(self, desk: Desk) -> None:
        link = desk.data / "mine.yaml"
        link.symlink_to(desk.folder / "elsewhere.yaml")
        ran = desk.run("init", "-m", str(link))
        assert (ran.code, (desk.folder / "elsewhere.yaml").exists()) == (2, False)

    def test_on_a_terminal_an_existing_mapping_is_asked_about(
        self, connected: Desk, books: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Terminal, "can_ask", True)
        ran = connected.run("init")
        assert "exists already" not in ran.err
        assert ran.code == 0

    def test_a_folder_that_is_not_there_is_refused(self, desk: Desk) -> None:
        ran = desk.run("init", "-m", str(desk.folder / "none" / "a.yaml"))
        assert (ran.code, ran.err) == (
            2,
            f"acctsync: there is no folder {desk.folder / 'none'}\n  Make it first.\n",
        )

    def test_without_an_export_a_mapping_to_fill_in_is_written_and_exports_are_named(
        self, desk: Desk
    ) -> None:
        shutil.copy(desk.data / INVOICES, desk.data / "march.csv")
        ran = desk.run("init", "-m", str(desk.data / "mine.yaml"))
        assert ran.code == 0
        assert "may be exports: march.csv" in " ".join(ran.out.split())
        assert load(desk.data / "mine.yaml").records

    def test_exports_elsewhere_are_found_with_the_data_dir_that_it_names(self, desk: Desk) -> None:
        (desk.folder / "empty").mkdir()
        mapping = str(desk.folder / "empty" / "acctsync.yaml")
        given = [part for name in REPORTS for part in ("--from", str(desk.data / name))]
        ran = desk.run("init", *given, "-m", mapping)
        folder = desk.data / "coworks_like"
        assert f"Next: acctsync check --data-dir {folder}" in ran.out.replace("\n", "")
        assert desk.run("check", "-m", mapping, "--data-dir", str(folder)).code == 3

    def test_quiet_says_nothing(self, desk: Desk) -> None:
        ran = desk.run("init", *sources(desk), "-m", str(desk.data / "mine.yaml"), "--quiet")
        assert (ran.code, ran.out, ran.err) == (0, "", "")

    def test_a_preset_is_included_and_reads_the_exports(self, desk: Desk) -> None:
        data = init(desk, "--preset", "coworks", *sources(desk))
        assert (data["sources"], data["records"]) == (
            ["invoice_rows", "payment_rows", "refund_rows"],
            ["invoices", "payments", "refunds"],
        )
        text = (desk.data / "mine.yaml").read_text(encoding="utf-8")
        assert "include: [presets/coworks]\n" in text
        checked = desk.run("check", "-m", str(desk.data / "mine.yaml"), "--json")
        assert checked.json["data"]["by_kind"]["invoices"] == {
            "documents": 0, "refused": 19, "skipped": 1,
        }  # fmt: skip

    def test_an_unknown_preset_is_refused_with_a_suggestion(self, desk: Desk) -> None:
        ran = desk.run("init", "--preset", "cowork", "-m", str(desk.data / "mine.yaml"))
        assert ran.code == 2
        assert ran.err.startswith(
            "acctsync: there is no preset 'cowork'\n  Did you mean coworks? There are: "
        )
        assert not (desk.data / "mine.yaml").exists()

    def test_every_bad_export_is_told_and_nothing_is_written(self, desk: Desk) -> None:
        (desk.data / "empty.csv").write_bytes(b"")
        (desk.data / "report.csv").write_bytes(b"%PDF-1.7")
        ran = desk.run(
            "init", *sources(desk, ("empty.csv", INVOICES, "report.csv", "none.csv")),
            "-m", str(desk.data / "mine.yaml"), "--json",
        )  # fmt: skip
        assert ran.code == 2
        assert [p["code"] for p in ran.json["problems"]] == ["FILE002", "FILE003", "FILE001"]
        assert not (desk.data / "mine.yaml").exists()


class TestColumns:
    def test_the_columns_of_an_export_with_samples_and_styles(self, desk: Desk) -> None:
        data = desk.json("columns", str(desk.data / INVOICES))["data"]
        columns = {each["name"]: each for each in data.pop("columns")}
        assert data == {
            "file": str(desk.data / INVOICES),
            "format": "csv",
            "encoding": "utf-8",
            "delimiter": ",",
            "rows": None,
            "header_line": 1,
            "rows_seen": 32,
            "whole_file_seen": True,
            "suggestions": [
                "records: invoices",
                "skip_rows: [{column: Invoice Number, is: Total}] (a row of totals)",
                'numbers: "1,234.50"',
                "dates: MM/DD/YYYY",
                "group_by: Invoice Number (20 different values in 31 rows)",
            ],
        }
        assert columns["Invoice Date"] == {
            "name": "Invoice Date",
            "under": None,
            "samples": ["03/01/2025", "03/03/2025", "03/06/2025", "03/09/2025", "03/12/2025"],
            "filled": 31,
            "distinct": 11,
            "constant": False,
            "numbers": [],
            "dates": ["MM/DD/YYYY"],
            "ambiguous": False,
            "suggestions": ["invoices: date"],
        }
        assert columns["Line Total"]["numbers"] == ["1,234.50"]

    def test_only_the_first_rows_of_a_long_file_are_looked_at(self, desk: Desk) -> None:
        # What lies behind the first four megabytes would be refused, if anybody looked at it.
        rows = "".join(f"I-{n},2025-03-01,{5:0200}\n" for n in range(22_000))
        (desk.data / "long.csv").write_text(
            f"Invoice Number,Date,Total\n{rows}\0", encoding="utf-8"
        )
        data = desk.json("columns", str(desk.data / "long.csv"))["data"]
        assert (data["rows_seen"], data["whole_file_seen"]) == (1000, False)

    def test_dates_that_may_be_swapped_are_told_to_be(self, desk: Desk) -> None:
        (desk.data / "a.csv").write_text("Payment ID,Paid At,Amount\np,03/04/2025,5\n")
        data = desk.json("columns", str(desk.data / "a.csv"))["data"]
        (day,) = [each for each in data["columns"] if each["name"] == "Paid At"]
        assert (day["dates"], day["ambiguous"]) == (["MM/DD/YYYY", "DD/MM/YYYY"], True)
        ran = desk.run("columns", str(desk.data / "a.csv"))
        assert "AMBIGUOUS" in ran.out

    def test_hostile_text_is_shown_harmlessly(self, desk: Desk) -> None:
        hostile = "\x1b[31mred\x1b[0m\u202e[bold]x"
        file = desk.data / f"bad {hostile[:4]}.csv"
        file.write_text(
            f"Invoice Number,{hostile},Status\nI-1,{hostile},{hostile}\n", encoding="utf-8"
        )
        ran = desk.run("columns", str(file))
        assert ran.code == 0
        assert not {"\x1b", "\u202e"} & set(ran.out)
        assert "[bold]x" in ran.out
        envelope = desk.json("columns", str(file))
        assert [each["name"] for each in envelope["data"]["columns"]][1] == hostile
        assert "\x1b" not in desk.run("columns", str(file), "--json").out

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "FILE002"),
            (b"%PDF-1.7", "FILE003"),
            (b"PK\x03\x04", "FILE003"),
            (b"<html>", "FILE003"),
            (b"a,b\n\0,1\n", "FILE005"),
            (b'a,b\n"1,2\n', "FILE006"),
        ],
    )
    def test_what_is_no_export_is_exit_2(self, desk: Desk, data: bytes, code: str) -> None:
        (desk.data / "x.csv").write_bytes(data)
        ran = desk.run("columns", str(desk.data / "x.csv"), "--json")
        assert (ran.code, [p["code"] for p in ran.json["problems"]]) == (2, [code])

    @pytest.mark.skipif(not ADVERSARIAL, reason="the shared exports are not here")
    @pytest.mark.parametrize("file", ADVERSARIAL, ids=lambda path: path.name)
    def test_a_hostile_export_is_shown_or_refused(self, desk: Desk, file: Path) -> None:
        ran = desk.run("columns", str(file))
        assert ran.code in {0, 2}
        assert "Traceback" not in ran.err
        assert not {"\x1b", "\u202e"} & set(ran.out + ran.err)
        begun = desk.run("init", "--from", str(file), "-m", str(desk.folder / "begun.yaml"))
        assert begun.code == ran.code


class TestSchema:
    def test_the_schema_is_printed_as_it_lies_with_the_samples(self, desk: Desk) -> None:
        kept = json.loads((ROOT / "sample-config/acctsync.schema.json").read_text(encoding="utf-8"))
        assert json.loads(desk.run("schema").out) == kept
        assert desk.json("schema")["data"] == kept
        assert kept["$schema"] == "http://json-schema.org/draft-07/schema#"
