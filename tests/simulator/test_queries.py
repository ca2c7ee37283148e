"""The query language, its pages and its refusals."""

# ruff: noqa: S608 - this is no SQL

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.caller import Caller, a_payment, an_invoice, sales_line


@pytest.fixture
def some(qbo: Caller) -> Caller:
    """Three customers and five invoices."""
    for name, address in (
        ("Amy's Birds", "amy@b.example"),
        ("Bob & Co", "bob@b.example"),
        ("Café Ø", "c@b.example"),
    ):
        qbo.create("Customer", DisplayName=name, PrimaryEmailAddr={"Address": address})
    amy = {"Id": qbo.id_of("Customer", "Amy's Birds")}
    bob = {"Id": qbo.id_of("Customer", "Bob & Co")}
    for place, (who, amount) in enumerate([(amy, 10), (amy, 200), (bob, 30), (bob, 40), (amy, 5)]):
        qbo.create(
            "Invoice",
            **an_invoice(who, amount, DocNumber=f"CW-{place}", TxnDate=f"2025-03-0{place + 1}"),
        )
    return qbo


def numbers(answer: dict[str, Any]) -> list[str]:
    return [row["DocNumber"] for row in answer.get("Invoice", [])]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("DocNumber = 'CW-1'", {"CW-1"}),
        ("docnumber = 'cw-1'", {"CW-1"}),
        ("DocNumber IN ('CW-1', 'CW-4','none')", {"CW-1", "CW-4"}),
        ("DocNumber LIKE '%-3'", {"CW-3"}),
        ("DocNumber like 'cw%'", {"CW-0", "CW-1", "CW-2", "CW-3", "CW-4"}),
        ("TotalAmt > '30.00'", {"CW-1", "CW-3"}),
        ("TotalAmt >= '30'", {"CW-1", "CW-2", "CW-3"}),
        ("TxnDate < '2025-03-02'", {"CW-0"}),
        ("TxnDate <= '2025-03-02' and TotalAmt > '100'", {"CW-1"}),
        ("Balance = '5'", {"CW-4"}),
        ("TxnDate > CURRENT_DATE", set()),
        (
            "MetaData.LastUpdatedTime > '2020-01-01T00:00:00-08:00'",
            {"CW-0", "CW-1", "CW-2", "CW-3", "CW-4"},
        ),
        ("MetaData.CreateTime < '2020-01-01'", set()),
    ],
)
def test_conditions_find_their_rows(some: Caller, where: str, expected: set[str]) -> None:
    assert set(numbers(some.query(f"select * from Invoice where {where}"))) == expected


def test_a_reference_is_compared_by_its_id(some: Caller) -> None:
    bob = some.id_of("Customer", "Bob & Co")
    found = some.query(f"select * from Invoice where CustomerRef = '{bob}' orderby DocNumber")
    assert numbers(found) == ["CW-2", "CW-3"]


def test_quotes_ampersands_and_accents_come_through(some: Caller) -> None:
    for name in (r"Amy\'s Birds", "Bob & Co", "CAFÉ Ø"):
        assert some.query(f"select * from Customer where DisplayName = '{name}'")["maxResults"] == 1


def test_an_email_finds_a_customer_but_not_a_vendor(some: Caller) -> None:
    found = some.query("select * from Customer where PrimaryEmailAddr = 'AMY@b.example'")
    assert found["Customer"][0]["DisplayName"] == "Amy's Birds"
    reply = some.get("query", query="select * from Vendor where PrimaryEmailAddr = 'x@y.z'")
    assert (reply.codes, "property 'PrimaryEmailAddr' is not queryable" in reply.detail) == (
        ["4001"],
        True,
    )


def test_payments_are_found_by_reference_but_not_by_amount(some: Caller) -> None:
    amy = {"Id": some.id_of("Customer", "Amy's Birds")}
    some.create("Payment", **a_payment(amy, 5, PaymentRefNum="py_1"))
    assert (
        some.query("select * from Payment where PaymentRefNum in ('py_1','py_2')")["maxResults"]
        == 1
    )
    assert some.get("query", query="select * from Payment where TotalAmt = '5'").codes == ["4001"]


def test_pages_follow_one_another(some: Caller) -> None:
    pages = [
        numbers(some.query(f"select * from Invoice orderby Id startposition {start} maxresults 2"))
        for start in (1, 3, 5, 7)
    ]
    assert pages == [["CW-0", "CW-1"], ["CW-2", "CW-3"], ["CW-4"], []]
    one = some.query(
        "SELECT * FROM Invoice ORDER BY TotalAmt DESC, Id MAXRESULTS 1 STARTPOSITION 2"
    )
    assert (numbers(one), one["startPosition"], one["maxResults"]) == (["CW-3"], 2, 1)


def test_a_page_has_a_hundred_rows_unless_asked_and_a_thousand_at_most(qbo: Caller) -> None:
    customer = qbo.customer()
    for part in range(4):
        qbo.batch(
            *(
                {
                    "bId": str(n),
                    "operation": "create",
                    "Invoice": an_invoice(customer, DocNumber=f"{part}-{n}"),
                }
                for n in range(30)
            )
        )
    assert qbo.query("select * from Invoice")["maxResults"] == 100
    assert qbo.query("select * from Invoice maxresults 1000")["maxResults"] == 120
    assert qbo.get("query", query="select * from Invoice maxresults 1001").codes == ["4001"]


def test_a_count_ignores_the_page_and_nothing_found_is_empty(some: Caller) -> None:
    assert some.query("select count(*) from Invoice where TotalAmt > '30'") == {"totalCount": 2}
    assert some.query("select * from Invoice where DocNumber = 'none'") == {}
    assert some.query("select count(*) from Invoice where DocNumber = 'none'") == {"totalCount": 0}


def test_inactive_rows_are_left_out_unless_asked_for(some: Caller) -> None:
    bob = some.id_of("Customer", "Bob & Co")
    some.by_hand("Customer", Id=bob, Active=False)
    assert some.query(f"select * from Customer where Id = '{bob}'") == {}
    asked = some.query(
        f"select * from Customer where Id in ('{bob}') and Active IN ( true, false )"
    )
    assert asked["Customer"][0]["DisplayName"] == "Bob & Co (deleted)"
    assert some.query("select * from Customer where Active = false")["maxResults"] == 1


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("select * from Custmoer", "4001", "invalid context declaration: Custmoer"),
        (
            "select * from Customer where Nonsense = '1'",
            "4001",
            "Property Nonsense not found for Entity Customer",
        ),
        ("select * from Customer where Notes = '1'", "4001", "is not queryable"),
        (
            "select * from Customer startposition 0",
            "4001",
            "value 0 is too small. Min allowed value is 1",
        ),
        ("select * from Customer where Id > '1'", "4001", "operator"),
        ("select * from Customer where Id = ''", "2030", "Supplied value:"),
        ("select * from Customer where Id in ('1','x')", "2030", "Supplied value:x"),
        ("select * from Customer where DisplayName = 'Amy's'", "4000", "QueryParserError"),
        (
            "select * from Customer where DisplayName > > 'a'",
            "4000",
            'Encountered " ">" "> "" at line 1, column 44',
        ),
        ("select * from Customer where DisplayName = 'a' or DisplayName = 'b'", "4000", "or"),
        ("select * from Customer where DisplayName", "4000", "<EOF>"),
        ("select from Customer", "4000", ""),
        ("", "4000", ""),
        ("drop table Customer", "4000", ""),
        ("select * from Invoice where MetaData.LastUpdatedTime > 'soon'", "4001", "date"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    qbo: Caller, statement: str, code: str, words: str
) -> None:
    reply = qbo.get("query", query=statement)
    assert (reply.status, reply.codes, words in reply.detail) == (400, [code], True)


def test_a_long_statement_may_be_posted(some: Caller) -> None:
    wanted = ",".join(f"'CW-{n}'" for n in range(200))
    reply = some.post(
        "query", f"select * from Invoice where DocNumber in ({wanted}) orderby DocNumber".encode()
    )
    assert numbers(reply.body["QueryResponse"]) == [f"CW-{n}" for n in range(5)]


def test_columns_may_be_named(some: Caller) -> None:
    found = some.query("select Id, DocNumber from Invoice where DocNumber = 'CW-1'")
    assert set(found["Invoice"][0]) == {"domain", "sparse", "Id", "DocNumber"}
    assert "TotalAmt" in some.query("select *, DocNumber from Invoice")["Invoice"][0]


@pytest.mark.parametrize(
    ("statement", "kind", "count"),
    [
        ("select * from Item where Name = 'Day Pass'", "Item", 1),
        ("select * from Item where Type = 'Category'", "Item", 1),
        ("select * from Account where AccountType = 'Bank'", "Account", 2),
        ("select * from Account where Classification = 'Revenue'", "Account", 6),
        ("select * from Class", "Class", 4),
        ("select * from Department where FullyQualifiedName = 'Boston'", "Department", 1),
        ("select * from PaymentMethod where Name = 'check'", "PaymentMethod", 1),
        ("select * from Term", "Term", 3),
        ("select * from Employee", "Employee", 1),
        ("select * from CompanyInfo", "CompanyInfo", 1),
        ("select * from Preferences", "Preferences", 1),
    ],
)
def test_every_list_can_be_asked_for(qbo: Caller, statement: str, kind: str, count: int) -> None:
    assert len(qbo.query(statement)[kind]) == count


def test_names_come_by_name_and_documents_newest_first(some: Caller) -> None:
    names = [row["DisplayName"] for row in some.query("select * from Customer")["Customer"]]
    assert names == sorted(names, key=str.casefold)
    assert numbers(some.query("select * from Invoice")) == ["CW-4", "CW-3", "CW-2", "CW-1", "CW-0"]


def test_a_lone_space_stands_for_nothing(some: Caller) -> None:
    some.create(
        "Invoice", Line=[sales_line(1)], CustomerRef={"value": some.id_of("Customer", "Café Ø")}
    )
    assert len(some.query("select * from Invoice where DocNumber = ' '")["Invoice"]) == 1
