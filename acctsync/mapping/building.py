"""Turns a checked tree into the model; what can't be understood was reported before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from acctsync.dates import MONTHS
from acctsync.documents import Kind, Reference, TaxTreatment
from acctsync.errors import Location
from acctsync.exports.records import Condition, Format, Source, WholeList
from acctsync.mapping import model
from acctsync.mapping.grammar import DOCUMENT_FIELDS, ITEM_FIELDS, LINE_FIELDS, RECORDS
from acctsync.mapping.tree import Node, Section, Series, Text
from acctsync.money import ZERO, plain_number

_PARTY_KEYS = ("id", "name", "email", "company", "parent", "phone", "tax_number")
_NOWHERE = Section({}, {}, Location(""))


def mapping(path: Path, root: Section) -> model.Mapping:
    """Build the whole model."""
    return model.Mapping(
        path=path,
        books=_books(_section(root, "books")),
        sources={
            name: _source(name, _as_section(node))
            for name, node in _section(root, "sources").entries.items()
        },
        records={
            Kind(name): _record(Kind(name), _as_section(node))
            for name, node in _section(root, "records").entries.items()
        },
        accounting=_accounting(_section(root, "accounting")),
        checks=_checks(_section(root, "checks")),
        push=_push(_section(root, "push")),
        places=_places(root),
    )


def _places(root: Section) -> dict[tuple[str, ...], Location]:
    """Tell where every key stands, and every item of a list, by the path that leads to it."""
    places: dict[tuple[str, ...], Location] = {}
    waiting: list[tuple[tuple[str, ...], Node]] = [((), root)]
    while waiting:
        above, node = waiting.pop()
        if isinstance(node, Section):
            for key, below in node.entries.items():
                places[*above, key] = node.keys.get(key, below.place)
                waiting.append(((*above, key), below))
        elif isinstance(node, Series):
            for number, item in enumerate(node.items):
                places[*above, str(number)] = item.place
                waiting.append(((*above, str(number)), item))
    return places


def _books(node: Section) -> model.Books:
    return model.Books(
        system=_text(node, "system"),
        company=_text(node, "company"),
        currency=_text(node, "currency"),
        timezone=_text(node, "timezone"),
        connection=_text(node, "connection") or None,
        start_date=_day(node, "start_date"),
        end_date=_day(node, "end_date"),
        tax=TaxTreatment(_text(node, "tax", "exclusive")),
    )


def _source(name: str, node: Section) -> Source:
    whole = _section(node, "whole_list")
    header_row = _text(node, "header_row")
    return Source(
        name=name,
        place=node.place,
        files=_texts(node, "files"),
        files_place=node.entries["files"].place,
        format=Format(_text(node, "format")),
        exclude=_texts(node, "exclude"),
        newest_only=_text(node, "pick") == "newest",
        missing_ok=_text(node, "missing") == "ok",
        encoding=_text(node, "encoding", "utf-8"),
        delimiter=_text(node, "delimiter", ","),
        header_row_contains=_texts(node, "header_row_contains"),
        header_row=int(header_row) if header_row else None,
        no_header=_texts(node, "no_header"),
        skip_rows=_conditions(node, "skip_rows"),
        stop_at=_conditions(node, "stop_at"),
        pad_short_rows=_text(node, "short_rows") == "pad",
        rows=_text(node, "rows"),
        whole_list=WholeList(path=_text(whole, "path"), is_=_text(whole, "is"))
        if whole.entries
        else None,
        numbers=_text(node, "numbers", "1234.50"),
        dates=_texts(node, "dates") or ("iso",),
        timezone=_text(node, "timezone"),
        expect_columns=_texts(node, "expect_columns"),
        new_columns=_text(node, "new_columns", "ignore"),
        column_names={
            key: _words(value) for key, value in _section(node, "column_names").entries.items()
        },
        strip_formula_quotes=_text(node, "formula_quote") == "strip",
        month_names=_texts(node, "month_names") or MONTHS,
    )


def _record(kind: Kind, node: Section) -> model.RecordRule:
    document = _section(node, "document")
    party = document.entries.get("vendor" if kind in _PURCHASES else "customer")
    fields = {
        key: field(key, value) for key, value in document.entries.items() if key in _HEAD_FIELDS
    }
    group = node.entries.get("group_by")
    return model.RecordRule(
        kind=kind,
        source=_text(node, "from"),
        place=node.place,
        document=fields,
        party=_party(party),
        where=_conditions(node, "where"),
        expect=_conditions(node, "expect"),
        group_by=_texts(node, "group_by"),
        group_place=group.place if group else None,
        lines=_lines(_section(node, "lines")) if "lines" in node.entries else None,
        extra_lines=tuple(_extra(_as_section(each)) for each in _items(node, "extra_lines")),
        document_taxes=_taxes(node, "document_taxes"),
    )


_HEAD_FIELDS = frozenset({*DOCUMENT_FIELDS, *ITEM_FIELDS, "state"})
_PURCHASES = frozenset({Kind.PURCHASE_ORDERS, Kind.BILLS, Kind.VENDORS})


def _party(node: Node | None) -> model.Fields:
    if isinstance(node, Text):
        return {"name": field("name", node)}
    if isinstance(node, Section):
        return {key: field(key, value) for key, value in node.entries.items() if key in _PARTY_KEYS}
    return {}


def field(name: str, node: Node) -> model.Field:
    """Build one field."""
    if isinstance(node, Text):
        return model.Field(name=name, place=node.place, column=node.value)
    section = _as_section(node)
    part = _section(section, "part")
    words = _section(section, "map")
    return model.Field(
        name=name,
        place=node.place,
        column=_maybe(section, "column") or _maybe(part, "of"),
        value=_maybe(section, "value"),
        text=_maybe(section, "text"),
        first_of=_texts(section, "first_of"),
        sum_of=_texts(section, "sum_of"),
        map={key: _plain(value) for key, value in words.entries.items()}
        if "map" in section.entries
        else None,
        if_empty=_maybe(section, "if_empty"),
        when_filled=_maybe(section, "when_filled"),
        before=_maybe(section, "before"),
        after=_maybe(section, "after"),
        strip_prefix=_maybe(section, "strip_prefix"),
        strip_suffix=_maybe(section, "strip_suffix"),
        split_on=_maybe(part, "split_on"),
        part=int(_text(part, "number", "0")),
        absolute=_switch(section, "absolute"),
        negate=_switch(section, "negate"),
        dates=_texts(section, "dates"),
        timezone=_text(section, "timezone"),
        currency=_text(section, "currency"),
        add_days=int(_text(section, "add_days", "0")),
    )


def _lines(node: Section) -> model.LinesRule:
    repeat = _section(node, "repeat")
    return model.LinesRule(
        place=node.place,
        fields={
            key: field(key, value) for key, value in node.entries.items() if key in LINE_FIELDS
        },
        taxes=_taxes(node, "taxes"),
        where=_conditions(node, "where"),
        each=_text(node, "each"),
        source=_text(node, "from"),
        match={key: _plain(value) for key, value in _section(node, "match").entries.items()},
        repeat=_repeat(repeat) if repeat.entries else None,
    )


def _repeat(node: Section) -> model.Repeat:
    first, last = _text(node, "from"), _text(node, "to")
    return model.Repeat(
        until_empty=_text(node, "until_empty"),
        place=node.place,
        first=int(first) if first else None,
        last=int(last) if last else None,
    )


def _extra(node: Section) -> model.ExtraLine:
    fields = {key: field(key, value) for key, value in node.entries.items() if key in LINE_FIELDS}
    return model.ExtraLine(fields=fields, taxes=_taxes(node, "taxes"))


def _taxes(node: Section, key: str) -> tuple[model.TaxRule, ...]:
    rules = []
    for each in _items(node, key):
        entries = _as_section(each).entries
        rules.append(
            model.TaxRule(
                name=field("name", entries["name"]),
                rate=field("rate", entries["rate"]) if "rate" in entries else None,
                amount=field("tax_amount", entries["amount"]) if "amount" in entries else None,
            )
        )
    return tuple(rules)


def _conditions(node: Section, key: str) -> tuple[Condition, ...]:
    return tuple(_condition(_as_section(each)) for each in _items(node, key))


def _condition(node: Section) -> Condition:
    return Condition(
        column=_text(node, "column"),
        place=node.place,
        is_=_maybe(node, "is"),
        is_not=_maybe(node, "is_not"),
        in_=_texts(node, "in") if "in" in node.entries else None,
        not_in=_texts(node, "not_in") if "not_in" in node.entries else None,
        more_than=_maybe(node, "more_than"),
        less_than=_maybe(node, "less_than"),
        matches=_maybe(node, "matches"),
        message=_text(node, "message"),
    )


def _within(category: str, reference: Reference) -> Reference:
    """Name an option by its category too, where the mapping says which one it is of."""
    if not category or reference.name is None:
        return reference
    return replace(reference, name=f"{category}:{reference.name}")


def _accounting(node: Section) -> model.Accounting:
    locations = dict(_section(node, "locations").entries)
    named = locations.pop("tracking_category", None)
    tracking = _plain(named) if named else ""
    return model.Accounting(
        items={
            key: _item(_as_section(value)) for key, value in _section(node, "items").entries.items()
        },
        line_rules=tuple(_line_rule(_as_section(each)) for each in _items(node, "line_rules")),
        locations={key: _within(tracking, _reference(each)) for key, each in locations.items()},
        tracking_category=tracking,
        classes=_references(node, "classes"),
        taxes={
            key: _tax_code(_as_section(value))
            for key, value in _section(node, "taxes").entries.items()
        },
        payment_methods={
            key: _method(_as_section(value))
            for key, value in _section(node, "payment_methods").entries.items()
        },
        fees=_fees(_section(node, "fees")),
        written_off=_maybe_reference(_section(node, "written_off"), "account"),
        retainers=_retainers(_section(node, "retainers")),
        payouts=_payouts(_section(node, "payouts")),
        expenses=_expenses(_section(node, "expenses")),
        defaults=_defaults(_section(node, "defaults")),
        customers=_parties(node, "customers", ("email", "name")),
        vendors=_parties(node, "vendors", ("name",)),
        unmapped={key: _plain(value) for key, value in _section(node, "unmapped").entries.items()},
    )


def _item(node: Section) -> model.ItemRule:
    return model.ItemRule(
        item=_maybe_reference(node, "item"),
        account=_maybe_reference(node, "account"),
        expense_account=_maybe_reference(node, "expense_account"),
        class_=_maybe_reference(node, "class"),
        tax=_text(node, "tax"),
        location=_maybe_reference(node, "location"),
        per_campus={
            key: _item(_as_section(value))
            for key, value in _section(node, "per_campus").entries.items()
        },
    )


def _line_rule(node: Section) -> model.LineRule:
    when = {key: _plain(value) for key, value in _section(node, "when").entries.items()}
    return model.LineRule(when=when, set=_item(_section(node, "set")))


def _tax_code(node: Section) -> model.TaxCode:
    return model.TaxCode(code=Reference(name=_text(node, "code")), rate=_text(node, "rate"))


def _method(node: Section) -> model.PaymentMethod:
    name = _text(node, "method")
    return model.PaymentMethod(
        method=Reference(name=name) if name else None,
        deposit_to=_maybe_reference(node, "deposit_to"),
    )


def _fees(node: Section) -> model.Fees | None:
    account = _maybe_reference(node, "account")
    return (
        model.Fees(
            account=account,
            place=node.place,
            vendor=_text(node, "vendor"),
            item=_text(node, "item"),
        )
        if account
        else None
    )


def _retainers(node: Section) -> model.Retainers | None:
    account = _maybe_reference(node, "account")
    if account is None:
        return None
    unapplied = _text(node, "unapplied_payments", "retainer")
    return model.Retainers(account=account, item=_text(node, "item"), unapplied_payments=unapplied)


def _payouts(node: Section) -> model.Payouts | None:
    if not node.entries:
        return None
    return model.Payouts(clearing=_maybe_reference(node, "from"), bank=_maybe_reference(node, "to"))


def _expenses(node: Section) -> model.Expenses:
    return model.Expenses(
        by_vendor=_references(node, "by_vendor"),
        by_category=_references(node, "by_category"),
        default=_maybe_reference(node, "default"),
    )


def _defaults(node: Section) -> model.Defaults:
    return model.Defaults(
        item=_maybe_reference(node, "item"),
        income_account=_maybe_reference(node, "income_account"),
        expense_account=_maybe_reference(node, "expense_account"),
        discount_account=_maybe_reference(node, "discount_account"),
        shipping_account=_maybe_reference(node, "shipping_account"),
        rounding_account=_maybe_reference(node, "rounding_account"),
        deposit_to=_maybe_reference(node, "deposit_to"),
        tax=_maybe_reference(node, "tax"),
        branding_theme=_maybe_reference(node, "branding_theme"),
    )


def _parties(accounting: Section, kind: str, match: tuple[str, ...]) -> model.PartyRules:
    node = _section(accounting, kind)
    # What is not in the books is not mapped, either; what `missing` says is more exact.
    unmapped = _text(_section(accounting, "unmapped"), kind.removesuffix("s"), "create")
    missing = _text(node, "missing", "error" if unmapped == "error" else "create")
    guest = _section(node, "treat_as_guest")
    return model.PartyRules(
        match=_texts(node, "match") or match,
        create_missing=missing == "create",
        first_if_ambiguous=_text(node, "ambiguous") == "first",
        overwrite_existing=_text(node, "existing") == "overwrite",
        guest=_guest(guest) if guest.entries else None,
        parent=_text(node, "parent"),
        fixed=_references(node, "fixed"),
    )


def _guest(node: Section) -> model.Guest:
    return model.Guest(
        name=_text(node, "name") if "name" in node.entries else "Guest",
        use_email_as_name=_switch(node, "use_email_as_name"),
        fallback=_text(node, "fallback"),
    )


def _checks(node: Section) -> model.Checks:
    totals = _section(node, "totals")
    tolerance = _text(totals, "tolerance")
    return model.Checks(
        tolerance=plain_number(tolerance) if tolerance else ZERO,
        mismatch=_text(totals, "mismatch", "error"),
        payment_over_invoice=_text(node, "payment_over_invoice", "error"),
        refund_over_payment=_text(node, "refund_over_payment", "error"),
        control_totals=tuple(
            _control(_as_section(each)) for each in _items(node, "control_totals")
        ),
    )


def _control(node: Section) -> model.ControlTotal:
    return model.ControlTotal(
        source=_text(node, "source"),
        column=_text(node, "column"),
        equals=_text(node, "equals"),
        place=node.place,
    )


def _push(node: Section) -> model.PushPolicy:
    return model.PushPolicy(
        kinds=frozenset(Kind(name) for name in RECORDS if _switch(node, name)),
        void=_text(node, "void", "false"),
        closed_books=_text(node, "closed_books", "refuse"),
        updates=_text(node, "updates", "true"),
        drafts=_switch(node, "drafts"),
        numbers=_text(node, "numbers", "keep"),
        send_email=_text(node, "send_email", "never"),
        history_notes=_text(node, "history_notes", "false"),
        xero_status=_text(node, "xero_status", "authorised"),
        online_payment=_switch(node, "online_payment"),
    )


def _reference(node: Node) -> Reference:
    if isinstance(node, Section):
        return Reference(id=_text(node, "id"))
    return Reference(name=_plain(node))


def _maybe_reference(node: Section, key: str) -> Reference | None:
    return _reference(node.entries[key]) if key in node.entries else None


def _references(node: Section, key: str) -> dict[str, Reference]:
    return {name: _reference(value) for name, value in _section(node, key).entries.items()}


def _section(node: Section, key: str) -> Section:
    return _as_section(node.entries.get(key))


def _as_section(node: Node | None) -> Section:
    return node if isinstance(node, Section) else _NOWHERE


def _items(node: Section, key: str) -> tuple[Node, ...]:
    found = node.entries.get(key)
    return found.items if isinstance(found, Series) else ()


def _plain(node: Node) -> str:
    return node.value if isinstance(node, Text) else ""


def _text(node: Section, key: str, default: str = "") -> str:
    found = node.entries.get(key)
    return found.value if isinstance(found, Text) and found.value else default


def _maybe(node: Section, key: str) -> str | None:
    found = node.entries.get(key)
    return found.value if isinstance(found, Text) else None


def _words(node: Node) -> tuple[str, ...]:
    if isinstance(node, Series):
        return tuple(_plain(item) for item in node.items)
    return (node.value,) if isinstance(node, Text) else ()


def _texts(node: Section, key: str) -> tuple[str, ...]:
    return _words(node.entries[key]) if key in node.entries else ()


def _switch(node: Section, key: str) -> bool:
    return _text(node, key) == "true"


def _day(node: Section, key: str) -> dt.date | None:
    text = _text(node, key)
    return dt.date.fromisoformat(text) if text else None
