"""An evaluation finds its model in a report and in a folder, and says what else it was given."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import counterpoise
from counterpoise.data import Preprocess
from counterpoise.errors import ArgumentError
from counterpoise.models import create
from counterpoise.predict import Predictor
from counterpoise.report import collect
from counterpoise.report.evaluation.model import model_of

X = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
Y = ["no", "yes"] * 6


@pytest.fixture
def compared(make: Callable[..., Path]) -> Path:
    """A comparison that keeps the models of two runs of each method."""
    out = make(splits=("seed-0", "seed-1"))
    preprocess = Preprocess.fit("standard", X)
    for report in (out / "runs").glob("*/*/report.json"):
        method, split = report.parent.parent.name, report.parent.name
        model = Predictor(
            create("linear", (2,), 2),
            preprocess,
            ("no", "yes"),
            metadata={"method": method, "split": split},
        )
        model.save(report.parent / "predictor")
    return out


def test_a_report_and_its_folder_stand_for_the_model_that_is_advised(
    compared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = collect(compared)
    model = report.predictor()
    expected = counterpoise.evaluate(model, (X, Y))
    assert "(2 runs averaged)" in expected.model
    assert expected.model in repr(expected)
    for given in (report, compared, str(compared)):
        found = counterpoise.evaluate(given, (X, Y))
        assert found.model == expected.model
        np.testing.assert_array_equal(found.predicted.probabilities,
                                      expected.predicted.probabilities)  # fmt: skip
    run = compared / "runs" / "oversampling" / "seed-1"
    for place in (run, run / "predictor"):
        assert counterpoise.evaluate(place, (X, Y)).model == "oversampling (1 run)"


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    model = Predictor(create("linear", (2,), 2), Preprocess.fit("standard", X), ("no", "yes"))
    assert model_of(model) is model
    with pytest.raises(ArgumentError, match=r"the model first: report\.pre.*; got ndarray \(the d"):
        counterpoise.evaluate(X, model)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"; got '.*none', and there is no such folder"):
        counterpoise.evaluate(tmp_path / "none", (X, Y))
    with pytest.raises(ArgumentError, match="which holds no model"):
        counterpoise.evaluate(tmp_path, (X, Y))
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    with pytest.raises(ArgumentError, match=r"got a DataFrame \(the data come second: evaluate\("):
        counterpoise.evaluate(pandas.DataFrame(X), model)
