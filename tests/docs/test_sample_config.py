"""The examples are the reference's, and every command of their README does what it says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_readme import Shell
from tests.reading import SHARED

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample-config"
PAGE = SAMPLES / "README.md"
MODELINE = "# yaml-language-server: $schema="


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shutil.copytree(SAMPLES, tmp_path / "sample-config")
    shell = Shell(tmp_path)
    shell.folder = tmp_path / "sample-config"
    yield shell
    shell.close()


def test_every_command_of_the_readme_works_and_a_second_push_has_nothing_to_do(
    shell: Shell,
) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) > 10
    told = {command: run(shell, command) for command in commands}
    assert {command: said for command, said in told.items() if not went_well(said)} == {}
    (again,) = (said for command, said in told.items() if command.endswith("state-coworks"))
    assert again.startswith("Nothing to do")


def run(shell: Shell, command: str) -> str:
    """Run a command, and write its exit code below what it said."""
    if command.startswith("cd ") or command.endswith("&"):
        return shell.run(command)
    return shell.run(f"{command}\necho ended with $?")


def went_well(said: str) -> bool:
    return said == "" or said.startswith("ready ") or said.endswith("ended with 0\n")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared exports are not here")
@pytest.mark.parametrize(
    ("folder", "original"),
    [
        ("coworks", "coworks-quickbooks"),
        ("agency-canada", "agency-canada-quickbooks"),
        ("stripe-xero", "stripe-xero"),
    ],
)
def test_an_example_is_the_reference_mapping_but_for_the_path_of_its_schema(
    folder: str, original: str
) -> None:
    own = (SAMPLES / folder / "acctsync.yaml").read_text(encoding="utf-8")
    reference = (SHARED / "mappings" / f"{original}.yaml").read_text(encoding="utf-8")
    assert _without_modeline(own) == _without_modeline(reference)
    assert own.startswith(f"{MODELINE}../acctsync.schema.json\n")


def _without_modeline(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(MODELINE)]
