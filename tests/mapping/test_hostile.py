"""Mapping files that break loaders: each is refused before any data is read, or means what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import MAPPING, Case, export, outcome, row, write


def changed(name: str, verdict: str, words: str, old: str, new: str, **more: str) -> Case:
    """Change one piece of the good mapping; `more` are files beside it, with _ for a dot."""
    files = {each.replace("_", "."): text for each, text in more.items()}
    return Case(
        name=name,
        verdict=verdict,
        words=words,
        change=(old, new),
        data=export(row()),
        files=files,
    )


def whole(name: str, verdict: str, words: str, text: str | bytes) -> Case:
    """Put another text in the place of the mapping."""
    files = {"acctsync.yaml": text}
    return Case(name=name, verdict=verdict, words=words, data=export(row()), files=files)


def including(name: str, verdict: str, words: str, included: str, **more: str) -> Case:
    return changed(
        name, verdict, words, "acctsync: 1", f"acctsync: 1\ninclude: [{included}]", **more
    )


LAUGHS = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(30))

YAML = [
    changed("a tab", "mapping", "spaces, not tabs", "\n  a:", "\n\ta:"),
    changed("an anchor", "mapping", "&x is read as an anchor", "books: {", "books: &x {"),
    changed("an alias", "mapping", "*usd is read as an alias", "currency: USD", "currency: *usd"),
    changed("a tag", "mapping", "the tag !env is not used here", "timezone: America/New_York", "timezone: !env TZ"),
    changed("a python tag", "mapping", "is not used here", "company: Acme", "company: !!python/name:os.system"),
    changed("a merge key", "mapping", "'<<' is not used here", "a: {files", "a: {<<: {x: 1}, files"),
    whole("a billion laughs", "mapping", "is read as an anchor", LAUGHS + MAPPING),
    changed("a key twice", "mapping", "'acctsync' is there twice", "acctsync: 1", "acctsync: 1\nacctsync: 1"),
    changed("a key twice deep down", "mapping", "'total' is there twice", "total: Invoice Total", "total: Invoice Total\n      total: Tax"),
    changed("a key that is no text", "mapping", "a key is no text", "push: {", "push: {[a]: b, "),
    changed("a column with a hash", "file", 'no column "Invoice" in a.csv', "group_by: Invoice Number", "group_by: Invoice #"),
    changed("a column with a star", "mapping", '"*InvoiceNo"', "group_by: Invoice Number", "group_by: *InvoiceNo"),
    changed("a column with a colon", "mapping", "needs quotes", "group_by: Invoice Number", "group_by: Invoice: Number"),
    changed("a column with a bracket", "mapping", "needs quotes", "total: Invoice Total", "total: {first_of: [a[0].b]}"),
    changed("a column with an at sign", "mapping", "needs quotes", "group_by: Invoice Number", "group_by: @Invoice"),
    changed("braces without quotes", "mapping", "needs quotes", "description: Description", "description: {text: {Item}}"),
    changed("a brace that is not closed", "mapping", "a brace is not closed", "description: Description", 'description: {text: "{Item"}'),
    whole("two documents", "mapping", "a second document", f"{MAPPING}\n---\n{MAPPING}"),
    whole("a list", "mapping", "no list of sections", "- a\n- b\n"),
    whole("a sentence", "mapping", "no list of sections", "hello"),
    whole("nothing", "mapping", "the mapping is empty", ""),
    whole("comments alone", "mapping", "the mapping is empty", "# later\n"),
    whole("a NUL byte", "mapping", "a control character", MAPPING + "\0"),
    whole("another encoding", "mapping", "is not UTF-8", MAPPING.encode("utf-16")),
    whole("a bad byte", "mapping", "is not UTF-8", MAPPING.encode() + b"\xff"),
    whole("a megabyte of comment", "mapping", "larger than 1 MB", MAPPING + "#" * 1_100_000),
    whole("nested too deeply", "mapping", "nested too deeply", MAPPING + "x: " + "[" * 100_000),
    whole("too many values", "mapping", "values", MAPPING + "x: [" + "[]," * 200_000 + "]"),
    whole("too many unknown keys", "mapping", "unknown key", MAPPING.replace("push: {", "push: {" + "".join(f"k{n}: 1, " for n in range(30_000)))),
    whole("a mark at the start", "ok", "", "\ufeff" + MAPPING),
    whole("Windows line ends", "ok", "", MAPPING.replace("\n", "\r\n")),
    whole("three dashes at the start", "ok", "", "---" + MAPPING),
    changed("no as a word", "ok", "", "{open: open,", "{no: skip, yes: open, on: open, open: open,"),
    changed("an account with leading zeros", "ok", "", "Mail: {item: Mail}", "Mail: {account: 0200}"),
    changed("a time of day as a name", "ok", "", "Mail: {item: Mail}", "12:30:45: {item: Mail}"),
]  # fmt: skip

FILES = [
    changed("a folder above", "mapping", "leaves the data folder", "a.csv", '"../a.csv"'),
    changed("a folder above in the middle", "mapping", "leaves the data folder", "a.csv", '"x/../../a.csv"'),
    changed("an absolute path", "mapping", "is an absolute path", "a.csv", "/etc/passwd"),
    changed("a drive", "mapping", "is an absolute path", "a.csv", "'C:\\a.csv'"),
    changed("a home folder", "mapping", "starts with ~", "a.csv", "~/a.csv"),
    changed("a variable", "mapping", "holds a $", "a.csv", "$HOME/a.csv"),
    changed("any folder", "mapping", "holds **", "a.csv", '"**/a.csv"'),
    changed("brackets", "mapping", "holds brackets", "a.csv", '"[a].csv"'),
    changed("nothing that matches", "mapping", "no file matches b*.csv", "a.csv", '"b*.csv"'),
    changed("a folder that is not there", "mapping", "no file matches", "a.csv", "x/a.csv"),
    changed("two patterns for one file", "ok", "", "a.csv", '[a.csv, "a*.csv"]'),
    changed("the same export twice", "warn", "it counts once", "a.csv", '"*.csv"', b_csv=export(row())),
    Case(
        name="the same document in two exports, without a total", verdict="doc", words="in 2 files with different rows", data=export(row()),
        mapping=MAPPING.replace("      total: Invoice Total\n", ""), change=("a.csv", '"*.csv"'), files={"b.csv": export(row(Item="Mail"))},
    ),
    changed("two sources of one file", "ok", "", "records:", "  b: {files: a.csv, format: csv}\nrecords:"),
]  # fmt: skip

INCLUDES = [
    including("a file that is not there", "mapping", "there is no x.yaml", "x.yaml"),
    including("a preset that is not there", "mapping", "there is no presets/cowork", "presets/cowork"),
    including("itself", "mapping", "leads back to itself", "acctsync.yaml"),
    including("a file that includes it again", "mapping", "leads back to itself", "x.yaml", x_yaml="include: [y.yaml]\n", y_yaml="include: [x.yaml]\n"),
    including("a file outside", "mapping", "leads out of the mapping's folder", "../x.yaml"),
    including("an absolute file", "mapping", "leads out of the mapping's folder", "/etc/passwd"),
    including("an address", "mapping", "there is no https", '"https://x.example/y.yaml"'),
    including("a broken file", "mapping", "is no YAML", "x.yaml", x_yaml="a: ["),
    including("an empty file", "mapping", "is empty", "x.yaml", x_yaml=""),
    including("a file with an unknown key", "mapping", "unknown key 'pusch'", "x.yaml", x_yaml="pusch: {}\n"),
    including("a file that includes another", "ok", "", "x.yaml", x_yaml="include: [y.yaml]\n", y_yaml="push: {void: true}\n"),
    including("a laugh of files", "ok", "", "f0.yaml", **{f"f{n}_yaml": f"include: [{', '.join([f'f{n + 1}.yaml'] * 9)}]\n" for n in range(12)}, f12_yaml="push: {void: true}\n"),
    changed("include without brackets", "mapping", "[x.yaml]", "acctsync: 1", "acctsync: 1\ninclude: x.yaml"),
]  # fmt: skip

MEANING = [
    changed("another version", "mapping", "acctsync is '2'", "acctsync: 1", "acctsync: 2"),
    changed("an unknown key", "mapping", "did you mean 'due_date'?", "due_date:", "duedate:"),
    changed("an unknown system", "mapping", "'sage', which is not known", "system: quickbooks", "system: sage"),
    changed("a currency in lower case", "mapping", "did you mean USD?", "currency: USD", "currency: usd"),
    changed("a currency misspelt", "mapping", "did you mean USD?", "currency: USD", "currency: UDS"),
    changed("a zone that is none", "mapping", "did you mean America/New_York?", "America/New_York", "EST5"),
    changed("the machine's own zone", "mapping", "is no time zone", "America/New_York", "localtime"),
    changed("a zone outside", "mapping", "is no time zone", "America/New_York", "../../etc/passwd"),
    changed("a start that is no date", "mapping", "is no date", "currency: USD", "start_date: 01/03/2025, currency: USD"),
    changed("an end before the start", "mapping", "is before start_date", "currency: USD", "start_date: 2025-05-01, end_date: 2025-01-01, currency: USD"),
    changed("a style of numbers that is none", "mapping", "did you mean 1,234.50?", '"1,234.50"', '"1,234.56"'),
    changed("a style of dates that is none", "mapping", "'dd' is no date token", "dates: [YYYY", "dates: [dd.mm.yyyy, YYYY"),
    changed("a style of dates without a year", "mapping", "needs a year", "dates: [YYYY", "dates: [DD/MM, YYYY"),
    changed("a tab in words", "mapping", "in double quotes", "format: csv", "format: csv, delimiter: tab"),
    changed("a state that is none", "mapping", "did you mean void?", "void: void", "void: voided"),
    changed("a regular expression", "mapping", "unknown key 'matches'", "description: Description", "description: {column: Description, matches: '(a+)+$'}"),
    changed("a source that is not there", "mapping", "no source 'b'", "from: a", "from: b"),
    changed("a source of lines that is not there", "mapping", "no source 'b'", "lines: {item", "lines: {from: b, match: {a: b}, item"),
    changed("a tolerance below nothing", "mapping", "less than nothing", "push:", "checks: {totals: {tolerance: -1}}\npush:"),
    changed("a rounding line without account", "mapping", "needs a rounding_account", "push:", "checks: {totals: {mismatch: rounding_line}}\npush:"),
    changed("a record like itself", "mapping", "leads back to itself", "group_by:", "like: invoices\n    group_by:"),
    changed("a record like none", "mapping", "there is no record bill", "group_by:", "like: bill\n    group_by:"),
    Case(
        name="a constant that is another number each way", verdict="mapping", words="is another number in the style of the source", data=export(row()),
        mapping=MAPPING.replace('"1,234.50"', '"1.234,50"').replace("quantity: Quantity", 'quantity: {column: Quantity, if_empty: "1.000"}'),
    ),
    changed("a constant as the source writes it", "ok", "", "quantity: Quantity", 'quantity: {column: Quantity, if_empty: "1,000"}'),
    changed("too many groups sideways", "mapping", "can't be counted from 0 to 900000", "lines: {item", 'lines: {repeat: {from: 0, to: 900000, until_empty: "x{n}"}, item'),
]  # fmt: skip

CASES = [*YAML, *FILES, *INCLUDES, *MEANING]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_mapping_ends_as_it_must(case: Case, tmp_path: Path) -> None:
    found = outcome(case, tmp_path)
    assert found.verdict == case.verdict, found.problems
    said = [f"{problem.message} {problem.hint}" for problem in found.problems]
    assert not case.words or any(case.words in each for each in said), said
    assert all(problem.location for problem in found.problems)
    if found.reading is not None:
        assert "INV-OK" in found.numbers


def test_a_link_out_of_the_folder_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(export(row()))
    inside = tmp_path / "data"
    case = Case(name="", verdict="mapping", files={"b.csv": ""}, change=("a.csv", "c.csv"))
    write(case, inside)
    (inside / "c.csv").symlink_to(tmp_path / "secret.csv")
    found = outcome(case, inside)
    assert [problem.code for problem in found.problems] == ["MAP014"]


def test_a_link_out_of_the_folder_is_not_included(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("push: {void: true}\n")
    inside = tmp_path / "data"
    case = including("", "mapping", "", "x.yaml")
    write(case, inside)
    (inside / "x.yaml").symlink_to(tmp_path / "secret.yaml")
    found = outcome(case, inside)
    assert [problem.code for problem in found.problems] == ["MAP010"]
