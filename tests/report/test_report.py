"""A report is its results, in the forms in which they are read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.metrics import METRICS
from counterpoise.report import collect
from counterpoise.report.results import Results

Make = Callable[..., Path]
METHODS = {
    "baseline": {"skill": 0.5},
    "good": {"skill": 4.0},
    "weighted": {"status": "diverged", "error": "loss became inf"},
}


def test_table_and_frame(make: Make) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    report = collect(make(methods=METHODS))
    frame = report.to_frame()
    assert len(frame) == 3
    assert {"rank", "method", "validation", "difference_low", *METRICS} <= set(frame.columns)
    assert frame["accuracy"][0] == report.methods[0].metrics["accuracy"].mean


def test_every_form_says_the_same_verdict(make: Make) -> None:
    out = make(methods=METHODS)
    report = collect(out)
    assert isinstance(report, Results)
    assert report.text().splitlines()[-1] == report.verdict
    assert report.markdown().splitlines()[-1] == report.verdict
    assert report.as_json()["verdict"] == report.verdict
    assert report.verdict in report._repr_html_()
    assert report.verdict in report.write(out).read_text()
