"""A race that is read again decides as it was decided."""

import json

import pytest

from counterpoise.errors import DataError
from counterpoise.records import LeftPart, RaceRecord


def test_a_decision_comes_back_bit_for_bit() -> None:
    part = LeftPart(after=2, leader="a", difference=-0.1 - 0.2, interval=(-0.7, -1e-300))
    made = RaceRecord(question="x", splits=3, decided=2, left={"b": part})
    assert RaceRecord.parse(made.text(), "race.json") == made


def test_a_damaged_race_is_named_with_what_is_wrong() -> None:
    with pytest.raises(DataError, match=r"race.json is damaged: 'left.b.after' is missing"):
        RaceRecord.parse(
            json.dumps({"question": "x", "splits": 3, "decided": 2, "left": {"b": {}}}),
            "race.json",
        )
