"""Curves along an axis: which axes there are, and what is on a panel."""

import pytest
from matplotlib.figure import Figure

from counterpoise.sweep import curves
from counterpoise.sweep.curves import draw_along, number_axes
from counterpoise.sweep.measured import Measured

KEY = ("baseline", "accuracy")


def cell(**point) -> Measured:
    return Measured(point, {KEY: (0.5, 0.7)}, intervals={KEY: (0.4, 0.8)})


def test_axes_of_numbers_with_two_values_the_longest_first() -> None:
    cells = [cell(mu=mu, rho=rho, model=model) for mu in (0.2, 0.8) for rho in (1, 10, 100)
             for model in ("a", "b")]  # fmt: skip
    assert number_axes(cells) == ["rho", "mu"]
    assert number_axes([cell(rho=1), Measured({"rho": 2})]) == [], "one that was run"
    assert number_axes([]) == []


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    made: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **_: made.append(figure))
    return made


def test_points_have_their_intervals_and_an_axis_over_a_decade_is_logarithmic(drawn) -> None:
    cells = [cell(rho=rho, mu=mu) for rho in (10, 1000) for mu in (0.2, 0.8)]
    assert draw_along("rho", cells, {"baseline": "CE"}, "accuracy", "-", {}) == 0
    first, second = drawn[0].axes
    assert (first.get_title(loc="left"), second.get_title(loc="left")) == ("mu = 0.2", "mu = 0.8")
    assert first.get_xscale() == "log"
    curve, *bars = first.get_lines()
    assert list(curve.get_xdata()) == [10, 1000]
    assert list(curve.get_ydata()) == [0.6, 0.6]
    assert [list(bar.get_ydata()) for bar in bars] == [[0.4, 0.8]] * 2


def test_methods_stand_beside_each_other_and_printed_points_are_crosses(drawn) -> None:
    both = dict.fromkeys((KEY, ("cb", "accuracy")), (0.5,))
    cells = [Measured({"mu": mu}, both) for mu in (0.2, 0.8)]
    printed = {"cb": [({"mu": 0.2}, 0.75), ({"mu": 0.8}, 0.5)]}
    draw_along("mu", cells, {"baseline": "CE", "cb": "CB"}, "accuracy", "-", printed)
    (axes,) = drawn[0].axes
    assert axes.get_xscale() == "linear"
    starts = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    assert len(set(starts)) == 2
    (crosses,) = [line for line in axes.get_lines() if line.get_marker() == "x"]
    assert list(crosses.get_ydata()) == [0.75, 0.5]


def test_panels_without_room_are_counted(drawn) -> None:
    cells = [cell(rho=rho, mu=mu / 20) for rho in (10, 20) for mu in range(14)]
    assert draw_along("rho", cells, {"baseline": "CE"}, "accuracy", "-") == 2
    assert len(drawn[0].axes) == curves.MOST_PANELS
