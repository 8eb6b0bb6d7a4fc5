"""Cohen's kappa."""

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from sklearn.metrics import cohen_kappa_score

from counterpoise.service.database.labels import Verdict
from counterpoise.service.labelling.agreement import agreements, kappa


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 4, 60)
    other = np.where(rng.random(60) < 0.6, one, rng.integers(0, 4, 60))
    found = kappa(Counter(zip(one.tolist(), other.tolist(), strict=True)))
    assert found == pytest.approx(cohen_kappa_score(one, other))


def test_two_who_always_say_one_thing_have_none() -> None:
    assert kappa({("a", "a"): 5}) is None


def test_each_two_people_are_compared() -> None:
    cat, dog, bad = Verdict("class", "cat"), Verdict("class", "dog"), Verdict("bad")
    found = agreements(
        {("ann", "eve"): {(cat, cat): 1}, ("ann", "bob"): {(cat, cat): 1, (dog, bad): 1}}
    )
    assert [(one.one, one.other, one.number, one.same) for one in found] == [
        ("ann", "bob", 2, 1), ("ann", "eve", 1, 1),
    ]  # fmt: skip
