"""Explains one document: finds its rows in the exports, and every rule that made it what it is."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from acctsync.documents import Customer, DocumentRef
from acctsync.engine.files import RowsOf
from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import Location, Problem
from acctsync.exports.headers import positions
from acctsync.exports.records import FileRefused, Row, Source
from acctsync.exports.scope import Columns
from acctsync.exports.tables import Table
from acctsync.mapping.apply import RecordReader, Workshop
from acctsync.mapping.explained.fields import Spot, Tracer
from acctsync.mapping.explained.heads import Seen, Surroundings
from acctsync.mapping.explained.omissions import Sieve
from acctsync.mapping.explained.parties import Mentions, explain_party, party_of
from acctsync.mapping.explained.values import Explanation, Fate, LeftOut, Reason
from acctsync.mapping.explaining import explain as explain_document
from acctsync.mapping.explaining import surroundings
from acctsync.mapping.fields import FieldCompiler, Misread
from acctsync.mapping.findings import Built, Findings
from acctsync.mapping.model import Mapping
from acctsync.mapping.people import PeopleBuilder

_MOST_LEFT_OUT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainResult:
    """The documents of an id or number; where there is none, the id or number nearest to it."""

    documents: tuple[Explanation, ...] = ()
    near: str = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for each in self.documents for problem in each.problems)


def explain(mapping: Mapping, data_dir: Path, today: dt.date, wanted: str) -> ExplainResult:
    """Explain every document with this id or number, left-out ones too; needs no connection."""
    search = Search(wanted)
    reading = read_documents(mapping, data_dir, today, search)
    if search.shop is None:
        return ExplainResult()
    around = surroundings(mapping, search.shop, search.titles())
    documents = tuple(Explaining(search, reading, around).all())
    return ExplainResult(documents=documents, near="" if documents else search.near())


class Search:
    """Looks on while documents are read, and keeps those of one id or number."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.shop: Workshop | None = None
        self.passes: list[tuple[RecordReader, RowsOf]] = []
        self.seen: list[Seen] = []
        self._names: dict[str, None] = {}

    def opens(self, shop: Workshop, reader: RecordReader, rows: RowsOf) -> None:
        """See a record before its documents are read."""
        self.shop = shop
        self.passes.append((reader, rows))
        self._watch(reader, self._notice)

    def again(self, notice: Callable[[Seen], None]) -> None:
        """Read all documents once more, and show each of them."""
        for reader, rows in self.passes:
            self._watch(reader, notice)
            for _ in reader.documents(rows):
                pass

    def near(self) -> str:
        """Tell the id or number that was probably meant, or nothing."""
        folded = {name.casefold(): name for name in self._names}
        near = difflib.get_close_matches(self.wanted.casefold(), folded, n=1, cutoff=0.7)
        return folded[near[0]] if near else ""

    def titles(self) -> Callable[[str, str], str]:
        """Tell under which header each column stands in a file."""
        known: dict[tuple[str, str], str] = {}
        for reader, rows in self.passes:
            known |= _titles(rows, reader.source)
            if reader.lines is not None and isinstance(reader.lines.rows, RowsOf):
                known |= _titles(reader.lines.rows, reader.lines.source)
        return lambda file, name: known.get((file, name), name)

    def _watch(self, reader: RecordReader, notice: Callable[[Seen], None]) -> None:
        def watch(rows: Sequence[Row], cells: Any, built: Built) -> None:
            notice(Seen(reader, rows, cells, built))

        reader.watched(watch)

    def _notice(self, seen: Seen) -> None:
        ref, number = seen.built.ref, seen.built.number
        self._names |= dict.fromkeys(filter(None, (ref.id, number)))
        if self.wanted in {ref.id, number}:
            self.seen.append(seen)


class Explaining:
    """Explains what a search has found."""

    def __init__(self, search: Search, reading: Reading, around: Surroundings) -> None:
        self._search = search
        self._reading = reading
        self._around = around
        self._by_ref = {each.ref: each for each in reading.documents}

    def all(self) -> Iterator[Explanation]:
        """Explain every document: parties first, then the others as they were read."""
        parties = self._parties()
        yield from (self._party(each) for each in parties)
        found = [seen for seen in _whole(self._search.seen) if not self._is_party(seen, parties)]
        omitted = dict(self._omitted())
        told: set[DocumentRef] = set()
        for seen in found:
            ref = seen.built.ref
            explained = self._document(seen, omitted.pop(ref, ()))
            yield _again(explained) if ref in told and explained.fate is Fate.BUILT else explained
            told.add(ref)
        for rows in omitted.values():
            yield self._left_out(rows)

    def _document(self, seen: Seen, rows: Sequence[tuple[Seen, Reason]]) -> Explanation:
        left_out = [
            LeftOut(row=Location(each.rows[0].file, each.rows[0].line), reason=reason)
            for each, reason in rows
        ]
        ref, final = seen.built.ref, self._by_ref.get(seen.built.ref)
        problems = self._problems(str(ref.kind), {ref.id, seen.built.number})
        return explain_document(seen, self._around, final, problems, left_out)

    def _left_out(self, rows: Sequence[tuple[Seen, Reason]]) -> Explanation:
        """Explain a document of which no row is taken."""
        seen, reason = rows[0]
        explained = self._document(seen, rows[1:])
        return replace(explained, fate=Fate.SKIPPED, skipped=reason)

    def _parties(self) -> list[Customer]:
        """Find the parties that are meant: by reference, by name, or by the id of their record."""
        wanted = self._search.wanted
        by_record = {ref for seen in self._search.seen if (ref := self._party_of(seen))}
        return [
            each
            for each in self._reading.documents
            if isinstance(each, Customer)
            and (wanted in {each.ref.id, each.name} or each.ref in by_record)
        ]

    def _party(self, customer: Customer) -> Explanation:
        mentions = Mentions(customer.ref)
        self._search.again(mentions.notice)
        problems = self._problems(str(customer.ref.kind), {customer.ref.id, customer.name})
        return explain_party(customer, mentions, self._around, problems)

    def _is_party(self, seen: Seen, parties: Sequence[Customer]) -> bool:
        return self._party_of(seen) in {each.ref for each in parties}

    def _party_of(self, seen: Seen) -> DocumentRef | None:
        """Tell the party that a row of its own record is about."""
        found = party_of(seen)[1] if isinstance(seen.builder, PeopleBuilder) else None
        return found.ref if found else None

    def _omitted(self) -> Iterator[tuple[DocumentRef, list[tuple[Seen, Reason]]]]:
        """Find the rows of this id or number that their record does not take."""
        for reader, rows in self._search.passes:
            if not (reader.record.where or reader.source.skip_rows or reader.source.stop_at):
                continue
            found: dict[DocumentRef, list[tuple[Seen, Reason]]] = {}
            for seen, reason in Omissions(reader, rows, self._around, self._search.wanted).all():
                kept = found.setdefault(seen.built.ref, [])
                if len(kept) < _MOST_LEFT_OUT:
                    kept.append((seen, reason))
            yield from found.items()

    def _problems(self, kind: str, names: set[str]) -> tuple[Problem, ...]:
        return tuple(
            problem
            for problem in self._reading.problems
            if problem.kind == kind and problem.document in names
        )


class Omissions:
    """The rows of a source that a record does not take, of one id or number."""

    def __init__(
        self, reader: RecordReader, rows: RowsOf, around: Surroundings, wanted: str
    ) -> None:
        self._reader = reader
        self._rows = rows
        self._wanted = wanted
        self._getters = reader.builder.head.getters
        source, scope = reader.source, reader.scope
        tracer = Tracer(source, around.rules, scope, around.titles)
        compiler = FieldCompiler(source, around.rules.books)
        self._sieve = Sieve(source, reader.record.where, scope, compiler, tracer)
        self._found: list[tuple[Row, Reason]] = []
        self._given: list[Row] = []

    def all(self) -> Iterator[tuple[Seen, Reason]]:
        """Give each row with the reason why it is left out."""
        for taken in self._reader.taken(self._of_source()):
            self._given = [row for row in self._given if row is not taken]
            self._settle()
        self._settle()
        for row, reason in self._found:
            yield self._seen(row), reason

    def _settle(self) -> None:
        """Tell of the rows that were given to `where` and did not come out of it."""
        for row in self._given:
            reason = self._sieve.unwanted(Spot.within(row))
            self._found.append((row, reason or self._sieve.with_its_document(row)))
        self._given = []

    def _of_source(self) -> Iterator[Row]:
        """Give the rows that the source gives, and note those that it leaves out."""
        stopped: dict[str, Row] = {}
        for row in self._every():
            if row.file not in stopped and self._sieve.stops(row):
                stopped[row.file] = row
            ended = stopped.get(row.file)
            reason = self._sieve.stopped(ended) if ended else self._sieve.skipped(row)
            asked = self._wanted in self._words(row)
            if reason is not None:
                self._found += [(row, reason)] if asked else []
                continue
            if asked:
                self._given.append(row)
            yield row

    def _every(self) -> Iterator[Row]:
        """Read the rows without leaving any out; damaged ones among those left out don't count."""
        try:
            yield from replace(self._rows, skip=None, stop=None)()
        except FileRefused:
            return

    def _words(self, row: Row) -> set[str]:
        words: set[str] = set()
        for name in ("id", "number"):
            try:
                read = self._getters.get(name)
                words |= {" ".join(read(row.cells).split())} if read else set()
            except Misread:
                continue
        return words

    def _seen(self, row: Row) -> Seen:
        head = self._reader.builder.head
        cells = head.read(row, row.cells)
        ref, number = head.identity(cells)
        built = Built(ref=ref, number=number, findings=Findings(row.file, row.line), skipped=True)
        return Seen(self._reader, [row], row.cells, built)


def _whole(every: Sequence[Seen]) -> list[Seen]:
    """Leave out what was built of a part of a document's rows before all of them were found."""
    kept: list[Seen] = []
    for seen in every:
        kept = [one for one in kept if not (_same(one, seen) and _within(one.rows, seen.rows))]
        kept.append(seen)
    return kept


def _same(one: Seen, other: Seen) -> bool:
    return one.built.ref == other.built.ref and one.reader is other.reader


def _within(some: Sequence[Row], every: Sequence[Row]) -> bool:
    return len(some) <= len(every) and all(row in every for row in some)


def _again(explained: Explanation) -> Explanation:
    reason = Reason(words="it is there before with the same content: it counts once")
    return replace(explained, fate=Fate.SKIPPED, skipped=reason)


def _titles(rows: RowsOf, source: Source) -> dict[tuple[str, str], str]:
    if not isinstance(rows.scope, Columns):
        return {}
    wanted = list(rows.scope.wanted.values())
    known: dict[tuple[str, str], str] = {}
    for table in rows.opened:
        if isinstance(table, Table):
            places, _ = positions(table.header, wanted, source)
            for column, place in zip(wanted, places, strict=True):
                if place is not None:
                    known[table.header.file, column.name] = table.header.names[place]
    return known
