"""What QuickBooks can hold of a text, and the stamp that ties a document there to its source.

US companies hold Latin-1 only (Intuit: REST API features). Typographic marks get their plain form;
any other character that does not fit becomes `?` in free text and is refused in names and numbers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata

from acctsync.documents import DocumentRef
from acctsync.providers.stamps import mark_in, stamp, unstamped

NUMBER_MOST = 21
NAME_MOST = 500
ITEM_NAME_MOST = 100
SKU_MOST = 100
DESCRIPTION_MOST = 4000
NOTE_MOST = 4000
MEMO_MOST = 1000
VENDOR_MEMO_MOST = 4000
COMPANY_NAME_MOST = 100
PHONE_MOST = 30
EMAIL_MOST = 100
ID_MOST = 400

CUT_MARK = "..."
_LAST_LATIN = 0xFF

_PLAIN = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‹": "<", "›": ">",
    "–": "-", "—": "-", "―": "-", "‐": "-", "‑": "-", "‒": "-", "−": "-", "…": "...", "•": "*",
    "€": "EUR", "™": "(TM)", "œ": "oe", "Œ": "OE", "\u2009": " ", "\u202f": " ", "\u2007": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u2028": "\n",
    "\u2029": "\n",
})  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\".]+(?:\.[^@\s,;<>()\".]+)+")
_ANY = "surrogatepass"  # half characters, as JSON exports can hold them


def latin(text: str) -> str:
    """Give typographic marks their plain Latin form and put accents back on their letters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_PLAIN)


def foreign(text: str) -> str:
    """List the characters that Latin-1 does not have, after plain forms were used."""
    return "".join(dict.fromkeys(char for char in latin(text) if ord(char) > _LAST_LATIN))


def free_text(text: str, most: int, *, latin_only: bool) -> str:
    """Fit a description, memo or note: control characters out, what does not fit as `?`, cut."""
    if not (text.isascii() and text.isprintable()):
        text = _CONTROL.sub("", text.replace("\r\n", "\n"))
        if latin_only:
            text = latin(text).encode("latin-1", "replace").decode("latin-1")
    text = text.strip()
    return text if len(text) <= most else text[: most - len(CUT_MARK)].rstrip() + CUT_MARK


def display_name(name: str, *, latin_only: bool) -> str:
    """Write a name as QuickBooks takes it: no colon, tab or line break (Intuit: Customer)."""
    plain = _BREAKS.sub(" ", _INVISIBLE.sub("", name)).replace(":", "-").strip()
    return latin(plain) if latin_only else unicodedata.normalize("NFC", plain)


def folded(name: str) -> str:
    """Write a name as it is compared: case, spaces, invisible characters and marks don't count."""
    plain = _BREAKS.sub(" ", _INVISIBLE.sub("", name)).strip()
    return unicodedata.normalize("NFC", latin(plain).replace(":", "-")).casefold()


def email_fits(email: str) -> bool:
    """Tell whether QuickBooks takes the address (Intuit: Customer, PrimaryEmailAddr)."""
    return len(email) <= EMAIL_MOST and email.isascii() and _EMAIL.fullmatch(email) is not None


def folded_path(name: str) -> str:
    """Write a full name as it is compared: the names of its parents stay apart."""
    return ":".join(folded(each) for each in name.split(":"))


def has_control(text: str) -> bool:
    """Tell whether a number holds characters that nobody can type or see."""
    if text.isprintable():
        return False
    return any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in text)


def short_number(source_id: str) -> str:
    """Give the number a payment or refund carries: its id, or a stable short form of it."""
    plain = source_id.isascii() and source_id.isprintable() and source_id == source_id.strip()
    if plain and len(source_id) <= NUMBER_MOST:
        return source_id
    return (
        "A-" + hashlib.sha256(source_id.encode(errors=_ANY)).hexdigest()[: NUMBER_MOST - 2].upper()
    )


def stamped_note(note: str, ref: DocumentRef, *, latin_only: bool) -> str:
    """Put the stamp after a readable note, which gives way where both don't fit."""
    mark = stamp(ref.kind, ref.id)
    readable = free_text(unstamped(note), NOTE_MOST - len(mark) - 1, latin_only=latin_only)
    return f"{readable} {mark}" if readable else mark


def redated_note(note: str, real_date: dt.date) -> str:
    """Put the real date of a document that is dated otherwise before a note's stamp."""
    readable = unstamped(note)
    tail = f"[date {real_date}] {mark_in(note)}".rstrip()
    readable = free_text(readable, NOTE_MOST - len(tail) - 1, latin_only=False)
    return f"{readable} {tail}" if readable else tail
