"""`acctsync lists`: the names that a mapping may use, as the books have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from acctsync.documents import ListEntry, ListKind


def lists(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="items, accounts, tax-codes, customers, …")
    ],
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh", help="Read all of it, not just what changed since the last time."
        ),
    ] = False,
) -> Answer:
    """Show a list of the books."""
    session: Session = context.obj
    wanted = _kind(kind)
    connection = session.bind_alone()
    books = session.books(connection)
    try:
        entries = tuple(books.open().pull(wanted, whole=refresh))
    finally:
        books.close()
    shown = entries if session.options.verbose else tuple(e for e in entries if e.active)
    return Answer(data=lambda: _data(wanted, shown), text=lambda: _text(wanted, shown))


def _kind(word: str) -> ListKind:
    from acctsync.documents import ListKind

    try:
        return ListKind(word.replace("_", "-"))
    except ValueError:
        raise InputRefused(
            f"there is no list {word!r}", hint=f"Lists are {', '.join(ListKind)}."
        ) from None


def _data(kind: ListKind, entries: tuple[ListEntry, ...]) -> dict[str, object]:
    from acctsync.report.envelope import list_fields

    return {"kind": str(kind), "entries": [list_fields(each) for each in entries]}


def _text(kind: ListKind, entries: tuple[ListEntry, ...]) -> object:
    from acctsync.report.standing import list_text

    return list_text(kind, entries)
