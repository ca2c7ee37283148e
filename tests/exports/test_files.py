"""Reading export files: CSV and JSON as they come, and nothing but refusals when they are broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.engine.reading import read_documents
from acctsync.errors import InputRefused
from tests.reading import BOOKS, TODAY, codes, invoices, loaded, read, refusal, said

MAPPING = (
    BOOKS
    + """
sources:
  a: {files: "a*.csv", format: csv, dates: YYYY-MM-DDSOURCE}
records:
  invoices:
    from: a
    document: {id: No, customer: Who, date: Day, memo: MEMO}
    lines: {amount: Amount}
accounting: {items: {"*": {account: "200"}}}
push: {invoices: true}
"""
)

JSON = MAPPING.replace('"a*.csv", format: csv', "a.json, format: json")

HEAD = "No,Who,Day,Amount\n"
ROW = "1,Acme,2025-03-01,5\n"


def mapping(source: str = "", memo: str = "{value: x}") -> str:
    return MAPPING.replace("SOURCE", source).replace("MEMO", memo)


def numbers(folder: Path, text: str, files: dict[str, str]) -> list[str]:
    return [invoice.number for invoice in invoices(read(folder, text, files))]


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("", HEAD + ROW, ["1"]),
        ("", "\ufeff" + HEAD + ROW, ["1"]),
        ("", (HEAD + ROW).replace("\n", "\r\n"), ["1"]),
        ("", HEAD + "\n,,,\n" + ROW, ["1"]),
        ("", HEAD + ROW + HEAD + ROW.replace("1,", "2,", 1), ["1", "2"]),
        ("", "*No,Who,*Day,Amount\n" + ROW, ["1"]),
        ("", HEAD + "1,Acme,2025-03-01,5,\n", ["1"]),
        (', delimiter: ";"', (HEAD + ROW).replace(",", ";"), ["1"]),
        (', delimiter: "\\t"', (HEAD + ROW).replace(",", "\t"), ["1"]),
        (", delimiter: auto", (HEAD + ROW).replace(",", "|"), ["1"]),
        (", delimiter: auto", "sep=;\n" + (HEAD + ROW).replace(",", ";"), ["1"]),
        (", header_row_contains: [No, Day]", "Report\nfor,March\n\n" + HEAD + ROW, ["1"]),
        (", header_row: 3", "Report\n\n" + HEAD + ROW, ["1"]),
        (", no_header: [No, Who, Day, Amount]", ROW, ["1"]),
        (", skip_rows: [{column: No, is: Total}]", HEAD + ROW + "Total,,,5\n", ["1"]),
        (", skip_rows: [{column: No, is: Total}]", HEAD + ROW + "Total,5\n", ["1"]),
        (", stop_at: [{column: No, is: Total}]", HEAD + ROW + "Total,5\nanything\n", ["1"]),
        (", short_rows: pad, skip_rows: [{column: Amount, is: ''}]", HEAD + ROW + "2,Acme\n", ["1"]),
        (", column_names: {No: [Number, Nr]}", HEAD.replace("No", "Nr") + ROW, ["1"]),
        (", formula_quote: strip", HEAD + '"=""007""",Acme,2025-03-01,5\n\'8,Acme,2025-03-01,5\n', ["007", "8"]),
    ],
)  # fmt: skip
def test_a_csv_is_read(tmp_path: Path, source: str, text: str, found: list[str]) -> None:
    assert numbers(tmp_path, mapping(source), {"a.csv": text}) == found


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("mac-roman", "mac-roman"),
        ("latin-1", "latin-1"),
        ("cp1252", "auto"),
        ("utf-16", "auto"),
        ("utf-8-sig", "auto"),
    ],
)
def test_declared_encodings_are_read(tmp_path: Path, encoding: str, declared: str) -> None:
    (tmp_path / "a.csv").write_bytes((HEAD + ROW.replace("Acme", "Café Zoé")).encode(encoding))
    text = loaded(tmp_path, mapping(f", encoding: {declared}"))
    reading = read_documents(text, tmp_path, TODAY)
    assert reading.documents[0].number == "Café Zoé"


@pytest.mark.parametrize(
    ("source", "memo", "text", "code", "words"),
    [
        ("", "{value: x}", "", "FILE002", "is empty"),
        (
            "",
            "{value: x}",
            HEAD + '1,"Acme,2025-03-01,5\n2,B,2025-03-01,5\n',
            "FILE006",
            "a quote is opened here",
        ),
        (
            "",
            "{value: x}",
            HEAD + '1,"Ac"me,2025-03-01,5\n',
            "FILE006",
            "goes on after its closing quote",
        ),
        ("", "{value: x}", HEAD + "1,Acme\0,2025-03-01,5\n", "FILE005", "a NUL byte on line 2"),
        (
            "",
            "{value: x}",
            HEAD + "1,Acme,2025-03-01,5,6\n",
            "FILE007",
            "the row has 5 cells, the header 4",
        ),
        (", short_rows: pad", "{value: x}", HEAD + "1,Acme,2025-03-01,5,6\n", "FILE007", "5 cells"),
        (", expect_columns: [Nothing]", "{value: x}", HEAD + ROW, "FILE010", 'no column "Nothing"'),
        (
            ", new_columns: error, expect_columns: [No]",
            "{value: x}",
            "Extra," + HEAD + "x," + ROW,
            "FILE011",
            '"Extra"',
        ),
        (
            ", header_row_contains: [Nummer]",
            "{value: x}",
            HEAD + ROW,
            "FILE009",
            'no header row with "Nummer"',
        ),
        ("", "Memo", HEAD + ROW, "FILE010", 'no column "Memo"'),
        ("", "{value: x}", "PK\x03\x04", "FILE003", "an Excel workbook"),
        ("", "{value: x}", "\n <html><body>", "FILE003", "is a web page"),
    ],
)
def test_a_broken_csv_is_refused(
    tmp_path: Path, source: str, memo: str, text: str, code: str, words: str
) -> None:
    problems = refusal(tmp_path, mapping(source, memo), {"a.csv": text})
    assert [problem.code for problem in problems] == [code], said(problems)
    assert words in problems[0].message
    assert problems[0].location is not None
    assert problems[0].location.file == "a.csv"


def test_a_header_cut_off_by_yamls_comment_sign_is_explained(tmp_path: Path) -> None:
    (problem,) = refusal(
        tmp_path,
        mapping()
        .replace("id: No", "id: Invoice #\n      , number: No")
        .replace("{id", "{\n      id"),
        {"a.csv": "Invoice #,No,Who,Day,Amount\nx," + ROW},
    )
    assert problem.hint == 'in YAML a # after a space starts a comment, so quote it: "Invoice #"'


def test_twin_headers_are_told_apart(tmp_path: Path) -> None:
    reading = read(
        tmp_path, mapping(memo='"Note #2"'), {"a.csv": "Note,Note," + HEAD + "a,b," + ROW}
    )
    assert [invoice.memo for invoice in invoices(reading)] == ["b"]


def test_all_rows_of_a_wrong_length_are_told(tmp_path: Path) -> None:
    problems = refusal(tmp_path, mapping(), {"a.csv": HEAD + "1\n" + ROW + "2,3\n"})
    assert [problem.location.line for problem in problems if problem.location] == [2, 4]


def test_all_bad_files_are_told_in_one_run(tmp_path: Path) -> None:
    problems = refusal(
        tmp_path, mapping(), {"a1.csv": "", "a2.csv": HEAD + ROW, "a3.csv": "%PDF-1.7"}
    )
    assert codes(problems) == ["FILE002", "FILE003"]


def test_files_are_read_in_order_but_for_the_excluded(tmp_path: Path) -> None:
    files = {f"a{n}.csv": HEAD + ROW.replace("1,", f"{n},", 1) for n in (3, 1, 2)}
    assert numbers(tmp_path, mapping(", exclude: a2.csv"), files) == ["1", "3"]


def test_a_link_out_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(HEAD + ROW)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").symlink_to(outside)
    assert codes(refusal(folder, mapping())) == ["MAP014"]


def test_a_line_break_in_a_cell_does_not_shift_the_lines_told(tmp_path: Path) -> None:
    reading = read(tmp_path, mapping(), {"a.csv": HEAD + '1,"Ac\nme",2025-03-01,5\n2,Bo,never,5\n'})
    assert [problem.location.line for problem in reading.problems if problem.location] == [4]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("[1]", "FILE022", "row 1 is a single value"),
        ("{}", "FILE021", "is an object, not a list"),
        ('[{"a": NaN}]', "FILE020", "NaN is no number"),
        ('[{"a": 1, "a": 2}]', "FILE024", "'a' stands twice"),
        ("[", "FILE020", "no JSON"),
        ("[" * 100_000, "FILE025", "nested too deeply"),
        ("[] []", "FILE020", "more than one value"),
    ],
)
def test_a_broken_json_is_refused(tmp_path: Path, text: str, code: str, words: str) -> None:
    (problem,) = refusal(
        tmp_path, JSON.replace("SOURCE", "").replace("MEMO", "{value: x}"), {"a.json": text}
    )
    assert (problem.code, words in problem.message) == (code, True), problem


def test_json_numbers_of_any_length_stay_as_written(tmp_path: Path) -> None:
    text = JSON.replace("SOURCE", "").replace("MEMO", "{value: x}")
    row = f'[{{"No": {"9" * 5000}, "Who": "Acme", "Day": "2025-03-01", "Amount": 0.10}}]'
    (invoice,) = invoices(read(tmp_path, text, {"a.json": row}))
    assert (invoice.number, str(invoice.total)) == ("9" * 5000, "0.10")


def test_rows_of_json_are_told_by_their_lines(tmp_path: Path) -> None:
    text = JSON.replace("SOURCE", ", rows: data").replace("MEMO", "{value: x}")
    body = '{"x": {"data": [1]},\n "data": [\n  {"No": 1, "Who": "A", "Day": "x", "Amount": 1},\n  {"No": 2,\n   "Who": "B", "Day": "y", "Amount": 1}\n ]}'
    reading = read(tmp_path, text, {"a.json": body})
    assert [problem.location.line for problem in reading.problems if problem.location] == [3, 4]


def test_a_control_total_that_differs_refuses_the_run(tmp_path: Path) -> None:
    text = mapping().replace(
        "push:", "checks: {control_totals: [{source: a, column: Amount, equals: 6}]}\npush:"
    )
    (problem,) = refusal(tmp_path, text, {"a.csv": HEAD + ROW})
    assert (problem.code, problem.message) == (
        "FILE030",
        '"Amount" of a comes to 5, the mapping says 6',
    )


CELLS = st.sampled_from(["No", "Who", "Day", "Amount", "1", "2", "Acme", "2025-03-01", "5", "-5", "x", "é", '"', '""', "\n", "\r", ",", ";", "\0", "\ufeff", " ", "Ã©", "1e400", "(1)", "９", "²", "\u202e", "=1"])  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CELLS, max_size=60), st.sampled_from(["utf-8", "utf-16", "cp1252"]), st.booleans())
def test_any_bytes_are_documents_problems_or_a_refusal(
    tmp_path: Path, cells: list[str], encoding: str, headed: bool
) -> None:
    body = (HEAD if headed else "") + ",".join(cells)
    (tmp_path / "a.csv").write_bytes(body.encode(encoding, errors="replace"))
    try:
        reading = read_documents(loaded(tmp_path, mapping()), tmp_path, TODAY)
    except InputRefused as error:
        told = [problem.location for problem in error.problems]
    else:
        told = [problem.location for problem in reading.problems]
        assert not reading.refused or told
    assert all(told)


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["1", "Acme", "2025-03-01", "5", ""]), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["No", "Who", "Day", "Amount", "lines"]), inner, max_size=4), max_leaves=12)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(VALUES)
def test_any_json_is_documents_problems_or_a_refusal(tmp_path: Path, value: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    text = (
        JSON.replace("SOURCE", "")
        .replace("MEMO", "a.b.0.c")
        .replace("lines: {amount", "lines: {each: lines, amount")
        .replace(
            "from: a\n", "from: a\n    where: [{column: lines, is_not: x}]\n    group_by: [No, a]\n"
        )
    )
    try:
        told = read_documents(loaded(tmp_path, text), tmp_path, TODAY).problems
    except InputRefused as error:
        told = error.problems
    assert all(problem.location for problem in told)


@pytest.mark.parametrize("broken", ['"A\\u0000B"', '"C\\ud800"', '{"deep": ["\\udfff"]}'])
def test_json_with_nul_or_half_a_character_is_refused(tmp_path: Path, broken: str) -> None:
    text = JSON.replace("SOURCE", "").replace("MEMO", "{value: x}")
    row = f'[{{"No": "1", "Who": "Acme", "Day": "2025-03-01", "Amount": "5", "Note": {broken}}}]'
    assert codes(refusal(tmp_path, text, {"a.json": row})) == ["FILE005"]


def test_json_may_speak_of_such_characters(tmp_path: Path) -> None:
    text = JSON.replace("SOURCE", "").replace("MEMO", "{value: x}")
    row = '[{"No": "1", "Who": "\\ud83d\\ude80 \\\\u0000", "Day": "2025-03-01", "Amount": "5"}]'
    assert numbers(tmp_path, text, {"a.json": row}) == ["1"]
