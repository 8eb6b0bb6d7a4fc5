"""All figures of a report: one that fails stops no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.report import collect
from counterpoise.report.plots import figures, figures_of

Make = Callable[..., Path]


def test_a_figure_that_fails_says_so_and_stops_no_other(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no room <for> it")

    out = make()
    monkeypatch.setattr(figures, "class_counts", fail)
    report = collect(out)
    drawn = {figure.name: figure for figure in figures_of(report)}
    broken = drawn.pop("class-counts")
    assert broken.html == ""
    assert broken.problem == "MemoryError: no room <for> it"
    assert set(drawn) == {"recall", "roc", "precision-recall", "training"}
    assert all("<svg" in figure.html for figure in drawn.values())
    page = report.write(out).read_text()
    assert "could not be drawn (MemoryError: no room &lt;for&gt; it)" in page
    assert all(f'<section id="{name}">' in page for name in drawn)
    assert (out / "report.json").is_file()
