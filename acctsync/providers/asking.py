"""Asks independent questions at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


def together(asked: Sequence[Callable[[], _T]], most: int) -> list[_T]:
    """Ask, no more than so many at a time; the answers come in the order of the questions."""
    if len(asked) <= 1:
        return [ask() for ask in asked]
    with ThreadPoolExecutor(min(most, len(asked)), "acctsync-read") as pool:
        return [future.result() for future in [pool.submit(ask) for ask in asked]]
