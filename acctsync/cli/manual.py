"""What help says of every command: a line, examples first, and at the end its exit codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from acctsync.cli.arguments import describe
from acctsync.errors import EXIT_MEANINGS, ExitCode

_ALWAYS = (ExitCode.DONE, ExitCode.BUG, ExitCode.REFUSED)
_READS_STATE = (*_ALWAYS, ExitCode.SIGN_IN, ExitCode.STATE)
_ASKS_THE_BOOKS = (*_ALWAYS, ExitCode.SIGN_IN, ExitCode.LATER, ExitCode.GUARD, ExitCode.STATE)
_STOPPABLE = (ExitCode.INTERRUPTED, ExitCode.TERMINATED)
_WRITES = (*_ASKS_THE_BOOKS, ExitCode.PARTIAL, ExitCode.LOCKED, *_STOPPABLE)


@dataclass(frozen=True, slots=True)
class Page:
    """One command's help."""

    summary: str
    examples: tuple[str, ...]
    codes: tuple[ExitCode, ...]
    more: str = ""


class HelpTexts(TypedDict):
    """What typer wants to know of a command."""

    help: str
    short_help: str
    epilog: str


PAGES: dict[str, Page] = {
    "demo": Page(
        "Do the whole job once against a simulated company: no account, no network needed.",
        ("acctsync demo", "acctsync demo --keep /tmp/demo"),
        (*_ALWAYS, *_STOPPABLE),
    ),
    "simulate": Page(
        "Serve a simulated company on this machine until stopped.",
        ("acctsync simulate qbo", "acctsync simulate qbo --port 8321 --faults faults.json"),
        (*_ALWAYS, *_STOPPABLE),
        "Prints one line when it is ready: ready http://127.0.0.1:PORT",
    ),
    "connect": Page(
        "Sign in to a company, once.",
        (
            "acctsync connect qbo --production --client-id ID --client-secret-file secret.txt",
            "acctsync connect qbo --sandbox --no-browser",
            "acctsync connect qbo --url http://127.0.0.1:8321 --yes",
        ),
        (*_ASKS_THE_BOOKS, ExitCode.LOCKED, *_STOPPABLE),
        "The app's secret comes from a file, from ACCTSYNC_QBO_CLIENT_SECRET_FILE or is asked for; "
        "never from a flag. QuickBooks takes no localhost address for production companies: use "
        "--paste with an https page of yours as --redirect-uri.",
    ),
    "disconnect": Page(
        "Revoke the sign-in and forget its tokens; ids and history stay.",
        ("acctsync disconnect", "acctsync disconnect qbo --yes"),
        (*_READS_STATE, ExitCode.LOCKED),
    ),
    "connections": Page(
        "List the connections: company, token store, days until sign-in is needed.",
        ("acctsync connections", "acctsync connections --json"),
        (*_ALWAYS, ExitCode.STATE),
    ),
    "lists": Page(
        "Show a list of the books, to copy names from into the mapping.",
        ("acctsync lists items", "acctsync lists tax-codes --json"),
        _ASKS_THE_BOOKS,
    ),
    "check": Page(
        "Check mapping and exports against each other, offline: every problem in one run.",
        ("acctsync check", "acctsync check --month 2025-03 --verbose --json"),
        (*_ALWAYS, ExitCode.PARTIAL),
        "Values that the mapping doesn't know come as YAML to paste.",
    ),
    "plan": Page(
        "Show what a push would do, and change nothing.",
        (
            "acctsync plan",
            "acctsync plan --last-month --out march.plan.json",
            "acctsync plan --exit-code --quiet   # 10: there is something to push",
        ),
        (*_ASKS_THE_BOOKS, ExitCode.PARTIAL, ExitCode.PENDING, *_STOPPABLE),
    ),
    "push": Page(
        "Bring the books to what the export says: exactly once, to the cent.",
        (
            "acctsync push",
            "acctsync push --month 2025-03 --only customers,invoices",
            "acctsync push --plan march.plan.json --yes",
            "acctsync push --quiet               # from cron: silent when all is well",
        ),
        _WRITES,
        "Asks first on a terminal, goes ahead elsewhere. Safe to repeat, whatever happened before.",
    ),
    "retry-failed": Page(
        "Try again what failed, with today's export and mapping.",
        ("acctsync retry-failed", "acctsync retry-failed --document INV-1042"),
        _WRITES,
    ),
    "status": Page(
        "Show how things stand: what failed, what waits, the last runs, what to type next.",
        ("acctsync status", "acctsync status --json"),
        _READS_STATE,
    ),
    "log": Page(
        "Show the audit trail: every attempt, newest first.",
        ("acctsync log --limit 20", "acctsync log --document INV-1042"),
        _READS_STATE,
    ),
    "show": Page(
        "Show one document: its rows, what was built from them, and what is in the books.",
        ("acctsync show INV-1042",),
        _ASKS_THE_BOOKS,
    ),
    "exit-codes": Page(
        "List the exit codes.",
        ("acctsync exit-codes",),
        (ExitCode.DONE,),
    ),
}


def texts(command: str) -> HelpTexts:
    """Write a command's help."""
    page = PAGES[command]
    parts = [_block("Examples:", page.examples), page.summary, page.more]
    return {
        "help": "\n\n".join(part for part in parts if part),
        "short_help": page.summary,
        "epilog": _exit_codes(page.codes),
    }


def front_page() -> str:
    """Write what `acctsync --help` opens with."""
    examples = (
        "acctsync demo                # see the whole job in a minute, no account needed",
        "acctsync connect qbo         # sign in to your company, once",
        "acctsync check               # mapping and exports against each other, offline",
        "acctsync plan                # what a push would do",
        "acctsync push                # do it; safe to repeat, whatever happens",
    )
    summary = "Push a billing system's exports into QuickBooks Online: exactly once, to the cent."
    width = max(len(forms) for forms, _ in describe())
    flags = (f"{forms:{width}}  {meaning}" for forms, meaning in describe())
    options = _block("Global options (before or after the command):", flags)
    return f"{_block('Examples:', examples)}\n\n{summary}\n\n{options}"


def back_page() -> str:
    """Write what `acctsync --help` ends with."""
    return _exit_codes(tuple(ExitCode))


def _exit_codes(codes: Iterable[ExitCode]) -> str:
    return _block(
        "Exit codes:", (f"{code.value:>3}  {EXIT_MEANINGS[code]}" for code in sorted(codes))
    )


def _block(title: str, lines: Iterable[str]) -> str:
    # \b keeps typer from re-wrapping the block.
    return "\n".join(["\b", title, *(f"  {line}" for line in lines)])
