"""MC-RBO: one class at a time, the largest first."""

import numpy as np

from counterpoise.resamplers import MCRBO, RBO


def test_with_two_classes_both_are_the_same(cloud) -> None:
    X, y = cloud()
    options = {"gamma": 0.3, "steps": 50, "random_state": 0}
    points, _ = MCRBO(majority="complete", **options).fit_resample(X, y)
    expected, _ = RBO(**options).fit_resample(X, y)
    assert np.array_equal(points, expected)
    sampled, labels = MCRBO(**options).fit_resample(X, y)  # draws all, and so other numbers follow
    assert not np.array_equal(sampled, expected)
    assert np.bincount(labels).tolist() == [60, 60]


def test_the_largest_class_of_many_sees_itself(cloud) -> None:
    X, y = cloud((8, 1))
    lone = MCRBO(sampling_strategy={0: 9}, gamma=1.0, steps=20, random_state=0)
    assert len(lone.fit_resample(X, y)[0]) == 10
    X, y = cloud((1, 1))
    alone = MCRBO(sampling_strategy={0: 3}, random_state=0).fit_resample(X, y)[0]
    assert (alone[2:] == X[0]).all(), "no neighbour at all"
