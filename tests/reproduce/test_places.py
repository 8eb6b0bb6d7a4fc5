"""Places of a text are filled by the values of a cell."""

from counterpoise.reproduce.places import filled


def test_places_are_filled_in() -> None:
    assert filled("{a}", {"a": 2.5}) == 2.5
    assert filled("x-{a}", {"a": 2}) == "x-2"
    assert filled(7, {}) == 7
