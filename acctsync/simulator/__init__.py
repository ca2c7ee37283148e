"""A simulated accounting company on loopback, with real rules and real error shapes.

It is written apart from the client, so that a misunderstanding is not confirmed by shared code.
"""

from __future__ import annotations

from acctsync.simulator.server import Simulator, serve

__all__ = ["Simulator", "serve"]
