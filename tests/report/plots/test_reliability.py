"""ECE and NLL before posthoc and after, in the report and in its figures."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.metrics import Evaluation
from counterpoise.report import collect
from counterpoise.report.plots.reliability import _bins, reliability

Make = Callable[..., Path]
METHODS = {"baseline": {}, "cooled": {"temperature": 3.0}, "svm": {"margins": True}}


def test_before_is_what_posthoc_was_given_and_after_what_it_made(make: Make) -> None:
    out = make(methods=METHODS)
    report = collect(out)
    cooled = next(m for m in report.methods if m.name == "cooled")
    assert cooled.calibration is not None
    for when, key in (("before", "before"), ("after", "probabilities")):
        values = []
        for split in report.experiment.splits:
            with np.load(out / f"runs/cooled/{split}/outputs.npz") as outputs:
                table = outputs[f"test_{key}"]
            with np.load(out / f"splits/{split}.npz") as labels:
                target = labels["test_labels"]
            values.append(Evaluation.from_scores(table, target, 3, table).nll)
        estimate = getattr(cooled.calibration, when)["nll"]
        assert estimate.values == pytest.approx(values)
    assert cooled.calibration.after["ece"] == cooled.metrics["ece"]
    assert all(m.calibration is None for m in report.methods if m.name != "cooled")
    page = report.write(out).read_text()
    assert "Calibration on test before and after posthoc" in page
    assert '<section id="reliability">' in page


def test_without_posthoc_there_is_neither_table_nor_figure(make: Make) -> None:
    out = make()
    report = collect(out)
    assert reliability(report) is None
    page = report.write(out).read_text()
    assert "Calibration on test" not in page
    assert '<section id="reliability">' not in page


def test_a_run_of_a_ledger_keeps_its_values(make: Make) -> None:
    out = make(methods={"baseline": {}, "kept": {"no_outputs": True}})
    for path in out.glob("runs/kept/*/report.json"):
        report = json.loads(path.read_text())
        path.write_text(json.dumps(report | {"values_before": {"nll": 0.75, "ece": 0.25}}))
    found = collect(out)
    kept = next(m for m in found.methods if m.name == "kept")
    assert kept.calibration is not None
    assert kept.calibration.before["ece"].mean == 0.25
    assert reliability(found) is None  # single samples were not kept


def test_one_panel_for_each_with_the_errors_below_it(make: Make) -> None:
    methods = {"baseline": {}, "a": {"temperature": 3.0}, "b": {"temperature": 0.5}}
    figure = reliability(collect(make(methods=methods)))
    assert figure is not None
    assert [panel.title for panel in figure.panels] == ["a", "b"]
    assert all(re.search(r"\(ECE \.\d{3} → \.\d{3}\)$", p.x.label) for p in figure.panels)
    labels = [mark.label for mark in figure.panels[0].marks if getattr(mark, "label", "")]
    assert labels == ["before", "after, a"]


def test_points_are_mean_confidence_and_share_right_of_the_bins_that_have_samples() -> None:
    table = np.array([[0.9, 0.1], [0.9, 0.1], [0.55, 0.45]])
    confidence, right, share = _bins([Evaluation.from_scores(table, [0, 1, 0], 2, table)])
    assert confidence == pytest.approx([0.55, 0.9])
    assert right == pytest.approx([1.0, 0.5])
    assert share == pytest.approx([1 / 3, 2 / 3])
