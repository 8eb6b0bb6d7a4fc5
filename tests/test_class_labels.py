"""Labels as class indices: ids and other numbers are refused by whoever counts them."""

import numpy as np
import pytest
import torch

from counterpoise import ClassCounts, Weighted, augment, samplers
from counterpoise.errors import DataError
from counterpoise.labels import class_labels, num_classes_of

IDS = [73211009] * 9 + [0]


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, np.uint64, np.int32])
def test_ids_are_refused_by_whoever_counts_labels(kind) -> None:
    """An array as long as the largest would take 0.6 GB here, and 8 GB for 10**9."""
    labels = kind(IDS)
    for count in (
        ClassCounts.from_labels,
        Weighted.balanced,
        samplers.balanced,
        lambda y: samplers.Shuffled(y, seed=0),
        lambda y: augment.CMO(y, seed=0),
    ):
        with pytest.raises(DataError, match=r"got 73211009 among 10 labels of 2.*return_inverse"):
            count(labels)
    with pytest.raises(DataError, match="below 2, the number of classes; got 73211009"):
        ClassCounts.from_labels(labels, num_classes=2)
    encoded = np.unique(np.asarray(labels), return_inverse=True)[1]
    assert ClassCounts.from_labels(encoded).values == (1, 9)


def test_many_classes_are_no_ids() -> None:
    assert num_classes_of(np.array([], dtype=np.int64)) == 0
    assert num_classes_of(np.array([0, 65_535])) == 65_536, "their counts take half a megabyte"
    every = np.arange(0, 200_000, 10)
    assert num_classes_of(every) == 199_991, "every tenth of 200 000 classes occurs"
    with pytest.raises(DataError, match="got 199990 among 10000 labels of 10000"):
        num_classes_of(every[1::2])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[0, 1]], r"one dimension \(N,\); got shape \(1, 2\)"),
        ([0.0, 1.0], "integers 0..K-1; got dtype float64"),
        (["a", "b"], "integers 0..K-1; got dtype <U1"),
        ([0, -1], "the smallest is -1"),
    ],
)
def test_labels_that_are_no_class_indices(labels, message) -> None:
    with pytest.raises(DataError, match=message):
        class_labels(labels)
