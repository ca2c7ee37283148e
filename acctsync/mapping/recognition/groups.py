"""Rows that belong to one document, and which columns say the same on all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from acctsync.mapping.survey import Cells, ColumnProfile, Survey


class Groups:
    """The documents of a survey, as the numbers of their rows; without any, each row is one."""

    def __init__(self, survey: Survey, members: Sequence[Sequence[int]]) -> None:
        self._rows = survey.rows
        self._members = members or [[at] for at in range(len(survey.rows))]

    @property
    def several(self) -> bool:
        """Tell whether some document has more than one row."""
        return any(len(each) > 1 for each in self._members)

    def constant(self, column: ColumnProfile) -> bool:
        """Tell whether no document has two values in a column; blank cells don't count."""
        return all(
            len({value for at in each if (value := self._rows[at].get(column.name, ""))}) <= 1
            for each in self._members
            if len(each) > 1
        )

    def repeats(self, column: ColumnProfile) -> bool:
        """Tell whether all rows of every document with several say one same thing."""
        several = [each for each in self._members if len(each) > 1]
        values = [{self._rows[at].get(column.name, "") for at in each} for each in several]
        return bool(values) and all(len(each) == 1 and "" not in each for each in values)

    def only_first(self, column: ColumnProfile) -> bool:
        """Tell whether only the first row of every document with several has a value."""
        several = [each for each in self._members if len(each) > 1]
        rest = (self._rows[at].get(column.name, "") for each in several for at in each[1:])
        return bool(several) and bool(column.filled) and not any(rest)

    def numbered(self) -> Iterator[tuple[int, int]]:
        """Give the number of each row's document, and the row's own."""
        return ((number, at) for number, each in enumerate(self._members) for at in each)

    def heads(self) -> Iterator[tuple[int, Cells]]:
        """Give each document's number and its first filled cells."""
        for number, each in enumerate(self._members):
            head: dict[str, str] = {}
            for at in reversed(each):
                head |= {name: value for name, value in self._rows[at].items() if value}
            yield number, head


def groups_of(survey: Survey, name: str) -> Groups:
    """Put rows together that have the same value in a column; the last may go on unseen."""
    members: dict[str, list[int]] = {}
    for at, row in enumerate(survey.rows):
        key = row.get(name, "")
        members.setdefault(key or f"\0{at}", []).append(at)
    whole = list(members.values())
    return Groups(survey, whole if survey.sample.whole else whole[:-1])
