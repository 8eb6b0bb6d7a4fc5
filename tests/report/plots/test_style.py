"""Lines differ without colour, names fit, and panels have room."""

import pytest
from matplotlib.figure import Figure

from counterpoise.report.plots.style import BASELINE, looks, panels, plain_logarithms, shorten


def test_every_method_has_a_look_of_its_own_by_its_place_in_the_order_asked() -> None:
    names = [BASELINE, *(f"method {i}" for i in range(16))]
    found = looks(names)
    own = [(one["color"], one["linestyle"]) for one in found.values()]
    assert len(set(own)) == len(names)
    assert found["method 3"] == looks([*names, "another"])["method 3"]
    assert looks(["a"])[BASELINE]["color"] == found[BASELINE]["color"]


def test_names_are_cut_and_can_be_drawn() -> None:
    assert shorten("sixteen letters!") == "sixteen letters!"
    assert shorten("seventeen letters") == "seventeen lette…"
    assert shorten("caf\udce9") == "caf\\xe9"


@pytest.mark.parametrize("number", range(1, 30))
def test_panels_hold_all_without_an_empty_row(number: int) -> None:
    rows, columns = panels(number)
    assert columns <= 4
    assert (rows - 1) * columns < number <= rows * columns


def test_logarithmic_axes_are_written_as_plain_numbers() -> None:
    axes = Figure().subplots()
    axes.set_yscale("log")
    axes.set_ylim(0.1, 20)
    plain_logarithms(axes.yaxis)
    assert [axes.yaxis.get_major_formatter()(value) for value in (0.1, 1, 10)] == ["0.1", "1", "10"]
