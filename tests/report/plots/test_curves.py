"""ROC and precision-recall curves: those of scikit-learn, and what a test set lacks is said."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as sk

from counterpoise.report import Report, collect
from counterpoise.report.plots.curves import GRID, curves, precision_recall, roc
from counterpoise.report.svg import legend_of

Make = Callable[..., Path]


def titles(report: Report) -> list[list[str]]:
    found = curves(report)
    figures = (roc(report, found), precision_recall(report, found))
    return [[panel.title for panel in figure.panels] for figure in figures if figure]


def test_each_class_has_scikit_learns_curves_averaged_over_splits(make: Make) -> None:
    report = collect(make(methods=["baseline"], splits=["seed-0", "seed-1"]))
    found = curves(report)["baseline"]
    for k in range(3):
        roc_curves, precisions = [], []
        for run in report.runs["baseline"]:
            assert run.test is not None
            positive, scores = run.test.target == k, np.asarray(run.test.scores)[:, k]
            false, true, _ = sk.roc_curve(positive, scores, drop_intermediate=False)
            roc_curves.append(np.interp(GRID, false, true))
            precision, recall, _ = sk.precision_recall_curve(positive, scores)
            precisions.append([precision[np.isclose(recall, r)].max() for r in (0.5, 1.0)])
        np.testing.assert_allclose(found.roc[k], np.mean(roc_curves, axis=0), atol=1e-12)
        assert found.precision_recall[k][[100, 200]] == pytest.approx(np.mean(precisions, axis=0))


def test_lines_are_means_over_the_classes(make: Make) -> None:
    report = collect(make())
    found = curves(report)
    assert set(found) == {"baseline", "oversampling"}
    figure = roc(report, found)
    assert figure is not None
    whole, rare = figure.panels
    np.testing.assert_allclose(whole.marks[0].y, found["baseline"].roc.mean(axis=0))
    np.testing.assert_allclose(rare.marks[0].y, found["baseline"].roc[1:].mean(axis=0))


def test_a_class_without_a_test_sample_is_left_out_and_that_is_said(make: Make) -> None:
    out = make(per_class=[20, 20, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = collect(out)
        assert titles(report) == 2 * [
            [
                "All classes, without 1 that has no test sample",
                "2 rarer classes, without 1 that has no test sample",
            ]
        ]
        report.write(out)
    found = curves(report)["baseline"].roc
    assert np.isnan(found[2]).all()
    assert not np.isnan(found[:2]).any()


def test_rarer_classes_without_any_test_sample_leave_their_panel_empty(make: Make) -> None:
    report = collect(make(counts=(200, 150, 10, 10), per_class=[20, 20, 0, 0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert titles(report)[0][1] == "2 rarer classes, without 2 that have no test sample"
        figure = roc(report, curves(report))
    assert figure is not None
    assert not figure.panels[1].marks
    assert legend_of(figure).count("<li>") == 2


def test_without_scores_there_is_no_figure(make: Make) -> None:
    report = collect(make(methods={"baseline": {"no_outputs": True}}))
    assert curves(report) == {}
    assert titles(report) == []
