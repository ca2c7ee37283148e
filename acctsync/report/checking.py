"""What `check` found: counts, money, problems, and the words that the mapping doesn't know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from acctsync.documents import (
    Customer,
    DocumentRef,
    Held,
    Invoice,
    Item,
    Kind,
    Label,
    Listed,
    Refund,
    Stub,
)
from acctsync.engine.reading import Reading
from acctsync.errors import ExitCode, Problem
from acctsync.mapping.lookups import Unmapped
from acctsync.money import ZERO
from acctsync.plan.selection import Selection
from acctsync.report.envelope import amount, money_fields

if TYPE_CHECKING:
    from rich.console import RenderableType

# Words that are not mapped, as an error and as a warning; documents that fall with another.
_UNMAPPED = ("DOC005", "DOC016")
_FALLS = "CHK015"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A reading, narrowed to what was asked for; problems are never narrowed away.

    `found` counts the documents, `money` adds up their totals by kind and currency.
    """

    reading: Reading
    selection: Selection
    found: Counter[Kind]
    money: dict[Kind, dict[str, Decimal]]

    @property
    def documents(self) -> Iterator[Held]:
        """Give the documents that were asked for."""
        return _chosen(self.reading, self.selection)

    @property
    def exit_code(self) -> ExitCode:
        errors = [problem for problem in self.reading.problems if problem.is_error]
        if any(problem.document is None for problem in errors):
            return ExitCode.REFUSED
        return ExitCode.PARTIAL if errors or self.reading.refused else ExitCode.DONE

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self.reading.problems)

    def by_kind(self) -> dict[Kind, dict[str, int]]:
        """Count documents, refused and skipped ones by kind, each once."""
        found = self.found
        refused = Counter(ref.kind for ref in self.reading.refused)
        skipped = self.reading.skipped
        return {
            kind: {
                "documents": found[kind],
                "refused": refused[kind],
                "skipped": skipped.get(kind, 0),
            }
            for kind in dict.fromkeys([*found, *refused, *skipped])
        }


def narrow(reading: Reading, selection: Selection) -> Checked:
    """Go through the documents that were asked for, once."""
    found: Counter[Kind] = Counter()
    money: dict[Kind, dict[str, Decimal]] = {}
    for document in _chosen(reading, selection):
        found[document.ref.kind] += 1
        if not isinstance(document, Listed):
            own = document.money
            sums = money.setdefault(document.ref.kind, {})
            sums[own.currency] = sums.get(own.currency, ZERO) + own.amount
    return Checked(reading=reading, selection=selection, found=found, money=money)


def _chosen(reading: Reading, selection: Selection) -> Iterator[Held]:
    return (
        each
        for each in reading.every
        if selection.takes(each.ref, each.number, getattr(each, "date", None))
    )


def check_data(checked: Checked, *, verbose: bool) -> dict[str, object]:
    """Write a check."""
    data: dict[str, object] = {
        "by_kind": {str(kind): each for kind, each in checked.by_kind().items()},
        "money": money_fields(checked.money),
        "unmapped": [_unmapped(each) for each in checked.reading.unmapped],
    }
    if verbose:
        names = _names(checked.reading.documents)
        data["documents"] = [_document(each, names) for each in checked.documents]
    return data


def check_text(checked: Checked, *, verbose: bool) -> RenderableType:
    """Show a check."""
    from rich.text import Text

    from acctsync.report.look import GOOD, stack
    from acctsync.report.problems import listing

    well = checked.exit_code is ExitCode.DONE
    return stack(
        [
            _table(checked),
            listing(checked.problems if verbose else _causes(checked.problems), whole=verbose),
            None if verbose else _falling(checked.problems),
            _paste(
                [each for each in checked.reading.unmapped if not each.by_name],
                _waiting(checked.problems),
            ),
            _by_name([each for each in checked.reading.unmapped if each.by_name]),
            Text("All good. Next: acctsync plan", GOOD) if well else None,
        ]
    )


def _table(checked: Checked) -> RenderableType:
    from acctsync.report.look import table
    from acctsync.report.words import plural, sums

    counts, money = checked.by_kind(), checked.money
    columns = ["documents"]
    columns += [word for word in ("refused", "skipped") if any(c[word] for c in counts.values())]
    drawn = table("", *columns, "amount", right=[*columns, "amount"])
    for kind, count in counts.items():
        figures = (f"{count[word]:,}" if count[word] else "" for word in columns)
        drawn.add_row(plural(kind), *figures, sums(money.get(kind, {})))
    return drawn


def _causes(problems: Iterable[Problem]) -> list[Problem]:
    """Leave out what is told below once for very many documents."""
    return [each for each in problems if each.code not in {*_UNMAPPED, _FALLS}]


def _falling(problems: Iterable[Problem]) -> RenderableType | None:
    """Count the documents that are refused because of another, by kind."""
    from rich.text import Text

    from acctsync.report.words import many, singular

    kinds = Counter(each.kind or "document" for each in problems if each.code == _FALLS)
    if not kinds:
        return None
    counted = " and ".join(many(count, singular(kind)) for kind, count in kinds.items())
    word = "is" if kinds.total() == 1 else "are"
    return Text(
        f"{counted} {word} refused with the documents that they belong to; --verbose shows each."
    )


def _waiting(problems: Iterable[Problem]) -> int:
    """Count the documents that wait for words to be mapped."""
    return len({(each.kind, each.document) for each in problems if each.code == _UNMAPPED[0]})


def _paste(unmapped: Iterable[Unmapped], waiting: int) -> RenderableType | None:
    """Write every unmapped word as one piece of YAML to paste, most used first."""
    from rich.console import Group
    from rich.text import Text

    from acctsync.report.look import heading
    from acctsync.report.words import many

    lines: dict[str, list[str]] = {}
    for each in sorted(unmapped, key=lambda word: -word.count):
        *above, entry = each.yaml.splitlines()
        lines.setdefault("\n".join(above), []).append(f"{entry}  # {_seen(each)}")
    if not lines:
        return None
    text = "\n".join(line for above, entries in lines.items() for line in (_inner(above), *entries))
    held = f", so {many(waiting, 'document')} can't go over" if waiting else ""
    return Group(
        heading(f"Not mapped yet{held}; paste this and fill in each ?"),
        Text(f"\naccounting:\n{text}"),
    )


def _by_name(words: Sequence[Unmapped]) -> RenderableType | None:
    """List the words that stand for entries of their own name."""
    from rich.console import Group
    from rich.text import Text

    from acctsync.report.look import SOFT, foreign, heading

    if not words:
        return None
    lines = [
        foreign(f"  {each.what.replace('_', ' ')} {each.value!r}  ({_seen(each)})", SOFT)
        for each in sorted(words, key=lambda word: -word.count)
    ]
    title = "Taken by their own names; products and services that are missing are created"
    return Group(heading(title), Text(""), *lines)


def _inner(above: str) -> str:
    """Leave out the section's name, which stands above all tables."""
    return above.partition("\n")[2]


def _seen(word: Unmapped) -> str:
    from acctsync.report.words import place

    times = "once" if word.count == 1 else f"{word.count:,} times"
    return f"{times}, first at {place(word.place)}" if word.place else times


def _unmapped(word: Unmapped) -> dict[str, object]:
    return {
        "what": word.what,
        "value": word.value,
        "count": word.count,
        "file": word.place.file if word.place else None,
        "line": word.place.line if word.place else None,
        "yaml": word.yaml,
        "policy": word.policy,
    }


def _names(documents: Iterable[Held]) -> dict[DocumentRef, str]:
    return {each.ref: each.name for each in documents if isinstance(each, Customer)}


def _document(document: Held, names: dict[DocumentRef, str]) -> dict[str, object]:
    fields: dict[str, object] = {
        "kind": str(document.ref.kind),
        "id": document.ref.id,
        "number": document.number,
        "party": _party(document, names),
        "date": None,
        "currency": getattr(document, "currency", None) or None,
        "total": None,
        "tax": None,
    }
    if isinstance(document, Listed):
        return fields
    tax = document.tax_total if isinstance(document, Invoice | Refund | Stub) else ZERO
    return fields | {
        "date": document.date.isoformat() if document.date else None,
        "total": amount(document.money.amount, document.currency),
        "tax": amount(tax, document.currency),
    }


def _party(document: Held, names: dict[DocumentRef, str]) -> str | None:
    if isinstance(document, Item | Label):
        return None
    ref = document.ref if isinstance(document, Customer) else document.customer
    return names.get(ref) if ref else None
