"""One table of predictions over all splits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.errors import predicted as module
from counterpoise.report.errors.predicted import predicted

Make = Callable[..., Path]


def test_seeds_share_their_samples_and_probabilities_are_averaged(make: Make) -> None:
    report = collect(make(methods={"baseline": {"skill": 0.2}, "good": {"skill": 4.0}}))
    found = predicted(report)
    assert found is not None
    assert found.method == "good"
    assert found.indices.tolist() == list(range(60))
    tables = [np.asarray(run.test.probabilities) for run in report.runs["good"] if run.test]
    np.testing.assert_allclose(found.probabilities, np.mean(tables, axis=0), atol=1e-6)
    votes = [run.test.predictions for run in report.runs["good"] if run.test]
    for column, prediction in zip(np.array(votes).T, found.predictions, strict=True):
        assert prediction == np.bincount(column, minlength=3).argmax()


def test_folds_have_samples_of_their_own(make: Make) -> None:
    report = collect(make(splits=["fold-0", "fold-1"]))
    found = predicted(report)
    assert found is not None
    assert len(found.indices) == 120
    assert found.labels.tolist() == np.repeat([0, 1, 2], 20).tolist() * 2


def test_methods_of_margins_or_of_a_ledger_have_none(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert predicted(collect(make(methods={"baseline": {"no_outputs": True}}))) is None
    report = collect(make(methods={"baseline": {"margins": True, "skill": 9.0}, "other": {}}))
    found = predicted(report)
    assert found is not None
    assert found.method == "other"
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    assert predicted(report) is None
