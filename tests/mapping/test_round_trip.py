"""Documents written down in any declared way are read as the same documents, or refused."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.dates import MONTHS
from acctsync.documents import Customer, Invoice
from acctsync.engine.reading import read_documents
from acctsync.errors import InputRefused
from acctsync.mapping.load import load
from acctsync.money import exponent, rounded
from tests.reading import TODAY

HERE = ZoneInfo("America/New_York")


class Item(NamedTuple):
    """One line of a bill."""

    text: str
    quantity: Decimal
    price: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Bill:
    """A bill, whatever file it comes to stand in."""

    number: str
    who: str
    day: dt.date
    due: dt.date
    currency: str
    items: tuple[Item, ...]

    def amount(self, item: Item) -> Decimal:
        return rounded(item.quantity * item.price, self.currency)

    @property
    def total(self) -> Decimal:
        return sum((self.amount(each) + each.tax for each in self.items), Decimal(0))


# How bills are written down

NUMBERS = {
    "1234.50": (".", ""),
    "1,234.50": (".", ","),
    "1.234,50": (",", "."),
    "1 234,50": (",", "\u00a0"),
    "1'234.50": (".", "'"),
    "1234,50": (",", ""),
    "minor_units": (".", ""),
}


def _noon(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), zone)


def _serial(day: dt.date) -> str:
    return str((day - dt.date(1899, 12, 30)).days)


DAYS: dict[str, Callable[[dt.date], str]] = {
    "YYYY-MM-DD": dt.date.isoformat,
    "DD/MM/YYYY": lambda day: f"{day:%d/%m/%Y}",
    "MM-DD-YYYY": lambda day: f"{day:%m-%d-%Y}",
    "D.M.YYYY": lambda day: f"{day.day}.{day.month}.{day.year}",
    "D MMM YYYY": lambda day: f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
    "MMMM D, YYYY": lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    "YYYYMMDD": lambda day: f"{day:%Y%m%d}",
    "YYYY-MM-DD hh:mm A": lambda day: f"{day.isoformat()} 12:00 PM",
    "YYYY-MM-DDTHH:mm:ssZ": lambda day: _noon(day, HERE).isoformat(),
    "iso": lambda day: f"{_noon(day, dt.UTC):%Y-%m-%dT%H:%M:%S}Z",
    "epoch_seconds": lambda day: str(int(_noon(day, HERE).timestamp())),
    "epoch_ms": lambda day: str(int(_noon(day, HERE).timestamp()) * 1000),
    "excel_serial": _serial,
}
ENCODINGS = {
    "utf-8": "utf-8",
    "cp1252": "cp1252",
    "latin-1": "latin-1",
    "utf-16": "utf-16",
    "mac-roman": "mac-roman",
}
SHAPES = ("repeated", "first", "keyless", "sideways", "second", "nested", "lines")
OWN = ("No", "Who", "Day", "Due", "Cur", "Total")
LINE = ("Text", "Qty", "Price", "Amount", "Tax")


@dataclass(frozen=True)
class Style:
    """One way of writing bills down."""

    numbers: str
    days: str
    grouped: bool
    delimiter: str
    encoding: str
    mark: bool
    quoting: Literal[0, 1]
    ends: str
    order: int
    titles: bool
    blanks: bool
    total_row: bool
    sep: bool

    def number(self, value: Decimal) -> str:
        mark, group = NUMBERS[self.numbers]
        plain = f"{abs(value):,f}" if self.grouped and group else f"{abs(value):f}"
        turned = plain.translate({ord(","): group, ord("."): mark})
        return f"-{turned}" if value < 0 else turned

    def money(self, value: Decimal, currency: str) -> str:
        if self.numbers == "minor_units":
            return str(int(value.scaleb(exponent(currency))))
        return self.number(rounded(value, currency))

    def day(self, day: dt.date) -> str:
        return DAYS[self.days](day)

    def source(self, file: str, form: str = "csv") -> dict[str, Any]:
        told: dict[str, Any] = {
            "files": file,
            "format": form,
            "numbers": self.numbers,
            "dates": [self.days],
        }
        told["encoding"] = self.encoding
        if form == "csv":
            told |= {"delimiter": self.delimiter, "skip_rows": [{"column": "Junk", "is": "Total"}]}
            if self.titles:
                told["header_row_contains"] = ["Junk"]
        return told

    def table(self, rows: Sequence[dict[str, str]], columns: Sequence[str]) -> bytes:
        names = [*columns, "Junk"]
        names = names[self.order % len(names) :] + names[: self.order % len(names)]
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=self.delimiter, quoting=self.quoting, lineterminator=self.ends
        )
        if self.sep and not self.titles:
            out.write(f"sep={self.delimiter}{self.ends}")
        if self.titles:
            out.write(f'All "bills"{self.ends}{self.ends}')
        writer.writerow(names)
        for row in rows:
            writer.writerow([row.get(name, "") for name in names])
            if self.blanks:
                writer.writerow([""] * len(names))
        if self.total_row:
            writer.writerow(["Total" if name == "Junk" else "1" for name in names])
        return self.encoded(out.getvalue())

    def encoded(self, text: str) -> bytes:
        mark = codecs.BOM_UTF8 if self.mark and self.encoding == "utf-8" else b""
        return mark + text.encode(ENCODINGS[self.encoding])


def head_cells(bill: Bill, style: Style) -> dict[str, str]:
    return {
        "No": bill.number,
        "Who": bill.who,
        "Day": style.day(bill.day),
        "Due": style.day(bill.due),
        "Cur": bill.currency,
        "Total": style.money(bill.total, bill.currency),
    }


def line_cells(bill: Bill, item: Item, style: Style) -> dict[str, str]:
    return {
        "Text": item.text,
        "Qty": f"{item.quantity:f}" if style.numbers == "minor_units" else style.number(item.quantity),
        "Price": style.money(item.price, bill.currency),
        "Amount": style.money(bill.amount(item), bill.currency),
        "Tax": style.money(item.tax, bill.currency),
    }  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A mapping and the files that it describes."""

    mapping: dict[str, Any]
    files: dict[str, bytes]

    def into(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "acctsync.yaml").write_text(json.dumps(self.mapping), encoding="utf-8")
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def written(bills: Sequence[Bill], shape: str, style: Style, other: Style) -> Written:
    """Write bills down; lines in a second file are written in another style."""
    record = {"from": "a", "document": _document(), "lines": _lines()}
    if shape in {"nested", "lines"}:
        return _json(bills, shape, style, record)
    if shape == "sideways":
        return _sideways(bills, style, record)
    if shape == "second":
        return _second(bills, style, other, record)
    rows = [row for bill in bills for row in _rows(bill, shape, style)]
    mapping = _mapping({"a": style.source("a.csv")}, record | {"group_by": "No"})
    return Written(mapping, {"a.csv": style.table(rows, [*OWN, *LINE])})


def _rows(bill: Bill, shape: str, style: Style) -> Iterator[dict[str, str]]:
    head = head_cells(bill, style)
    later = {"repeated": head, "first": {"No": bill.number}, "keyless": {}}[shape]
    for number, item in enumerate(bill.items):
        yield (head if number == 0 else later) | line_cells(bill, item, style)


def _sideways(bills: Sequence[Bill], style: Style, record: dict[str, Any]) -> Written:
    most = max(len(bill.items) for bill in bills)
    names = [f"{name} [{{n}}]" for name in LINE]
    record["lines"] = {"repeat": {"until_empty": "Amount [{n}]"}} | {
        key: f"{column} [{{n}}]" for key, column in _lines().items()
    }
    rows = []
    for bill in bills:
        row = head_cells(bill, style)
        for number, item in enumerate(bill.items):
            cells = line_cells(bill, item, style)
            row |= {f"{name} [{number}]": cell for name, cell in cells.items()}
        rows.append(row)
    columns = [*OWN, *(name.replace("{n}", str(n)) for n in range(most) for name in names)]
    mapping = _mapping({"a": style.source("a.csv")}, record)
    return Written(mapping, {"a.csv": style.table(rows, columns)})


def _second(bills: Sequence[Bill], style: Style, other: Style, record: dict[str, Any]) -> Written:
    record["lines"] |= {"from": "b", "match": {"Bill": "No"}}
    lines = [
        {"Bill": bill.number} | line_cells(bill, item, other)
        for bill in bills
        for item in bill.items
    ]
    mapping = _mapping({"a": style.source("a.csv"), "b": other.source("b.csv")}, record)
    heads = [head_cells(bill, style) for bill in bills]
    return Written(
        mapping, {"a.csv": style.table(heads, OWN), "b.csv": other.table(lines, ["Bill", *LINE])}
    )


def _json(bills: Sequence[Bill], shape: str, style: Style, record: dict[str, Any]) -> Written:
    record["lines"] |= {"each": "lines"}
    rows = [
        head_cells(bill, style) | {"lines": [line_cells(bill, item, style) for item in bill.items]}
        for bill in bills
    ]
    form = "json" if shape == "nested" else "jsonl"
    text = json.dumps(rows) if form == "json" else "\n".join(map(json.dumps, rows))
    mapping = _mapping({"a": style.source("a.csv", form)}, record)
    return Written(mapping, {"a.csv": style.encoded(text)})


def _document() -> dict[str, Any]:
    return {
        "id": "No",
        "customer": "Who",
        "date": "Day",
        "due_date": "Due",
        "currency": "Cur",
        "total": "Total",
    }


def _lines() -> dict[str, Any]:
    return {
        "description": "Text",
        "quantity": "Qty",
        "unit_price": "Price",
        "amount": "Amount",
        "tax_amount": "Tax",
        "item": {"value": "X"},
    }


def _mapping(sources: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    lines = dict(record["lines"])
    if "repeat" in lines:
        lines["item"] = {"value": "X"}
    return {
        "acctsync": "1",
        "books": {
            "system": "xero",
            "company": "Acme",
            "currency": "USD",
            "timezone": "America/New_York",
        },
        "sources": sources,
        "records": {"invoices": record | {"lines": lines}},
        "accounting": {"items": {"X": {"account": "200"}}},
        "push": {"invoices": "true"},
    }


# What bills and styles there are

TEXTS = st.text("abcXYZ 0é,;|\t\"'\n.-{}#", min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)
MONEY = st.one_of(st.integers(1, 999), st.integers(1_000, 9_999_999))


@st.composite
def bills(
    draw: st.DrawFn, currencies: tuple[str, ...] = ("USD", "EUR", "JPY", "KWD")
) -> list[Bill]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        currency = draw(st.sampled_from(currencies))
        unit = Decimal(1).scaleb(-exponent(currency))
        items = st.builds(
            Item,
            TEXTS,
            st.sampled_from(["1", "2", "0.25", "1.5", "12", "1000"]).map(Decimal),
            MONEY.map(unit.__mul__),
            st.integers(0, 5_000_000).map(unit.__mul__),
        )
        day = draw(st.dates(dt.date(2015, 1, 1), dt.date(2025, 12, 1)))
        found.append(
            Bill(
                number=f"{draw(st.sampled_from(['INV-', '0', 'a/', '']))}{number + 1}",
                who=draw(st.sampled_from(['O"Neil, Söhne', "L'Été; Ltd", "=cmd", "A | B"])),
                day=day,
                due=day + dt.timedelta(days=draw(st.integers(0, 90))),
                currency=currency,
                items=tuple(draw(st.lists(items, min_size=1, max_size=4))),
            )
        )
    return found


def styles(
    numbers: Sequence[str] = tuple(NUMBERS), days: Sequence[str] = tuple(DAYS)
) -> st.SearchStrategy[Style]:
    return st.builds(
        Style,
        numbers=st.sampled_from(numbers),
        days=st.sampled_from(days),
        grouped=st.booleans(),
        delimiter=st.sampled_from([",", ";", "\t", "|"]),
        encoding=st.sampled_from(list(ENCODINGS)),
        mark=st.booleans(),
        quoting=st.sampled_from([0, 1]),  # csv.QUOTE_MINIMAL and csv.QUOTE_ALL
        ends=st.sampled_from(["\n", "\r\n"]),
        order=st.integers(0, 20),
        titles=st.booleans(),
        blanks=st.booleans(),
        total_row=st.booleans(),
        sep=st.booleans(),
    )


# What comes of it

Facts = tuple[Any, ...]


def facts(bill: Bill) -> Facts:
    lines = [(bill.amount(i), i.quantity, i.price, i.tax, i.text) for i in bill.items]
    return (bill.who, bill.day, bill.due, bill.currency, bill.total, lines)


def read(folder: Path) -> dict[str, Facts]:
    reading = read_documents(load(folder / "acctsync.yaml"), folder, TODAY)
    names = {doc.ref: doc.name for doc in reading.documents if isinstance(doc, Customer)}
    return {
        doc.number: (
            names[doc.customer],
            doc.date,
            doc.due_date,
            doc.currency,
            doc.total,
            [
                (each.amount, each.quantity, each.unit_price, each.tax_amount, each.description)
                for each in doc.lines
            ],
        )
        for doc in reading.documents
        if isinstance(doc, Invoice)
    }


MANY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@MANY
@given(bills(), st.sampled_from(SHAPES), styles(), styles())
def test_what_was_written_as_declared_is_read_as_it_was_meant(
    tmp_path: Path, found: list[Bill], shape: str, style: Style, other: Style
) -> None:
    written(found, shape, style, other).into(tmp_path / "x")
    assert read(tmp_path / "x") == {bill.number: facts(bill) for bill in found}


# A day and a month can be taken for each other, where both are declared: nobody could tell.
TELLING_DAYS = tuple(name for name in DAYS if name not in {"DD/MM/YYYY", "MM-DD-YYYY"})
TELLING_NUMBERS = tuple(name for name in NUMBERS if name != "minor_units")


@MANY
@given(
    bills(("USD", "EUR")),
    st.sampled_from(SHAPES),
    styles(TELLING_NUMBERS),
    st.sampled_from(TELLING_NUMBERS),
)
def test_numbers_declared_otherwise_are_refused_or_mean_the_same(
    tmp_path: Path, found: list[Bill], shape: str, style: Style, numbers: str
) -> None:
    made = written(found, shape, style, style)
    for source in made.mapping["sources"].values():
        source["numbers"] = numbers
    _same_or_refused(made, tmp_path / "x", found)


@MANY
@given(
    bills(),
    st.sampled_from(SHAPES),
    styles(days=TELLING_DAYS),
    st.lists(st.sampled_from(TELLING_DAYS), min_size=1, max_size=3),
)
def test_dates_declared_otherwise_are_refused_or_mean_the_same(
    tmp_path: Path, found: list[Bill], shape: str, style: Style, days: list[str]
) -> None:
    made = written(found, shape, style, style)
    for source in made.mapping["sources"].values():
        source["dates"] = days
    _same_or_refused(made, tmp_path / "x", found)


@MANY
@given(bills(), styles(days=["DD/MM/YYYY"]))
def test_days_and_months_that_may_change_places_are_refused_or_mean_the_same(
    tmp_path: Path, found: list[Bill], style: Style
) -> None:
    made = written(found, "repeated", style, style)
    made.mapping["sources"]["a"]["dates"] = ["MM/DD/YYYY", "DD/MM/YYYY"]
    _same_or_refused(made, tmp_path / "x", found)


@MANY
@given(bills(), st.sampled_from(("repeated", "second", "nested")), styles(), st.data())
def test_what_is_damaged_is_refused_or_reads_as_something_that_adds_up(
    tmp_path: Path, found: list[Bill], shape: str, style: Style, data: st.DataObject
) -> None:
    made = written(found, shape, replace(style, encoding="utf-8"), replace(style, encoding="utf-8"))
    file = data.draw(st.sampled_from(sorted(made.files)))
    body = made.files[file]
    at = data.draw(st.integers(0, len(body) - 1))
    made.files[file] = body[:at] + data.draw(st.binary(max_size=2)) + body[at + 1 :]
    made.into(tmp_path / "x")
    try:
        got = read(tmp_path / "x")
    except InputRefused:
        return
    for _, _, _, _, total, lines in got.values():
        assert total == sum(amount + tax for amount, _, _, tax, _ in lines)


def _same_or_refused(made: Written, folder: Path, found: Sequence[Bill]) -> None:
    made.into(folder)
    wanted = {bill.number: facts(bill) for bill in found}
    try:
        got = read(folder)
    except InputRefused:
        return
    assert {name: each for name, each in got.items() if wanted.get(name) != each} == {}
