"""Boxes hold their circle, over the date line and the poles, too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.database.places import Box, around, box_between, distance

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


def holds(box: Box, latitude: float, longitude: float) -> bool:
    return box.south <= latitude <= box.north and box.west <= longitude <= box.east


@given(latitudes, longitudes, st.floats(0.1, 20000), latitudes, longitudes)
def test_each_point_of_a_circle_is_in_one_of_its_boxes(
    latitude, longitude, km, other, other_longitude
) -> None:
    if distance(latitude, longitude, other, other_longitude) <= km * (1 - 1e-9):
        boxes = around(latitude, longitude, km)
        wider = [Box(b.south - 1e-6, b.west - 1e-6, b.north + 1e-6, b.east + 1e-6) for b in boxes]
        assert any(holds(box, other, other_longitude) for box in wider)


@given(latitudes, longitudes, st.floats(0.1, 20000))
def test_boxes_are_on_the_earth(latitude, longitude, km) -> None:
    for box in around(latitude, longitude, km):
        assert -90 <= box.south <= box.north <= 90
        assert -180 <= box.west <= box.east <= 180


def test_a_box_over_the_date_line_is_two() -> None:
    assert box_between(0, 170, 1, 190) == [Box(0, 170, 1, 180), Box(0, -180, 1, -170)]
    assert box_between(0, -400, 1, 400) == [Box(0, -180, 1, 180)]


def test_distances() -> None:
    assert distance(0, 179, 0, -179) == pytest.approx(222.39, abs=0.01)
    assert distance(90, 0, -90, 77) == pytest.approx(20015.1, abs=0.1)
