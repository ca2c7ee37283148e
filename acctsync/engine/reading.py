"""Reads exports into documents: opens the files, and hands their rows to the pure parts."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from acctsync.checks import Verdict, check_across, check_document
from acctsync.documents import Customer, Document, DocumentRef, Kind
from acctsync.errors import InputRefused, Problem
from acctsync.exports.conditions import Test, compile_tests
from acctsync.exports.files import find
from acctsync.exports.objects import Objects
from acctsync.exports.records import FileRefused, Format, Row, Source
from acctsync.exports.scope import Columns, Paths, Scope, loosely
from acctsync.exports.tables import Table
from acctsync.mapping.apply import ORDER, PEOPLE, RecordReader, Workshop
from acctsync.mapping.findings import Built
from acctsync.mapping.lookups import Sighting, Unmapped, tally
from acctsync.mapping.model import ControlTotal, Mapping
from acctsync.money import ZERO, NotANumber, NumberReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the exports say: documents in their order, customers first, and all that is wrong."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()
    refused: frozenset[DocumentRef] = frozenset()
    skipped: Dict[Kind, int] = field(default_factory=dict)
    unmapped: tuple[Unmapped, ...] = ()
    files: tuple[str, ...] = ()


def read_documents(mapping: Mapping, data_dir: Path, today: dt.date) -> Reading:
    """Read all documents; raise InputRefused with every problem of files that can't be used."""
    with _without_collector():
        return _read(Files(mapping, data_dir), mapping, today)


def _read(files: Files, mapping: Mapping, today: dt.date) -> Reading:
    shop = Workshop(mapping)
    collected = Collected(mapping, today)
    for kind in ORDER:
        record = mapping.records.get(kind)
        if record is None:
            continue
        reader = RecordReader(record, shop, files.available(record.source))
        if reader.lines is not None:
            reader.lines.rows = files.rows_of(reader.lines.source, reader.lines.scope)
        rows = files.rows_of(reader.source, reader.scope)
        try:
            for built, again in reader.documents(rows):
                collected.add(built, again=again)
                shop.register.add(built)
        except FileRefused as error:
            files.problems.extend(error.problems)
    for control in mapping.checks.control_totals:
        files.problems.extend(_control_total(control, mapping, files))
    files.refuse_if_bad()
    return collected.reading(shop, files)


class Files:
    """The export files of a run: found and opened once, read as often as asked for."""

    def __init__(self, mapping: Mapping, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._mapping = mapping
        self._open: dict[str, list[Table | Objects]] = {}
        self._names: dict[str, None] = {}
        self._notes: dict[Problem, None] = {}
        self._folder = folder
        for name in _used(mapping):
            self._open_source(mapping.sources[name])
        self.refuse_if_bad()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    @property
    def notes(self) -> tuple[Problem, ...]:
        return tuple(self._notes)

    def available(self, source: str) -> frozenset[str] | None:
        """Tell which columns a source's files have; None where there are no columns."""
        tables = [each for each in self._open[source] if isinstance(each, Table)]
        return (
            frozenset(name for table in tables for name in table.header.names) if tables else None
        )

    def rows_of(self, source: Source, scope: Scope) -> RowsOf:
        """Prepare reading a source's rows with the columns that a scope wants."""
        skip, stop = self._row_tests(source, scope)
        return RowsOf(self, self._open[source.name], scope, skip, stop)

    def keep(self, notes: Sequence[Problem]) -> None:
        """Keep what was noticed on reading, once."""
        self._notes.update(dict.fromkeys(notes))

    def refuse_if_bad(self) -> None:
        """Stop the run when a file can't be used."""
        problems = list(dict.fromkeys(self.problems))
        if not problems:
            return
        first = problems[0]
        message = (
            first.message
            if len(problems) == 1
            else f"{len(problems)} problems in the exports: {first.message}"
        )
        raise InputRefused(message, hint=first.hint, problems=tuple(problems))

    def _open_source(self, source: Source) -> None:
        paths, problems = find(source, self._folder)
        self.problems.extend(problems)
        opened = self._open.setdefault(source.name, [])
        for path in paths:
            name = _shown(path, self._folder)
            self._names[name] = None
            try:
                opened.append(
                    Table(path, name, source)
                    if source.format is Format.CSV
                    else Objects(path, name, source)
                )
            except FileRefused as error:
                self.problems.extend(error.problems)

    def _row_tests(self, source: Source, scope: Scope) -> tuple[Test | None, Test | None]:
        numbers = NumberReader(source.numbers)
        currency = self._mapping.books.currency
        return (
            compile_tests(source.skip_rows, scope, numbers, currency),
            compile_tests(source.stop_at, scope, numbers, currency),
        )


@dataclass(frozen=True, slots=True)
class RowsOf:
    """The rows of one source, file by file."""

    files: Files
    opened: Sequence[Table | Objects]
    scope: Scope
    skip: Test | None
    stop: Test | None

    def __call__(self) -> Iterator[Row]:
        problems: list[Problem] = []
        for each in self.opened:
            try:
                yield from self._read(each)
            except FileRefused as error:
                problems.extend(error.problems)
            self.files.keep(each.notes)
        if problems:
            raise FileRefused(problems)

    def _read(self, each: Table | Objects) -> Iterator[Row]:
        if isinstance(each, Table):
            assert isinstance(self.scope, Columns)
            return each.rows(list(self.scope.wanted.values()), self.skip, self.stop)
        return self._kept(each.rows())

    def _kept(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if self.stop is not None and self.stop(row.cells):
                return
            if self.skip is None or not self.skip(row.cells):
                yield row


@dataclass(slots=True)
class Shelf:
    """The documents of one kind as they come, by their id."""

    documents: dict[str, Document] = field(default_factory=dict)
    refused: dict[str, DocumentRef] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    sightings: dict[str, list[Sighting]] = field(default_factory=dict)

    def forget(self, key: str) -> None:
        """Forget a document, because another stands for it."""
        self.skipped.discard(key)
        for table in (self.documents, self.refused, self.problems, self.sightings):
            table.pop(key, None)


class Collected:
    """The documents of a run, kind by kind."""

    def __init__(self, mapping: Mapping, today: dt.date) -> None:
        self._mapping = mapping
        self._today = today
        self._shelves: dict[Kind, Shelf] = {}

    def add(self, built: Built, *, again: bool) -> None:
        """Take one document in; `again` when it stands for an earlier one of the same id."""
        check_document(built, self._mapping, self._today)
        key, found = built.ref.id, built.findings
        shelf = self._shelves.setdefault(built.ref.kind, Shelf())
        if again:
            shelf.forget(key)
        elif key in shelf.documents or key in shelf.refused:
            self._twice(shelf, built)
            return
        if found.problems:
            shelf.problems[key] = built.problems
        if found.sightings:
            shelf.sightings[key] = found.sightings
        if built.skipped:
            shelf.skipped.add(key)
        elif built.document is not None:
            shelf.documents[key] = built.document
        elif found.refused:
            shelf.refused[key] = built.ref

    def reading(self, shop: Workshop, files: Files) -> Reading:
        """Finish: check documents against each other, and put customers first."""
        documents = self._settled_parties(shop)
        refused = [ref for shelf in self._shelves.values() for ref in shelf.refused.values()]
        verdict = check_across(documents, refused, self._mapping)
        kept = _kept(documents, verdict)
        used = {doc.customer for doc in kept if not isinstance(doc, Customer) and doc.customer}
        people = [doc for kind in PEOPLE for doc in shop.parties[kind].documents(used)]
        return Reading(
            documents=(*people, *kept),
            problems=self._all_problems(verdict, shop, files),
            refused=frozenset(verdict.refused),
            skipped={
                kind: len(shelf.skipped) for kind, shelf in self._shelves.items() if shelf.skipped
            },
            unmapped=tally(
                each
                for shelf in self._shelves.values()
                for found in shelf.sightings.values()
                for each in found
            ),
            files=files.names,
        )

    def _twice(self, shelf: Shelf, built: Built) -> None:
        """Deal with an id that is there twice: the same again is dropped, another refuses both."""
        key = built.ref.id
        if built.skipped:
            return
        first = shelf.documents.get(key)
        if first is not None and first == built.document:
            message = f"{key} is there twice with the same content: it counts once"
            built.findings.warn("DOC012", message)
        else:
            hint = "if several rows make one document, say so: group_by"
            built.findings.error("DOC011", f"{key} is there twice with different content", hint)
            shelf.documents.pop(key, None)
            shelf.refused[key] = built.ref
        shelf.problems.setdefault(key, []).extend(built.problems)

    def _settled_parties(self, shop: Workshop) -> list[Document]:
        """List the documents, each with the final reference of its customer."""
        documents = [doc for shelf in self._shelves.values() for doc in shelf.documents.values()]
        moved = {old: new for each in shop.parties.values() for old, new in each.moved().items()}
        if not moved:
            return documents
        return [
            replace(doc, customer=moved[doc.customer])
            if not isinstance(doc, Customer) and doc.customer in moved
            else doc
            for doc in documents
        ]

    def _all_problems(self, verdict: Verdict, shop: Workshop, files: Files) -> tuple[Problem, ...]:
        problems = [*files.notes]
        for kind in PEOPLE:
            problems.extend(shop.parties[kind].problems)
        for shelf in self._shelves.values():
            for found in shelf.problems.values():
                problems.extend(found)
        return (*problems, *verdict.problems)


def _kept(documents: list[Document], verdict: Verdict) -> list[Document]:
    if not verdict.refused and not verdict.changed:
        return documents
    return [
        verdict.changed.get(doc.ref, doc) for doc in documents if doc.ref not in verdict.refused
    ]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cycle collector: documents hold no cycles, and it would walk them over and over."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _used(mapping: Mapping) -> list[str]:
    names = [record.source for record in mapping.records.values()]
    names += [
        record.lines.source
        for record in mapping.records.values()
        if record.lines and record.lines.source
    ]
    names += [control.source for control in mapping.checks.control_totals]
    return list(dict.fromkeys(names))


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _control_total(control: ControlTotal, mapping: Mapping, files: Files) -> Iterator[Problem]:
    source = mapping.sources[control.source]
    scope: Scope = Columns() if source.format is Format.CSV else Paths()
    read = loosely(scope.text(control.column, control.place))
    numbers, currency = NumberReader(source.numbers), mapping.books.currency
    total = ZERO
    try:
        wanted = numbers.amount(control.equals, currency)
        for row in files.rows_of(source, scope)():
            text = read(row.cells)
            total += numbers.amount(text, currency) if text else ZERO
    except NotANumber as error:
        message = f'control total of "{control.column}": a value {error}'
        yield Problem(code="FILE030", message=message, location=control.place)
        return
    except FileRefused as error:
        yield from error.problems
        return
    if total != wanted:
        sums = f"comes to {total:,}, the mapping says {wanted:,}"
        message = f'"{control.column}" of {control.source} {sums}'
        hint = "the export is not the one that was meant, or it is cut"
        yield Problem(code="FILE030", message=message, hint=hint, location=control.place)
