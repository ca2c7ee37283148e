"""Global options, taken out of a command line wherever they stand, from one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from acctsync.errors import InputRefused
from acctsync.values import dataclass

DEFAULT_MAPPING = Path("acctsync.yaml")


@dataclass(frozen=True, slots=True)
class GlobalOption:
    """One option that every command takes; `value` is what help calls its value, if it has one."""

    name: str
    help: str
    short: str = ""
    value: str = ""
    variable: str = ""


TABLE = (
    GlobalOption("mapping", "mapping file; default acctsync.yaml", "m", "FILE", "ACCTSYNC_MAPPING"),
    GlobalOption(
        "data-dir",
        "where the mapping's files are; default beside it",
        value="DIR",
        variable="ACCTSYNC_DATA_DIR",
    ),
    GlobalOption(
        "state-dir",
        "state, tokens, logs and locks",
        value="DIR",
        variable="ACCTSYNC_STATE_DIR",
    ),
    GlobalOption("json", "one JSON envelope on stdout, all else on stderr"),
    GlobalOption("quiet", "nothing at all when all is well", "q"),
    GlobalOption("verbose", "more detail, unchanged documents too", "v"),
    GlobalOption("no-input", "never ask; a missing answer is exit 2"),
    GlobalOption("no-color", "no colours", variable="NO_COLOR"),
    GlobalOption("version", "tell the version"),
)
_LONG = {f"--{option.name}": option for option in TABLE}
_SHORT = {option.short: option for option in TABLE if option.short}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the global options, or else the environment, say."""

    mapping: Path = DEFAULT_MAPPING
    data_dir: Path | None = None
    state_dir: Path | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    no_color: bool = False
    version: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """A command line without its global options, and what those were."""

    rest: tuple[str, ...]
    given: Mapping[str, str]


def command_in(arguments: Sequence[str]) -> str:
    """Tell the first word that is neither an option nor a global option's value, if there is one.

    What a command's own option takes for its value comes after the command.
    """
    passed: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word.startswith("--"):
            _long(word, waiting, {}, passed)
        elif word.startswith("-") and len(word) > 1:
            _cluster(word[1:], waiting, {}, passed)
        else:
            return word
    return ""


def split(arguments: Sequence[str], valued: Collection[str]) -> Split:
    """Take the global options out; `valued` are the commands' own options that take a value.

    What follows `--`, or such an option of a command, is left alone. The last one given wins.
    """
    given: dict[str, str] = {}
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        if word in valued:
            rest += [word, *waiting[:1]]
            del waiting[:1]
        elif word.startswith("--"):
            _long(word, waiting, given, rest)
        elif word.startswith("-") and len(word) > 1:
            _cluster(word[1:], waiting, given, rest)
        else:
            rest.append(word)
    return Split(tuple(rest), given)


def options(given: Mapping[str, str], environment: Mapping[str, str]) -> Options:
    """Settle every option: flags beat the environment, the environment beats defaults."""
    wanted = {**_from_environment(environment), **given}
    return Options(
        mapping=Path(wanted.get("mapping", DEFAULT_MAPPING)),
        data_dir=_folder(wanted.get("data-dir")),
        state_dir=_folder(wanted.get("state-dir")),
        as_json="json" in wanted,
        quiet="quiet" in wanted,
        verbose="verbose" in wanted,
        no_input="no-input" in wanted,
        no_color="no-color" in wanted,
        version="version" in wanted,
    )


def describe() -> list[tuple[str, str]]:
    """List every global option as help shows it: its forms, and what it means."""
    return [(_forms(option), _meaning(option)) for option in TABLE]


def _long(word: str, waiting: list[str], given: dict[str, str], rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    option = _LONG.get(name)
    if option is None:
        rest.append(word)
    elif not option.value:
        if equals:
            raise InputRefused(f"{name} takes no value")
        given[option.name] = "yes"
    else:
        given[option.name] = value if equals else _next(name, waiting)


def _cluster(letters: str, waiting: list[str], given: dict[str, str], rest: list[str]) -> None:
    for position, letter in enumerate(letters):
        option = _SHORT.get(letter)
        after = letters[position + 1 :]
        if option is None:
            rest.append("-" + letters[position:])
            return
        if option.value:
            given[option.name] = after or _next(f"-{letter}", waiting)
            return
        given[option.name] = "yes"


def _next(name: str, waiting: list[str]) -> str:
    if not waiting:
        raise InputRefused(f"{name} needs a value", hint="acctsync --help lists the options.")
    return waiting.pop(0)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        option.name: environment[option.variable]
        for option in TABLE
        if option.variable and environment.get(option.variable)
    }


def _folder(value: str | None) -> Path | None:
    return Path(value) if value else None


def _forms(option: GlobalOption) -> str:
    short = f"-{option.short}, " if option.short else ""
    return f"{short}--{option.name} {option.value}".rstrip()


def _meaning(option: GlobalOption) -> str:
    return option.help + (f" [{option.variable}]" if option.variable else "")
