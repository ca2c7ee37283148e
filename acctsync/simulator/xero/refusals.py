"""The ways Xero says no, each in the shape it was seen in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from acctsync.simulator.encoding import dump
from acctsync.simulator.exchange import Answer, Entity
from acctsync.simulator.xero.wire import JSON, answer, new_id, plain

VALIDATION = "A validation exception occurred"


class Invalid(Exception):
    """One element breaks rules; each message names one of them."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class Refused(Exception):
    """The whole call is refused."""

    def __init__(self, number: int, kind: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.number = number
        self.kind = kind
        self.message = message
        self.status = status
        self.elements: Sequence[Entity] | None = None

    def answer(self, headers: Mapping[str, str]) -> Answer:
        """Give the answer."""
        body: Entity = {"ErrorNumber": self.number, "Type": self.kind, "Message": self.message}
        if self.elements is not None:
            body["Elements"] = list(self.elements)
        return answer(body, headers, status=self.status, root="ApiException")


class Elsewhere(Exception):
    """There is nothing at this address for this tenant: a page, whatever was asked for."""

    def answer(self) -> Answer:
        """Give the answer."""
        return plain(404, "The resource you're looking for cannot be found")


def invalid_elements(elements: Sequence[Entity]) -> Refused:
    """Refuse a call for what is wrong with some of its elements."""
    refused = Refused(10, "ValidationException", VALIDATION)
    refused.elements = elements
    return refused


def unreadable(why: str) -> Refused:
    """Refuse a body that means nothing (the number is not in our sources)."""
    return Refused(14, "PostDataInvalidException", why)


def no_data(kind: str) -> Refused:
    """Refuse a call that brings nothing to do."""
    return Refused(
        17,
        "NoDataProcessedException",
        "No data has been processed for this endpoint. "
        f"This endpoint is expecting {kind} data to be specifed in the request body.",
    )


def bad_query(why: str) -> Refused:
    """Refuse a `where` or `order` that can't be read."""
    return Refused(16, "QueryParseException", why)


def not_implemented() -> Refused:
    """Refuse a method that the endpoint does not have."""
    message = "The Api Method called is not implemented"
    return Refused(20, "ApiMethodNotImplementedException", message, status=501)


def unauthorised(detail: str, *, scope: bool = False) -> Answer:
    """Answer 401: a token missing, too old or without the scope that is needed."""
    body: Entity = {
        "Type": None,
        "Title": "Unauthorized",
        "Status": 401,
        "Detail": detail,
        "Instance": new_id(),
        "Extensions": {},
    }
    headers = {"WWW-Authenticate": "insufficient_scope"} if scope else {}
    return Answer(401, dump(body), {"Content-Type": JSON, **headers})


def forbidden() -> Answer:
    """Answer 403 to a tenant that this token does not open; the keys are in lower case here."""
    body: Entity = {
        "type": None,
        "title": "Forbidden",
        "status": 403,
        "detail": "AuthenticationUnsuccessful",
        "instance": new_id(),
        "extensions": {},
    }
    return Answer(403, dump(body), {"Content-Type": JSON})


def problem(status: int, title: str, detail: str) -> Answer:
    """Answer in the form that the gateway uses (its envelope for these is a guess)."""
    body = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": new_id()}
    return Answer(status, dump(body), {"Content-Type": JSON})
