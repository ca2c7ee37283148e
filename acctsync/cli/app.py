"""The list of commands; each is in the module of its name, and loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import typer

from acctsync.cli.manual import PAGES, back_page, front_page, texts


def application(names: Iterable[str] = PAGES) -> typer.Typer:
    """Put the command line together, of all commands or of a few."""
    app = typer.Typer(
        name="acctsync",
        help=front_page(),
        epilog=back_page(),
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_acctsync)
    for name in names:
        word = name.replace("-", "_")
        command = getattr(import_module(f"acctsync.cli.{word}"), word)
        app.command(name, **texts(name))(command)
    return app


def _acctsync() -> None:
    # Global options are taken out before typer looks: see arguments.py.
    pass
