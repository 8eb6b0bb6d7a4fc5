"""A fit ends when its training loss no longer falls."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import ArgumentError
from counterpoise.estimator.training import changes_by_round
from counterpoise.recipes.load import load_methods

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


def test_iris_stops_before_its_last_round_as_accurate_as_with_all() -> None:
    X, y = load_iris(return_X_y=True)
    model = CounterpoiseClassifier(random_state=0).fit(X, y)
    losses = [record["train_loss"] for record in model.history_]
    assert model.n_iter_ == len(losses) < 150
    assert min(losses[-10:]) > min(losses[:-10]) - 1e-4
    stopped, whole = (
        cross_val_score(CounterpoiseClassifier(tol=tol, random_state=0), X, y, cv=2).mean()
        for tol in (1e-4, None)
    )
    assert stopped >= whole - 0.02


def test_rounds_are_those_of_the_whole_training_as_far_as_they_go(skewed: Arrays) -> None:
    """The learning rate follows the schedule of all rounds."""
    stopped = CounterpoiseClassifier(rounds=20, tol=1.0, n_iter_no_change=3, random_state=0)
    whole = CounterpoiseClassifier(rounds=20, tol=None, random_state=0)
    assert stopped.fit(*skewed).n_iter_ == 4  # the first is lower than nothing
    assert whole.fit(*skewed).n_iter_ == 20
    for short, long in zip(stopped.history_, whole.history_, strict=False):
        assert (short["train_loss"], short["lr"]) == (long["train_loss"], long["lr"])


def test_each_stage_stops_for_itself(skewed: Arrays, capsys: pytest.CaptureFixture[str]) -> None:
    model = CounterpoiseClassifier(
        "two-phase-over", rounds=20, tol=1.0, n_iter_no_change=2, random_state=0, verbose=1
    ).fit(*skewed)
    assert [record["stage_index"] for record in model.history_] == [0] * 3 + [1] * 3
    assert [record["updates"] for record in model.history_] == [2, 4, 6, 8, 10, 12]
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "stopped" in line] == [
        f"{stage}: stopped after 3 of 20 rounds, the training loss no longer falls"
        for stage in dict.fromkeys(record["stage"] for record in model.history_)
    ]


@pytest.mark.parametrize("method", ["iwce", "ldam-drw", "progressive", "f1-driven"])
def test_what_changes_by_round_trains_all_rounds(method: str, skewed: Arrays) -> None:
    model = CounterpoiseClassifier(
        method, rounds=5, tol=10.0, n_iter_no_change=1, random_state=0
    ).fit(*skewed)
    assert model.n_iter_ == 5


def test_other_methods_may_stop() -> None:
    [oversampling] = load_methods(["oversampling"], {}, {})
    assert not changes_by_round(oversampling.stages[0])


def test_a_setting_outside_its_range_is_said_in_fit(skewed: Arrays) -> None:
    with pytest.raises(ArgumentError, match="tol is 0 or more"):
        CounterpoiseClassifier(tol=-1.0).fit(*skewed)
