"""Labels of any kind as class indices, and back."""

import numpy as np
import pandas as pd
import pytest
import torch

from counterpoise.errors import DataError
from counterpoise.resamplers.targets import Targets


@pytest.mark.parametrize(
    "given",
    [
        np.array([7, -3, 7, 0]),
        np.array(["b", "a", "b", "c"]),
        np.array([True, False, True, True]),
        np.array([1.0, 4.0, 1.0, 4.0], dtype=np.float32),
        torch.tensor([3, 1, 3, 2], dtype=torch.int32),
        ["b", "a", "b", "c"],
        pd.Series([7, -3, 7, 0], dtype="Int64", name="class"),
        pd.Series(["b", "a", "b", "c"], dtype="category", name="class"),
        pd.DataFrame({"class": [2, 1, 2, 2]}, dtype="int16"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_labels_come_back_as_they_were(given) -> None:
    targets = Targets(given)
    assert targets.classes == sorted(targets.classes)
    assert sum(targets.counts) == targets.num == 4
    back = targets.restored(targets.codes)
    assert type(back) is type(given)
    if isinstance(given, pd.DataFrame):
        pd.testing.assert_frame_equal(back, given)
    elif isinstance(given, pd.Series):
        pd.testing.assert_series_equal(back, given)
    elif isinstance(given, list):
        assert back == given
    else:
        assert back.dtype == given.dtype
        assert (back == given).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.array([0.5, 1.0]), "fractions or missing"),
        (np.array([np.nan, 1.0]), "fractions or missing"),
        (np.eye(3), "of one-hot rows pass the argmax"),
        (np.array([1, "a"], dtype=object), "a mixture"),
        (np.array([1j, 2j]), "dtype complex128"),
    ],
)
def test_what_is_not_one_class_each_is_refused(given, words) -> None:
    with pytest.raises(DataError, match=words):
        Targets(given)
