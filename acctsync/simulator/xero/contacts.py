"""Contacts: one name among the active ones, numbers for ever, and what a document does to them."""

from __future__ import annotations

import re

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.fields import choice, flag, identifier, part, parts, read, text
from acctsync.simulator.xero.refusals import Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.wire import moment, new_id

_ADDRESS = {
    "AddressType": choice("POBOX", "STREET"),
    **{
        name: text(500) for name in ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")
    },
    "City": text(255),
    "Region": text(255),
    "PostalCode": text(50),
    "Country": text(50),
    "AttentionTo": text(255),
}
_PHONE = {
    "PhoneType": choice("DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"),
    "PhoneNumber": text(50),
    "PhoneAreaCode": text(10),
    "PhoneCountryCode": text(20),
}
_PERSON = {
    "FirstName": text(255),
    "LastName": text(255),
    "EmailAddress": text(255),
    "IncludeInEmails": flag,
}
_TERM = {"Day": text(), "Type": text()}
SPEC = {
    "ContactID": identifier,
    "ContactNumber": text(50),
    "AccountNumber": text(50),
    "ContactStatus": choice("ACTIVE", "ARCHIVED", "GDPRREQUEST"),
    "Name": text(255),
    "FirstName": text(255),
    "LastName": text(255),
    "CompanyNumber": text(50),
    "EmailAddress": text(255),
    "BankAccountDetails": text(),
    "TaxNumber": text(50),
    "AccountsReceivableTaxType": text(),
    "AccountsPayableTaxType": text(),
    "DefaultCurrency": text(3),
    "Website": text(),
    "Addresses": parts(_ADDRESS),
    "Phones": parts(_PHONE),
    "ContactPersons": parts(_PERSON),
    "PaymentTerms": part({"Bills": part(_TERM), "Sales": part(_TERM)}),
}
_EMAIL = re.compile(r"[!-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MOST_PERSONS = 5
# Shown only where contacts are asked for by the page or one by one.
_DETAILS = ("ContactPersons", "PaymentTerms", "Website", "BatchPayments", "MergedToContactID")
_OPTIONAL = (
    *("ContactNumber", "AccountNumber", "FirstName", "LastName", "CompanyNumber", "TaxNumber"),
    *("AccountsReceivableTaxType", "AccountsPayableTaxType", "DefaultCurrency", "Website"),
)


def created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Add a contact."""
    fields = read(SPEC, sent, "Contact")
    _identified(fields)
    if not fields.get("Name", "").strip():
        raise Invalid("The Contact Name must be specified.")
    fresh = {"ContactStatus": "ACTIVE", **_tidy(fields), "ContactID": new_id()}
    _check(books, fresh)
    return books.put("Contact", fresh)


def updated(books: Books, old: Entity, sent: Entity, _reply: Reply) -> Entity:
    """Change a contact: what is left out stays, lists are replaced whole."""
    fields = _tidy(read(SPEC, sent, "Contact"))
    status = fields.get("ContactStatus", old["ContactStatus"])
    if old["ContactStatus"] != "ACTIVE" and status == "ACTIVE" and not books.settings.unarchive:
        raise Invalid("An archived contact can not be made active.")
    changed = {**old, **fields, "ContactID": old["ContactID"]}
    _check(books, changed)
    return books.put("Contact", changed)


def matched(books: Books, sent: Entity) -> Entity | None:
    """Find the contact that an element of a POST means: by id, by number, or by name."""
    if sent.get("ContactID"):
        found = books.find("Contact", str(sent["ContactID"]))
        if found is None:
            raise Invalid("The contact with the supplied ContactID could not be found.")
        return found
    if sent.get("ContactNumber"):
        found = books.one_by("Contact", "ContactNumber", str(sent["ContactNumber"]))
        if found is not None:
            return found
    return _named(books, str(sent.get("Name") or ""))


def referred(books: Books, sent: object, reply: Reply, *, may_create: bool = True) -> str:
    """Give the id of the contact that a document names.

    A name that nobody bears silently makes a contact; fields beside the id change the contact.
    """
    fields = read(SPEC, sent, "Contact")
    if not fields.keys() & {"ContactID", "ContactNumber", "Name"}:
        raise Invalid("A Contact must be specified for this type of transaction")
    found = matched(books, fields)
    if found is None:
        if not may_create:
            raise Invalid("The contact could not be found.")
        return str(created(books, fields, reply)["ContactID"])
    if found["ContactStatus"] != "ACTIVE":
        raise Invalid(
            f"The contact '{found['Name']}' is archived and can not be used on this document."
        )
    if "ContactID" in fields and len(fields) > 1:
        found = updated(books, found, fields, reply)
    return str(found["ContactID"])


def _identified(fields: Entity) -> None:
    if not fields.keys() & {"Name", "ContactID", "ContactNumber"}:
        raise Invalid(
            "The Contact must contain at least 1 of the following elements to identify the "
            "contact: Name, ContactID, ContactNumber"
        )


def _tidy(fields: Entity) -> Entity:
    if "Name" in fields:
        return {**fields, "Name": " ".join(fields["Name"].split())}
    return fields


def _check(books: Books, contact: Entity) -> None:
    own, name = contact["ContactID"], contact["Name"]
    problems: list[str] = []
    if "<" in name or ">" in name:
        problems.append("The Contact Name can not contain angle brackets.")
    if contact["ContactStatus"] == "ACTIVE":
        twin = _named(books, name)
        if twin is not None and twin["ContactID"] != own:
            problems.append(
                f"The contact name {name} is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            )
    for field, words in (("AccountNumber", "Account Number"), ("ContactNumber", "Contact Number")):
        twin = books.one_by("Contact", field, contact.get(field))
        if twin is not None and twin["ContactID"] != own:
            problems.append(f"The {words} already exists. Please enter a different {words}.")
    if contact.get("EmailAddress") and not _EMAIL.fullmatch(contact["EmailAddress"]):
        problems.append("Email address must be valid.")
    if len(contact.get("ContactPersons", [])) > _MOST_PERSONS:
        problems.append(f"A contact can have at most {_MOST_PERSONS} contact persons.")
    if problems:
        raise Invalid(*problems)


def _named(books: Books, name: str) -> Entity | None:
    bearers = books.by("Contact", "Name", name) if name.strip() else []
    return next((one for one in bearers if one["ContactStatus"] == "ACTIVE"), None)


def found_by_term(contact: Entity, term: str) -> bool:
    """Tell whether a searchTerm finds a contact."""
    places = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")
    return any(term.casefold() in str(contact.get(name, "")).casefold() for name in places)


def used(books: Books, contact: str, what: str) -> None:
    """Remember that a contact buys or sells; its UpdatedDateUTC does not move for it."""
    stored = books.get("Contact", contact)
    if not stored.get(what):
        books.put("Contact", {**stored, what: True}, quiet=True)


# ---------------------------------------------------------------------- showing


def shown(_books: Books, contact: Entity, depth: Depth, _places: int = 2) -> Entity:
    """Show a contact."""
    body: Entity = {
        "ContactID": contact["ContactID"],
        "ContactStatus": contact["ContactStatus"],
        "Name": contact["Name"],
        "EmailAddress": contact.get("EmailAddress", ""),
        "BankAccountDetails": contact.get("BankAccountDetails", ""),
        "Addresses": _typed(contact.get("Addresses", []), "AddressType", ("STREET", "POBOX")),
        "Phones": _typed(
            contact.get("Phones", []), "PhoneType", ("DEFAULT", "DDI", "FAX", "MOBILE")
        ),
        "UpdatedDateUTC": moment(contact["Updated"]),
        "ContactGroups": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
        **{name: contact[name] for name in _OPTIONAL if contact.get(name)},
    }
    if depth is not Depth.SUMMARY:
        body["IsSupplier"] = bool(contact.get("IsSupplier"))
        body["IsCustomer"] = bool(contact.get("IsCustomer"))
    if depth is Depth.FULL:
        body["ContactPersons"] = contact.get("ContactPersons", [])
        body["SalesTrackingCategories"] = []
        body["PurchasesTrackingCategories"] = []
        body.update({name: contact[name] for name in _DETAILS if name in contact})
    return body


def stub(books: Books, contact: str) -> Entity:
    """Show a contact as lists of documents do."""
    stored = books.get("Contact", contact)
    return {
        "ContactID": stored["ContactID"],
        "Name": stored["Name"],
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def _typed(given: list[Entity], kind: str, kinds: tuple[str, ...]) -> list[Entity]:
    by_kind = {one.get(kind): one for one in given}
    return [{kind: one, **by_kind.get(one, {})} for one in kinds]


CONTACTS = Resource(
    kind="Contact",
    plural="Contacts",
    scope="accounting.contacts",
    shown=shown,
    properties=frozenset(SPEC) | {"IsCustomer", "IsSupplier", "UpdatedDateUTC"},
    view=lambda _books, stored: {**stored, "UpdatedDateUTC": stored["Updated"]},
    create=created,
    update=updated,
    match=matched,
    number="ContactNumber",
    paging="asked",
    page_sizes=True,
    flagged="HasValidationErrors",
    has_history=True,
)
