"""Classes are matched by name, or the candidate is refused."""

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.errors import ArgumentError
from counterpoise.service.promotion.class_names import matched


def test_the_same_and_another_order() -> None:
    assert matched(["a", "b"], ["a", "b"]).said == "Its classes are those of the running model."
    assert "in another order; they are matched by name" in matched(["a", "b"], ["b", "a"]).said


def test_a_new_class_is_said() -> None:
    found = matched(["a", "b"], ["a", "b", "c"])
    assert found.new == ("c",)
    assert "a class that the running model has not: “c”" in found.said


def test_a_missing_class_is_refused_with_its_near_name() -> None:
    with pytest.raises(ArgumentError, match=r"lacks “horse”.*did you mean 'horses'"):
        matched(["car", "horse"], ["car", "horses"])
    with pytest.raises(ArgumentError, match="“c4” and 3 more"):
        matched([f"c{k}" for k in range(9)], ["c8"])
