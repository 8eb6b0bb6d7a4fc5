"""Curves of training: means over splits, one line for methods that share their training."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.plots.training import shown_metric, training

Make = Callable[..., Path]


def test_lines_are_the_means_over_the_splits(make: Make) -> None:
    figure = training(collect(make(methods={"baseline": {"skill": 1.0}}, rounds=4)))
    assert figure is not None
    loss, value = figure.axes
    assert list(loss.lines[0].get_xdata()) == [10, 20, 30, 40]
    np.testing.assert_allclose(loss.lines[0].get_ydata(), 2.0 * 0.8 ** np.arange(4))
    np.testing.assert_allclose(value.lines[0].get_ydata(), 0.8 - 0.4 * 0.8 ** np.arange(4))


def test_methods_with_the_same_stages_share_a_line(make: Make) -> None:
    same = {"stages": ["one"]}
    figure = training(collect(make(methods={"baseline": same, "a": same, "b": {}})))
    assert figure is not None
    assert {line.get_label() for line in figure.axes[0].lines} == {"baseline, a", "b"}


@pytest.mark.parametrize(("select", "shown"), [("g_mean", "g_mean"), ("auc", "balanced_accuracy")])
def test_a_metric_that_rounds_do_not_have_is_replaced(make: Make, select: str, shown: str) -> None:
    assert shown_metric(collect(make(experiment={"select": select}))) == shown


def test_without_a_history_there_is_no_figure(make: Make) -> None:
    assert training(collect(make(rounds=0))) is None
