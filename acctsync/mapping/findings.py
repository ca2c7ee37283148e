"""What came up while one document was built: problems with places, and words not mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from acctsync.documents import Customer, DocumentRef, Invoice, Item, Payment, Payout, Refund
from acctsync.errors import Location, Problem, Severity
from acctsync.exports.records import Row
from acctsync.mapping.fields import Misread, brief
from acctsync.mapping.lookups import CREATED, TABLES, Sighting

if TYPE_CHECKING:
    from acctsync.mapping.party import Party

AnyDocument = Customer | Item | Invoice | Payment | Refund | Payout


@dataclass(slots=True)
class Findings:
    """Collects the problems and unmapped words of one document.

    `columns` tells where the words that are looked up at the moment come from.
    """

    file: str
    line: int
    columns: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(problem.is_error for problem in self.problems)

    def error(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        row: Row | None = None,
        column: str | None = None,
    ) -> None:
        """Note what refuses the document."""
        self._add(code, message, hint, Severity.ERROR, self.place(row, column))

    def warn(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        row: Row | None = None,
        column: str | None = None,
    ) -> None:
        """Note what a person should look at."""
        self._add(code, message, hint, Severity.WARNING, self.place(row, column))

    def misread(self, error: Misread, row: Row | None = None) -> None:
        """Note a value that can't be used."""
        self._add(
            error.code,
            error.message,
            error.hint,
            Severity.ERROR,
            self.place(row, error.column or None),
        )

    def unmapped(self, what: str, value: str, policy: str, row: Row | None = None) -> None:
        """Note a word that the mapping doesn't know, as its policy says."""
        self.sightings.append(Sighting(what, value, self.place(row), policy))
        column = self.columns.get(what)
        words = what.replace("_", " ")
        message = f'the {words} "{brief(value)}" is not mapped'
        if policy == "error":
            hint = f"add it under accounting.{TABLES[what]}; acctsync check lists all to paste"
            if what in CREATED:
                hint += f", and unmapped: {{{what}: create}} lets them be created"
            self.error("DOC005", message, hint, row=row, column=column)
        elif policy == "warn":
            hint = f"add it under accounting.{TABLES[what]}"
            self.warn("DOC016", message, hint, row=row, column=column)

    def place(self, row: Row | None = None, column: str | None = None) -> Location:
        """Tell a place in the export."""
        return (
            Location(row.file, row.line, column) if row else Location(self.file, self.line, column)
        )

    def _add(self, code: str, message: str, hint: str, severity: Severity, place: Location) -> None:
        self.problems.append(
            Problem(code=code, message=message, hint=hint, severity=severity, location=place)
        )


class Named(NamedTuple):
    """Whom and what the rows of a document name: its party, and the invoice that is paid."""

    party: Party
    invoice: str = ""


class Trace(NamedTuple):
    """By what the rows of a document are recognised: the name they share, and their digest."""

    name: str
    digest: bytes


@dataclass(slots=True, kw_only=True)
class Built:
    """What became of one document of the export: built, skipped or refused.

    By `trace` the rows that it was built from can be recognised.
    """

    ref: DocumentRef
    number: str
    findings: Findings
    document: AnyDocument | None = None
    skipped: bool = False
    stated_total: Decimal | None = None
    balance: Decimal | None = None
    named: Named | None = None
    trace: Trace | None = None

    @property
    def problems(self) -> list[Problem]:
        """Tell the problems with the document they belong to."""
        shown = self.number or self.ref.id
        return [problem.about(shown, str(self.ref.kind)) for problem in self.findings.problems]
