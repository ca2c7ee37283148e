"""The reference of the mapping file: complete by the grammar, and every recipe does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from acctsync.documents import (
    Customer,
    Document,
    DocumentRef,
    Invoice,
    Item,
    Label,
    Line,
    Owed,
    Payment,
    Refund,
)
from acctsync.engine.reading import Reading, read_documents
from acctsync.errors import InputRefused
from acctsync.mapping.grammar import MAPPING, Either, Keys, Many, Spec, Table
from acctsync.mapping.grammar_check import check
from acctsync.mapping.load import load
from acctsync.mapping.tree import parsed
from acctsync.plan.selection import Selection
from acctsync.report.checking import check_text, narrow
from acctsync.report.problems import listing
from acctsync.report.words import singular
from tests.reading import TODAY, write

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "mapping.md"
RECIPES = ROOT / "docs" / "mapping-recipes.md"
BLOCK = re.compile(r"```(\w+)(?: (\S+))?\n(.*?)```", re.DOTALL)
KEYS = re.compile(r"<!-- keys of ?(\S*) -->\n((?:\|.*\n)+)")
# What a part of a mapping may lack, as the rest of it is not shown.
UNFINISHED = {"MAP007"}


@dataclass(frozen=True)
class Recipe:
    """A part of a mapping, the export that it is for, and what comes of the two."""

    title: str
    mapping: str
    files: dict[str, str]
    said: str


def text() -> str:
    return GUIDE.read_text(encoding="utf-8")


def recipes_text() -> str:
    return RECIPES.read_text(encoding="utf-8")


def recipes() -> list[Recipe]:
    return [_recipe(part) for part in recipes_text().split("\n## ")[1:]]


def _recipe(part: str) -> Recipe:
    blocks = BLOCK.findall(part)
    (mapping,) = (body for kind, _, body in blocks if kind == "yaml")
    (said,) = (body for kind, _, body in blocks if kind == "text")
    files = {name: body for kind, name, body in blocks if kind in {"csv", "json"}}
    assert files, part
    return Recipe(part.partition("\n")[0], mapping, files, said)


def common() -> str:
    (body,) = (body for _, name, body in BLOCK.findall(recipes_text()) if name == "common.yaml")
    return str(body)


# Complete: every key has its row.


def below(spec: Spec) -> list[Keys]:
    """Give the keys that a value may have, itself or each of its many."""
    match spec:
        case Keys():
            return [spec]
        case Many(of) | Table(of):
            return below(of)
        case Either(shapes):
            return [keys for shape in shapes for keys in below(shape)]
        case _:
            return []


def every_section() -> list[tuple[str, Keys]]:
    """Give every set of keys of the grammar once, with the path that leads there first."""
    found: dict[int, tuple[str, Keys]] = {}
    waiting: list[tuple[str, Keys]] = [("", MAPPING)]
    while waiting:
        path, keys = waiting.pop(0)
        if id(keys) not in found:
            found[id(keys)] = (path, keys)
            for name, spec in keys.known.items():
                waiting.extend((f"{path}.{name}".strip("."), each) for each in below(spec))
            if keys.also is not None:
                waiting.extend((path, each) for each in below(keys.also))
    return list(found.values())


def at(path: str) -> Keys:
    """Find the keys under a path of the grammar."""
    here = MAPPING
    for name in filter(None, path.split(".")):
        (here, *others) = below(here.known[name])
        assert others == [], path
    return here


def rows() -> Iterator[tuple[str, str, list[str]]]:
    """Give each row of each table of keys: the path of its section, the key, the other cells."""
    for path, table in KEYS.findall(text()):
        for line in table.splitlines()[2:]:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for key in re.findall(r"`([^`]+)`", cells[0]):
                above, _, name = key.rpartition(".")
                yield ".".join(filter(None, (path, above))), name, cells[1:]


def test_every_key_of_the_grammar_has_its_row() -> None:
    told: dict[int, set[str]] = {}
    for path, name, _ in rows():
        told.setdefault(id(at(path)), set()).add(name)
    missing = {
        path or "the file": sorted(set(keys.known) - told.get(id(keys), set()))
        for path, keys in every_section()
        if not _is_told_elsewhere(keys, told)
    }
    assert {path: names for path, names in missing.items() if names} == {}


def _is_told_elsewhere(keys: Keys, told: dict[int, set[str]]) -> bool:
    """Tell whether other keys that have their rows hold the very same."""
    if id(keys) in told:
        return False
    whole = [each for _, each in every_section() if id(each) in told]
    return any(keys.known.items() <= each.known.items() for each in whole)


def test_every_row_is_about_a_key_of_the_grammar() -> None:
    assert [(path, name) for path, name, _ in rows() if name not in at(path).known] == []


def test_every_row_tells_what_it_means_and_what_a_blank_means_and_shows_it() -> None:
    assert [(path, name) for path, name, cells in rows() if len(cells) != 3 or not all(cells)] == []


def test_every_example_in_a_row_is_of_its_section_and_follows_the_grammar() -> None:
    wrong = []
    for path, name, cells in rows():
        for example in re.findall(r"`([^`]+)`", cells[-1]):
            try:
                node, problems = parsed(example.replace("\\|", "|"), name)
                found = [*problems, *check(node, at(path), path)]
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its row
                wrong.append((path, name, example, repr(error)))
                continue
            wrong += [(path, name, example, p.message) for p in found if p.code not in UNFINISHED]
    assert wrong == []


def test_every_word_that_may_stand_for_a_value_is_named() -> None:
    code = "\n".join(re.findall(r"`([^`\n]+)`", text()))
    words = {word for choices in _choices() for word in choices if word.strip()}
    assert {
        word for word in words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code)
    } == set()


def _choices() -> Iterator[tuple[str, ...]]:
    for _, keys in every_section():
        for spec in keys.known.values():
            yield getattr(spec, "choices", ())


# True: every piece of YAML follows the grammar, and every recipe comes to what is said of it.


def test_every_piece_of_yaml_follows_the_grammar() -> None:
    pieces = [body for kind, _, body in BLOCK.findall(text() + recipes_text()) if kind == "yaml"]
    assert len(pieces) > 15
    wrong = []
    for piece in pieces:
        node, problems = parsed(piece, "guide")
        found = [*problems, *check(node, MAPPING, "")]
        wrong += [(piece, each.message) for each in found if each.code not in UNFINISHED]
    assert wrong == []


def test_the_whole_mapping_at_the_start_is_one(tmp_path: Path) -> None:
    (whole,) = (body for _, name, body in BLOCK.findall(text()) if name == "whole")
    write(tmp_path, {"acctsync.yaml": whole})
    assert load(tmp_path / "acctsync.yaml").books.company == "Acme LLC"


def test_every_recipe_comes_to_what_the_guide_says(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = recipes()
    assert len(done) >= 10
    true = []
    for number, each in enumerate(done):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        true.append((each.title, carried_out(each)))
    if pytestconfig.getoption("--update-transcripts"):
        rewrite([said for _, said in true])
    else:
        assert [(each.title, each.said) for each in done] == true


@pytest.mark.parametrize("page", [GUIDE, RECIPES], ids=lambda page: page.stem)
def test_a_page_links_only_to_what_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
    assert links
    lost = [name for name, _ in links if not (page.parent / name).exists()]
    lost += [
        anchor
        for name, anchor in links
        if anchor and anchor not in anchors(page.parent / name if name else page)
    ]
    assert lost == []


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_guide_names_every_recipe() -> None:
    named = re.findall(r"\]\(mapping-recipes\.md#([^)]+)\)", text())
    assert set(named) == anchors(RECIPES) - {"recipes-for-the-mapping-file"}


def test_a_page_can_be_read_in_one_go() -> None:
    assert len(text().splitlines()) <= 700
    assert len(recipes_text().splitlines()) <= 500


def rewrite(said: list[str]) -> None:
    fresh = iter(said)
    old = re.compile(r"```text\n.*?```", re.DOTALL)
    new = old.sub(lambda _: f"```text\n{next(fresh)}```", recipes_text())
    RECIPES.write_text(new, encoding="utf-8")


def carried_out(recipe: Recipe) -> str:
    """Do what a recipe says in this folder, and write down what comes of it."""
    mapping = f"acctsync: 1\ninclude: [common.yaml]\n{recipe.mapping}"
    write(Path(), {**recipe.files, "common.yaml": common(), "acctsync.yaml": mapping})
    said = StringIO()
    console = Console(file=said, width=100, no_color=True)
    try:
        reading = read_documents(load(Path("acctsync.yaml")), Path(), TODAY)
    except InputRefused as error:
        console.print(listing(error.problems, whole=True))
    else:
        for line in _told(reading):
            console.print(line, highlight=False, markup=False)
        console.print(_checked(reading))
    lines = [line.rstrip() for line in said.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _checked(reading: Reading) -> object:
    """Write what `acctsync check` says: all of it where a word must be mapped."""
    if any(problem.code == "DOC005" for problem in reading.problems):
        return check_text(narrow(reading, Selection()), verbose=False)
    return listing(reading.problems, whole=True) or ""


def _told(reading: Reading) -> Iterator[str]:
    names: dict[DocumentRef | None, str] = {each.ref: each.number for each in reading.documents}
    for document in reading.documents:
        met = isinstance(document, Customer) and not (document.email or document.fixed)
        if isinstance(document, (Customer, Invoice, Payment, Refund)) and not met:
            yield " · ".join(filter(None, _facts(document, names)))
            for line in document.lines if isinstance(document, Invoice) else ():
                yield f"    {_line(line)}"


def _facts(document: Document, names: dict[DocumentRef | None, str]) -> Iterator[str]:
    yield f"{singular(document.ref.kind)} {document.number}"
    if isinstance(document, Customer):
        yield document.email
        yield f"is {document.fixed} in the books" if document.fixed else ""
        return
    if isinstance(document, Item | Label | Owed):
        return
    yield document.date.isoformat()
    yield names.get(document.customer, "")
    yield f"{document.money.amount:,} {document.money.currency}"
    if isinstance(document, Invoice):
        yield document.state if document.state != "open" else ""
        yield f"discount {document.discount:,}" if document.discount else ""
        yield f"rounding {document.rounding:,}" if document.rounding else ""
    if isinstance(document, Payment):
        yield ", ".join(f"for {names.get(a.invoice, a.wanted)}" for a in document.allocations)
        yield f"fee {document.fee:,}" if document.fee else ""
        yield f"to {document.deposit_to}" if document.deposit_to else ""
    if isinstance(document, Refund):
        yield f"of {names.get(document.payment, '')}" if document.payment else ""


def _line(line: Line) -> str:
    parts = [line.description or str(line.item or line.account), f"{line.amount:,}"]
    if line.quantity is not None and line.unit_price is not None:
        parts.append(f"{line.quantity} x {line.unit_price}")
    parts.append(f"discount {line.discount:,}" if line.discount else "")
    parts.append(f"tax {line.tax_amount:,}" if line.tax_amount else "")
    parts.append(f"code {line.tax_code}" if line.tax_code and line.tax_amount else "")
    return " · ".join(filter(None, parts))
