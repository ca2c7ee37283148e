"""Tells why the mapping leaves out a row, a line or a whole document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from acctsync.documents import State
from acctsync.exports.conditions import Test, UnreadableNumber, compile_test, compile_tests
from acctsync.exports.records import Condition, Row, Source
from acctsync.exports.scope import Scope
from acctsync.mapping.explained.fields import Spot, Tracer, quoted
from acctsync.mapping.explained.values import Explained, Reason
from acctsync.mapping.fields import FieldCompiler
from acctsync.mapping.model import Mapping
from acctsync.money import NumberReader


class Sieve:
    """Tells by which conditions rows, or lines, are left out.

    `compiler` is that of the source: numbers are compared as it reads them.
    """

    def __init__(
        self,
        source: Source,
        where: Sequence[Condition],
        scope: Scope,
        compiler: FieldCompiler,
        tracer: Tracer,
    ) -> None:
        self._source = source
        self._tracer = tracer
        self._conditions = where
        currency, numbers = tracer.currency, NumberReader(source.numbers)
        self._skips = compile_tests(source.skip_rows, scope, numbers, currency)
        self._stops = compile_tests(source.stop_at, scope, numbers, currency)
        self._where: list[tuple[Condition, Test]] = [
            (each, _compiled(each, scope, compiler, currency)) for each in where
        ]

    def stops(self, row: Row) -> bool:
        """Tell whether reading ends at this row."""
        return self._stops is not None and self._stops(row.cells)

    def stopped(self, row: Row) -> Reason:
        """Say that reading ended before, at this row."""
        words = f"sources.{self._source.name}.stop_at ended the reading at line {row.line}"
        return self._reason(words, self._source.stop_at, Spot.within(row))

    def skipped(self, row: Row) -> Reason | None:
        """Tell why the source leaves a row out; None for one that it gives."""
        if self._skips is None or not self._skips(row.cells):
            return None
        asked = " and ".join(condition_words(each) for each in self._source.skip_rows)
        words = f"sources.{self._source.name}.skip_rows leaves out rows where {asked}"
        return self._reason(words, self._source.skip_rows, Spot.within(row))

    def unwanted(self, spot: Spot) -> Reason | None:
        """Tell which conditions of `where` do not hold; None where all do."""
        failing = [each for each, holds in self._where if not holds(spot.cells)]
        if not failing:
            return None
        asked = " and ".join(condition_words(each) for each in failing)
        return self._reason(f"where takes only rows where {asked}", failing, spot)

    def with_its_document(self, row: Row) -> Reason:
        """Say that a row goes the way of the first row of its document."""
        asked = " and ".join(condition_words(each) for each in self._conditions)
        words = f"where takes only rows where {asked}, and the first row of the document is not so"
        return self._reason(words, self._conditions, Spot.within(row))

    def _reason(self, words: str, conditions: Sequence[Condition], spot: Spot) -> Reason:
        place = conditions[0].place
        cells = self._tracer.cells((each.column for each in conditions), spot, place)
        return Reason(words=words, cells=cells, place=place)


def _compiled(condition: Condition, scope: Scope, compiler: FieldCompiler, currency: str) -> Test:
    """Compile a condition; what can't be compared is not left out: its document is refused."""
    numbers = compiler.for_name(condition.column).numbers
    test = compile_test(condition, scope, numbers, currency, strict=True)

    def holds(cells: Any) -> bool:
        try:
            return test(cells)
        except UnreadableNumber:
            return True

    return holds


def condition_words(condition: Condition) -> str:
    """Put a condition in words."""
    texts: list[tuple[str, str | None]] = [
        ("is", condition.is_),
        ("is not", condition.is_not),
        ("is like", condition.matches),
    ]
    words = [
        f"{verb} {quoted(text) if text else 'empty'}" for verb, text in texts if text is not None
    ]
    lists = [("is one of", condition.in_), ("is none of", condition.not_in)]
    words += [f"{verb} {', '.join(map(quoted, each))}" for verb, each in lists if each is not None]
    numbers = [("is more than", condition.more_than), ("is less than", condition.less_than)]
    words += [f"{verb} {number}" for verb, number in numbers if number is not None]
    return f"{condition.column} {' and '.join(words)}"


def why_skipped(
    state: Explained | None, day: dt.date | None, date: Explained | None, rules: Mapping
) -> Reason:
    """Tell why a document is skipped: by its state, else by the books' dates."""
    word = state.value if state else ""
    if word in ("skip", State.DRAFT):
        return _skipped_by_state(word, state, rules)
    start, cells = rules.books.start_date, date.cells if date else ()
    early = day is not None and start is not None and day < start
    name, limit = ("start_date", start) if early else ("end_date", rules.books.end_date)
    order = "before" if early else "after"
    words = f"it is dated {day}, {order} books.{name} {limit}"
    return Reason(words=words, cells=cells, place=rules.places.get(("books", name)))


def _skipped_by_state(word: object, state: Explained | None, rules: Mapping) -> Reason:
    assert state is not None
    if word == "skip":
        return Reason(
            words=f"its state is skip ({state.rule})", cells=state.cells, place=state.place
        )
    place = rules.places.get(("push", "drafts"), state.place)
    words = f"it is a draft ({state.rule}), and push.drafts is not true"
    return Reason(words=words, cells=state.cells, place=place)
