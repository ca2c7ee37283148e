"""The presets that come with the package, and which of their sources an export belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from importlib.resources import files

from acctsync.documents import Kind
from acctsync.mapping.grammar import similar
from acctsync.mapping.model import Field, Mapping, RecordRule
from acctsync.mapping.recognition.kinds import kind_of
from acctsync.mapping.survey import Survey

_MOST = 0.6
_SAME_KIND, _SAME_NAME = 1.0, 0.5


def names() -> tuple[str, ...]:
    """List the presets."""
    folder = files("acctsync") / "presets"
    stems = (each.name.removesuffix(".yaml") for each in folder.iterdir() if each.is_file())
    return tuple(sorted(stem for stem in stems if not stem.startswith("_")))


def meant(name: str) -> str:
    """Tell the preset that was probably meant, or nothing."""
    return similar(name, names())


def source_of(survey: Survey, mapping: Mapping) -> str:
    """Tell which source of a mapping an export belongs to; empty when it fits none."""
    kind = kind_of(survey).kind
    scores = {
        name: _score(name, survey, mapping, kind)
        for name, source in mapping.sources.items()
        if source.format is survey.sample.format
    }
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] > 0 else ""


def missing_columns(survey: Survey, mapping: Mapping, source: str) -> tuple[str, ...]:
    """List the columns that a source's records ask for and the export does not have."""
    known = _known(survey)
    return tuple(name for name in _asked_for(source, mapping) if _plain(name) not in known)


def _score(name: str, survey: Survey, mapping: Mapping, kind: Kind) -> float:
    """Tell how well an export fits a source: 0 when too few of its columns are there."""
    source = mapping.sources[name]
    wanted = _asked_for(name, mapping)
    if not wanted or source.rows != next(iter(survey.sample.lists), ""):
        return 0.0
    missing = missing_columns(survey, mapping, name)
    share = 1 - len(missing) / len(wanted)
    if share < _MOST:
        return 0.0
    file = survey.file.replace("\\", "/").rsplit("/", 1)[-1]
    same_kind = any(record.source == name for record in _of_kind(mapping, kind))
    same_name = any(fnmatch(file, pattern.rsplit("/", 1)[-1]) for pattern in source.files)
    return share + _SAME_KIND * same_kind + _SAME_NAME * same_name


def _of_kind(mapping: Mapping, kind: Kind) -> Iterator[RecordRule]:
    return (record for record in mapping.records.values() if record.kind is kind)


def _asked_for(source: str, mapping: Mapping) -> tuple[str, ...]:
    """List the columns that records take from a source."""
    found: dict[str, None] = {}
    for record in mapping.records.values():
        if record.source == source:
            found.update(
                dict.fromkeys(_columns([*record.document.values(), *record.party.values()]))
            )
            found.update(dict.fromkeys(record.group_by))
        lines = record.lines
        if lines is not None and not lines.each and (lines.source or record.source) == source:
            found.update(dict.fromkeys(_columns(list(lines.fields.values()))))
    return tuple(found)


def _columns(fields: Sequence[Field]) -> Iterator[str]:
    """Give the columns that fields can't do without: one of several may be absent."""
    for each in fields:
        if each.column is not None and "{n}" not in each.column:
            yield each.column


def _known(survey: Survey) -> set[str]:
    every = (*survey.columns, *survey.firsts, *survey.inner)
    return {_plain(column.name) for column in every}


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold().removeprefix("*")
