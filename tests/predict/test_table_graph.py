"""A predictor of tables: saved, read back and exported, with its encoding inside."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise import models
from counterpoise.data import Preprocess
from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.encoding import Encoding
from counterpoise.errors import ArgumentError
from counterpoise.predict import Ensemble, ExportedModel, Predictor, export_onnx, load
from counterpoise.predict.table_graph import EncodeRows

NAMES = tuple(f"town {k}" for k in range(60))
COLUMNS = Columns(
    (Column("age", "number"), Column("town", "category", NAMES), Column("paid", "boolean")), "y"
)


def some_rows(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.stack(
        [rng.normal(40, 9, 300), rng.integers(-1, 60, 300), rng.integers(0, 2, 300)], axis=1
    )
    made[rng.random(made.shape) < 0.1] = np.nan
    return made


def trained(seed: int) -> Predictor:
    rows = some_rows(seed)
    encoding = Encoding.fit(COLUMNS, rows)
    encoded = encoding(rows)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = models.create("mlp", encoded.shape[1:], 3, hidden=(8,))
    preprocess = Preprocess.fit("none", encoded)
    return Predictor(model, preprocess, ("a", "b", "c"), table=encoding)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return trained(0)


def test_the_graph_encodes_as_numpy_does(predictor: Predictor) -> None:
    assert predictor.table is not None
    rows = some_rows(7)
    found = EncodeRows(predictor.table)(torch.from_numpy(rows)).numpy()
    np.testing.assert_array_equal(found, predictor.table(rows))


def test_it_is_saved_without_a_pickle_and_read_back(predictor: Predictor, tmp_path: Path) -> None:
    predictor.save(tmp_path / "p")
    assert sorted(p.name for p in (tmp_path / "p").iterdir()) == [
        "predictor.json", "weights.safetensors",
    ]  # fmt: skip
    again = load(tmp_path / "p")
    assert again.columns == COLUMNS
    rows = some_rows(5)
    np.testing.assert_array_equal(again.predict(rows).scores, predictor.predict(rows).scores)
    assert predictor.input_shape == (3,)
    with pytest.raises(ArgumentError, match=r"samples have shape \(N, 3\)"):
        again.predict(rows[:, :2])


def test_members_of_an_ensemble_read_the_same_columns(predictor: Predictor) -> None:
    rows = some_rows(5)
    both = Ensemble([predictor, trained(1)])
    mean = np.mean([member.predict(rows).probabilities for member in both.predictors], axis=0)
    np.testing.assert_allclose(both.predict(rows).probabilities, mean)
    other = Predictor(
        predictor.classifier, predictor.preprocess, predictor.classes
    )  # of vectors, not of a table
    with pytest.raises(ArgumentError, match="same columns of a table"):
        Ensemble([predictor, other])


@pytest.mark.parametrize("number", [1, 2])
def test_exported_rows_go_in_as_they_are(number: int, predictor: Predictor, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="needs counterpoise[onnx]")
    pytest.importorskip("onnxruntime", reason="needs counterpoise[onnx]")
    whole = predictor if number == 1 else Ensemble([predictor, trained(1)])
    export_onnx(whole, tmp_path / "x")
    model = ExportedModel.load(tmp_path / "x")
    rows = some_rows(9)
    found = model.predict(rows).probabilities
    np.testing.assert_allclose(found, whole.predict(rows).probabilities, atol=1e-6)
    said = json.loads((tmp_path / "x" / "export.json").read_text())["input"]
    assert said["dtype"] == "float64"
    assert [c["name"] for c in said["columns"]] == ["age", "town", "paid"]
    assert said["columns"][1]["categories"] == list(NAMES)
    with pytest.raises(ArgumentError, match="finite, or NaN where they are missing"):
        model.predict(np.array([[np.inf, 0, 0]]))
