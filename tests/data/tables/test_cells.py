"""Cells of CSV and Parquet files."""

import importlib.util
from pathlib import Path

import pytest

from counterpoise.data.tables.cells import read_cells, read_header
from counterpoise.errors import DataError


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "t.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_cells_lines_and_what_is_missing(tmp_path: Path) -> None:
    cells = read_cells(written(tmp_path, '\ufeffa,b\n 1 ,NA\n\n"x,\ny",none\n?,NaN\n'))
    assert cells.columns == {"a": ["1", "x,\ny", ""], "b": ["", "none", ""]}
    assert list(cells.rows) == ["t.csv:2", "t.csv:4", "t.csv:6"]


def test_rows_without_a_value_are_left_out_by_name(tmp_path: Path) -> None:
    cells = read_cells(written(tmp_path, "a,b\n1,2\n,\n\n3,4\nNA,?\n , \n\n\n"))
    assert cells.columns == {"a": ["1", "3", ""], "b": ["2", "4", ""]}
    assert list(cells.rows) == ["t.csv:2", "t.csv:5", "t.csv:6"]
    assert cells.rows.empty == [3, 4, 7], "lines without anything at the end are no rows"


def test_rows_of_a_frame_have_places(tmp_path: Path) -> None:
    file = tmp_path / "frame-0123456789ab.csv"
    file.write_text('a,b\n1,"x\ny"\n,\n3,4\n5\n')
    with pytest.raises(DataError, match=r"the table: every row .* row 3 has 1"):
        read_cells(file)
    file.write_text('a,b\n1,"x\ny"\n,\n3,4\n')
    assert (list(read_cells(file).rows), read_cells(file).rows.empty) == (["row 0", "row 2"], [1])


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_delimiters(mark: str, tmp_path: Path) -> None:
    file = written(tmp_path, f"a{mark}b\n1{mark}2\n")
    assert read_cells(file).columns == {"a": ["1"], "b": ["2"]}
    assert read_header(file) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; its first line names the columns"),
        ("\n\n", "is empty"),
        ("a,b\n", "has a header but no row"),
        ("a,b\n1,2\n1,2,3\n4\n", "as many cells as the header, 2; line 3 has 3, and 1 more lines"),
        ("a,,c\n1,2,3\n", "column 2 has no name"),
        (",a,,c\n1,2,3,4\n", "column 3 has no name"),
        ("a,b,a\n1,2,3\n", "two columns are called 'a'"),
        ("5.1,3.5\n4.9,3\n", "the first line names the columns; got 5.1,3.5"),
        ("name,b\nJos\xe9,1\n".encode("latin1"), r"is not UTF-8 text.*\(save it as UTF-8"),
        ('a,b\n"1,2\n', "is not a CSV file"),
    ],
)
def test_what_is_wrong_with_a_file(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_cells(written(tmp_path, content))


@pytest.mark.parametrize("first", ["", '""', " "])
def test_names_of_rows_that_r_and_pandas_write_are_left_out(first: str, tmp_path: Path) -> None:
    cells = read_cells(written(tmp_path, f"{first},a,b\n0,x,1\n1,y,2\n"))
    assert cells.columns == {"a": ["x", "y"], "b": ["1", "2"]}
    assert cells.notes == (
        "the first column has no name: taken for names of the rows, and left out",
    )
    assert read_cells(written(tmp_path, "a,b\n0,x\n")).notes == ()


def test_a_header_that_cannot_be_read_has_no_columns(tmp_path: Path) -> None:
    assert read_header(written(tmp_path, b"\xff\xfe\n")) == []
    assert read_header(tmp_path / "absent.csv") == []


def test_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="needs counterpoise[parquet]")
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"age": [1.5, None, 3.0], "zip": ["01", "02", None], "up": [True, False,
                          None]})  # fmt: skip
    file = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, file)
    cells = read_cells(file)
    assert cells.columns == {
        "age": ["1.5", "", "3.0"], "zip": ["01", "02", ""], "up": ["True", "False", ""],
    }  # fmt: skip
    assert cells.texts == {"zip"}
    assert list(cells.rows) == ["t.parquet row 0", "t.parquet row 1", "t.parquet row 2"]
    assert cells.notes == ()
    pyarrow.parquet.write_table(pyarrow.table({"a": [1, None, 3], "b": [None, None, "x"]}), file)
    cells = read_cells(file)
    assert cells.columns == {"a": ["1", "3"], "b": ["", "x"]}
    assert (list(cells.rows), cells.rows.empty) == (["t.parquet row 0", "t.parquet row 2"], [1])
    index = pyarrow.table({"age": [1.5], "__index_level_0__": [17]})
    pyarrow.parquet.write_table(index, file)
    cells = read_cells(file)
    assert cells.columns == {"age": ["1.5"]}
    assert "index of pandas" in cells.notes[0]
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match="is not a whole Parquet file"):
        read_cells(file)
    pyarrow.parquet.write_table(pyarrow.table({"a": [[1], [2]]}), file)
    with pytest.raises(DataError, match="column 'a' holds list"):
        read_cells(file)


def test_parquet_without_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "pyarrow" else known(name, *a)
    )
    with pytest.raises(DataError, match=r"pip install 'counterpoise\[parquet\]'"):
        read_cells(tmp_path / "t.parquet")


def test_words_that_count_as_missing_are_known(tmp_path: Path) -> None:
    cells = read_cells(written(tmp_path, "a,b,c\nNa,null,none\nx,1,?\nnan,,nil\n"))
    assert cells.columns == {"a": ["", "x", ""], "b": ["", "1", ""], "c": ["none", "", "nil"]}
    assert cells.words == {"a": {"Na", "nan"}, "b": {"null"}, "c": {"?"}}


def test_a_delimiter_inside_the_name_of_a_column_is_none(tmp_path: Path) -> None:
    file = written(tmp_path, '"a;b;c",d\n1,2\n')
    assert read_cells(file).columns == {"a;b;c": ["1"], "d": ["2"]}
    assert read_header(file) == ["a;b;c", "d"]
