"""Explains a customer or vendor: from which rows it was put together, and how it is recognised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from acctsync.documents import Customer, DocumentRef
from acctsync.errors import Location, Problem
from acctsync.mapping.explained.heads import HeadTracer, Seen, Surroundings, fixed_key
from acctsync.mapping.explained.receipts import TRACERS
from acctsync.mapping.explained.values import Explained, Explanation, Fate
from acctsync.mapping.parties import Recognised
from acctsync.mapping.party import Party
from acctsync.mapping.people import PeopleBuilder
from acctsync.mapping.products import ItemBuilder

_FIELDS = ("name", "email", "company", "phone", "tax_number", "parent", "currency")
# What a party is called by, where it has no name of its own.
_NAMING = ("name", "email", "company", "id")
_MOST_ROWS = 20


class Mentions:
    """The documents that name a party: the first ones, and those that tell something new of it."""

    def __init__(self, party: DocumentRef) -> None:
        self._party = party
        self._known: set[str] = set()
        self.kept: list[Seen] = []
        self.count = 0

    def notice(self, seen: Seen) -> None:
        """Take a document in, if it names the party."""
        named, found = party_of(seen)
        if found is None or found.ref != self._party or seen.built.skipped:
            return
        self.count += 1
        words = {name for name, word in named._asdict().items() if word}
        if len(self.kept) < _MOST_ROWS or words - self._known:
            self._known |= words
            self.kept.append(seen)


class Mention:
    """A document that names a party."""

    def __init__(self, seen: Seen, around: Surroundings) -> None:
        self.head = TRACERS.get(seen.kind, HeadTracer)(seen, around)
        self.party, self.found = party_of(seen)

    def word(self, name: str) -> Explained | None:
        """Explain a word of the party as this document has it."""
        record = self.head.seen.reader.record
        if isinstance(self.head.seen.builder, PeopleBuilder):
            return self.head.traced(name) if name in record.document else None
        field = record.party.get(name)
        return self.head.party_word(name, field) if field else None

    @property
    def own(self) -> Party:
        return self.found.own if self.found else self.party


def party_of(seen: Seen) -> tuple[Party, Recognised | None]:
    """Tell the party that a document is about, or is made out to, and how it was recognised."""
    builder = seen.builder
    head = builder.head.read(seen.rows[0], seen.cells)
    party = head.party
    if isinstance(builder, PeopleBuilder):
        party = builder.party(seen.built.ref, head)
    if isinstance(builder, ItemBuilder):
        return party, None
    return party, builder.parties.recognised(party)


def explain_party(
    customer: Customer, found: Mentions, around: Surroundings, problems: Sequence[Problem]
) -> Explanation:
    """Explain a party from the documents that name it, in the order in which they were read."""
    mentions = [Mention(seen, around) for seen in found.kept]
    rows = [Location(seen.rows[0].file, seen.rows[0].line) for seen in found.kept[:_MOST_ROWS]]
    first = mentions[0].head.seen.reader.record if mentions else None
    own_record = ("records", str(customer.ref.kind))
    return Explanation(
        kind=customer.ref.kind,
        id=customer.ref.id,
        number=customer.name,
        source=first.source if first else "",
        record=around.rules.places.get(own_record, first.place if first else None),
        fate=Fate.BUILT,
        rows=tuple(dict.fromkeys(rows)),
        more_rows=found.count - len(rows),
        fields=tuple(_fields(customer, mentions, around)),
        problems=tuple(problems),
    )


def _fields(
    customer: Customer, mentions: Sequence[Mention], around: Surroundings
) -> Iterator[Explained]:
    table, places = str(customer.ref.kind), around.rules.places
    match = places.get(("accounting", table, "match"))
    known_by = f"{table}.match" if match else ", then ".join(_names(customer))
    rule = f"the first that is known of {known_by}"
    yield Explained(field="id", value=customer.ref.id, rule=rule, place=match)
    for name in _FIELDS:
        told = _word(name, str(getattr(customer, name)), mentions)
        if told is not None:
            yield told
        elif getattr(customer, name):
            yield _by_rule(name, str(getattr(customer, name)), mentions, table, around)
    rule = f"it may be recognised by each of these: {known_by}"
    yield Explained(field="aliases", value=customer.aliases, rule=rule, place=match)
    yield from _policies(customer, mentions, around)


def _names(customer: Customer) -> list[str]:
    return [alias.partition(":")[0] for alias in customer.aliases]


def _policies(
    customer: Customer, mentions: Sequence[Mention], around: Surroundings
) -> Iterator[Explained]:
    """Explain what happens when the books hold none or several of its names."""
    table, places = str(customer.ref.kind), around.rules.places
    if customer.fixed is not None:
        word = next((each.found.fixed for each in mentions if each.found), "")
        key = fixed_key(around.rules, table, word)
        place = places.get(("accounting", table, "fixed", key))
        yield Explained(field="fixed", value=customer.fixed, rule=f'fixed: "{key}"', place=place)
    missing = "create" if customer.create_missing else "error"
    ambiguous = "first" if customer.first_if_ambiguous else "error"
    for key, value in (("missing", missing), ("ambiguous", ambiguous)):
        place = places.get(("accounting", table, key))
        rule = f"{table}.{key}" if place else f"{table}.{key} is not set"
        yield Explained(field=key, value=value, rule=rule, place=place)


def _word(name: str, value: str, mentions: Sequence[Mention]) -> Explained | None:
    """Explain a word by the first document that has it."""
    for mention in mentions:
        told = mention.word(name)
        # A guest is called as the mapping says, not as the document does.
        if told is not None and told.value and mention.own == mention.party:
            return replace(told, field=name, value=value)
    return None


def _by_rule(
    name: str, value: str, mentions: Sequence[Mention], table: str, around: Surroundings
) -> Explained:
    """Explain a word that no document says as it is."""
    places = around.rules.places
    if name == "parent":
        place = places.get(("accounting", table, "parent"))
        return Explained(field=name, value=value, rule=f"{table}.parent", place=place)
    words = [told for each in mentions[:1] for key in _NAMING if (told := each.word(key))]
    cells = tuple(cell for told in words for cell in told.cells)
    place = places.get(("accounting", table, "treat_as_guest"))
    rule = f"{table}.treat_as_guest" if place else "taken from what else is known of it"
    return Explained(field=name, value=value, cells=cells, rule=rule, place=place)
