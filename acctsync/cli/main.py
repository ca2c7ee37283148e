"""The entry point and the one error boundary.

Whatever happens below comes out as an exit code, and as words or as one JSON envelope.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, TypeGuard

from acctsync import __version__
from acctsync.cli.answer import Answer, failed
from acctsync.cli.arguments import Options, command_in, options, split
from acctsync.cli.context import Session
from acctsync.cli.speak import speak
from acctsync.errors import AcctsyncError, ExitCode, InputRefused, Interrupted, StateUnusable

if TYPE_CHECKING:
    import typer

_MACHINE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOTDIR,
}


# Nearly all that a command makes lives until it ends: looking for garbage as often as Python does
# finds none, and costs a tenth of a run with nothing to do.
_SELDOM = (50_000, 20, 100)


def main() -> NoReturn:
    """Run the command that the process was started with."""
    gc.set_threshold(*_SELDOM)
    sys.exit(run(sys.argv[1:], os.environ))


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command line; tell the exit code."""
    try:
        word = command_in(arguments)
        command = _command(word) if word else None
        parts = split(arguments, _valued(command) if command else ())
        chosen = options(parts.given, environment)
    except InputRefused as error:
        session = Session(Options(as_json="--json" in arguments), environment)
        return speak("acctsync", failed(error), session)
    session = Session(chosen, environment)
    if chosen.version:
        session.terminal.show(f"acctsync {__version__}")
        return 0
    command = command or _command(word)
    name = session.log.command = _name(parts.rest, command)
    if not parts.rest and not chosen.as_json:
        # A line without a command is no success: a cron job may have lost its second half.
        command(["--help"], prog_name="acctsync", standalone_mode=False)
        return int(ExitCode.REFUSED)
    with session.signals, session:
        answer = _answer(command, parts.rest, session)
    if answer is None:
        # That is help: typer has shown it.
        return 0
    code = _shown(name, answer, session)
    _leave(code, answer, session)
    return code


def _leave(code: int, answer: Answer, session: Session) -> None:
    """Log the end and report it; nothing that goes wrong there changes how the command ended."""
    with suppress(Exception, KeyboardInterrupt):
        session.ended(code, answer)


def _shown(name: str, answer: Answer, session: Session) -> int:
    try:
        return speak(name, answer, session)
    except Exception as error:  # noqa: BLE001 - an answer that can't be shown is a bug as well
        return speak(name, failed(_bug(error, session)), session)


def _answer(
    command: typer.core.TyperGroup, words: Sequence[str], session: Session
) -> Answer | None:
    try:
        return _carry_out(command, words, session)
    except BrokenPipeError:
        return Answer()
    except KeyboardInterrupt:
        return failed(session.signals.interrupted())
    except Exception as error:  # noqa: BLE001 - the boundary: no traceback reaches a terminal
        return failed(_explained(error, session))


def _explained(error: Exception, session: Session) -> AcctsyncError:
    match error:
        case Interrupted():
            # Only whoever heard the signal can tell Ctrl-C from SIGTERM.
            return session.signals.interrupted()
        case AcctsyncError():
            return error
        case _ if _is_misuse(error):
            return _misused(error)
        case OSError() if error.errno in _MACHINE:
            return _machine_trouble(error)
        case _:
            return _bug(error, session)


def _carry_out(
    command: typer.core.TyperGroup, words: Sequence[str], session: Session
) -> Answer | None:
    returned = command(list(words), prog_name="acctsync", standalone_mode=False, obj=session)
    if isinstance(returned, Answer):
        return returned
    # typer turns KeyboardInterrupt into this number, and help into 0.
    if returned == ExitCode.INTERRUPTED:
        raise session.signals.interrupted()
    return None


def _is_misuse(error: Exception) -> TypeGuard[typer.BadParameter]:
    """Tell a usage error; typer keeps the parent of its own to itself."""
    import typer

    return isinstance(error, typer.BadParameter.__bases__[0])


def _misused(error: typer.BadParameter) -> InputRefused:
    where = error.ctx.command_path if error.ctx else "acctsync"
    return InputRefused(error.format_message().rstrip("."), hint=f"See: {where} --help")


def _machine_trouble(error: OSError) -> AcctsyncError:
    return StateUnusable(
        f"{error.filename or 'a file'} can't be used: {error.strerror}",
        hint="Make room or give this user the right to write there, then run it again.",
    )


def _bug(error: BaseException, session: Session) -> AcctsyncError:
    name = type(error).__name__
    with suppress(OSError):
        file = session.keep_crash(error)
        return AcctsyncError(
            f"an unexpected error ({name}): this is a bug in acctsync",
            hint=f"Details for whoever mends it: {file}",
        )
    return AcctsyncError(f"an unexpected error ({name}): this is a bug, and no log could be kept")


def _command(word: str) -> typer.core.TyperGroup:
    """Put together what a line needs: the command that it names, or else all that there are."""
    import typer

    from acctsync.cli.app import application
    from acctsync.cli.manual import PAGES

    app = application([word]) if word in PAGES else application()
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    return command


def _valued(command: typer.core.TyperGroup) -> frozenset[str]:
    """Name the commands' own options that take a value."""
    return frozenset(
        name
        for each in command.commands.values()
        for parameter in each.params
        if parameter.param_type_name == "option" and not getattr(parameter, "is_flag", False)
        for name in parameter.opts
    )


def _name(words: Sequence[str], command: typer.core.TyperGroup) -> str:
    """Tell the command's name, even of a line that could not be understood."""
    return next((word for word in words if word in command.commands), "acctsync")
