"""The kinds of document that can be pushed into QuickBooks; known without loading a client."""

from __future__ import annotations

from acctsync.documents import Kind

KINDS = frozenset(Kind)
