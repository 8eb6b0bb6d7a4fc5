"""Tables as data sets."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data.inspect import inspect
from counterpoise.data.load import load
from counterpoise.data.sources.rows import TableQuestion, read_rows
from counterpoise.errors import DataError

Write = Callable[[str], str]
PLAIN = "age,plan,who,y\n31,pro,a,no\n,basic,a,yes\n40,pro,b,no\n22,,,yes\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str) -> str:
        (tmp_path / "churn.csv").write_text(text, encoding="utf-8")
        return str(tmp_path / "churn.csv")

    return make


def test_a_table(write: Write) -> None:
    file = write(PLAIN)
    dataset = load(file, table=TableQuestion("y", "who"))
    assert (dataset.name, dataset.kind, dataset.classes) == ("churn", "vector", ("no", "yes"))
    assert dataset.labels.tolist() == [0, 1, 0, 1]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0, 0, 1, 2]
    assert dataset.part.tolist() == [-1] * 4
    nan = np.nan
    np.testing.assert_array_equal(dataset.inputs.read(), [[31, 1], [nan, 0], [40, 1], [22, nan]])
    assert dataset.table is not None
    rows, names = read_rows(Path(file), dataset.table)
    np.testing.assert_array_equal(rows, dataset.inputs.read())
    assert list(names) == [f"churn.csv:{line}" for line in (2, 3, 4, 5)]
    other = load(file, table=TableQuestion("y", "who", categories=("age",)))
    assert other.checksum != dataset.checksum


def test_a_column_split_says_the_parts(write: Write) -> None:
    rows = "".join(f"{n},{'ab'[n % 2]},{'train' if n < 6 else 'test'}\n" for n in range(9))
    dataset = load(write(f"x,y,split\n{rows}"), table=TableQuestion("y"))
    assert dataset.part.tolist() == [0] * 6 + [2] * 3
    assert dataset.table is not None
    assert [c.name for c in dataset.table.columns] == ["x"]
    dataset = load(write(f"x,y,split\n{rows.replace('train', 'left')}"), table=TableQuestion("y"))
    assert dataset.table is not None
    assert [c.name for c in dataset.table.columns] == ["x", "split"]


def test_new_rows_to_evaluate_on_need_no_training_part_and_not_every_class(write: Write) -> None:
    rows = "".join(f"{n},{'ab'[n % 2]}\n" for n in range(9))
    columns = load(write(f"x,y\n{rows}"), table=TableQuestion("y")).table
    tested = write("x,y,split\n1,a,test\n2,b,test\n")
    found = load(tested, table=TableQuestion("y"), columns=columns)
    assert found.indices(2).tolist() == [0, 1]
    with pytest.raises(DataError, match="no training sample of class 'a', 'b'"):
        load(tested, table=TableQuestion("y"))
    alone = load(write("x,y\n1,b\n"), table=TableQuestion("y"), columns=columns)
    assert (len(alone), alone.classes) == (1, ("b",))


def test_inspect_shows_the_columns(write: Write) -> None:
    rows = "".join(f"{n},1,{n % 3},{'ab'[n % 2]},{n % 2}\n" for n in range(40))
    dataset = load(
        write(f"id,same,x,y,after\n{rows}1,1,1,a,0\n"), table=TableQuestion("y", drop=("x",))
    )
    text = str(inspect(dataset))
    assert "churn: 41 rows, 4 columns to learn from, 2 classes" not in text
    assert "churn: 41 rows, 3 columns to learn from, 2 classes" in text
    assert "columns left out: x" in text
    assert "1 column has one value only and cannot help: 'same'" in text
    assert "! column 'after' alone tells the class" in text
    assert inspect(dataset).to_dict()["columns"]


def test_duplicates_are_rows_with_their_line(write: Write) -> None:
    text = "x,y,split\n1,a,train\n2,b,train\n3,b,train\n1,b,test\n4,a,test\n"
    found = inspect(load(write(text), table=TableQuestion("y"))).duplicates
    assert (found.across, found.conflicting) == (1, 1)
    assert found.examples == ("churn.csv:2 (a) = churn.csv:5 (b)",)


def test_rows_without_a_value_are_said(write: Write) -> None:
    dataset = load(write("x,y\n1,a\n,\n2,b\n\n3,a\n"), table=TableQuestion("y"))
    assert dataset.rows is not None
    assert list(dataset.rows) == ["churn.csv:2", "churn.csv:4", "churn.csv:6"]
    assert "2 rows have no value at all, left out (lines 3, 5)" in dataset.notes


def test_a_column_that_numbers_the_rows_is_named(write: Write) -> None:
    rows = "".join(f"{100 + n},{n % 7},{'ab'[n % 2]}\n" for n in range(30))
    dataset = load(write(f"id,x,y\n{rows}"), table=TableQuestion("y"))
    assert "column 'id' numbers the rows; it should not help to predict (--drop id)" in (
        dataset.notes
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PLAIN.replace("yes", "no"), "at least two classes are needed; there is only 'no'"),
        (PLAIN.replace("yes", ""), "2 of 4 rows have no label in column 'y' .lines 3, 5.; take"),
        (PLAIN.replace(",y\n", ",z\n"), "no column 'y'"),
        ("x,y\n" + "".join(f"{n},{n}.5\n" for n in range(60)), "60 different values in 60 rows, "
         "numbers; regression is out of scope"),
        ("x,y\n" + "".join(f"{n},n{n}\n" for n in range(60)), "in 60 rows, texts"),
        ("x,y\n1,a\n2\n", "as many cells as the header"),
        ("x,y\n1,NA\n2,b\n3,?\n", "2 of 3 rows have no label in column 'y' .lines 2, 4.; "
         "'.', 'NA' there are read as no value: if a class is called so, give it another name"),
        ("", "is empty"),
        ("day,y\n2021-03-04,a\n2021-03-05,b\n", "holds dates .*--drop day"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, message: str, write: Write) -> None:
    with pytest.raises(DataError, match=message):
        load(write(text), table=TableQuestion("y"))


def test_a_list_of_images_and_a_table_are_told_apart(write: Write, tmp_path: Path) -> None:
    images = write("path,label\na.png,x\nb.png,y\n")
    with pytest.raises(DataError, match=r"as a list of images has \(leave --label out"):
        load(images, table=TableQuestion("label"))
    with pytest.raises(DataError, match="name the column of its classes: --label NAME"):
        load(write(PLAIN))
    (tmp_path / "t.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="is a table: name the column of its classes"):
        load(str(tmp_path / "t.parquet"))
    for other in ("digits", str(tmp_path)):
        with pytest.raises(DataError, match="a label column is one of a table"):
            load(other, table=TableQuestion("y"))


def test_signs_are_two_classes(write: Write) -> None:
    dataset = load(write("x,y\n1,1\n2,-1\n3,1\n"), table=TableQuestion("y"))
    assert (dataset.classes, dataset.labels.tolist()) == (("-1", "1"), [1, 0, 1])
    with pytest.raises(DataError, match="beside other numbers -1 may mean that there is no label"):
        load(write("x,y\n1,1\n2,-1\n3,0\n"), table=TableQuestion("y"))


def test_categories_that_read_as_missing_are_said(write: Write) -> None:
    dataset = load(write("where,y\nEU,a\nNA,b\nAS,a\nNA,a\n"), table=TableQuestion("y"))
    assert "column 'where': 'NA' is read as a missing value, not a category" in dataset.notes
