"""Stay signed in through quiet months: vendors let a sign-in lapse that nothing uses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from acctsync.errors import ComeBackLater
from acctsync.providers.pace import last_call

if TYPE_CHECKING:
    from acctsync.cli.context import Session
    from acctsync.engine.job import Job

# Well inside the shortest time a vendor gives: 60 days at Xero, 100 at QuickBooks.
_QUIET = timedelta(days=14)


def stay_signed_in(session: Session, job: Job) -> None:
    """Ask who the company is if nothing was asked for two weeks, which renews the sign-in.

    Books that can't be reached now are asked by the next run. Raises SignInNeeded, so that a run
    from cron does not end well day by day while the next one with work would fail.
    """
    assert session.bound is not None
    assert job.provider is not None
    called = last_call(session.connections.folder(session.bound.name) / "pace.json")
    if called is None or session.clock.now() - called < _QUIET:
        return
    try:
        job.provider().company()
    except ComeBackLater:
        return
