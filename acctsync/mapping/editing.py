"""Adds and changes entries in the text of a mapping file; every other byte stays as it is.

The file is the user's: its comments, quotes, indentation and line ends are part of it. So nothing
is written out anew; YAML's parser says where things stand, and the new text is spliced in there.
(ruamel.yaml keeps comments too, but it writes the whole file again: it re-wraps long lines and
re-aligns columns that nobody asked it to touch.) What comes out is read back and compared before
it is given away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from acctsync.mapping.quoting import Value, flow, quoted
from acctsync.mapping.tree import Node, Section, Series, Text, TreeRefused, parsed

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]  # its slower twin

_BOM = "\ufeff"
# All that YAML 1.1 takes for the end of a line, comments included.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_COMMENT = re.compile("[ \t]*#[^\r\n\x85\u2028\u2029]*")
_REST_OF_GAP = re.compile("#[^\r\n\x85\u2028\u2029]*|,")
_USUAL_STEP = 2


class CannotEdit(Exception):
    """The entry can't be put into this text; nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One entry of a table of the accounting half: `accounting.<table>.<key>: <value>`."""

    table: str
    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class NewValue:
    """Another value for a key that is there; items of a list are counted from "0"."""

    path: tuple[str, ...]
    value: Value


Edit = NewEntry | NewValue


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text to put in at a place, instead of as many characters as are cut there."""

    at: int
    text: str
    cut: int = 0


@dataclass(frozen=True, slots=True)
class _Addition:
    """What is added, written both ways: as lines below one another, or inside braces."""

    lines: tuple[str, ...]
    inline: str
    step: int


def edited(text: str, edit: Edit) -> str:
    """Make one edit in a mapping's text; raise CannotEdit rather than change anything else."""
    mark = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    try:
        wanted = _wanted(_plain(parsed(body, "")[0]), edit)
        changed = _spliced(body, _pieces(body, edit))
        found, problems = parsed(changed, "")
    except (TreeRefused, yaml.YAMLError, UnicodeError) as error:
        raise CannotEdit(f"{_shown(edit)} can't be written into this file") from error
    if problems or not _same(_plain(found), wanted):
        raise CannotEdit(f"{_shown(edit)} can't be written without changing something else")
    return mark + changed


def described(edit: Edit) -> str:
    """Write an edit on one line, for a person to make by hand."""
    return f"{_shown(edit)}: {flow(edit.value)}"


def _shown(edit: Edit) -> str:
    path = edit.path if isinstance(edit, NewValue) else ("accounting", edit.table, edit.key)
    return ".".join(map(quoted, path))


# What must come out

_Plain = str | list["_Plain"] | dict[str, "_Plain"]


def _plain(node: Node) -> _Plain:
    match node:
        case Text():
            return node.value
        case Series():
            return [_plain(item) for item in node.items]
        case Section():
            return {key: _plain(value) for key, value in node.entries.items()}


def _same(one: _Plain, other: _Plain) -> bool:
    """Compare, with the order of keys: patterns are tried as they are written."""
    return json.dumps(one) == json.dumps(other)


def _wanted(before: _Plain, edit: Edit) -> _Plain:
    """Say what the text must mean afterwards: all it meant before, but for the edit."""
    if isinstance(edit, NewValue):
        return _with_value(before, edit.path, _plain_value(edit.value))
    root = _as_keys(before)
    accounting = _as_keys(root.get("accounting"))
    table = _as_keys(accounting.get(edit.table))
    if edit.key in table:
        raise CannotEdit(f"{_shown(edit)} is there already")
    table[edit.key] = _plain_value(edit.value)
    return {**root, "accounting": {**accounting, edit.table: table}}


def _with_value(node: _Plain, path: tuple[str, ...], value: _Plain) -> _Plain:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(node, dict) and step in node:
        return {**node, step: _with_value(node[step], rest, value)}
    if isinstance(node, list) and step in map(str, range(len(node))):
        number = int(step)
        return [*node[:number], _with_value(node[number], rest, value), *node[number + 1 :]]
    raise CannotEdit(f"{quoted(step)} is not in this file")


def _plain_value(value: Value) -> _Plain:
    if isinstance(value, str):
        return value
    return {key: _plain_value(each) for key, each in value.items()}


def _as_keys(node: _Plain | None) -> dict[str, _Plain]:
    """Take a section; one that is not there, or empty, has no keys."""
    if not node:
        return {}
    if not isinstance(node, dict):
        raise CannotEdit("a section holds something else than keys")
    return dict(node)


# Where it goes


def _pieces(text: str, edit: Edit) -> list[_Piece]:
    root = yaml.compose(text, Loader=_Loader)
    if not isinstance(root, yaml.MappingNode):
        raise CannotEdit("the mapping is no list of sections")
    return _change(root, edit) if isinstance(edit, NewValue) else _add(text, root, edit)


def _change(root: yaml.MappingNode, edit: NewValue) -> list[_Piece]:
    node: yaml.Node = root
    for step in edit.path:
        pair = _child(node, step) if isinstance(node, yaml.MappingNode) else None
        node = pair[1] if pair else node.value[int(step)]
    if _holds_nothing(node) or not _in_one_piece(node):
        raise CannotEdit(f"{_shown(edit)} is not on one line")
    return [_Piece(_start(node), flow(edit.value), cut=_end(node) - _start(node))]


def _add(text: str, root: yaml.MappingNode, entry: NewEntry) -> list[_Piece]:
    step = _step(root)
    above, names = root, ["accounting", entry.table, entry.key]
    while (pair := _child(above, names[0])) is not None:
        key, below = pair
        names = names[1:]
        if _holds_nothing(below):
            return _fill(text, above, key, below, _nested(names, entry.value, step))
        if not isinstance(below, yaml.MappingNode):
            raise CannotEdit(f"{key.value} holds something else than keys")
        above = below
    return _append(text, above, _nested(names, entry.value, step))


def _nested(names: list[str], value: Value, step: int) -> _Addition:
    *outer, last = names
    lines = [f"{' ' * step * depth}{quoted(name)}:" for depth, name in enumerate(outer)]
    lines.append(f"{' ' * step * len(outer)}{quoted(last)}: {flow(value)}")
    whole = value
    for name in reversed(names[1:]):
        whole = {name: whole}
    return _Addition(tuple(lines), f"{quoted(names[0])}: {flow(whole)}", step)


def _child(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((pair for pair in node.value if pair[0].value == name), None)


def _holds_nothing(node: yaml.Node) -> bool:
    if isinstance(node, yaml.MappingNode):
        return not node.value
    return isinstance(node, yaml.ScalarNode) and _start(node) == _end(node)


def _in_one_piece(node: yaml.Node) -> bool:
    """Tell whether a node is all that stands between its marks, without comments or lines."""
    one_line = node.start_mark.line == node.end_mark.line
    return one_line and (not isinstance(node, yaml.CollectionNode) or bool(node.flow_style))


def _append(text: str, table: yaml.MappingNode, addition: _Addition) -> list[_Piece]:
    """Add to a table that holds something."""
    if table.flow_style:
        return _into_braces(text, table, addition.inline)
    column = table.start_mark.column
    return [_below(text, _last(table), column, column, addition.lines)]


def _fill(
    text: str,
    above: yaml.MappingNode,
    key: yaml.Node,
    empty: yaml.Node,
    addition: _Addition,
) -> list[_Piece]:
    """Put something into a table that holds nothing."""
    if isinstance(empty, yaml.ScalarNode):
        if above.flow_style:
            raise CannotEdit(f"{key.value} needs braces: {key.value}: {{}}")
        return [_under(text, above, empty, addition)]
    inside = text[_start(empty) + 1 : _end(empty) - 1]
    if above.flow_style or inside.strip(" \t"):
        # Comments inside of braces stay there, on lines of their own.
        return [_Piece(_end(empty) - 1, addition.inline)]
    return [_without_braces(text, empty), _under(text, above, empty, addition)]


def _under(text: str, above: yaml.MappingNode, empty: yaml.Node, addition: _Addition) -> _Piece:
    column = above.start_mark.column
    return _below(text, _end(empty), column, column + addition.step, addition.lines)


def _without_braces(text: str, empty: yaml.Node) -> _Piece:
    """Cut `{}` and the spaces before it: lines below take their place."""
    start = len(text[: _start(empty)].rstrip(" "))
    return _Piece(start, "", cut=_end(empty) - start)


def _below(text: str, end: int, beyond: int, column: int, lines: Iterable[str]) -> _Piece:
    """Add lines after the line that something ends on, and after comments that belong to it.

    Those are the comments that are indented by more than `beyond`.
    """
    at, newline = _next_line(text, end)
    while (comment := _COMMENT.match(text, at)) and _indent(comment[0]) > beyond:
        if (after := _BREAK.search(text, comment.end())) is None:
            at, newline = len(text), None
        else:
            at = after.end()
    written = [f"{' ' * column}{line}" for line in lines]
    if newline is None:
        ending = _usual_newline(text)
        return _Piece(at, ending + ending.join(written))
    return _Piece(at, "".join(line + newline for line in written))


def _next_line(text: str, end: int) -> tuple[int, str | None]:
    """Find the start of the next line, and how the line before it ends; None: the text does."""
    if end and _BREAK.fullmatch(text, end - 1, end):
        # A text in many lines (|) ends where the next line starts.
        return end, _usual_newline(text)
    found = _BREAK.search(text, end)
    if found is None:
        return len(text), None
    return found.end(), found[0] if found[0] in {"\n", "\r\n", "\r"} else _usual_newline(text)


def _usual_newline(text: str) -> str:
    found = re.search("\r\n|\r|\n", text)
    return found[0] if found else "\n"


def _into_braces(text: str, table: yaml.MappingNode, inline: str) -> list[_Piece]:
    """Add to `{a: b}`; over several lines, on a line of its own."""
    end, close = _end(table.value[-1][1]), _end(table) - 1
    gap = text[end:close]
    comma = next((m.start() for m in _REST_OF_GAP.finditer(gap) if m[0] == ","), None)
    broken = _BREAK.search(gap, comma or 0)
    if broken is None:
        return [
            _Piece(end, f", {inline}") if comma is None else _Piece(end + comma + 1, f" {inline}")
        ]
    line = _margin(text, _start(table.value[-1][0])) + inline
    newline = _usual_newline(text)
    if comma is None:
        return [_Piece(end, ","), _Piece(end + broken.end(), line + newline)]
    return [_Piece(end + broken.end(), f"{line},{newline}")]


def _margin(text: str, at: int) -> str:
    """Copy the spaces that a line starts with."""
    start = max((found.end() for found in _BREAK.finditer(text, 0, at)), default=0)
    line = text[start:at]
    return line[: _indent(line)]


def _last(node: yaml.Node) -> int:
    """Find where a node's own text ends; a table's end mark is where the next thing starts."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last(last[1] if isinstance(last, tuple) else last)
    return _end(node)


def _step(root: yaml.MappingNode) -> int:
    """Tell by how many spaces the file indents."""
    return next(_steps(root), _USUAL_STEP)


def _steps(root: yaml.MappingNode) -> Iterator[int]:
    for _, below in root.value:
        if isinstance(below, yaml.MappingNode) and not below.flow_style:
            yield below.start_mark.column - root.start_mark.column


def _spliced(text: str, pieces: Iterable[_Piece]) -> str:
    for piece in sorted(pieces, key=lambda each: each.at, reverse=True):
        text = text[: piece.at] + piece.text + text[piece.at + piece.cut :]
    return text


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _start(node: yaml.Node) -> int:
    return node.start_mark.index


def _end(node: yaml.Node) -> int:
    return node.end_mark.index
