"""A copy of a published set that lacks samples is refused with numbers."""

import pytest

from counterpoise.data.sources.published import require_counts
from counterpoise.errors import DataError


def test_what_differs_is_named_with_both_numbers() -> None:
    require_counts("it", {"a": 1, "b": 2}, {"a": 1, "b": 2})
    with pytest.raises(DataError) as caught:
        require_counts("it", {"a": 1, "c": 3}, {"a": 1, "b": 2})
    said = str(caught.value)
    for piece in (
        "'b' has 0, not 2",
        "'c' is no class of it",
        "4 samples in all, not 3",
        "unpack it again",
    ):
        assert piece in said


def test_a_share_of_a_class_may_be_missing() -> None:
    require_counts("it", {"a": 999}, {"a": 1000}, share=0.001)
    with pytest.raises(DataError, match="'a' has 998, not 1000"):
        require_counts("it", {"a": 998}, {"a": 1000}, share=0.001)
