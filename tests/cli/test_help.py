from __future__ import annotations

import re

import pytest

from acctsync.cli.arguments import TABLE
from acctsync.cli.manual import PAGES
from acctsync.errors import EXIT_MEANINGS, ExitCode
from tests.cli.desk import Desk

CONTRACT = {
    "demo", "simulate", "connect", "disconnect", "connections", "doctor", "lists", "check", "plan", "push",
    "retry-failed", "pull", "report", "status", "log", "show", "exit-codes", "explain",
    "init", "columns", "schema", "undo", "reconcile", "adopt", "state",
}  # fmt: skip


def listed(text: str) -> list[str]:
    """Pick the commands that the front page lists."""
    section = text.partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  ([a-z-]+) ", section, flags=re.MULTILINE)


def test_the_front_page_lists_every_command_once(desk: Desk) -> None:
    commands = listed(desk.run("--help").out)
    assert len(commands) == len(set(commands))
    assert set(commands) == set(PAGES) == CONTRACT


@pytest.mark.parametrize("command", ["", *PAGES])
def test_help_opens_with_examples_and_ends_with_the_exit_codes(desk: Desk, command: str) -> None:
    done = desk.run(*command.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert done == desk.run(*command.split(), "-h")
    usage, first, *_ = re.split(r"\n\s*\n", done.out)
    assert usage.startswith("Usage: acctsync")
    assert first.lstrip().startswith("Examples:\n    acctsync")
    last = re.split(r"\n\s*\n", done.out.rstrip())[-1]
    codes = PAGES[command].codes if command else tuple(ExitCode)
    said = ["Exit codes:", *(f"{code} {EXIT_MEANINGS[code]}" for code in sorted(codes))]
    assert [" ".join(line.split()) for line in last.splitlines()] == said


def test_the_front_page_tells_every_global_option(desk: Desk) -> None:
    text = desk.run("--help").out
    assert [f"--{option.name}" for option in TABLE if f"--{option.name}" not in text] == []


def test_every_example_names_a_command_and_options_that_exist(desk: Desk) -> None:
    for command, page in PAGES.items():
        text = desk.run(command, "--help").out
        for example in page.examples:
            words = example.partition("#")[0].split()
            assert words[:2] == ["acctsync", command]
            flags = [word for word in words if word.startswith("--")]
            known = [*(f"--{option.name}" for option in TABLE), *re.findall(r"--[a-z-]+", text)]
            assert [flag for flag in flags if flag not in known] == []
