"""The worked numbers of Buda et al. 2018 and of the long tail of Cao et al. 2019."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.data.splits.imbalance import exp_counts, half_up, linear_counts, step_counts


@pytest.mark.parametrize(
    ("n_max", "rho", "few"),
    [
        (5000, 10, 500),
        (5000, 25, 200),
        (5000, 50, 100),
        (5000, 100, 50),
        (5000, 250, 20),
        (5000, 500, 10),
        (5000, 1000, 5),
        (5000, 2500, 2),
        (5000, 5000, 1),
        (5000, 2, 2500),
        (5000, 20, 250),
    ],
)
def test_step_minority_counts(n_max: int, rho: float, few: int) -> None:
    assert step_counts(n_max, rho, 2, [0]) == [few, n_max]


def test_step_totals_of_figure_1() -> None:
    half = step_counts(5000, 10, 10, range(5))
    assert half == [500] * 5 + [5000] * 5
    assert sum(half) == 27_500
    most = step_counts(5000, 2, 10, range(9))
    assert most == [2500] * 9 + [5000]
    assert sum(most) == 27_500


def test_percentages_of_iwce_are_steps() -> None:
    totals = {10: 27_500, 5: 26_250, 2: 25_500}
    for percent, total in totals.items():
        assert sum(step_counts(5000, 100 / percent, 10, range(5))) == total


def test_linear_counts() -> None:
    assert linear_counts(5000, 10, 10) == list(range(500, 5001, 500))
    assert linear_counts(5000, 20, 10) == [
        250, 778, 1306, 1833, 2361, 2889, 3417, 3944, 4472, 5000,
    ]  # fmt: skip
    assert linear_counts(5000, 50, 10) == [
        100, 644, 1189, 1733, 2278, 2822, 3367, 3911, 4456, 5000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rho", "total"), [(2, 37_500), (10, 27_500), (20, 26_250), (50, 25_500), (5000, 25_005)]
)
def test_linear_totals(rho: float, total: int) -> None:
    counts = linear_counts(5000, rho, 10)
    assert sum(counts) == total
    assert counts[0] == max(1, half_up(5000 / rho))


@pytest.mark.parametrize("rho", [2, 5, 10, 20, 50, 100])
def test_linear_and_half_step_have_equal_totals(rho: float) -> None:
    linear = sum(linear_counts(5000, rho, 10))
    step = sum(step_counts(5000, rho, 10, range(5)))
    assert abs(linear - step) <= 5  # each of the ten counts is rounded on its own


@pytest.mark.parametrize(
    ("ratio", "counts"),
    [
        (100, [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]),
        (50, [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100]),
        (10, [5000, 3871, 2997, 2320, 1796, 1391, 1077, 834, 645, 500]),
    ],
)
def test_exponential_counts_of_cifar10(ratio: float, counts: list[int]) -> None:
    assert exp_counts(5000, ratio, 10) == counts
    assert sum(counts) == {100: 12_406, 50: 13_996, 10: 20_431}[int(ratio)]


@pytest.mark.parametrize(("ratio", "total"), [(100, 10_847), (10, 19_573), (50, 12_608)])
def test_exponential_totals_of_cifar100(ratio: float, total: int) -> None:
    assert sum(exp_counts(500, ratio, 100)) == total


def test_one_class_keeps_all() -> None:
    assert exp_counts(7, 100, 1) == [7]


@given(
    n_max=st.integers(1, 10_000),
    ratio=st.floats(1, 1000),
    num_classes=st.integers(2, 40),
)
def test_shapes_stay_between_their_ends(n_max: int, ratio: float, num_classes: int) -> None:
    ratio = min(ratio, float(n_max))
    linear = linear_counts(n_max, ratio, num_classes)
    tail = exp_counts(n_max, ratio, num_classes)
    assert linear == sorted(linear)
    assert tail == sorted(tail, reverse=True)
    for counts in (linear, tail):
        assert max(counts) == n_max
        assert min(counts) >= 1
    assert abs(linear[0] - n_max / ratio) <= 0.51
    assert -1e-6 <= n_max / ratio - tail[-1] <= 1
