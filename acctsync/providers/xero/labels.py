"""Classes and locations in Xero: options of tracking categories, which are found by both names.

A name is `Category:Option`. What stands by itself is a category, which no line can point to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from acctsync.documents import Kind, Label, Reference, RemoteDocument, digest
from acctsync.errors import Problem
from acctsync.plan.references import LABEL_LISTS, folded_path
from acctsync.providers.encoding import Json
from acctsync.providers.port import Refs, Sought
from acctsync.providers.xero.matching import Found

CATEGORIES = "TrackingCategories"
_ACTIVE = "ACTIVE"
_NAME_MOST = 100  # Xero: tracking categories


def label_write(label: Label, refs: Refs) -> tuple[str, Json]:
    """Tell where a category or an option is created, and what of."""
    name = " ".join(label.own_name.split())
    if not label.parent:
        return CATEGORIES, {"Name": name}
    above = refs.entry(LABEL_LISTS[label.kind], Reference(name=label.parent))
    return f"{CATEGORIES}/{above.id}/Options", {"Name": name}


def made_id(target_path: str, element: Mapping[str, Any]) -> str:
    """Tell the id of what was just created below a path: an option's names its category too."""
    _, _, below = target_path.partition(f"{CATEGORIES}/")
    category = below.partition("/")[0]
    if category:
        return f"{category}/{element.get('TrackingOptionID') or ''}"
    return str(element.get("TrackingCategoryID") or "")


def label_documents(kind: Kind, rows: Iterable[Mapping[str, Any]]) -> Iterator[RemoteDocument]:
    """Read categories, each with its options after it."""
    for row in rows:
        category, id_ = str(row.get("Name") or ""), str(row["TrackingCategoryID"])
        active = row.get("Status", _ACTIVE) == _ACTIVE
        yield _document(kind, id_, category, active=active)
        for option in row.get("Options") or []:
            name = f"{category}:{option.get('Name') or ''}"
            in_use = active and option.get("Status", _ACTIVE) == _ACTIVE
            yield _document(kind, f"{id_}/{option['TrackingOptionID']}", name, active=in_use)


def by_full_name(sought: Sequence[Sought], found: Iterable[RemoteDocument]) -> Found:
    """Pair categories and options with what was asked, by their full names."""
    named: dict[str, list[RemoteDocument]] = {}
    for each in found:
        named.setdefault(folded_path(each.name), []).append(each)
    return {
        each.ref: [one for name in each.names for one in named.get(folded_path(name), [])]
        for each in sought
    }


def label_faults(label: Label) -> Iterator[Problem]:
    """Say why Xero can't have such a category or option."""
    table = f"accounting.{label.kind}"
    if label.depth > 1:
        yield Problem(
            code="XERO126",
            message="Xero has tracking categories and their options, and nothing below those",
            hint=f"Map the word to `Category:Option` under {table}.",
        )
    elif label.named and not label.parent:
        yield Problem(
            code="XERO127",
            message="it is to be created in Xero, but of which tracking category is not said",
            hint=f"Say {table}.tracking_category, or map the word to `Category:Option` there."
            if label.kind is Kind.LOCATIONS
            else f"Map the word to `Category:Option` under {table}.",
        )
    if len(label.own_name) > _NAME_MOST:
        yield Problem(
            code="XERO128",
            message=f"the name is longer than {_NAME_MOST} characters",
            hint=f"Map the word to a shorter one under {table}.",
        )


def _document(kind: Kind, id_: str, name: str, *, active: bool) -> RemoteDocument:
    return RemoteDocument(
        kind=kind,
        id=id_,
        version="",
        digest=digest([name, active]),
        number=name,
        name=name,
        active=active,
    )
