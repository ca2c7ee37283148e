"""Asks a person at the terminal for entries of the books, and keeps the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from acctsync.cli.context import Session
from acctsync.errors import AcctsyncError, InputRefused

if TYPE_CHECKING:
    from acctsync.documents import ListEntry, ListKind, Reference
    from acctsync.mapping.editing import Edit
    from acctsync.mapping.model import Mapping
    from acctsync.mapping.questions import Choice, Misnamed, Question
    from acctsync.plan.references import Catalog
    from acctsync.plan.suggesting import Guess
    from acctsync.settings import Connection

_OFFERED = 7
_FLAG = "the answer in the mapping file"


class _Stopped(Exception):
    """The person has had enough of questions."""


class Shelf:
    """The lists of the books that the answers are in, as they were read last."""

    def __init__(self, session: Session, connection: Connection, kinds: Sequence[ListKind]) -> None:
        self._session = session
        self._connection = connection
        self._kinds = kinds
        self.catalog: Catalog
        self._offered: dict[ListKind, tuple[ListEntry, ...]] = {}
        self.read()

    def read(self, *, whole: bool = False) -> None:
        """Read the lists from the books; `whole` relies on nothing that was kept."""
        from acctsync.plan.references import Catalog
        from acctsync.plan.suggesting import offered

        books = self._session.books(self._connection)
        try:
            provider = books.open()
            lists = {kind: tuple(provider.pull(kind, whole=whole)) for kind in self._kinds}
        finally:
            books.close()
        self.catalog = Catalog(lists)
        self._offered = {kind: offered(entries) for kind, entries in lists.items()}

    def entries(self, choice: Choice) -> tuple[ListEntry, ...]:
        """Give what can be chosen."""
        from acctsync.plan.suggesting import takes_deposits

        every = self._offered[choice.kind]
        return tuple(filter(takes_deposits, every)) if choice.deposits else every

    def wrong_names(self, mapping: Mapping) -> tuple[Misnamed, ...]:
        """Find the names in a mapping that the books don't have."""
        from acctsync.mapping.entries import entries
        from acctsync.mapping.questions import misnamed
        from acctsync.plan.suggesting import wrong_names

        return misnamed(wrong_names(entries(mapping), self.catalog))


class Interview:
    """Asks question by question; keeps the answers, and the text of the mapping with them in."""

    def __init__(self, session: Session, mapping: Mapping, text: str, shelf: Shelf) -> None:
        self._session = session
        self._terminal = session.terminal
        self._shelf = shelf
        usual = mapping.accounting.defaults.deposit_to
        self._usual_deposit = str(usual) if usual else "Undeposited Funds"
        self.text = text
        self.answered: list[Question] = []
        self.edits: list[Edit] = []

    def hold(self, asked: Sequence[Question]) -> bool:
        """Ask until all is asked or somebody stops; tell whether it was a signal that did."""
        from acctsync.report import mending

        file = self._session.options.mapping.name
        self._terminal.complain(mending.opening(asked, self._session.company_name, file))
        try:
            for number, question in enumerate(asked, start=1):
                self._terminal.complain(mending.question_text(question, number, len(asked)))
                self._ask(question)
        except _Stopped:
            return False
        except KeyboardInterrupt:
            return True
        return False

    def _ask(self, question: Question) -> None:
        chosen: list[Reference | None] = []
        for choice in question.choices(self._usual_deposit):
            reference = self._choose(choice)
            if reference is None and not choice.default:
                return
            chosen.append(reference)
        self._keep(question, question.edits(chosen))

    def _keep(self, question: Question, edits: Sequence[Edit]) -> None:
        from acctsync.mapping.editing import CannotEdit, edited
        from acctsync.report.clean import clean

        text = self.text
        try:
            for edit in edits:
                text = edited(text, edit)
        except CannotEdit as error:
            self._terminal.complain(f"This one is left to be written by hand: {clean(error)}.")
            return
        self.text = text
        self.edits += edits
        self.answered.append(question)

    def _choose(self, choice: Choice) -> Reference | None:
        """Let an entry of a list be chosen; None where it is skipped."""
        from acctsync.plan.suggesting import Command, command, guess
        from acctsync.report import mending

        shown = self._suggest(choice)
        while True:
            entries = self._shelf.entries(choice)
            typed = self._line(mending.prompt(choice, len(entries)))
            match command(typed):
                case Command.SKIP:
                    return None
                case Command.STOP:
                    raise _Stopped
                case Command.WHOLE_LIST:
                    shown = self._offer(choice, entries)
                case Command.AGAIN:
                    self._read_again()
                    shown = self._suggest(choice)
                case None:
                    found = guess(typed, shown, entries)
                    if found.sure and (chosen := self._taken(choice, found)):
                        return chosen
                    shown = self._offer_instead(choice, typed, found) or shown

    def _suggest(self, choice: Choice) -> Sequence[ListEntry]:
        """Offer what the word may stand for; say so where nothing is called alike."""
        from acctsync.plan.suggesting import suggest
        from acctsync.report import mending

        offer = suggest(choice.word, self._shelf.entries(choice), _OFFERED)
        if offer.entries and not offer.near and not choice.default:
            self._terminal.complain(mending.nothing_alike())
        return self._offer(choice, offer.entries)

    def _offer(self, choice: Choice, shown: Sequence[ListEntry]) -> Sequence[ListEntry]:
        from acctsync.report import mending

        if shown:
            self._terminal.complain(mending.offer_table(choice.kind, shown))
        else:
            self._terminal.complain(mending.nothing_offered(choice.kind))
        return shown

    def _offer_instead(self, choice: Choice, typed: str, found: Guess) -> Sequence[ListEntry]:
        """Offer what is near what was typed, if anything is."""
        from acctsync.report import mending

        if not found.entries:
            self._terminal.complain(mending.nothing_like(typed, choice.kind))
            return ()
        return () if found.sure else self._offer(choice, found.entries)

    def _taken(self, choice: Choice, found: Guess) -> Reference | None:
        from acctsync.plan.suggesting import reference
        from acctsync.report import mending

        (entry,) = found.entries
        named = reference(choice.kind, entry, self._shelf.catalog)
        if named.id is not None and not choice.by_id:
            self._terminal.complain(mending.only_by_id(entry, choice.kind))
            return None
        self._terminal.complain(mending.taken(entry))
        return named

    def _read_again(self) -> None:
        from acctsync.report.plain import paragraph

        try:
            self._shelf.read(whole=True)
        except AcctsyncError as error:
            # The answers so far are worth more than a fresh list.
            self._terminal.complain(paragraph(error))

    def _line(self, prompt: str) -> str:
        try:
            return self._terminal.ask(prompt, flag=_FLAG)
        except InputRefused:
            # Ctrl-D: standard input has ended, and so must the line of the prompt.
            self._terminal.complain(" ")
            raise _Stopped from None
