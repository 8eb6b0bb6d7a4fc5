"""DataFrames and arrays as files."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.load import load
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.tables.columns import Column
from counterpoise.data.tables.given import stored
from counterpoise.errors import ArgumentError, DataError

pandas = pytest.importorskip("pandas", reason="needs pandas")


def frame() -> "pandas.DataFrame":
    return pandas.DataFrame(
        {
            "age": [31.5, None, 1 / 3, 22],
            "zip": ["01234", "99999", None, "01234"],
            "plan": pandas.Categorical(["pro", "basic", "pro", None]),
            "paid": [True, False, True, True],
            "left": ["no", "yes", "no", "yes"],
        }
    )


def read(path: object, options: dict) -> LabelledSet:
    question = TableQuestion(options["label"], categories=options["categories"])
    return load(str(path), table=question)


def test_a_frame(tmp_path: Path) -> None:
    path, options = stored(frame(), {"label": "left", "seeds": 2}, tmp_path)
    assert options == {"label": "left", "seeds": 2, "categories": ("zip",)}
    assert stored(frame(), {"label": "left"}, tmp_path)[0] == path
    dataset = read(path, options)
    assert dataset.table is not None
    assert dataset.table.columns == (
        Column("age", "number"),
        Column("zip", "category", ("01234", "99999")),
        Column("plan", "category", ("basic", "pro")),
        Column("paid", "boolean"),
    )
    assert dataset.inputs.read()[2, 0] == 1 / 3
    assert dataset.labels.tolist() == [0, 1, 0, 1]
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("frame-")


def test_a_frame_and_its_labels(tmp_path: Path) -> None:
    whole = frame()
    path, options = stored((whole.drop(columns="left"), whole["left"]), {}, tmp_path)
    assert options["label"] == "left"
    assert read(path, options).labels.tolist() == [0, 1, 0, 1]
    path, options = stored((whole.drop(columns="left"), [3, 4, 3, 4]), {}, tmp_path)
    assert options["label"] == "label"
    assert read(path, options).classes == ("3", "4")


def test_text_of_which_some_looks_like_numbers_is_text(tmp_path: Path) -> None:
    room = ["1", "2", "A4", None]
    given = pandas.DataFrame({"room": room, "cost": ["1,5", "2", "3", "4"], "y": list("abab")})
    path, options = stored(given, {"label": "y", "drop": "cost"}, tmp_path)
    found = load(str(path), table=TableQuestion("y", drop=("cost",), categories=("room",)))
    assert options["categories"] == ("room",)
    assert found.table is not None
    assert found.table.columns == (Column("room", "category", ("1", "2", "A4")),)
    path, options = stored(given, {"label": "y"}, tmp_path)
    with pytest.raises(DataError, match="column 'cost' has numbers with a comma"):
        read(path, options)


def test_labels_that_are_a_frame_of_one_column(tmp_path: Path) -> None:
    whole = frame()
    path, options = stored((whole.drop(columns="left"), whole[["left"]]), {}, tmp_path)
    assert options["label"] == "left"
    path, _ = stored((np.zeros((4, 2)), whole[["left"]]), {}, tmp_path)
    assert load(str(path)).classes == ("no", "yes")


def test_labels_that_are_an_array_of_one_column(tmp_path: Path) -> None:
    path, _ = stored((np.zeros((4, 2)), np.array([[0], [1], [0], [1]])), {}, tmp_path)
    assert load(str(path)).labels.tolist() == [0, 1, 0, 1]


def test_arrays(tmp_path: Path) -> None:
    X, y = np.arange(12, dtype=np.float32).reshape(4, 3), np.array([0, 1, 0, 1])
    path, options = stored((X, y), {"folds": 3}, tmp_path)
    assert options == {"folds": 3}
    dataset = load(str(path))
    np.testing.assert_array_equal(dataset.inputs.read(), X)
    assert dataset.labels.tolist() == y.tolist()


def test_paths_and_what_is_no_data_come_back_as_they_are(tmp_path: Path) -> None:
    for other in ("digits", tmp_path, 3, [1, 2], np.zeros((9, 4))):
        assert stored(other, {}, tmp_path)[0] is other
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (frame(), {}, "label= names the column of a DataFrame with the class; got nothing"),
        (frame(), {"label": "let"}, "got 'let'; did you mean 'left'"),
        ((np.zeros((3, 2)), [0, 1]), {}, "one row per sample; got 3 and 2"),
        ((frame(), [0, 1, 0, 1]), {"label": "left"}, "X has a column 'left'"),
        ((np.zeros((4, 2)), frame()[["left", "zip"]]), {}, "a DataFrame of 2 columns .left, zip"),
        ((scipy.sparse.eye(3), [0, 1, 0]), {}, r"got X of type .*X.toarray\(\)"),
        ((np.zeros((2, 2)), np.array(["a", None])), {}, "such as None in place 1"),
        ((np.array([["a", 1], ["b", 2]], dtype=object), [0, 1]), {}, "X holds numbers; got .*'a'"),
        ((np.zeros((4, 2)), iter([0, 1])), {}, "got y of type list_iterator"),
        (pandas.DataFrame({0: [1], "y": [1]}), {"label": "y"}, "texts as names, each once; got 0"),
    ],
)
def test_what_is_refused(data: object, options: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=message):
        stored(data, options, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            1e300,
            r"^X, row 2, column 1: a number of at most 3.4e\+38, as float32 holds; got 1e\+300",
        ),
        (-1e39, r"^X, row 2, column 1: .*got -1e\+39 \(scale the column\)$"),
        (np.nan, r"^X: 1 value is NaN or infinite, in 1 sample \(2\); impute them, or give a Data"),
    ],
)
def test_numbers_that_float32_does_not_hold(value: float, message: str, tmp_path: Path) -> None:
    X = np.zeros((4, 3))
    X[2, 1] = value
    with pytest.raises(DataError, match=message):
        stored((X, [0, 1, 0, 1]), {}, tmp_path)
    assert not list(tmp_path.iterdir())
    X[2, 1] = 3e38
    stored((X, [0, 1, 0, 1]), {}, tmp_path)


def test_dates_of_a_frame_are_refused_with_advice(tmp_path: Path) -> None:
    days = pandas.DataFrame({"day": pandas.date_range("2021-03-04", periods=4), "y": list("abab")})
    path, options = stored(days, {"label": "y"}, tmp_path)
    with pytest.raises(DataError, match=r"column 'day' holds dates .*--drop day"):
        read(path, options)


def test_arrays_are_written_without_a_copy_in_memory(tmp_path: Path) -> None:
    X = np.arange(8_000_000, dtype=np.float64).reshape(-1, 40)  # numpy writes 16 MiB at a time
    y = np.arange(len(X)) % 2
    tracemalloc.start()
    path, _ = stored((X, y), {}, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.7 * X.nbytes
    with np.load(str(path)) as held:
        np.testing.assert_array_equal(held["x_train"], X)
    assert [p.name for p in tmp_path.iterdir()] == [Path(str(path)).name], "nothing is left beside"
    before = Path(str(path)).stat().st_ino
    assert stored((X, y), {}, tmp_path)[0] == path
    assert Path(str(path)).stat().st_ino == before, "what is there is not written again"


def test_a_report_calls_it_by_what_it_is(tmp_path: Path) -> None:
    """The file, and so the folder of results, keeps its name: the same call resumes."""
    X, y = np.arange(12.0).reshape(6, 2), np.array(["a", "b"] * 3)
    path, _ = stored((X, y), {}, tmp_path)
    assert load(str(path)).name == "arrays, 6 samples"
    (tmp_path / "given").mkdir()
    other = tmp_path / "given" / "cifar10-0123456789ab.npz"
    other.write_bytes(Path(str(path)).read_bytes())
    assert load(str(other)).name == "cifar10"
    mine = tmp_path / "mine-202611290935.npz"
    mine.write_bytes(Path(str(path)).read_bytes())
    assert load(str(mine)).name == "mine-202611290935", "a file of the user's own"
