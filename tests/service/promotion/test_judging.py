"""The intervals against other libraries and by hand, and each way that the rule says no."""

import numpy as np
import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from scipy.stats import binomtest

from counterpoise.service.promotion.judging import Said, judged, paired, wilson


def test_wilson_is_scipys() -> None:
    for hits, number in ((0, 5), (3, 7), (50, 50)):
        right = binomtest(hits, number).proportion_ci(0.95, "wilson")
        found = wilson(hits, number)
        assert (found.low, found.high) == pytest.approx((right.low, right.high))


def test_a_paired_difference_by_hand() -> None:
    """10 frames only the second has right, 2 only the first, of 50."""
    found, _ = paired(10, 2, 50)
    middle = 8 / 52
    half = 1.959964 * ((13 - 64 / 52) ** 0.5) / 52
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), rel=1e-5)
    assert found.value == 8 / 50


def test_a_paired_interval_covers_its_truth() -> None:
    draw = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        cell = draw.multinomial(40, [0.6, 0.2, 0.05, 0.15])
        found, _ = paired(int(cell[1]), int(cell[2]), 40)
        hits += found.low <= 0.15 <= found.high
    assert 930 <= hits <= 985


def said(truth: str, running: int, candidate: int, both: int, number: int) -> list[Said]:
    """Frames of a class that only one model, or both, have right."""
    wrong = "b" if truth == "a" else "a"
    rows = [(truth, wrong)] * running + [(wrong, truth)] * candidate + [(truth, truth)] * both
    rows += [(wrong, wrong)] * (number - len(rows))
    return [Said(truth, first, second) for first, second in rows]


def test_better_and_worse_on_no_class_is_promoted() -> None:
    found = judged(said("a", 1, 1, 30, 40) + said("b", 2, 20, 10, 40), "ab", "ab")
    assert found.holds
    assert found.balanced is not None
    assert found.balanced[2].value == pytest.approx((0 + 18 / 40) / 2)
    assert found.balanced[2].low > 0


@pytest.mark.parametrize(
    ("frames", "candidate", "why"),
    [
        (said("a", 0, 20, 10, 40), "ab", "it has “b” 0."),
        (said("a", 0, 30, 5, 40) + said("b", 12, 0, 20, 40), "ab", "more than chance, on “b”"),
        (said("a", 1, 2, 30, 40) + said("b", 2, 1, 30, 40), "ab", "not better in balanced"),
        (said("a", 0, 20, 10, 40) + said("b", 0, 20, 10, 40), "abc", "new classes (c)"),
        ([], "ab", "it has “a” 0, “b” 0."),
    ],
)
def test_each_way_that_the_rule_says_no(frames, candidate: str, why: str) -> None:
    found = judged(frames, "ab", candidate)
    assert not found.holds
    assert why in found.why


def test_calibration_is_of_frames_with_probabilities() -> None:
    sure = np.array([0.9, 0.1])
    rows = [Said("a", "a", "a", sure, None), Said("b", "a", "b", sure, np.array([0.0, 1.0]))]
    found = judged(rows, "ab", "ab")
    assert found.running_calibration is not None
    assert found.running_calibration.number == 2
    assert found.running_calibration.error == pytest.approx(0.4)
    assert found.candidate_calibration is not None
    assert (found.candidate_calibration.number, found.candidate_calibration.error) == (1, 0.0)
    assert judged([], "ab", "ab").running_calibration is None
