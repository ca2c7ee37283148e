"""acctsync with the vendors' pace switched off, to see what its own work takes.

No limit of a vendor's is real at a server that answers at once, and no peer heeds any. How many
calls may be in flight stays as it is.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from acctsync.cli.main import main
from acctsync.providers.throttle import Throttle

_PACED = ("acctsync.providers.qbo.provider", "acctsync.providers.xero.provider")


class Unpaced(Throttle):
    """Lets every call go at once."""

    def told(self, lane: str, left: int) -> None:
        """Heed nothing."""

    def _wait_for(self, lanes: Sequence[str]) -> None:  # noqa: ARG002 - none counts
        self._leave_if_stopping()

    def _land(self, lanes: Sequence[str]) -> None:
        """Remember nothing."""


if __name__ == "__main__":
    for each in _PACED:
        vars(importlib.import_module(each))["Throttle"] = Unpaced
    main()
