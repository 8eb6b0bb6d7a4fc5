"""Whole numbers in proportion: exact sums, caps, ties."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.apportion import apportion, apportion_capped


def test_largest_remainder_first_and_ties_to_the_lower_index() -> None:
    assert apportion(np.array([81.833, 9.165, 9.002]), 100).tolist() == [82, 9, 9]
    assert apportion(np.array([1.5, 1.5, 1.0]), 4).tolist() == [2, 1, 1]
    assert apportion(np.array([8.0, 4.0, 2.0]), 14).tolist() == [8, 4, 2]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 50)), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_caps_hold_and_sums_are_exact(pairs, part) -> None:
    shares = np.array([share for share, _ in pairs])
    caps = np.array([cap for _, cap in pairs])
    total = int(part * caps.sum())
    found = apportion_capped(shares, caps, total)
    assert found.sum() == total
    assert ((found >= 0) & (found <= caps)).all()


def test_those_without_a_share_come_last() -> None:
    shares, caps = np.array([1.0, 0.0, 3.0]), np.array([2, 9, 2])
    assert apportion_capped(shares, caps, 4).tolist() == [2, 0, 2]
    assert apportion_capped(shares, caps, 7).tolist() == [2, 3, 2]
    assert apportion_capped(shares, caps, 0).tolist() == [0, 0, 0]
