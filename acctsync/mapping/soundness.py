"""Leaves out of a faulty tree what is not sound, so that the rest can still be checked."""

from __future__ import annotations

from acctsync.errors import Location
from acctsync.mapping.grammar import MAPPING, Either, Keys, Many, Spec, Table, Word
from acctsync.mapping.grammar_check import check
from acctsync.mapping.tree import Node, Section, Series, Text

# What stands in for a required word that is missing or wrong; it is never used but for checking.
_STAND_INS = {
    "system": "quickbooks",
    "company": "?",
    "currency": "USD",
    "timezone": "UTC",
    "format": "csv",
    "files": "?",
    "id": "?",
    "from": "?",
    "code": "?",
}


def sound_part(root: Section) -> Section:
    """Keep what follows the grammar."""
    section = _sound_keys(root, MAPPING)
    for name in ("books", "sources", "records", "accounting", "push"):
        section.entries.setdefault(name, Section({}, {}, root.place))
    books = section.entries["books"]
    if isinstance(books, Section):
        _stand_in(books, ("system", "company", "currency", "timezone"))
    return section


def _sound(node: Node, spec: Spec) -> Node | None:
    if next(check(node, spec, ""), None) is None:
        return node
    match spec:
        case Keys() if isinstance(node, Section):
            section = _sound_keys(node, spec)
            whole = all(key in section.entries for key in spec.required)
            return section if whole and len(section.entries) >= spec.at_least else None
        case Table(of) if isinstance(node, Section):
            found = {
                key: kept for key, value in node.entries.items() if (kept := _sound(value, of))
            }
            return Section(found, node.keys, node.place)
        case Many(of) if isinstance(node, Series):
            items = tuple(kept for item in node.items if (kept := _sound(item, of)))
            return Series(items, node.place)
        case Either(shapes):
            for shape in shapes:
                if not isinstance(shape, Word) and (kept := _sound(node, shape)) is not None:
                    return kept
    return None


def _sound_keys(node: Section, spec: Keys) -> Section:
    entries = {
        key: kept
        for key, value in node.entries.items()
        if (below := spec.known.get(key, spec.also)) and (kept := _sound(value, below)) is not None
    }
    section = Section(entries, node.keys, node.place)
    _stand_in(section, spec.required)
    return section


def _stand_in(section: Section, required: tuple[str, ...]) -> None:
    for key in required:
        if key not in section.entries and key in _STAND_INS:
            section.entries[key] = Text(_STAND_INS[key], _NOWHERE)
        elif key not in section.entries and key == "document":
            section.entries[key] = Section({"id": Text("?", _NOWHERE)}, {}, _NOWHERE)


_NOWHERE = Location("")
