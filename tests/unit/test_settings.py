from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from acctsync.errors import InputRefused, SignInNeeded, StateUnusable
from acctsync.settings import (
    Connection,
    Connections,
    default_state_dir,
    private_folder,
    write_private,
)

MAIN = Connection(
    name="main",
    system="quickbooks",
    company_id="123",
    company_name="Test & Söhne",
    environment="sandbox",
    client_id="abc",
    token_store="keyring",
    created="2025-04-01T00:00:00+00:00",
    origin="http://127.0.0.1:8080",
)
SECOND, XERO = replace(MAIN, name="second"), replace(MAIN, name="xero", system="xero")


def saved(folder: Path, *connections: Connection) -> Connections:
    made = Connections(folder)
    for each in connections:
        made.save(each)
    return made


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_a_connection_is_read_back_as_it_was(tmp_path: Path) -> None:
    connections = saved(tmp_path, XERO, MAIN)
    assert connections.find("main") == MAIN
    assert connections.all() == (MAIN, XERO)


def test_saving_again_replaces(tmp_path: Path) -> None:
    renamed = replace(MAIN, company_name="New")
    assert saved(tmp_path, MAIN, renamed).all() == (renamed,)


def test_where_nothing_was_saved_there_is_nothing(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "none")
    assert (connections.all(), connections.find("main")) == ((), None)
    assert not any(tmp_path.iterdir())


def test_a_connection_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = saved(tmp_path / "new" / "state", MAIN).folder("main")
    finally:
        os.umask(old)
    assert {mode(each) for each in (tmp_path / "new", tmp_path / "new/state", folder)} == {"0o700"}
    assert [(each.name, mode(each)) for each in folder.iterdir()] == [("connection.json", "0o600")]


def test_a_folder_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(private_folder(tmp_path)) == "0o755"


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_private(file, "one")
    with file.open(encoding="utf-8") as before:
        write_private(file, "zwö")
        assert (before.read(), file.read_text(encoding="utf-8")) == ("one", "zwö")
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("name", ["main", "A", "0-b_c.d", "x" * 64])
def test_a_name_is_a_folder_of_its_own(tmp_path: Path, name: str) -> None:
    assert Connections(tmp_path).folder(name) == tmp_path / "connections" / name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../up", "/root", "a/b", "a b", "ä", "-x", "main\n", "x" * 65, "a\0"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputRefused, match="can't be a connection's name"):
        Connections(tmp_path).folder(name)


def test_the_only_connection_of_a_system_is_chosen_without_a_name(tmp_path: Path) -> None:
    connections = saved(tmp_path, MAIN, XERO)
    assert (connections.choose("quickbooks"), connections.choose("xero")) == (MAIN, XERO)


def test_one_of_several_is_chosen_by_name(tmp_path: Path) -> None:
    connections = saved(tmp_path, MAIN, SECOND)
    assert connections.choose("quickbooks", "second") == SECOND
    with pytest.raises(InputRefused, match="several quickbooks connections: main, second"):
        connections.choose("quickbooks")


@pytest.mark.parametrize(
    ("system", "name", "message", "hint"),
    [
        ("quickbooks", None, "there is no connection to quickbooks yet", "acctsync connect qbo"),
        ("quickbooks", "x", "there is no connection 'x'", "acctsync connect qbo --name x"),
        ("xero", "main", "there is no connection 'main'", "acctsync connect xero --name main"),
    ],
)
def test_without_a_connection_the_way_to_sign_in_is_told(
    tmp_path: Path, system: str, name: str | None, message: str, hint: str
) -> None:
    connections = saved(tmp_path, MAIN if system == "xero" else XERO)
    with pytest.raises(SignInNeeded) as caught:
        connections.choose(system, name)
    assert (caught.value.message, caught.value.hint) == (message, f"Sign in with: {hint}")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"name": "main"}', '{"new": 1}', "\xff"])
def test_a_connection_that_can_not_be_read_is_refused(tmp_path: Path, text: str) -> None:
    connections = saved(tmp_path, MAIN)
    file = connections.folder("main") / "connection.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(StateUnusable, match="can't be read as a connection"):
        connections.find("main")
    with pytest.raises(StateUnusable, match="can't be read as a connection"):
        connections.all()


def test_the_users_own_state_folder_is_named_after_the_program() -> None:
    assert default_state_dir().name == "acctsync"
