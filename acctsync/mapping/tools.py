"""What all builders of one run share."""

from __future__ import annotations

from acctsync.mapping.choices import Choices
from acctsync.mapping.model import Mapping
from acctsync.mapping.parties import Parties
from acctsync.mapping.register import Register
from acctsync.values import dataclass


@dataclass(frozen=True, slots=True)
class Tools:
    """The rules of a run, and what gathers while its documents are built."""

    rules: Mapping
    choices: Choices
    customers: Parties
    vendors: Parties
    register: Register
