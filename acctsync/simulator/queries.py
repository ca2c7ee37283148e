"""The query language: parse a statement, refuse what the vendor refuses, and find the rows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from acctsync.simulator.books import Books, reach
from acctsync.simulator.encoding import PACIFIC
from acctsync.simulator.exchange import Entity
from acctsync.simulator.properties import KINDS, PROPERTIES, QUERYABLE, READ_ONLY
from acctsync.simulator.refusals import Refusal, bad_id, refuse

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<word>[A-Za-z_][\w.]*)|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<sign><=|>=|!=|=|<|>|\(|\)|,|\*)|(?P<odd>\S))"""
)
_USUAL_PAGE, _LARGEST_PAGE = 100, 1000
_CLAUSES = ("where", "orderby", "order", "startposition", "maxresults")
_OPERATORS = {"=", "<", ">", "<=", ">=", "in", "like"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_NUMBERS = {"n", "i"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison."""

    path: str
    operator: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Query:
    """A statement, understood."""

    kind: str = ""
    count: bool = False
    columns: tuple[str, ...] = ()
    conditions: list[Condition] = field(default_factory=list)
    order: tuple[tuple[str, bool], ...] = ()
    start: int = 1
    most: int = _USUAL_PAGE


class _Reader:
    def __init__(self, statement: str) -> None:
        self.tokens = [
            (
                found.lastgroup or "odd",
                found.group(found.lastgroup or "odd"),
                found.start(found.lastgroup or "odd"),
            )
            for found in _TOKEN.finditer(statement)
        ]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1].lower() if self.at < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        """Take the next token, which must be one of those named, if any are."""
        if self.at >= len(self.tokens) or (expected and self.peek() not in expected):
            raise self.broken(expected)
        self.at += 1
        return self.tokens[self.at - 1][1]

    def take_kind(self, *kinds: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] not in kinds:
            raise self.broken(kinds)
        return self.take()

    def broken(self, expected: Iterable[str]) -> Refusal:
        found, column = self._encountered()
        wanted = " ".join(f'"{one}" ...' for one in expected) or "a property"
        detail = (
            f"QueryParserError: Encountered {found} at line 1, column {column}.\n"
            f"Was expecting one of:\n    {wanted}"
        )
        return refuse(4000, "Error parsing query", detail)

    def _encountered(self) -> tuple[str, int]:
        if self.at >= len(self.tokens):
            return '"<EOF>"', 0
        group, token, start = self.tokens[self.at]
        shown = {"word": "<IDENTIFIER>", "text": "<STRING>", "number": "<NUMBER>"}
        return f'" {shown.get(group, chr(34) + token + chr(34))} "{token} ""', start + 1


def _invalid(why: str) -> Refusal:
    return refuse(4001, "Invalid query", f"QueryValidationError: {why}")


def parse(statement: str, today: str) -> Query:
    """Understand a statement, or refuse it with 4000, 4001 or 2030."""
    reader = _Reader(statement)
    query = Query()
    reader.take("select")
    _columns(reader, query)
    reader.take("from")
    name = reader.take_kind("word")
    kind = KINDS.get(name.lower())
    if kind is None:
        raise _invalid(f"invalid context declaration: {name}")
    query.kind = kind
    while reader.peek():
        _clause(reader, query, today)
    return query


def _columns(reader: _Reader, query: Query) -> None:
    names = [_column(reader, query)]
    while reader.peek() == ",":
        reader.take()
        names.append(_column(reader, query))
    if "*" not in names:
        query.columns = tuple(names)


def _column(reader: _Reader, query: Query) -> str:
    if reader.peek() == "*":
        return reader.take()
    word = reader.take_kind("word")
    if word.lower() == "count":
        for part in ("(", "*", ")"):
            reader.take(part)
        query.count = True
        return "*"
    return word


def _clause(reader: _Reader, query: Query, today: str) -> None:
    match reader.take(*_CLAUSES).lower():
        case "where":
            query.conditions.append(_condition(reader, query.kind, today))
            while reader.peek() == "and":
                reader.take()
                query.conditions.append(_condition(reader, query.kind, today))
        case "startposition":
            query.start = _position(reader, 1)
        case "maxresults":
            query.most = _position(reader, 0, _LARGEST_PAGE)
        case "order":
            reader.take("by")
            query.order = _order(reader, query.kind)
        case _:
            query.order = _order(reader, query.kind)


def _position(reader: _Reader, least: int, most: int | None = None) -> int:
    value = int(Decimal(reader.take_kind("number")))
    if value < least:
        raise _invalid(f"value {value} is too small. Min allowed value is {least}")
    if most is not None and value > most:
        raise _invalid(f"value {value} is too large. Max allowed value is {most}")
    return value


def _order(reader: _Reader, kind: str) -> tuple[tuple[str, bool], ...]:
    order: list[tuple[str, bool]] = []
    while True:
        path = _path(reader, kind)
        falling = reader.peek() == "desc"
        if reader.peek() in {"asc", "desc"}:
            reader.take()
        order.append((path, falling))
        if reader.peek() != ",":
            return tuple(order)
        reader.take()


def _path(reader: _Reader, kind: str) -> str:
    word = reader.take_kind("word")
    known = {name.lower(): name for name in QUERYABLE[kind]}
    if word.lower() in known:
        return known[word.lower()]
    if word.split(".")[0].lower() in {name.lower() for name in PROPERTIES[kind]}:
        raise _invalid(f"property '{word}' is not queryable")
    raise _invalid(f"Property {word} not found for Entity {kind}")


def _condition(reader: _Reader, kind: str, today: str) -> Condition:
    path = _path(reader, kind)
    operator = reader.take(*sorted(_OPERATORS)).lower()
    values = _list(reader, today) if operator == "in" else (_value(reader, today),)
    if path == "Id":
        _check_ids(kind, operator, values)
    if path.startswith("MetaData") and operator != "like":
        values = tuple(_moment(value) for value in values)
    return Condition(path, operator, values)


def _list(reader: _Reader, today: str) -> tuple[str, ...]:
    reader.take("(")
    values = [_value(reader, today)]
    while reader.peek() == ",":
        reader.take()
        values.append(_value(reader, today))
    reader.take(")")
    return tuple(values)


def _value(reader: _Reader, today: str) -> str:
    token = reader.take_kind("text", "number", "word")
    if token.startswith("'"):
        text = re.sub(r"\\(.)", r"\1", token[1:-1])
        return "" if text == " " else text  # a lone space stands for nothing
    if token.upper() == "CURRENT_DATE":
        return today
    if token.lower() in {"true", "false"} or token[-1].isdigit():
        return token.lower()
    reader.at -= 1
    raise reader.broken(("a quoted value",))


def _check_ids(kind: str, operator: str, values: tuple[str, ...]) -> None:
    if operator not in {"=", "in"}:
        raise _invalid(f"operator {operator} is not supported for property Id")
    for value in values:
        if kind not in {"TaxCode", "TaxRate"} and not value.isdecimal():
            raise bad_id(value)


def _moment(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as problem:
        raise _invalid(f"invalid date-time: {value}") from problem
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=PACIFIC)
    return str(moment.timestamp())


def run(books: Books, statement: str) -> Entity:
    """Answer a statement: the content of QueryResponse."""
    query = parse(statement, books.today())
    with books.lock:
        rows = _rows(books, query)
    if query.count:
        return {"totalCount": len(rows)}
    page = rows[query.start - 1 : query.start - 1 + query.most]
    if not page:
        return {}
    if query.columns:
        page = [_projected(row, query.columns) for row in page]
    return {query.kind: page, "startPosition": query.start, "maxResults": len(page)}


def _projected(row: Entity, columns: tuple[str, ...]) -> Entity:
    wanted = {"domain", "sparse", "Id", *(name.split(".")[0] for name in columns)}
    return {name: value for name, value in row.items() if name in wanted}


def _rows(books: Books, query: Query) -> list[Entity]:
    conditions = query.conditions
    if not any(one.path == "Active" for one in conditions) and query.kind not in READ_ONLY:
        conditions = [*conditions, Condition("Active", "=", ("true",))]
    rows = list(_candidates(books, query, conditions))
    for condition in conditions:
        test = _test(query.kind, condition)
        rows = [row for row in rows if test(reach(row, condition.path))]
    for path, falling in reversed(query.order):
        rows.sort(key=_sorting(query.kind, path), reverse=falling)
    return rows


def _candidates(books: Books, query: Query, conditions: list[Condition]) -> Iterable[Entity]:
    for condition in conditions:
        if condition.operator in {"=", "in"} and "" not in condition.values:
            found = books.indexed(query.kind, condition.path, condition.values)
            if found is not None:
                return found
    return books.entities(query.kind) if query.order else books.sorted_entities(query.kind)


def _sorting(kind: str, path: str) -> Callable[[Entity], tuple[int, Any]]:
    def key(row: Entity) -> tuple[int, Any]:
        value = reach(row, path)
        if value is None:
            return (0, 0)
        if path == "Id":
            return (1, (int(value) if value.isdecimal() else 0, value))
        return (1, Decimal(str(value)) if _is_number(kind, path) else str(value).casefold())

    return key


def _is_number(kind: str, path: str) -> bool:
    rule = PROPERTIES[kind].get(path)
    return rule is not None and rule.kind in _NUMBERS


def _test(kind: str, condition: Condition) -> Callable[[object], bool]:
    if condition.path == "Active":
        wanted = {value == "true" for value in condition.values}
        return lambda value: (value is not False) in wanted
    if condition.operator == "like":
        return _likeness(condition.values[0])
    convert = _converter(kind, condition.path)
    values = [convert(value) for value in condition.values]
    match condition.operator:
        case "in":
            return lambda value: convert(value) in values
        case "=":
            return lambda value: convert(value) == values[0]
        case sign:
            return _comparison(sign, convert, values[0])


def _comparison(
    sign: str, convert: Callable[[object], object], bound: object
) -> Callable[[object], bool]:
    compare = _COMPARISONS[sign]

    def test(value: object) -> bool:
        if value is None:
            return False
        return compare(convert(value), bound)

    return test


def _likeness(pattern: str) -> Callable[[object], bool]:
    expression = re.compile(
        ".*".join(map(re.escape, pattern.split("%"))), re.IGNORECASE | re.DOTALL
    )
    return lambda value: expression.fullmatch(str(value or "")) is not None


def _converter(kind: str, path: str) -> Callable[[object], object]:
    if path.startswith("MetaData"):
        return _seconds
    if _is_number(kind, path):
        return _decimal
    return lambda value: str("" if value is None else value).casefold()


def _seconds(value: object) -> object:
    text = str(value)
    return datetime.fromisoformat(text).timestamp() if "T" in text else float(text)


def _decimal(value: object) -> object:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation as problem:
        raise _invalid(f"invalid number: {value}") from problem
