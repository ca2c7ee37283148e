"""A plan on disk: what was going to be done, so that a later push does that or nothing."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from acctsync.cli.choosing import Wanted
from acctsync.engine.results import PlanResult
from acctsync.errors import InputRefused
from acctsync.report.envelope import document_fields

_SCHEMA = 1


def write(file: Path, result: PlanResult, chosen: Wanted) -> None:
    """Write a plan; refuse to replace a file."""
    content = {
        "acctsync_plan": _SCHEMA,
        "digest": result.digest,
        "selection": _selection(chosen),
        "documents": [document_fields(each) for each in result.pending],
    }
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(json.dumps(content, indent=2) + "\n")
    except FileExistsError:
        raise InputRefused(
            f"{file} exists already", hint="Delete it, or give --out another name."
        ) from None
    except OSError as error:
        raise InputRefused(f"{file} can't be written: {error.strerror}") from error


def read(file: Path) -> tuple[str, Wanted]:
    """Read a plan's digest and what it was made for."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["acctsync_plan"] != _SCHEMA:
            raise _strange(file)
        return str(content["digest"]), _wanted(content["selection"])
    except OSError as error:
        raise InputRefused(f"{file} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _strange(file) from error


def _strange(file: Path) -> InputRefused:
    return InputRefused(
        f"{file} is no plan of this acctsync", hint="Make one with: acctsync plan --out FILE"
    )


def frozen(chosen: Wanted, today: dt.date) -> Wanted:
    """Name the month that --last-month means on a day."""
    since, _ = chosen.period(today)
    assert since is not None
    return Wanted(month=f"{since:%Y-%m}", only=chosen.only, documents=chosen.documents)


def _selection(chosen: Wanted) -> dict[str, object]:
    return {
        "since": chosen.since,
        "until": chosen.until,
        "month": chosen.month,
        "only": list(chosen.only),
        "documents": list(chosen.documents),
    }


def _wanted(given: dict[str, object]) -> Wanted:
    lists = {name: tuple(map(str, _list(given[name]))) for name in ("only", "documents")}
    words = {name: _word(given[name]) for name in ("since", "until", "month")}
    # Each word goes to the field of its own name; mypy sees one type for all of them.
    return Wanted(**words, **lists)  # type: ignore[arg-type]


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _word(value: object) -> str | None:
    return None if value is None else str(value)
