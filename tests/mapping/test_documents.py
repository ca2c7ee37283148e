"""Rows become documents: grouping, identity, lines from elsewhere, lookups, customers and links."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from acctsync.documents import Invoice, Kind, Reference, State, TaxTreatment
from tests.reading import BOOKS, codes, customers, invoices, of_kind, payments, read, refunds

HEAD = "No,Who,Mail,Day,Item,Amount,Tax,Total,State,Where"

MAPPING = (
    BOOKS
    + """
sources:
  a: {files: a.csv, format: csv, dates: YYYY-MM-DD}
  p: {files: p.csv, format: csv, dates: YYYY-MM-DD, missing: ok}
  r: {files: r.csv, format: csv, dates: YYYY-MM-DD, missing: ok}
records:
  invoices:
    from: a
    group_by: No
    document: {id: No, number: No, customer: {name: Who, email: Mail}, date: Day, total: Total, location: Where,
               state: {column: State, map: {open: open, void: void, draft: skip, gone: written_off, wip: draft}, if_empty: open}}
    lines: {item: Item, amount: Amount, tax_amount: Tax}
  payments:
    from: p
    document: {id: Id, invoice: Invoice, date: Day, amount: Amount, method: Method, customer: {name: Who}}
  refunds:
    from: r
    document: {id: Id, payment: Payment, invoice: Invoice, date: Day, amount: Amount}
accounting:
  items: {Desk: {item: Desk}, "Room *": {item: Rooms}}
  locations: {Boston: {id: "2"}}
  payment_methods: {Card: {method: Credit Card, deposit_to: Clearing}}
push: {invoices: true, payments: true, refunds: true}
"""
)

PAYMENTS = "Id,Invoice,Day,Amount,Method,Who\n"
REFUNDS = "Id,Payment,Invoice,Day,Amount\n"


def line(
    number: str = "1",
    who: str = "Acme",
    mail: str = "",
    day: str = "2025-03-01",
    item: str = "Desk",
    amount: str = "100.00",
    tax: str = "",
    total: str = "100.00",
    state: str = "",
    where: str = "",
) -> str:
    cells = (number, who, mail, day, item, amount, tax, total, state, where)
    return ",".join(cells) + "\n"


def export(*lines: str) -> dict[str, str]:
    return {"a.csv": HEAD + "\n" + "".join(lines)}


def test_rows_of_one_number_are_one_document_wherever_they_stand(tmp_path: Path) -> None:
    rows = [
        line("1", total="300.00"),
        line("2"),
        line("1", item="Room A", amount="200.00", total="300.00"),
    ]
    reading = read(tmp_path, MAPPING, export(*rows))
    assert {i.number: (i.total, len(i.lines)) for i in invoices(reading)} == {
        "1": (Decimal("300.00"), 2),
        "2": (Decimal("100.00"), 1),
    }
    assert codes(reading.problems) == ["DOC013"]


def test_a_documents_columns_may_be_blank_on_later_rows(tmp_path: Path) -> None:
    rows = [
        line("1", total="300.00", mail="a@x.example"),
        line("1", who="", day="", amount="200.00", total=""),
    ]
    (invoice,) = invoices(read(tmp_path, MAPPING, export(*rows)))
    assert (invoice.total, len(invoice.lines)) == (Decimal("300.00"), 2)


def test_a_row_without_anything_of_a_line_adds_none(tmp_path: Path) -> None:
    rows = [line("1"), line("1", item="", amount="", total="")]
    (invoice,) = invoices(read(tmp_path, MAPPING, export(*rows)))
    assert len(invoice.lines) == 1


def test_the_same_id_twice_counts_once_when_the_content_is_the_same(tmp_path: Path) -> None:
    mapping = MAPPING.replace("    group_by: No\n", "")
    reading = read(tmp_path, mapping, export(line("1"), line("1")))
    assert len(invoices(reading)) == 1
    assert codes(reading.problems) == ["DOC012"]


def test_the_same_id_twice_with_other_content_refuses_both(tmp_path: Path) -> None:
    mapping = MAPPING.replace("    group_by: No\n", "")
    reading = read(
        tmp_path, mapping, export(line("1"), line("1", amount="90.00", total="90.00"), line("2"))
    )
    assert [i.number for i in invoices(reading)] == ["2"]
    assert codes(reading.problems) == ["DOC011"]


def test_states_decide_what_a_document_is(tmp_path: Path) -> None:
    rows = [
        line("1"),
        line("2", state="VOID"),
        line("3", state="draft"),
        line("4", state="gone"),
        line("5", state="wip"),
    ]
    reading = read(tmp_path, MAPPING, export(*rows))
    assert {i.number: i.state for i in invoices(reading)} == {
        "1": State.OPEN,
        "2": State.VOID,
        "4": State.WRITTEN_OFF,
    }
    assert reading.skipped == {Kind.INVOICES: 2}
    assert codes(reading.problems) == ["CHK018"], (
        "QuickBooks is given no write-offs, and that is told"
    )


def test_a_draft_is_pushed_only_to_books_that_know_drafts(tmp_path: Path) -> None:
    mapping, rows = MAPPING.replace("push: {", "push: {drafts: true, "), [line("5", state="wip")]
    quickbooks = read(tmp_path, mapping, export(*rows))
    assert (codes(quickbooks.problems), invoices(quickbooks)) == (["CHK019"], [])
    xero = read(tmp_path, mapping.replace("system: quickbooks", "system: xero"), export(*rows))
    assert [each.state for each in invoices(xero)] == [State.DRAFT]


@pytest.mark.parametrize(
    ("retainers", "told"),
    [
        ("retainers: {account: Deposits}", []),
        ("retainers: {account: Deposits, unapplied_payments: credit}", []),
        ("retainers: {account: Deposits, unapplied_payments: error}", ["DOC021"]),
        ("", []),
    ],
)
def test_money_without_an_invoice_is_kept_as_told(
    tmp_path: Path, retainers: str, told: list[str]
) -> None:
    mapping = MAPPING.replace("accounting:\n", f"accounting:\n  {retainers}\n")
    paid = PAYMENTS + "P,,2025-03-02,60.00,Card,Acme\n"
    reading = read(tmp_path, mapping, {**export(line("1")), "p.csv": paid})
    assert codes(reading.problems) == told


def test_what_is_outside_the_books_dates_is_skipped(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "timezone:", "start_date: 2025-03-01, end_date: 2025-03-31, timezone:"
    )
    rows = [
        line("1", day="2025-02-28"),
        line("2"),
        line("3", day="2025-03-31"),
        line("4", day="2025-04-01"),
    ]
    reading = read(tmp_path, mapping, export(*rows))
    assert [i.number for i in invoices(reading)] == ["2", "3"]
    assert reading.skipped == {Kind.INVOICES: 2}


def test_a_skipped_document_is_not_complained_about(tmp_path: Path) -> None:
    reading = read(tmp_path, MAPPING, export(line("1", state="draft", item="?", total="x", who="")))
    assert (reading.problems, reading.refused, reading.unmapped) == ((), {}, ())


def test_a_total_within_the_tolerance_gets_a_rounding_line(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "push:", "checks: {totals: {tolerance: 0.02, mismatch: rounding_line}}\npush:"
    )
    mapping = mapping.replace(
        "  locations:", "  defaults: {rounding_account: Rounding}\n  locations:"
    )
    reading = read(tmp_path, mapping, export(line("1", total="100.02"), line("2", total="100.03")))
    (invoice,) = invoices(reading)
    assert (invoice.total, invoice.rounding, invoice.rounding_account) == (
        Decimal("100.02"),
        Decimal("0.02"),
        Reference(name="Rounding"),
    )
    assert codes(reading.problems) == ["CHK001"]
    assert (
        "lines come to 100.00, the export says 100.03 (difference 0.03; checks.totals allows 0.02)"
        in reading.problems[0].message
    )


def test_a_refused_document_takes_what_hangs_on_it_and_nothing_else(tmp_path: Path) -> None:
    files = export(line("1", total="1.00"), line("2")) | {
        "p.csv": PAYMENTS + "P1,1,2025-03-02,100.00,Card,\nP2,2,2025-03-02,100.00,Card,\n",
        "r.csv": REFUNDS + "R1,P1,,2025-03-03,10.00\nR2,P2,,2025-03-03,10.00\n",
    }
    reading = read(tmp_path, MAPPING, files)
    assert {ref.id for ref in reading.refused} == {"1", "P1", "R1"}
    assert {d.ref.id for d in reading.documents if d.ref.kind is not Kind.CUSTOMERS} == {
        "2",
        "P2",
        "R2",
    }
    assert codes(reading.problems) == ["CHK001", "CHK015", "CHK015"]


def test_payments_over_their_invoice_are_refused_from_the_first_that_is_too_much(
    tmp_path: Path,
) -> None:
    files = export(line("1")) | {
        "p.csv": PAYMENTS
        + "A,1,2025-03-02,60.00,Card,\nB,1,2025-03-02,60.00,Card,\nC,1,2025-03-02,40.00,Card,\n"
    }
    reading = read(tmp_path, MAPPING, files)
    assert [p.ref.id for p in payments(reading)] == ["A", "C"]
    warned = read(
        tmp_path, MAPPING.replace("push:", "checks: {payment_over_invoice: warn}\npush:"), files
    )
    assert [[a.amount for a in p.allocations] for p in payments(warned)] == [
        [Decimal("60.00")],
        [Decimal("40.00")],
        [],
    ]


def test_a_payment_finds_its_invoice_by_number_whatever_the_case(tmp_path: Path) -> None:
    files = export(line("inv-1")) | {
        "p.csv": PAYMENTS + "A,INV-1,2025-03-02,60.00,Card,\nB,INV-9,2025-03-02,60.00,Card,Bo\n"
    }
    found, elsewhere = payments(read(tmp_path, MAPPING, files))
    assert found.allocations[0].invoice is not None
    assert (elsewhere.allocations[0].invoice, elsewhere.allocations[0].wanted) == (None, "INV-9")
    assert elsewhere.customer is not None
    assert elsewhere.customer.id == "name:bo"


def test_a_number_that_two_invoices_have_is_no_way_to_find_one(tmp_path: Path) -> None:
    mapping = MAPPING.replace("number: No", "number: Item").replace(
        "items: {", 'items: {"*": {item: X}, '
    )
    files = export(line("1", item="N"), line("2", item="N")) | {
        "p.csv": PAYMENTS + "A,N,2025-03-02,60.00,Card,\n"
    }
    reading = read(tmp_path, mapping, files)
    assert "DOC020" in codes(reading.problems)


def test_a_partial_refund_takes_back_its_share_of_lines_and_tax_to_the_cent(tmp_path: Path) -> None:
    rows = [
        line("1", amount="33.33", tax="4.99", total="114.97"),
        line("1", item="Room A", amount="66.66", tax="9.99", total="114.97"),
    ]
    files = export(*rows) | {
        "p.csv": PAYMENTS + "P,1,2025-03-02,114.97,Card,\n",
        "r.csv": REFUNDS + "R,P,,2025-03-03,10.01\n",
    }
    (refund,) = refunds(read(tmp_path, MAPPING, files))
    assert sum(each.amount for each in refund.lines) + refund.tax_total == Decimal("10.01")
    assert [(each.item, each.amount, each.tax_amount) for each in refund.lines] == [
        (Reference(name="Desk"), Decimal("2.90"), Decimal("0.44")),
        (Reference(name="Rooms"), Decimal("5.80"), Decimal("0.87")),
    ]
    assert (refund.method, refund.deposit_to) == (
        Reference(name="Credit Card"),
        Reference(name="Clearing"),
    )


def test_a_refund_of_what_is_not_in_the_export_says_what_it_wants(tmp_path: Path) -> None:
    files = export(line("1")) | {"r.csv": REFUNDS + "R,P-old,INV-old,2025-03-03,10.00\n"}
    (refund,) = refunds(read(tmp_path, MAPPING, files))
    assert (refund.lines, refund.wanted_invoice, refund.wanted_payment, refund.invoice) == (
        (),
        "INV-old",
        "P-old",
        None,
    )


def test_refunds_over_their_payment_are_refused(tmp_path: Path) -> None:
    files = export(line("1")) | {
        "p.csv": PAYMENTS + "P,1,2025-03-02,100.00,Card,\n",
        "r.csv": REFUNDS + "R1,P,,2025-03-03,60.00\nR2,P,,2025-03-03,60.00\n",
    }
    reading = read(tmp_path, MAPPING, files)
    assert ([r.ref.id for r in refunds(reading)], codes(reading.problems)) == (["R1"], ["CHK011"])


def test_unmapped_values_are_counted_with_their_first_place_as_yaml(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        MAPPING,
        export(line("1", item="Parking: A"), line("2", item="Parking: A"), line("3", where="Mars")),
    )
    assert [(u.what, u.value, u.count, str(u.place), u.yaml) for u in reading.unmapped] == [
        ("item", "Parking: A", 2, "a.csv:2", 'accounting:\n  items:\n    "Parking: A": {item: ?}'),
        ("location", "Mars", 1, "a.csv:4", "accounting:\n  locations:\n    Mars: ?"),
    ]
    assert len(reading.refused) == 3


@pytest.mark.parametrize(
    ("policy", "item", "refused"),
    [
        ("error", None, 1),
        ("warn", Reference(name="Other"), 0),
        ("default", Reference(name="Other"), 0),
        ("create", Reference(name="Parking"), 0),
    ],
)
def test_the_policy_decides_about_an_unmapped_item(
    tmp_path: Path, policy: str, item: Reference | None, refused: int
) -> None:
    mapping = MAPPING.replace(
        "  locations:", f"  unmapped: {{item: {policy}}}\n  defaults: {{item: Other}}\n  locations:"
    )
    reading = read(tmp_path, mapping, export(line("1", item="Parking")))
    assert len(reading.refused) == refused
    assert [i.lines[0].item for i in invoices(reading)] == ([item] if not refused else [])


def test_lookups_take_the_exact_word_then_patterns_as_written_then_the_rest(tmp_path: Path) -> None:
    items = 'items: {"Room *": {item: Rooms}, "*": {item: Rest}, "Room B*": {item: Never}, " room  a ": {item: A}}'
    mapping = MAPPING.replace('items: {Desk: {item: Desk}, "Room *": {item: Rooms}}', items)
    rows = [line(str(n), item=item) for n, item in enumerate(["ROOM A", "Room B7", "Desk", "room"])]
    assert [str(i.lines[0].item) for i in invoices(read(tmp_path, mapping, export(*rows)))] == [
        "A",
        "Rooms",
        "Rest",
        "Rest",
    ]


def test_a_campus_and_a_rule_can_change_what_an_item_gets(tmp_path: Path) -> None:
    items = """items:
    Desk: {item: Desk, account: Income, class: Desks, per_campus: {Boston: {account: Boston income}}}
  line_rules:
    - {when: {customer: "Bo*"}, set: {class: Friends}}
    - {when: {item: Desk}, set: {class: Never}}
  classes: {Friends: {id: "7"}}
  x:"""
    mapping = MAPPING.replace(
        'items: {Desk: {item: Desk}, "Room *": {item: Rooms}}', items
    ).replace("  x:\n", "")
    mapping = mapping.replace("    - {when: {item: Desk}, set: {class: Never}}\n", "")
    first, second = invoices(
        read(tmp_path, mapping, export(line("1", where="boston"), line("2", who="Bo")))
    )
    assert (first.lines[0].account, first.lines[0].class_, first.location) == (
        Reference(name="Boston income"),
        Reference(name="Desks"),
        Reference(id="2"),
    )
    assert (second.lines[0].account, second.lines[0].class_) == (
        Reference(name="Income"),
        Reference(id="7"),
    )


def test_taxes_are_looked_up_by_the_names_and_rates_on_the_line(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "tax_amount: Tax",
        "taxes: [{name: {value: GST}, rate: {value: 5.00}}, {name: {value: QST}, rate: {value: 9.975}}, {name: {value: PST}, rate: {value: 0}}]",
    )
    mapping = mapping.replace(
        "  locations:", '  taxes: {"GST 5% + QST 9.975%": {code: QC}}\n  locations:'
    )
    (invoice,) = invoices(read(tmp_path, mapping, export(line("1", total="114.98"))))
    assert (invoice.lines[0].tax_code, invoice.lines[0].tax_amount, invoice.total) == (
        Reference(name="QC"),
        Decimal("14.98"),
        Decimal("114.98"),
    )


def test_prices_with_tax_in_them_add_up_without_it(tmp_path: Path) -> None:
    mapping = MAPPING.replace("timezone:", "tax: inclusive, timezone:")
    (invoice,) = invoices(
        read(tmp_path, mapping, export(line("1", amount="115.00", tax="15.00", total="115.00")))
    )
    assert (invoice.tax, invoice.total, invoice.tax_total) == (
        TaxTreatment.INCLUSIVE,
        Decimal("115.00"),
        Decimal("15.00"),
    )


def test_discount_shipping_and_extra_lines_belong_to_the_total(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv, dates: YYYY-MM-DD}}
records:
  invoices:
    from: a
    document: {id: No, customer: Who, date: Day, total: Total, discount: Off, shipping: Ship}
    lines: {item: {value: Desk}, amount: Amount}
    extra_lines: [{item: {value: Tip}, description: {value: Tip}, amount: Tip}]
    document_taxes: [{name: {value: HST}, amount: Tax}]
accounting:
  items: {Desk: {item: Desk}, Tip: {account: Tips}}
  taxes: {HST: {code: H}}
  defaults: {discount_account: Discounts, shipping_account: Freight}
push: {invoices: true}
"""
    )
    (invoice,) = invoices(
        read(
            tmp_path,
            mapping,
            {
                "a.csv": "No,Who,Day,Total,Off,Ship,Amount,Tip,Tax\n1,Acme,2025-03-01,112.00,10,5,100,2,15\n"
            },
        )
    )
    assert (invoice.total, invoice.discount, invoice.discount_account) == (
        Decimal(112),
        Decimal(10),
        Reference(name="Discounts"),
    )
    assert [(str(each.item or each.account), each.amount) for each in invoice.lines] == [
        ("Desk", Decimal(100)),
        ("Tips", Decimal(2)),
        ("Freight", Decimal(5)),
    ]
    assert sum(each.tax_amount or 0 for each in invoice.lines) == invoice.tax_total == Decimal(15)


def test_lines_can_stand_in_another_source(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources:
  a: {files: a.json, format: json, dates: iso}
  l: {files: l.json, format: json}
records:
  invoices:
    from: a
    document: {id: Id, customer: Name, date: Date, total: Total}
    lines: {from: l, match: {InvoiceId: Id}, where: [{column: Kind, is_not: note}], item: {value: X}, amount: Sub, description: {text: "{Text} ({document.Name})"}}
accounting: {items: {X: {item: X}}}
push: {invoices: true}
"""
    )
    files = {
        "a.json": '[{"Id": 7, "Name": "Acme", "Date": "2025-03-01T00:00:00", "Total": 30.5}]',
        "l.json": '[{"InvoiceId": 7, "Sub": 10.5, "Text": "a"}, {"InvoiceId": 8, "Sub": 1}, {"InvoiceId": 7, "Kind": "note"}, {"InvoiceId": 7, "Sub": 20, "Text": "b"}]',
    }
    (invoice,) = invoices(read(tmp_path, mapping, files))
    assert [(each.amount, each.description) for each in invoice.lines] == [
        (Decimal("10.50"), "a (Acme)"),
        (Decimal("20.00"), "b (Acme)"),
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_lines_can_stand_sideways(tmp_path: Path, first: int) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv, dates: YYYY-MM-DD}}
records:
  invoices:
    from: a
    document: {id: No, customer: Who, date: Day, total: Total}
    lines:
      repeat: {until_empty: "line[amount][{n}]"}
      item: {value: X}
      description: {text: "{line[text][{n}]} for {Who}"}
      amount: "line[amount][{n}]"
accounting: {items: {X: {item: X}}}
push: {invoices: true}
"""
    )
    names = [f"line[{what}][{n}]" for n in range(first, first + 3) for what in ("text", "amount")]
    text = f"No,Who,Day,Total,{','.join(names)}\n1,Acme,2025-03-01,30,a,10,b,20,,\n2,Bo,2025-03-01,5,c,5,,,d,9\n"
    one, two = invoices(read(tmp_path, mapping, {"a.csv": text}))
    assert [(each.amount, each.description) for each in one.lines] == [
        (Decimal(10), "a for Acme"),
        (Decimal(20), "b for Acme"),
    ]
    assert [each.amount for each in two.lines] == [Decimal(5)]


def test_json_rows_reach_in_by_index_by_key_and_by_quoted_name(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.jsonl, format: jsonl, dates: epoch_ms, numbers: minor_units}}
records:
  invoices:
    from: a
    document: {id: id, customer: {name: 'meta."Plan Name"', email: people.0.mail}, date: at, location: fields(key=campus).value}
    lines: {each: lines, amount: amount, description: document.id}
accounting: {items: {"*": {item: X}}, locations: {Boston: B}}
push: {invoices: true}
"""
    )
    row = '{"id": 1, "meta": {"Plan Name": "Acme"}, "people": [{"mail": "a@x.example"}], "at": 1740800000000, "fields": [{"key": "x", "value": "y"}, {"key": "campus", "value": "Boston"}], "lines": [{"amount": 1250}]}\n'
    reading = read(tmp_path, mapping, {"a.jsonl": row})
    (invoice,) = invoices(reading)
    assert (invoice.total, invoice.location, invoice.lines[0].description) == (
        Decimal("12.50"),
        Reference(name="B"),
        "1",
    )
    assert [(c.name, c.email) for c in customers(reading)] == [("Acme", "a@x.example")]


class TestCustomers:
    def test_one_for_every_way_of_writing_it(self, tmp_path: Path) -> None:
        rows = [
            line("1", who="Acme Ltd"),
            line("2", who="  ACME   ltd ", mail="AP@acme.example"),
            line("3", who="Acme L.", mail="ap@Acme.example"),
        ]
        reading = read(tmp_path, MAPPING, export(*rows))
        (customer,) = customers(reading)
        assert (customer.name, customer.email, customer.ref.id) == (
            "Acme Ltd",
            "AP@acme.example",
            "email:ap@acme.example",
        )
        assert customer.aliases == ("email:ap@acme.example", "name:acme ltd", "name:acme l.")
        assert {i.customer for i in invoices(reading)} == {customer.ref}

    def test_nobody_is_made_for_refused_and_skipped_documents_only(self, tmp_path: Path) -> None:
        rows = [
            line("1", who="Bad", total="1.00"),
            line("2", who="Gone", state="draft"),
            line("3", who="Good"),
        ]
        assert [c.name for c in customers(read(tmp_path, MAPPING, export(*rows)))] == ["Good"]

    def test_rules_for_guests_fixed_pairs_and_missing_ones(self, tmp_path: Path) -> None:
        rules = "  customers: {missing: error, ambiguous: first, parent: Org, fixed: {ACME: {id: '9'}}, treat_as_guest: {name: guest, use_email_as_name: true, fallback: Guests}}\n  locations:"
        rows = [line("1"), line("2", who="Guest", mail="g@x.example"), line("3", who="GUEST")]
        reading = read(tmp_path, MAPPING.replace("  locations:", rules), export(*rows))
        assert [
            (c.name, c.fixed, c.parent, c.create_missing, c.first_if_ambiguous)
            for c in customers(reading)
        ] == [
            ("Acme", Reference(id="9"), "Org", False, True),
            ("g@x.example", None, "Org", False, True),
            ("Guests", None, "Org", False, True),
        ]

    def test_own_records_are_customers_even_when_nothing_names_them(self, tmp_path: Path) -> None:
        mapping = MAPPING.replace(
            "records:\n",
            "  c: {files: c.csv, format: csv}\nrecords:\n  customers: {from: c, document: {id: Id, name: Name, email: Mail, phone: Tel}}\n",
        )
        files = export(line("1", who="acme", mail="new@x.example")) | {
            "c.csv": "Id,Name,Mail,Tel\n7,Acme,,12\n8,Bo,bo@x.example,\n"
        }
        reading = read(tmp_path, mapping, files)
        assert [(c.name, c.own_record, c.phone) for c in customers(reading)] == [
            ("Acme", True, "12"),
            ("Bo", True, ""),
        ]
        assert invoices(reading)[0].customer == customers(reading)[0].ref


def test_vendors_and_purchases_are_documents_of_their_kinds(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.csv, format: csv, dates: YYYY-MM-DD}}
records:
  bills:
    from: a
    document: {id: No, vendor: Who, date: Day, category: Cat}
    lines: {description: Text, amount: Amount}
accounting:
  expenses: {by_vendor: {Ann: Ann's account}, by_category: {Rent: Rent}, default: Other}
push: {bills: true}
"""
    )
    rows = "No,Who,Day,Cat,Text,Amount\n1,Ann,2025-03-01,Rent,a,1\n2,Bo,2025-03-01,rent,b,2\n3,Cy,2025-03-01,,c,3\n"
    reading = read(tmp_path, mapping, {"a.csv": rows})
    bills = [bill for bill in of_kind(reading, Kind.BILLS) if isinstance(bill, Invoice)]
    assert [str(bill.lines[0].expense_account) for bill in bills] == [
        "Ann's account",
        "Rent",
        "Other",
    ]
    assert [vendor.ref for vendor in of_kind(reading, Kind.VENDORS)] == [
        bill.customer for bill in bills
    ]


def test_a_document_that_is_a_total_only_gets_one_line(tmp_path: Path) -> None:
    mapping = MAPPING.replace("    group_by: No\n", "").replace(
        "    lines: {item: Item, amount: Amount, tax_amount: Tax}\n",
        "    document_taxes: [{name: {value: T}, amount: Tax}]\n",
    )
    mapping = mapping.replace(
        "  locations:", "  defaults: {item: Services}\n  taxes: {T: {code: T}}\n  locations:"
    )
    (invoice,) = invoices(read(tmp_path, mapping, export(line("1", tax="15.00", total="115.00"))))
    assert [(each.amount, each.item, each.tax_amount) for each in invoice.lines] == [
        (Decimal("100.00"), Reference(name="Services"), Decimal("15.00"))
    ]


def test_a_list_where_a_word_is_tested_counts_as_filled(tmp_path: Path) -> None:
    mapping = (
        BOOKS
        + """
sources: {a: {files: a.json, format: json}}
records:
  invoices:
    from: a
    where: [{column: lines, is_not: ""}]
    document: {id: id, customer: who, date: day, memo: who.name}
    lines: {each: lines, amount: amount}
accounting: {items: {"*": {item: X}}}
push: {invoices: true}
"""
    )
    rows = '[{"id": 1, "who": "A", "day": "2025-03-01", "lines": [{"amount": 1}]}, {"id": 2, "lines": null}, {"id": 3, "who": {"name": "B"}, "day": "2025-03-01", "lines": [{"amount": 1}]}]'
    reading = read(tmp_path, mapping, {"a.json": rows})
    assert [i.number for i in invoices(reading)] == ["1"]
    assert ({ref.id for ref in reading.refused}, codes(reading.problems)) == (
        {"3"},
        ["DOC018", "DOC001"],
    )


def test_lines_are_shared_only_between_documents_that_get_the_same(tmp_path: Path) -> None:
    rules = '  line_rules: [{when: {customer: "Bo*"}, set: {class: Friends}}]\n  locations:'
    rows = [line("1"), line("2", who="Bo"), line("3")]
    one, two, three = invoices(
        read(tmp_path, MAPPING.replace("  locations:", rules), export(*rows))
    )
    assert [i.lines[0].class_ for i in (one, two, three)] == [None, Reference(name="Friends"), None]
    plain = invoices(read(tmp_path, MAPPING, export(*rows)))
    assert plain[0].lines[0] is plain[1].lines[0]
