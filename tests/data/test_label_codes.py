"""Names of classes, groups and parts become integer codes."""

import numpy as np
import pytest

from counterpoise.data.label_codes import (
    class_order,
    encode_array,
    encode_groups,
    encode_names,
    one_form,
    part_code,
)
from counterpoise.errors import DataError


def test_class_order() -> None:
    assert class_order(["10", "9", "9"]) == ("9", "10")
    assert class_order(["10", "9", "a"]) == ("10", "9", "a")


def test_groups_without_a_name_stand_alone() -> None:
    assert encode_groups(["b", "", "a", "b", ""])[0].tolist() == [1, 2, 0, 1, 3]


def test_parts_by_name() -> None:
    assert [part_code(name, "x") for name in (" Train", "VALID", "test ", "")] == [0, 1, 2, -1]


def test_one_form_keeps_names_that_have_one() -> None:
    names = ["cafe\u0301", "bar", "bar"]
    assert one_form(names, "class") == (names, ())
    both, (note,) = one_form([*names, "caf\u00e9"], "class")
    assert both == ["caf\u00e9", "bar", "bar", "caf\u00e9"]
    assert note == (
        "2 names of a class look the same, 'caf\u00e9', and differ only in Unicode normal form; "
        "they are read as one class"
    )


def test_minus_one_and_one_are_two_classes() -> None:
    codes, classes, _ = encode_array(np.array([1, -1, -1]), "x")
    assert (codes.tolist(), classes) == ([1, 0, 0], ("-1", "1"))
    codes, classes, _ = encode_names(["1", "-1", "1"], "x")
    assert (codes.tolist(), classes) == ([1, 0, 1], ("-1", "1"))
    for labels in (np.array([-1, 0, 1]), np.array([-1, 2])):
        with pytest.raises(DataError, match="-1 and 1 alone are two classes"):
            encode_array(labels, "x")
    with pytest.raises(DataError, match="-1 and 1 alone are two classes"):
        encode_names(["-1", "0"], "x")
    with pytest.raises(DataError, match="regression is out of scope"):
        encode_names(["-1", "0.5"], "x")
