"""`acctsync exit-codes`: what a script may rely on."""

from __future__ import annotations

from acctsync.cli.answer import Answer
from acctsync.errors import EXIT_MEANINGS


def exit_codes() -> Answer:
    """List the exit codes."""
    return Answer(data=_data, text=_text)


def _data() -> dict[str, object]:
    return {"exit_codes": {str(int(code)): meaning for code, meaning in EXIT_MEANINGS.items()}}


def _text() -> str:
    lines = [f"{code.value:>3}  {meaning}" for code, meaning in EXIT_MEANINGS.items()]
    return "\n".join([*lines, "", "Anything else is a failure."])
