"""Terminal text, Markdown, rows and frames say the same numbers and keep to their width."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.report import collect
from counterpoise.report.number_format import shorter, signed

Make = Callable[..., Path]
METHODS = {
    "baseline": {"skill": 0.5},
    "undersampling+thresholding": {"skill": 4.0, "converged": False},
    "weighted": {"status": "diverged", "error": "loss became inf"},
}


@pytest.mark.parametrize("width", [60, 80, 100, 140, 220])
def test_text_keeps_to_the_width(make: Make, width: int) -> None:
    report = collect(make(methods=METHODS))
    *body, verdict = report.text(width).splitlines()
    assert max(map(len, body)) <= width
    assert verdict == report.verdict


def test_wider_terminals_show_more_metrics(make: Make) -> None:
    report = collect(make(methods=METHODS))
    narrow, wide = report.text(80), report.text(220)
    assert "vs baseline" in narrow
    assert "NLL" not in narrow
    assert "more metrics in report.html" in narrow
    assert "NLL" in wide
    assert "more metrics" not in wide


def test_text_says_what_the_report_knows(make: Make) -> None:
    report = collect(make(methods=METHODS))
    text = report.text(120)
    first = report.methods[0]
    assert f" 1 {first.name}*" in text
    assert shorter(first.metrics["balanced_accuracy"].mean) in text
    assert first.vs_baseline is not None
    assert signed(first.vs_baseline["balanced_accuracy"].difference) in text
    assert "weighted: diverged" in text
    assert "seed-0: loss became inf" in text
    assert isinstance(text, str)


def test_a_diverged_method_shows_no_score(make: Make) -> None:
    report = collect(make(methods=METHODS))
    row = next(r for r in report.table() if r["method"] == "weighted")
    numbers = {k: v for k, v in row.items() if k not in ("method", "status", "converged")}
    assert set(numbers.values()) == {None}
    line = next(x for x in report.markdown().splitlines() if x.startswith("| weighted"))
    assert not any(c.isdigit() for c in line)


def test_markdown(make: Make) -> None:
    report = collect(make(methods=METHODS))
    heading, rule, *lines = report.markdown(metrics=["auc", "g-mean"]).splitlines()
    assert heading == (
        "| Method | Balanced accuracy (validation) | Balanced accuracy | Macro AUC | G-mean | Time "
        "| Balanced accuracy vs baseline (95 %) |"
    )
    assert rule.count("|") == heading.count("|")
    assert all(line.count("|") == heading.count("|") for line in lines[:3])
    auc = report.methods[0].metrics["auc"]
    assert f"{auc.mean:.3f} ± {auc.sd:.3f}" in lines[0]
    assert lines[-1] == report.verdict
    with pytest.raises(ArgumentError, match="no metric is called 'aucc'"):
        report.markdown(metrics=["aucc"])
