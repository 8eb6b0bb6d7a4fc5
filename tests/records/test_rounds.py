"""Rounds that were found are kept for the question that they were found for."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import RoundsRecord


def test_what_was_found_comes_back_as_it_was_written() -> None:
    part = {
        "rounds": 40,
        "tried": [{"rounds": 20, "value": None}, {"rounds": 40, "value": 0.1}],
        "gain": None,
        "interval": None,
    }
    record = RoundsRecord.model_validate({"found": {"a": part, "b": {**part, "rounds": 20}}})
    again = RoundsRecord.parse(record.text(), "rounds.json")
    assert again == record
    assert [again.found[key].rounds for key in "ab"] == [40, 20]


def test_rounds_are_whole_numbers() -> None:
    with pytest.raises(DataError, match=r"'found\.a\.rounds'.*; got 2\.5"):
        RoundsRecord.parse('{"found": {"a": {"rounds": 2.5, "tried": []}}}', "rounds.json")
