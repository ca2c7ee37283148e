"""What help says of every command: a line, examples first, and at the end its exit codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from acctsync.cli.arguments import describe
from acctsync.errors import EXIT_MEANINGS, ExitCode
from acctsync.values import dataclass

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
        ("acctsync demo", "acctsync demo --books xero", "acctsync demo --keep /tmp/demo"),
        (*_ALWAYS, *_STOPPABLE),
    ),
    "simulate": Page(
        "Serve a simulated company on this machine until stopped.",
        (
            "acctsync simulate qbo",
            "acctsync simulate qbo --port 8321 --faults faults.json",
            "acctsync simulate xero",
        ),
        (*_ALWAYS, *_STOPPABLE),
        "Prints one line when it is ready: ready http://127.0.0.1:PORT",
    ),
    "init": Page(
        "Write a first mapping: commented, from the headers of your exports; overwrites nothing.",
        (
            "acctsync init --from invoices.csv --from payments.csv",
            "acctsync init --preset stripe --from invoices.json",
            "acctsync init",
        ),
        (*_READS_STATE, ExitCode.PARTIAL, ExitCode.LATER, ExitCode.GUARD, *_STOPPABLE),
        "Every value that it writes is a suggestion: what says CONFIRM needs a person. On a "
        "terminal, with a mapping there already, it asks where the words go that are not mapped.",
    ),
    "columns": Page(
        "Show what an export holds: columns, sample values, how numbers and dates are written.",
        ("acctsync columns invoices.csv", "acctsync columns invoices.json --json"),
        _ALWAYS,
        "Looks at the first 1,000 rows (and 4 MB) of a CSV file, however large it is. What it "
        "suggests was tried on every value that it saw; nothing is guessed when you push.",
    ),
    "schema": Page(
        "Print the JSON Schema (draft-07) of the mapping file, for editors.",
        ("acctsync schema > acctsync.schema.json", "acctsync schema --json"),
        _ALWAYS,
        "init writes it beside the mapping, and the line by which editors find it.",
    ),
    "connect": Page(
        "Sign in to a company, once.",
        (
            "acctsync connect qbo --production --client-id ID --client-secret-file secret.txt",
            "acctsync connect qbo --sandbox --no-browser",
            "acctsync connect xero --client-id ID --company 'Harbour Commons LLC'",
            "acctsync connect qbo --url http://127.0.0.1:8321 --yes",
        ),
        (*_ASKS_THE_BOOKS, ExitCode.LOCKED, *_STOPPABLE),
        "The app's secret comes from a file, from ACCTSYNC_QBO_CLIENT_SECRET_FILE or is asked for; "
        "never from a flag. QuickBooks takes no localhost address for production companies: use "
        "--paste with an https page of yours as --redirect-uri. A Xero app has no secret; one with "
        "a secret is a custom connection, which signs in to its one organisation by itself.",
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
    "doctor": Page(
        "Check whether everything that an unattended run needs works here and now.",
        (
            "acctsync doctor",
            "acctsync doctor --json",
            "acctsync doctor --quiet             # from cron: silent when all is well",
        ),
        (*_READS_STATE, ExitCode.LATER, ExitCode.LOCKED),
        "The exit code is that of the most urgent problem, in this order: 4 sign-in, 12 state, "
        "2 mapping, exports or names, 11 another run, 5 the books don't answer. Warnings alone "
        "are exit 0, and shown even by --quiet. Nothing is written to the books.",
    ),
    "lists": Page(
        "Show a list of the books, to copy names from into the mapping.",
        (
            "acctsync lists items",
            "acctsync lists tax-codes --json",
            "acctsync lists items --refresh",
        ),
        _ASKS_THE_BOOKS,
        "Lists are kept between runs and brought up to date by asking what changed since.",
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
    "explain": Page(
        "Explain one document: each value, the cells it comes from, and the mapping's line.",
        (
            "acctsync explain INV-1042",
            "acctsync explain py_3K9aQ --json    # a payment, by its id",
        ),
        _ALWAYS,
        "Offline. Refused and skipped documents are explained as well, with the reason; so are "
        "rows that where, skip_rows or stop_at leave out: all of that is exit 0. A document that "
        "the export does not hold is exit 2, with the nearest id or number.",
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
        "Asks first on a terminal, goes ahead elsewhere. Safe to repeat, whatever happened before. "
        "ACCTSYNC_PING_URL names a monitor that hears how every push went, and misses silence.",
    ),
    "retry-failed": Page(
        "Try again what failed, with today's export and mapping.",
        ("acctsync retry-failed", "acctsync retry-failed --document INV-1042"),
        _WRITES,
    ),
    "undo": Page(
        "Take back what a run created, as far as the books allow.",
        (
            "acctsync undo 3f2a91c0 --dry-run",
            "acctsync undo 3f2a91c0",
            "acctsync undo 3f2a91c0 --yes",
        ),
        _WRITES,
        "acctsync status and log name the runs. QuickBooks deletes the documents, for a void one "
        "keeps its number; they count as never pushed, so the next push creates them anew. What "
        "somebody changed there since, or was paid by others, stays and is named; customers and "
        "items stay. Asks first; without a terminal it needs --yes.",
    ),
    "adopt": Page(
        "Link what is already in the books by number; creates nothing.",
        ("acctsync adopt", "acctsync adopt --until 2024-12-31"),
        _WRITES,
        "What agrees in number, date, total and customer counts as pushed from then on. What is "
        "missing or differs is told; nothing is written to the books.",
    ),
    "reconcile": Page(
        "Compare export and books document by document, to the cent; changes nothing.",
        (
            "acctsync reconcile --last-month",
            "acctsync reconcile --month 2025-03 --html march.html --csv march.csv",
            "acctsync reconcile --quiet --last-month   # from cron: silent when all agrees",
        ),
        (*_ASKS_THE_BOOKS, ExitCode.PARTIAL, *_STOPPABLE),
        "Tells what is missing, extra, there twice, of another amount or date, paid here but not "
        "there, and edited or voided there. Exit 3: there are differences. Without dates it looks "
        "at the days of the export; with them at all that the books hold of those days.",
    ),
    "pull": Page(
        "Read payments back from the books: what is new, changed or deleted since the last time.",
        (
            "acctsync pull payments --out payments.csv",
            "acctsync pull payments --since 2025-03-01 --out march.json",
            "acctsync pull payments | import-payments   # CSV where no terminal is",
        ),
        (*_ASKS_THE_BOOKS, ExitCode.LOCKED, *_STOPPABLE),
        "It remembers what it told once that is written whole; after a crash it tells it again. "
        "With --since it lists everything from that day on; only the first pull remembers that.",
    ),
    "report": Page(
        "Show Profit and Loss of a period, live from the books; changes nothing.",
        (
            "acctsync report pnl --from 2025-01-01 --to 2025-03-31",
            "acctsync report pnl --from 2025-01-01 --to 2025-12-31 --csv year.csv",
        ),
        (*_ASKS_THE_BOOKS, *_STOPPABLE),
        "By the company's own accounting method, accrual or cash; the report says which.",
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
    "state": Page(
        "Back up, check, dump or rebuild what acctsync remembers of a company.",
        (
            "acctsync state backup --out state-2025-03.db",
            "acctsync state check",
            "acctsync state export > state.ndjson",
            "acctsync state rebuild",
        ),
        (*_ASKS_THE_BOOKS, ExitCode.PARTIAL, ExitCode.LOCKED, *_STOPPABLE),
        "Only rebuild asks the books, and it writes nothing to them: it remembers what they hold "
        "of the export, so that the next push creates nothing twice. An old state is put aside, "
        "never deleted.",
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
        "acctsync connect qbo         # sign in to your company, once; or: connect xero",
        "acctsync check               # mapping and exports against each other, offline",
        "acctsync plan                # what a push would do",
        "acctsync push                # do it; safe to repeat, whatever happens",
    )
    summary = (
        "Push a billing system's exports into QuickBooks Online or Xero: exactly once, to the cent."
    )
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
