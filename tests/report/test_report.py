"""A report is its results, in the forms in which they are read."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.metrics import METRICS
from counterpoise.predict import Ensemble
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


def test_a_printed_report_is_what_the_terminal_shows(make: Make) -> None:
    out = make(methods=METHODS)
    report = collect(out)
    assert str(report) == report.text()
    assert repr(report) == f"<Report of 3 methods in {str(out)!r}>"


def test_the_predictor_is_that_of_the_method_to_use(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Ensemble, "load", lambda *given: asked.append(given))
    out = make(methods=METHODS)
    report = collect(out)
    report.predictor()
    report.predictor("weighted", "cuda")
    assert asked == [(out, "good", "cpu"), (out, "weighted", "cuda")]
    with pytest.raises(ArgumentError, match=r"collect\(FOLDER\)"):
        replace(report, folder=None).predictor()


def shown(sentence: str) -> str:
    """On a page, where commands are code."""
    return re.sub("`(.*?)`", r"<code>\1</code>", sentence)


def test_every_form_says_the_same_advice_and_verdict(make: Make) -> None:
    out = make(methods=METHODS)
    report = collect(out)
    assert isinstance(report, Results)
    assert report.text(999).splitlines()[-len(report.advice) :] == list(report.advice)
    assert report.as_json()["advice"] == list(report.advice)
    assert report.markdown().splitlines()[-1] == report.verdict
    assert report.as_json()["verdict"] == report.verdict
    page = html.unescape(report.write(out).read_text())
    assert report.verdict in page
    for sentence in report.advice:
        assert shown(sentence) in html.unescape(report._repr_html_())
        assert page.index(shown(sentence)) < page.index(report.verdict)
