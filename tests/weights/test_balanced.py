"""Inverse class frequency: worked numbers."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from counterpoise.counts import ClassCounts
from counterpoise.weights import Balanced


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((800, 400, 1000), (0.9166667, 1.8333333, 0.7333333)),
        (
            (424400, 342177, 122869, 100427, 59939, 48395),
            (0.431278, 0.534912, 1.489672, 1.822563, 3.053680, 3.782095),
        ),
        ((500,) * 5 + (5000,) * 5, (5.5,) * 5 + (0.55,) * 5),
        ((100,) * 5 + (5000,) * 5, (25.5,) * 5 + (0.51,) * 5),
    ],
)
def test_worked_numbers(counts, expected) -> None:
    torch.testing.assert_close(
        Balanced(ClassCounts(counts)).class_weights, torch.tensor(expected), rtol=1e-6, atol=5e-7
    )


def test_scikit_learn_calls_it_balanced() -> None:
    labels = [0] * 7 + [1] * 2 + [2]
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    ours = Balanced(ClassCounts.from_labels(labels)).class_weights
    torch.testing.assert_close(ours.double(), torch.from_numpy(expected), rtol=1e-6, atol=0)


def test_mean_weight_over_the_training_set_is_one() -> None:
    counts = (800, 400, 1000)
    weights = Balanced(ClassCounts(counts)).class_weights
    assert float((weights * torch.tensor(counts)).sum()) == pytest.approx(2200)
