"""Any mapping that the grammar allows reads any export to documents, problems or a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctsync.engine.reading import read_documents
from acctsync.errors import InputRefused, Problem
from acctsync.mapping.grammar import (
    CONDITION,
    FIELD,
    MAPPING,
    RECORD,
    RECORDS,
    SOURCE,
    STATE,
    STATES,
    ZONE,
    Either,
    Keys,
    Many,
    Spec,
    Table,
    Word,
)
from acctsync.mapping.load import load
from acctsync.mapping.meaning import DAYS, NUMBERS
from tests.reading import TODAY

COLUMNS = ["No", "Who", "Day", "Item", "Amount", "Qty", "Tax", "Loc"]
STRANGE = ["document.No", "item[{n}]", "a.b.0.c", "x(key=v).y", "*No", 'c."d e"']
WORDS = [*COLUMNS, *STRANGE, "{No}: {Item}", "1", "100.00", "2025-03-01", "USD", "open", "other"]
WORDS += ["*", "D*", "", "none", "exclusive", "GST 5%", "a", "b", "iso", "DD/MM/YYYY", "0", "-1"]

CSV = """No,Who,Day,Item,Amount,Qty,Tax,Loc,item[0],item[1]
1,Acme,2025-03-01,Desk,100.00,1,5,Bos,Desk,Mail
1,,,Mail,"1,5",2,x,,,
,,,note,,,,,,
2,Acme,05/03/2025,,-5,1,,Bos,,
2.5E+18,G,0000-00-00,Desk,(5.00),,,,a,
"""
# What most made-up values of these do is to refuse every file.
_PICKY = (
    "header_row", "header_row_contains", "no_header", "expect_columns", "new_columns", "rows",
    "whole_list", "encoding", "delimiter",
)  # fmt: skip
JSON = [
    {
        "No": 1,
        "Who": "Acme",
        "Day": "2025-03-01",
        "Item": "Desk",
        "Amount": 100,
        "lines": [{"No": 1, "Item": "x", "Amount": 5}],
        "a": {"b": [{"c": 1}]},
        "x": [{"key": "v", "y": 3}],
    },
    {"No": None, "Who": [], "Day": {}, "lines": "x"},
    {},
]


class Maker:
    """Makes a piece of a mapping for each piece of the grammar."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._special: list[tuple[Spec, Callable[[str], Any]]] = [
            (FIELD, self._field),
            (CONDITION, lambda _name: self._condition()),
            (STATE, lambda _name: self._state()),
            (ZONE, lambda _name: "America/New_York"),
        ]

    def mapping(self) -> dict[str, Any]:
        made = self.make(MAPPING)
        made.pop("include", None)
        made["acctsync"] = "1"
        made["books"] = {
            "system": "xero",
            "company": "Acme",
            "currency": "USD",
            "timezone": "America/New_York",
        }
        made["accounting"].setdefault("defaults", {})["rounding_account"] = "R"
        made["sources"] = {"a": self._source(), "b": self._source()}
        kinds = self._random.sample(RECORDS, 3)
        made["records"] = {kind: self._record(made["sources"]) for kind in kinds}
        if self._chance(0.8):
            made.get("checks", {}).pop("control_totals", None)
        return dict(made)

    def make(self, spec: Spec, depth: int = 0, name: str = "") -> Any:
        for known, special in self._special:
            if spec is known:
                return special(name)
        match spec:
            case Word():
                return self._word(spec)
            case Many(of, at_least):
                count = max(at_least, self._random.choice([0, 1, 1, 2]))
                return [self.make(of, depth + 1) for _ in range(count)]
            case Table(of, at_least):
                count = max(at_least, self._random.choice([0, 1, 2]))
                return {self._random.choice(WORDS): self.make(of, depth + 1) for _ in range(count)}
            case Keys():
                return self._keys(spec, depth)
            case Either(shapes):
                return self.make(self._random.choice(shapes), depth, name)

    def _keys(self, spec: Keys, depth: int) -> dict[str, Any]:
        likely = 0.3 if depth > 2 else 0.5
        names = [each for each in spec.known if each in spec.required or self._chance(likely)]
        while len(names) < spec.at_least:
            names.append(self._random.choice(list(spec.known)))
        made = {each: self.make(spec.known[each], depth + 1, each) for each in names}
        if spec.also and self._chance(0.5):
            made[self._random.choice(WORDS)] = self.make(spec.also, depth + 1)
        return made

    def _word(self, spec: Word) -> str:
        if spec.choices:
            return self._random.choice(spec.choices)
        fitting = [
            word
            for word in self._random.sample(WORDS, len(WORDS))
            if (not spec.check or not spec.check(word)) and (word or spec.may_be_empty)
        ]
        return fitting[0]

    def _field(self, name: str) -> Any:
        column = self._random.choice(COLUMNS if self._chance(0.98) else STRANGE)
        if self._chance(0.5):
            return column
        constant = "1" if name in NUMBERS else "2025-03-01" if name in DAYS else "open"
        if name == "currency":
            constant = "USD"
        two = self._random.sample(COLUMNS, 2)
        origins: list[dict[str, Any]] = [
            {"column": column},
            {"value": constant},
            {"text": f"{{{column}}} {{{two[0]}}}"},
            {"first_of": two},
            {"column": column, "part": {"split_on": "a", "number": "2"}},
        ]
        if name in NUMBERS:
            origins.append({"sum_of": two})
        changes: dict[str, Any] = {
            "map": {"1": constant, "": constant, "*": constant},
            "if_empty": constant,
            "when_filled": constant,
            "before": " ",
            "after": "e",
            "strip_prefix": "A",
            "strip_suffix": "e",
        }
        if name in NUMBERS:
            changes |= {"absolute": "true", "negate": "true", "currency": "Loc"}
        if name in DAYS:
            changes |= {"dates": ["iso", "DD/MM/YYYY"], "add_days": "999999", "timezone": "UTC"}
        chosen = {key: value for key, value in changes.items() if self._chance(0.12)}
        return self._random.choice(origins) | chosen

    def _condition(self) -> dict[str, Any]:
        tests: dict[str, Any] = {
            "is": "1",
            "is_not": "",
            "in": ["1", "null"],
            "not_in": [""],
            "more_than": "0",
            "less_than": "500",
            "matches": "*e*",
        }
        chosen = {key: value for key, value in tests.items() if self._chance(0.2)}
        return {"column": self._random.choice(COLUMNS), **(chosen or {"is_not": "zzz"})}

    def _state(self) -> Any:
        return self._random.choice(
            [
                {"value": self._random.choice(STATES)},
                {"if_empty": "open"},
                {"column": "Loc", "map": {"Bos": "open", "": "draft"}, "if_empty": "void"},
                {"first_of": ["Loc", "Tax"], "map": {"*": "open"}},
                "Loc",
            ]
        )

    def _source(self) -> dict[str, Any]:
        made = self.make(SOURCE, 2) if self._chance(0.4) else {}
        if self._chance(0.7):
            for key in _PICKY:
                made.pop(key, None)
        made["format"] = self._random.choice(["csv", "csv", "json"])
        made["files"] = "a.csv" if made["format"] == "csv" else "a.json"
        made.pop("exclude", None)
        for key, value in {
            "numbers": "1,234.50",
            "dates": ["YYYY-MM-DD", "DD/MM/YYYY"],
            "short_rows": "pad",
        }.items():
            made.setdefault(key, value)
        return dict(made)

    def _record(self, sources: dict[str, Any]) -> dict[str, Any]:
        made = self.make(RECORD, 2)
        made["from"] = self._random.choice(["a", "b"])
        made.pop("like", None)
        made["group_by"] = self._random.choice(["No", ["No", "Who"]])
        if self._chance(0.5):
            del made["group_by"]
        needed = {"id": "No", "date": "Day", "customer": "Who", "vendor": "Who", "name": "Who"}
        made["document"] |= needed | {"amount": "Amount", "payment": "No"}
        lines = made.setdefault("lines", {})
        for key in ("each", "from", "match", "repeat"):
            lines.pop(key, None)
        where = self._random.choice(["rows", "rows", "each", "second", "sideways"])
        if where == "each" and sources[made["from"]]["format"] == "json":
            lines["each"] = "lines"
        elif where == "second":
            lines |= {"from": self._random.choice(["a", "b"]), "match": {"No": "No"}}
        elif where == "sideways":
            lines["repeat"] = {"until_empty": "item[{n}]"}
        lines.setdefault("amount", "Amount")
        return dict(made)

    def _chance(self, likely: float) -> bool:
        return self._random.random() < likely


def told(folder: Path, mapping: dict[str, Any]) -> tuple[Problem, ...]:
    (folder / "a.csv").write_text(CSV)
    (folder / "a.json").write_text(json.dumps(JSON))
    (folder / "acctsync.yaml").write_text(json.dumps(mapping))
    try:
        return read_documents(load(folder / "acctsync.yaml"), folder, TODAY).problems
    except InputRefused as error:
        return error.problems


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 1 << 32))
def test_any_mapping_that_the_grammar_allows_ends_in_documents_or_problems(
    tmp_path: Path, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - it makes test data
    problems = told(tmp_path, Maker(random).mapping())
    assert all(problem.location and problem.message for problem in problems)
