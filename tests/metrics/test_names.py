"""Names of metrics: hyphens may stand for underscores, and a near name is suggested."""

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.metrics import (
    CONFUSION_METRICS,
    LOWER_IS_BETTER,
    METRICS,
    Evaluation,
    require_metric,
)


def test_unknown_metric_suggests_the_near_name() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'balanced_accuracy'"):
        require_metric("balanced_acuracy")
    with pytest.raises(ArgumentError, match="did you mean 'g_mean'"):
        Evaluation(np.eye(2, dtype=np.int64)).values(["gmean"])
    assert require_metric("g-mean") == "g_mean"


def test_every_name_is_a_metric_of_an_evaluation() -> None:
    evaluation = Evaluation(np.eye(2, dtype=np.int64))
    assert set(evaluation.values()) == set(METRICS)
    assert {*CONFUSION_METRICS, *LOWER_IS_BETTER} <= set(METRICS)
