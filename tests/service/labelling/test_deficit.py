"""Which classes are asked for."""

from collections import Counter

import numpy as np
import pytest

from counterpoise.service.labelling.deficit import LEAST, need


def test_shares_are_those_of_equation_four() -> None:
    truth = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    said = ["a"] * 50 + ["b"] * 10 + ["b"] * 15 + ["a"] * 15 + ["c"] * 2 + ["a"] * 8
    pairs = Counter(zip(truth, said, strict=True))
    found = need(pairs, ["a", "b", "c"], [1, 1, 1])
    f1 = []
    for name in "abc":  # the formula as a slow loop
        hits = sum(t == s == name for t, s in zip(truth, said, strict=True))
        f1.append(2 * hits / (truth.count(name) + said.count(name)))
    lacking = [1 - value for value in f1]
    np.testing.assert_allclose(found.f1, f1)
    np.testing.assert_allclose(found.shares, [one / sum(lacking) for one in lacking])


def test_a_class_that_is_neither_there_nor_predicted_asks_for_the_most() -> None:
    found = need({("a", "a"): LEAST}, ["a", "b"], [9, 0])
    assert found.shares.tolist() == [0, 1]


def test_classes_that_are_all_found_get_the_same() -> None:
    both = {("a", "a"): LEAST, ("b", "b"): LEAST}
    assert need(both, ["a", "b"], [1, 1]).shares.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("number", [0, LEAST - 1])
def test_before_there_are_labels_rarity_decides(number: int) -> None:
    found = need({("a", "a"): number}, ["a", "b"], [99, 0])
    assert found.f1 is None
    np.testing.assert_allclose(found.shares, [1 / 101, 100 / 101])


def test_classes_that_the_model_does_not_have_are_left_out() -> None:
    found = need({("x", "a"): 99}, ["a", "b"], [1, 1])
    assert found.f1 is None
