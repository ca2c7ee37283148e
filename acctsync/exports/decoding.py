"""From a file's bytes to text: marks, declared encodings, and files that are something else."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path

from acctsync.exports.records import FileRefused, refused

_HEAD = 4096
_BLOCK = 1 << 20

_DISGUISES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF", "export it as CSV or JSON"),
    (b"PK\x03\x04", "an Excel workbook (or another zip file)", "save it as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as CSV UTF-8"),
    (b"\x1f\x8b", "gzip-compressed", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"\x89PNG", "an image", "export it as CSV or JSON"),
    (b"\xff\xd8\xff", "an image", "export it as CSV or JSON"),
    (b"GIF8", "an image", "export it as CSV or JSON"),
    (b"{\\rtf", "a text document", "save it as CSV UTF-8"),
)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|meta|title)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"<[!?A-Za-z]")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def open_text(path: Path, name: str, encoding: str) -> io.TextIOWrapper:
    """Open a file as text in its encoding, without its mark; refuse one that is something else."""
    head = start_of(path, name, _HEAD)
    chosen = _encoding(path, name, head, encoding)
    if not chosen.startswith("utf-16"):
        _refuse_nul(path, name)
    return path.open(encoding=chosen, newline="")


def start_of(path: Path, name: str, size: int) -> bytes:
    """Read a file's first bytes, `size` at most; refuse one that is empty, or no text."""
    try:
        with path.open("rb") as file:
            start = file.read(size)
    except OSError as error:
        raise refused("FILE001", f"{name} can't be read: {error.strerror}", file=name) from error
    if not start.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe") and path.stat().st_size <= size:
        raise refused("FILE002", f"{name} is empty", "export it again", file=name)
    _refuse_disguise(start[:_HEAD], name)
    return start


def mark_of(start: bytes) -> str:
    """Tell the encoding that a byte-order mark names; empty without one."""
    return next((kind for mark, kind in _MARKS if start.startswith(mark)), "")


def undecodable(path: Path, name: str, encoding: str) -> FileRefused:
    """Say where a file stops being text in its encoding, and what it may be in."""
    line, column, byte = _first_bad_byte(path, encoding)
    hint = (
        "it may come from Excel: try encoding: cp1252 on this source"
        if encoding.startswith("utf-8")
        else "check the encoding of this source"
    )
    message = f"byte {column} of line {line} (0x{byte:02x}) is not {encoding.removesuffix('-sig')}"
    return refused("FILE004", message, hint, file=name, line=line)


def _refuse_disguise(head: bytes, name: str) -> None:
    for mark, what, hint in _DISGUISES:
        if head.startswith(mark):
            raise refused("FILE003", f"{name} is {what}", hint, file=name)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not _MARKUP.match(start):
        return
    if _PAGE.search(start):
        hint = "sign in to the billing system and export again"
        message = f"{name} is a web page, probably a sign-in screen saved as an export"
    else:
        hint = "export it as CSV or JSON"
        message = f"{name} is XML (spreadsheets are sometimes saved so)"
    raise refused("FILE003", message, hint, file=name)


def _encoding(path: Path, name: str, head: bytes, declared: str) -> str:
    mark = mark_of(head)
    if declared == "auto":
        return _recognised(path, mark)
    if mark == "utf-16" and declared != "utf-16":
        raise refused(
            "FILE004", f"{name} is UTF-16", "set encoding: utf-16 on this source", file=name
        )
    if declared == "utf-16" and not mark:
        return _unmarked_utf16(head, name)
    if mark == "utf-32":
        raise refused("FILE004", f"{name} is UTF-32", "save it as UTF-8", file=name)
    return "utf-8-sig" if declared == "utf-8" else declared


def _unmarked_utf16(head: bytes, name: str) -> str:
    """Tell the order of bytes by where letters have their zeros; refuse anything else."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) < len(head) // 8 or min(first, second) > len(head) // 16:
        hint = "remove encoding: utf-16 from this source"
        raise refused("FILE004", f"{name} is not UTF-16", hint, file=name)
    return "utf-16-be" if first > second else "utf-16-le"


def _recognised(path: Path, mark: str) -> str:
    if mark:
        return "utf-8-sig" if mark == "utf-8" else mark
    decode = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            decode.decode(block)
        decode.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _refuse_nul(path: Path, name: str) -> None:
    lines = 1
    for block in _blocks(path):
        at = block.find(b"\0")
        if at >= 0:
            line = lines + block[:at].count(b"\n")
            message = f"{name} holds a NUL byte on line {line}: it is damaged, or it is UTF-16"
            hint = "export it again, or set encoding: utf-16 on this source"
            raise refused("FILE005", message, hint, file=name, line=line)
        lines += block.count(b"\n")


def _first_bad_byte(path: Path, encoding: str) -> tuple[int, int, int]:
    decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                decoder().decode(raw, final=True)
            except UnicodeDecodeError as error:
                return number, error.start + 1, raw[error.start]
    return 1, 1, 0


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
