"""`acctsync demo`: the whole job, once, against a simulated company; nothing real is touched."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctsync.cli.answer import Answer
from acctsync.cli.context import Session
from acctsync.errors import AcctsyncError, ExitCode, InputRefused

if TYPE_CHECKING:
    from acctsync.cli.rehearsal import Rehearsal


@dataclass(frozen=True, slots=True)
class Scene:
    """One vendor's books in the demo: the sample's files, and the mistake that is planted."""

    books: str
    name: str
    mapping: str
    company: str
    right: str
    wrong: str


SCENES = {
    "qbo": Scene(
        "qbo", "QuickBooks", "acctsync.yaml", "coworks.yaml",
        right="{item: Custom Fee}", wrong="{item: Custom Fees}",
    ),
    "xero": Scene(
        "xero", "Xero", "xero.yaml", "coworks-xero.yaml",
        right="{item: FEE}", wrong="{item: FEES}",
    ),
}  # fmt: skip
# The sample export has more columns than the mapping needs; here that would only be noise.
_QUIETER = ("new_columns: warn", "new_columns: ignore")
# Commands follow each other faster here than a person types: the vendor would make them wait.
_UNHURRIED = ("\nsettings:", "\nsettings:\n  limits: false ")
_PROMISE = (
    "That is the whole job. Every command is safe to repeat: kill one half-way, run it again,\n"
    "and the books still hold every document once."
)


def demo(
    context: typer.Context,
    books: Annotated[str, typer.Option("--books", metavar="BOOKS", help="qbo | xero")] = "qbo",
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Do it in DIR and leave it there.")
    ] = None,
) -> Answer:
    """Do the whole job against a simulated company."""
    import tempfile

    session: Session = context.obj
    if books not in SCENES:
        hint = f"There are {' and '.join(SCENES)}."
        raise InputRefused(f"there is no simulated company for {books!r}", hint=hint)
    scene = SCENES[books]
    if keep is not None:
        return _show(session, scene, _fresh(keep), kept=True)
    with tempfile.TemporaryDirectory(prefix="acctsync-demo-") as folder:
        return _show(session, scene, Path(folder), kept=False)


def _show(session: Session, scene: Scene, folder: Path, *, kept: bool) -> Answer:
    from acctsync.cli.rehearsal import Rehearsal

    mapping, company = _prepare(folder, scene)
    with Rehearsal(session, folder, books=scene.books, company=company) as stage:
        _play(stage, scene, mapping)
        _close(stage, scene, folder, kept=kept)
        steps = tuple(stage.done)
    return Answer(
        data=lambda: {
            "folder": str(folder) if kept else None,
            "steps": [{"command": line, "exit_code": code} for line, code in steps],
        }
    )


def _play(stage: Rehearsal, scene: Scene, mapping: Path) -> None:
    stage.tell(
        f"A coworking space bills its members; March is to go into {scene.name}.",
        f"Export and mapping lie in {mapping.parent}; the books are simulated.",
    )
    stage.tell("Sign in, once. The demo gives the consent that you would give in a browser.")
    stage.connect()
    stage.tell("Do mapping and exports fit together? Offline; every problem comes in one run.")
    stage.run("check")
    stage.tell("What would a push do? Nothing is written, but the books are asked.")
    stage.run("plan", expect=ExitCode.PARTIAL)
    stage.tell("Push. What can't go in is held back with its reason; the rest is done.")
    stage.run("push", expect=ExitCode.PARTIAL)
    stage.tell(f"Mend the mapping: {scene.wrong} becomes {scene.right}.")
    _replace(mapping, scene.wrong, scene.right)
    stage.tell("Try again only what did not make it.")
    stage.run("retry-failed")
    stage.tell("Push it all once more: everything is there, so nothing is sent.")
    stage.run("push")
    stage.tell("How do things stand?")
    stage.run("status")


def _close(stage: Rehearsal, scene: Scene, folder: Path, *, kept: bool) -> None:
    stage.tell(_PROMISE)
    if kept:
        stage.tell(f"Look around: acctsync log --state-dir {folder / 'state'}")
    else:
        stage.tell(f"Now with your own company: acctsync connect {scene.books}")


def _prepare(folder: Path, scene: Scene) -> tuple[Path, Path]:
    """Copy the sample with its company, and plant a mistake of the usual kind."""
    others = [each.mapping for each in SCENES.values()]
    sample = samples() / "coworks"
    shutil.copytree(sample, folder, dirs_exist_ok=True, ignore=lambda *_: others)
    mapping, company = folder / "acctsync.yaml", folder / "company.yaml"
    shutil.copyfile(sample / scene.mapping, mapping)
    shutil.copyfile(samples() / "companies" / scene.company, company)
    _replace(mapping, scene.right, scene.wrong)
    _replace(mapping, *_QUIETER)
    _replace(company, *_UNHURRIED)
    return mapping, company


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise AcctsyncError(f"the sample mapping no longer says {old}")
    file.write_text(text.replace(old, new), encoding="utf-8")


def _fresh(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputRefused(f"{folder} is not empty", hint="Give --keep a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def samples() -> Path:
    """Tell where the samples lie: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "samples"
    return installed if installed.is_dir() else package.parent / "sample-config"
