"""Conditions on rows (`where`, `expect`, `skip_rows`, `stop_at`), compiled to functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from acctsync.exports.records import Condition
from acctsync.exports.scope import Scope, loosely
from acctsync.money import NotANumber, NumberReader, plain_number

Test = Callable[[Any], bool]


def folded(text: str) -> str:
    """Bring a word to the form in which words are compared: outer spaces and case don't count."""
    return text.strip().casefold()


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern that knows only `*`; outer spaces and case don't count."""
    parts = (re.escape(part) for part in re.sub(r"\*+", "*", folded(text)).split("*"))
    return re.compile(".*".join(parts), re.DOTALL)


def compile_test(condition: Condition, scope: Scope, numbers: NumberReader, currency: str) -> Test:
    """Compile one condition; comparisons with numbers are false for an empty cell."""
    text = scope.text(condition.column, condition.place)
    if not scope.sure:
        text = loosely(text)
    tests = [*_word_tests(condition), *_number_tests(condition, numbers, currency)]
    if len(tests) == 1:
        only = tests[0]
        return lambda cells: only(text(cells))
    return lambda cells: all(test(text(cells)) for test in tests)


def compile_tests(
    conditions: Sequence[Condition], scope: Scope, numbers: NumberReader, currency: str
) -> Test | None:
    """Compile a list of conditions that must all hold; None for an empty list."""
    tests = [compile_test(each, scope, numbers, currency) for each in conditions]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda cells: all(test(cells) for test in tests)


def _word_tests(condition: Condition) -> list[Callable[[str], bool]]:
    tests: list[Callable[[str], bool]] = []
    if condition.is_ is not None:
        tests.append(_equals(condition.is_))
    if condition.is_not is not None:
        tests.append(_differs(_equals(condition.is_not)))
    if condition.in_ is not None:
        tests.append(_among(condition.in_))
    if condition.not_in is not None:
        tests.append(_differs(_among(condition.not_in)))
    if condition.matches is not None:
        shape = pattern(condition.matches)
        tests.append(lambda text: shape.fullmatch(folded(text)) is not None)
    return tests


def _number_tests(
    condition: Condition, numbers: NumberReader, currency: str
) -> list[Callable[[str], bool]]:
    def value(text: str) -> Decimal | None:
        try:
            return numbers.amount(text, currency) if text else None
        except NotANumber:
            return None

    tests: list[Callable[[str], bool]] = []
    if condition.more_than is not None:
        least = plain_number(condition.more_than)
        tests.append(lambda text: (found := value(text)) is not None and found > least)
    if condition.less_than is not None:
        most = plain_number(condition.less_than)
        tests.append(lambda text: (found := value(text)) is not None and found < most)
    return tests


def _equals(word: str) -> Callable[[str], bool]:
    wanted = folded(word)
    return lambda text: text == wanted or folded(text) == wanted


def _among(words: Sequence[str]) -> Callable[[str], bool]:
    wanted = frozenset(folded(word) for word in words)
    return lambda text: folded(text) in wanted


def _differs(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: not test(text)
