"""Addresses on this machine: the only ones that may stand in for a vendor's hosts."""

from __future__ import annotations

from urllib.parse import urlsplit

from acctsync.errors import InputRefused

_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def loopback(url: str) -> str:
    """Check that an address is a loopback origin and nothing else; raises InputRefused."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if (
        parts.scheme not in {"http", "https"}
        or host not in _HOSTS
        or not plain
        or parts.path.strip("/")
    ):
        raise InputRefused(
            "only a loopback address may stand in for the books",
            hint="Write it like http://127.0.0.1:8080; tokens never go to other hosts.",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
