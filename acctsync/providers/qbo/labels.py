"""What QuickBooks can't take of a class or location that is to be created; pure."""

from __future__ import annotations

from collections.abc import Iterator

from acctsync.documents import Kind, Label
from acctsync.errors import Problem
from acctsync.providers.qbo.company import ClassTracking, Settings
from acctsync.providers.qbo.text import display_name, foreign

# Intuit: Class, Department: the name, and how deep names may be nested.
LABEL_NAME_MOST = 100
LEVELS_MOST = 5
_WORDS = {Kind.CLASSES: "class", Kind.LOCATIONS: "location"}


def label_faults(label: Label, known: Settings | None) -> Iterator[Problem]:
    """Check one class or location; without settings only the rules that need no company."""
    word, table = _WORDS[label.kind], f"accounting.{label.kind}"
    latin_only = known is not None and known.domestic
    name = display_name(label.own_name, latin_only=latin_only)
    if not name:
        yield Problem(
            code="QBO112", message="it has no name", hint=f"Map the word to a name under {table}."
        )
    if len(name) > LABEL_NAME_MOST or label.depth >= LEVELS_MOST:
        yield Problem(
            code="QBO216",
            message=f"QuickBooks takes a {word} of at most {LABEL_NAME_MOST} characters, at most"
            f" {LEVELS_MOST} levels deep (a colon parts the levels)",
            hint=f"Map the word to a shorter name under {table}.",
        )
    odd = foreign(name) if latin_only else ""
    if odd:
        yield Problem(
            code="QBO136",
            message=f"the name holds characters a US company in QuickBooks can't keep: {odd[:20]}",
            hint=f"Write it in Latin letters, or map the word to another name under {table}.",
        )
    if known is not None and not _tracked(label, known):
        yield Problem(
            code="QBO217",
            message=f"{word} tracking is off in QuickBooks: the {word} {label.name!r} can't be"
            " created",
            hint="Switch it on (Settings, Account and settings, Advanced, Categories; needs"
            f" Plus), or drop the {label.kind} from the mapping.",
        )


def _tracked(label: Label, known: Settings) -> bool:
    if label.kind is Kind.CLASSES:
        return known.classes is not ClassTracking.OFF
    return known.locations
