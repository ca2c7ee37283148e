"""The ways QuickBooks says no, each in the shape that real companies were seen to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acctsync.simulator.encoding import answer_time, json_answer
from acctsync.simulator.exchange import Answer, Entity

if TYPE_CHECKING:
    from collections.abc import Sequence

_INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


class Refusal(Exception):
    """A fault; several errors may come together."""

    def __init__(
        self, errors: Sequence[Entity], status: int = 400, kind: str = "ValidationFault"
    ) -> None:
        super().__init__("; ".join(str(error["Detail"]) for error in errors))
        self.errors = list(errors)
        self.status = status
        self.kind = kind

    def fault(self) -> Entity:
        """Give the fault as it stands in an answer or a batch item."""
        return {"Error": self.errors, "type": self.kind}

    def answer(self) -> Answer:
        """Give the whole answer to a single request."""
        return json_answer({"Fault": self.fault(), "time": answer_time()}, self.status)


def error(code: int, message: str, detail: str, element: str | None = None) -> Entity:
    """Describe one error; `element` is left out when the vendor leaves it out."""
    body: Entity = {"Message": message, "Detail": detail, "code": str(code)}
    if element is not None:
        body["element"] = element
    return body


def refuse(code: int, message: str, detail: str, element: str | None = None) -> Refusal:
    """Refuse for one reason."""
    return Refusal([error(code, message, detail, element)])


def unsupported(what: str) -> Refusal:
    """Refuse a path or operation that does not exist (400, not 404)."""
    return refuse(500, "Unsupported Operation", f"Operation {what} is not supported.")


def no_such_path(path: str) -> Refusal:
    """Refuse a path nobody serves."""
    return unsupported(
        f"Could not find resource for relative : {path} of full path: https://qbo.simulated/qbo{path}"
    )


def gone() -> Refusal:
    """Refuse what is deleted, inactive or never was."""
    return refuse(610, "Object Not Found", f"Object Not Found : {_INACTIVE}", "")


def stale(user: str) -> Refusal:
    """Refuse an old SyncToken."""
    detail = (
        f"Stale Object Error : You and {user} were working on this at the same time. "
        f"{user} finished before you did, so your work was not saved."
    )
    return refuse(5010, "Stale Object Error", detail, "")


def missing(name: str) -> Entity:
    """Describe a required property that was not sent."""
    return error(
        2020,
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        name,
    )


def unknown_property(name: str, kind: str, known: Sequence[str]) -> Refusal:
    """Refuse a property the schema does not have."""
    listed = ", ".join(f'"{one}"' for one in known[:60])
    detail = (
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), '
        f"not marked as ignorable ({len(known)} known properties: {listed} [truncated]])\n"
        " specified is unsupported or invalid"
    )
    return refuse(2010, "Request has invalid or unsupported property", detail)


def bad_id(value: str) -> Refusal:
    """Refuse an id that is not a number."""
    return refuse(2030, "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id")


def bad_text(name: str, why: str) -> Refusal:
    """Refuse characters the company cannot hold."""
    return refuse(2040, "Invalid String", f"Invalid String : {name} {why}", name)


def bad_length(name: str, most: int, supplied: int) -> Refusal:
    """Refuse text that is too long."""
    return refuse(
        2050,
        "String length is either shorter or longer than supported by specification",
        "String length specified does not match the supported length. "
        f"Min:0 Max:{most} supported. Supplied length:{supplied}",
        name,
    )


def bad_reference(table: str, value: str, element: str) -> Refusal:
    """Refuse a reference to something that is not there."""
    return refuse(
        2500,
        "Invalid Reference Id",
        f"Invalid Reference Id : {table} element id {value} not found",
        element,
    )


def inactive_reference(element: str) -> Refusal:
    """Refuse a reference to something that was made inactive."""
    return refuse(2500, "Invalid Reference Id", f"Invalid Reference Id : {_INACTIVE}", element)


def business(detail: str) -> Refusal:
    """Refuse for a rule of bookkeeping."""
    return refuse(
        6000,
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {detail}",
        "",
    )


def gateway(status: int, code: int, word: str, kind: str, *, detail: str | None, at: int) -> Answer:
    """Answer as the gateway in front of the API does: another shape, all lower case."""
    message = f"message={word}; errorCode={code:06d}; statusCode={status}"
    fault = {
        "error": [{"message": message, "detail": detail, "code": str(code), "element": None}],
        "type": kind,
    }
    body: Entity = {
        "warnings": None,
        "intuitObject": None,
        "fault": fault,
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": at,
        "status": None,
        "cdcresponse": [],
    }
    return json_answer(body, status)


def unauthorised(detail: str, at: int) -> Answer:
    """Answer 401 to a missing, unknown or expired access token."""
    body = gateway(401, 3200, "AuthenticationFailed", "AUTHENTICATION", detail=detail, at=at)
    challenge = 'Bearer realm="Intuit", error="invalid_token"'
    return Answer(401, body.body, {**body.headers, "WWW-Authenticate": challenge})


def forbidden(at: int) -> Answer:
    """Answer 403 to a token that does not open this company here."""
    return gateway(403, 3100, "AuthorizationFailed", "SERVICE", detail=None, at=at)


def throttled(headers: dict[str, str] | None = None) -> Answer:
    """Answer 429, in XML whatever was asked for."""
    body = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<IntuitResponse time="{answer_time()}" xmlns="http://schema.intuit.com/finance/v3">'
        '<Fault type="SERVICE"><Error code="3001">'
        "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
        "<Detail>The request limit was reached.  Try again later</Detail>"
        "</Error></Fault></IntuitResponse>"
    )
    return Answer(429, body.encode(), {"Content-Type": "application/xml", **(headers or {})})
