"""The part of validation that is evaluated after each round."""

import numpy as np
import pytest

from counterpoise.train.monitor import FEWEST, SHARE, monitor

LABELS = np.repeat([0, 1, 2], [3000, 300, 5])
VALIDATION = np.arange(len(LABELS))


def test_proportions_stay_but_small_classes_are_whole() -> None:
    chosen = monitor(LABELS, VALIDATION, num_train=5000)
    share = SHARE * 5000 / len(VALIDATION)
    counts = np.bincount(LABELS[chosen])
    assert counts.tolist() == [int(3000 * share), int(300 * share), 5]
    assert (np.diff(chosen) > 0).all()


def test_a_class_has_ten_where_it_can() -> None:
    chosen = monitor(LABELS, VALIDATION, num_train=100)
    assert np.bincount(LABELS[chosen]).tolist() == [FEWEST, FEWEST, 5]


@pytest.mark.parametrize("num_train", [10**6, len(LABELS) * 20])
def test_all_of_a_validation_set_that_is_small_beside_training(num_train: int) -> None:
    assert monitor(LABELS, VALIDATION, num_train) is VALIDATION


def test_only_validation_samples_are_chosen() -> None:
    validation = np.arange(0, len(LABELS), 3)
    assert set(monitor(LABELS, validation, num_train=500)) <= set(validation.tolist())
