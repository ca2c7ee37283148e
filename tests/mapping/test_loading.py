"""Loading a mapping: nothing is typed, nothing is guessed, and every mistake is told at once."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.documents import Kind, Reference
from acctsync.errors import InputRefused, Problem
from acctsync.mapping.codes import CODES
from acctsync.mapping.grammar import json_schema
from acctsync.mapping.load import load
from tests.reading import BOOKS, SHARED, codes, loaded, refusal, said, write

ROOT = Path(__file__).resolve().parents[2]

GOOD = (
    BOOKS
    + """
sources:
  a: {files: a.csv, format: csv}
records:
  invoices:
    from: a
    document: {id: No, customer: Who, date: Day}
    lines: {amount: Amount}
accounting: {items: {"*": {account: "0200"}}}
push: {invoices: true}
"""
)


def test_ten_mistakes_are_told_in_one_run_with_their_places(tmp_path: Path) -> None:
    mapping = """acctsync: 1
books: {system: quickbook, company: Acme, currency: UDS, timezone: America/NewYork}
sources:
  a: {files: "../x.csv", format: csv, numbers: "1,234.50", dates: YYYY-MM-DX}
records:
  invoices:
    from: b
    document: {id: No, duedate: Due, customer: Who, date: {column: D, value: 2025-01-01}, total: {column: T, if_empty: zero}}
    lines: {amount: Amount}
accounting: {items: {Desk: {item: Desk}, Desk: {item: x}}}
push: {invoices: yes}
"""
    problems = refusal(tmp_path, mapping)
    places = [(p.location.line, p.location.character) for p in problems if p.location]
    assert list(zip(places, codes(problems), strict=True)) == [
        ((2, 17), "MAP006"),
        ((2, 53), "MAP008"),
        ((2, 68), "MAP008"),
        ((4, 14), "MAP008"),
        ((4, 67), "MAP008"),
        ((7, 5), "MAP009"),
        ((8, 24), "MAP004"),
        ((8, 59), "MAP012"),
        ((8, 98), "MAP012"),
        ((10, 42), "MAP003"),
        ((11, 18), "MAP006"),
    ]
    hints = [problem.hint for problem in problems]
    assert hints[:3] == [
        "did you mean quickbooks? One of: quickbooks, xero",
        "did you mean USD?",
        "did you mean America/New_York?",
    ]
    assert "did you mean 'due_date'?" in hints


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("acctsync: 1", "acctsync: 2"), "MAP006", "acctsync is '2'"),
        (("company: Acme", "company: &x Acme"), "MAP002", "&x is read as an anchor"),
        (("customer: Who", "customer: *Who"), "MAP002", "*Who is read as an alias"),
        (("company: Acme", "company: !env ACME"), "MAP002", "the tag !env is not used here"),
        (("company: Acme", "<<: {a: b}, company: Acme"), "MAP002", "'<<' is not used here"),
        (("company: Acme", "company: Acme, company: Other"), "MAP003", "the key 'company' is there twice"),
        (("sources:", "sources: x\nsorces:"), "MAP004", "unknown key 'sorces'"),
        (("files: a.csv", "files: /etc/passwd"), "MAP008", "is an absolute path"),
        (("files: a.csv", "files: C:/a.csv"), "MAP008", "is an absolute path"),
        (("files: a.csv", "files: ~/a.csv"), "MAP008", "starts with ~"),
        (("files: a.csv", "files: $HOME/a.csv"), "MAP008", "holds a $"),
        (("files: a.csv", "files: '**/a.csv'"), "MAP008", "holds **"),
        (("files: a.csv", "files: x/../../a.csv"), "MAP008", "leaves the data folder"),
        (("timezone: America/New_York", "timezone: Eastern"), "MAP008", "Eastern is no time zone"),
        (("format: csv", "format: xlsx"), "MAP006", "sources.a.format is 'xlsx'"),
        (("format: csv", "format: csv, numbers: '1234'"), "MAP006", "sources.a.numbers is '1234'"),
        (("format: csv", "format: csv, dates: MM-DD"), "MAP008", "a date format needs a year"),
        (("format: csv", "format: csv, header_row: 0"), "MAP008", "0 is no row or part number"),
        (("amount: Amount", "amount: {column: A, map: [x]}"), "MAP005", "it should be keys with values"),
        (("amount: Amount", "description: {column: D, negate: true}, amount: A"), "MAP012", "description is no number"),
        (("amount: Amount", "description: {column: D, add_days: 3}, amount: A"), "MAP012", "description is no date"),
        (("amount: Amount", "description: {text: 'a {b'}, amount: A"), "MAP012", "a brace is not closed"),
        (("amount: Amount", "amount: {if_empty: 0}"), "MAP012", "amount says nothing to read"),
        (("amount: Amount", "amount: A, each: lines"), "MAP012", "each is for JSON"),
        (("amount: Amount", "amount: A, from: a"), "MAP012", "lines from another source need match"),
        (("from: a", "from: a, where: [{column: X}]"), "MAP012", "the condition on X tests nothing"),
        (("customer: Who, ", ""), "MAP007", "has no 'customer'"),
        (("date: Day", "due_date: Day"), "MAP007", "has no 'date'"),
        (("accounting: {", "checks: {totals: {mismatch: rounding_line}}\naccounting: {"), "MAP012", "needs a rounding_account"),
        (("accounting: {", "checks: {totals: {tolerance: lots}}\naccounting: {"), "MAP008", "lots is no number"),
        (("records:", "include: [presets/cowork]\nrecords:"), "MAP010", "there is no presets/cowork"),
        (("records:", "include: [../x.yaml]\nrecords:"), "MAP010", "leads out of the mapping's folder"),
        (("from: a", "from: a\n    like: bills"), "MAP011", "there is no record bills"),
        (("from: a", "from: a\n    like: invoices"), "MAP011", "leads back to itself"),
        (("push:", "\tpush:"), "MAP001", "the file is no YAML"),
        (("push:", "---\npush:"), "MAP001", "there is a second document"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_by_its_code_and_words(
    tmp_path: Path, change: tuple[str, str], code: str, words: str
) -> None:
    text = GOOD.replace("from: a\n", "from: a\n").replace(*change, 1)
    assert text != GOOD
    if change[0] == "from: a" and "where" in change[1]:
        text = GOOD.replace("    from: a\n", "    from: a\n    where: [{column: X}]\n")
    problems = refusal(tmp_path, text)
    assert any(problem.code == code and words in problem.message for problem in problems), said(
        problems
    )
    assert all(problem.location for problem in problems)


def test_scalars_stay_text(tmp_path: Path) -> None:
    mapping = loaded(
        tmp_path, GOOD.replace('{"*":', '{12:30:45: {item: NO}, 0200: {item: {id: 017}}, "*":')
    )
    assert mapping.accounting.items["12:30:45"].item == Reference(name="NO")
    assert mapping.accounting.items["0200"].item == Reference(id="017")
    assert mapping.accounting.items["*"].account == Reference(name="0200")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("- a\n", "no list"),
        ("a: [", "no YAML"),
        ("x" * 1_000_001, "larger than 1 MB"),
        ("a: " + "[" * 60 + "]" * 60, "nested too deeply"),
    ],
    ids=["empty", "comment", "list", "open", "large", "deep"],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (problem,) = refusal(tmp_path, text)
    assert (problem.code, words in problem.message) == ("MAP001", True)


def test_a_missing_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        load(tmp_path / "nowhere.yaml")
    assert "can't be read" in refused.value.message


def test_a_mapping_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes(b"acctsync: \xe9")
    with pytest.raises(InputRefused) as refused:
        load(tmp_path / "m.yaml")
    assert refused.value.hint == "save it as UTF-8"


def test_the_mapping_wins_over_what_it_includes_key_by_key(tmp_path: Path) -> None:
    shared = """
sources:
  a: {files: b.csv, format: csv, numbers: "1.234,50"}
records:
  invoices: {from: a, document: {id: X, number: Nr, customer: Who, date: Day}, lines: {amount: X, item: I}}
accounting: {items: {Desk: {item: Desk}}}
"""
    main = GOOD.replace("format: csv}", "dates: DD/MM/YYYY}").replace(
        "sources:", "include: [shared.yaml]\nsources:"
    )
    write(tmp_path, {"shared.yaml": shared})
    mapping = loaded(tmp_path, main)
    source, record = mapping.sources["a"], mapping.records[Kind.INVOICES]
    assert (source.files, source.numbers, source.dates) == (("a.csv",), "1.234,50", ("DD/MM/YYYY",))
    assert (record.document["id"].column, record.document["number"].column) == ("No", "Nr")
    assert record.lines is not None
    assert {name: field.column for name, field in record.lines.fields.items()} == {
        "amount": "Amount",
        "item": "I",
    }
    assert list(mapping.accounting.items) == ["*", "Desk"]


def test_a_mistake_in_an_included_file_is_told_with_that_file(tmp_path: Path) -> None:
    write(tmp_path, {"shared.yaml": "sources: {b: {files: b.csv, frmat: csv}}\n"})
    problems = refusal(tmp_path, GOOD.replace("sources:", "include: [shared.yaml]\nsources:"))
    assert {problem.location.file for problem in problems if problem.location} == {
        str(tmp_path / "shared.yaml")
    }


def test_a_record_can_be_like_another_but_for_what_it_says_itself(tmp_path: Path) -> None:
    text = GOOD.replace(
        "accounting:", "  credit_notes: {like: invoices, document: {number: CN}}\naccounting:"
    )
    record = loaded(tmp_path, text).records[Kind.CREDIT_NOTES]
    assert {name: field.column for name, field in record.document.items()} == {
        "number": "CN",
        "id": "No",
        "date": "Day",
    }
    assert record.party["name"].column == "Who"
    assert record.lines is not None


def test_loading_is_quick(tmp_path: Path) -> None:
    loaded(tmp_path, GOOD)
    path = ROOT / "sample-config/coworks/acctsync.yaml"
    start = time.process_time()
    load(path)
    assert time.process_time() - start < 0.1


def test_every_preset_is_a_sound_half_of_a_mapping(tmp_path: Path) -> None:
    presets = sorted((ROOT / "acctsync/presets").glob("*.yaml"))
    assert {path.stem for path in presets} >= {
        "coworks", "stripe", "xero-template", "qbo-template", "invoice-ninja",
        "shopify", "square", "zoho", "freshbooks", "harvest-invoices",
    }  # fmt: skip
    for path in presets:
        text = f"{BOOKS}include: [presets/{path.stem}]\naccounting: {{items: {{}}}}\npush: {{invoices: true}}\n"
        assert loaded(tmp_path, text).records


def test_the_schema_knows_every_key_of_the_reference_schema() -> None:
    path = SHARED / "mappings/acctsync.schema.json"
    if not path.exists():
        pytest.skip("the shared exports are not here")
    reference, own = json.loads(path.read_text()), json_schema()
    assert _keys(reference) <= _keys(own)
    assert own["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert json.loads((ROOT / "sample-config/acctsync.schema.json").read_text()) == own


def _keys(schema: object) -> set[str]:
    if isinstance(schema, list):
        return {key for each in schema for key in _keys(each)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
    return own | {key for each in schema.values() for key in _keys(each)}


def test_every_code_in_use_is_explained_and_every_explanation_in_use() -> None:
    sources = [
        *ROOT.glob("acctsync/mapping/*.py"),
        *ROOT.glob("acctsync/exports/*.py"),
        ROOT / "acctsync/checks.py",
        ROOT / "acctsync/engine/files.py",
        ROOT / "acctsync/engine/reading.py",
    ]
    text = "".join(path.read_text() for path in sources if path.name != "codes.py")
    assert set(re.findall(r'"((?:MAP|FILE|DOC|CHK)[0-9]{3})"', text)) == set(CODES)


def problems_of(path: Path) -> tuple[Problem, ...]:
    try:
        load(path)
    except InputRefused as error:
        assert error.problems, "a refusal says why"  # noqa: PT017 - nothing else may be raised
        return error.problems
    return ()


PIECES = st.sampled_from([
    "acctsync: 1\n", "books: ", "{", "}", "[", "]", ": ", ", ", "\n", "  ", "- ", "*", "&a ", "!!int ", "'", '"', "#", "|", ">",
    "sources:\n", "records:\n", "  invoices:\n", "    from: a\n", "    document: {id: No}\n", "files", "format: csv", "accounting: {}\n",
    "push: {}\n", "a", "0", "é", "\t", "? ", "<<: ", "include: [presets/stripe]\n", "like: invoices\n", "%", "---\n",
])  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_a_mapping_or_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    assert all(problem.location for problem in problems_of(path))


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_good_mapping_with_any_bit_changed_is_a_mapping_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    text = (ROOT / "sample-config/coworks/acctsync.yaml").read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text) - 1))
    end = min(len(text), at + data.draw(st.integers(0, 30)))
    path = tmp_path / "m.yaml"
    path.write_text(text[:at] + data.draw(PIECES) + text[end:], encoding="utf-8")
    assert all(problem.location for problem in problems_of(path))
