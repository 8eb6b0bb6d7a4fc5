"""Curves of training: means over splits, one line for methods that share their training."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.plots.training import shown_metric, training
from counterpoise.report.svg import Dots, Line

Make = Callable[..., Path]


def test_lines_are_the_means_over_the_splits(make: Make) -> None:
    figure = training(collect(make(methods={"baseline": {"skill": 1.0}}, rounds=4)))
    assert figure is not None
    loss, value = figure.panels
    assert list(loss.marks[0].x) == [10, 20, 30, 40]
    np.testing.assert_allclose(loss.marks[0].y, 2.0 * 0.8 ** np.arange(4))
    np.testing.assert_allclose(value.marks[0].y, 0.8 - 0.4 * 0.8 ** np.arange(4))
    assert loss.y.logarithmic


def test_methods_with_the_same_stages_share_a_line(make: Make) -> None:
    same = {"stages": ["one"]}
    figure = training(collect(make(methods={"baseline": same, "a": same, "b": {}})))
    assert figure is not None
    assert {mark.label for mark in figure.panels[0].marks} == {"baseline, a", "b"}


@pytest.mark.parametrize(("select", "shown"), [("g_mean", "g_mean"), ("auc", "balanced_accuracy")])
def test_a_metric_that_rounds_do_not_have_is_replaced(make: Make, select: str, shown: str) -> None:
    assert shown_metric(collect(make(experiment={"select": select}))) == shown


def test_without_a_history_there_is_no_figure(make: Make) -> None:
    assert training(collect(make(rounds=0))) is None


def test_one_round_is_a_point_and_one_method_has_its_own_line(make: Make) -> None:
    figure = training(collect(make(methods=["baseline", "a"], rounds=1)))
    assert figure is not None
    assert all(isinstance(mark, Dots) for mark in figure.panels[0].marks)
    own = training(collect(make(methods=["baseline", "a"])), only="a")
    assert own is not None
    (line,) = own.panels[0].marks
    assert isinstance(line, Line)
    assert line.colour == 1
