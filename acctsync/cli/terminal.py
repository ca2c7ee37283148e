"""The person's side: what is printed where, in which colours, and what may be asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from acctsync.cli.arguments import Options
from acctsync.cli.signals import wait_for_line
from acctsync.errors import InputRefused

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 100


class Terminal:
    """Standard output for results, standard error for everything else.

    `attended`: a person sits there, both ends of a question are a terminal.
    """

    def __init__(self, options: Options, environment: Mapping[str, str]) -> None:
        self._options = options
        self._environment = environment
        # Asked once, at the start: a progress bar puts a stream of its own in the place of these.
        self.attended = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def draws(self) -> bool:
        """Tell whether progress may be drawn: a person looks at standard error."""
        return sys.stderr.isatty() and self._environment.get("TERM") != "dumb"

    @property
    def paints(self) -> bool:
        """Tell whether results may be coloured."""
        unwanted = self._options.no_color or self._environment.get("TERM") == "dumb"
        return sys.stdout.isatty() and not unwanted

    @property
    def on_screen(self) -> bool:
        """Tell whether a person sees the results, rather than a program or a file."""
        return sys.stdout.isatty()

    @property
    def width(self) -> int:
        return self._console(sys.stdout).width

    @property
    def can_ask(self) -> bool:
        return not self._options.no_input and self.attended

    def show(self, content: object) -> None:
        """Print a result."""
        self.deliver(content)

    def deliver(self, content: object) -> bool:
        """Print a result; tell whether somebody was there to take all of it."""
        return self._print(sys.stdout, content)

    def say(self, content: object) -> None:
        """Print a remark, unless the person wants quiet."""
        if not self._options.quiet:
            self._print(sys.stderr, content)

    def complain(self, content: object) -> None:
        """Print what went wrong."""
        self._print(sys.stderr, content)

    def ask(self, question: str, *, flag: str) -> str:
        """Ask for a line; where nobody can answer, refuse and name the flag that would have."""
        self._must_be_able(question, flag)
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        return self._line(flag)

    def ask_secret(self, question: str, *, flag: str) -> str:
        """Ask for a line without showing it."""
        import getpass

        self._must_be_able(question, flag)
        return getpass.getpass(f"{question} ", stream=sys.stderr).strip()

    def agree(self, question: str, *, flag: str) -> bool:
        """Ask for a yes."""
        return self.ask(f"{question} [y/N]", flag=flag).strip().lower() in {"y", "yes"}

    def read_line(self, request: str, *, flag: str) -> str:
        """Read a line from standard input, a terminal or not; say what is wanted on a terminal."""
        if self.attended:
            self._must_be_able(request, flag)
            self.complain(request)
        return self._line(flag)

    def error_console(self) -> Console:
        """Make rich's view of standard error."""
        return self._console(sys.stderr)

    def _console(self, stream: TextIO) -> Console:
        """Make rich's view of a stream; nothing foreign is ever read as its markup."""
        from rich.console import Console

        return Console(
            file=stream,
            markup=False,
            emoji=False,
            highlight=False,
            no_color=True if self._options.no_color else None,
            width=None if stream.isatty() else self._pipe_width(),
        )

    def _pipe_width(self) -> int:
        columns = self._environment.get("COLUMNS", "")
        return int(columns) if columns.isdigit() and int(columns) > 0 else _PIPE_WIDTH

    def _print(self, stream: TextIO, content: object) -> bool:
        if content == "":
            return True
        try:
            if isinstance(content, str):
                stream.write(content + "\n")
            else:
                self._console(stream).print(content)
            stream.flush()
        except BrokenPipeError:
            _forget(stream)
            return False
        return True

    def _must_be_able(self, question: str, flag: str) -> None:
        if not self.can_ask:
            raise InputRefused(
                f"an answer is needed and nobody can be asked: {question}", hint=f"Give {flag}."
            )

    def _line(self, flag: str) -> str:
        if sys.stdin.isatty():
            wait_for_line(sys.stdin)
        line = sys.stdin.readline()
        if not line:
            raise InputRefused("no answer came on standard input", hint=f"Give {flag}.")
        return line.strip()


def _forget(stream: TextIO) -> None:
    """Send what is left to nowhere: whoever read the stream has gone, and that is no error."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return
