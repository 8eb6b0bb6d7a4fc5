"""Differences of shares: how often chance is taken for a change, and when a change is seen."""

import numpy as np
import pytest

from counterpoise.service.analyzer.shares import differences, mean_of_blocks, of_blocks, of_sample

LABELS = ("a", "b", "c")


def test_two_blocks_by_hand() -> None:
    shares = of_blocks(np.array([[6, 4], [0, 0], [2, 8]]))
    assert shares is not None
    assert shares.number == 20
    assert shares.share == pytest.approx([0.4, 0.6])
    # 2 / (2 - 1) * ((6 - 4)^2 + (2 - 4)^2) / 20^2
    assert shares.variance == pytest.approx([0.04, 0.04])
    assert shares.freedom == 1


def test_less_than_two_blocks_say_nothing() -> None:
    assert of_blocks(np.array([[5, 5], [0, 0]])) is None
    assert of_blocks(np.zeros((0, 2), int)) is None


def test_blocks_that_agree_are_no_surer_than_independent_frames() -> None:
    shares = of_blocks(np.full((50, 2), 10))
    assert shares is not None
    assert shares.variance == pytest.approx([0.25 / 1000] * 2, rel=0.01)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_chance_alone_is_rarely_a_change(spread: float) -> None:
    """Blocks with shares of their own, as scenes have: 5 % at most of comparisons find anything."""
    rng = np.random.default_rng(0)

    def drawn():
        shares = np.array([0.6, 0.3, 0.1]) + spread * rng.uniform(-0.3, 0.3, (12, 3))
        shares = np.clip(shares, 0.01, None)
        return of_blocks(np.array([rng.multinomial(100, s / s.sum()) for s in shares]))

    found = sum(
        any(one.is_more_than_chance for one in differences(LABELS, drawn(), drawn()))
        for _ in range(400)
    )
    assert found / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_a_change_is_seen_with_its_size() -> None:
    before = of_sample(np.array([800, 150, 50]))
    now = of_blocks(np.random.default_rng(0).multinomial(200, [0.5, 0.45, 0.05], 10))
    assert now is not None
    a, b, c = differences(LABELS, now, before)
    assert a.is_more_than_chance
    assert b.is_more_than_chance
    assert not c.is_more_than_chance
    assert a.low < -0.3 < a.high < 0
    assert a.difference == pytest.approx(a.share - 0.8)


def test_a_class_that_is_new_has_an_interval() -> None:
    before = of_sample(np.array([1000, 0]))
    few = of_blocks(np.array([[100, 0], [99, 1]]))
    assert few is not None
    _, new = differences(("a", "b"), few, before)
    assert -1 <= new.low < 0.005 < new.high <= 1


def test_a_mean_by_hand() -> None:
    mean = mean_of_blocks(np.array([5.0, 0.0, 15.0]), np.array([10, 0, 20]))
    assert mean is not None
    assert mean.share == pytest.approx([2 / 3])
    # 2 / (2 - 1) * ((5 - 10 * 2/3)^2 + (15 - 20 * 2/3)^2) / 30^2
    assert mean.variance == pytest.approx([2 * 2 * (5 / 3) ** 2 / 900])
    assert mean_of_blocks(np.array([5.0]), np.array([10])) is None
