"""What a file holds: text in any encoding, workbooks, and files that mean harm."""

import io
import tracemalloc
import zipfile

import pytest
from export_files import NAME, spreadsheet, write, xlsx
from hypothesis import given
from hypothesis import strategies as st

from echogls import spreadsheets
from echogls.readers import _content
from echogls.readers._content import number, read_content
from echogls.readers._unusable import Unusable

LAUGHS = "".join(f'<!ENTITY {"x" * (i + 1)} "{("&" + "x" * i + ";") * 10}">' for i in range(1, 10))
BOMB = f'<!DOCTYPE a [<!ENTITY x "ten letters">{LAUGHS}]>'


def note_of(path):
    with pytest.raises(Unusable) as raised:
        read_content(path)
    assert raised.value.reason == "unreadable_export"
    return raised.value.note


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_with_point_or_comma(value):
    assert number(repr(value)) == value
    assert number(repr(value).replace(".", ",")) == value


@pytest.mark.parametrize("text", ["1,234.5", "1.234,5", "inf", "0x10", "1e", "12.05.1977", "1_0"])
def test_what_is_no_number_is_not_guessed(text):
    with pytest.raises(ValueError, match="not a number"):
        number(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_is_decoded_without_its_mark(tmp_path, encoding):
    path = write(tmp_path / "t", "pasient;måling\r\n1;2\r\n", encoding)
    assert read_content(path).text == "pasient;måling\n1;2\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b" \n", "empty"),
        (b"a\x00b", "not a text"),
        (b"\xff\xfea\x00\x00", "cut in the middle"),
        (b"<Workbook><Row>", "not well formed"),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "not well formed"),
        (b"PK\x03\x04rest", "not a whole Excel workbook"),
        (xlsx({"S": [["a"]]})[:-30], "not a whole Excel workbook"),
    ],
)
def test_a_broken_file_says_what_it_is(tmp_path, content, said):
    assert said in note_of(write(tmp_path / NAME, content))


def test_a_folder_and_a_missing_file_say_no_path(tmp_path):
    assert note_of(tmp_path) == "IsADirectoryError"
    assert note_of(tmp_path / NAME) == "FileNotFoundError"


def test_entities_are_refused_before_they_grow(tmp_path):
    path = write(tmp_path / "bomb.xml", spreadsheet({"S": [["text"]]}, prolog=BOMB))
    tracemalloc.start()
    try:
        assert "document type or entities" in note_of(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_an_entity_bomb_in_a_workbook_is_refused(tmp_path):
    whole = zipfile.ZipFile(io.BytesIO(xlsx({"S": [["text"]]})))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in whole.namelist():
            text = whole.read(name)
            archive.writestr(name, BOMB.encode() + text if "shared" in name else text)
    assert "entities" in note_of(write(tmp_path / "bomb.xlsx", stream.getvalue()))


def test_a_zip_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_XML_BYTES", 10_000)
    path = write(tmp_path / "big.xlsx", xlsx({"S": [["x" * 50_000]]}))
    assert len(path.read_bytes()) < 10_000
    assert "XML of more than" in note_of(path)


def test_a_file_over_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_content, "MAX_BYTES", 10)
    assert "more than" in note_of(write(tmp_path / "t", "a" * 11))


@pytest.mark.parametrize("index", ["100001", "999999999999"])
def test_a_row_far_below_is_refused(tmp_path, index):
    text = spreadsheet({"S": [["a"]]}).replace("<Row>", f'<Row ss:Index="{index}">')
    assert "rows or columns" in note_of(write(tmp_path / "t", text))


def test_few_bytes_cannot_claim_many_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_CELLS", 1000)
    rows = [[None] * 99 + [1]] * 11
    assert "cells" in note_of(write(tmp_path / "t.xml", spreadsheet({"S": rows})))
    far = xlsx({"S": [["a"]]})
    monkeypatch.setattr(spreadsheets, "MAX_CELLS", 0)
    assert "cells" in note_of(write(tmp_path / "t.xlsx", far))


def test_skipped_rows_and_cells_are_empty(tmp_path):
    text = spreadsheet({"S": [["a", None, "c"], ["d"]]})
    text = text.replace("<Row>", '<Row ss:Index="2">', 1)
    content = read_content(write(tmp_path / "t", text))
    assert content.sheets == {"S": [[], ["a", "", "c"], ["d"]]}


def test_a_workbook_gives_the_same_cells_in_both_formats(tmp_path):
    sheets = {"A": [["x", "y & z", -18.5], ["", None, 3]], "B": [["other"]]}
    new = read_content(write(tmp_path / "n", xlsx(sheets))).sheets
    old = read_content(write(tmp_path / "o", spreadsheet(sheets))).sheets
    assert new == old == {"A": [["x", "y & z", "-18.5"], ["", "", "3"]], "B": [["other"]]}
