"""A place's name becomes a circle, or what cameras say of themselves."""

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.errors import ArgumentError
from counterpoise.service.database.search import Search
from counterpoise.service.gazetteer.gazetteer import Gazetteer
from counterpoise.service.gazetteer.locating import located


@pytest.fixture
def towns(places: Path) -> Gazetteer:
    found = Gazetteer(places.parent)
    found.use(places)
    return found


def test_a_town_is_a_circle(towns: Gazetteer) -> None:
    found = located(Search(place="Lafayette", label="x"), towns)
    assert found.search == Search(latitude=30.2241, longitude=-92.0198, km=50, label="x")
    assert [place.state for place in found.others] == ["Indiana"]
    assert located(Search(place="Lafayette", km=7), towns).search.km == 7


def test_states_and_countries_are_what_cameras_say(towns: Gazetteer) -> None:
    names = "america|united states|us|usa"
    assert located(Search(place="usa", km=7), towns).search == Search(country=names)
    assert located(Search(place="texas"), towns).search == Search(country=names, state="Texas")


def test_without_a_name_nothing_changes(towns: Gazetteer) -> None:
    search = Search(latitude=1, longitude=2, km=3)
    assert located(search, towns).search == search
    assert located(Search(place=" "), towns).search == Search()


def test_what_cannot_be(towns: Gazetteer) -> None:
    with pytest.raises(ArgumentError, match="no place 'Atlantis' is known"):
        located(Search(place="Atlantis"), towns)
    with pytest.raises(ArgumentError, match="not both"):
        located(Search(place="Paris", latitude=1, longitude=1, km=1), towns)
