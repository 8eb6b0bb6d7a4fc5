"""All figures of a report: which there are, and that one which fails stops no other."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from counterpoise.report import Report, collect
from counterpoise.report.plots import draw_all, figures

Make = Callable[..., Path]


def few(make: Make, num_classes: int) -> Report:
    counts = [num_classes + 5 - k for k in range(num_classes)]
    return collect(make(methods=["baseline"], counts=counts, per_class=1, splits=["seed-0"]))


@pytest.mark.parametrize("most", [3, 2])
def test_many_classes_show_their_most_confused_pairs_and_say_so(
    make: Make, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST_IN_MATRIX", most)
    (drawn,) = (f for f in draw_all(few(make, 3)) if f.file == "confusion.png")
    if most == 3:
        assert drawn.heading == "Confusion matrices"
    else:
        assert drawn.heading == "Classes that are confused most often"
        assert "A matrix of 3 classes would be too fine to see" in drawn.caption


def test_a_figure_is_what_matplotlib_saves_to_the_pixel(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def saved(figure: Figure) -> bytes:
        FigureCanvasAgg(figure)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=figures.DPI, facecolor="white")
        return stream.getvalue()

    report = few(make, 3)
    mine = draw_all(report)
    monkeypatch.setattr(figures, "_png", saved)
    for one, usual in zip(mine, draw_all(report), strict=True):
        assert one.png is not None
        assert usual.png is not None
        with Image.open(io.BytesIO(one.png)) as a, Image.open(io.BytesIO(usual.png)) as b:
            assert (a.size, a.tobytes()) == (b.size, b.tobytes()), one.file


def test_a_figure_that_fails_says_so_and_stops_no_other(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no room <for> it")

    out = make()
    monkeypatch.setattr(figures, "class_counts", fail)
    report = collect(out)
    drawn = {figure.file: figure for figure in draw_all(report)}
    broken = drawn.pop("class-counts.png")
    assert broken.png is None
    assert broken.problem == "MemoryError: no room <for> it"
    assert len(drawn) == 5
    for figure in drawn.values():
        assert figure.png is not None
        Image.open(io.BytesIO(figure.png)).verify()
    page = report.write(out).read_text()
    assert "could not be drawn (MemoryError: no room &lt;for&gt; it)" in page
    assert page.count("<img") == 5
    assert not (out / "class-counts.png").exists()
    assert (out / "report.json").is_file()
