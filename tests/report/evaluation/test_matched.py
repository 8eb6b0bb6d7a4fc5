"""Classes of labelled data among those of a model."""

import numpy as np
import pytest

from counterpoise.data.inputs import ArrayInputs
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.errors import DataError
from counterpoise.report.evaluation.matched import matched, warnings_of


def data(classes: tuple[str, ...], labels: list[int]) -> LabelledSet:
    """Rows of one number."""
    inputs = ArrayInputs(np.arange(len(labels), dtype=np.float32)[:, None])
    codes = np.array(labels)
    part = np.full(len(labels), -1, dtype=np.int8)
    return labelled_set(
        "new", "vector", inputs, codes, classes, part=part, input_shape=(1,), to_train=False
    )


def test_classes_go_by_their_names_whatever_their_order() -> None:
    assert matched(data(("b", "a"), [0, 1, 1]), ("a", "b", "c")).tolist() == [1, 0]
    with pytest.raises(DataError, match=r"among those of the model \('a', 'b'\); got 'd'"):
        matched(data(("a", "d"), [0, 1]), ("a", "b"))


@pytest.mark.parametrize(
    ("theirs", "ours"), [(("0", "1"), ("0.0", "1.0")), (("0.0", "1.0"), ("0", "1"))]
)
def test_whole_numbers_are_one_class_with_and_without_a_fraction(theirs, ours) -> None:
    """As pandas writes a column of integers that has gaps as floats."""
    assert matched(data(theirs, [0, 1, 1]), ours).tolist() == [0, 1]
    assert warnings_of(data(theirs, [0, 1, 1]), ours, was_trained_on=False) == []
    [said] = warnings_of(data(theirs, [0, 0]), ours, was_trained_on=False)
    assert said.endswith(f"nothing is said of them: '{ours[1]}'")


@pytest.mark.parametrize(
    ("theirs", "ours", "unknown"),
    [
        (("0.00", "1"), ("0", "0.0", "1"), "0.00"),  # either of the model's
        (("0", "0.0", "1"), ("0", "1"), "0.0"),  # two classes are not made one
        (("0.5", "1"), ("0", "1"), "0.5"),
        (("01", "1"), ("1", "2"), "01"),
    ],
)
def test_no_number_is_guessed(theirs, ours, unknown: str) -> None:
    with pytest.raises(DataError, match=f"got '{unknown}' "):
        matched(data(theirs, list(range(len(theirs)))), ours)
    assert matched(data(("0.0", "0"), [0, 1]), ("0", "0.0")).tolist() == [1, 0]
