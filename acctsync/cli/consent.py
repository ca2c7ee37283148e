"""The question before a push: asked on a terminal, and by name for a production company's first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import GuardStopped, InputRefused
from acctsync.settings import Connection

if TYPE_CHECKING:
    from acctsync.engine.results import PlanResult

_ANY_WRITE = "SELECT 1 FROM exchanges LIMIT 1"


class Consent:
    """Answers the engine's question whether to go ahead; remembers a no."""

    def __init__(self, session: Session, *, yes: bool, name: str | None) -> None:
        self._session = session
        self._yes = yes
        self._name = name
        self.declined = False

    def __call__(self, plan: PlanResult) -> bool:
        if not plan.pending:
            return True
        connection = self._session.bound
        assert connection is not None
        if connection.environment == "production" and self._is_first():
            self._insist_on_name(plan, connection)
        elif not self._yes and self._session.terminal.attended:
            self.declined = not self._agrees(plan, connection)
        return not self.declined

    def respected(self, answer: Answer) -> Answer:
        """Turn the answer of a run that was declined into one that says so."""
        if not self.declined:
            return answer
        no = GuardStopped("nothing was sent: the answer was no")
        return replace(answer, exit_code=no.exit_code, stopped=no, text=str)

    def _is_first(self) -> bool:
        store = self._session.opened_store
        return store is not None and not store.rows(_ANY_WRITE)

    def _insist_on_name(self, plan: PlanResult, connection: Connection) -> None:
        typed = self._name
        if typed is None:
            typed = self._ask(
                plan,
                f"This is the first push into the production company {connection.company_name}.\n"
                "Type its name to go ahead:",
                flag=f'--confirm "{connection.company_name}"',
            )
        if typed.strip() != connection.company_name.strip():
            raise InputRefused(
                f"the company is called {connection.company_name!r}, not {typed!r}; "
                "nothing was sent",
                hint=f'Give --confirm "{connection.company_name}".',
            )

    def _agrees(self, plan: PlanResult, connection: Connection) -> bool:
        count = len(plan.pending)
        mailing = f" and e-mail {plan.mails:,} invoices" if plan.mails else ""
        question = f"Push {count:,} documents to {connection.company_name}{mailing}? [y/N]"
        return self._ask(plan, question, flag="--yes").lower() in {"y", "yes"}

    def _ask(self, plan: PlanResult, question: str, *, flag: str) -> str:
        session = self._session
        if session.terminal.can_ask:
            from acctsync.report.text import plan_text

            session.pause_watching()
            shown = plan_text(plan, company=session.company_name, verbose=session.options.verbose)
            session.terminal.complain(shown)
        with session.signals.abrupt():
            return session.terminal.ask(question, flag=flag)
