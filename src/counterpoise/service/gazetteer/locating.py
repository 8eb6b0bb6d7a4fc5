"""A search for a place by its name as one of a circle, or of what cameras say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoise.errors import ArgumentError
from counterpoise.service.database.search import Search
from counterpoise.service.gazetteer.gazetteer import Gazetteer, Place

AROUND = 50.0  # km around a town, unless it is told


@dataclass(frozen=True)
class Located:
    """A search without a name of a place.

    Args:
        search: with the circle or the fields that the name stands for.
        place: that it stands for; None if none was named.
        others: that it may stand for as well.
    """

    search: Search
    place: Place | None = None
    others: Sequence[Place] = ()


def located(search: Search, gazetteer: Gazetteer) -> Located:
    """Look the place of a search up.

    Raises:
        ArgumentError: no such place is known, or a point is given besides.
    """
    if not search.place.strip():
        return Located(search.model_copy(update={"place": ""}))
    if search.latitude is not None or search.longitude is not None:
        raise ArgumentError("a search is around a place or around a point, not both; empty one")
    found = gazetteer.find(search.place)
    if not found:
        raise ArgumentError(
            f"no place '{search.place}' is known (towns have 5000 people or more; write it as "
            "Lafayette, Indiana, or take a point or a box on the map)"
        )
    place, *others = found
    told: dict[str, object] = {"place": ""}
    if place.kind == "city":
        km = search.km or AROUND
        told |= {"latitude": place.latitude, "longitude": place.longitude, "km": km}
    else:
        told |= {"country": "|".join(gazetteer.names_of(place.country)), "km": None}
        if place.kind == "state":
            told["state"] = place.name
    return Located(search.model_copy(update=told), place, others)
