"""`acctsync init`: a first mapping, written from what exports hold; never over another one."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from acctsync.engine.beginning import Beginning

From = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="EXPORT", help="An export to look at; give it for each."),
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", metavar="NAME", help="What is known of a billing system already."),
]

_EXPORTS = frozenset((".csv", ".json", ".jsonl", ".ndjson"))
_MOST_NAMED = 5


def init(context: typer.Context, exports: From = None, preset: Preset = None) -> Answer:
    """Write a commented mapping from the headers of exports."""
    session: Session = context.obj
    target = session.options.mapping
    if os.path.lexists(target):
        return _existing(session, asked_for=bool(exports or preset))
    if not target.parent.is_dir():
        raise InputRefused(f"there is no folder {target.parent}", hint="Make it first.")
    begun = _begun(session, exports or [], preset)
    schema = _write(target, begun)
    hint = "" if exports or preset else _found_here(session)
    return Answer(
        data=lambda: _data(target, schema, begun),
        text=lambda: _text(target, begun, hint),
    )


def _existing(session: Session, *, asked_for: bool) -> Answer:
    """Ask for what an existing mapping lacks, where somebody can answer; else leave it alone."""
    if session.terminal.can_ask and not asked_for:
        from acctsync.cli.mending import mend

        return mend(session)
    raise InputRefused(
        f"{session.options.mapping} exists already, and is never overwritten",
        hint="Write another one with --mapping FILE; acctsync check tells what this one lacks.",
    )


def _begun(session: Session, exports: list[Path], preset: str | None) -> Beginning:
    from acctsync.engine.beginning import from_exports, from_nothing, from_preset

    if preset is not None:
        return from_preset(preset, exports, session.data_dir(), session.today)
    return from_exports(exports, session.data_dir()) if exports else from_nothing()


def _write(target: Path, begun: Beginning) -> Path:
    """Write the mapping, and beside it the schema for editors unless there is one."""
    from acctsync.cli.outfile import write
    from acctsync.mapping.grammar import json_schema
    from acctsync.mapping.outline import SCHEMA

    write(target, begun.outline.text)
    schema = target.parent / SCHEMA
    with suppress(InputRefused):
        write(schema, json.dumps(json_schema(), indent=1) + "\n")
    return schema


def _found_here(session: Session) -> str:
    """Tell of files that look like exports, where none was named."""
    folder = session.data_dir()
    names = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _EXPORTS)
    names = [name for name in names if not name.startswith("acctsync.")]
    if not names:
        return ""
    more = "" if len(names) <= _MOST_NAMED else f" and {len(names) - _MOST_NAMED} more"
    return (
        f"There are files here that may be exports: {', '.join(names[:_MOST_NAMED])}{more}. "
        "A mapping is better made from them: acctsync init --from EXPORT --mapping FILE"
    )


def _data(target: Path, schema: Path, begun: Beginning) -> dict[str, object]:
    from acctsync.report.surveying import init_data

    return init_data(begun, mapping=target, schema=schema)


def _text(target: Path, begun: Beginning, hint: str) -> object:
    from acctsync.report.surveying import init_text

    return init_text(begun, mapping=target, hint=hint)
