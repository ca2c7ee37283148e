"""Signing in to Xero: PKCE, several organisations on one login, custom connections, renewal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from acctsync.clock import SystemClock
from acctsync.credentials import FileStore
from acctsync.errors import AcctsyncError, InputRefused, SignInNeeded
from acctsync.providers.callback import Callback, pasted
from acctsync.providers.consent import Opened, SignedIn
from acctsync.providers.http import Http
from acctsync.providers.oauth import (
    AppKeys,
    Grant,
    GrantRefused,
    from_plain,
    granted_to_app,
    new_state,
    to_plain,
)
from acctsync.providers.redaction import Secrets
from acctsync.providers.tokens import AccessTokens
from acctsync.providers.xero.endpoints import origin
from acctsync.providers.xero.signin import IDLE_DAYS, WAYS, SignIn, disconnect, poster, renewer
from acctsync.simulator import Simulator
from tests.providers.conftest import consent, query_of
from tests.providers.xero.desk import KEYS, REDIRECT

FIRST, SECOND = "7d2f3c1a-0b54-4e0e-9c55-5a1c6f0d2e11", "11111111-2222-4333-8444-555555555555"
CUSTOM = AppKeys(client_id="canary-custom", client_secret="canary-secret")
ORGANISATIONS = (
    "organisation: {name: Harbour Commons LLC, demo: false}\n"
    f"also: [{{name: Demo Company (US), tenant: {SECOND}}}]\n"
    "accounts: [{Code: '090', Name: Bank, Type: BANK}]\n"
)


@dataclass
class Running:
    """The server's clock, which can be put forward."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@dataclass
class House:
    """A login with a live organisation and the demo company."""

    simulator: Simulator
    running: Running
    clock: SystemClock

    def sign_in(
        self, *, keys: AppKeys = KEYS, said: str = "", place: int = 0, code: str = ""
    ) -> SignedIn:
        process = SignIn(keys=keys, url=self.simulator.url, clock=self.clock)
        try:
            return process.complete(
                Callback(code=code) if code else self._agreed(process),
                redirect_uri=REDIRECT,
                environment=said,
                choose=lambda _: place,
            )
        finally:
            process.close()

    def _agreed(self, process: SignIn) -> Callback | None:
        if not process.needs_consent:
            return None
        state = new_state()
        return pasted(consent(process.consent_url(redirect_uri=REDIRECT, state=state)), state)

    def settle(self, **settings: str) -> None:
        self.simulator.dialect.settle(settings)

    def disconnect(self, signed: SignedIn, grant: Grant, keep: Callable[[Grant], None]) -> bool:
        return disconnect(
            grant,
            company_id=signed.company_id,
            environment=signed.environment,
            url=self.simulator.url,
            clock=self.clock,
            keep=keep,
        )

    def opens(self, grant: Grant, company: str) -> bool:
        """Tell whether a grant still opens an organisation."""
        http = Http(origins=origin(self.simulator.url).all, in_flight=1, clock=self.clock)
        process = SignIn(keys=grant.keys, url=self.simulator.url, clock=self.clock)
        try:
            fresh = renewer(http, self.clock)(grant)
            return company in [each.id for each in process._tenants(fresh)]
        except (AcctsyncError, GrantRefused):
            return False
        finally:
            http.close()
            process.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    file = tmp_path / "organisations.yaml"
    file.write_text(ORGANISATIONS, encoding="utf-8")
    running = Running()
    with Simulator("xero", company=file, limits=False, clock=running) as simulator:
        simulator.dialect.settle({"redirect_uris": REDIRECT})
        yield House(simulator, running, SystemClock())


def ignore(_: Grant) -> None:
    """Keep nothing."""


def test_the_consent_address_proves_itself_without_a_secret_and_asks_for_granular_scopes() -> None:
    process = SignIn(keys=KEYS, url="", clock=SystemClock())
    try:
        address = process.consent_url(redirect_uri=WAYS.redirects[0], state="s")
    finally:
        process.close()

    assert address.startswith("https://login.xero.com/identity/connect/authorize?")
    asked = query_of(address)
    challenge = asked.pop("code_challenge")
    assert (len(challenge), "=" in challenge) == (43, False)
    assert asked == {
        "client_id": "canary-client",
        "response_type": "code",
        "redirect_uri": "http://localhost:8765/callback",
        "state": "s",
        "code_challenge_method": "S256",
        "scope": "offline_access openid accounting.contacts accounting.invoices "
        "accounting.payments accounting.banktransactions accounting.settings "
        "accounting.reports.profitandloss.read",
    }


def test_the_redirects_are_fixed_ports_of_localhost_since_xero_compares_every_letter() -> None:
    assert WAYS.redirects == (
        "http://localhost:8765/callback",
        "http://localhost:8766/callback",
        "http://localhost:8767/callback",
    )
    assert not WAYS.needs_secret


@pytest.mark.parametrize("scopes", ["granular", "mixed"])
@pytest.mark.parametrize("app", ["any", "pkce"])
def test_a_consent_leads_to_the_organisation_that_is_chosen(
    house: House, app: str, scopes: str
) -> None:
    house.settle(app=app, scopes=scopes)
    live, demo = house.sign_in(), house.sign_in(place=1)

    assert [
        (each.company_id, each.company_name, each.country, each.environment)
        for each in (live, demo)
    ] == [
        (FIRST, "Harbour Commons LLC", "US", "production"),
        (SECOND, "Demo Company (US)", "US", "demo"),
    ]


def test_all_organisations_of_a_login_are_offered_by_name_and_id(house: House) -> None:
    offered: list[Opened] = []

    def choose(opened: Sequence[Opened]) -> int:
        offered.extend(opened)
        return 0

    process = SignIn(keys=KEYS, url=house.simulator.url, clock=house.clock)
    try:
        process.complete(
            house._agreed(process),
            redirect_uri=REDIRECT,
            choose=choose,
        )
    finally:
        process.close()
    assert offered == [Opened(FIRST, "Harbour Commons LLC"), Opened(SECOND, "Demo Company (US)")]


def test_consents_of_one_person_with_one_app_are_one_login(house: House) -> None:
    one, two = house.sign_in(), house.sign_in(place=1)
    app = house.sign_in(keys=AppKeys(client_id="another-app"))
    house.settle(user="Sam Other")
    person = house.sign_in()

    assert one.login == two.login
    assert len({one.login, app.login, person.login}) == 3
    assert one.login.startswith("xero-")


@pytest.mark.parametrize(
    ("said", "place", "why"),
    [("production", 1, "is Xero's demo company"), ("sandbox", 0, "is a live organisation")],
)
def test_a_person_is_held_to_what_they_said(house: House, said: str, place: int, why: str) -> None:
    with pytest.raises(InputRefused, match=why):
        house.sign_in(said=said, place=place)


def test_a_code_that_is_no_good_is_told_with_what_to_do(house: House) -> None:
    with pytest.raises(SignInNeeded, match="code was used before") as problem:
        house.sign_in(code="stale")
    assert "exactly as it is used, port and all" in problem.value.hint


def test_a_custom_connection_signs_in_without_anybody_and_renews_itself(house: House) -> None:
    house.settle(app="custom")
    signed = house.sign_in(keys=CUSTOM)

    assert (signed.company_id, signed.login) == (FIRST, "")
    assert (signed.grant.refresh_token, signed.grant.refresh_expires) == ("", None)
    house.simulator.dialect.expire_tokens()
    assert house.opens(signed.grant, FIRST)


def test_a_custom_connection_that_lacks_a_right_is_told_so(house: House) -> None:
    http = Http(origins=origin(house.simulator.url).all, in_flight=1, clock=house.clock)

    with pytest.raises(SignInNeeded, match="lacks rights") as problem:
        granted_to_app(
            f"{house.simulator.url}/connect/token",
            CUSTOM,
            scope="accounting.transactions",
            post=poster(http),
            now=house.clock.now(),
        )
    http.close()
    assert "authorise it again" in problem.value.hint


# ---------------------------------------------------------------------- renewal


@dataclass
class Kept:
    """A token store on disk that can die before it saves what was rotated."""

    files: FileStore
    dies: bool = False

    def load(self, connection: str) -> dict[str, str] | None:
        found = self.files.load(connection)
        return dict(found) if found is not None else None

    def save(self, connection: str, secrets: Mapping[str, str]) -> None:
        before = self.files.load(connection) or {}
        if self.dies and secrets["refresh_token"] != before.get("refresh_token"):
            raise KeyboardInterrupt
        self.files.save(connection, secrets)


def tokens_of(house: House, store: Kept, folder: Path) -> tuple[AccessTokens, Http]:
    http = Http(origins=origin(house.simulator.url).all, in_flight=1, clock=house.clock)
    tokens = AccessTokens(
        connection="xero",
        store=store,
        lock_file=folder / "lock",
        token_url=f"{house.simulator.url}/connect/token",
        renew=renewer(http, house.clock),
        clock=house.clock,
        secrets=Secrets(),
        sign_in="acctsync connect xero",
        idle_days=IDLE_DAYS,
    )
    return tokens, http


def cut_off(house: House, store: Kept, folder: Path) -> None:
    """Be killed after Xero rotated the token, before the new one is on disk."""
    grant = house.sign_in().grant
    store.files.save("xero", to_plain(replace(grant, expires=house.clock.now())))
    store.dies = True
    tokens, http = tokens_of(house, store, folder)
    with pytest.raises(KeyboardInterrupt):
        tokens.access()
    http.close()
    store.dies = False
    kept = from_plain(store.load("xero") or {})
    assert (kept.refresh_token, bool(kept.refreshing)) == (grant.refresh_token, True)


def test_a_run_killed_between_receiving_and_saving_a_token_carries_on_within_the_grace(
    house: House, tmp_path: Path
) -> None:
    store = Kept(FileStore(tmp_path / "tokens"))
    cut_off(house, store, tmp_path)

    house.running.ahead = 29 * 60
    tokens, http = tokens_of(house, store, tmp_path)
    token = tokens.access()
    http.close()

    kept = from_plain(store.load("xero") or {})
    assert (kept.access_token, kept.refreshing) == (token, "")
    assert house.opens(kept, FIRST)


def test_after_the_grace_a_person_is_asked_and_told_why(house: House, tmp_path: Path) -> None:
    store = Kept(FileStore(tmp_path / "tokens"))
    cut_off(house, store, tmp_path)

    house.running.ahead = 31 * 60
    tokens, http = tokens_of(house, store, tmp_path)
    with pytest.raises(SignInNeeded, match=r"60 days without use.* was cut off") as problem:
        tokens.access()
    http.close()
    assert problem.value.hint.startswith("Run `acctsync connect xero`.")


def test_an_answer_lost_on_its_way_leaves_the_sign_in_usable(house: House, tmp_path: Path) -> None:
    store = Kept(FileStore(tmp_path / "tokens"))
    grant = house.sign_in().grant
    store.files.save("xero", to_plain(replace(grant, expires=house.clock.now())))
    house.simulator.add_fault({"match": {"path": "/connect/token"}, "do": {"drop_after": True}})

    tokens, http = tokens_of(house, store, tmp_path)
    with pytest.raises(AcctsyncError, match="sign-in service can't be reached"):
        tokens.access()
    assert tokens.access()
    http.close()


def test_each_renewal_puts_the_sixty_idle_days_off(house: House) -> None:
    grant = house.sign_in().grant
    assert grant.refresh_expires is not None
    old = replace(grant, refresh_expires=house.clock.now() + timedelta(days=2))
    http = Http(origins=origin(house.simulator.url).all, in_flight=1, clock=house.clock)
    renewed = renewer(http, house.clock)(old)
    http.close()

    assert renewed.refresh_expires is not None
    assert (renewed.refresh_expires - house.clock.now()).days in {59, 60}
    assert renewed.refresh_token != grant.refresh_token


def test_a_sign_in_that_nobody_used_for_sixty_days_is_over(house: House) -> None:
    grant = house.sign_in().grant
    house.running.ahead = IDLE_DAYS * 86_400.0
    assert not house.opens(grant, FIRST)


# ---------------------------------------------------------------------- letting go


def test_disconnecting_takes_one_organisation_away_and_no_other(house: House) -> None:
    live, demo = house.sign_in(), house.sign_in(place=1)
    assert house.disconnect(demo, demo.grant, ignore)

    assert house.opens(live.grant, FIRST)
    assert not house.opens(live.grant, SECOND)


def test_a_token_renewed_for_disconnecting_is_kept_for_the_other_organisations(
    house: House,
) -> None:
    demo = house.sign_in(place=1)
    house.simulator.dialect.expire_tokens()
    kept: list[Grant] = []
    stale = replace(demo.grant, expires=house.clock.now())
    assert house.disconnect(demo, stale, kept.append)

    (renewed,) = kept
    assert renewed.refresh_token != demo.grant.refresh_token
    assert house.opens(renewed, FIRST)


def test_with_the_last_organisation_the_whole_consent_ends(house: House) -> None:
    house.settle(consent="first")
    live = house.sign_in()
    assert house.disconnect(live, live.grant, ignore)
    assert not house.opens(live.grant, FIRST)
    revoked = [each for each in house.simulator.requests if each.path == "/connect/revocation"]
    assert len(revoked) == 1


def test_an_organisation_that_is_gone_already_counts_as_disconnected(house: House) -> None:
    demo = house.sign_in(place=1)
    assert house.disconnect(demo, demo.grant, ignore)
    assert house.disconnect(demo, demo.grant, ignore)


def test_tokens_are_never_taken_to_another_server(house: House) -> None:
    live = house.sign_in()
    foreign = replace(live.grant, token_url="https://identity.xero.com/connect/token")
    assert not house.disconnect(live, foreign, ignore)


def test_no_address_holds_a_secret_or_a_token(house: House) -> None:
    signed = house.sign_in()
    told = urlencode({"": " ".join(each.path for each in house.simulator.requests)})
    assert [secret for secret in signed.grant.secrets if secret in told] == []
    assert repr(signed).find(signed.grant.refresh_token) == -1
