"""Curves along the longest axis."""

from counterpoise.reproduce.figure import draw
from counterpoise.sweep.measured import Measured


def test_a_curve_is_drawn_with_the_papers_points(known, asked, tmp_path) -> None:
    cells = [
        Measured({"rho": rho}, {(m, "balanced_accuracy"): (0.5, 0.6)})
        for rho in (5, 10)
        for m in ("baseline",)
    ]
    path = tmp_path / "figure.svg"
    assert draw(known, asked, cells, path)
    assert path.read_text("utf-8").count("<svg") == 1


def test_one_cell_is_no_curve(known, asked, tmp_path) -> None:
    path = tmp_path / "figure.svg"
    assert not draw(known, asked, [Measured({"rho": 5}, {("baseline", "auc"): (1.0,)})], path)
    assert not draw(known, asked, [Measured({"rho": 5}), Measured({"rho": 10})], path)
    assert not path.exists()


def test_a_logarithmic_axis_is_drawn_without_a_word(known, asked, tmp_path, caplog) -> None:
    """Fonts of formulas that are not there were looked for, one warning each."""
    point = ("baseline", "balanced_accuracy")
    cells = [Measured({"rho": rho}, {point: (0.5,)}) for rho in (5, 500)]
    assert draw(known, asked, cells, tmp_path / "figure.svg")
    assert not [record for record in caplog.records if "findfont" in record.message]
