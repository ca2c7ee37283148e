"""`acctsync state`: copy, verify, dump or rebuild what is remembered of a company."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli import outfile
from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acctsync.state.store import Store

_WORDS = "backup, check, export or rebuild"
_DB, _JSON, _NDJSON = ".db", ".json", ".ndjson"
_ENDINGS = {"backup": (_DB,), "export": (_NDJSON, _JSON)}
_PRIVATE = 0o600


def state(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help=_WORDS)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="A new file: .db for backup, .ndjson or .json for export."
        ),
    ] = None,
    head: Annotated[
        str,
        typer.Option(
            "--head", metavar="HASH", help="check: the audit head that an earlier run told."
        ),
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="rebuild: put even a sound state aside.")
    ] = False,
) -> Answer:
    """Look after the state."""
    from acctsync.state.lock import run_lock

    session: Session = context.obj
    _refuse_misfits(what, out, head, yes=yes)
    if what == "rebuild":
        from acctsync.cli.rebuild import rebuild

        return rebuild(session, yes=yes)
    connection = session.bind_alone()
    # A run that writes would wait for whoever reads a long file, and give up.
    with run_lock(session.connections.folder(connection.name)):
        store = session.store(connection)
        match what:
            case "backup":
                return _back_up(session, store, out)
            case "check":
                return _check(session, store, head)
            case _:
                return _export(session, store, out)


def _refuse_misfits(what: str, out: Path | None, head: str, *, yes: bool) -> None:
    if what not in {"backup", "check", "export", "rebuild"}:
        raise InputRefused(f"there is no acctsync state {what!r}", hint=f"There is {_WORDS}.")
    for flag, given, meant in (
        ("--out", out is not None, what in _ENDINGS),
        ("--head", bool(head), what == "check"),
        ("--yes", yes, what == "rebuild"),
    ):
        if given and not meant:
            raise InputRefused(f"acctsync state {what} has no {flag}")
    if out is not None:
        outfile.check(out, "--out", _ENDINGS[what])


def _back_up(session: Session, store: Store, out: Path | None) -> Answer:
    from acctsync.state.backups import restoring
    from acctsync.state.files import STATE_FILE

    if out is None:
        file = store.back_up(f"{session.clock.now():%Y%m%dT%H%M%S}", asked=True)
    else:
        store.copy_to(out)
        file = out
    command = restoring(file, store.folder / STATE_FILE)
    data = {"file": str(file), "size": file.stat().st_size, "restore": command}
    text = (
        f"Copied the state of {session.company_name} to {file}, and looked the copy through: it is"
        f" sound.\nPut it back with: {command}"
    )
    return Answer(data=lambda: data, text=lambda: text)


def _check(session: Session, store: Store, head: str) -> Answer:
    from acctsync.engine.inspecting import inspect
    from acctsync.report.state import inspection_data, inspection_text, inspection_trouble

    found = inspect(store, head.strip().lower())
    return Answer(
        data=lambda: inspection_data(found),
        text=lambda: inspection_text(found, company=session.company_name),
        trouble=lambda: inspection_trouble(found),
        exit_code=found.exit_code,
        problems=found.problems,
        noteworthy=bool(found.problems),
    )


def _export(session: Session, store: Store, out: Path | None) -> Answer:
    from acctsync.state import dump

    if out is None:
        if session.options.quiet and not session.options.as_json:
            raise InputRefused(
                "--quiet would show nothing of what is exported", hint="Give --out FILE, or --json."
            )
        content = dump.head() | {"tables": dump.tables(store)} if session.options.as_json else {}
        lines = "" if session.options.as_json else _lines(store)
        return Answer(data=lambda: content, text=lambda: lines)
    whole = dump.head() | {"tables": dump.tables(store)}
    as_json = out.suffix.lower() == _JSON
    outfile.write(
        out, json.dumps(whole, indent=1) + "\n" if as_json else _lines(store) + "\n", mode=_PRIVATE
    )
    return Answer(
        data=lambda: {"file": str(out), "rows": _counted(whole)},
        text=lambda: f"Written to {out}, readable by you alone: it holds customers' names.",
    )


def _lines(store: Store) -> str:
    from acctsync.state import dump

    rows = ({"table": table, **row} for table, row in dump.rows(store))
    return "\n".join(json.dumps(each) for each in (dump.head(), *rows))


def _counted(whole: Mapping[str, object]) -> dict[str, int]:
    tables = whole["tables"]
    assert isinstance(tables, dict)
    return {table: len(rows) for table, rows in tables.items()}
