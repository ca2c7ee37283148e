"""Collect every problem code of the source with what its message says, for the documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from acctsync.errors import EXIT_MEANINGS
from acctsync.mapping.codes import CODES
from acctsync.providers.qbo.faults import PROBLEM_CODES
from acctsync.providers.xero.faults import PROBLEM_CODES as XERO_CODES

PACKAGE = Path(__file__).resolve().parents[2] / "acctsync"
CODE = re.compile(
    r"(MAP|FILE|DOCTOR|DOC|CHK|PLAN|REF|PUSH|UNDO|REC|ADOPT|RUN|QBO|XERO|STATE)\d{3}\Z"
)
FAULTS = {
    "data": "QuickBooks refuses a value of the document",
    "business": "QuickBooks' own rules refuse the document",
    "duplicate": "QuickBooks already has a document or name like it",
    "reference": "it names something that is not in QuickBooks or is inactive",
    "stale": "somebody changed the document at the same moment",
    "gone": "what the document names is no longer in QuickBooks, or inactive",
    "transient": "QuickBooks asks to try again in a moment",
    "unclear": "QuickBooks' answer does not tell whether it was carried out",
    "replayed": "QuickBooks remembers the request, not what came of it",
    "sign_in": "the sign-in does not open this company any more",
    "company": "the company's subscription or settings don't allow it",
    "later": "the company can't be reached now",
    "bug": "acctsync asked for something in the wrong way: please report it",
}
XERO_FAULTS = {
    "data": "Xero refuses a value of the document, or its own rules refuse it",
    "settings": "Xero does not know, or does not allow here, what the mapping names",
    "look": "Xero already has a document or name like it",
    "stale": "somebody changed the document at the same moment",
    "gone": "what the document names is no longer in Xero",
    "replayed": "Xero took the request for another one",
    "bug": "acctsync asked for something in the wrong way: please report it",
    "unknown": "Xero refuses the document with a sentence that is not known: a person must look",
}
BESIDE_A_RUN = {
    "RUN020": "`ACCTSYNC_PING_URL` can't be used as an address; the push goes on without it",
    "RUN021": "the monitor at `ACCTSYNC_PING_URL` was not reached; the push is not touched by that",
}
GROUPS = (
    ("MAP", "The mapping file", "The run is refused; nothing was sent. Exit code 2."),
    ("FILE", "Export files", "The run is refused, except for warnings. Exit code 2."),
    ("DOC", "Single documents of the export", "That document is held back. Exit code 3."),
    ("CHK", "Sums and rules across documents", "Those documents are held back. Exit code 3."),
    ("REF", "Names that the books don't have", "Those documents are held back. Exit code 3."),
    ("PLAN", "What the books say to a plan", "Those documents are held back. Exit code 3."),
    ("PUSH", "What became of a push", "Told per document."),
    ("UNDO", "What stays when a run is undone", "Told per document. Exit code 3."),
    ("REC", "What `acctsync reconcile` finds", "Told per document. Exit code 3."),
    ("ADOPT", "What `acctsync adopt` can't link", "Told per document. Exit code 3."),
    ("QBO", "QuickBooks' limits and refusals", "Told per document; the vendor's code beside it."),
    ("XERO", "Xero's limits and refusals", "Told per document; Xero's own sentence beside it."),
    ("DOCTOR", "What `acctsync doctor` finds", "Errors are told by its exit code."),
    ("STATE", "What `acctsync state check` finds", "Errors are exit code 12."),
    ("RUN", "The run as a whole", "The exit code says which."),
)


def page() -> str:
    """Write the page that explains every code."""
    found = meanings()
    parts = [
        "# What the problem codes mean\n",
        "Every message of acctsync carries one of these codes, in brackets on a terminal and as"
        " `code` in `--json`. A code never changes its meaning. `…` stands for the value at hand.",
    ]
    for prefix, title, what in GROUPS:
        rows = [
            f"| {code} | {text} |"
            for code, text in sorted(found.items())
            if code.rstrip("0123456789") == prefix
        ]
        parts += [f"\n## {title}\n", f"{what}\n", "| code | what it says |", "|---|---|", *rows]
    return "\n".join(parts) + "\n"


def meanings() -> dict[str, str]:
    """Tell what each code of the source says."""
    found = dict(CODES)
    for kind, code in PROBLEM_CODES.items():
        text = FAULTS[kind.name.lower()]
        found[code] = f"{found[code]}; or {text}" if code in found else text
    found |= {code: XERO_FAULTS[kind.value] for kind, code in XERO_CODES.items()}
    for meaning in EXIT_MEANINGS.items():
        found[f"RUN{int(meaning[0]):03d}"] = meaning[1]
    found |= BESIDE_A_RUN
    for file in sorted(PACKAGE.rglob("*.py")):
        for code, text in _said(ast.parse(file.read_text(encoding="utf-8"))):
            if code not in CODES and not code.startswith("RUN"):
                found[code] = text if found.get(code, text) == text else f"{found[code]}; or {text}"
    held = used()
    return {code: text for code, text in found.items() if code in held}


def used() -> set[str]:
    """List every code that the source holds."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        if file.name == "codes.py":
            continue
        found |= {
            node.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and CODE.match(node.value)
        }
    return found


def _said(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Tuple):
            continue
        parts = _parts(node)
        for index, part in enumerate(parts):
            if isinstance(part, ast.Constant) and CODE.match(str(part.value)):
                texts = [text for each in parts[index + 1 :] if (text := _text(each))]
                if texts:
                    yield str(part.value), texts[0]


def _parts(node: ast.Call | ast.Tuple) -> list[ast.expr]:
    if isinstance(node, ast.Tuple):
        return list(node.elts)
    told = sorted(node.keywords, key=lambda each: each.arg != "code")
    return [*node.args, *(each.value for each in told if each.arg in {"code", "message"})]


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            plain = text
        case ast.JoinedStr(values=values):
            plain = "".join(
                str(each.value) if isinstance(each, ast.Constant) else "…" for each in values
            )
        case ast.BinOp(left=left, right=right):
            plain = _text(left) + _text(right)
        case _:
            plain = ""
    return " ".join(plain.replace("|", "\\|").split())
