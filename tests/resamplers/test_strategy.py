"""`sampling_strategy` means what it means in imbalanced-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.utils import check_sampling_strategy

from counterpoise.errors import ArgumentError
from counterpoise.resamplers.strategy import NAMES, targets

KINDS = ("over-sampling", "under-sampling")


def ours(strategy, kind, y):
    values, counts = np.unique(y, return_counts=True)
    before = dict(zip(values.tolist(), counts.tolist(), strict=True))
    wanted = targets(strategy, kind, values.tolist(), counts.tolist(), y)
    return {c: n - before[c] if kind == "over-sampling" else n for c, n in wanted.items()}


@settings(max_examples=300)
@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    kind=st.sampled_from(KINDS),
    data=st.data(),
)
def test_agrees_with_imbalanced_learn(counts, kind, data) -> None:
    y = np.repeat(np.arange(len(counts)) * 3 - 2, counts)
    strategy = data.draw(
        st.one_of(
            st.sampled_from(NAMES),
            st.floats(0.01, 1),
            st.dictionaries(st.sampled_from(np.unique(y).tolist()), st.integers(0, 60)),
        )
    )
    try:
        expected = dict(check_sampling_strategy(strategy, y, kind))
    except ValueError:
        with pytest.raises(ArgumentError):
            ours(strategy, kind, y)
        return
    if isinstance(strategy, float) and counts[0] == counts[-1]:
        return  # of two equal classes, which one is the majority has no meaning
    assert ours(strategy, kind, y) == expected


def test_all_faults_of_a_dict_are_said_at_once_with_the_near_name() -> None:
    y = np.array(["cat"] * 5 + ["dog"] * 2)
    with pytest.raises(ArgumentError) as caught:
        ours({"dgo": 9, "cat": 3}, "over-sampling", y)
    assert "did you mean 'dog'" in str(caught.value)
    assert "'cat' has 5 samples already; got 3" in str(caught.value)


def test_a_ratio_the_other_way_says_the_ratio_of_today() -> None:
    with pytest.raises(ArgumentError, match=r"the ratio is 0\.5 now"):
        ours(0.3, "over-sampling", np.repeat([0, 1], [10, 5]))
