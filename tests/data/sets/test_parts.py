"""Which mappings are data in parts."""

import pytest

from counterpoise.data.sets.parts import parts_of
from counterpoise.errors import ArgumentError


def test_one_part_is_free_to_be_split() -> None:
    assert parts_of({"train": 1}) == [("", 1)]
    assert parts_of({"test": 2, "train": 1}) == [("test", 2), ("train", 1)]
    assert parts_of({"data": 1, "target": 2}) is None
    assert parts_of([1]) is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("train", "tset"), "got 'tset'; did you mean 'test'"),
        (("test",), "have one train"),
        (("train", "val", "validation"), "at most one validation"),
    ],
)
def test_what_is_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parts_of(dict.fromkeys(names, 1))
