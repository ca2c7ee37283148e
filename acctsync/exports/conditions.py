"""Conditions on rows (`where`, `expect`, `skip_rows`, `stop_at`), compiled to functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from acctsync.exports.records import Condition
from acctsync.exports.scope import Scope, loosely
from acctsync.money import MINOR_UNITS, NotANumber, NumberReader, plain_number

Test = Callable[[Any], bool]

_NULL = "null"


class UnreadableNumber(NotANumber):
    """A cell holds digits that are no number as declared, so that nobody knows how it compares."""

    def __init__(self, column: str, text: str, why: str) -> None:
        super().__init__(f'"{text}" {why}')
        self.column = column


def folded(text: str) -> str:
    """Bring a word to the form in which words are compared: outer spaces and case don't count."""
    return text.strip().casefold()


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern that knows only `*`; outer spaces and case don't count.

    A joined word may have lost its last part and was trimmed then: `Fee: *` matches `Fee:` too. No
    pattern takes longer than the text times the pattern: a part once found is not looked for again.
    """
    whole = re.sub(r"\*+", "*", folded(text))
    ways = [whole]
    if re.search(r"[^\w\s*] \*$", whole):
        ways.append(whole.removesuffix(" *"))
    return re.compile("|".join(map(_glob, ways)), re.DOTALL)


def _glob(text: str) -> str:
    first, *between = map(re.escape, text.split("*"))
    if not between:
        return first
    last = between.pop()
    return first + "".join(f"(?>.*?{part})" for part in between) + f".*{last}"


def compile_test(
    condition: Condition,
    scope: Scope,
    numbers: NumberReader,
    currency: str,
    *,
    strict: bool = False,
) -> Test:
    """Compile one condition; comparisons with numbers are false for an empty cell.

    A `strict` test raises UnreadableNumber where a number can't be told; others are false there.
    """
    text = scope.text(condition.column, condition.place)
    words = _word_tests(condition)
    if not scope.sure:
        text = loosely(text)
        words = _word_tests(_with_null(condition))
    tests = [*words, *_number_tests(condition, numbers, currency, strict=strict)]
    if len(tests) == 1:
        only = tests[0]
        return lambda cells: only(text(cells))
    return lambda cells: all(test(text(cells)) for test in tests)


def compile_tests(
    conditions: Sequence[Condition],
    scope: Scope,
    numbers: NumberReader,
    currency: str,
    *,
    strict: bool = False,
) -> Test | None:
    """Compile a list of conditions that must all hold; None for an empty list."""
    return all_of(
        [compile_test(each, scope, numbers, currency, strict=strict) for each in conditions]
    )


def all_of(tests: Sequence[Test]) -> Test | None:
    """Put tests together to one that holds when each of them does; None for none at all."""
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda cells: all(test(cells) for test in tests)


def _with_null(condition: Condition) -> Condition:
    """Let the word null stand for what is empty: in JSON that is what it means."""
    changes: dict[str, Any] = {}
    for name in ("is_", "is_not"):
        word = getattr(condition, name)
        if word is not None and folded(word) == _NULL:
            changes[name] = ""
    for name in ("in_", "not_in"):
        words = getattr(condition, name)
        if words is not None and _NULL in map(folded, words):
            changes[name] = (*words, "")
    return replace(condition, **changes) if changes else condition


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
    condition: Condition, numbers: NumberReader, currency: str, *, strict: bool
) -> list[Callable[[str], bool]]:
    # What is compared may be a count as well as money: it is taken as it stands in the file.
    reader = NumberReader("1234.50" if numbers.style == MINOR_UNITS else numbers.style)

    def value(text: str) -> Decimal | None:
        try:
            return reader.amount(text, currency) if text else None
        except NotANumber as error:
            if strict and any(map(str.isdigit, text)):
                raise UnreadableNumber(condition.column, text, str(error)) from error
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
