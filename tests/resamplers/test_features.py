"""Samples of any kind as points, and back."""

import numpy as np
import pytest
import torch

from counterpoise.errors import DataError
from counterpoise.resamplers.features import Features


@pytest.mark.parametrize(
    ("dtype", "computed"),
    [
        ("float16", torch.float32),
        ("float32", torch.float32),
        ("float64", torch.float64),
        ("uint8", torch.float32),
        ("int16", torch.float32),
        ("int32", torch.float64),
        ("int64", torch.float64),
        ("bool", torch.float32),
    ],
)
def test_what_is_computed_in_which_type(dtype, computed) -> None:
    array = np.arange(12).reshape(3, 2, 2).astype(dtype)
    for given in (array, torch.from_numpy(array)):
        features = Features(given)
        assert features.points.dtype == computed
        assert features.points.shape == (3, 4)
        assert features.shape == (2, 2)
        back = features.restored(features.points)
        assert back.dtype == given.dtype
        assert (back == given).all()


def test_floating_point_data_are_not_copied() -> None:
    array = np.ones((3, 2), dtype=np.float32)
    assert Features(array).points.numpy().base is not None
    assert np.shares_memory(Features(array).points.numpy(), array)


def test_lists_come_back_as_lists() -> None:
    features = Features([[1, 2], [3, 4]])
    assert features.restored(features.points + 0.6) == [[2, 3], [4, 5]]
    assert features.taken(np.array([1])) == [[3, 4]]


def test_integers_that_float64_cannot_hold() -> None:
    with pytest.raises(DataError, match=r"at most 2\*\*53.*first in row 1"):
        Features(np.array([[1], [2**53 + 2]]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros(3), r"shape \(N, D\).*got \(3,\)"),
        (np.zeros((0, 3)), r"at least one sample.*got \(0, 3\)"),
        (np.zeros((2, 2), dtype=complex), "real numbers"),
        (torch.zeros(2, 2, dtype=torch.complex64), "real numbers"),
        ([[1, 2], [3]], "as many for each sample"),
        (np.array([["a"], ["b"]]), "real numbers"),
    ],
)
def test_what_has_no_distances_is_refused(given, words) -> None:
    with pytest.raises(DataError, match=words):
        Features(given)


def test_sparse_matrices_are_refused_with_what_to_do() -> None:
    from scipy.sparse import csr_matrix

    with pytest.raises(DataError, match=r"features are dense.*toarray"):
        Features(csr_matrix(np.eye(3)))
