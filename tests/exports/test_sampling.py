from __future__ import annotations

import json
from pathlib import Path

import pytest

from acctsync.exports.guessing import counted_delimiter
from acctsync.exports.records import FileRefused, Format
from acctsync.exports.sampling import MOST_BYTES, MOST_ROWS, Sample, sample


def sampled(folder: Path, content: str | bytes, name: str = "export.csv") -> Sample:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return sample(folder / name, name)


def cells(found: Sample) -> list[object]:
    return [row.cells for row in found.rows]


class TestHowMuchIsRead:
    def test_only_the_first_thousand_rows_of_a_long_file_are_read(self, tmp_path: Path) -> None:
        rows = "".join(f"{number},x\n" for number in range(50_000))
        found = sampled(tmp_path, f"Number,Word\n{rows}")
        assert (len(found.rows), found.whole) == (MOST_ROWS, False)
        assert found.rows[-1].cells == ["999", "x"]

    def test_what_lies_behind_the_first_four_megabytes_is_not_looked_at(
        self, tmp_path: Path
    ) -> None:
        long = "x" * 10_000
        rows = "".join(f'{number},"{long}"\n' for number in range(MOST_BYTES // 10_000 + 50))
        broken = b'\0\xff,"never closed\n'
        found = sampled(tmp_path, f"Number,Word\n{rows}".encode() + broken)
        assert (found.encoding, found.whole) == ("utf-8", False)
        assert 300 < len(found.rows) <= MOST_BYTES // 10_000

    def test_a_quote_that_is_closed_behind_the_part_read_is_no_mistake(
        self, tmp_path: Path
    ) -> None:
        found = sampled(tmp_path, 'A,B\n1,2\n3,"' + "x\n" * MOST_BYTES + '"\n')
        assert (cells(found), found.whole) == ([["1", "2"]], False)

    def test_a_row_of_totals_is_seen_at_the_end_of_a_long_file(self, tmp_path: Path) -> None:
        rows = "".join(f"{number},10.00\n" for number in range(5_000))
        found = sampled(tmp_path, f"Number,Amount\n{rows}Total,50000.00\n")
        assert found.last[-1].cells == ["Total", "50000.00"]

    def test_a_file_of_exactly_the_most_rows_is_known_to_be_whole(self, tmp_path: Path) -> None:
        found = sampled(tmp_path, "A\n" + "1\n" * MOST_ROWS)
        assert (len(found.rows), found.whole) == (MOST_ROWS, True)


class TestTables:
    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    def test_the_mark_that_stands_most_often_in_the_header_separates(
        self, tmp_path: Path, mark: str
    ) -> None:
        found = sampled(tmp_path, f"A{mark}B{mark}C\n1{mark}2{mark}3\n")
        assert (found.delimiter, cells(found)) == (mark, [["1", "2", "3"]])

    @pytest.mark.parametrize(
        ("lines", "mark"),
        [
            (["a;b;c\n", '1;2;"x, y, z, v, w"\n'], ";"),
            (["Billing report, March 2025\n", "\n", "a;b;c;d\n", "1;2;3;4\n"], ";"),
            (['"Name, first";"Name, last"\n', "a;b\n"], ";"),
            (["sep=;\n", "a;b\n"], ";"),
            (["O&#039;Connor,b,c\n"], ","),
            (["Only one column\n"], ","),
            ([], ","),
        ],
    )
    def test_text_in_quotes_and_titles_do_not_count(self, lines: list[str], mark: str) -> None:
        assert counted_delimiter(lines) == mark

    def test_titles_above_the_header_are_told_and_left_out(self, tmp_path: Path) -> None:
        found = sampled(tmp_path, "Billing report,,\n,,\nNumber,Date,Total\n1,2025-03-01,5.00\n")
        assert found.header is not None
        assert (found.header.line, found.header.names) == (3, ("Number", "Date", "Total"))
        assert (found.titled, cells(found)) == (True, [["1", "2025-03-01", "5.00"]])

    def test_blank_rows_and_a_second_header_are_left_out(self, tmp_path: Path) -> None:
        found = sampled(tmp_path, "A,B\n1,2\n,\n\nA,B\n3,4\n")
        assert [(row.line, row.cells) for row in found.rows] == [(2, ["1", "2"]), (6, ["3", "4"])]

    @pytest.mark.parametrize(
        ("data", "encoding", "word"),
        [
            (b"\xef\xbb\xbfName,B\nRen\xc3\xa9,1\n", "utf-8", "René"),
            (b"Name,B\nRen\xc3\xa9,1\n", "utf-8", "René"),
            (b"Name,B\nRen\xe9,1\n", "cp1252", "René"),
            ("Name,B\nRené,1\n".encode("utf-16"), "utf-16", "René"),
        ],
    )
    def test_a_mark_decides_the_encoding_then_strict_utf8(
        self, tmp_path: Path, data: bytes, encoding: str, word: str
    ) -> None:
        found = sampled(tmp_path, data)
        assert (found.encoding, cells(found)) == (encoding, [[word, "1"]])


class TestObjects:
    def test_the_longest_list_inside_holds_the_rows(self, tmp_path: Path) -> None:
        value = {"object": "list", "has_more": True, "meta": {"tags": [{}]}, "data": [{"a": 1}, {}]}
        found = sampled(tmp_path, json.dumps(value), "export.json")
        assert (found.format, found.lists, found.has_more) == (
            Format.JSON,
            ("data", "meta.tags"),
            True,
        )
        assert cells(found) == [{"a": "1"}, {}]

    def test_a_file_that_is_a_list_needs_no_path(self, tmp_path: Path) -> None:
        assert sampled(tmp_path, '[{"a": 1}]', "export.json").lists == ("",)

    @pytest.mark.parametrize("name", ["export.json", "export.jsonl", "export.csv"])
    def test_lines_of_objects_are_json_lines_whatever_the_file_is_called(
        self, tmp_path: Path, name: str
    ) -> None:
        found = sampled(tmp_path, '{"a": 1}\n\n{"a": 2}\n', name)
        assert (found.format, cells(found)) == (Format.JSONL, [{"a": "1"}, {"a": "2"}])

    def test_a_single_object_is_a_line_unless_it_holds_a_list(self, tmp_path: Path) -> None:
        assert sampled(tmp_path, '{"a": 1}', "x.json").format is Format.JSONL
        assert sampled(tmp_path, '{"data": [{"a": 1}]}', "x.json").format is Format.JSON

    def test_a_key_with_a_dot_is_quoted_in_the_path(self, tmp_path: Path) -> None:
        assert sampled(tmp_path, '{"a.b": [{"x": 1}]}', "x.json").lists == ('"a.b"',)


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "x.csv", "FILE002"),
        (b" \n\n", "x.csv", "FILE002"),
        (b"%PDF-1.7", "x.csv", "FILE003"),
        (b"PK\x03\x04rest", "x.xlsx", "FILE003"),
        (b"<!DOCTYPE html><html>", "x.csv", "FILE003"),
        (b"a,b\n\x81\x8d,1\n", "x.csv", "FILE004"),
        ("a,b\n1,2\n".encode("utf-32"), "x.csv", "FILE004"),
        (b"a,b\n1,\0\n", "x.csv", "FILE005"),
        (b'a,b\n1,"2\n', "x.csv", "FILE006"),
        (b"sep=;\n", "x.csv", "FILE009"),
        (b'{"a": ', "x.json", "FILE020"),
        (b'{"a": 1, "b": 2}\n[1]\n', "x.jsonl", "FILE022"),
        (b'[{"a": 1, "a": 2}]', "x.json", "FILE024"),
    ],
)
def test_a_file_that_the_reader_refuses_is_refused_with_the_same_code(
    tmp_path: Path, data: bytes, name: str, code: str
) -> None:
    with pytest.raises(FileRefused) as refusal:
        sampled(tmp_path, data, name)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        sample(tmp_path / "none.csv", "none.csv")
    assert [problem.code for problem in refusal.value.problems] == ["FILE001"]
