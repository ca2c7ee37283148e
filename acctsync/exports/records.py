"""What an export is declared to be, and what one row of it is; nothing here opens a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any, NamedTuple

from acctsync.dates import MONTHS
from acctsync.errors import Location, Problem
from acctsync.values import dataclass


class Format(StrEnum):
    """The file formats that are read."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


class Row(NamedTuple):
    """One row of an export with the line where it starts.

    Of a CSV file `cells` holds the columns that the mapping uses, in the order in which it asked
    for them; of a JSON file the row's object.
    """

    file: str
    line: int
    cells: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One test of a row: every one of a list must hold."""

    column: str
    place: Location
    is_: str | None = None
    is_not: str | None = None
    in_: tuple[str, ...] | None = None
    not_in: tuple[str, ...] | None = None
    more_than: str | None = None
    less_than: str | None = None
    matches: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeList:
    """The mark by which a JSON file says that no further page follows."""

    path: str
    is_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One named source of rows, as the mapping declares it."""

    name: str
    place: Location
    files: tuple[str, ...]
    format: Format
    files_place: Location
    exclude: tuple[str, ...] = ()
    newest_only: bool = False
    missing_ok: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    header_row_contains: tuple[str, ...] = ()
    header_row: int | None = None
    no_header: tuple[str, ...] = ()
    skip_rows: tuple[Condition, ...] = ()
    stop_at: tuple[Condition, ...] = ()
    pad_short_rows: bool = False
    rows: str = ""
    whole_list: WholeList | None = None
    numbers: str = "1234.50"
    dates: tuple[str, ...] = ("iso",)
    timezone: str = ""
    expect_columns: tuple[str, ...] = ()
    new_columns: str = "ignore"
    column_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strip_formula_quotes: bool = False
    month_names: tuple[str, ...] = MONTHS


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that the mapping asks for, and where it does; an optional one may be absent."""

    name: str
    place: Location
    optional: bool = False


class FileRefused(Exception):
    """An export file can't be used; carries every problem found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


def refused(
    code: str,
    message: str,
    hint: str = "",
    *,
    file: str,
    line: int | None = None,
    column: str | None = None,
) -> FileRefused:
    """Build the refusal of a file for one problem."""
    place = Location(file, line, column)
    return FileRefused([Problem(code=code, message=message, hint=hint, location=place)])
