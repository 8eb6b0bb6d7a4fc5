"""Circles on the Earth as boxes of latitude and longitude, which an index can answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

RADIUS = 6371.0088  # km, mean (IUGG)


@dataclass(frozen=True)
class Box:
    """South, west, north and east in degrees; west is never east of east."""

    south: float
    west: float
    north: float
    east: float


def box_between(south: float, west: float, north: float, east: float) -> list[Box]:
    """A box drawn on a map; two where it crosses the date line."""
    if east - west >= 360:
        return [Box(south, -180.0, north, 180.0)]
    west, east = _turned(west), _turned(east)
    if west <= east:
        return [Box(south, west, north, east)]
    return [Box(south, west, north, 180.0), Box(south, -180.0, north, east)]


def around(latitude: float, longitude: float, km: float) -> list[Box]:
    """Boxes that hold the circle of `km` around a point: all longitudes where it holds a pole.

    >>> around(0, 179.9, 111.2)[1].east > -180  # goes on beyond the date line
    True
    """
    angle = math.degrees(km / RADIUS)
    south, north = latitude - angle, latitude + angle
    if south <= -90 or north >= 90:
        return [Box(max(-90.0, south), -180.0, min(90.0, north), 180.0)]
    half = math.degrees(
        math.asin(min(1.0, math.sin(math.radians(angle)) / math.cos(math.radians(latitude))))
    )
    return box_between(south, longitude - half, north, longitude + half)


def distance(latitude: float, longitude: float, other: float, other_longitude: float) -> float:
    """Kilometres between two points in degrees, along a great circle (haversine).

    >>> round(distance(52.52, 13.405, 48.8566, 2.3522))  # Berlin to Paris
    877
    """
    here, there = math.radians(latitude), math.radians(other)
    across = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * (
        math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * RADIUS * math.asin(min(1.0, math.sqrt(across)))


def _turned(longitude: float) -> float:
    """The same meridian in -180 to 180."""
    if -180 <= longitude <= 180:
        return longitude
    return (longitude + 180) % 360 - 180
