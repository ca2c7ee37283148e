"""What Xero can hold of a text; pure."""

from __future__ import annotations

import re
import unicodedata

from acctsync.documents import DocumentRef
from acctsync.providers.stamps import stamp, unstamped

NUMBER_MOST = 255
NAME_MOST = 255
REFERENCE_MOST = 255
CONTACT_NUMBER_MOST = 50
ITEM_CODE_MOST = 30
ITEM_NAME_MOST = 50
DESCRIPTION_MOST = 4000
EMAIL_MOST = 255
HISTORY_MOST = 2500
ID_MOST = 200

CUT_MARK = "..."
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_ANGLES = str.maketrans("<>", "()")
_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\".]+(?:\.[^@\s,;<>()\".]+)+")


def free_text(text: str, most: int) -> str:
    """Fit a description, reference or note: control characters out, cut where it is too long."""
    if not (text.isascii() and text.isprintable()):
        text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    text = text.strip()
    return text if len(text) <= most else text[: most - len(CUT_MARK)].rstrip() + CUT_MARK


def contact_name(name: str) -> str:
    """Write a name as Xero takes it: no angle brackets, single spaces (Xero: contacts)."""
    plain = _BREAKS.sub(" ", _INVISIBLE.sub("", name)).strip().translate(_ANGLES)
    return unicodedata.normalize("NFC", plain)


def folded(name: str) -> str:
    """Write a name as it is compared: case, spaces and invisible characters don't count."""
    return contact_name(name).casefold()


def email_fits(email: str) -> bool:
    """Tell whether Xero takes the address: plain letters, one address."""
    return len(email) <= EMAIL_MOST and email.isascii() and _EMAIL.fullmatch(email) is not None


def stamped_reference(text: str, ref: DocumentRef) -> str:
    """Put the stamp after a readable reference, which gives way where both don't fit."""
    mark = stamp(ref.kind, ref.id)
    readable = free_text(unstamped(text), REFERENCE_MOST - len(mark) - 1)
    return f"{readable} {mark}" if readable else mark
