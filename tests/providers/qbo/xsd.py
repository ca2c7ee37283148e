"""Intuit's XML schema applied to JSON: the same names and types, in any order, refs as objects.

Knows what the schema of the accounting entities uses: extension, sequence, choice, group,
enumerations, and the built-in types below. Attributes are properties like any other in JSON, and
the text of an element that has attributes is its `value` (Intuit: basic field definitions).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

_XS = "{http://www.w3.org/2001/XMLSchema}"
FILES = ("IntuitBaseTypes.xsd", "IntuitNamesTypes.xsd", "Finance.xsd", "IntuitRestServiceDef.xsd")


@dataclass(frozen=True)
class Part:
    """A property: its type, and how often it may and must come."""

    type: str
    many: bool
    required: bool


class Schema:
    """The types of Intuit's schema, by name."""

    def __init__(self, folder: Path) -> None:
        self._types: dict[str, ET.Element] = {}
        self._groups: dict[str, ET.Element] = {}
        for file in FILES:
            for node in ET.parse(folder / file).getroot():  # noqa: S314 - Intuit's own files
                name = node.get("name", "")
                if node.tag in {f"{_XS}complexType", f"{_XS}simpleType"}:
                    self._types[name] = node
                elif node.tag == f"{_XS}group":
                    self._groups[name] = node

    def problems(self, kind: str, value: Any, path: str = "") -> Iterator[str]:
        """List what the schema has against a value."""
        node = self._types.get(kind)
        if node is None:
            yield from _builtin(kind, value, path)
        elif node.tag == f"{_XS}simpleType":
            yield from self._simple(node, value, path)
        elif not isinstance(value, dict):
            yield f"{path}: {kind} must be an object"
        else:
            yield from self._object(kind, value, path)

    def parts(self, kind: str) -> dict[str, Part]:
        """List the properties that a type and those it extends have."""
        return dict(self._parts(self._types[kind]))

    def as_json(self, kind: str, element: ET.Element) -> Any:
        """Write an XML element as JSON would have it, which was recorded more rarely."""
        node = self._types.get(kind)
        if node is None or node.tag == f"{_XS}simpleType":
            return _read(kind, element.text or "")
        done: dict[str, Any] = {
            name: _read("boolean" if name == "sparse" else "string", text)
            for name, text in element.attrib.items()
        }
        parts = self.parts(kind)
        if "value" in parts:
            return {**done, "value": _read(parts["value"].type, element.text or "")}
        for child in element:
            name = child.tag.rpartition("}")[2]
            part = parts.get(name)
            if part is not None and part.many:
                done.setdefault(name, []).append(self.as_json(part.type, child))
            elif part is not None:
                done[name] = self.as_json(part.type, child)
        return done

    def _object(self, kind: str, value: dict[str, Any], path: str) -> Iterator[str]:
        parts = self.parts(kind)
        for name, held in value.items():
            part = parts.get(name)
            where = f"{path}.{name}" if path else name
            if part is None:
                yield f"{where}: {kind} has no such property"
            elif isinstance(held, list) and part.many:
                for place, each in enumerate(held):
                    yield from self.problems(part.type, each, f"{where}[{place}]")
            elif isinstance(held, list) or part.many:
                yield f"{where}: {'a list' if part.many else 'no list'} expected"
            else:
                yield from self.problems(part.type, held, where)
        for name, part in parts.items():
            if part.required and name not in value:
                yield f"{path}: {name} is missing"
        yield from self._choices(kind, value, path)

    def _choices(self, kind: str, value: dict[str, Any], path: str) -> Iterator[str]:
        for choice in self._types[kind].iter(f"{_XS}choice"):
            named = [str(each.get("name")) for each in choice if each.tag == f"{_XS}element"]
            given = [name for name in named if name in value]
            if len(given) > 1:
                yield f"{path}: {' and '.join(given)} exclude each other"

    def _parts(
        self, node: ET.Element, *, inside_choice: bool = False
    ) -> Iterator[tuple[str, Part]]:
        for child in node:
            tag = child.tag.removeprefix(_XS)
            match tag:
                case "complexContent" | "sequence" | "all":
                    yield from self._parts(child, inside_choice=inside_choice)
                case "choice":
                    yield from self._parts(child, inside_choice=True)
                case "simpleContent":
                    (extension,) = child
                    yield "value", Part(_local(extension.get("base")), many=False, required=True)
                    yield from self._parts(extension)
                case "extension":
                    base = self._types.get(_local(child.get("base")))
                    if base is not None:
                        yield from self._parts(base)
                    yield from self._parts(child)
                case "group":
                    yield from self._parts(self._groups[_local(child.get("ref"))])
                case "element":
                    name = child.get("name") or _local(child.get("ref"))
                    required = child.get("minOccurs", "1") != "0" and not inside_choice
                    many = child.get("maxOccurs", "1") != "1"
                    yield name, Part(_local(child.get("type")), many=many, required=required)
                case "attribute":
                    kind = _local(child.get("type"))
                    yield str(child.get("name")), Part(kind, many=False, required=False)

    def _simple(self, node: ET.Element, value: Any, path: str) -> Iterator[str]:
        for restriction in node.iter(f"{_XS}restriction"):
            words = [each.get("value") for each in restriction.iter(f"{_XS}enumeration")]
            if words and value not in words:
                yield f"{path}: {value!r} is none of {words}"
            longest = restriction.find(f"{_XS}maxLength")
            if longest is not None and len(str(value)) > int(longest.get("value", "0")):
                yield f"{path}: longer than {longest.get('value')}"
            if not words:
                yield from self.problems(_local(restriction.get("base")), value, path)


def _read(kind: str, text: str) -> Any:
    if kind == "boolean":
        return text == "true"
    return Decimal(text) if kind == "decimal" else text


def _builtin(kind: str, value: Any, path: str) -> Iterator[str]:
    is_right = {
        "string": lambda: isinstance(value, str),
        "id": lambda: isinstance(value, str),
        "anyURI": lambda: isinstance(value, str),
        "boolean": lambda: isinstance(value, bool),
        "decimal": lambda: isinstance(value, int | Decimal) and not isinstance(value, bool),
        "positiveInteger": lambda: isinstance(value, int) and value > 0,
        "integer": lambda: isinstance(value, int),
        "int": lambda: isinstance(value, int),
        "date": lambda: _reads(dt.date.fromisoformat, value),
        "dateTime": lambda: _reads(dt.datetime.fromisoformat, value),
    }.get(kind)
    if is_right is None:
        yield f"{path}: nobody knows the type {kind!r}"
    elif not is_right():
        yield f"{path}: {value!r} is no {kind}"


def _reads(parse: Any, value: Any) -> bool:
    try:
        parse(value)
    except (TypeError, ValueError):
        return False
    return True


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]
