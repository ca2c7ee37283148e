"""Checks a tree against the grammar: every mistake with its place and, if known, the fix."""

from __future__ import annotations

from acctsync.errors import Problem
from acctsync.mapping.grammar import Either, Keys, Many, Spec, Table, Word, similar
from acctsync.mapping.tree import Node, Section, Series, Text


def check(node: Node, spec: Spec, trail: str) -> list[Problem]:
    """Find every mistake under a node; `trail` names it in messages."""
    match spec:
        case Word():
            return _word(node, spec, trail)
        case Many():
            return _many(node, spec, trail)
        case Table():
            return _table(node, spec, trail)
        case Keys():
            return _keys(node, spec, trail)
        case Either():
            return _either(node, spec, trail)


def _word(node: Node, spec: Word, trail: str) -> list[Problem]:
    if not isinstance(node, Text):
        return [_wrong_shape(node, "a single value", trail)]
    if spec.choices:
        return _choice(node, spec, trail)
    if not node.value:
        return [] if spec.may_be_empty and spec.check is None else [_empty(node, trail)]
    fault = spec.check(node.value) if spec.check else None
    if fault is None:
        return []
    return [
        Problem(code="MAP008", message=f"{trail}: {fault[0]}", hint=fault[1], location=node.place)
    ]


def _choice(node: Text, spec: Word, trail: str) -> list[Problem]:
    if node.value in spec.choices:
        return []
    listed = ", ".join(choice if choice.strip() else repr(choice) for choice in spec.choices)
    near = similar(node.value, spec.choices)
    meant = f"did you mean {near}? " if near else ""
    message = f"{trail} is {node.value!r}, which is not known"
    return [
        Problem(
            code="MAP006", message=message, hint=f"{meant}One of: {listed}", location=node.place
        )
    ]


def _many(node: Node, spec: Many, trail: str) -> list[Problem]:
    if not isinstance(node, Series):
        return [_wrong_shape(node, "a list", trail)]
    if len(node.items) < spec.at_least:
        message = f"{trail} has {len(node.items)} entries, it needs {spec.at_least}"
        return [Problem(code="MAP005", message=message, location=node.place)]
    return [problem for item in node.items for problem in check(item, spec.of, trail)]


def _table(node: Node, spec: Table, trail: str) -> list[Problem]:
    if not isinstance(node, Section):
        return [_wrong_shape(node, "keys with values", trail)]
    if len(node.entries) < spec.at_least:
        return [Problem(code="MAP005", message=f"{trail} has no entries", location=node.place)]
    return [
        problem
        for key, value in node.entries.items()
        for problem in check(value, spec.of, f"{trail}.{key}" if trail else key)
    ]


def _keys(node: Node, spec: Keys, trail: str) -> list[Problem]:
    if not isinstance(node, Section):
        return [_wrong_shape(node, "keys with values", trail)]
    problems: list[Problem] = []
    for key, value in node.entries.items():
        below = spec.known.get(key, spec.also)
        if below is None:
            problems.append(_unknown_key(node, key, spec, trail))
        else:
            problems.extend(check(value, below, f"{trail}.{key}" if trail else key))
    problems.extend(_missing(node, key, trail) for key in spec.required if key not in node.entries)
    if len(node.entries) < spec.at_least:
        problems.append(
            Problem(code="MAP005", message=f"{trail} has no entries", location=node.place)
        )
    return problems


def _either(node: Node, spec: Either, trail: str) -> list[Problem]:
    for shape in spec.shapes:
        fits = {Word: Text, Many: Series, Table: Section, Keys: Section}.get(type(shape))
        if fits is not None and isinstance(node, fits):
            return check(node, shape, trail)
    words = {
        Word: "a single value",
        Many: "a list",
        Table: "keys with values",
        Keys: "keys with values",
    }
    wanted = " or ".join(words[type(shape)] for shape in spec.shapes)
    return [_wrong_shape(node, wanted, trail)]


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
    message = f"{trail} is {found}, it should be {wanted}"
    return Problem(code="MAP005", message=message, hint=hint, location=node.place)
