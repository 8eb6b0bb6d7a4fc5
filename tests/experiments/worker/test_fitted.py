"""What scikit-learn fits in place of a network, and what is said of it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from counterpoise.data import Preprocess
from counterpoise.experiments.worker import fitted
from counterpoise.models import create
from counterpoise.models.references import LogisticRegression


@pytest.mark.parametrize(
    ("name", "most"),
    [("logistic-regression", 1), ("logistic-regression", 900), ("hist-gradient-boosting", 1)],
)
def test_a_solver_that_did_not_converge_says_so(
    name: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] ** 2 > 0.5).astype(np.int64)
    real = LogisticRegression.estimator

    def estimator(self: LogisticRegression, seed: int) -> Any:
        return real(self, seed).set_params(max_iter=most)

    monkeypatch.setattr(LogisticRegression, "estimator", estimator)
    monkeypatch.setattr(fitted, "read_split", lambda *given: {"train": np.arange(60)})
    monkeypatch.setattr(fitted, "read_data", lambda *given: (x, y))
    monkeypatch.setattr(fitted, "fit_preprocess", lambda *given: Preprocess.fit("none", x))
    monkeypatch.setattr(fitted.build, "build_model", lambda *given: create(name, (4,), 2))
    task: Any = SimpleNamespace(
        recipe=SimpleNamespace(model=SimpleNamespace(name=name)), seed=0, data_split="seed-0"
    )
    context: Any = SimpleNamespace(splits=None, classes=("a", "b"), device="cpu", threads=1)
    model, _, notes = fitted.fit_model(task, context)
    assert model.head is not None
    if name.startswith("logistic") and most == 1:
        assert "did not converge within 1 iterations" in notes[0]
    else:
        assert notes == ()
