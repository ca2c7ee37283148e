"""One customer (or vendor) per distinct party of the whole export, however it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from acctsync.documents import Customer, DocumentRef, Kind, Reference
from acctsync.errors import Location, Problem, Severity
from acctsync.mapping.findings import Findings
from acctsync.mapping.model import PartyRules
from acctsync.mapping.party import Party

_ZERO_WIDTH = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
# What nobody sees tells no two names apart: direction marks and control characters, too.
_UNSEEN = _ZERO_WIDTH | dict.fromkeys(
    [
        *(0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        *(code for code in range(0xA0) if not chr(code).isprintable() and not chr(code).isspace()),
    ]
)
_MOJIBAKE = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|\u00c3[\u2018-\u2122\u0152-\u0192]"
)


class Recognised(NamedTuple):
    """How a party was recognised.

    `alias` is what it was recognised by, `name` what the books will call it, `own` the party after
    the rule for guests, `fixed` its word that a pair made by hand names, `place` where it was first
    named.
    """

    ref: DocumentRef
    alias: str
    name: str
    own: Party
    fixed: str
    place: Location | None


@dataclass(slots=True)
class _Entry:
    """A party as it grows while the export is read."""

    party: Party
    place: Location | None
    aliases: dict[str, int] = field(default_factory=dict)
    own_record: bool = False
    fixed: Reference | None = None
    refs: set[str] = field(default_factory=set)
    ref: DocumentRef | None = None

    @property
    def ranked(self) -> tuple[str, ...]:
        return tuple(sorted(self.aliases, key=self.aliases.__getitem__))


def folded_name(text: str) -> str:
    """Bring a name to the form in which names are compared."""
    plain = unicodedata.normalize("NFC", text).translate(_UNSEEN)
    return " ".join(plain.split()).casefold()


class Parties:
    """Recognises parties by the mapping's rules, and makes their documents at the end."""

    def __init__(self, kind: Kind, rules: PartyRules) -> None:
        self._kind = kind
        self._rules = rules
        self._entries: list[_Entry] = []
        self._by_alias: dict[str, _Entry] = {}
        self._known: dict[Party, _Entry] = {}
        self._fixed = {folded_name(key): value for key, value in rules.fixed.items()}
        self._twice: set[str] = set()
        self._merged: set[str] = set()
        self.problems: list[Problem] = []

    def ref(self, party: Party, found: Findings, *, own_record: bool = False) -> DocumentRef:
        """Recognise a party; its reference may still move to a better alias (see `moved`)."""
        entry = self._known.get(party)
        if entry is None or (own_record and not entry.own_record):
            entry = self._recognise(party, found.place(), own_record=own_record)
            self._known[party] = entry
        if entry.ref is None:
            entry.ref = self._ref(entry.ranked[0])
            entry.refs.add(entry.ref.id)
        return entry.ref

    def recognised(self, party: Party) -> Recognised | None:
        """Tell by what a party was recognised; None for one that nobody asked for."""
        entry = self._known.get(party)
        if entry is None:
            return None
        own = self._as_guest(party)
        aliases = self._aliases(own)
        shared = (alias for alias in aliases if self._by_alias.get(alias) is entry)
        words = (own.id, own.email, own.name, own.company)
        return Recognised(
            ref=self._ref(entry.ranked[0]),
            alias=next(shared, next(iter(aliases))),
            name=_name(entry.party),
            own=own,
            fixed=next((w for w in words if w and folded_name(w) in self._fixed), ""),
            place=entry.place,
        )

    def moved(self) -> dict[DocumentRef, DocumentRef]:
        """Tell which references handed out have become another since."""
        changes: dict[DocumentRef, DocumentRef] = {}
        for entry in self._entries:
            final = entry.ranked[0]
            changes |= {self._ref(old): self._ref(final) for old in entry.refs if old != final}
        return changes

    def documents(self, used: set[DocumentRef]) -> Iterator[Customer]:
        """Make the documents of those with their own record, and of those that are used."""
        for entry in self._entries:
            ref = self._ref(entry.ranked[0])
            if entry.own_record or ref in used:
                yield self._document(entry, ref)

    def _document(self, entry: _Entry, ref: DocumentRef) -> Customer:
        party = entry.party
        return Customer(
            ref=ref,
            name=_name(party),
            email=party.email,
            company=party.company,
            phone=party.phone,
            tax_number=party.tax_number,
            parent=party.parent or self._rules.parent,
            currency=party.currency,
            aliases=entry.ranked,
            fixed=entry.fixed,
            create_missing=self._rules.create_missing,
            first_if_ambiguous=self._rules.first_if_ambiguous,
            own_record=entry.own_record,
            place=entry.place,
        )

    def _ref(self, alias: str) -> DocumentRef:
        return DocumentRef(self._kind, str(self._kind), alias)

    def _recognise(self, party: Party, place: Location | None, *, own_record: bool) -> _Entry:
        party = self._as_guest(party)
        aliases = self._aliases(party)
        known = [alias for alias in aliases if alias in self._by_alias]
        entry = self._by_alias[known[0]] if known else None
        if entry is None:
            entry = self._added(party, place)
        else:
            self._warn_of_two_emails(entry, party, place)
            self._warn_of_two_parties(entry, party, known, place, both_own=own_record)
            # The books keep one currency for a name: its own, or its first document's.
            here = party if own_record else party._replace(currency=entry.party.currency)
            entry.party = _completed(entry.party, here)
        for alias, rank in aliases.items():
            if self._by_alias.setdefault(alias, entry) is entry:
                entry.aliases[alias] = rank
        entry.ref = None
        entry.own_record = entry.own_record or own_record
        entry.fixed = entry.fixed or self._fixed_pair(party)
        return entry

    def _added(self, party: Party, place: Location | None) -> _Entry:
        entry = _Entry(party, place)
        self._entries.append(entry)
        self.problems.extend(_doubts(party, place, self._kind))
        return entry

    def _as_guest(self, party: Party) -> Party:
        guest = self._rules.guest
        if guest is None or folded_name(party.name) != folded_name(guest.name):
            return party
        if guest.use_email_as_name and party.email:
            return Party(name=party.email, email=party.email, phone=party.phone)
        return Party(name=guest.fallback or guest.name)

    def _aliases(self, party: Party) -> dict[str, int]:
        values = {
            "id": party.id,
            "email": party.email.translate(_UNSEEN).strip().casefold(),
            "name": folded_name(party.name or party.company or party.email or party.id),
            "company": folded_name(party.company),
            "tax_number": folded_name(party.tax_number).replace(" ", ""),
        }
        aliases = {
            f"{key}:{values[key]}": rank
            for rank, key in enumerate(self._rules.match)
            if values[key]
        }
        return aliases or {f"name:{values['name']}": len(self._rules.match)}

    def _fixed_pair(self, party: Party) -> Reference | None:
        for word in (party.id, party.email, party.name, party.company):
            if word and folded_name(word) in self._fixed:
                return self._fixed[folded_name(word)]
        return None

    def _warn_of_two_parties(
        self,
        entry: _Entry,
        party: Party,
        known: list[str],
        place: Location | None,
        *,
        both_own: bool,
    ) -> None:
        """Say that parties are taken for one which something tells apart."""
        means, by = _name(entry.party), known[0].partition(":")[0]
        other = next((each for a in known if (each := self._by_alias[a]) is not entry), None)
        ids = sorted({each.id for each in (entry.party, party) if each.id})
        by_name_alone = "id" in self._rules.match and by == "name"
        if other is not None:
            what = f'"{means}" or "{_name(other.party)}"'
        elif len(ids) > 1 and (by_name_alone or (both_own and entry.own_record)):
            what = f"the one with id {' or '.join(ids)}"
        else:
            return
        if means in self._merged:
            return
        self._merged.add(means)
        self.problems.append(
            Problem(
                code="DOC033",
                message=f'"{_name(party)}" may mean {what}: by {by} it is "{means}"',
                hint="if they are two, tell them apart in the billing system",
                severity=Severity.WARNING,
                location=place,
                document=_name(party),
                kind=str(self._kind),
            )
        )

    def _warn_of_two_emails(self, entry: _Entry, party: Party, place: Location | None) -> None:
        before, now = entry.party.email.casefold(), party.email.casefold()
        if not before or not now or before == now or entry.party.name in self._twice:
            return
        self._twice.add(entry.party.name)
        name = _shown(entry.party.name)
        self.problems.append(
            Problem(
                code="DOC032",
                message=f'"{name}" has two e-mail addresses: {entry.party.email} and {party.email}',
                hint="they are taken for one customer by name; the first address is kept",
                severity=Severity.WARNING,
                location=place,
                document=name,
                kind=str(self._kind),
            )
        )


def _completed(known: Party, other: Party) -> Party:
    """Fill what is not known of a party from another way of writing it."""
    return Party(
        id=known.id or other.id,
        name=known.name or other.name,
        email=known.email or other.email,
        company=known.company or other.company,
        phone=known.phone or other.phone,
        tax_number=known.tax_number or other.tax_number,
        parent=known.parent or other.parent,
        currency=known.currency or other.currency,
    )


def _name(party: Party) -> str:
    return _shown(party.name or party.company or party.email or party.id)


def _shown(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).translate(_ZERO_WIDTH).split())


def _doubts(party: Party, place: Location | None, kind: Kind) -> Iterator[Problem]:
    if party.name.isascii():
        return
    if _MOJIBAKE.search(party.name):
        message = f'"{party.name}" looks like UTF-8 that was read as cp1252'
        hint = "export again as UTF-8 before it is created"
        yield _warning("DOC030", message, hint, party, place=place, kind=kind)
    scripts = _mixed_scripts(party.name)
    if scripts:
        message = f'"{party.name}" mixes {" and ".join(scripts)} letters in one word'
        hint = "type the name anew in the billing system"
        yield _warning("DOC031", message, hint, party, place=place, kind=kind)


def _warning(
    code: str, message: str, hint: str, party: Party, *, place: Location | None, kind: Kind
) -> Problem:
    return Problem(
        code=code,
        message=message,
        hint=hint,
        severity=Severity.WARNING,
        location=place,
        document=party.name,
        kind=str(kind),
    )


def _mixed_scripts(name: str) -> list[str]:
    """Name the scripts of a word that mixes look-alike ones."""
    for word in name.split():
        scripts = dict.fromkeys(
            unicodedata.name(letter, "").split(" ", 1)[0] for letter in word if letter.isalpha()
        )
        alike = [script.title() for script in scripts if script in {"LATIN", "CYRILLIC", "GREEK"}]
        if len(alike) > 1:
            return alike
    return []
