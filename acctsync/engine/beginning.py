"""Begins a mapping: looks at exports, drafts from them, and proves that the draft can be loaded."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from acctsync.errors import AcctsyncError, InputRefused, Problem
from acctsync.exports.records import FileRefused
from acctsync.exports.sampling import sample
from acctsync.mapping import presets
from acctsync.mapping.load import load
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.outline import Outline, outline, outline_with_preset
from acctsync.mapping.outlined.accounting import TABLES
from acctsync.mapping.recognition.drafts import Export, drafts_of, pattern_of
from acctsync.mapping.survey import Survey, survey
from acctsync.mapping.template import TEMPLATE

Today = Callable[[Rules], dt.date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A drafted mapping; `elsewhere` is the folder of its exports, where that is another."""

    outline: Outline
    elsewhere: Path | None = None


def surveyed(paths: Iterable[Path]) -> list[tuple[Path, Survey]]:
    """Look at exports; raise InputRefused with every problem of those that can't be used."""
    found: dict[Path, tuple[Path, Survey]] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            found[path.resolve()] = (path, survey(sample(path, str(path))))
        except FileRefused as error:
            problems.extend(error.problems)
    if problems:
        first = problems[0]
        more = f" ({len(problems)} problems in all)" if len(problems) > 1 else ""
        raise InputRefused(f"{first.message}{more}", hint=first.hint, problems=tuple(problems))
    return list(found.values())


def from_exports(paths: Sequence[Path], folder: Path) -> Beginning:
    """Draft a mapping from what exports hold; `folder` is where its files are looked up."""
    found = surveyed(paths)
    root, elsewhere = _root([path for path, _ in found], folder)
    exports = [Export(survey=each, pattern=_pattern(path, root)) for path, each in found]
    drafted = outline(drafts_of(exports))
    _loaded(drafted.text)
    return Beginning(outline=drafted, elsewhere=elsewhere)


def from_preset(name: str, paths: Sequence[Path], folder: Path, today: Today) -> Beginning:
    """Draft a mapping that includes a preset, for exports of that system if there are some."""
    if name not in presets.names():
        raise _no_preset(name)
    rules = _loaded(outline_with_preset(name, (), {}, (), {}).text)
    found = surveyed(paths)
    root, elsewhere = _root([path for path, _ in found], folder)
    files: dict[str, list[str]] = {}
    for path, each in found:
        files.setdefault(_source(each, rules, name), []).append(_pattern(path, root))
    absent = [source for source in rules.sources if files and source not in files]

    def drafted(words: Mapping[str, Counter[str]]) -> Outline:
        by_id = any("id" in record.party for record in rules.records.values())
        return outline_with_preset(name, tuple(rules.records), files, absent, words, by_id=by_id)

    bare = drafted({})
    words = _words(_loaded(bare.text), root, today) if files else {}
    whole = drafted(words)
    _loaded(whole.text)
    return Beginning(outline=whole, elsewhere=elsewhere)


def from_nothing() -> Beginning:
    """Give a mapping to fill in by hand."""
    rules = _loaded(TEMPLATE)
    drafted = Outline(
        text=TEMPLATE,
        confirm=("books, files and columns: what the file marks",),
        sources=tuple(rules.sources),
        records=tuple(map(str, rules.records)),
    )
    return Beginning(outline=drafted)


def _source(found: Survey, rules: Rules, preset: str) -> str:
    """Tell which source of a preset an export belongs to."""
    source = presets.source_of(found, rules)
    if source:
        return source
    listed = ", ".join(
        sorted({pattern for each in rules.sources.values() for pattern in each.files})
    )
    raise InputRefused(
        f"{found.file} is no export that preset {preset} knows",
        hint=f"It reads files like {listed}. Without --preset, init goes by the columns alone.",
    )


def _no_preset(name: str) -> InputRefused:
    near = presets.meant(name)
    listed = ", ".join(presets.names())
    hint = f"Did you mean {near}? " if near else ""
    return InputRefused(f"there is no preset {name!r}", hint=f"{hint}There are: {listed}.")


def _root(paths: Sequence[Path], folder: Path) -> tuple[Path, Path | None]:
    """Tell the folder that all exports lie in: the mapping's own, or the one that they share."""
    folder = folder.resolve()
    resolved = [path.resolve() for path in paths]
    if all(path.is_relative_to(folder) for path in resolved):
        return folder, None
    shared = Path(os.path.commonpath([path.parent for path in resolved]))
    return shared, shared


def _pattern(path: Path, root: Path) -> str:
    return pattern_of(path.resolve().relative_to(root).as_posix())


def _loaded(text: str) -> Rules:
    """Load a drafted mapping; one that can't be loaded is nobody's fault but ours."""
    with tempfile.TemporaryDirectory(prefix="acctsync-init-") as folder:
        file = Path(folder) / "acctsync.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            return load(file)
        except InputRefused as error:
            said = error.problems[0].message if error.problems else error.message
            raise AcctsyncError(f"the drafted mapping can't be read back: {said}") from error


def _words(rules: Rules, folder: Path, today: Today) -> Mapping[str, Counter[str]]:
    """Read the exports by a preset, for the words that nothing is mapped to yet."""
    from acctsync.engine.reading import read_documents

    words: dict[str, Counter[str]] = {}
    try:
        reading = read_documents(rules, folder, today(rules))
    except InputRefused:
        # `check` tells what is wrong with the exports; here they only help to write keys down.
        return words
    for each in reading.unmapped:
        if each.what in TABLES:
            words.setdefault(TABLES[each.what], Counter())[each.value] += each.count
    return words
