"""Builds payouts: what a payment processor paid out to the bank, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acctsync.documents import Payout, Reference, State
from acctsync.errors import Location
from acctsync.exports.records import Row
from acctsync.mapping.choices import Choices
from acctsync.mapping.findings import Built
from acctsync.mapping.heads import Expectation, HeadCells, HeadReader, check_expectations
from acctsync.mapping.model import Mapping as Rules
from acctsync.mapping.parties import Parties

# What has not reached the bank yet is nothing to book.
_NOT_YET = frozenset((State.DRAFT, State.PENDING))
_BOOKED = frozenset((State.OPEN, State.VOID))


class PayoutBuilder:
    """Builds payouts, one a row; they name no customer."""

    def __init__(self, head: HeadReader, rules: Rules, choices: Choices, parties: Parties) -> None:
        self.head = head
        self.parties = parties
        self._choices = choices
        self._clearing = rules.accounting.clearing_account
        self._bank = rules.accounting.payouts.bank if rules.accounting.payouts else None
        self._expect: Sequence[Expectation] = ()

    def expecting(self, expectations: Sequence[Expectation]) -> PayoutBuilder:
        """Add what every row is expected to satisfy."""
        self._expect = expectations
        return self

    def build(self, rows: Sequence[Row], cells: Any) -> Built:
        """Build one payout."""
        reader = self.head
        head = reader.read(rows[0], cells)
        found = head.found
        ref, number = reader.identity(head)
        built = Built(ref=ref, number=number, findings=found)
        state = reader.state(head)
        day = head.days.get("date")
        if reader.skips(state, day) or state in _NOT_YET:
            built.skipped = True
            found.problems.clear()
            return built
        reader.require("date", day, head)
        check_expectations(self._expect, rows, cells, found)
        currency = reader.currency(head)
        reader.read_amounts(head, currency)
        amount = head.amounts.get("amount")
        reader.require("amount", amount, head)
        if amount == 0:
            self._refuse_nothing(head)
        document = self._payout(built, head, currency, state)
        built.document = None if found.refused else document
        return built

    def _payout(
        self, built: Built, head: HeadCells, currency: str, state: State | None
    ) -> Payout | None:
        clearing, bank = self.accounts(head)
        if clearing is None or bank is None:
            self._refuse_nowhere(head, "leave" if clearing is None else "go to")
            return None
        day, amount = head.days.get("date"), head.amounts.get("amount")
        if day is None or amount is None or state is None:
            return None
        return Payout(
            ref=built.ref,
            number=built.number,
            date=day,
            currency=currency,
            amount=amount,
            clearing=clearing,
            bank=bank,
            state=state,
            fee=head.amounts.get("fee") or None,
            reference=head.text("reference"),
            memo=head.text("memo"),
            private_note=head.text("private_note"),
            exchange_rate=head.numbers.get("exchange_rate"),
            place=Location(head.row.file, head.row.line),
        )

    def accounts(self, head: HeadCells) -> tuple[Reference | None, Reference | None]:
        """Choose the clearing account and the bank; a way of paying tells where its money waits."""
        word, deposit = head.text("method"), head.text("deposit_to")
        kept = self._choices.kept_in(word, head.row, head.found) if word else None
        return kept or self._clearing, Reference(name=deposit) if deposit else self._bank

    def _refuse_nothing(self, head: HeadCells) -> None:
        hint = 'leave such rows out with where: {column: ..., is_not: "0.00"}'
        column = self.head.shown("amount")
        head.found.error("DOC024", "a payout of 0", hint, row=head.row, column=column)

    def _refuse_nowhere(self, head: HeadCells, where: str) -> None:
        message = f"the mapping names no account for it to {where}"
        hint = "set accounting.payouts: {from: the clearing account, to: the bank account}"
        head.found.error("DOC040", message, hint, row=head.row)
