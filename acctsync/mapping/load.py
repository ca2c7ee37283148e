"""Loads a mapping file: every mistake in it is reported in one run, with its place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from acctsync.errors import InputRefused, Problem
from acctsync.mapping import building, meaning
from acctsync.mapping.grammar import MAPPING
from acctsync.mapping.grammar_check import check
from acctsync.mapping.includes import assembled
from acctsync.mapping.model import Mapping
from acctsync.mapping.soundness import sound_part
from acctsync.mapping.tree import TreeRefused

# A mapping with more mistakes than this is no mapping that somebody wrote.
_MOST = 200


def load(path: Path) -> Mapping:
    """Load a mapping; raise InputRefused with all its problems."""
    try:
        root, problems = assembled(path, str(path))
    except TreeRefused as error:
        raise _refused(path, error.problems) from error
    problems.extend(islice(check(root, MAPPING, ""), _MOST))
    if len(problems) >= _MOST:
        raise _refused(path, problems)
    mapping = building.mapping(path, sound_part(root) if problems else root)
    problems.extend(_new(list(islice(meaning.check(mapping), _MOST)), problems))
    if problems:
        raise _refused(path, problems)
    return mapping


def _new(found: list[Problem], known: list[Problem]) -> list[Problem]:
    """Leave out what only follows from a mistake that is reported already."""
    stand_ins = [problem for problem in found if problem.location and problem.location.file]
    if not known:
        return stand_ins
    return [
        problem
        for problem in stand_ins
        if problem.code != "MAP007" and "'?'" not in problem.message
    ]


def _refused(path: Path, problems: Sequence[Problem]) -> InputRefused:
    ordered = sorted(dict.fromkeys(problems), key=_order)
    count = len(ordered)
    message = (
        f"{path}: {ordered[0].message}"
        if count == 1
        else f"{path}: {count} mistakes in the mapping"
    )
    return InputRefused(
        message, hint=ordered[0].hint if count == 1 else "", problems=tuple(ordered)
    )


def _order(problem: Problem) -> tuple[str, int, int]:
    place = problem.location
    return (place.file, place.line or 0, place.character or 0) if place else ("", 0, 0)
