"""The look that all tables and headings share; foreign text enters only as cleaned `Text`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from acctsync.report.clean import clean

GOOD, BAD, SOFT, WARN = "green", "red", "dim", "yellow"


def foreign(text: object, style: str = "") -> Text:
    """Take in text from a file or a server."""
    return Text(clean(text), style=style)


def heading(*parts: str | Text) -> Text:
    """Make a line in bold."""
    return Text.assemble(*parts, style="bold")


def table(*columns: str, right: Iterable[str] = (), narrow: Iterable[str] = ()) -> Table:
    """Start a table; `right` columns hold figures, `narrow` ones are never wrapped."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    figures, whole = frozenset(right), frozenset(narrow)
    for column in columns:
        drawn.add_column(
            column,
            justify="right" if column in figures else "left",
            no_wrap=column in figures or column in whole,
            overflow="fold",
        )
    return drawn


def stack(parts: Sequence[RenderableType | None]) -> Group:
    """Put parts below one another with an empty line between them."""
    present = [part for part in parts if part is not None]
    spaced: list[RenderableType] = []
    for part in present:
        spaced += [part] if not spaced else [Text(""), part]
    return Group(*spaced)
