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
    lines = report.text(width).splitlines()
    assert max(map(len, lines)) <= width
    advice = " ".join(" ".join(report.advice).split())
    assert " ".join(" ".join(lines).split()).endswith(advice)
    assert ("[95 %]" in lines[1]) == (width >= 80)


def test_nothing_breaks_inside_a_word(make: Make) -> None:
    word = "a/very/long-path" * 8
    lines = collect(make(experiment={"notes": [word]})).text(80).splitlines()
    assert f"! {word}" in lines or f"  {word}" in lines


def test_a_command_stays_on_one_line(make: Make) -> None:
    command = "`counterpoise compare my_folder --folds 5 --fine-tune --budget 30m`"
    note = f"after some words that fill half of a line {command} finishes them"
    lines = collect(make(experiment={"notes": [note]})).text(80).splitlines()
    assert any(command in line for line in lines)
    assert "! after some words that fill half of a line" in lines


def test_notes_on_a_method_are_a_mark_in_its_row(make: Make) -> None:
    report = collect(make(methods={"baseline": {}, "twice": {"notes": ["corrects twice"]}}))
    text = report.text(100)
    assert any("twice† " in line for line in text.splitlines())
    assert "† has notes in report.html" in text
    assert "corrects twice" not in text
    assert "corrects twice" in "".join(report.methods[1].notes + report.methods[0].notes)


def test_many_names_of_one_method_are_cut(make: Make) -> None:
    twins = {f"twin-{k}": {"twin": "baseline"} for k in range(4)}
    text = collect(make(methods={"baseline": {}, **twins})).text(100)
    assert "baseline (= twin-0 and 3 more)" in text


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
