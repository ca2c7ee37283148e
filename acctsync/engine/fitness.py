"""Whether mapping, exports and books fit together: facts in, findings out; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from acctsync.documents import Document, ListKind, Reference
from acctsync.engine.findings import Finding, failed, found, warning, well
from acctsync.engine.reading import Reading
from acctsync.errors import AcctsyncError, Problem, Severity
from acctsync.mapping.entries import Entry
from acctsync.mapping.model import Accounting, RecordRule
from acctsync.mapping.model import Mapping as MappingFile
from acctsync.plan.references import Catalog, folded, references
from acctsync.providers.port import Company, Uses

FRESH_DAYS = 35
SKEW_SECONDS = 60
_DISCOUNTS = frozenset({"discount", "discount_percent"})
_TAXES = frozenset({"tax", "tax_amount"})

Named = tuple[ListKind, Reference]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """The files that were read; `newest` and its age in seconds, None where there are none."""

    files: int
    newest: str = ""
    age: float | None = None


def check_mapping(mapping: MappingFile | AcctsyncError) -> Finding:
    """Look whether the mapping can be understood."""
    if isinstance(mapping, AcctsyncError):
        return failed("mapping", mapping, hint=mapping.hint or "acctsync check shows them all.")
    kinds = ", ".join(sorted(each.replace("_", " ") for each in mapping.push.kinds))
    return well("mapping", f"{mapping.path} is understood; it pushes {kinds or 'nothing'}")


def check_exports(facts: ExportFacts | AcctsyncError) -> Finding:
    """Look whether the export's files are there, and whether new ones still come."""
    if isinstance(facts, AcctsyncError):
        return failed("exports", facts, hint=facts.hint or "acctsync check shows them all.")
    if facts.age is None:
        return well("exports", "no file is there, and the mapping allows that")
    days = int(facts.age // 86_400)
    age = f"{days} day{'' if days == 1 else 's'}" if days > 0 else "less than a day"
    files = "1 file" if facts.files == 1 else f"{facts.files:,} files"
    stale = warning(
        "DOCTOR013",
        f"the newest export file, {facts.newest}, is {days} days old",
        "Look whether the billing system still delivers its exports here.",
    )
    old = (stale,) if days > FRESH_DAYS else ()
    return found("exports", *old, otherwise=f"{files}; the newest, {facts.newest}, is {age} old")


def check_documents(reading: Reading) -> Finding:
    """Look whether the mapping makes sense of what the export says."""
    errors = [each for each in reading.problems if each.is_error]
    whole = [each for each in errors if each.document is None]
    refused, total = len(reading.refused), len(reading.every)
    if whole:
        return found("documents", *whole, otherwise="")
    if errors or refused:
        held = warning(
            "DOCTOR014",
            f"{refused or len(errors):,} of {total + refused:,} documents would be held back",
            "acctsync check shows each of them, and what to do.",
        )
        return found("documents", held, otherwise="")
    remarks = len(reading.problems)
    noted = f"; acctsync check has {remarks:,} remark{'' if remarks == 1 else 's'}"
    return well("documents", f"{total:,} documents are understood{noted if remarks else ''}")


def check_books(company: Company | AcctsyncError, known_as: str) -> Finding:
    """Look whether the books answer, and whether they still are who they were."""
    if isinstance(company, AcctsyncError):
        return failed("books", company)
    told = [company.country, f"books in {company.currency}" if company.currency else ""]
    told += [company.plan, f"closed until {company.closed_until}" if company.closed_until else ""]
    facts = ", ".join(each for each in told if each)
    renamed = warning(
        "DOCTOR015",
        f"the company is called {company.name!r} now; it was connected as {known_as!r}",
        "Sign in again, so that its new name is known, and correct books.company in the mapping.",
    )
    changed = (renamed,) if folded(company.name) != folded(known_as) else ()
    return found("books", *changed, otherwise=f"{company.name} answers ({facts})")


def check_settings(company: Company, currency: str, objections: Iterable[Problem]) -> Finding:
    """Look whether the company's settings suit the mapping; `currency` is the mapping's."""
    problems = list(objections)
    if company.currency and currency != company.currency:
        problems.append(
            warning(
                "DOCTOR016",
                f"the mapping says books.currency: {currency}, "
                f"but the company keeps its books in {company.currency}",
                "Correct books.currency in the mapping.",
            )
        )
    return found("settings", *problems, otherwise="nothing stands against what the mapping uses")


def check_names(
    entries: Iterable[Entry],
    used: Mapping[Named, Document],
    catalog: Catalog,
    *,
    made: Collection[ListKind] = (),
) -> Finding:
    """Look up every name of the mapping, and of documents to be pushed, in the books' lists.

    What a push creates, by its list in `made`, need not be there yet.
    """
    wanted: dict[Named, list[Entry]] = {named: [] for named in used}
    for each in entries:
        wanted.setdefault((each.kind, each.reference), []).append(each)
    missing = [
        _placed(problem, places, wanted_now=named in used)
        for named, places in wanted.items()
        if isinstance(problem := catalog.resolve(*named), Problem)
        and not (named[0] in made and catalog.lacks(*named))
    ]
    ordered = sorted(missing, key=_order)
    held = f"every name of the mapping is in the books: {len(wanted):,}"
    summed = found("names", *ordered, otherwise=held)
    if len(missing) <= 1:
        return summed
    what = f"{len(missing):,} of {len(wanted):,} names are not in the books or can't be used"
    return replace(summed, finding=what, hint="They are listed below.")


def check_clock(skew: float | None, now: dt.datetime, timezone: str) -> Finding:
    """Look whether this machine and the books agree what time it is."""
    here = f"{now:%Y-%m-%d %H:%M} UTC here"
    zone = f"; the books' days are those of {timezone}" if timezone else ""
    if skew is None:
        return well("clock", f"{here}, not compared with the books{zone}")
    seconds = abs(round(skew))
    off = warning(
        "DOCTOR017",
        f"this machine's clock is {seconds:,} seconds {'behind' if skew > 0 else 'ahead'}",
        "Set it right, and let the machine keep it so (NTP): sign-ins and waits depend on it.",
    )
    wrong = (off,) if seconds > SKEW_SECONDS else ()
    return found("clock", *wrong, otherwise=f"{here}, as the books have it{zone}")


def named_by(documents: Iterable[Document]) -> dict[Named, Document]:
    """Tell what documents name in the lists of the books, each with the first that does."""
    named: dict[Named, Document] = {}
    for document in documents:
        for each in references(document):
            named.setdefault(each, document)
    return named


def uses(
    mapping: MappingFile, entries: Iterable[Entry], pending: Iterable[Document], today: dt.date
) -> Uses:
    """Say what a mapping, and the documents that are still to be pushed, want of a company."""
    pending = tuple(pending)
    kinds = {each.kind for each in entries} | {kind for kind, _ in named_by(pending)}
    dated = [(day, getattr(each, "currency", "")) for each in pending if (day := _day(each))]
    fields = {name for each in mapping.records.values() for name in _fields(each)}
    return Uses(
        kinds=mapping.push.kinds,
        today=today,
        first_day=min((day for day, _ in dated), default=None),
        redates=mapping.push.closed_books == "first_open_day",
        currencies=frozenset({mapping.books.currency, *(currency for _, currency in dated)}),
        classes=ListKind.CLASSES in kinds,
        locations=bool({ListKind.LOCATIONS, ListKind.TRACKING} & kinds),
        discounts=bool(_DISCOUNTS & fields),
        taxes=bool(_TAXES & fields),
        keeps_numbers=mapping.push.numbers == "keep",
    )


def made_lists(accounting: Accounting) -> frozenset[ListKind]:
    """Tell the lists in which a push creates what they lack."""
    lists = {"item": ListKind.ITEMS, "class": ListKind.CLASSES, "location": ListKind.LOCATIONS}
    return frozenset(kind for word, kind in lists.items() if accounting.policy(word) == "create")


def _placed(problem: Problem, entries: list[Entry], *, wanted_now: bool) -> Problem:
    """Say where the mapping names what is missing; nothing needs it yet: it is a warning."""
    needed = wanted_now or any(each.needed for each in entries)
    place = next((each.place for each in entries if each.place), None)
    severity = Severity.ERROR if needed else Severity.WARNING
    return replace(problem, severity=severity, location=place)


def _day(document: Document) -> dt.date | None:
    """Tell a document's date; customers and vendors have none."""
    day: dt.date | None = getattr(document, "date", None)
    return day


def _order(problem: Problem) -> tuple[bool, str, int, int]:
    """Put errors first, and each sort in the order of the mapping."""
    place = problem.location
    where = (place.file, place.line or 0, place.character or 0) if place else ("", 0, 0)
    return (not problem.is_error, *where)


def _fields(record: RecordRule) -> Iterator[str]:
    yield from record.document
    if record.document_taxes:
        yield "tax"
    if record.lines is not None:
        yield from record.lines.fields
        if record.lines.taxes:
            yield "tax"
    for extra in record.extra_lines:
        yield from extra.fields
        if extra.taxes:
            yield "tax"
