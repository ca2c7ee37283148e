"""Which files a source means: plain names and `*`, `?`, never outside the data folder."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from acctsync.errors import Location, Problem
from acctsync.exports.records import Source

_FAULTS: tuple[tuple[str, str, str], ...] = (
    (
        r"[/\\]|.:",
        "is an absolute path",
        "name files relative to the mapping, and give another folder with --data-dir",
    ),
    (
        r"(?:.*[/\\])?\.\.(?:[/\\]|$)",
        "leaves the data folder",
        "give the folder with --data-dir instead of ..",
    ),
    (r"~", "starts with ~", "name files relative to the mapping, or use --data-dir"),
    (r".*\$", "holds a $", "variables are not expanded here: write the name itself"),
    (r".*\*\*", "holds **", "only * and ? are known, within one folder"),
    (r".*[\[\]{}]", "holds brackets", "only * and ? are known"),
    (r"\s*$", "is empty", "name the export file, as in files: invoices_*.csv"),
)


def glob_fault(pattern: str) -> tuple[str, str] | None:
    """Tell what is wrong with a file pattern, and the fix; None when it may be used."""
    for shape, what, hint in _FAULTS:
        if re.match(shape, pattern):
            return what, hint
    return None


def find(source: Source, folder: Path) -> tuple[list[Path], list[Problem]]:
    """List the files of a source in the order of their names."""
    root = folder.resolve()
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for pattern in source.files:
        matches = _matches(pattern, folder, source)
        outside = [path for path in matches if not path.resolve().is_relative_to(root)]
        problems.extend(_outside(path, source) for path in outside)
        found.update(dict.fromkeys(path for path in matches if path not in outside))
        if not matches and not source.missing_ok:
            problems.append(_nothing(pattern, folder, source))
    files = list(found)
    if source.newest_only and files:
        files = [max(files, key=lambda path: (path.stat().st_mtime_ns, path.name))]
    return files, problems


def _matches(pattern: str, folder: Path, source: Source) -> list[Path]:
    plain = pattern.replace("\\", "/")
    excluded = {path for each in source.exclude for path in folder.glob(each)}
    return sorted(path for path in folder.glob(plain) if path.is_file() and path not in excluded)


def _outside(path: Path, source: Source) -> Problem:
    return Problem(
        code="MAP014",
        message=f"{path.name} is a link that leads out of the data folder",
        hint="copy the file into the data folder",
        location=source.files_place,
    )


def _nothing(pattern: str, folder: Path, source: Source) -> Problem:
    return Problem(
        code="MAP013",
        message=f"no file matches {pattern} in {folder}",
        hint=_nearby(pattern, folder),
        location=Location(
            source.files_place.file, source.files_place.line, None, source.files_place.character
        ),
    )


def _nearby(pattern: str, folder: Path) -> str:
    parent = (folder / pattern).parent
    if not parent.is_dir():
        return f"there is no folder {parent}: give another with --data-dir"
    names = sorted(path.name for path in parent.iterdir() if path.is_file())
    if not names:
        return f"{parent} is empty; if that is fine, set missing: ok"
    near = difflib.get_close_matches(Path(pattern).name, names, n=8, cutoff=0.3) or names[:8]
    more = f" and {len(names) - len(near)} more" if len(names) > len(near) else ""
    return f"there: {', '.join(near)}{more}; if it may be missing, set missing: ok"
