"""An entry goes into a mapping's text; whatever else stands there, stays there."""

from __future__ import annotations

import functools
import json
import operator
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from acctsync.mapping.editing import CannotEdit, NewEntry, NewValue, edited
from acctsync.mapping.quoting import Value, flow, quoted

SAMPLES = Path(__file__).resolve().parents[2] / "sample-config"
DESK = NewEntry("items", "Desk", {"item": "Hot Desk"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "accounting:\n  items:\n    A: {item: B}   # a\n\n  # of taxes\n  taxes: {}\n",
            "accounting:\n  items:\n    A: {item: B}   # a\n    Desk: {item: Hot Desk}\n"
            "\n  # of taxes\n  taxes: {}\n",
            id="below the last entry of the table",
        ),
        pytest.param(
            "accounting:\n  items:\n    A: {item: B}  # this one\n                  # is for all\n"
            "  # of taxes\n",
            "accounting:\n  items:\n    A: {item: B}  # this one\n                  # is for all\n"
            "    Desk: {item: Hot Desk}\n  # of taxes\n",
            id="below a comment that goes on",
        ),
        pytest.param(
            "accounting:\n    items:\n        A:\n            item: B\n            class: C\n",
            "accounting:\n    items:\n        A:\n            item: B\n            class: C\n"
            "        Desk: {item: Hot Desk}\n",
            id="below an entry of several lines",
        ),
        pytest.param(
            "accounting:\n  items:\n    A: {item: B}",
            "accounting:\n  items:\n    A: {item: B}\n    Desk: {item: Hot Desk}",
            id="a file that ends without a line end",
        ),
        pytest.param(
            "accounting:\r\n  items:\r\n    A: {item: B}\r\nx: y\r\n",
            "accounting:\r\n  items:\r\n    A: {item: B}\r\n    Desk: {item: Hot Desk}\r\nx: y\r\n",
            id="Windows' line ends",
        ),
        pytest.param(
            "\ufeffaccounting:\n  items:\n    A: {item: B}\n",
            "\ufeffaccounting:\n  items:\n    A: {item: B}\n    Desk: {item: Hot Desk}\n",
            id="a byte-order mark",
        ),
        pytest.param(
            "accounting:\n  items: {A: {item: B}}  # few\n",
            "accounting:\n  items: {A: {item: B}, Desk: {item: Hot Desk}}  # few\n",
            id="inside braces",
        ),
        pytest.param(
            "accounting: {items: {A: {item: B}, }, taxes: {}}\n",
            "accounting: {items: {A: {item: B}, Desk: {item: Hot Desk} }, taxes: {}}\n",
            id="after a last comma",
        ),
        pytest.param(
            "accounting:\n  items: {\n    A: {item: B}  # a, b\n  }\n",
            "accounting:\n  items: {\n    A: {item: B},  # a, b\n    Desk: {item: Hot Desk}\n  }\n",
            id="inside braces over several lines",
        ),
        pytest.param(
            "accounting:\n  items: {\n    A: {item: B},  # a, b\n  }\n",
            "accounting:\n  items: {\n    A: {item: B},  # a, b\n    Desk: {item: Hot Desk},\n  }\n",
            id="inside braces over several lines that end with commas",
        ),
        pytest.param(
            "accounting:\n  items: {}  # none yet\n  taxes: {}\n",
            "accounting:\n  items:  # none yet\n    Desk: {item: Hot Desk}\n  taxes: {}\n",
            id="instead of empty braces",
        ),
        pytest.param(
            "accounting: {items: {}}\n",
            "accounting: {items: {Desk: {item: Hot Desk}}}\n",
            id="into empty braces inside of others",
        ),
        pytest.param(
            "accounting:\n  items: {  # none yet\n  }\n",
            "accounting:\n  items: {  # none yet\n  Desk: {item: Hot Desk}}\n",
            id="into empty braces that hold a comment",
        ),
        pytest.param(
            "accounting:\n  items:   # none yet\n    # Desk: {item: ?}\n  taxes: {}\n",
            "accounting:\n  items:   # none yet\n    # Desk: {item: ?}\n"
            "    Desk: {item: Hot Desk}\n  taxes: {}\n",
            id="a table that holds nothing",
        ),
        pytest.param(
            "accounting:\n   taxes: {}\npush: {}\n",
            "accounting:\n   taxes: {}\n   items:\n      Desk: {item: Hot Desk}\npush: {}\n",
            id="a table that is not there",
        ),
        pytest.param(
            "accounting: {}\npush: {}\n",
            "accounting:\n  items:\n    Desk: {item: Hot Desk}\npush: {}\n",
            id="no table at all",
        ),
        pytest.param(
            "include: [presets/shop.yaml]\npush:\n    void: true\n",
            "include: [presets/shop.yaml]\npush:\n    void: true\n"
            "accounting:\n    items:\n        Desk: {item: Hot Desk}\n",
            id="no accounting half, since that is included",
        ),
        pytest.param(
            "push: {void: true}\naccounting:\n  items:\n    Long: |\n      text\n\n",
            "push: {void: true}\naccounting:\n  items:\n    Long: |\n      text\n\n"
            "    Desk: {item: Hot Desk}\n",
            id="below a text of several lines",
        ),
        pytest.param(
            '{"push": {}, "accounting": {"items": {"A": {"item": "B"}}}}',
            '{"push": {}, "accounting": {"items": {"A": {"item": "B"}, Desk: {item: Hot Desk}}}}',
            id="a mapping written as JSON",
        ),
    ],
)
def test_an_entry_goes(before: str, after: str) -> None:
    assert edited(before, DESK) == after


@pytest.mark.parametrize(
    "text",
    [
        "accounting:\n  items: all of them\n",
        "accounting: [a]\n",
        "accounting: {items: }\n",
        "accounting:\n  items:\n    Desk: {item: Hot Desk}\n",
        "accounting:\n  items:\n    A: &a {item: B}\n",
        "accounting:\n  items:\n    A: {item: B}\n    A: {item: C}\n",
        "accounting: {items: {A: B}\n",
        "- a\n- b\n",
        "",
    ],
)
def test_what_can_t_be_added_to_safely_is_left_alone(text: str) -> None:
    with pytest.raises(CannotEdit):
        edited(text, DESK)


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        pytest.param(
            "accounting:\n  items:\n    Desk: {item: Hot Desks, class: A}  # a\n",
            ("accounting", "items", "Desk", "item"),
            "accounting:\n  items:\n    Desk: {item: Hot Desk, class: A}  # a\n",
            id="a name inside braces",
        ),
        pytest.param(
            "accounting:\r\n  items:\r\n    'De: sk':\r\n      item:   \"Hot Desks\"   # b\r\n",
            ("accounting", "items", "De: sk", "item"),
            "accounting:\r\n  items:\r\n    'De: sk':\r\n      item:   Hot Desk   # b\r\n",
            id="a quoted name on a line of its own",
        ),
        pytest.param(
            "accounting: {line_rules: [{when: {item: a}, set: {item: b}}, {when: {item: a}, "
            'set: {item: {id: "7"}}}]}',
            ("accounting", "line_rules", "1", "set", "item"),
            "accounting: {line_rules: [{when: {item: a}, set: {item: b}}, {when: {item: a}, "
            "set: {item: Hot Desk}}]}",
            id="an id in a list",
        ),
    ],
)
def test_another_value_takes_the_place_of(before: str, path: tuple[str, ...], after: str) -> None:
    assert edited(before, NewValue(path, "Hot Desk")) == after


@pytest.mark.parametrize(
    "text",
    [
        "accounting: {}\n",
        "accounting: {items: {Desk: {item: }}}\n",
        "accounting:\n  items:\n    Desk:\n      item:\n",
        "accounting:\n  items:\n    Desk:\n      item: |\n        Hot Desks\n",
        'accounting:\n  items:\n    Desk:\n      item:\n        id: "7"\n',
        "accounting: {items: [Desk]}\n",
        "accounting: {items: Desk}\n",
    ],
)
def test_a_value_that_is_not_there_or_not_on_one_line_is_left_alone(text: str) -> None:
    with pytest.raises(CannotEdit):
        edited(text, NewValue(("accounting", "items", "Desk", "item"), "Hot Desk"))


@pytest.mark.parametrize("key", ["<<", "x" * 2000, "half a \ud800 character"])
def test_a_key_that_yaml_can_t_hold_is_refused(key: str) -> None:
    with pytest.raises(CannotEdit):
        edited("accounting: {}\n", NewEntry("items", key, "x"))


# Any mapping, any entry

HARD = ["Invoice #", "*x", "a: b", "😀", "it's", '"quoted"', "a # b", "- a", "? b", "{c", "[d]",
        "& e", "!f", "%g", "@h", "`i", "|", ">", "null", "yes", "12", "1.5", "2025-03-01", "", " a ",
        "b\\n", "tab\there", "new\nline", "next\x85line", "line\u2028separator", "esc\x1b[31m",
        "rtl\u202e", "nul\x00", "other", "a,b", "a}", "x:", ":x", "---", "...", "Été à Québec"]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
).filter(lambda word: word != "<<")
REFERENCES: st.SearchStrategy[Value] = st.one_of(
    WORDS,
    st.fixed_dictionaries({"id": WORDS}),
    st.dictionaries(st.sampled_from(["item", "class", "code", "method"]), WORDS, min_size=1),
    st.fixed_dictionaries({"item": st.fixed_dictionaries({"id": WORDS}), "class": WORDS}),
)
TABLES = ["items", "locations", "classes", "taxes", "payment_methods"]
ENTRIES = st.lists(
    st.builds(NewEntry, st.sampled_from(TABLES), WORDS, REFERENCES), min_size=1, max_size=4
)
# What people write in comments; a number tells each of them apart.
REMARKS = st.sampled_from(["#", "# per month", "#, {a: b}", '# it\'s "so"', "# naïve – 😀", "##}"])


class Writer:
    """Writes a mapping in the many ways in which YAML can be written."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.step = draw(st.integers(1, 5))
        self.newline = draw(st.sampled_from(["\n", "\r\n"]))
        self.comments: list[str] = []
        self.lines: list[str] = []

    def text(self, tree: dict[str, Any]) -> str:
        self.block(tree, 0)
        self.loose(0)
        mark = self.draw(st.sampled_from(["", "\ufeff"]))
        end = self.draw(st.sampled_from(["", self.newline]))
        return mark + self.newline.join(self.lines) + end

    def block(self, tree: dict[str, Any], column: int) -> None:
        for key, value in tree.items():
            self.loose(column)
            start = " " * column + self.scalar(key) + ":"
            if value == "" and self.draw(st.booleans()):
                self.lines.append(start + self.remark())
            elif not isinstance(value, dict):
                self.lines.append(f"{start} {self.scalar(value)}{self.remark()}")
            else:
                self.table(start, value, column)

    def table(self, start: str, tree: dict[str, Any], column: int) -> None:
        way = self.draw(st.sampled_from(["inline", "block", "block", "block", "braces"]))
        if tree and way == "block":
            self.lines.append(start + self.remark())
            self.block(tree, column + self.step)
        elif tree and way == "braces":
            self.braces(start, tree, column)
        else:
            self.lines.append(f"{start} {self.inline(tree)}{self.remark()}")

    def braces(self, start: str, tree: dict[str, Any], column: int) -> None:
        """Write braces over several lines."""
        self.lines.append(f"{start} {{{self.remark()}")
        pairs = list(tree.items())
        for number, (key, value) in enumerate(pairs, start=1):
            self.loose(column)
            comma = "," if number < len(pairs) or self.draw(st.booleans()) else ""
            pair = f"{self.scalar(key)}: {self.inline(value)}{comma}{self.remark()}"
            self.lines.append(" " * (column + self.step) + pair)
        self.lines.append(" " * (column + 1) + "}" + self.remark())

    def inline(self, value: Any) -> str:
        if not isinstance(value, dict):
            return self.scalar(value)
        inner = self.draw(st.sampled_from(["", " "]))
        pairs = ", ".join(f"{self.scalar(k)}: {self.inline(v)}" for k, v in value.items())
        comma = self.draw(st.sampled_from(["", ",", " , "])) if pairs else ""
        return "{" + inner + pairs + comma + inner + "}"

    def scalar(self, text: str) -> str:
        single = "'" + text.replace("'", "''") + "'"
        plain = re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9 _*'\"-]*[A-Za-z0-9])?", text)
        ways = [quoted(text)] + [single] * text.isprintable() + [text] * bool(plain)
        return self.draw(st.sampled_from(ways))

    def remark(self) -> str:
        return " " * self.draw(st.integers(1, 3)) + self.comment() if self.rarely() else ""

    def loose(self, column: int) -> None:
        """Write blank lines and comments between entries, indented as it comes."""
        while self.rarely():
            indent = " " * self.draw(st.integers(0, column + 3))
            blank = self.draw(st.booleans())
            self.lines.append(
                " " * self.draw(st.integers(0, 2)) if blank else indent + self.comment()
            )

    def comment(self) -> str:
        self.comments.append(f"{self.draw(REMARKS)} ‹{len(self.comments)}›")
        return self.comments[-1]

    def rarely(self) -> bool:
        return self.draw(st.integers(0, 3)) == 3


@st.composite
def mappings(draw: st.DrawFn) -> tuple[dict[str, Any], str, list[str]]:
    """Make a mapping: what it means, how it is written, and its comments in their order."""
    table = st.dictionaries(WORDS, REFERENCES, max_size=4)
    accounting = st.dictionaries(st.sampled_from([*TABLES, "defaults"]), table, max_size=5)
    tree: dict[str, Any] = {"acctsync": "1"}
    if draw(st.booleans()):
        tree["accounting"] = draw(accounting)
    if draw(st.booleans()):
        tree["push"] = draw(st.dictionaries(WORDS, WORDS, max_size=2))
    if draw(st.booleans()):
        tree = dict(reversed(tree.items()))
    writer = Writer(draw)
    return tree, writer.text(tree), writer.comments


def with_entries(tree: dict[str, Any], entries: list[NewEntry]) -> dict[str, Any]:
    whole = {key: dict(each) if isinstance(each, dict) else each for key, each in tree.items()}
    accounting = whole.setdefault("accounting", {})
    for entry in entries:
        accounting[entry.table] = {**(accounting.get(entry.table) or {}), entry.key: entry.value}
    return whole


def meaning(text: str) -> Any:
    """Read with PyYAML alone: nothing of ours takes part."""
    return yaml.load(text.removeprefix("\ufeff"), Loader=yaml.BaseLoader)  # noqa: S506 - types nothing


def holds_in_order(whole: str | list[str], parts: str | list[str]) -> bool:
    rest = iter(whole)
    return all(part in rest for part in parts)


@settings(deadline=None)
@given(mappings(), ENTRIES)
def test_a_mapping_means_what_it_meant_and_the_new_entries_and_keeps_its_text(
    mapping: tuple[dict[str, Any], str, list[str]], entries: list[NewEntry]
) -> None:
    tree, text, comments = mapping
    wanted, after = tree, text
    for entry in entries:
        if entry.key in wanted.get("accounting", {}).get(entry.table, {}):
            continue
        wanted = with_entries(wanted, [entry])
        after = edited(after, entry)
    assert meaning(text) == tree
    assert meaning(after) == wanted
    assert sorted(comments, key=after.index) == comments
    # Nothing but the braces of an empty table ever goes; every other character stays.
    assert holds_in_order(after, re.sub(r" *\{ *\}", "", text))
    assert ("\r\n" in after) <= ("\r\n" in text or not text.strip())


@settings(deadline=None)
@given(mappings(), ENTRIES)
def test_a_line_stays_as_it_is_but_for_braces_that_are_filled_and_the_comma_before_a_new_line(
    mapping: tuple[dict[str, Any], str, list[str]], entries: list[NewEntry]
) -> None:
    _, text, _ = mapping
    after = text
    for entry in entries:
        try:
            after = edited(after, entry)
        except CannotEdit as error:
            assert "there already" in str(error)  # noqa: PT017
    outside = [line for line in text.splitlines() if not set("{}") & set(line)]
    lines = after.replace(",", "").splitlines()
    assert holds_in_order(lines, [line.replace(",", "") for line in outside])


@settings(deadline=None)
@given(mappings(), st.data(), WORDS)
def test_a_changed_value_changes_nothing_else(
    mapping: tuple[dict[str, Any], str, list[str]], data: st.DataObject, value: str
) -> None:
    tree, text, comments = mapping
    path = data.draw(st.sampled_from(sorted(_paths(tree))))
    try:
        after = edited(text, NewValue(path, value))
    except CannotEdit as error:
        assert "not on one line" in str(error)  # noqa: PT017 - tables are not
        return
    wanted = json.loads(json.dumps(tree))
    above = functools.reduce(operator.getitem, path[:-1], wanted)
    above[path[-1]] = value
    assert meaning(after) == wanted
    assert sorted(comments, key=after.index) == comments
    assert len(after.splitlines()) == len(text.splitlines())


def _paths(tree: Any) -> list[tuple[str, ...]]:
    if not isinstance(tree, dict):
        return []
    return [(key, *path) for key, each in tree.items() for path in [(), *_paths(each)]]


@settings(deadline=None)
@given(REFERENCES, st.sampled_from(["{}", "[{}]", "a: {}", "{{a: {}}}"]))
def test_a_value_is_written_so_that_yaml_gives_it_back(value: Value, around: str) -> None:
    assert value in _leaves(meaning(around.format(flow(value))))


def _leaves(node: Any) -> list[Any]:
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return [node, *(leaf for each in below for leaf in _leaves(each))]


@pytest.mark.parametrize("sample", ["coworks", "agency-canada", "stripe-xero"])
def test_the_samples_take_entries_by_lines_alone(sample: str) -> None:
    text = (SAMPLES / sample / "acctsync.yaml").read_text(encoding="utf-8")
    after = text
    for number, table in enumerate(TABLES):
        after = edited(after, NewEntry(table, f"New #{number}", "x"))
    lines = text.splitlines()
    assert holds_in_order(after.splitlines(), lines)
    assert len(after.splitlines()) - len(lines) <= len(TABLES) * 2


def test_plain_words_need_no_quotes_and_what_others_would_type_gets_them() -> None:
    words = ["Hot Desk", "Day-Pass (1/2)", "yes", "19", "a: b", ' "x" ', "a\nb\x1b\u2028\U000f0000"]
    assert [quoted(word) for word in words] == [
        "Hot Desk",
        "Day-Pass (1/2)",
        '"yes"',
        '"19"',
        '"a: b"',
        '" \\"x\\" "',
        '"a\\nb\\x1b\\u2028\\U000f0000"',
    ]
