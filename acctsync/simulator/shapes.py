"""Check a sent object against the schema and bring its values into one form.

No rule of bookkeeping is known here.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from acctsync.simulator.exchange import Entity
from acctsync.simulator.properties import ENUMS, PROPERTIES, Rule
from acctsync.simulator.refusals import bad_length, bad_text, refuse, unknown_property

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOST_DIGITS = Decimal("1e11")


class Schema:
    """The schema as one company applies it; US companies hold Latin-1 text only."""

    def __init__(self, *, latin_only: bool, mangle: bool) -> None:
        self._latin_only = latin_only
        self._mangle = mangle

    def normal(self, kind: str, sent: object, *, empty: bool = True) -> Entity:
        """Give the object with dates cut, numbers exact and empty text as None, or left out."""
        if not isinstance(sent, dict):
            raise refuse(
                2010, "Request has invalid or unsupported property", f"{kind} must be an object"
            )
        rules = PROPERTIES[kind]
        done: Entity = {}
        for name, value in sent.items():
            rule = rules.get(name)
            if rule is None:
                raise unknown_property(name, kind, list(rules))
            if value is None or value == "":
                if empty:
                    done[name] = None
            elif _plain(rule, value):
                done[name] = value
            else:
                done[name] = self._value(name, rule, value)
        return done

    def _value(  # noqa: PLR0911 - one per kind
        self, name: str, rule: Rule, value: object
    ) -> object:
        match rule.kind:
            case "t":
                return self._text(name, value, rule.most)
            case "n":
                return _number(name, value)
            case "i":
                return _whole(name, value)
            case "d":
                return _date(name, value)
            case "b":
                return _flag(name, value)
            case "=":
                return _word(name, value, rule.of)
            case "@":
                return self._object(name, rule.of, value)
            case "#":
                return self._objects(name, rule.of, value)
            case _:
                return value

    def _text(self, name: str, value: object, most: int) -> str:
        if isinstance(value, dict | list | bool):
            raise refuse(
                2010, "Request has invalid or unsupported property", f"{name} must be text", name
            )
        text = str(value)
        if most and len(text) > most:
            raise bad_length(name, most, len(text))
        if not text.isascii() or not text.isprintable():
            text = self._holdable(name, text)
        return text

    def _holdable(self, name: str, text: str) -> str:
        if _CONTROL.search(text):
            raise bad_text(name, "has control characters")
        if not self._latin_only:
            return text
        try:
            text.encode("latin-1")
        except UnicodeEncodeError as problem:
            if self._mangle:
                return text.encode("latin-1", "replace").decode("latin-1")
            raise bad_text(
                name, f"has a character this company cannot hold: {text[problem.start]}"
            ) from problem
        return text

    def _object(self, name: str, kind: str, value: object) -> Entity:
        done = self.normal(kind, value, empty=False)
        if kind in {"Email", "EmailCopy"} and "Address" in done:
            _check_email(
                name, done["Address"], several=kind == "EmailCopy" or name == "PrimaryEmailAddr"
            )
        return done

    def _objects(self, name: str, kind: str, value: object) -> list[Entity]:
        if isinstance(value, dict):  # a list of one may come bare
            value = [value]
        if not isinstance(value, list):
            raise refuse(
                2010, "Request has invalid or unsupported property", f"{name} must be a list", name
            )
        return [self._object(name, kind, one) for one in value]


def _plain(rule: Rule, value: object) -> bool:
    # Nearly every value is short ASCII text, which needs no closer look; this is the hot path.
    return (
        rule.kind == "t"
        and value.__class__ is str
        and (not rule.most or len(value) <= rule.most)
        and value.isascii()
        and value.isprintable()
    )


def _check_email(name: str, address: str, *, several: bool) -> None:
    for one in address.split(",") if several else [address]:
        if not _EMAIL.fullmatch(one.strip()):
            detail = f"Email Address does not follow RFC 822. Supplied value:{one}"
            raise refuse(2210, "Invalid Email Address format", detail, name)


def _number(name: str, value: object) -> Decimal:
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation as problem:
        detail = f"Number format is invalid. Supplied value:{value}"
        raise refuse(2080, "Invalid Number", detail, name) from problem
    if isinstance(value, bool | dict | list) or not number.is_finite():
        raise refuse(
            2080, "Invalid Number", f"Number format is invalid. Supplied value:{value}", name
        )
    if abs(number) >= _MOST_DIGITS:
        raise refuse(
            2090, "Invalid Number", f"Number is not supported. Supplied value:{value}", name
        )
    return number


def _whole(name: str, value: object) -> int:
    number = _number(name, value)
    if number != number.to_integral_value():
        raise refuse(
            2080, "Invalid Number", f"Number format is invalid. Supplied value:{value}", name
        )
    return int(number)


def _date(name: str, value: object) -> str:
    found = _DATE.fullmatch(str(value))
    if found is None:
        detail = f"Date format is invalid. Supplied value:{value}, expected YYYY-MM-DD"
        raise refuse(2060, "Invalid Date format", detail, name)
    try:
        # A timestamp is cut to its day, not converted.
        return date(*map(int, found.groups())).isoformat()
    except ValueError as problem:
        raise refuse(
            2070, "Invalid Date", f"Date is invalid. Supplied value:{value}", name
        ) from problem


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise refuse(2230, "Invalid boolean", f"true or false expected. Supplied value:{value}", name)


def _word(name: str, value: object, enum: str) -> str:
    if value not in ENUMS[enum]:
        allowed = ", ".join(sorted(ENUMS[enum]))
        raise refuse(
            2170, "Invalid Enumeration", f"Supplied value:{value}; one of {allowed} expected", name
        )
    return str(value)
