"""Checks a tree against the grammar: every mistake with its place and, if known, the fix."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.errors import Problem
from acctsync.mapping.grammar import Either, Keys, Many, Spec, Table, Word, similar
from acctsync.mapping.tree import Node, Section, Series, Text


def check(node: Node, spec: Spec, trail: str) -> Iterator[Problem]:
    """Find every mistake under a node, as far as asked for; `trail` names it in messages."""
    match spec:
        case Word():
            yield from _word(node, spec, trail)
        case Many():
            yield from _many(node, spec, trail)
        case Table():
            yield from _table(node, spec, trail)
        case Keys():
            yield from _keys(node, spec, trail)
        case Either():
            yield from _either(node, spec, trail)


def opened(node: Node, spec: Spec) -> Node:
    """Take a key with nothing after it for keys without entries, where there need be none."""
    match spec:
        case Keys(required=(), at_least=0) | Table(at_least=0) if node == Text("", node.place):
            return Section({}, {}, node.place)
        case Keys(known=known, also=also) if isinstance(node, Section):
            below = {key: known.get(key, also) for key in node.entries}
        case Table(of) if isinstance(node, Section):
            below = dict.fromkeys(node.entries, of)
        case _:
            return node
    entries = {
        key: value if (each := below[key]) is None else opened(value, each)
        for key, value in node.entries.items()
    }
    return Section(entries, node.keys, node.place)


def _word(node: Node, spec: Word, trail: str) -> Iterator[Problem]:
    if not isinstance(node, Text):
        yield _wrong_shape(node, "a single value", trail)
    elif spec.choices:
        yield from _choice(node, spec, trail)
    elif not node.value:
        if not spec.may_be_empty or spec.check is not None:
            yield _empty(node, trail)
    elif spec.check and (fault := spec.check(node.value)):
        message, hint = f"{trail}: {fault[0]}", fault[1]
        yield Problem(code="MAP008", message=message, hint=hint, location=node.place)


def _choice(node: Text, spec: Word, trail: str) -> Iterator[Problem]:
    if node.value in spec.choices:
        return
    listed = ", ".join(choice if choice.strip() else repr(choice) for choice in spec.choices)
    near = similar(node.value, spec.choices)
    meant = f"did you mean {near}? " if near else ""
    if "\t" in spec.choices and node.value.casefold() in {"tab", "\\t"}:
        meant = 'a tab is written "\\t", in double quotes. '
    message = f"{trail} is {node.value!r}, which is not known"
    hint = f"{meant}One of: {listed}"
    yield Problem(code="MAP006", message=message, hint=hint, location=node.place)


def _many(node: Node, spec: Many, trail: str) -> Iterator[Problem]:
    if not isinstance(node, Series):
        yield _wrong_shape(node, "a list", trail)
    elif len(node.items) < spec.at_least:
        message = f"{trail} has {len(node.items)} entries, it needs {spec.at_least}"
        yield Problem(code="MAP005", message=message, location=node.place)
    else:
        for item in node.items:
            yield from check(item, spec.of, trail)


def _table(node: Node, spec: Table, trail: str) -> Iterator[Problem]:
    if not isinstance(node, Section):
        yield _wrong_shape(node, "keys with values", trail)
    elif len(node.entries) < spec.at_least:
        yield Problem(code="MAP005", message=f"{trail} has no entries", location=node.place)
    else:
        for key, value in node.entries.items():
            yield from check(value, spec.of, f"{trail}.{key}" if trail else key)


def _keys(node: Node, spec: Keys, trail: str) -> Iterator[Problem]:
    if not isinstance(node, Section):
        yield _wrong_shape(node, "keys with values", trail)
        return
    for key, value in node.entries.items():
        below = spec.known.get(key, spec.also)
        if below is None:
            yield _unknown_key(node, key, spec, trail)
        else:
            yield from check(value, below, f"{trail}.{key}" if trail else key)
    yield from (_missing(node, key, trail) for key in spec.required if key not in node.entries)
    if len(node.entries) < spec.at_least:
        yield Problem(code="MAP005", message=f"{trail} has no entries", location=node.place)


def _either(node: Node, spec: Either, trail: str) -> Iterator[Problem]:
    for shape in spec.shapes:
        fits = {Word: Text, Many: Series, Table: Section, Keys: Section}.get(type(shape))
        if fits is not None and isinstance(node, fits):
            yield from check(node, shape, trail)
            return
    words = {
        Word: "a single value",
        Many: "a list",
        Table: "keys with values",
        Keys: "keys with values",
    }
    wanted = " or ".join(words[type(shape)] for shape in spec.shapes)
    yield _wrong_shape(node, wanted, trail)


def _unknown_key(node: Section, key: str, spec: Keys, trail: str) -> Problem:
    known = list(spec.known)
    near = similar(key, known)
    where = f" under {trail}" if trail else ""
    return Problem(
        code="MAP004",
        message=f"unknown key '{key}'{where}",
        hint=f"did you mean '{near}'?" if near else f"known: {', '.join(sorted(known))}",
        location=node.keys[key],
    )


def _missing(node: Section, key: str, trail: str) -> Problem:
    where = trail or "the mapping"
    message = f"{where} has no '{key}'"
    return Problem(code="MAP007", message=message, hint=f"add {key}:", location=node.place)


def _empty(node: Node, trail: str) -> Problem:
    message = f"{trail} is empty"
    hint = "give it a value; a name that starts with # needs quotes"
    return Problem(code="MAP007", message=message, hint=hint, location=node.place)


def _wrong_shape(node: Node, wanted: str, trail: str) -> Problem:
    found = {Text: "a single value", Series: "a list", Section: "keys with values"}[type(node)]
    if isinstance(node, Text) and not node.value:
        found = "empty"
    hint = ""
    if isinstance(node, Section) and "value" in wanted and len(node.entries) == 1:
        hint = 'a name with { or ": " in it needs quotes'
    if isinstance(node, Text) and node.value and wanted == "a list":
        hint = f"write it in brackets: [{node.value}]"
    message = f"{trail} is {found}, it should be {wanted}"
    return Problem(code="MAP005", message=message, hint=hint, location=node.place)
