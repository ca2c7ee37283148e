"""Xero's hosts at one address: sign-in, connections and the API, and who may come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from acctsync.simulator.company import CompanyError
from acctsync.simulator.encoding import dump, load
from acctsync.simulator.exchange import Answer, Entity, Request, Touch
from acctsync.simulator.xero.books import Books
from acctsync.simulator.xero.idempotency import Keys
from acctsync.simulator.xero.ledger import held
from acctsync.simulator.xero.limits import Limits, refused
from acctsync.simulator.xero.listing import BadPrecondition
from acctsync.simulator.xero.office import by_hand, snapshot
from acctsync.simulator.xero.organisation import Organisation, changed, read_organisation
from acctsync.simulator.xero.refusals import Elsewhere, Invalid, Refused, forbidden, unauthorised
from acctsync.simulator.xero.refusals import problem as refusal
from acctsync.simulator.xero.resources import BY_PATH
from acctsync.simulator.xero.routes import Call, carried_out
from acctsync.simulator.xero.scopes import opens
from acctsync.simulator.xero.seeding import open_books
from acctsync.simulator.xero.signin import SignIn
from acctsync.simulator.xero.tokens import Grant
from acctsync.simulator.xero.touching import CarryOut, rearranged, refusing, touches

_API = "/api.xro/2.0/"
_SETTINGS, _PROFIT = "accounting.settings", "accounting.reports.profitandloss"


class Xero:
    """One login's organisations and the hosts in front of them."""

    trace_header = "Xero-Correlation-Id"

    def __init__(
        self, organisation: Organisation, clock: Callable[[], float], *, limits: bool
    ) -> None:
        self.settings = organisation.settings
        identities = (organisation.identity, *organisation.also)
        if len({one.tenant for one in identities}) < len(identities):
            raise CompanyError("each organisation needs a tenant of its own")
        self.organisations = {
            one.tenant: Books(one, lambda: self.settings, time.time) for one in identities
        }
        self.books = self.organisations[organisation.identity.tenant]
        for books in self.organisations.values():
            open_books(books, organisation, whole=books is self.books)
        self.sign_in = SignIn(identities, lambda: self.settings, clock)
        self.limits = Limits(lambda: self.settings, clock, enforced=limits)
        self._keys = Keys(lambda: self.settings, clock)
        self._inside: dict[int, tuple[str, str]] = {}

    @classmethod
    def open(cls, path: Path | None, clock: Callable[[], float], *, limits: bool) -> Xero:
        """Open the organisation a file describes."""
        return cls(read_organisation(path), clock, limits=limits)

    # ------------------------------------------------------------------ the door

    def answer(self, request: Request) -> Answer:
        """Carry out one request."""
        try:
            return self._hosted(request)
        except Elsewhere as elsewhere:
            return elsewhere.answer()

    def _hosted(self, request: Request) -> Answer:
        match request.method, _parts(request.path.lower()):
            case "GET", ["identity", "connect", "authorize"]:
                return self.sign_in.authorize(request)
            case "POST", ["connect", "token"]:
                return self.sign_in.token(request)
            case "POST", ["connect", "revocation"]:
                return self.sign_in.revoke(request)
            case "GET", ["connections"]:
                return self.sign_in.connections(request)
            case "DELETE", ["connections", connection]:
                return self.sign_in.disconnect(request, connection)
            case _, ["api.xro", "2.0", *rest] if rest:
                return self._let_in(request, _carried_out)
        raise Elsewhere

    def _let_in(self, request: Request, carry_out: CarryOut) -> Answer:
        grant, problem = self.sign_in.grant(request)
        if grant is None:
            return unauthorised(problem)
        tenant = self.sign_in.tenant(grant, request)
        if tenant is None:
            return forbidden()
        done = self._api(request, grant, tenant, carry_out)
        return replace(done, headers={**done.headers, **self.limits.headers(grant.client, tenant)})

    def _api(self, request: Request, grant: Grant, tenant: str, carry_out: CarryOut) -> Answer:
        call = _call(request)
        lacking = self._lacking(call, grant)
        if lacking is not None:
            return lacking
        if len(request.body) > self.settings.largest_post:
            return refusal(413, "Request Entity Too Large", "The request is too large")
        books = self.organisations[tenant]
        return self._keys.once(grant.client, request, lambda: carry_out(books, call))

    def _lacking(self, call: Call, grant: Grant) -> Answer | None:
        scope, extra = _scopes(call.path[0], call.path[-1])
        if scope and not self._opened(call, grant, scope, extra):
            return unauthorised("AuthorizationUnsuccessful", scope=True)
        if scope == _PROFIT and not self.settings.reports_role:
            return forbidden()
        return None

    def _opened(self, call: Call, grant: Grant, scope: str, extra: str) -> bool:
        if call.method == "GET":
            wanted = [scope, *([extra] if extra else [])]
            return any(opens(grant.scopes, one, writing=False) for one in wanted)
        if call.path[0] == "items":
            both = ["accounting.invoices", _SETTINGS]
            wanted = [one for one in both if self.settings.item_scope in {"both", one[11:]}]
            return all(opens(grant.scopes, one, writing=True) for one in wanted)
        return opens(grant.scopes, scope, writing=True)

    # ------------------------------------------------------------------ limits

    def admitted(self, request: Request) -> Answer | None:
        """Count a request to an organisation against the limits."""
        if not request.path.lower().startswith(_API):
            return None
        grant, _ = self.sign_in.grant(request)
        tenant = self.sign_in.tenant(grant, request) if grant else None
        if grant is None or tenant is None:
            return None
        turned_away = self.limits.admit(grant.client, tenant)
        if turned_away is None:
            self._inside[id(request)] = grant.client, tenant
        return turned_away

    def released(self, request: Request) -> None:
        """Note that an admitted request is answered."""
        inside = self._inside.pop(id(request), None)
        if inside is not None:
            self.limits.release(*inside)

    def throttled(self, headers: Mapping[str, str]) -> Answer:
        """Answer 429: with a Retry-After as for a minute's calls, else as for too many at once."""
        rest = headers.get("Retry-After", "")
        return refused("minute" if rest else "concurrent", rest, {"X-MinLimit-Remaining": "0"})

    def answered(self, request: Request, answer: Answer) -> None:
        """Keep a failure under the request's key, as Xero keeps its own failures.

        Only a 500 is the API's own; what stands in front of it says 502 to 504.
        """
        grant, _ = self.sign_in.grant(request)
        if grant is not None and answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            self._keys.keep(grant.client, request, answer)

    def expire_tokens(self) -> None:
        """Make every access token too old."""
        self.sign_in.tokens.expire()

    # ------------------------------------------------------------------ for fault scripts

    def touches(self, request: Request) -> Sequence[Touch]:
        """Tell what a request wants, without doing it."""
        if not request.path.lower().startswith(_API):
            return []
        tenant = request.headers.get("xero-tenant-id", "")
        return touches(self.organisations.get(tenant, self.books), _call(request))

    def refusing(self, request: Request, wanted: Callable[[Touch], bool], error: Entity) -> Answer:
        """Carry out a request except for the wanted elements, which are refused."""
        message = str(error["Detail"])
        return self._let_in(
            request, lambda books, call: refusing(books, call, wanted, message, _carried_out)
        )

    def rearranged(self, answer: Answer, omitted: Container[str], *, reverse: bool) -> Answer:
        """Leave elements out of an answer, or turn their order round."""
        try:
            body = load(answer.body)
        except ValueError:
            return answer
        return replace(answer, body=dump(rearranged(body, omitted, reverse=reverse)))

    # ------------------------------------------------------------------ for people and tests

    def snapshot(self) -> Entity:
        """Show the first organisation whole: every list, by kind; under `Also` each other one."""
        others = {
            tenant: one for tenant, one in self.organisations.items() if one is not self.books
        }
        shown = _snapshot(self.books)
        if others:
            shown["Also"] = {tenant: _snapshot(one) for tenant, one in others.items()}
        return shown

    def mails(self) -> list[Entity]:
        """List the e-mails that went out, oldest first."""
        with self.books.lock:
            return [
                {
                    "kind": "Invoice",
                    "number": self.books.get("Invoice", one.invoice)["InvoiceNumber"],
                    "address": one.address,
                }
                for one in self.books.mails
            ]

    def balances(self) -> Entity:
        """Show what each account holds, by its name."""
        with self.books.lock:
            return dict(held(self.books))

    def by_hand(self, kind: str, fields: Entity) -> Entity:
        """Let a person in the office add or change something in the first organisation."""
        with self.books.lock:
            return by_hand(self.books, kind, fields)

    def settle(self, fields: Entity) -> Entity:
        """Change settings that no API shows."""
        self.settings = changed(self.settings, fields)
        return {name: getattr(self.settings, name) for name in self.settings.__slots__}


def _snapshot(books: Books) -> Entity:
    with books.lock:
        return snapshot(books)


def _carried_out(books: Books, call: Call) -> Answer:
    try:
        with books.lock:
            return carried_out(books, call)
    except Refused as refused_call:
        return refused_call.answer(call.request.headers)
    except (Elsewhere, BadPrecondition) as other:
        return other.answer()
    except Invalid as invalid:  # of an object as a whole, outside any element
        return Refused(10, "ValidationException", str(invalid)).answer(call.request.headers)


def _parts(path: str) -> list[str]:
    return [unquote(part) for part in path.strip("/").split("/")]


def _call(request: Request) -> Call:
    """Read an address: names of endpoints count in any case, identifiers stay as they are."""
    rest = _parts(request.path)[2:]
    path = tuple(one if at % 2 else one.lower() for at, one in enumerate(rest))
    if path[0] == "reports":
        path = tuple(one.lower() for one in path)
    return Call(request, path, {name.lower(): value for name, value in request.query.items()})


def _scopes(first: str, last: str) -> tuple[str, str]:
    """Give the scope that opens an address, and another one that opens reading."""
    if first == "reports":
        return (_PROFIT if last == "profitandloss" else "", "")
    if first == "organisation":
        return _SETTINGS, ""
    resource = BY_PATH.get(first)
    if resource is None:
        return "", ""
    if last == "allocations" and first != "creditnotes":
        return "accounting.payments", ""
    return resource.scope, resource.extra_read_scope
