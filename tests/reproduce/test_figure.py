"""Curves along the longest axis."""

from counterpoise.reproduce.figure import draw
from counterpoise.reproduce.measured import Measured


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
