"""The words of the questions that complete a mapping: what is asked, what is offered, what is left.

Names come from exports and from the books: each is cleaned before it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from acctsync.documents import ListEntry, ListKind
from acctsync.mapping.questions import Choice, Misnamed, Question, Unknown, unknown_words
from acctsync.plan.references import folded
from acctsync.report.checking import Checked
from acctsync.report.clean import clean
from acctsync.report.look import GOOD, SOFT, WARN, foreign, heading, stack, table
from acctsync.report.words import many, place

_NOUNS = {
    ListKind.ITEMS: "product or service",
    ListKind.ACCOUNTS: "account",
    ListKind.CLASSES: "class",
    ListKind.LOCATIONS: "location",
    ListKind.TAX_CODES: "tax code",
    ListKind.PAYMENT_METHODS: "payment method",
}
# Lists whose entries are told apart by their type as well.
_TYPED = frozenset((ListKind.ITEMS, ListKind.ACCOUNTS))
_LONGEST = 60
_MOST_LEFT = 10


def opening(asked: Sequence[Question], company: str, file: str) -> RenderableType:
    """Say what will be asked, and how to answer."""
    unknown = sum(isinstance(each, Unknown) for each in asked)
    counts = [
        many(unknown, "word") + " of the export not mapped yet",
        many(len(asked) - unknown, "name") + " of the mapping not in the books",
    ]
    said = [count for count in counts if not count.startswith("0 ")]
    return stack(
        [
            heading(" and ".join(said)),
            Text(
                f"For each, choose what it is in {clean(company)}: type a number, a name or "
                "part of one. Enter skips it, ? shows the whole list, q stops; r reads the lists "
                "again after you added something in the books. "
                f"Your answers are written to {clean(file)} at the end.",
                SOFT,
            ),
        ]
    )


def question_text(question: Question, number: int, total: int) -> RenderableType:
    """Say what is asked for, and where it stands."""
    counter = Text(f"[{number} of {total}] ", SOFT)
    if isinstance(question, Misnamed):
        why = clean(question.why[:1].upper() + question.why[1:])
        return Group(Text(), Text.assemble(counter, (why, "bold"), (_where(question), SOFT)))
    first = f", first at {place(question.place)}" if question.place else ""
    lines = [
        Text(),
        Text.assemble(
            counter, (named(question), "bold"), (f", {_times(question.count)}{first}", SOFT)
        ),
    ]
    if question.catches_others:
        remark = "In a mapping, * stands for any text: the answer goes for all words of this form."
        lines.append(Text(remark, WARN))
    return Group(*lines)


def named(question: Question) -> str:
    """Call what is asked for by its sort: item "Hot Desk"."""
    if isinstance(question, Misnamed):
        return f'{_noun(question.kind)} "{clean(question.reference, _LONGEST)}"'
    return f'{question.what.replace("_", " ")} "{clean(question.value, _LONGEST)}"'


def offer_table(kind: ListKind, shown: Sequence[ListEntry]) -> RenderableType:
    """List what can be chosen, numbered; names that are there twice with their ids."""
    names = Counter(folded(each.full_name) for each in shown)
    drawn = table("Number", "Name", "Type", right=["Number"])
    drawn.show_header = False
    for number, each in enumerate(shown, start=1):
        name = foreign(each.full_name)
        if names[folded(each.full_name)] > 1:
            name.append(f" (id {clean(each.id, _LONGEST)})", SOFT)
        drawn.add_row(str(number), name, foreign(each.type if kind in _TYPED else "", SOFT))
    return drawn


def prompt(choice: Choice, whole: int) -> str:
    """Ask for an entry of a list of so many."""
    noun = "Account to deposit to" if choice.default else _noun(choice.kind).capitalize()
    enter = f"Enter: {clean(choice.default, _LONGEST)}; " if choice.default else ""
    return f"{noun} ({enter}? for all {whole:,}):"


def nothing_alike() -> Text:
    """Say that what is offered is a guess at best."""
    return Text("Nothing in the books is called alike; the least unlike names:", WARN)


def taken(entry: ListEntry) -> Text:
    """Say what was understood."""
    return Text(f"→ {clean(entry.full_name)}", GOOD)


def nothing_like(typed: str, kind: ListKind) -> str:
    """Say that what was typed is no entry."""
    return f'The books have no {_noun(kind)} like "{clean(typed, _LONGEST)}".'


def nothing_offered(kind: ListKind) -> str:
    """Say that a list is empty, and how to go on."""
    return (
        f"The books have no active {_noun(kind)} yet: create what is missing there and type r, "
        "or press Enter to skip this."
    )


def only_by_id(entry: ListEntry, kind: ListKind) -> str:
    """Say that a name is there twice where a mapping can't tell them apart."""
    return (
        f'The books have more than one {_noun(kind)} called "{clean(entry.full_name, _LONGEST)}": '
        "give one of them another name there, then type r."
    )


def mended_text(
    count: int, file: str, checked: Checked, wrong: Sequence[Misnamed]
) -> RenderableType:
    """Say what was written, what is left, and what to type next; `wrong` are still in the file."""
    unknown = [named(each) for each in unknown_words(checked.reading.unmapped)]
    misnamed = [named(each) for each in wrong]
    return stack(
        [
            written(count, file),
            _left("Still not mapped", unknown),
            _left("Still not in the books", misnamed),
            _next(checked, left=bool(unknown or misnamed)),
        ]
    )


def written(count: int, file: str) -> Text:
    """Say how many answers were written."""
    if not count:
        return Text(f"Nothing was written to {clean(file)}.")
    answers = "1 answer was" if count == 1 else f"{count:,} answers were"
    return Text(f"{answers} written to {clean(file)}.", GOOD)


def whole_text(checked: Checked, file: str) -> RenderableType:
    """Say that there is nothing to ask."""
    return stack(
        [
            Text(f"{clean(file)} maps every word of the export.", GOOD),
            _next(checked, left=False),
        ]
    )


def _noun(kind: ListKind) -> str:
    return _NOUNS.get(kind, kind.replace("-", " "))


def _where(question: Misnamed) -> str:
    others = len(question.paths) - 1
    more = f" and {many(others, 'more place')}" if others else ""
    return f" Named at {place(question.place)}{more}." if question.place else ""


def _left(title: str, words: Sequence[str]) -> RenderableType | None:
    if not words:
        return None
    shown = words[:_MOST_LEFT]
    more = [f"and {len(words) - len(shown):,} more"] if len(words) > len(shown) else []
    return Text(f"{title}: {', '.join([*shown, *more])}.", WARN)


def _next(checked: Checked, *, left: bool) -> Text:
    problems = sum(problem.is_error for problem in checked.problems)
    if left:
        return heading("Next: acctsync init asks again; acctsync check lists all there is to mend.")
    if problems:
        return heading(f"Next: acctsync check; it still finds {many(problems, 'problem')}.")
    return heading("Next: acctsync plan")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
