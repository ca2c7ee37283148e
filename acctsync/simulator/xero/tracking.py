"""Tracking categories: two active, four in all, and options that lines name."""

from __future__ import annotations

from acctsync.simulator.exchange import Entity
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.fields import choice, identifier, read, text
from acctsync.simulator.xero.refusals import Elsewhere, Invalid
from acctsync.simulator.xero.resource import Depth, Reply, Resource
from acctsync.simulator.xero.wire import new_id

_MOST_ACTIVE, _MOST = 2, 4
_MOST_ON_A_LINE = 2
_CATEGORY = {"Name": text(100), "Status": choice("ACTIVE", "ARCHIVED")}
_OPTION = {"Name": text(100), "Status": choice("ACTIVE", "ARCHIVED")}
_NAMED = {
    "TrackingCategoryID": identifier,
    "TrackingOptionID": identifier,
    "Name": text(),
    "Option": text(),
}


def created(books: Books, sent: Entity, _reply: Reply) -> Entity:
    """Add a category."""
    fields = read(_CATEGORY, _titled(sent), "TrackingCategory")
    name = _required_name(fields)
    there = books.rows("TrackingCategory")
    if books.one_by("TrackingCategory", "Name", name):
        raise Invalid("A tracking category with this name already exists.")
    if len(there) >= _MOST or len(_active(there)) >= _MOST_ACTIVE:
        raise Invalid(
            f"An organisation can have {_MOST_ACTIVE} active tracking categories, {_MOST} in all."
        )
    stored = {"TrackingCategoryID": new_id(), "Name": name, "Status": "ACTIVE", "Options": []}
    return books.put("TrackingCategory", stored)


def updated(books: Books, old: Entity, sent: Entity, _reply: Reply) -> Entity:
    """Rename or archive a category."""
    return books.put(
        "TrackingCategory", {**old, **read(_CATEGORY, _titled(sent), "TrackingCategory")}
    )


def removed(books: Books, category: Entity) -> Entity:
    """Delete a category."""
    books.remove("TrackingCategory", category["TrackingCategoryID"])
    return {**category, "Status": "DELETED"}


def option_created(books: Books, category: Entity, sent: Entity) -> Entity:
    """Add an option to a category."""
    name = _required_name(read(_OPTION, _titled(sent), "TrackingOption"))
    if any(one["Name"].casefold() == name.casefold() for one in category["Options"]):
        raise Invalid("A tracking option with this name already exists.")
    option = {"TrackingOptionID": new_id(), "Name": name, "Status": "ACTIVE"}
    books.put("TrackingCategory", {**category, "Options": [*category["Options"], option]})
    return option


def option_removed(books: Books, category: Entity, key: str) -> Entity:
    """Delete an option."""
    removed_option = option_updated(books, category, key, {})
    kept = [one for one in category["Options"] if one["TrackingOptionID"] != key]
    books.put("TrackingCategory", {**category, "Options": kept})
    return {**removed_option, "Status": "DELETED"}


def option_updated(books: Books, category: Entity, key: str, sent: Entity) -> Entity:
    """Rename or archive an option."""
    fields = read(_OPTION, _titled(sent), "TrackingOption")
    options = [
        {**one, **fields} if one["TrackingOptionID"] == key else one for one in category["Options"]
    ]
    changed = next((one for one in options if one["TrackingOptionID"] == key), None)
    if changed is None:
        raise Elsewhere
    books.put("TrackingCategory", {**category, "Options": options})
    return changed


def _titled(sent: Entity) -> Entity:
    # The spec's own examples write `name`.
    return {name[:1].upper() + name[1:]: value for name, value in sent.items()}


def _required_name(fields: Entity) -> str:
    name = str(fields.get("Name", "")).strip()
    if not name:
        raise Invalid("The Name must be specified.")
    return name


def _active(categories: list[Entity]) -> list[Entity]:
    return [one for one in categories if one["Status"] == "ACTIVE"]


# ---------------------------------------------------------------------- on lines


def on_line(books: Books, sent: list[Entity]) -> list[Entity]:
    """Give a line's tracking as it is kept; what does not exist is left out, or refused."""
    if len(sent) > _MOST_ON_A_LINE:
        raise Invalid(f"A line can have at most {_MOST_ON_A_LINE} tracking categories.")
    found: list[Entity] = []
    for one in sent:
        named = read(_NAMED, one, "Tracking")
        kept = _kept(books, named)
        if kept is not None:
            found.append(kept)
        elif books.settings.unknown_tracking == "refused":
            raise Invalid(
                f"The tracking option '{named.get('Option', '')}' is not active or does not exist."
            )
    return found


def _kept(books: Books, named: Entity) -> Entity | None:
    if "TrackingCategoryID" in named:
        category = books.find("TrackingCategory", named["TrackingCategoryID"])
    else:
        category = books.one_by("TrackingCategory", "Name", named.get("Name"))
    for option in category["Options"] if category and category["Status"] == "ACTIVE" else ():
        by_id = option["TrackingOptionID"] == named.get("TrackingOptionID")
        by_name = option["Name"].casefold() == str(named.get("Option", "")).casefold()
        if option["Status"] == "ACTIVE" and (by_id or by_name):
            assert category is not None
            return {
                "Name": category["Name"],
                "Option": option["Name"],
                "TrackingCategoryID": category["TrackingCategoryID"],
                "TrackingOptionID": option["TrackingOptionID"],
            }
    return None


# ---------------------------------------------------------------------- showing


def shown(_books: Books, category: Entity, _depth: Depth, _places: int) -> Entity:
    """Show a category with its options."""
    body = {name: value for name, value in category.items() if name != "Updated"}
    return {**body, "Options": [option_shown(one) for one in category["Options"]]}


def option_shown(option: Entity) -> Entity:
    """Show an option."""
    return {
        **option,
        "HasValidationErrors": False,
        "IsDeleted": option["Status"] == "DELETED",
        "IsArchived": option["Status"] == "ARCHIVED",
        "IsActive": option["Status"] == "ACTIVE",
    }


TRACKING_CATEGORIES = Resource(
    kind="TrackingCategory",
    plural="TrackingCategories",
    scope="accounting.settings",
    shown=shown,
    properties=frozenset(_CATEGORY) | {"TrackingCategoryID"},
    create=created,
    update=updated,
    remove=removed,
)
