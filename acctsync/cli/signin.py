"""The steps of a sign-in: settle what was asked for, get the consent, find the company.

Everything that could refuse is settled before a browser opens.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acctsync.cli.books import grant_of, token_folder
from acctsync.cli.context import Session
from acctsync.errors import InputRefused
from acctsync.settings import COMMAND_WORDS, Connection, private_folder

if TYPE_CHECKING:
    from acctsync.credentials import TokenStore
    from acctsync.providers.callback import Callback, Listener
    from acctsync.providers.consent import Opened, SignedIn, SignIn, Ways
    from acctsync.providers.oauth import AppKeys

_REHEARSAL = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line says."""

    name: str
    system: str
    company: str | None
    environment: str
    client_id: str | None
    client_secret_file: Path | None
    redirect_uri: str | None
    browser: bool
    paste: bool
    token_store: str | None
    url: str | None
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted, settled: flags, environment and what is remembered put together."""

    flags: Flags
    origin: str
    keys: AppKeys = field(repr=False)
    store: TokenStore
    redirects: tuple[str, ...]
    before: Connection | None


def settle(session: Session, flags: Flags) -> Wish:
    """Settle everything that can be settled before anybody is asked for consent."""
    origin = _origin(session, flags)
    before = session.connections.find(flags.name)
    _refuse_other_origin(flags, origin, before)
    if not flags.yes and not session.terminal.can_ask:
        raise InputRefused(
            "somebody has to say that the company is the right one, and nobody can be asked",
            hint="Give --yes.",
        )
    private_folder(session.connections.folder(flags.name))
    keys = _keys(session, flags, origin, before)
    session.secrets.add(keys.client_secret)
    redirects = (flags.redirect_uri,) if flags.redirect_uri else _redirects(flags, origin)
    for each in redirects:
        _refuse_unreachable(each, flags)
    return Wish(
        flags=flags,
        origin=origin,
        keys=keys,
        store=_store(session, flags, before),
        redirects=redirects,
        before=before,
    )


def sign_in(session: Session, wish: Wish) -> SignedIn:
    """Get the consent and find out which company it is for."""
    from acctsync.providers.registry import signin

    session.open_log(wish.flags.name)
    steps: SignIn = signin(wish.flags.system).SignIn(
        keys=wish.keys, url=wish.origin, clock=session.clock, on_exchange=session.log.called
    )
    try:
        callback, redirect = _consent(session, wish, steps)
        return steps.complete(
            callback,
            redirect_uri=redirect,
            environment=wish.flags.environment,
            choose=lambda opened: _choose(session, wish, opened),
        )
    finally:
        steps.close()


def _choose(session: Session, wish: Wish, opened: Sequence[Opened]) -> int:
    """Settle which company is meant where one consent opens several."""
    found = _meant(wish, opened)
    if len(found) == 1:
        return found[0]
    if not found:
        listed = ", ".join(each.name for each in opened)
        raise InputRefused(
            f"the consent does not open {wish.flags.company!r}", hint=f"It opens: {listed}."
        )
    for number, place in enumerate(found, 1):
        session.terminal.complain(f"{number}  {opened[place].name}  ({opened[place].id})")
    answer = session.terminal.ask("Which of them? Its number:", flag="--company NAME")
    if not (answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(found)):
        raise InputRefused(f"{answer!r} is none of them", hint="Connect again, or --company NAME.")
    return found[int(answer) - 1]


def _meant(wish: Wish, opened: Sequence[Opened]) -> list[int]:
    """Find the companies that can be meant: by name or id as was said, else the one of before."""
    said, before = wish.flags.company, wish.before
    if said:
        return [place for place, each in enumerate(opened) if said in {each.name, each.id}]
    same = [place for place, each in enumerate(opened) if before and each.id == before.company_id]
    return same or list(range(len(opened)))


def _consent(session: Session, wish: Wish, steps: SignIn) -> tuple[Callback | None, str]:
    from acctsync.providers.oauth import new_state

    if not steps.needs_consent:
        return None, ""
    state = new_state()
    if wish.flags.paste:
        callback, redirect = _pasted(session, wish, steps, state), wish.redirects[0]
    else:
        callback, redirect = _called_back(session, wish, steps, state)
    session.secrets.add(callback.code)
    return callback, redirect


def _pasted(session: Session, wish: Wish, steps: SignIn, state: str) -> Callback:
    from acctsync.providers.callback import pasted

    _send_to(session, wish, steps.consent_url(redirect_uri=wish.redirects[0], state=state))
    address = session.terminal.read_line(
        "Agree there, then paste the whole address of the page you are sent to:",
        flag="the address on standard input",
    )
    return pasted(address, state)


def _called_back(session: Session, wish: Wish, steps: SignIn, state: str) -> tuple[Callback, str]:
    listener, redirect = _listen(session, wish, state)
    try:
        _send_to(session, wish, steps.consent_url(redirect_uri=redirect, state=state))
        return listener.wait(), redirect
    finally:
        listener.close()


def _listen(session: Session, wish: Wish, state: str) -> tuple[Listener, str]:
    """Listen where the app's registered addresses lead, at the first port that is free."""
    from acctsync.providers.callback import Listener

    for left, redirect in enumerate(wish.redirects, 1 - len(wish.redirects)):
        parts = urlsplit(redirect)
        try:
            listener = Listener(
                port=parts.port or 0,
                path=parts.path or "/",
                state=state,
                clock=session.clock,
                stop=session.signals.stop,
            )
        except InputRefused:
            if left == 0:
                raise
            continue
        if parts.port:
            return listener, redirect
        return listener, f"http://{parts.hostname}:{listener.port}{parts.path}"
    raise AssertionError("there is at least one address")


def _send_to(session: Session, wish: Wish, address: str) -> None:
    """Open the consent page where there is a browser; else print its address, alone on a line."""
    terminal = session.terminal
    if wish.flags.browser and _has_browser(session):
        _open_browser(address)
        terminal.say(
            "Your browser asks for your consent now. If it doesn't: Ctrl-C, then --no-browser."
        )
    elif session.options.as_json:
        terminal.complain(address)
    else:
        terminal.show(address)


def _has_browser(session: Session) -> bool:
    """Tell whether a person sits in front of a browser here."""
    environment = session.environment
    graphical = sys.platform in {"darwin", "win32"} or any(
        environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    return graphical and not environment.get("SSH_CONNECTION")


def _open_browser(address: str) -> None:
    """Open the page aside: some browsers keep their caller waiting, and we have to listen."""
    import webbrowser
    from threading import Thread

    Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _origin(session: Session, flags: Flags) -> str:
    from acctsync.providers.loopback import loopback

    url = flags.url or session.url(flags.system)
    return loopback(url) if url else ""


def _refuse_other_origin(flags: Flags, origin: str, before: Connection | None) -> None:
    if before is not None and before.origin != origin:
        raise InputRefused(
            f"the connection {flags.name} was made for {before.origin or 'the vendor itself'}, "
            f"not for {origin or 'the vendor itself'}",
            hint="Give this one a name of its own: --name NAME.",
        )


def _keys(session: Session, flags: Flags, origin: str, before: Connection | None) -> AppKeys:
    from acctsync.providers.oauth import AppKeys

    remembered = before.client_id if before else ""
    client_id = (
        flags.client_id
        or session.environment.get(f"ACCTSYNC_{_word(flags)}_CLIENT_ID")
        or remembered
        or (_REHEARSAL if origin else "")
        or session.terminal.ask("The app's client id:", flag="--client-id ID")
    )
    return AppKeys(
        client_id=client_id, client_secret=_secret(session, flags, origin, before, client_id)
    )


def _secret(
    session: Session, flags: Flags, origin: str, before: Connection | None, client_id: str
) -> str:
    from acctsync.credentials import read_client_secret

    named = session.environment.get(f"ACCTSYNC_{_word(flags)}_CLIENT_SECRET_FILE")
    file = flags.client_secret_file or (Path(named) if named else None)
    if file is not None:
        secret, warning = read_client_secret(file, sys.stdin)
        if warning:
            session.terminal.say(f"acctsync: {warning}")
        return secret
    remembered = _remembered_secret(session, before, client_id)
    if remembered or not _ways(flags).needs_secret:
        return remembered
    return (_REHEARSAL if origin else "") or session.terminal.ask_secret(
        "The app's client secret (not shown):", flag="--client-secret-file FILE"
    )


def _remembered_secret(session: Session, before: Connection | None, client_id: str) -> str:
    """Take the secret of the sign-in before, where the app is the same."""
    grant = grant_of(before, session.state_dir) if before else None
    return grant.keys.client_secret if grant and grant.keys.client_id == client_id else ""


def _redirects(flags: Flags, origin: str) -> tuple[str, ...]:
    ways = _ways(flags)
    if flags.paste:
        return (ways.shown,)
    return (ways.rehearsed,) if origin else ways.redirects


def _ways(flags: Flags) -> Ways:
    from acctsync.providers.registry import signin

    ways: Ways = signin(flags.system).WAYS
    return ways


def _word(flags: Flags) -> str:
    return COMMAND_WORDS[flags.system].upper()


def _refuse_unreachable(redirect: str, flags: Flags) -> None:
    parts = urlsplit(redirect)
    if flags.paste:
        return
    if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}:
        return
    raise InputRefused(
        f"nothing on this machine hears what is sent to {redirect}",
        hint="Give --paste, and paste the address of the page you are sent to.",
    )


def _store(session: Session, flags: Flags, before: Connection | None) -> TokenStore:
    from acctsync.credentials import AUTO, choose_store

    wanted = flags.token_store or (before.token_store if before else AUTO)
    choice = choose_store(wanted, token_folder(session.state_dir))
    session.terminal.say(choice.sentence)
    return choice.store
