"""The page about the billing systems' own integrations names only what there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from acctsync.cli.app import application
from acctsync.mapping.grammar import MAPPING, Either, Keys, Table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "integrations.md"
CODE = re.compile(r"`([^`]+)`")


def rows() -> list[list[str]]:
    """Read the tables: feature, whose, here, shown by."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line[:2] == "| "
    ]
    return [row for row in cells if row[3] != "shown by"]


ROWS = rows()


def named(column: int) -> list[str]:
    return sorted({each for row in ROWS for each in CODE.findall(row[column])})


def test_every_row_says_whose_it_is_how_it_is_done_and_what_shows_it() -> None:
    assert len(ROWS) > 25
    for row in ROWS:
        assert len(row) == 4, row
        assert all(row), row
        assert CODE.findall(row[2]), row
        assert len(CODE.findall(row[3])) == 1, row
        words = set(re.split(r", ", row[1]))
        assert words <= {"all", "none", "Coworks", "Workroom", "WorkWeek", "OneDesk"}, row


@pytest.mark.parametrize("test", named(3))
def test_every_test_that_is_named_exists(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("line", [each for each in named(2) if each.startswith("acctsync ")])
def test_every_command_that_is_named_exists(line: str) -> None:
    command: Any = typer.main.get_command(application())
    words = line.split()[1:]
    assert words[0] in command.commands
    flags = {name for each in command.commands[words[0]].params for name in each.opts}
    assert {word for word in words if word.startswith("-")} <= flags


@pytest.mark.parametrize("key", [each for each in named(2) if not each.startswith("acctsync ")])
def test_every_key_of_the_mapping_that_is_named_exists(key: str) -> None:
    path, _, value = key.partition(": ")
    specs: list[Any] = [MAPPING]
    for name in path.split("."):
        specs = [each for spec in specs for each in below(spec, name)]
        assert specs, f"{name} of {key}"
    assert value != "?"


def below(spec: Any, name: str) -> list[Any]:
    """Give what a key may hold, through the shapes that it may have."""
    match spec:
        case Keys() if name in spec.known:
            return [spec.known[name]]
        case Either():
            return [each for shape in spec.shapes for each in below(shape, name)]
        case Table():
            return [spec.of]
        case _:
            return []


def test_the_page_links_only_to_what_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
