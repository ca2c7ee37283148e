"""`where` and `order`: the small language in which lists are narrowed and sorted.

Strings stand in double quotes and can't hold one; `guid("…")` and `DateTime(2026,01,31)` are the
other literals. Both `=` and `==` are taken. There is no IN.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.refusals import bad_query
from acctsync.simulator.xero.wire import instant

Test: TypeAlias = Callable[[Entity], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.]*)"""
    r"""|(?P<sign>==|!=|<>|>=|<=|&&|\|\||[=<>(),!]))"""
)
_COMPARISONS = {"=", "==", "!=", "<>", ">", "<", ">=", "<="}
_METHODS = {"Contains", "StartsWith", "EndsWith"}
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Guid:
    """An identifier, which is no text."""

    value: str


@dataclass(frozen=True, slots=True)
class Language:
    """What may be asked of one kind of object."""

    kind: str
    properties: Collection[str]
    case_matters: bool = False


@dataclass(frozen=True, slots=True)
class _Path:
    names: tuple[str, ...]

    def of(self, row: Entity) -> object:
        value: object = row
        for name in self.names:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def where(text: str, language: Language) -> Test:
    """Understand a filter."""
    parser = _Parser(_tokens(text), language)
    test = parser.either()
    parser.end()
    return test


def ordered(rows: Sequence[Entity], text: str, language: Language) -> list[Entity]:
    """Sort objects by an order such as `Date DESC, InvoiceNumber`; sorting keeps what was equal."""
    found = list(rows)
    for clause in reversed([one.strip() for one in text.split(",") if one.strip()]):
        name, _, direction = clause.partition(" ")
        path = _path(name, language)
        found.sort(
            # Bound here, since the name is given another path in the next round; mypy has no type
            # for what a lambda binds.
            key=lambda row, path=path: _sortable(path.of(row)),  # type: ignore[misc]
            reverse=direction.strip().upper() == "DESC",
        )
    return found


def _sortable(value: object) -> tuple[bool, object]:
    if isinstance(value, bool | int | Decimal):
        return True, Decimal(value)
    return value is not None, "" if value is None else _plain(str(value))


def _path(name: str, language: Language) -> _Path:
    names = tuple(name.split("."))
    if names[0] not in language.properties:
        raise bad_query(f"No property or field '{names[0]}' exists in type '{language.kind}'")
    return _Path(names)


# ---------------------------------------------------------------------- reading


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise bad_query(f"Syntax error at character {at}")
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], language: Language) -> None:
        self._tokens = tokens
        self._language = language
        self._at = 0

    def either(self) -> Test:
        tests = [self._all()]
        while self._taken("||", "OR"):
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise bad_query("Syntax error")

    def _all(self) -> Test:
        tests = [self._comparison()]
        while self._taken("&&", "AND"):
            tests.append(self._comparison())
        return lambda row: all(test(row) for test in tests)

    def _comparison(self) -> Test:
        if self._taken("("):
            test = self.either()
            self._need(")")
            return test
        left = self._operand()
        if not isinstance(left, _Path):
            raise bad_query("Expression expected")
        if left.names[-1] in _METHODS:
            return self._method(left)
        sign = self._next()[1]
        if sign not in _COMPARISONS:
            raise bad_query("Expression expected")
        return _compared(left, sign, self._operand(), self._language)

    def _method(self, path: _Path) -> Test:
        of, method = _Path(path.names[:-1]), path.names[-1]
        self._need("(")
        kind, word = self._next()
        self._need(")")
        if kind != "text" or not of.names:
            raise bad_query("Expression expected")
        wanted = _plain(word[1:-1])

        def test(row: Entity) -> bool:
            value = _plain(str(of.of(row) or ""))
            if method == "Contains":
                return wanted in value
            return value.startswith(wanted) if method == "StartsWith" else value.endswith(wanted)

        return test

    def _operand(self) -> object:
        kind, word = self._next()
        if kind == "text":
            return word[1:-1]
        if kind == "number":
            return Decimal(word)
        if kind == "sign":
            raise bad_query("Expression expected")
        if word.lower() in _CONSTANTS:
            return _CONSTANTS[word.lower()]
        if word.lower() == "guid":
            return Guid(self._arguments("text")[0].lower())
        if word.lower().startswith("datetime"):
            return self._moment(word.lower())
        return _path(word, self._language)

    def _moment(self, word: str) -> datetime:
        try:
            if word == "datetime.parse":
                found = datetime.fromisoformat(self._arguments("text")[0])
                return found if found.tzinfo else found.replace(tzinfo=UTC)
            numbers = [int(one) for one in self._arguments("number")]
            # How many there are is checked by datetime itself, which mypy can't see.
            return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]
        except (ValueError, TypeError):
            raise bad_query("Expression expected") from None

    def _arguments(self, kind: str) -> list[str]:
        self._need("(")
        found: list[str] = []
        while not self._taken(")"):
            given, word = self._next()
            if given != kind:
                raise bad_query("Expression expected")
            found.append(word.strip('"'))
            self._taken(",")
        if not found:
            raise bad_query("Expression expected")
        return found

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise bad_query("Expression expected")
        self._at += 1
        return self._tokens[self._at - 1]

    def _taken(self, *words: str) -> bool:
        if self._at < len(self._tokens):
            kind, word = self._tokens[self._at]
            if kind != "text" and word.upper() in words:
                self._at += 1
                return True
        return False

    def _need(self, sign: str) -> None:
        if not self._taken(sign):
            raise bad_query(f"'{sign}' expected")


# ---------------------------------------------------------------------- comparing


def _compared(path: _Path, sign: str, wanted: object, language: Language) -> Test:
    if isinstance(wanted, _Path):
        raise bad_query("Expression expected")
    is_id = path.names[-1].endswith("ID") and path.names[-1] != "ID"
    if wanted is not None and is_id != isinstance(wanted, Guid):
        left, right = ("Guid", "String") if is_id else ("String", "Guid")
        raise bad_query(f"Operator '{sign}' incompatible with operand types '{left}' and '{right}'")

    def test(row: Entity) -> bool:
        value = _alike(path.of(row), wanted, sign, language)
        return _holds(value, sign, _literal(wanted, language))

    return test


def _literal(wanted: object, language: Language) -> object:
    if isinstance(wanted, Guid):
        return wanted.value
    if isinstance(wanted, str):
        return wanted if language.case_matters else _plain(wanted)
    return wanted


def _alike(value: object, wanted: object, sign: str, language: Language) -> object:
    """Make a stored value comparable with what it is compared with."""
    if isinstance(wanted, datetime):
        if isinstance(value, int):
            return instant(value)
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC) if value else None
    if isinstance(value, str):
        if isinstance(wanted, Guid):
            return value.lower()
        return value if language.case_matters else _plain(value)
    if isinstance(wanted, str) and value is not None:
        raise bad_query(
            f"Operator '{sign}' incompatible with operand types "
            f"'{'Boolean?' if isinstance(value, bool) else 'Decimal?'}' and 'String'"
        )
    return value


def _holds(value: object, sign: str, wanted: object) -> bool:
    if sign in {"=", "=="}:
        return value == wanted
    if sign in {"!=", "<>"}:
        return value != wanted
    if isinstance(value, bool) or isinstance(wanted, bool):
        raise bad_query(f"Operator '{sign}' incompatible with operand types 'Boolean'")
    if value is None or wanted is None:
        return False
    try:
        # What has no order is told below, so the types need not be known here.
        if sign in {">", ">="}:
            return bool(value > wanted) or (sign == ">=" and value == wanted)  # type: ignore[operator]
        return bool(value < wanted) or (sign == "<=" and value == wanted)  # type: ignore[operator]
    except TypeError:
        raise bad_query(f"Operator '{sign}' incompatible with operand types") from None


def _plain(text: str) -> str:
    """Leave case and accents out."""
    bare = unicodedata.normalize("NFKD", text)
    return "".join(one for one in bare if not unicodedata.combining(one)).casefold()
