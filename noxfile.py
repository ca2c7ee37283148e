"""The project's checks. `nox` with no arguments: lint, types, imports, tests."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "imports", "tests"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
# All tests run on the oldest Python and on the one that runs nox; on the newest those of the rooms
# that lean on the language and its library most. `nox -s tests-3.13 -- tests` runs all of them
# there, `nox -s tests-3.12 -- tests` on one between, which is tried only when asked.
WHOLE = {PYTHONS[0], f"{sys.version_info.major}.{sys.version_info.minor}"}
LEANING = ["tests/unit", "tests/exports", "tests/state", "tests/report"]
# Where the libraries we depend on are at work: the command line and its tables, the mapping's
# parser, the state, the token stores and the HTTP client.
USERS = [
    *("tests/report", "tests/state"),
    *map(str, sorted(Path("tests/providers").glob("test_*.py"))),
    *(
        "tests/providers/qbo/test_contract.py",
        "tests/providers/qbo/test_cassettes.py",
        "tests/providers/xero/test_contract.py",
        "tests/providers/xero/test_wire.py",
    ),
    *(
        "tests/cli/test_help.py",
        "tests/cli/test_arguments.py",
        "tests/cli/test_connect.py",
        "tests/cli/test_plan_and_push.py",
        "tests/mapping/test_loading.py",
        "tests/unit/test_settings.py",
        "tests/unit/test_credentials.py",
    ),
]
# Half of what a test does is waiting for another process: two workers a core, and none idle while
# another has tests left.
TOGETHER = ("-n", str(2 * (os.cpu_count() or 1)), "--dist", "worksteal")

# What people would use instead of acctsync, for `nox -s bench`.
CLIENTS = ("python-quickbooks==0.9.12", "xero-python==15.2.0", "pyxero==0.9.5")
NODE_CLIENT = "2.0.50"


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


@nox.session
def lint(session: nox.Session) -> None:
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    session.install(".", *group("tests"), *group("types"), "nox")
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    session.install(".", *group("lint"))
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    if session.python not in {*WHOLE, PYTHONS[-1]} and not session.posargs:
        session.skip("only when asked for: nox -s tests-3.12 -- tests")
    session.install(".", *group("tests"))
    chosen = [] if session.python in WHOLE or session.posargs else LEANING
    session.run("pytest", *TOGETHER, "-m", "not crash and not slow", *chosen, *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """Run whole businesses, the documents' transcripts and large inputs, on one Python."""
    session.install(".", *group("tests"))
    session.run("pytest", *TOGETHER, "-m", "slow and not crash", *session.posargs)


@nox.session
def crash(session: nox.Session) -> None:
    """Try to break the promise with three rigs, and print one table; `-- --full` runs all of it."""
    session.install(".", *group("tests"))
    report = Path(session.create_tmp()) / "rigs.jsonl"
    report.unlink(missing_ok=True)
    env = {"ACCTSYNC_RIG_REPORT": str(report.resolve())}
    chosen = list(session.posargs)
    if "--full" in chosen:
        chosen.remove("--full")
        env["ACCTSYNC_RIGS"] = "full"
    session.run("pytest", *TOGETHER, "-m", "crash", *chosen, env=env)
    session.run("python", "tests/rigs/table.py", str(report))


@nox.session
def lowest(session: nox.Session) -> None:
    """Prove the lower bounds of what we depend on, where it is used."""
    session.install(*group("tests"))
    session.install(".", *lower_bounds())
    selected = "not crash and not slow"
    session.run("pytest", *TOGETHER, "-m", selected, *USERS, *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Test the wheel as users get it, away from the source tree."""
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(dist))
    session.install("--force-reinstall", *map(str, dist.glob("*.whl")))
    session.chdir(session.create_tmp())
    session.run("acctsync", "--version")
    session.run("acctsync", "demo")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure beside the clients that users would pick instead; `-- --quick` measures less."""
    session.install(".", *CLIENTS)
    place = Path(session.create_tmp()).resolve()
    session.run(
        *("npm", "install", "--prefix", str(place), "--no-save", "--no-audit", "--no-fund"),
        *("--ignore-scripts", f"node-quickbooks@{NODE_CLIENT}"),
        external=True,
        silent=True,
    )
    # The docs show whole runs alone.
    shown = [] if {"--quick", "--only"} & set(session.posargs) else ["--out", "docs"]
    session.run(
        *("python", "-m", "benchmarks", "--node-client", NODE_CLIENT, *shown, *session.posargs),
        env={"NODE_PATH": str(place / "node_modules")},
    )


@nox.session
def newest_typer(session: nox.Session) -> None:
    """Tell whether the code would work on the typer that the bound keeps out."""
    session.install(".", *group("tests"))
    session.install("--upgrade", "typer")
    session.run("pytest", "tests/cli", *session.posargs)


@nox.session
def cassettes(session: nox.Session) -> None:
    """Record anew what goes over the wire; look at the diff before committing it."""
    session.install(".", *group("tests"))
    session.env["ACCTSYNC_RECORD"] = "1"
    session.run("pytest", "tests/providers/qbo/test_cassettes.py", *session.posargs)


def lower_bounds() -> list[str]:
    """Pin each dependency to its lower bound."""
    wanted = PROJECT["project"]["dependencies"]
    pins = (re.match(r"([A-Za-z0-9-]+)>=([0-9.]+)[^;]*(;.*)?$", each) for each in wanted)
    return [f"{pin[1]}=={pin[2]}{pin[3] or ''}" for pin in pins if pin]
