"""What QuickBooks takes of a class or location that is to be created."""

from __future__ import annotations

import pytest

from acctsync.documents import DocumentRef, Kind, Label
from acctsync.plan.model import Action, Change
from acctsync.providers.qbo.company import ClassTracking, Settings
from acctsync.providers.qbo.payloads import Context, write
from acctsync.providers.qbo.review import review
from tests.providers.qbo.builders import SETTINGS, KnownRefs, settings


def a_label(name: str, kind: Kind = Kind.CLASSES) -> Label:
    return Label(ref=DocumentRef(kind, "labels", f"name:{name.casefold()}"), name=name)


@pytest.mark.parametrize(
    ("label", "body"),
    [
        (a_label("East"), '{"operation":"create","Class":{"Name":"East"}}'),
        (
            a_label("East:North Wing", Kind.LOCATIONS),
            '{"operation":"create","Department":{"Name":"North Wing","ParentRef":{"value":"East"}}}',
        ),
    ],
)
def test_it_is_written_below_its_parent(label: Label, body: str) -> None:
    context = Context(refs=KnownRefs(), known=SETTINGS)
    assert write(Change(action=Action.CREATE, document=label), context).body.decode() == body


@pytest.mark.parametrize(
    ("label", "known", "codes"),
    [
        (a_label("East:North"), SETTINGS, []),
        (a_label("x" * 100), SETTINGS, []),
        (a_label("x" * 101), SETTINGS, ["QBO216"]),
        (a_label("a:b:c:d:e"), SETTINGS, []),
        (a_label("a:b:c:d:e:f"), SETTINGS, ["QBO216"]),
        (a_label("東"), SETTINGS, ["QBO136"]),
        (a_label("東"), settings(domestic=False), []),
        (a_label("\u200b"), SETTINGS, ["QBO112"]),
        (a_label("East"), settings(classes=ClassTracking.OFF), ["QBO217"]),
        (a_label("East"), settings(locations=False), []),
        (a_label("East", Kind.LOCATIONS), settings(locations=False), ["QBO217"]),
        (a_label("East"), None, []),
    ],
)
def test_what_quickbooks_cant_take_is_told_before_it_is_sent(
    label: Label, known: Settings | None, codes: list[str]
) -> None:
    assert [each.code for each in review(label, known)] == codes
