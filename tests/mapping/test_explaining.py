"""What is explained is what is pushed: every value of every document, with its cells and rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from acctsync.documents import Customer, Document, Invoice, Line, Payment, Reference, Refund
from acctsync.engine.explaining import Explaining, ExplainResult, Search, explain
from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import InputRefused, Location
from acctsync.mapping.explained.heads import Seen
from acctsync.mapping.explained.values import COPIED, Explained, Explanation, Fate
from acctsync.mapping.explaining import UNTOLD, surroundings
from acctsync.mapping.load import load
from acctsync.mapping.model import Mapping
from tests.exports.test_adversarial import CASES, FOLDER, mapping_for
from tests.reading import BOOKS, SHARED, TODAY, write

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = [
    (ROOT / "sample-config" / name / "acctsync.yaml", ROOT / "sample-config" / name)
    for name in ("coworks", "agency-canada", "stripe-xero")
]
SAMPLES += [
    (path, path.parent) for path in sorted((ROOT / "tests/presets").glob("*/acctsync.yaml"))
]
if SHARED.exists():
    SAMPLES += [
        (path, SHARED / "samples") for path in sorted((SHARED / "mappings").rglob("*.yaml"))
    ]
every_sample = pytest.mark.parametrize(
    ("path", "folder"), SAMPLES, ids=[f"{path.parent.name}-{path.stem}" for path, _ in SAMPLES]
)

# What a document's fields are called in explanations; those that are told in another way have none.
CALLED = {"ref": "", "class_": "class", "place": "", "paid": "", "lines": "", "number": ""}
# What follows from push alone, and from no cell.
SALE = {**CALLED, "applies_to": "", "numbered": "", "payable_online": "", "theme": "branding_theme"}
RECEIPT = {**CALLED, "allocations": "", "wanted_invoice": "invoice", "wanted_payment": "payment"}
PARTY = {**CALLED, "create_missing": "", "first_if_ambiguous": "", "own_record": "", "name": "name"}
BLANK: tuple[object, ...] = (None, "", ())

Told = list[tuple[Explanation, Document | None]]


class Everything(Search):
    """Keeps every document."""

    def _notice(self, seen: Seen) -> None:
        self.seen.append(seen)


@cache
def sample(path: Path, folder: Path) -> tuple[Reading, Told]:
    return every(load(path), folder)


def every(mapping: Mapping, folder: Path) -> tuple[Reading, Told]:
    """Explain all documents of a mapping, each beside what is pushed of it."""
    search = Everything("")
    reading = read_documents(mapping, folder, TODAY, search)
    assert search.shop is not None
    explaining = Explaining(search, reading, surroundings(mapping, search.shop, search.titles()))
    by_ref = {(each.ref.kind, each.ref.id): each for each in reading.documents}
    found = [(each, by_ref.get((each.kind, each.id))) for each in explaining.all()]
    parties = [each for each in reading.documents if isinstance(each, Customer)]
    return reading, [*found, *((explaining._party(each), each) for each in parties)]


def told_of(explanation: Explanation) -> Iterator[Explained]:
    yield from explanation.fields
    for line in explanation.lines:
        yield from line.fields
    yield from explanation.totals


def value(told: tuple[Explained, ...], name: str) -> object:
    """Tell the value that is explained under a name; None where nothing is."""
    return next((each.value for each in told if each.field == name), None)


def one(told: tuple[Explained, ...], name: str) -> Explained:
    (found,) = [each for each in told if each.field == name]
    return found


def differences(
    told: tuple[Explained, ...], held: Document | Line, names: dict[str, str]
) -> list[str]:
    """Name what a document holds and an explanation tells otherwise, or not at all."""
    wrong = []
    for each in fields(held):
        name, actual = names.get(each.name, each.name), getattr(held, each.name)
        if name and actual not in BLANK and actual != 0 and value(told, name) != actual:
            wrong.append(f"{name}: {value(told, name)} is {actual}")
    return wrong


def others(document: Document, told: tuple[Explained, ...]) -> dict[str, object]:
    """Tell what must be explained of a document beside its fields of the same name."""
    match document:
        case Customer() if document.ref.kind != "items":
            return {
                "missing": "create" if document.create_missing else "error",
                "ambiguous": "first" if document.first_if_ambiguous else "error",
            }
        case Invoice():
            link = document.applies_to
            pays = {"invoice": link.invoice or link.wanted} if link else {}
            return {**pays, "number": document.number} if value(told, "number") else {**pays}
        case Payment() if document.allocations:
            link = document.allocations[0]
            return {"invoice": link.invoice or link.wanted}
        case _:
            return {}


def checked(explanation: Explanation, document: Document) -> list[str]:
    """Compare everything that is explained with what is pushed; list what differs."""
    told = (*explanation.fields, *explanation.totals)
    wrong = [f"{each.field} {UNTOLD}" for each in told_of(explanation) if each.rule == UNTOLD]
    names = {Customer: PARTY, Invoice: SALE}.get(type(document), RECEIPT)
    if any(each.field == "vendor" for each in told):
        names = {**names, "customer": "vendor"}
    wrong += differences(told, document, names)
    expected = {"id": document.ref.id, **others(document, told)}
    wrong += [name for name, actual in expected.items() if value(told, name) != actual]
    lines = [line for line in explanation.lines if line.number is not None]
    held = document.lines if isinstance(document, Invoice | Refund) else ()
    assert [line.number for line in lines] == list(range(1, len(held) + 1))
    for line, actual in zip(lines, held, strict=True):
        different = differences(line.fields, actual, {"class_": "class"})
        wrong += [f"line {line.number} {each}" for each in different]
    return wrong


@every_sample
def test_every_value_that_is_pushed_is_explained_as_it_is(path: Path, folder: Path) -> None:
    reading, found = sample(path, folder)
    wrong = {each.id: checked(each, document) for each, document in found if document}
    assert {name: each for name, each in wrong.items() if each} == {}
    assert {document.ref for _, document in found if document} == {
        each.ref for each in reading.documents
    }


@every_sample
def test_what_is_not_pushed_is_explained_with_its_reason(path: Path, folder: Path) -> None:
    for each, document in sample(path, folder)[1]:
        people = each.kind in {"customers", "vendors"}
        assert (each.fate is Fate.BUILT) == (document is not None) or people
        assert (each.skipped is not None) == (each.fate is Fate.SKIPPED)
        if each.fate is Fate.REFUSED and not people:
            assert any(problem.is_error for problem in each.problems)


@every_sample
def test_every_cell_stands_in_the_export_where_it_is_said_to(path: Path, folder: Path) -> None:
    files: dict[str, list[str]] = {}
    for each, _ in sample(path, folder)[1]:
        for cell in (cell for told in told_of(each) for cell in told.cells):
            if cell.place.file not in files:
                files[cell.place.file] = raw_lines(folder / cell.place.file)
            assert cell.place.line is not None
            below = "\n".join(files[cell.place.file][cell.place.line - 1 :])
            assert any(text in below for text in spellings(cell.text)), cell
            assert bool(cell.text) != bool(cell.absence)


def raw_lines(file: Path) -> list[str]:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return raw.decode("cp1252").splitlines()


def spellings(text: str) -> list[str]:
    """Write a value as it may stand in a file: plain, in a quoted cell, or as a JSON string."""
    return [
        text,
        text.replace('"', '""'),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
    ]


@every_sample
def test_every_rule_stands_in_the_mapping_where_it_is_said_to(path: Path, folder: Path) -> None:
    for each, _ in sample(path, folder)[1]:
        for told in told_of(each):
            if told.place is not None and told.rule == COPIED:
                name = told.cells[0].column.removeprefix("*").rpartition(".")[2]
                sideways = re.sub("[0-9]+", "{n}", name)
                here = said_at(told.place, path)
                assert name in here or sideways in here
            entry = told.entry
            if entry is not None and entry.table in {"accounting.items", "accounting.taxes"}:
                assert entry.place is not None
                here = said_at(entry.place, path)
                assert entry.how == "unmapped" or here.strip("\"'").startswith(entry.key)


def said_at(place: Location, path: Path) -> str:
    """Tell what a mapping, or a preset that it includes, says from a place on."""
    shipped = ROOT / "acctsync" / place.file
    assert place.file == str(path) or (place.file.startswith("presets/") and shipped.is_file())
    assert place.line is not None
    assert place.character is not None
    file = shipped if place.file.startswith("presets/") else path
    return file.read_text(encoding="utf-8").splitlines()[place.line - 1][place.character - 1 :]


@every_sample
def test_every_entry_of_the_books_has_an_origin(path: Path, folder: Path) -> None:
    for each, _ in sample(path, folder)[1]:
        for told in told_of(each):
            if isinstance(told.value, Reference):
                assert told.entry is not None or told.cells or told.rule, told


HEAD = "No,Who,Mail,Day,Item,Note,Qty,Price,Off,Amount,Tax,Total,State,Where"
MAPPING = (
    BOOKS
    + """
sources:
  a: {files: a.csv, format: csv, numbers: "1,234.50", dates: MM/DD/YYYY}
records:
  invoices:
    from: a
    group_by: No
    document:
      id: No
      number: {column: No, before: "/"}
      customer: {name: Who, email: Mail}
      date: Day
      due_date: {column: Day, add_days: 30}
      memo: {text: "{Item} for {Who}"}
      reference: {value: shop}
      location: {column: Where, if_empty: Head office}
      state: {column: State, map: {Paid: open, Closed: void, Failed: skip, Draft: draft}}
      total: Total
    lines:
      item: {column: Item, strip_prefix: "#"}
      description: {first_of: [Note, Item]}
      quantity: Qty
      unit_price: Price
      discount: Off
      amount: Amount
      tax_amount: Tax
accounting:
  items:
    Desk: {item: Desk, class: Desks, per_campus: {Boston: {account: Boston desks}}}
    "Room *": {item: Rooms, tax: VAT}
  line_rules:
    - when: {description: "*deposit*"}
      set: {account: Deposits}
  locations: {Boston: {id: "2"}, Head office: Main}
  classes: {Desks: Space:Desks}
  taxes: {VAT: {code: "20"}, none: {code: "0"}}
  defaults: {income_account: Sales, rounding_account: Rounding, discount_account: Discounts}
  unmapped: {item: default}
checks: {totals: {tolerance: 0.02}}
push: {invoices: true}
"""
)


def row(number: str = "1/A", **cells: str) -> str:
    """Write one row of the export; what is not said is that of a plain invoice of a desk."""
    plain = {
        "Who": "Acme", "Day": "03/01/2025", "Item": "Desk", "Qty": "1", "Price": "100.00",
        "Total": "100.00", "State": "Paid",
    }  # fmt: skip
    values = {**dict.fromkeys(HEAD.split(","), ""), **plain, "No": number, **cells}
    return ",".join(f'"{each}"' for each in values.values()) + "\n"


def asked(
    folder: Path, mapping: str, files: dict[str, str], wanted: str = "1/A"
) -> tuple[Explanation, ...]:
    """Explain one id or number of a small export; whatever is built of it must be explained as it is."""
    write(folder, {"acctsync.yaml": mapping, **files})
    rules = load(folder / "acctsync.yaml")
    for each, document in every(rules, folder)[1]:
        assert document is None or checked(each, document) == []
    return explain(rules, folder, TODAY, wanted).documents


def of_rows(folder: Path, *rows: str, mapping: str = MAPPING, wanted: str = "1/A") -> Explanation:
    """Explain the one document of some rows."""
    (found,) = asked(folder, mapping, {"a.csv": HEAD + "\n" + "".join(rows)}, wanted)
    return found


def rules_of(told: tuple[Explained, ...]) -> dict[str, str]:
    return {each.field: each.rule for each in told}


def line_of(told: Explained, mapping: str = MAPPING) -> str:
    """Tell what the mapping says from the place on that a value is explained with."""
    assert told.place is not None
    assert told.place.line is not None
    assert told.place.character is not None
    return mapping.splitlines()[told.place.line - 1][told.place.character - 1 :]


def test_a_rule_is_told_in_the_words_of_the_mapping(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Item="#Desk"))
    assert rules_of(found.fields) == {
        "id": "as it is",
        "number": 'before: "/" gives "1"',
        "customer.name": "as it is",
        "customer.email": "empty",
        "customer": '"Acme", known by its name acme',
        "date": "dates: MM/DD/YYYY",
        "due_date": "dates: MM/DD/YYYY; add_days: 30",
        "state": "map: Paid → open",
        "currency": "books.currency",
        "tax": "books.tax is not set: exclusive",
        "location": "if_empty: Head office",
        "reference": "value: shop",
        "memo": 'text: "{Item} for {Who}"',
    }
    (line,) = found.lines
    assert rules_of(line.fields) == {
        "item": 'strip_prefix: "#" gives "Desk"',
        "description": "first_of: Item",
        "quantity": "numbers: 1,234.50",
        "unit_price": "numbers: 1,234.50",
        "discount": "empty",
        "amount": "empty; 1 × 100.00",
        "tax_code": 'no tax is named: the key is "none"',
        "tax_amount": "empty",
        "class": "set by accounting.items",
    }
    assert rules_of(found.totals) == {
        "lines": "1 line",
        "tax_total": "added: prices are without tax",
        "total": "100.00",
        "stated_total": "numbers: 1,234.50; agrees",
    }


def test_a_rule_is_told_with_the_line_of_the_mapping_that_decided(tmp_path: Path) -> None:
    told = of_rows(tmp_path, row()).fields
    assert line_of(one(told, "date")) == "Day"
    assert line_of(one(told, "state")).startswith("Paid: open")
    assert line_of(one(told, "location")).startswith("if_empty: Head office")
    assert line_of(one(told, "currency")).startswith("currency: USD")
    entry = one(told, "location").entry
    assert entry is not None
    assert (entry.table, entry.word, entry.key, entry.how) == (
        "accounting.locations", "Head office", "Head office", "exact",
    )  # fmt: skip


def test_a_documents_cell_is_told_from_the_row_that_fills_it(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Total=""), row(Note="Wall", Total="200.00"))
    total = one(found.totals, "stated_total")
    assert [(cell.column, cell.text, cell.place.line) for cell in total.cells] == [
        ("Total", "200.00", 3)
    ]
    assert [row.line for row in found.rows] == [2, 3]
    assert [line.row.line for line in found.lines] == [2, 3]


def test_of_several_columns_those_up_to_the_filled_one_are_told(tmp_path: Path) -> None:
    (line,) = of_rows(tmp_path, row()).lines
    cells = one(line.fields, "description").cells
    assert [(cell.column, cell.text, cell.absence) for cell in cells] == [
        ("Note", "", "is empty"),
        ("Item", "Desk", ""),
    ]
    (line,) = of_rows(tmp_path, row(Note="By the window")).lines
    assert [cell.column for cell in one(line.fields, "description").cells] == ["Note"]


def test_an_item_is_told_with_the_key_that_it_was_found_under(tmp_path: Path) -> None:
    (line,) = of_rows(tmp_path, row(Item="Room 5", Tax="20.00", Total="120.00")).lines
    item, code = one(line.fields, "item"), one(line.fields, "tax_code")
    assert (item.value, item.entry and (item.entry.key, item.entry.how)) == (
        Reference(name="Rooms"), ("Room *", "pattern"),
    )  # fmt: skip
    assert code.value == Reference(name="20")
    assert code.entry is not None
    assert code.entry.then is not None
    assert (code.entry.key, code.entry.then.table, code.entry.then.key) == (
        "Room *", "accounting.taxes", "VAT",
    )  # fmt: skip


def test_what_an_item_gets_at_one_campus_is_told_as_such(tmp_path: Path) -> None:
    (line,) = of_rows(tmp_path, row(Where="Boston")).lines
    account = one(line.fields, "account")
    assert account.value == Reference(name="Boston desks")
    assert account.entry is not None
    assert (account.entry.how, account.entry.key) == ("per_campus", "Desk → per_campus: Boston")
    assert line_of(account).startswith("Boston: {account")


def test_a_line_rule_is_told_before_the_item(tmp_path: Path) -> None:
    (line,) = of_rows(tmp_path, row(Where="Boston", Note="A deposit for keys")).lines
    account = one(line.fields, "account")
    assert account.value == Reference(name="Deposits")
    assert account.entry is not None
    assert (account.entry.how, account.entry.key) == ("line_rule", 'description: "*deposit*"')
    assert one(line.fields, "item").value == Reference(name="Desk")


def test_a_class_is_followed_to_what_its_own_table_calls_it(tmp_path: Path) -> None:
    (line,) = of_rows(tmp_path, row()).lines
    told = one(line.fields, "class")
    assert told.value == Reference(name="Space:Desks")
    assert told.entry is not None
    assert told.entry.then is not None
    assert (told.entry.table, told.entry.then.table) == ("accounting.items", "accounting.classes")


@pytest.mark.parametrize(
    ("policy", "how", "fate"),
    [
        ("item: error", "unmapped", Fate.REFUSED),
        ("item: warn", "unmapped", Fate.BUILT),
        ("item: create", "create", Fate.BUILT),
        ("item: default", "unmapped", Fate.BUILT),
    ],
)
def test_an_item_that_is_not_mapped_is_told_with_what_becomes_of_it(
    tmp_path: Path, policy: str, how: str, fate: Fate
) -> None:
    mapping = MAPPING.replace("item: default", policy)
    found = of_rows(tmp_path, row(Item="Sauna"), mapping=mapping)
    item = one(found.lines[0].fields, "item")
    assert found.fate is fate
    assert item.entry is not None
    assert (item.entry.word, item.entry.key, item.entry.how) == ("Sauna", "", how)
    assert item.entry.place is not None
    assert mapping.splitlines()[(item.entry.place.line or 0) - 1].endswith(f"{{{policy}}}")


def test_a_figure_that_does_not_make_up_the_amount_is_told_as_left_out(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Qty="3", Price="33.33", Amount="100.00"))
    quantity = one(found.lines[0].fields, "quantity")
    assert (quantity.value, quantity.cells[0].text) == (None, "3")
    assert quantity.rule.endswith("left out, because it does not make up the amount by itself")


def test_a_rounding_is_told_with_what_allows_it(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Total="100.01"))
    rounding, account = one(found.totals, "rounding"), one(found.totals, "rounding_account")
    assert (rounding.value, account.value) == (Decimal("0.01"), Reference(name="Rounding"))
    assert rounding.rule == "brings the total to the export's; checks.totals allows 0.02"
    assert one(found.totals, "total").rule == "100.00 + rounding 0.01"
    assert one(found.totals, "stated_total").rule == "numbers: 1,234.50; differs by 0.01"


def test_a_refused_document_tells_what_can_be_read_and_what_can_not(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Day="2025-03-01", Price="1O0", State="Lost"))
    assert (found.fate, one(found.fields, "memo").value) == (Fate.REFUSED, "Desk for Acme")
    wrong = [each for each in told_of(found) if each.problem]
    assert [(each.field, each.value, each.cells[0].text) for each in wrong] == [
        ("date", None, "2025-03-01"),
        ("due_date", None, "2025-03-01"),
        ("state", None, "Lost"),
        ("unit_price", None, "1O0"),
    ]
    assert {problem.code for problem in found.problems} == {"DOC002", "DOC003", "DOC004"}
    assert one(found.totals, "total").rule == "not every line can be read"


def test_a_document_refused_for_its_total_tells_both_totals(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Total="150.00"))
    assert found.fate is Fate.REFUSED
    assert (value(found.totals, "total"), value(found.totals, "stated_total")) == (
        Decimal("100.00"),
        Decimal("150.00"),
    )
    assert one(found.totals, "stated_total").rule == "numbers: 1,234.50; differs by 50.00"


@pytest.mark.parametrize(
    ("cells", "books", "words", "line"),
    [
        ({"State": "Failed"}, "", "its state is skip (map: Failed → skip)", "Failed: skip"),
        ({"State": "Draft"}, "", "it is a draft (map: Draft → draft), and push.drafts is not true", "Draft: draft"),
        ({}, ", start_date: 2025-04-01", "it is dated 2025-03-01, before books.start_date 2025-04-01", "start_date: "),
        ({}, ", end_date: 2025-02-01", "it is dated 2025-03-01, after books.end_date 2025-02-01", "end_date: "),
    ],
)  # fmt: skip
def test_a_skipped_document_tells_why(
    tmp_path: Path, cells: dict[str, str], books: str, words: str, line: str
) -> None:
    mapping = MAPPING.replace("currency: USD", f"currency: USD{books}")
    found = of_rows(tmp_path, row(**cells), mapping=mapping)
    reason = found.skipped
    assert (found.fate, found.lines, found.totals) == (Fate.SKIPPED, (), ())
    assert reason is not None
    assert reason.words == words
    assert line_of(Explained(field="", value="", place=reason.place), mapping).startswith(line)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("skip_rows: [{column: State, is: Test}]", 'sources.a.skip_rows leaves out rows where State is "Test"'),
        ("stop_at: [{column: State, is: Test}]", "sources.a.stop_at ended the reading at line 3"),
    ],
)  # fmt: skip
def test_a_row_that_its_source_leaves_out_tells_why(tmp_path: Path, rule: str, words: str) -> None:
    mapping = MAPPING.replace("dates: MM/DD/YYYY", f"dates: MM/DD/YYYY, {rule}")
    rows = (row("1/A"), row("2/A", State="Test"))
    found = of_rows(tmp_path, *rows, mapping=mapping, wanted="2/A")
    assert (found.fate, found.id, found.rows[0].line) == (Fate.SKIPPED, "2/A", 3)
    assert found.skipped is not None
    assert found.skipped.words == words
    assert [cell.text for cell in found.skipped.cells] == ["Test"]


def test_rows_that_where_leaves_out_are_told_beside_their_document(tmp_path: Path) -> None:
    where = "    where: [{column: Qty, more_than: 0}, {column: State, in: [Paid, Closed]}]\n"
    mapping = MAPPING.replace("    group_by: No\n", f"    group_by: No\n{where}")
    rows = (row(), row(Qty="0"), row(Qty="", State="Lost"))
    found = of_rows(tmp_path, *rows, mapping=mapping)
    assert (found.fate, len(found.lines)) == (Fate.BUILT, 1)
    assert [(left.row.line, left.reason.words) for left in found.left_out] == [
        (3, "where takes only rows where Qty is more than 0"),
        (4, 'where takes only rows where Qty is more than 0 and State is one of "Paid", "Closed"'),
    ]


def test_a_row_without_a_line_and_one_that_lines_where_leaves_out_tell_why(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "    lines:\n", "    lines:\n      where: [{column: State, is_not: Closed}]\n"
    )
    blank = row(Item="", Qty="", Price="", Total="")
    rows = (row(), blank, row(Total="", State="Closed"))
    found = of_rows(tmp_path, *rows, mapping=mapping)
    assert found.fate is Fate.REFUSED  # Closed and Paid in one document
    assert [(line.number, line.left_out and line.left_out.words) for line in found.lines] == [
        (1, None),
        (None, "nothing of a line is in this row"),
        (None, 'where takes only rows where State is not "Closed"'),
    ]


def test_an_id_that_is_there_twice_is_explained_twice(tmp_path: Path) -> None:
    mapping = MAPPING.replace("    group_by: No\n", "")
    files = {"a.csv": HEAD + "\n" + row() + row()}
    first, again = asked(tmp_path, mapping, files)
    assert (first.fate, first.rows[0].line) == (Fate.BUILT, 2)
    assert (again.fate, again.rows[0].line) == (Fate.SKIPPED, 3)
    files = {"a.csv": HEAD + "\n" + row() + row(Price="90.00", Total="90.00")}
    assert [each.fate for each in asked(tmp_path, mapping, files)] == [Fate.REFUSED] * 2


def test_rows_that_stand_apart_are_explained_as_one_document(tmp_path: Path) -> None:
    found = of_rows(tmp_path, row(Total="200.00"), row("2/A"), row(Note="x", Total="200.00"))
    assert [each.line for each in found.rows] == [2, 4]


def test_several_kinds_of_one_number_are_all_explained(tmp_path: Path) -> None:
    mapping = MAPPING.replace("accounting:\n", "  estimates: {like: invoices}\naccounting:\n", 1)
    found = asked(tmp_path, mapping, {"a.csv": HEAD + "\n" + row()}, "1")
    assert [(each.kind, each.id) for each in found] == [("estimates", "1/A"), ("invoices", "1/A")]
    # What a record takes from another is shown where it is written.
    assert [line_of(one(each.fields, "date")) for each in found] == ["Day", "Day"]


def test_an_unknown_id_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    write(tmp_path, {"acctsync.yaml": MAPPING, "a.csv": HEAD + "\n" + row("INV-1041/A")})
    rules = load(tmp_path / "acctsync.yaml")
    assert explain(rules, tmp_path, TODAY, "inv-1014") == ExplainResult(near="INV-1041")
    assert explain(rules, tmp_path, TODAY, "nothing") == ExplainResult()


def test_a_rule_of_a_preset_is_shown_in_the_preset(tmp_path: Path) -> None:
    folder = ROOT / "sample-config/coworks/coworks_like"
    mapping = """acctsync: 1
include: [presets/coworks]
books: {system: quickbooks, company: Acme, currency: USD, timezone: America/New_York}
accounting: {items: {"*": {item: All}}, locations: {"*": All}, taxes: {"*": {code: TAX}}, payment_methods: {other: {}}}
push: {invoices: true}
"""
    write(tmp_path, {"acctsync.yaml": mapping})
    (found,) = explain(load(tmp_path / "acctsync.yaml"), folder, TODAY, "CW-10241").documents
    date, location = one(found.fields, "date"), one(found.fields, "location")
    assert date.place is not None
    assert date.place.file == "presets/coworks.yaml"
    assert location.entry is not None
    assert location.entry.place is not None
    assert location.entry.place.file == str(tmp_path / "acctsync.yaml")


def read_from(told: Explained) -> list[tuple[str, str, str, int | None]]:
    """Tell the cells of a value: column, text, file, line."""
    return [(cell.column, cell.text, cell.place.file, cell.place.line) for cell in told.cells]


def test_lines_that_stand_side_by_side_name_their_own_columns(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv}}
records:
  invoices:
    from: a
    document: {id: No, customer: Who, date: Day, total: Total}
    lines:
      repeat: {until_empty: "item {n}"}
      item: item {n}
      description: {text: "{item {n}} of {Who}"}
      amount: amount {n}
accounting: {items: {"*": {item: All}}, defaults: {tax: "0"}}
push: {invoices: true}
"""
    )
    export = (
        "No,Who,Day,Total,item 1,amount 1,item 2,amount 2\n1,Acme,2025-03-01,30,Desk,10,Room,20\n"
    )
    (found,) = asked(tmp_path, mapping, {"a.csv": export}, "1")
    assert [line.row.line for line in found.lines] == [2, 2]
    second = found.lines[1].fields
    assert read_from(one(second, "amount")) == [("amount 2", "20", "a.csv", 2)]
    assert read_from(one(second, "description")) == [
        ("item 2", "Room", "a.csv", 2),
        ("Who", "Acme", "a.csv", 2),
    ]


OTHER = (
    BOOKS
    + """
sources:
  heads: {files: heads.json, format: json, numbers: minor_units}
  parts: {files: parts.csv, format: csv}
records:
  invoices:
    from: heads
    document:
      id: id
      number: {first_of: [meta.no, id]}
      customer: {id: buyer.id, name: buyer.name}
      date: day
      currency: currency
      total: total
    lines:
      from: parts
      match: {Invoice: id}
      where: [{column: Kind, is_not: note}]
      item: What
      description: {text: "{What} for {document.buyer.name}"}
      amount: Amount
accounting: {items: {"*": {item: All}}, defaults: {tax: "0"}}
push: {invoices: true}
"""
)
HEADS = """[
 {"id": "i1", "day": "2025-03-01", "buyer": {"id": "c1", "name": "Acme"}, "currency": "usd",
  "total": 3000, "meta": {"no": null}},
 {"id": "i2", "day": "2025-03-02", "buyer": {"id": "c1", "name": "Acme"}, "currency": "usd",
  "total": 500, "meta": {}}
]"""
PARTS = "Invoice,What,Amount,Kind\ni1,Desk,10.00,\ni2,Desk,5.00,\ni1,Hello,,note\ni1,Room,20.00,\n"


def test_lines_of_another_source_name_its_rows_and_the_documents(tmp_path: Path) -> None:
    files = {"heads.json": HEADS, "parts.csv": PARTS}
    (found,) = asked(tmp_path, OTHER, files, "i1")
    assert [(place.file, place.line) for place in found.rows] == [
        ("heads.json", 2), ("parts.csv", 2), ("parts.csv", 4), ("parts.csv", 5),
    ]  # fmt: skip
    assert [line.left_out and line.left_out.words for line in found.lines] == [
        None, 'where takes only rows where Kind is not "note"', None,
    ]  # fmt: skip
    assert [line.number for line in found.lines] == [1, None, 2]
    assert read_from(one(found.lines[2].fields, "description")) == [
        ("What", "Room", "parts.csv", 5),
        ("document.buyer.name", "Acme", "heads.json", 2),
    ]
    number = one(found.fields, "number")
    assert [(cell.column, cell.absence) for cell in number.cells] == [
        ("meta.no", "is null"),
        ("id", ""),
    ]
    assert one(found.totals, "stated_total").value == Decimal("30.00")


def test_lines_inside_a_row_are_named_by_their_path(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.json, format: json}}
records:
  invoices:
    from: a
    document: {id: id, customer: who, date: day}
    lines: {each: lines.data, where: [{column: kind, is_not: note}], item: item, amount: amount, category: document.kind}
accounting: {items: {"*": {item: All}}, defaults: {tax: "0"}}
push: {invoices: true}
"""
    )
    export = """[{"id": "i1", "who": "Acme", "day": "2025-03-01", "kind": "rent", "lines": {"data": [
  {"item": "Desk", "amount": "10"}, {"kind": "note"}, {"item": "Room", "amount": "20"}]}}]"""
    (found,) = asked(tmp_path, mapping, {"a.json": export}, "i1")
    last = found.lines[2].fields
    assert read_from(one(last, "amount")) == [("lines.data.2.amount", "20", "a.json", 1)]
    assert read_from(one(last, "category")) == [("kind", "rent", "a.json", 1)]
    assert found.lines[1].left_out is not None
    assert [cell.column for cell in found.lines[1].left_out.cells] == ["lines.data.1.kind"]


def test_a_column_is_called_as_the_export_calls_it(tmp_path: Path) -> None:
    mapping = MAPPING.replace("format: csv", "format: csv, column_names: {Who: [Team, Client]}")
    export = HEAD.replace("No,Who", "*No,Client") + "\n" + row()
    (found,) = asked(tmp_path, mapping, {"a.csv": export})
    names = [one(found.fields, name).cells[0].column for name in ("id", "customer.name", "date")]
    assert names == ["*No", "Client", "Day"]


def test_the_one_line_of_a_total_and_what_is_beside_it_are_explained(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv}}
records:
  invoices:
    from: a
    document: {id: No, customer: Who, date: Day, total: Total, shipping: Post, discount: Less, tax: Kind}
    extra_lines:
      - {item: {value: FEE}, amount: Fee}
      - {item: {value: TIP}, amount: Tip}
    document_taxes:
      - {name: {value: GST}, rate: {value: "5"}, amount: Gst}
accounting:
  items: {FEE: {item: Fees}, TIP: {item: Tips}}
  taxes: {GST 5%: {code: G}}
  defaults: {income_account: Sales, shipping_account: Postage, discount_account: Discounts}
push: {invoices: true}
"""
    )
    export = "No,Who,Day,Total,Post,Less,Fee,Tip,Gst,Kind\n1,Acme,2025-03-01,105.00,10.00,5.00,7.00,,5.00,\n2,Acme,2025-03-01,105.00,,,,,5.00,inclusive\n"
    (found,) = asked(tmp_path, mapping, {"a.csv": export}, "1")
    kept = [line for line in found.lines if line.left_out is None]
    assert [(line.origin, value(line.fields, "amount")) for line in kept] == [
        ("total", Decimal("88.00")), ("extra line", Decimal("7.00")), ("shipping", Decimal("10.00")),
    ]  # fmt: skip
    (tip,) = [line for line in found.lines if line.left_out]
    assert tip.left_out is not None
    assert tip.left_out.words == "its amount is empty or zero"
    taxes = one(found.fields, "document_taxes")
    assert (taxes.rule, [cell.text for cell in taxes.cells]) == (
        'they make the key "GST 5%"',
        ["5.00"],
    )
    for line in kept:
        code = one(line.fields, "tax_code")
        assert (code.value, code.entry and code.entry.key) == (Reference(name="G"), "GST 5%")
    assert one(found.totals, "total").rule == "105.00 + tax 5.00 − discount 5.00"
    assert one(found.totals, "discount").cells[0].text == "5.00"
    assert one(found.totals, "discount_account").value == Reference(name="Discounts")
    (found,) = asked(tmp_path, mapping, {"a.csv": export}, "2")
    assert one(found.fields, "tax").cells[0].text == "inclusive"
    assert one(found.totals, "tax_total").rule == "not added: prices include it"


def test_taxes_by_rate_are_explained_with_their_key(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv}}
records:
  invoices:
    from: a
    group_by: No
    document: {id: No, customer: Who, date: Day}
    lines:
      item: Item
      unit_price: Price
      discount_percent: Percent
      taxes: [{name: T1, rate: R1}, {name: T2, rate: R2}]
accounting:
  items: {"*": {account: Sales}}
  taxes: {GST 5% + QST 9.975%: {code: Q}}
push: {invoices: true}
"""
    )
    export = "No,Who,Day,Item,Price,Percent,T1,R1,T2,R2\n1,Acme,2025-03-01,Desk,200,10,GST,5,QST,9.975\n1,Acme,2025-03-01,Desk,100,,,5,,\n"
    (found,) = asked(tmp_path, mapping, {"a.csv": export}, "1")
    first, second = found.lines
    assert one(first.fields, "taxes").rule == 'they make the key "GST 5% + QST 9.975%"'
    assert [cell.text for cell in one(first.fields, "taxes").cells] == ["GST", "5", "QST", "9.975"]
    assert one(first.fields, "tax_amount").rule == "5% + 9.975% of 180.00, each rounded half up"
    assert (value(first.fields, "tax_amount"), value(first.fields, "discount")) == (
        Decimal("26.96"),
        Decimal("20.00"),
    )
    assert one(first.fields, "discount").rule == "10% of 200.00"
    assert one(first.fields, "quantity").rule == "1, because no quantity is mapped"
    assert one(second.fields, "tax_code").entry is None


PARTIES = """
  customers:
    match: [email, name]
    parent: Members
    treat_as_guest: {name: Guest, use_email_as_name: true, fallback: Guests}
    fixed: {Beta Ltd: {id: "77"}}
"""


def test_a_customer_is_explained_from_the_documents_that_name_it(tmp_path: Path) -> None:
    mapping = MAPPING.replace("accounting:\n", f"accounting:{PARTIES}", 1)
    rows = [row("1"), row("2", Mail="a@acme.example"), row("3", Who="", Mail="A@acme.example")]
    rows += [
        row("4", Who="Beta Ltd"),
        row("5", Who="Guest", Mail="g@x.example"),
        row("6", Who="guest"),
    ]
    files = {"a.csv": HEAD + "\n" + "".join(rows)}
    (acme,) = asked(tmp_path, mapping, files, "Acme")
    assert (acme.kind, acme.id, [place.line for place in acme.rows]) == (
        "customers", "email:a@acme.example", [2, 3, 4],
    )  # fmt: skip
    assert read_from(one(acme.fields, "name")) == [("Who", "Acme", "a.csv", 2)]
    assert read_from(one(acme.fields, "email")) == [("Mail", "a@acme.example", "a.csv", 3)]
    assert (one(acme.fields, "parent").value, one(acme.fields, "parent").rule) == (
        "Members",
        "customers.parent",
    )
    (beta,) = asked(tmp_path, mapping, files, "Beta Ltd")
    fixed = one(beta.fields, "fixed")
    assert (fixed.value, line_of(fixed, mapping)) == (Reference(id="77"), 'Beta Ltd: {id: "77"}}')
    (guest,) = asked(tmp_path, mapping, files, "g@x.example")
    assert one(guest.fields, "name").rule == "customers.treat_as_guest"
    (nobody,) = asked(tmp_path, mapping, files, "Guests")
    assert [place.line for place in nobody.rows] == [7]


def test_an_invoice_tells_by_what_its_customer_was_recognised(tmp_path: Path) -> None:
    mapping = MAPPING.replace("accounting:\n", f"accounting:{PARTIES}", 1)
    rows = [
        row("1"),
        row("2", Mail="a@acme.example"),
        row("3", Who="Beta Ltd"),
        row("4", Who="Guest"),
    ]
    files = {"a.csv": HEAD + "\n" + "".join(rows)}
    told = [one(asked(tmp_path, mapping, files, number)[0].fields, "customer") for number in "1234"]
    assert [each.rule for each in told] == [
        '"Acme", known by its name acme',
        '"Acme", known by its e-mail address a@acme.example',
        '"Beta Ltd", known by its name beta ltd; customers.fixed pairs it by hand',
        '"Guests", known by its name guests; customers.treat_as_guest',
    ]
    assert told[0].value == told[1].value
    assert line_of(told[0], mapping).startswith("match: [email, name]")
    assert line_of(told[3], mapping).startswith("treat_as_guest")


def test_a_customer_with_a_record_of_its_own_is_explained_from_that_first(tmp_path: Path) -> None:
    record = """  customers:
    from: c
    where: [{column: Gone, is: ""}]
    document: {id: Id, name: Name, email: {first_of: [Mail, Other]}}
accounting:
"""
    mapping = MAPPING.replace("accounting:\n", record, 1).replace(
        "records:", "  c: {files: c.csv, format: csv}\nrecords:"
    )
    files = {
        "a.csv": HEAD + "\n" + row(),
        "c.csv": "Id,Name,Mail,Other,Gone\nK1,Acme,,a@acme.example,\nK2,Gone,,,yes\n",
    }
    (found,) = asked(tmp_path, mapping, files, "K1")
    assert (found.kind, found.number, found.source) == ("customers", "Acme", "c")
    assert read_from(one(found.fields, "email"))[-1] == ("Other", "a@acme.example", "c.csv", 2)
    assert [(place.file, place.line) for place in found.rows] == [("c.csv", 2), ("a.csv", 2)]
    (gone,) = asked(tmp_path, mapping, files, "K2")
    assert gone.skipped is not None
    assert (gone.fate, gone.skipped.words) == (
        Fate.SKIPPED,
        "where takes only rows where Gone is empty",
    )


RECEIPTS = (
    MAPPING.replace(
        "records:\n",
        """  p: {files: p.csv, format: csv}
  r: {files: r.csv, format: csv}
records:
  payments:
    from: p
    document: {id: Id, invoice: Invoice, customer: {name: Who}, date: Day, amount: Amount, fee: {column: Fee, currency: In}, method: Method}
  refunds:
    from: r
    document: {id: Id, payment: Payment, invoice: Invoice, date: Day, amount: Amount}
""",
        1,
    )
    .replace(
        "push: {invoices: true}",
        "  payment_over_invoice: warn\npush: {invoices: true, payments: true, refunds: true}",
    )
    .replace(
        "  unmapped:",
        """  payment_methods: {Card *: {method: Credit Card, deposit_to: Clearing}, other: {method: Other}}
  fees: {account: Fees}
  retainers: {account: Retainers}
  unmapped:""",
    )
    .replace("checks: {totals: {tolerance: 0.02}}", "checks:\n  totals: {tolerance: 0.02}")
    .replace("income_account: Sales", "income_account: Sales, deposit_to: Undeposited")
)
PAYMENTS = "Id,Invoice,Who,Day,Amount,Fee,In,Method\n"
REFUNDS = "Id,Payment,Invoice,Day,Amount\n"


def receipts(folder: Path, wanted: str, payments: str = "", refunds: str = "") -> Explanation:
    rows = (
        row()
        + row("2/B", State="Failed")
        + row("3/A")
        + row("3/B")
        + row("4", Who="Zed", Qty="2", Total="200.00")
    )
    files = {"a.csv": HEAD + "\n" + rows, "p.csv": PAYMENTS + payments, "r.csv": REFUNDS + refunds}
    (found,) = asked(folder, RECEIPTS, files, wanted)
    return found


@pytest.mark.parametrize(
    ("cell", "pays", "how"),
    [
        ("1/A", "1/A", "found by its id"),
        ("1", "1/A", "found by its number"),
        ("2/B", "2", "found by its id, but left out: the books are asked for it"),
        ("99", "99", "it is not in this export: the books are asked for it"),
        ("", None, "empty: accounting.retainers: Retainers"),
    ],
)
def test_a_payment_tells_how_its_invoice_was_found(
    tmp_path: Path, cell: str, pays: str | None, how: str
) -> None:
    found = receipts(tmp_path, "p1", f"p1,{cell},Acme,2025-03-02,100.00,,,Card Visa\n")
    told = one(found.fields, "invoice")
    assert (getattr(told.value, "id", told.value), told.rule) == (pays, how)
    customer = one(found.fields, "customer")
    assert customer.rule == (
        "the customer of invoice 1"
        if how in {"found by its id", "found by its number"}
        else '"Acme", known by its name acme'
    )


def test_a_payment_for_a_number_of_two_invoices_is_refused_and_explained(tmp_path: Path) -> None:
    found = receipts(tmp_path, "p1", "p1,3,Acme,2025-03-02,100.00,,,\n")
    assert (found.fate, one(found.fields, "invoice").rule) == (Fate.REFUSED, "it names 2 invoices")


def test_a_payment_tells_method_deposit_fee_and_what_it_settles(tmp_path: Path) -> None:
    found = receipts(tmp_path, "p1", "p1,4,Zed,2025-03-02,250.00,3.00,USD,Card Visa\n")
    told = found.fields
    method, deposit, fee = one(told, "method"), one(told, "deposit_to"), one(told, "fee")
    assert (method.value, deposit.value) == (
        Reference(name="Credit Card"),
        Reference(name="Clearing"),
    )
    assert method.entry is not None
    assert (method.entry.key, method.entry.how) == ("Card *", "pattern")
    assert fee.entry is not None
    assert (fee.value, fee.entry.value) == (Decimal("3.00"), Reference(name="Fees"))
    applied = one(found.totals, "applied")
    assert (applied.value, applied.rule) == (Decimal("200.00"), "50.00 stays unapplied")
    assert line_of(applied, RECEIPTS).startswith("payment_over_invoice: warn")
    found = receipts(tmp_path, "p1", "p1,4,Zed,2025-03-02,200.00,3.00,EUR,Cash\n")
    fee, deposit = one(found.fields, "fee"), one(found.fields, "deposit_to")
    assert (fee.value, fee.rule.rpartition("; ")[2]) == (
        None,
        "it is in EUR, the payment in USD: left out",
    )
    assert deposit.entry is not None
    assert (deposit.value, deposit.entry.table) == (
        Reference(name="Undeposited"),
        "accounting.defaults",
    )


def test_a_refund_tells_what_it_takes_from_its_payment_and_invoice(tmp_path: Path) -> None:
    payment = "p1,1,Acme,2025-03-02,100.00,,,Card Visa\n"
    found = receipts(tmp_path, "r1", payment, "r1,p1,,2025-03-03,100.00\n")
    rules = rules_of(found.fields)
    assert (rules["payment"], rules["invoice"]) == (
        "found by its id",
        "the invoice that payment p1 settles",
    )
    assert (rules["customer"], rules["method"]) == (
        "the customer of invoice 1",
        "that of payment p1",
    )
    assert rules["location"] == "that of invoice 1"
    assert [one(line.fields, "amount").rule for line in found.lines] == ["line 1 of invoice 1"]
    found = receipts(tmp_path, "r1", payment, "r1,p1,,2025-03-03,40.00\n")
    (line,) = found.lines
    assert (value(line.fields, "amount"), one(line.fields, "amount").rule) == (
        Decimal("40.00"), "line 1 of invoice 1, its share of the refund",
    )  # fmt: skip
    found = receipts(tmp_path, "r1", payment, "r1,p9,,2025-03-03,40.00\n")
    assert (
        one(found.fields, "payment").rule == "it is not in this export: the books are asked for it"
    )
    assert found.lines == ()


def test_a_credit_note_tells_which_invoice_it_is_for(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "accounting:\n",
        "  credit_notes:\n    like: invoices\n    document: {invoice: {column: Note}}\naccounting:\n",
        1,
    )
    found = asked(
        tmp_path, mapping, {"a.csv": HEAD + "\n" + row("1/A") + row("2/A", Note="1")}, "2/A"
    )
    (note,) = [each for each in found if each.kind == "credit_notes"]
    assert one(note.fields, "invoice").rule == "found by its number"


def test_a_sales_receipt_tells_how_it_was_paid(tmp_path: Path) -> None:
    mapping = RECEIPTS.replace(
        "  invoices:\n    from: a", "  sales_receipts:\n    from: a"
    ).replace("memo: {text:", "method: Note\n      memo: {text:")
    files = {"a.csv": HEAD + "\n" + row(Note="Card 42"), "p.csv": PAYMENTS, "r.csv": REFUNDS}
    (found,) = asked(tmp_path, mapping, files)
    told = found.fields
    assert (value(told, "method"), value(told, "deposit_to")) == (
        Reference(name="Credit Card"),
        Reference(name="Clearing"),
    )


def test_a_purchase_tells_what_chose_its_expense_account(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv}}
records:
  bills:
    from: a
    document: {id: No, vendor: Who, date: Day, category: Kind}
    lines: {item: Item, amount: Amount, category: Sort}
accounting:
  items: {Desk: {item: Desk, expense_account: Furniture}}
  line_rules: [{when: {item: Gift*}, set: {expense_account: Gifts}}]
  expenses: {by_vendor: {Printer: Print}, by_category: {rent: Rent}, default: Other}
  defaults: {tax: "0"}
push: {bills: true}
"""
    )
    export = "No,Who,Day,Item,Amount,Kind,Sort\n1,Shop,2025-03-01,Desk,1,,\n1,Shop,2025-03-01,Gift card,1,,\n1,Shop,2025-03-01,Desk,1,,Rent\n1,Shop,2025-03-01,Lamp,1,,\n2,Printer,2025-03-01,Desk,1,rent,\n"
    mapping = mapping.replace("    from: a\n", "    from: a\n    group_by: No\n")
    (found,) = asked(tmp_path, mapping, {"a.csv": export}, "1")
    told = [one(line.fields, "expense_account") for line in found.lines]
    assert [(each.value, each.entry and (each.entry.table, each.entry.key)) for each in told] == [
        (Reference(name="Furniture"), ("accounting.items", "Desk")),
        (Reference(name="Gifts"), ("accounting.line_rules", 'item: "Gift*"')),
        (Reference(name="Rent"), ("accounting.expenses.by_category", "rent")),
        (Reference(name="Other"), ("accounting.expenses", "default")),
    ]
    (found,) = asked(tmp_path, mapping, {"a.csv": export}, "2")
    (line,) = found.lines
    assert one(line.fields, "expense_account").value == Reference(name="Print")
    assert one(line.fields, "category").rule == "the document's own category"
    assert one(found.fields, "vendor").rule == '"Printer", known by its name printer'


def test_a_row_that_goes_the_way_of_its_documents_first_row_says_so(tmp_path: Path) -> None:
    where = "    where: [{column: State, is_not: Closed}]\n"
    mapping = MAPPING.replace("    group_by: No\n", f"    group_by: No\n{where}")
    rows = (row(State="Closed"), row(State="", Item="Room 1"))
    found = of_rows(tmp_path, *rows, mapping=mapping)
    assert found.fate is Fate.SKIPPED
    reasons = [found.skipped, *(left.reason for left in found.left_out)]
    assert [reason and reason.words for reason in reasons] == [
        'where takes only rows where State is not "Closed"',
        'where takes only rows where State is not "Closed", and the first row of the document is not so',
    ]


def test_a_row_that_where_can_not_compare_is_refused_and_not_left_out(tmp_path: Path) -> None:
    where = "    where: [{column: Qty, more_than: 0}]\n"
    mapping = MAPPING.replace("    group_by: No\n", f"    group_by: No\n{where}")
    found = of_rows(tmp_path, row(Qty="1.000.0"), mapping=mapping)
    assert (found.fate, found.skipped, found.left_out) == (Fate.REFUSED, None, ())


def test_the_same_document_in_two_files_is_explained_once(tmp_path: Path) -> None:
    mapping = MAPPING.replace("files: a.csv", "files: [a.csv, b.csv]")
    export = HEAD + "\n" + row() + row("2/A")
    (found,) = asked(tmp_path, mapping, {"a.csv": export, "b.csv": export})
    assert (found.fate, [place.file for place in found.rows]) == (Fate.BUILT, ["a.csv"])
    assert [problem.code for problem in found.problems] == ["DOC012"]


def test_taxes_that_the_mapping_lists_in_another_order_are_told_as_it_lists_them(
    tmp_path: Path,
) -> None:
    mapping = MAPPING.replace(
        "tax_amount: Tax",
        "tax_amount: Tax\n      taxes: [{name: {value: QST}}, {name: {value: GST}}]",
    )
    mapping = mapping.replace("taxes: {VAT", 'taxes: {GST + QST: {code: "9"}, VAT')
    (line,) = of_rows(tmp_path, row(Tax="5", Total="105"), mapping=mapping).lines
    code = one(line.fields, "tax_code")
    assert (code.rule, code.value) == ('its taxes make the key "QST + GST"', Reference(name="9"))
    assert code.entry is not None
    assert (code.entry.key, code.entry.how) == ("GST + QST", "exact")


def test_a_line_with_an_account_of_its_own_needs_no_item(tmp_path: Path) -> None:
    mapping = MAPPING.replace("      quantity: Qty", "      account: Note\n      quantity: Qty")
    mapping = mapping.replace("item: default", "item: error")
    found = of_rows(tmp_path, row(Item="", Note="4711"), mapping=mapping)
    (line,) = found.lines
    assert (found.fate, value(line.fields, "account")) == (Fate.BUILT, Reference(name="4711"))


def test_an_entry_that_sets_a_class_only_leaves_the_rest_to_the_defaults(tmp_path: Path) -> None:
    mapping = MAPPING.replace("Desk: {item: Desk, class: Desks, per", "Desk: {class: Desks, per")
    (line,) = of_rows(tmp_path, row(), mapping=mapping).lines
    item, account = one(line.fields, "item"), one(line.fields, "account")
    assert (item.value, item.entry and item.entry.key) == (None, "Desk")
    assert (account.value, account.entry and account.entry.key) == (
        Reference(name="Sales"), "income_account",
    )  # fmt: skip


def test_a_figure_that_a_line_takes_from_its_document_is_read_as_the_document_writes_it(
    tmp_path: Path,
) -> None:
    mapping = OTHER.replace("amount: Amount", "amount: document.total")
    parts = "Invoice,What,Amount,Kind\ni1,Desk,,\ni2,Desk,,\n"
    (found,) = asked(tmp_path, mapping, {"heads.json": HEADS, "parts.csv": parts}, "i1")
    amount = one(found.lines[0].fields, "amount")
    assert (amount.value, amount.rule) == (Decimal("30.00"), "numbers: minor_units")


@pytest.mark.skipif(not CASES, reason="the shared exports are not here")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_every_document_of_a_hostile_export_is_explained(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = FOLDER / case["file"]
    if case["kind"] != "mapping":
        path = tmp_path / "acctsync.yaml"
        path.write_text(mapping_for(case), encoding="utf-8")
    try:
        found = every(load(path), FOLDER)[1]
    except InputRefused:
        assert case["expect"] in {"file", "mapping"}
        return
    for each, document in found:
        assert document is None or checked(each, document) == []
        assert each.fate is not Fate.REFUSED or any(p.is_error for p in each.problems)


def test_an_item_with_a_record_of_its_own_is_explained(tmp_path: Path) -> None:
    fields = "{id: Code, name: Name, unit_price: Price, account: Account}"
    record = f"  items:\n    from: c\n    document: {fields}\naccounting:\n"
    mapping = MAPPING.replace("accounting:\n", record, 1).replace(
        "records:", '  c: {files: c.csv, format: csv, numbers: "1234.50"}\nrecords:'
    )
    rows = "Code,Name,Price,Account\nD1,Standing desk,1.005,Rent\nD2,Desk,2,\n"
    files = {"a.csv": HEAD + "\n" + row(), "c.csv": rows}
    (found,) = asked(tmp_path, mapping, files, "D1")
    assert (found.kind, found.number) == ("items", "Standing desk")
    assert {each.field: each.value for each in found.fields} == {
        "id": "D1",
        "name": "Standing desk",
        "unit_price": Decimal("1.005"),
        "account": Reference(name="Rent"),
    }
    (listed,) = asked(tmp_path, mapping, files, "D2")
    name = one(listed.fields, "name")
    assert name.entry is not None
    assert (name.value, name.entry.table) == ("Desk", "accounting.items")
