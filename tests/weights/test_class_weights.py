"""One factor per class: held as a buffer, capped, and asked for by class."""

import numpy as np
import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights.class_weights import ClassWeights, capped, present

VALUES = np.array([0.5, 4.0, 30.0])


def test_each_sample_has_the_factor_of_its_class() -> None:
    made = ClassWeights(VALUES)
    target = torch.tensor([2, 0, 0, 1])
    assert made.weights(target, torch.ones(4)).tolist() == [30.0, 0.5, 0.5, 4.0]
    assert made.per_class().tolist() == VALUES.tolist()
    assert made.num_classes == 3
    assert list(made.state_dict()) == ["class_weights"]


def test_a_cap_lowers_what_is_above_it_and_raises_nothing() -> None:
    assert ClassWeights(VALUES, max_weight=5.0).class_weights.tolist() == [0.5, 4.0, 5.0]
    assert capped(VALUES, None) is VALUES
    for wrong in (0, -1.0, float("nan")):
        with pytest.raises(ArgumentError, match="max_weight is above 0"):
            ClassWeights(VALUES, max_weight=wrong)


def test_counts_of_the_classes_present() -> None:
    values, here = present(ClassCounts((3, 0, 5)), "test", "ignore")
    assert values.tolist() == [3.0, 0.0, 5.0]
    assert here.tolist() == [True, False, True]
    with pytest.raises(ArgumentError, match=r"index 1.*test needs at least 1"):
        present(ClassCounts((3, 0, 5)), "test", "raise")
