"""JSON rows as columns: what stands inside of objects gets a path, what stands in lists its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from acctsync.exports.paths import as_text, below

Cells = Mapping[str, str]

_DEEPEST = 6
_MOST_NAMES = 400
_MOST_ENTRIES = 5_000


@dataclass(slots=True)
class Flat:
    """Rows as text by path; the entries of each list of objects with the number of their row."""

    names: dict[str, None] = field(default_factory=dict)
    rows: tuple[Cells, ...] = ()
    lists: dict[str, tuple[tuple[int, Cells], ...]] = field(default_factory=dict)
    inner_names: dict[str, dict[str, None]] = field(default_factory=dict)


def flattened(rows: Sequence[Mapping[str, Any]]) -> Flat:
    """Flatten rows; more keys than anybody maps are left out."""
    flat = Flat()
    entries: dict[str, list[tuple[int, Cells]]] = {}
    done: list[Cells] = []
    for number, row in enumerate(rows):
        cells: dict[str, str] = {}
        lists: dict[str, list[Any]] = {}
        _walk(row, "", 0, cells, lists)
        _keep(flat.names, cells)
        done.append(cells)
        for path, items in lists.items():
            names = flat.inner_names.setdefault(path, {})
            found = entries.setdefault(path, [])
            for item in items[: max(0, _MOST_ENTRIES - len(found))]:
                inner: dict[str, str] = {}
                _walk(item, "", 0, inner, {})
                _keep(names, inner)
                found.append((number, inner))
    flat.rows = tuple(done)
    flat.lists = {path: tuple(found) for path, found in entries.items()}
    return flat


def _keep(names: dict[str, None], cells: Cells) -> None:
    if len(names) < _MOST_NAMES:
        names.update(dict.fromkeys(cells))


def _walk(
    value: Mapping[str, Any],
    path: str,
    depth: int,
    cells: dict[str, str],
    lists: dict[str, list[Any]],
) -> None:
    for key, each in value.items():
        inner = below(path, key)
        if inner is None or depth >= _DEEPEST:
            continue
        if isinstance(each, Mapping):
            _walk(each, inner, depth + 1, cells, lists)
        elif not isinstance(each, list):
            cells[inner] = as_text(each, inner)
        elif each and all(isinstance(item, Mapping) for item in each):
            lists[inner] = each
            _walk(each[0], f"{inner}.0", depth + 1, cells, {})
