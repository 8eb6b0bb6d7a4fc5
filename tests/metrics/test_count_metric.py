"""A metric that is a class counts as those that are functions do."""

import numpy as np
import pytest

from counterpoise.metrics import METRICS, Evaluation, evaluation
from counterpoise.metrics.count_metric import CountMetric, count_metrics
from counterpoise.metrics.names import TITLES
from counterpoise.metrics.tallies import Counts, Floats


class Missed(CountMetric):
    """Largest share of a class that is missed."""

    key = "missed"
    title = "Most missed"
    lower_is_better = True

    def __call__(self, hits: Counts, true: Counts, predicted: Counts) -> Floats:
        return np.asarray((1 - hits / true).max(-1))


def test_it_is_computed_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TITLES, Missed.key, Missed.title)
    monkeypatch.setattr(evaluation, "count_metrics", lambda: {Missed.key: Missed()})
    measured = Evaluation(np.array([[8, 2], [1, 3]])).values(["missed", "worst_recall"])
    assert measured == pytest.approx({"missed": 0.25, "worst_recall": 0.75})


def test_only_classes_that_are_exported_and_have_a_key_are_known() -> None:
    assert set(count_metrics()) <= set(METRICS)
    assert Missed.key not in count_metrics()
