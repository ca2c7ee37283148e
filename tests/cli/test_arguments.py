from __future__ import annotations

from pathlib import Path

import pytest

from acctsync.cli.arguments import Options, Split, command_in, options, split
from acctsync.errors import InputRefused

VALUED = frozenset({"--confirm", "--document"})


@pytest.mark.parametrize(
    ("line", "rest", "given"),
    [
        ("push --json -q", "push", {"json": "yes", "quiet": "yes"}),
        ("--json -q push", "push", {"json": "yes", "quiet": "yes"}),
        ("push -qv --yes", "push --yes", {"quiet": "yes", "verbose": "yes"}),
        ("check -m a.yaml", "check", {"mapping": "a.yaml"}),
        ("-ma.yaml check", "check", {"mapping": "a.yaml"}),
        ("check --mapping=a.yaml", "check", {"mapping": "a.yaml"}),
        (
            "check -qm a.yaml --last-month",
            "check --last-month",
            {"quiet": "yes", "mapping": "a.yaml"},
        ),
        ("-m a.yaml check -m b.yaml", "check", {"mapping": "b.yaml"}),
        ("push --document -q", "push --document -q", {}),
        ("push --confirm --json --yes", "push --confirm --json --yes", {}),
        ("push --document=-q", "push --document=-q", {}),
        ("show -- -q", "show -- -q", {}),
        ("log -qh", "log -h", {"quiet": "yes"}),
        ("log -", "log -", {}),
    ],
)
def test_global_options_are_taken_out_wherever_they_stand(
    line: str, rest: str, given: dict[str, str]
) -> None:
    assert split(line.split(), VALUED) == Split(tuple(rest.split()), given)


@pytest.mark.parametrize("line", ["check --mapping", "check -m", "check --json=1"])
def test_a_global_option_without_its_value_or_with_one_too_many_is_refused(line: str) -> None:
    with pytest.raises(InputRefused):
        split(line.split(), VALUED)


def test_flags_beat_the_environment_which_beats_defaults() -> None:
    environment = {"ACCTSYNC_MAPPING": "env.yaml", "ACCTSYNC_STATE_DIR": "/state", "NO_COLOR": "1"}
    assert options({"mapping": "flag.yaml"}, environment) == Options(
        mapping=Path("flag.yaml"), state_dir=Path("/state"), no_color=True
    )
    assert options({}, {}) == Options(mapping=Path("acctsync.yaml"))


def test_an_empty_variable_counts_as_unset() -> None:
    assert options({}, {"ACCTSYNC_MAPPING": "", "NO_COLOR": ""}) == Options()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("", ""),
        ("--version", ""),
        ("-qm a.yaml --json", ""),
        ("push --out status", "push"),
        ("-m push check", "check"),
        ("-mpush check", "check"),
        ("-qm push --json check -x", "check"),
        ("--mapping=push check", "check"),
        ("--nonsense log", "log"),
        ("-x log", "log"),
        ("-- log", "log"),
        ("- log", "-"),
    ],
)
def test_the_command_is_the_first_word_that_no_global_option_takes(line: str, word: str) -> None:
    assert command_in(line.split()) == word
