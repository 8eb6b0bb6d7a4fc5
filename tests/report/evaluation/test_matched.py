"""Classes of labelled data among those of a model."""

import numpy as np
import pytest

from counterpoise.data.inputs import ArrayInputs
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.errors import DataError
from counterpoise.report.evaluation.matched import matched


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
