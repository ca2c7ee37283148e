"""`acctsync schema`: the mapping file's JSON Schema, for editors."""

from __future__ import annotations

import json

from acctsync.cli.answer import Answer


def schema() -> Answer:
    """Print the JSON Schema (draft-07) of the mapping file."""
    from acctsync.mapping.grammar import json_schema

    return Answer(data=json_schema, text=lambda: json.dumps(json_schema(), indent=1))
