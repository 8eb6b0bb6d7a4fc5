"""Each column's value, on runs that are made by hand."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from counterpoise.metrics import Evaluation
from counterpoise.metrics.confusion import Confusion
from counterpoise.report.runs import Run
from counterpoise.reproduce.columns import is_column, lower_is_better, title, values

EXPERIMENT: Any = SimpleNamespace(
    classes=("cat", "dog", "emu"), counts=(50, 5, 20), counts_per_split={"seed-1": (5, 50, 20)}
)
CELLS = [[8, 1, 1], [2, 3, 0], [0, 1, 4]]  # rows true


def made(split: str = "seed-0", accuracy: float = 0.75, training: float | None = None) -> Run:
    return Run(
        "a", split, "ok", "A", test=Evaluation(Confusion.from_dense(CELLS)),
        values={"accuracy": accuracy},
        training_values=None if training is None else {"accuracy": training},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [("accuracy", 0.75), ("recall dog", 0.6), ("precision cat", 0.8), ("f1 emu", 0.8),
     ("S1 f1", 0.6), ("S2 f1", 0.8)],
)  # fmt: skip
def test_of_a_run(name: str, value: float) -> None:
    assert values([made()], name, EXPERIMENT) == (pytest.approx(value),)


def test_the_smallest_class_is_that_of_the_split() -> None:
    assert values([made("seed-1")], "S1 f1", EXPERIMENT) == (pytest.approx(0.8),)  # cat


def test_training_and_gap_are_undefined_where_nothing_was_recorded() -> None:
    runs = [made(training=0.95), made()]
    training, gap = (
        values(runs, "training accuracy", EXPERIMENT),
        values(runs, "gap accuracy", EXPERIMENT),
    )
    assert (training[0], gap[0]) == pytest.approx((0.95, 0.2))
    assert math.isnan(training[1])
    assert math.isnan(gap[1])


def test_a_spread_is_how_far_each_repeat_is_from_their_mean() -> None:
    runs = [made(accuracy=value) for value in (0.7, 0.8, 0.9)]
    assert values(runs, "spread accuracy", EXPERIMENT) == pytest.approx((0.1, 0.0, 0.1))
    assert np.isnan(values([made()], "recall fox", EXPERIMENT)).all()


def test_names_and_directions() -> None:
    assert not any(map(is_column, ("recall", "gap", "S3 f1", "acuracy", "training cat")))
    assert title("S2 f1") == "F1 of the second smallest class"
    assert title("recall cat") == "Recall cat"
    assert [lower_is_better(n) for n in ("nll", "gap accuracy", "accuracy", "f1 cat")] == [
        True, True, False, False,
    ]  # fmt: skip
