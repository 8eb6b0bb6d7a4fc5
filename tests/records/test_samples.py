"""Names of samples come back as they were written, whatever they are made of."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import SamplesRecord


def test_names_come_back() -> None:
    record = SamplesRecord(names=("a/b\n.png", "café", "\\xff.png"))
    assert SamplesRecord.parse(record.text(), "samples.json") == record


def test_a_name_is_text() -> None:
    with pytest.raises(DataError, match=r"'names\.1'|'names.*1"):
        SamplesRecord.parse('{"names": ["a", 1]}', "samples.json")
