"""An export on its way from columns to a record with lines: what is known of it so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from acctsync.mapping.profiling.styles import number_in
from acctsync.mapping.recognition.arithmetic import LineFigures, LineMeaning
from acctsync.mapping.recognition.finding import Finder, Recognised
from acctsync.mapping.recognition.groups import Groups
from acctsync.mapping.recognition.notation import number_style
from acctsync.mapping.recognition.taxes import taxes_of
from acctsync.mapping.survey import Cells, ColumnProfile, Survey


@dataclass(slots=True, kw_only=True)
class Workpiece:
    """One export's survey, what was recognised of it, and how its rows make documents.

    `columns` are those whose figures are added up, by what they are; `numbers` is how these are
    written.
    """

    survey: Survey
    found: Recognised
    head: Finder
    line: Finder
    groups: Groups
    lined: bool
    columns: dict[str, ColumnProfile] = field(default_factory=dict)
    numbers: str = "1234.50"
    meaning: LineMeaning = field(default_factory=LineMeaning)

    def same(self, column: ColumnProfile) -> bool:
        """Tell whether a column says one thing for each document."""
        return self.groups.constant(column)

    def always_filled(self, column: ColumnProfile) -> bool:
        """Tell whether every document has a value in a column."""
        return all(head.get(column.name) for _, head in self.groups.heads())

    def settle_numbers(self) -> None:
        """Decide how numbers are written, from the columns that are known by now."""
        self.numbers = number_style(self.survey, self.found).value[0]

    def figure(self, name: str, cells: Cells) -> Decimal | None:
        """Read one figure of a row."""
        column = self.columns.get(name)
        return number_in(cells.get(column.name, ""), self.numbers) if column else None

    def line_cells(self) -> Sequence[tuple[int, Cells]]:
        """Give every line's cells with the number of its document."""
        if self.found.each:
            return self.survey.lists[self.found.each]
        return [(number, self.survey.rows[at]) for number, at in self.groups.numbered()]

    def lines(self) -> Iterator[tuple[int, LineFigures]]:
        """Read the figures of every line, with the number of its document."""
        for number, cells in self.line_cells():
            figures = LineFigures(
                quantity=self.figure("quantity", cells),
                price=self.figure("unit_price", cells),
                discount=self.figure("discount", cells),
                stated=self.figure("stated", cells),
                tax=taxes_of(self.found, cells, self.numbers),
            )
            yield number, figures
