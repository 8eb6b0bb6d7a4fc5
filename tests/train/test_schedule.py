"""Learning-rate schedules against the figures of the papers and their end points."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.train.schedule import make


@pytest.mark.parametrize(("update", "rate"), [(0, 0.01), (5000, 0.00737788), (10000, 0.00594604)])
def test_inv_has_the_values_of_buda_2018(update: int, rate: float) -> None:
    assert 0.01 * make("inv", {})(update, 10000) == pytest.approx(rate, abs=5e-9)


def test_cosine_and_linear_end_at_zero_and_start_at_one() -> None:
    for name in ("cosine", "linear"):
        factor = make(name, {})
        assert factor(0, 100) == 1.0
        assert factor(100, 100) == pytest.approx(0.0, abs=1e-12)
        assert factor(50, 100) == pytest.approx(0.5)


def test_warmup_rises_to_the_full_rate() -> None:
    factor = make("linear", {"warmup": 0.1})
    assert [round(factor(u, 100) / (1 - u / 100), 6) for u in (0, 4, 9, 10)] == [0.1, 0.5, 1, 1]


def test_steps_fall_at_the_given_fractions() -> None:
    factor = make("steps", {"at": [0.5, 0.75], "gamma": 0.1})
    assert [factor(u, 100) for u in (49, 50, 74, 75)] == pytest.approx([1, 0.1, 0.1, 0.01])


def test_an_unknown_name_suggests_the_near_one() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'cosine'"):
        make("cosin", {})


def test_exponential_falls_after_each_round() -> None:
    factor = make("exponential", {}, 50)
    rates = [0.01 * factor(update, 1000) for update in (0, 49, 50, 99, 500)]
    assert rates == pytest.approx([0.01, 0.01, 0.0095, 0.0095, 0.00598737], abs=5e-9)


def test_exponential_falls_after_so_many_updates_or_within_them() -> None:
    stairs = make("exponential", {"gamma": 0.5, "every": 100}, 7)
    assert [stairs(update, 1000) for update in (50, 100, 150, 300)] == [1, 0.5, 0.5, 0.125]
    smooth = make("exponential", {"gamma": 0.5, "every": 100, "staircase": False}, 7)
    found = [smooth(update, 1000) for update in (0, 50, 100, 150)]
    assert found == pytest.approx([1, 0.70710678, 0.5, 0.35355339])


def test_constant_stays() -> None:
    assert {make("constant", {})(update, 10) for update in (0, 5, 10)} == {1.0}
