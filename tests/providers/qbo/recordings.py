"""Recorded answers of the real service, where they are at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from acctsync.providers.exchange import Answer
from tests.providers.conftest import SHARED


def recorded(name: str, place: int = 0) -> Answer:
    """Read one recorded answer of the vendor's."""
    path = SHARED / "minimul-qbo_api" / "spec" / "vcr" / name
    if not path.is_file():
        pytest.skip("the recordings are not at hand")
    response = yaml.safe_load(path.read_text(encoding="utf-8"))["http_interactions"][place][
        "response"
    ]
    headers = {key.lower(): values[0] for key, values in response["headers"].items()}
    return Answer(
        status=response["status"]["code"],
        body=response["body"]["string"].encode(),
        content_type=headers.get("content-type", ""),
        request=headers.get("intuit-tid", ""),
    )


def pasted_fault(name: str) -> Answer:
    """Read one fault that people pasted in public."""
    path = SHARED / "fault-excerpts" / "faults.json"
    if not path.is_file():
        pytest.skip("the recordings are not at hand")
    entry = json.loads(path.read_text(encoding="utf-8"))[name]
    body = entry["body"] if "body" in entry else entry["body_text"]
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status=int(entry.get("status", 400)), body=text.encode(), request="1-tid")


def sample(entity: str, kind: str, section: str) -> dict[str, Any]:
    """Read one of Intuit's documented samples."""
    path = SHARED / "intuit-doc-samples-voska" / f"{entity}.json"
    if not path.is_file():
        pytest.skip("the samples are not at hand")
    for entry in json.loads(path.read_text(encoding="utf-8")):
        if entry["kind"] == kind and entry["section"] == section:
            return dict(entry["body"])
    raise LookupError(f"{entity}: no {kind} {section}")
