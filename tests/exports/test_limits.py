"""No input takes more than 200 MB, or a processor's time without end; a child process measures."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.exports import test_adversarial as adversarial
from tests.exports import test_hostile as exports
from tests.hostile import GOOD, HEAD, Case, export, money, row, write
from tests.mapping import test_hostile as mappings

MOST_MEMORY = 200 << 20
# Far beyond what any of them takes, and far below what a hang does.
MOST_SECONDS = 20.0
ALL_SECONDS = 240
MILLIONS = 4_000_000

# One process for each input: what an earlier one took, or the one that ran the tests, is not counted.
CHILD = """
import datetime, json, os, pathlib, sys
from acctsync.engine.reading import read_documents
from acctsync.errors import InputRefused
from acctsync.mapping.load import load

for name, mapping, data in json.load(sys.stdin):
    child = os.fork()
    if not child:
        try:
            read_documents(load(pathlib.Path(mapping)), pathlib.Path(data), datetime.date(2025, 6, 1))
        except InputRefused:
            pass
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    print(json.dumps([name, status, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]), flush=True)
"""

BIG = [
    Case(name="a line without end", verdict="", data="a" * MILLIONS),
    Case(name="a quote without end", verdict="", data=export('"' + "a,b\n" * (MILLIONS // 4))),
    Case(name="a cell without end", verdict="", data=export(row(Description="a" * MILLIONS))),
    Case(name="columns without end", verdict="", source=", delimiter: auto", data="a;b" * (MILLIONS // 3)),
    Case(name="many twins", verdict="", data=f"{HEAD}{',x' * 16_000}\n{GOOD}{',' * 16_000}\n"),
    Case(name="short rows without end", verdict="", data=export("a,b\n" * (MILLIONS // 4))),
    Case(name="blank rows without end", verdict="", data=export(",,,\n" * (MILLIONS // 40))),
    Case(name="headers without end", verdict="", data=export(f"{HEAD}\n" * 20_000)),
    Case(name="documents that are all bad", verdict="", data=export(*(row(f"I{n}", Unit_Price="x") for n in range(4_000)))),
    Case(name="rows that are all apart", verdict="", data=export(*(row(f"I{n % 2_000}") for n in range(4_000)))),
    Case(name="a number without end", verdict="", data=export(money("1" * MILLIONS))),
    Case(name="groups without end", verdict="", data=export(money("1" + ",111" * 200_000))),
    Case(name="parentheses without end", verdict="", data=export(money("(" * 400_000 + ")" * 400_000))),
    Case(name="a currency without end", verdict="", data=export(row(Currency="U" * 500_000))),
    Case(name="an accent without end", verdict="", data=export(row(Customer="e" + "\u0301" * 300_000))),
    Case(name="damage at the end", verdict="", data=b"a" * MILLIONS + b"\xff"),
    Case(name="brackets without end", verdict="", mapping=exports.JSON, data="[" * MILLIONS),
    Case(name="white space without end", verdict="", mapping=exports.JSON, data=" " * MILLIONS + "{}"),
    Case(name="escapes without end", verdict="", mapping=exports.JSON, data='{"data": [{"id": "' + "\\u0041" * (MILLIONS // 6) + '"}]}'),
    Case(name="keys without end", verdict="", mapping=exports.JSON, data='{"data": [{' + ",".join(f'"k{n}": 1' for n in range(200_000)) + "}]}"),
    Case(name="a pattern with many stars", verdict="", change=("Mail: {", '"' + "*a" * 40 + 'b": {item: X}, Mail: {'), data=export(row(Item="a" * 3_000))),
]  # fmt: skip


def folders(base: Path) -> Iterator[tuple[str, Path, Path]]:
    """Write down every hostile input that there is."""
    for number, case in enumerate((*exports.CASES, *mappings.CASES, *BIG)):
        folder = base / str(number)
        write(case, folder)
        yield case.name, folder / "acctsync.yaml", folder
    for shared in adversarial.CASES:
        path = adversarial.FOLDER / shared["file"]
        if shared["kind"] != "mapping":
            path = base / f"{shared['file']}.yaml"
            path.write_text(adversarial.mapping_for(shared), encoding="utf-8")
        yield shared["file"], path, adversarial.FOLDER


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_no_input_takes_more_than_its_share(tmp_path: Path) -> None:
    inputs = [(name, str(mapping), str(data)) for name, mapping, data in folders(tmp_path)]
    ran = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(inputs),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_limit,
    )
    measured: list[Any] = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [name for name, *_ in measured] == [name for name, _, _ in inputs]
    assert [name for name, status, _, _ in measured if status] == [], ran.stderr[-2000:]
    assert [name for name, _, seconds, _ in measured if seconds > MOST_SECONDS] == []
    assert [name for name, *_, memory in measured if memory > MOST_MEMORY] == []


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (ALL_SECONDS, ALL_SECONDS))
