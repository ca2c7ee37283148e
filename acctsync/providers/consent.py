"""What signing in to any vendor's books is to the command line; the steps are the vendor's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from acctsync.providers.callback import Callback
from acctsync.providers.oauth import Grant


@dataclass(frozen=True, slots=True)
class Opened:
    """A company that a consent opens."""

    id: str
    name: str


Choose = Callable[[Sequence[Opened]], int]
"""Companies → the place of the one that is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a vendor's apps sign in.

    `redirects` are addresses on this machine to be registered with the app, tried in order;
    `rehearsed` is one at any port, for a stand-in;
    `shown` is a page of the vendor's that only shows the address that --paste reads. An app
    `needs_secret`, or has one only where it stands for one company by itself.
    """

    redirects: tuple[str, ...]
    rehearsed: str
    shown: str
    needs_secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a consent opened: the grant to be stored and the company it is for.

    `login` names the grant where several companies share it; empty: it is this company's alone.
    """

    grant: Grant = field(repr=False)
    company_id: str
    company_name: str
    country: str
    environment: str
    login: str = ""


class SignIn(Protocol):
    """One sign-in, step by step: consent address, then the callback, then the company."""

    @property
    def needs_consent(self) -> bool:
        """Tell whether a person has to agree in a browser; else the app stands for itself."""
        ...

    def consent_url(self, *, redirect_uri: str, state: str) -> str:
        """Write the address where the company's admin gives consent."""
        ...

    def complete(
        self,
        callback: Callback | None,
        *,
        redirect_uri: str,
        environment: str = "",
        choose: Choose,
    ) -> SignedIn:
        """Turn the callback into a grant and find the company; `environment` is what was said.

        Without a callback the app asks in its own name. `choose` settles which company is meant
        where the consent opens several.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
