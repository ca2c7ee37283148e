"""A mapping file as a tree of text with places; types nothing, and refuses what YAML hides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from acctsync.errors import Location, Problem
from acctsync.values import dataclass

_LARGEST = 1_000_000
_DEEPEST = 50
_MOST = 200
_MOST_NODES = 150_000

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]  # its slower twin


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, never typed."""

    value: str
    place: Location


@dataclass(frozen=True, slots=True)
class Series:
    """A list."""

    items: tuple[Node, ...]
    place: Location


@dataclass(frozen=True, slots=True)
class Section:
    """Keys with values, in the order written."""

    entries: dict[str, Node]
    keys: dict[str, Location]
    place: Location


Node = Text | Series | Section


class TreeRefused(Exception):
    """The file can't be read as a mapping at all; the first problem says why."""

    def __init__(self, problem: Problem, *others: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.problems = (problem, *others)


def read(path: Path, name: str) -> tuple[Section, list[Problem]]:
    """Read a mapping file; problems that leave the rest readable are returned."""
    return parsed(_text(path, name), name)


def parsed(text: str, name: str) -> tuple[Section, list[Problem]]:
    """Read the text of a mapping file; raise TreeRefused where it is none."""
    builder = _Builder(name)
    try:
        node = builder.document(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        raise TreeRefused(_syntax(error, name, text)) from error
    except yaml.reader.ReaderError as error:
        raise TreeRefused(_unprintable(error, name, text)) from error
    except yaml.YAMLError as error:
        raise _refused("MAP001", f"the file is no YAML: {error}", name) from error
    if node is None:
        raise _refused("MAP001", "the mapping is empty", name, "start one with: acctsync init")
    if not isinstance(node, Section):
        raise _refused(
            "MAP001", "the mapping is no list of sections", name, "it starts with: acctsync: 1"
        )
    return node, builder.problems


def _text(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(
                "MAP001", "the mapping is larger than 1 MB", name, "is this the right file?"
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("MAP001", "the mapping is not UTF-8", name, "save it as UTF-8") from error
    except OSError as error:
        hint = "name it with --mapping, or start one with: acctsync init"
        raise _refused(
            "MAP001", f"the mapping can't be read: {error.strerror}", name, hint
        ) from error


class _Builder:
    """Builds the tree from YAML's events, so that nothing is resolved or typed on the way."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes = 0
        self.problems: list[Problem] = []

    def document(self, events: Iterator[Any]) -> Node | None:
        node: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    hint = "remove the --- line and what follows it"
                    raise TreeRefused(
                        self._problem("MAP001", "there is a second document", event, hint)
                    )
            elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent, yaml.AliasEvent)):
                node = self._node(event, events, 0)
        if isinstance(node, Text) and not node.value:
            return None
        return node

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        self._nodes += 1
        if depth > _DEEPEST:
            raise TreeRefused(self._problem("MAP001", "the mapping is nested too deeply", event))
        if self._nodes > _MOST_NODES:
            message = f"the mapping holds more than {_MOST_NODES:,} values"
            raise TreeRefused(self._problem("MAP001", message, event, "is this the right file?"))
        place = self._place(event)
        self._refuse_tricks(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._series(place, events, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._section(place, events, depth)
        return Text(event.value if isinstance(event, yaml.ScalarEvent) else "", place)

    def _series(self, place: Location, events: Iterator[Any], depth: int) -> Series:
        items: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return Series(tuple(items), place)

    def _section(self, place: Location, events: Iterator[Any], depth: int) -> Section:
        section = Section({}, {}, place)
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            self._add(section, key, value, event)
        return section

    def _add(self, section: Section, key: Node, value: Node, event: Any) -> None:
        if not isinstance(key, Text):
            hint = 'a name with { or [ in it needs quotes: "{Name}"'
            self._note(self._problem("MAP002", "a key is no text", event, hint))
        elif key.value == "<<":
            hint = "write the keys out, or use like: on a record"
            self._note(self._problem("MAP002", "'<<' is not used here", event, hint))
        elif key.value in section.entries:
            before = section.keys[key.value].line
            hint = f"the first is on line {before}: keep one"
            self._note(
                self._problem("MAP003", f"the key {key.value!r} is there twice", event, hint)
            )
        else:
            section.entries[key.value] = value
            section.keys[key.value] = key.place

    def _refuse_tricks(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            hint = f'a name that starts with * needs quotes: "*{event.anchor}"'
            self._note(self._problem("MAP002", f"*{event.anchor} is read as an alias", event, hint))
            return
        if event.anchor:
            hint = "write the part out, or use like: on a record; text with & needs quotes"
            self._note(
                self._problem("MAP002", f"&{event.anchor} is read as an anchor", event, hint)
            )
        if event.tag and event.tag != "!":
            hint = "write the value itself; text that starts with ! needs quotes"
            self._note(
                self._problem("MAP002", f"the tag {event.tag} is not used here", event, hint)
            )

    def _note(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= _MOST:
            raise TreeRefused(*self.problems)

    def _problem(self, code: str, message: str, event: Any, hint: str = "") -> Problem:
        return Problem(code=code, message=message, hint=hint, location=self._place(event))

    def _place(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self._name, mark.line + 1, None, mark.column + 1)


def _syntax(error: yaml.MarkedYAMLError, name: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Location(name, mark.line + 1, None, mark.column + 1) if mark else Location(name)
    return Problem(
        code="MAP001",
        message=f"the file is no YAML: {error.problem or error.context}",
        hint=_syntax_hint(text, place),
        location=place,
    )


def _unprintable(error: yaml.reader.ReaderError, name: str, text: str) -> Problem:
    before = text[: error.position] if isinstance(error.position, int) else ""
    place = Location(name, before.count("\n") + 1, None, len(before) - before.rfind("\n"))
    message = "the mapping holds a control character"
    return Problem(code="MAP001", message=message, hint="delete it", location=place)


def _syntax_hint(text: str, place: Location) -> str:
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line and place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs"
    return 'text with ": ", " #", or a first character out of {[*&!|>@`%"\' needs quotes'


def _refused(code: str, message: str, name: str, hint: str = "") -> TreeRefused:
    return TreeRefused(Problem(code=code, message=message, hint=hint, location=Location(name)))
