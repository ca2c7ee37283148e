"""A connection and how long its sign-in lasts, for people and programs."""

from __future__ import annotations

from acctsync.errors import Problem
from acctsync.settings import Connection
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A connection's sign-in; `days` until a person is needed is None where nobody can tell."""

    connection: Connection
    signed_in: bool
    days: int | None = None
    problem: Problem | None = None

    def fields(self) -> dict[str, object]:
        """Write it for JSON."""
        each = self.connection
        return {
            "name": each.name,
            "system": each.system,
            "company": {"id": each.company_id, "name": each.company_name},
            "environment": each.environment,
            "token_store": each.token_store,
            "origin": each.origin or None,
            "signed_in": self.signed_in,
            "days_until_sign_in": self.days,
        }
