"""Lines differ without colour, and names fit."""

from counterpoise.report.plots.style import BASELINE, looks, shorten
from counterpoise.report.svg.colours import LIGHT


def test_every_method_has_a_look_of_its_own_by_its_place_in_the_order_asked() -> None:
    names = [BASELINE, *(f"method {i}" for i in range(20))]
    found = looks(names)
    own = [(one["color"], one["linestyle"]) for one in found.values()]
    assert len(set(own)) == len(names)
    assert found["method 3"] == looks([*names, "another"])["method 3"]
    assert looks(["a"])[BASELINE]["color"] == found[BASELINE]["color"] == LIGHT[0]


def test_names_are_cut_and_can_be_written() -> None:
    assert shorten("sixteen letters!") == "sixteen letters!"
    assert shorten("seventeen letters") == "seventeen lette…"
    assert shorten("caf\udce9") == "caf\\xe9"
