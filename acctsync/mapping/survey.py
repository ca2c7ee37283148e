"""What the columns of an export hold: values, how often, and how they seem to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from acctsync.exports.conditions import folded
from acctsync.exports.records import Format, Row
from acctsync.exports.sampling import Sample
from acctsync.mapping.profiling.flattening import Flat, flattened
from acctsync.mapping.profiling.naming import words
from acctsync.mapping.profiling.styles import Fit, date_fit, number_fit

Cells = Mapping[str, str]

_SAMPLES = 5
_LONGEST = 40
_LONGEST_NAME = 200
_TOTALS = frozenset(
    (
        "total", "totals", "grand total", "sum", "subtotal", "sous-total", "total général", "summe",
        "gesamt", "gesamtsumme", "totaal", "totale", "totales",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What one column holds in the rows that were looked at.

    `under` is the path of the list that a JSON key stands in, empty for the row's own. `values` are
    the distinct ones, as written, in the order in which they came.
    """

    name: str
    under: str = ""
    values: tuple[str, ...] = ()
    filled: int = 0
    rows: int = 0
    numbers: Fit = field(default_factory=Fit)
    dates: Fit = field(default_factory=Fit)

    @property
    def words(self) -> str:
        return words(self.name)

    @property
    def distinct(self) -> int:
        return len(self.values)

    @property
    def constant(self) -> bool:
        """Tell whether every row has the same value."""
        return len(self.values) == 1 and self.filled == self.rows

    @property
    def samples(self) -> tuple[str, ...]:
        """Give some values, safe to show and short."""
        return tuple(shown(value) for value in self.values[:_SAMPLES])


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an export holds, as far as it was looked at.

    `lists` are the entries of the lists inside JSON rows, each with the number of its row; `inner`
    are the columns of those entries, `firsts` those of each list's first entry. `totals`
    is the column and word of a row of totals. `ragged` counts rows of another width than the
    header, and tells the line of the first.
    """

    sample: Sample
    columns: tuple[ColumnProfile, ...]
    rows: tuple[Cells, ...]
    lists: Mapping[str, tuple[tuple[int, Cells], ...]] = field(default_factory=dict)
    inner: tuple[ColumnProfile, ...] = ()
    firsts: tuple[ColumnProfile, ...] = ()
    totals: tuple[str, str] | None = None
    ragged: tuple[int, int] = (0, 0)

    @property
    def file(self) -> str:
        return self.sample.file

    @property
    def is_table(self) -> bool:
        return self.sample.format is Format.CSV


def survey(sample: Sample) -> Survey:
    """Profile the columns of a sample."""
    return _of_table(sample) if sample.format is Format.CSV else _of_objects(sample)


def shown(text: str, limit: int = _LONGEST) -> str:
    """Make a foreign text safe for one line of a comment or a terminal, and short."""
    cut = text[: limit + 1]
    plain = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut
    )
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _of_table(sample: Sample) -> Survey:
    assert sample.header is not None
    names = sample.header.names
    width = len(names)
    usual = _usual(sample.rows)
    data = [row for row in sample.rows if _total_word(row, usual) is None]
    ragged = [row for row in data if _is_ragged(row, width)]
    rows = tuple(_named(row.cells, names) for row in data)
    profiles = (_profile(name, rows) for name in names if name)
    return Survey(
        sample=sample,
        columns=tuple(profiles),
        rows=rows,
        totals=_totals(sample, names, usual),
        ragged=(len(ragged), ragged[0].line if ragged else 0),
    )


def _is_ragged(row: Row, width: int) -> bool:
    """Tell whether a row is of another width than the header; blank cells behind it don't count."""
    return len(row.cells) < width or any(map(str.strip, row.cells[width:]))


def _named(cells: Sequence[str], names: Sequence[str]) -> Cells:
    filled = (*map(str.strip, cells), *[""] * (len(names) - len(cells)))
    return dict(zip(names, filled, strict=False))


def _of_objects(sample: Sample) -> Survey:
    flat: Flat = flattened([row.cells for row in sample.rows])
    columns = [_profile(name, flat.rows) for name in flat.names]
    starts = tuple(f"{path}.0." for path in flat.lists)
    firsts = {name for name in flat.names if name.startswith(starts)}
    inner = tuple(
        _profile(name, [cells for _, cells in entries], under=path)
        for path, entries in flat.lists.items()
        for name in flat.inner_names[path]
    )
    return Survey(
        sample=sample,
        columns=tuple(each for each in columns if each.name not in firsts),
        rows=flat.rows,
        lists=flat.lists,
        inner=inner,
        firsts=tuple(each for each in columns if each.name in firsts),
    )


def _profile(name: str, rows: Sequence[Cells], under: str = "") -> ColumnProfile:
    filled = [value for row in rows if (value := row.get(name, ""))]
    values = tuple(dict.fromkeys(filled))
    plain = words(name)
    return ColumnProfile(
        name=name,
        under=under,
        values=values,
        filled=len(filled),
        rows=len(rows),
        numbers=number_fit(values, plain),
        dates=date_fit(values, plain),
    )


def _totals(sample: Sample, names: Sequence[str], usual: int) -> tuple[str, str] | None:
    for row in (*sample.rows, *sample.last):
        found = _total_word(row, usual)
        name = names[found[0]] if found is not None and found[0] < len(names) else ""
        if found is not None and 0 < len(name) <= _LONGEST_NAME:
            return name, found[1]
    return None


def _total_word(row: Row, usual: int) -> tuple[int, str] | None:
    """Find the word by which a row says that it sums up others: its first, in a row half empty."""
    filled = list(_filled(row))
    if not filled or len(filled) >= usual:
        return None
    at, word = filled[0]
    return (at, word) if folded(word).rstrip(" :") in _TOTALS else None


def _filled(row: Row) -> Iterator[tuple[int, str]]:
    return ((at, text) for at, cell in enumerate(row.cells) if (text := cell.strip()))


def _usual(rows: Sequence[Row]) -> int:
    """Tell how many cells of a row are usually filled."""
    counts = sorted(sum(1 for _ in _filled(row)) for row in rows)
    return counts[len(counts) // 2] if counts else 0
