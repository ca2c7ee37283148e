"""QuickBooks on the wire: paths, JSON in and out, request ids, change data, and who may come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from acctsync.simulator.balances import balances
from acctsync.simulator.batches import MOST_ITEMS, batch, item_kind, rearranged, write
from acctsync.simulator.books import Books
from acctsync.simulator.changes import changes
from acctsync.simulator.company import Company, changed, read_company
from acctsync.simulator.encoding import answer_time, dump, json_answer, load
from acctsync.simulator.exchange import Answer, Entity, Request, Touch
from acctsync.simulator.oauth import SignIn, discovery
from acctsync.simulator.properties import KINDS, PROPERTIES, TRANSACTIONS
from acctsync.simulator.queries import run
from acctsync.simulator.refusals import (
    Refusal,
    forbidden,
    no_such_path,
    refuse,
    throttled,
    unauthorised,
    unsupported,
)
from acctsync.simulator.reports import profit_and_loss
from acctsync.simulator.seeding import open_books, resolved
from acctsync.simulator.shapes import Schema
from acctsync.simulator.throttle import Limits, Throttle
from acctsync.simulator.writes import create, delete, read, send, update, void

_TOKEN, _REVOKE, _CONSENT = (
    "/oauth2/v1/tokens/bearer",
    "/v2/oauth2/tokens/revoke",
    "/connect/oauth2",
)
_DISCOVERY = "/.well-known/openid"
_LONGEST_REQUEST_ID = 50
_ENVIRONMENTS = {"sandbox", "production"}
_MAILED = {
    "Invoice",
    "Estimate",
    "CreditMemo",
    "SalesReceipt",
    "RefundReceipt",
    "PurchaseOrder",
    "Payment",
}


class QuickBooks:
    """One simulated company and the hosts in front of it."""

    trace_header = "intuit_tid"

    def __init__(self, company: Company, clock: Callable[[], float], *, limits: bool) -> None:
        self.books = Books(company, time.time)
        open_books(self.books, company)
        self.sign_in = SignIn(company.identity, lambda: self.books.settings, clock)
        self._throttle = Throttle(Limits(), clock) if limits else None
        self._answers: dict[str, Answer] = {}
        self._items: dict[tuple[str, str], Entity] = {}

    @classmethod
    def open(cls, path: Path | None, clock: Callable[[], float], *, limits: bool) -> QuickBooks:
        """Open the company a file describes."""
        return cls(read_company(path), clock, limits=limits)

    # ------------------------------------------------------------------ the door

    def answer(self, request: Request) -> Answer:
        """Carry out one request."""
        try:
            return self._hosted(request)
        except Refusal as refusal:
            return refusal.answer()
        except RecursionError:
            return refuse(
                2010, "Request has invalid or unsupported property", "nested too deeply"
            ).answer()

    def _hosted(  # noqa: PLR0911 - one per path
        self, request: Request
    ) -> Answer:
        match request.method, request.path:
            case "GET", path if path == _CONSENT:
                return self.sign_in.authorize(request)
            case "POST", path if path == _TOKEN:
                return self.sign_in.token(request)
            case "POST", path if path == _REVOKE:
                return self.sign_in.revoke(request)
            case "GET", path if path.startswith(_DISCOVERY):
                return discovery("http://" + request.headers.get("host", ""))
        environment, realm, rest = _company_path(request.path)
        if not realm:
            raise no_such_path(request.path)
        at = self.books.epoch_ms()
        problem = self.sign_in.problem(request.headers)
        if problem:
            return unauthorised(problem, at)
        identity = self.books.identity
        if realm != identity.realm or environment not in {"", identity.environment}:
            return forbidden(at)
        return self._in_company(request, rest)

    def admitted(self, request: Request) -> Answer | None:
        """Count a request to the company against the limits."""
        if self._throttle is None or not _company_path(request.path)[1]:
            return None
        is_batch = request.path.endswith("/batch")
        return (
            None
            if self._throttle.admit(batch=is_batch, enforced=self.books.settings.limits)
            else throttled()
        )

    def released(self, request: Request) -> None:
        """Note that an admitted request is answered."""
        if self._throttle is not None and _company_path(request.path)[1]:
            self._throttle.release()

    def throttled(self, headers: Mapping[str, str]) -> Answer:
        """Answer 429 as Intuit's gateway does."""
        return throttled(dict(headers))

    def answered(self, request: Request, answer: Answer) -> None:
        """Remember nothing: a request id stands for what the company itself answered."""

    def expire_tokens(self) -> None:
        """Make every access token too old."""
        self.sign_in.expire()

    # ------------------------------------------------------------------ the company

    def _in_company(  # noqa: PLR0911 - one per path
        self, request: Request, rest: list[str]
    ) -> Answer:
        match request.method, rest:
            case "GET", ["query"]:
                return _answered({"QueryResponse": run(self.books, request.query.get("query", ""))})
            case "POST", ["query"]:
                return _answered({"QueryResponse": run(self.books, _text(request.body))})
            case "GET", ["cdc"]:
                return _answered(changes(self.books, request.query))
            case "GET", ["reports", "ProfitAndLoss"]:
                return json_answer(profit_and_loss(self.books, request.query))
            case "GET", ["preferences"]:
                return _answered({"Preferences": self.books.get("Preferences", "1")})
            case "GET", ["companyinfo", id] if id in {self.books.identity.realm, "1"}:
                return _answered({"CompanyInfo": self.books.get("CompanyInfo", "1")})
            case "GET", [name, id] if name in KINDS and name not in {"companyinfo", "preferences"}:
                return _answered({KINDS[name]: read(self.books, KINDS[name], id)})
            case "POST", _:
                return self._remembered(request, rest)
        raise no_such_path(request.path)

    def _remembered(self, request: Request, rest: list[str]) -> Answer:
        honoured = self.books.settings.requestid == "honoured"
        request_id = request.query.get("requestid", "") if honoured else ""
        if rest == ["batch"]:
            return json_answer(batch(self.books, _json(request), request_id, self._items))
        if len(request_id) > _LONGEST_REQUEST_ID:
            detail = f"A request id may have {_LONGEST_REQUEST_ID} characters"
            raise refuse(2130, "Invalid Request Id Format", detail, "requestid")
        with self.books.lock:
            if request_id in self._answers:
                return self._answers[request_id]
            answer = self._written(request, rest)
            if request_id and (
                self.books.settings.replay_faults or answer.status < HTTPStatus.BAD_REQUEST
            ):
                self._answers[request_id] = answer
            return answer

    def _written(self, request: Request, rest: list[str]) -> Answer:
        try:
            return self._write(request, rest)
        except Refusal as refusal:
            return refusal.answer()

    def _write(self, request: Request, rest: list[str]) -> Answer:
        match rest:
            case [name, id, "send"] if KINDS.get(name) in _MAILED:
                kind = KINDS[name]
                return _answered({kind: send(self.books, kind, id, request.query.get("sendTo"))})
            case [name] if name in KINDS:
                kind = KINDS[name]
                sent = _json(request)
                done = write(
                    self.books,
                    kind,
                    sent,
                    _operation(request.query, sent),
                    request.query.get("include", ""),
                )
                return _answered({kind: done})
        raise no_such_path(request.path)

    # ------------------------------------------------------------------ for fault scripts

    def touches(self, request: Request) -> Sequence[Touch]:
        """Tell what a request wants, without doing it."""
        rest = _company_path(request.path)[2]
        if rest == ["batch"]:
            items = (_json_or_nothing(request) or {}).get("BatchItemRequest", [])
            return [_touch(item) for item in items[: MOST_ITEMS + 1] if isinstance(item, dict)]
        if len(rest) == 1 and rest[0] in KINDS and request.method == "POST":
            sent = _json_or_nothing(request) or {}
            operation = _operation(request.query, sent)
            if request.query.get("include") == "void":
                operation = "void"
            return [Touch(KINDS[rest[0]], operation, "", _number(sent))]
        if rest == ["query"]:
            return [Touch(_queried(request), "query")]
        if len(rest) == 3 and rest[2] == "send" and rest[0] in KINDS:  # noqa: PLR2004 - kind/id/send
            kind = KINDS[rest[0]]
            return [Touch(kind, "send", "", _number(self.books.find(kind, rest[1])))]
        return [Touch(KINDS[rest[0]], "read")] if rest and rest[0] in KINDS else []

    def refusing(self, request: Request, wanted: Callable[[Touch], bool], error: Entity) -> Answer:
        """Carry out a request except for the wanted parts, which are refused."""
        refusal = Refusal([error])
        if not request.path.endswith("/batch"):
            return refusal.answer()
        items = (_json_or_nothing(request) or {}).get("BatchItemRequest", [])
        spared = [item for item in items if not wanted(_touch(item))]
        answers: dict[str, Entity] = {}
        if spared:
            rest = self.answer(replace(request, body=dump({"BatchItemRequest": spared})))
            body = load(rest.body)
            if "BatchItemResponse" not in body:
                return rest
            answers = {one["bId"]: one for one in body["BatchItemResponse"]}
        shown = [
            answers.get(str(item["bId"]), {"Fault": refusal.fault(), "bId": item["bId"]})
            for item in items
        ]
        return json_answer({"BatchItemResponse": shown, "time": answer_time()})

    def rearranged(self, answer: Answer, omitted: Container[str], *, reverse: bool) -> Answer:
        """Leave items out of a batch's answer, or turn their order round."""
        body = load(answer.body)
        if "BatchItemResponse" not in body:
            return answer
        left_out = [one["bId"] for one in body["BatchItemResponse"] if one["bId"] in omitted]
        return replace(answer, body=rearranged(body, left_out, reverse=reverse))

    # ------------------------------------------------------------------ for people and tests

    def snapshot(self) -> Entity:
        """Show the whole company: every list, by kind."""
        with self.books.lock:
            shown: Entity = {kind: self.books.entities(kind) for kind in sorted(TRANSACTIONS)}
            shown.update({kind: self.books.entities(kind) for kind in self.books.kinds()})
        return shown

    def mails(self) -> list[Entity]:
        """List the e-mails that went out, oldest first."""
        with self.books.lock:
            return [
                {
                    "kind": each.kind,
                    "number": _number(self.books.find(each.kind, each.id)),
                    "address": each.address,
                }
                for each in self.books.mails
            ]

    def balances(self) -> Entity:
        """Show what each account holds, by its full name."""
        with self.books.lock:
            return dict(balances(self.books))

    def by_hand(self, kind: str, fields: Entity) -> Entity:
        """Let a person in the office add, change, void or delete something."""
        if kind not in PROPERTIES:
            raise refuse(2000, "Unknown object name", f"no kind of object is called {kind}")
        with self.books.lock:
            fields = resolved(self.books, kind, fields)
            own_id = fields.get("Id")
            old = self.books.find(kind, str(own_id)) if own_id else None
            if old is None:
                return create(self.books, kind, fields, any_number=True)
            return self._edited(
                kind, old, {name: value for name, value in fields.items() if name != "Id"}
            )

    def _edited(self, kind: str, old: Entity, fields: Entity) -> Entity:
        key = {"Id": old["Id"], "SyncToken": old["SyncToken"]}
        if fields.get("delete"):
            return delete(self.books, kind, key)
        if fields.get("void"):
            return void(self.books, kind, key)
        if fields.get("merge"):  # into another entry of its list, which stays
            self.books.remove(kind, old["Id"])
            return {"domain": "QBO", "status": "Deleted", "Id": old["Id"]}
        if "raw" in fields:  # past every rule, for states no form can reach
            return self.books.put(kind, {**old, **fields["raw"]})
        if kind == "Preferences":
            merged = {name: {**old.get(name, {}), **part} for name, part in fields.items()}
            return self.books.touch(kind, old, merged)
        return update(self.books, kind, {**fields, **key}, sparse=True, any_number=True)

    def settle(self, fields: Entity) -> Entity:
        """Change settings that no API shows."""
        settings = changed(self.books.settings, fields)
        self.books.settings = settings
        self.books.schema = Schema(
            latin_only=self.books.identity.country == "US", mangle=settings.characters == "mangle"
        )
        return {name: getattr(settings, name) for name in settings.__slots__}


def _company_path(path: str) -> tuple[str, str, list[str]]:
    parts = [unquote(part) for part in path.strip("/").split("/")]
    environment = parts.pop(0) if parts[0] in _ENVIRONMENTS else ""
    match parts:
        case ["v3", "company", realm, *rest] if rest:
            return environment, realm, rest
        case _:
            return environment, "", []


def _answered(body: Entity) -> Answer:
    return json_answer({**body, "time": answer_time()})


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise unsupported("with a body that is not valid UTF-8") from problem


def _json(request: Request) -> object:
    kind = request.headers.get("content-type", "")
    if "json" not in kind:
        raise refuse(
            1050, "Invalid content type", f"application/json expected. Supplied value:{kind}"
        )
    text = _text(request.body)
    try:
        return load(text.encode())
    except ValueError as problem:
        detail = f"Property Name:{problem} specified is unsupported or invalid"
        raise refuse(2010, "Request has invalid or unsupported property", detail) from problem


def _json_or_nothing(request: Request) -> Entity | None:
    try:
        body = load(request.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _operation(query: Mapping[str, str], sent: object) -> str:
    return query.get("operation") or (
        "update" if isinstance(sent, dict) and sent.get("Id") else "create"
    )


def _touch(item: Entity) -> Touch:
    bid = str(item.get("bId", ""))
    if "Query" in item:
        return Touch("", "query", bid)
    kind = item_kind(item) or ""
    operation = (
        "void" if "void" in str(item.get("optionsData", "")) else str(item.get("operation", ""))
    )
    return Touch(kind, operation, bid, _number(item.get(kind)))


def _number(sent: object) -> str:
    names = ("DocNumber", "PaymentRefNum", "DisplayName", "Name")
    return (
        next((str(sent[name]) for name in names if sent.get(name)), "")
        if isinstance(sent, dict)
        else ""
    )


def _queried(request: Request) -> str:
    statement = request.query.get("query") or request.body.decode("utf-8", "replace")
    words = statement.lower().split()
    after_from = words[words.index("from") + 1] if "from" in words[:-1] else ""
    return KINDS.get(after_from, "")
