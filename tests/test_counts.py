"""Class counts: what is counted, what is made of it, and what is refused."""

import numpy as np
import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError, DataError


def test_worked_numbers() -> None:
    counts = ClassCounts((150, 20, 30), names=("a", "b", "c"))
    assert (counts.num_classes, counts.total) == (3, 200)
    assert counts.prior.tolist() == [0.75, 0.1, 0.15]
    assert counts.imbalance_ratio == 7.5
    assert counts.head_to_tail == (0, 2, 1)
    assert ClassCounts((2, 5, 5)).head_to_tail == (1, 2, 0), "ties keep the order of classes"
    assert ClassCounts((2, 0)).imbalance_ratio == float("inf")


def test_shots_are_those_of_liu_et_al() -> None:
    assert ClassCounts((101, 100, 20, 19)).shots == ("head", "medium", "medium", "tail")


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, np.uint64, np.uint8])
def test_labels_are_counted_whatever_holds_them(kind) -> None:
    assert ClassCounts.from_labels(kind([0, 2, 2])).values == (1, 0, 2)
    assert ClassCounts.from_labels(kind([0, 2, 2]), num_classes=5).values == (1, 0, 2, 0, 0)
    named = ClassCounts.from_labels(kind([0, 0, 1]), names=("x", "y", "z"))
    assert (named.values, named.names) == ((2, 1, 0), ("x", "y", "z"))


@pytest.mark.parametrize(
    ("values", "names", "message"),
    [
        ((3,), (), "at least two classes"),
        ((3, -1), (), "non-negative integers"),
        ((3, 1.5), (), "non-negative integers"),
        ((0, 0), (), "at least one class needs a sample"),
        ((3, 1), ("a",), "2 counts need 2 names; got 1"),
    ],
)
def test_counts_that_are_refused(values, names, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        ClassCounts(values, names)


def test_labels_that_are_refused() -> None:
    with pytest.raises(DataError, match="below 2, the number of classes; got 2"):
        ClassCounts.from_labels([0, 1, 2], num_classes=2)
    with pytest.raises(DataError, match="below 2, the number of classes; got 2"):
        ClassCounts.from_labels([0, 1, 2], names=("a", "b"))
    with pytest.raises(ArgumentError, match="at least two classes"):
        ClassCounts.from_labels([])


def test_a_class_without_a_sample_is_named() -> None:
    counts = ClassCounts((3, 0), names=("cat", "dog"))
    with pytest.raises(
        ArgumentError, match=r"'dog' \(index 1\) has no training sample; LDAM needs"
    ):
        counts.require_present("LDAM")
    counts.require_present("LDAM", "ignore")
    with pytest.raises(ArgumentError, match="zero_count is"):
        counts.require_present("LDAM", "drop")
