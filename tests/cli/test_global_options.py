from __future__ import annotations

import itertools

import pytest

from tests.cli.desk import Desk


@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_command_is_the_same_with_its_global_options_anywhere(desk: Desk, position: int) -> None:
    words = ["check", "--month", "2025-03"]
    moved = [*words[:position], "--json", "-v", *words[position:]]
    assert desk.run(*moved).json == desk.run(*words, "--json", "--verbose").json


def test_the_version_is_told_anywhere(desk: Desk) -> None:
    lines = [["--version"], ["push", "--version"], ["--version", "push"]]
    assert {desk.run(*line).out for line in lines} == {"acctsync 0.1.0\n"}


def test_flags_beat_variables(desk: Desk) -> None:
    desk.environment["ACCTSYNC_MAPPING"] = "/nowhere.yaml"
    assert desk.run("check").code == 2
    assert desk.run("check", "--mapping", str(desk.mapping)).code == 0


def test_the_mapping_of_the_working_directory_is_the_default(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    del desk.environment["ACCTSYNC_MAPPING"]
    monkeypatch.chdir(desk.data)
    assert desk.run("check").code == 0


def test_quiet_is_silence_when_all_is_well(connected: Desk) -> None:
    lines = ["check", "plan", "plan --exit-code", "push", "push", "status", "log", "connections",
             "retry-failed", "exit-codes", "lists items"]  # fmt: skip
    for line, places in itertools.product(lines, ("before", "after")):
        words = ["-q", *line.split()] if places == "before" else [*line.split(), "--quiet"]
        done = connected.run(*words)
        assert (done.out, done.err) == ("", ""), line


def test_a_quiet_run_still_says_what_went_wrong(connected: Desk) -> None:
    connected.edit("{item: Custom Fee}", "{item: Custom Fees}")
    done = connected.run("push", "-q")
    assert (done.code, done.out) == (3, "")
    assert "CW-10248" in done.err
    assert "retry-failed" in done.err


def test_no_command_shows_the_help_and_is_no_success(desk: Desk) -> None:
    done = desk.run()
    assert done.code == 2
    assert done.out.startswith("Usage: acctsync")
