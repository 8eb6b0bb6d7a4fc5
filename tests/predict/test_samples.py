"""What `predict` takes: arrays of one shape, and for a model of tables a DataFrame."""

from collections.abc import Callable

import numpy as np
import pytest

from counterpoise import models
from counterpoise.data import Preprocess
from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.encoding import Encoding
from counterpoise.errors import ArgumentError, DataError
from counterpoise.predict import Ensemble, Predictor

pandas = pytest.importorskip("pandas", reason="needs pandas")

COLUMNS = Columns((Column("age", "number"), Column("plan", "category", ("basic", "pro"))), "y")


def of_tables() -> Predictor:
    encoding = Encoding.fit(COLUMNS, np.array([[1, 0], [5, 1], [np.nan, 1], [9, 0]]))
    encoded = encoding(np.array([[1.0, 0]]))
    model = models.create("mlp", encoded.shape[1:], 2, hidden=(4,))
    return Predictor(model, Preprocess.fit("none", encoded), ("no", "yes"), table=encoding)


def test_a_frame_is_predicted_as_its_coded_rows_are() -> None:
    one = of_tables()
    frame = pandas.DataFrame(
        {"plan": ["pro", "gold", None], "y": ["no"] * 3, "age": [3, None, 8], "id": [1, 2, 3]},
        index=[9, 9, 4],
    )
    rows = np.array([[3, 1], [np.nan, -1], [8, np.nan]])
    for model in (one, Ensemble([one, of_tables()])):
        found = model.predict(frame)
        np.testing.assert_array_equal(found.scores, model.predict(rows).scores)
        assert found.probabilities is not None
        assert found.probabilities.shape == (3, 2)


@pytest.mark.parametrize("many", [False, True])
def test_mistakes_say_what_to_give(many: bool) -> None:
    model = Ensemble([of_tables()]) if many else of_tables()
    with pytest.raises(DataError, match="lacks columns that the model reads: 'plan'; it has 'age'"):
        model.predict(pandas.DataFrame({"age": [1]}))
    with pytest.raises(
        ArgumentError, match=r"are numbers; .*'pro'.*DataFrame with .* 'age', 'plan'"
    ):
        model.predict(np.array([[1, "pro"]], dtype=object))
    with pytest.raises(ArgumentError, match=r"\(N, 2\); got \(1, 3\) \(give a DataFrame with"):
        model.predict(np.zeros((1, 3)))
    with pytest.raises(
        ArgumentError, match=r"not image files; got new\.csv \(in Python: predict o"
    ):
        model.predict_files(["new.csv"])


def test_a_model_of_arrays_takes_no_frame(made: Callable[..., Predictor]) -> None:
    one = made("mlp", (4,))
    frame = pandas.DataFrame(np.zeros((2, 4)))
    for model in (one, Ensemble([one])):
        with pytest.raises(ArgumentError, match=r"no tables; got a DataFrame .*df\.to_numpy"):
            model.predict(frame)
        assert len(model.predict(frame.to_numpy().astype(np.float32))) == 2
