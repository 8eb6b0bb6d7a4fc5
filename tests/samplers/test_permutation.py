"""Orders and draws worked out place by place: permutations, as even as a list that is shuffled."""

import numpy as np
import pytest
from scipy import stats

from counterpoise.samplers.permutation import Permutation, uniform

NUM = 300_007  # no power of 2, so that places outside are shuffled again


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 7, 64, 65, 1000, 4097, 2**16])
def test_every_number_once(length) -> None:
    for seed in range(5):
        found = Permutation(length, seed).at(np.arange(length))
        assert np.array_equal(np.sort(found), np.arange(length))


def test_a_place_does_not_depend_on_the_others() -> None:
    order = Permutation(NUM, 3, 1)
    whole = order.at(np.arange(NUM))
    asked = np.array([17, NUM - 1, 0, 17])
    assert np.array_equal(order.at(asked), whole[asked])
    assert not np.array_equal(Permutation(NUM, 4, 1).at(asked), whole[asked])
    assert not np.array_equal(Permutation(NUM, 3, 2).at(asked), whole[asked])


def test_the_same_on_every_machine() -> None:
    """Streams are resumed elsewhere: these numbers never change."""
    assert Permutation(10**9, 7, 1).at(np.arange(4)).tolist() == [
        603334134,
        971385259,
        712084114,
        41847198,
    ]
    drawn = uniform(np.arange(4), 7, 1)
    assert (drawn * 10**9).astype(int).tolist() == [63856781, 998208737, 632981604, 859969873]


def even(values, upto, bins=1000) -> bool:
    """Whether numbers below `upto` fall evenly into bins; wrong once in a million."""
    return stats.chisquare(np.bincount(values * bins // upto, minlength=bins)).pvalue > 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_as_even_as_a_shuffled_list(seed) -> None:
    places = np.arange(NUM)
    found = Permutation(NUM, seed).at(places)
    assert even(found[:30_000], NUM), "the beginning comes from everywhere"
    assert even((found - places) % NUM, NUM), "no place is nearer than another"
    assert even(np.diff(found) % NUM, NUM), "neighbours are strangers"
    cells = places * 30 // NUM * 30 + found * 30 // NUM
    assert stats.chisquare(np.bincount(cells, minlength=900)).pvalue > 1e-6
    assert np.count_nonzero(found == places) < 12


def test_the_first_place_over_seeds() -> None:
    first = np.array([Permutation(NUM, seed).at(np.array([0]))[0] for seed in range(3000)])
    assert even(first, NUM, bins=50)


def test_draws_are_even_and_strangers_to_their_neighbours() -> None:
    drawn = uniform(np.arange(200_000), 5, 2)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > 1e-6
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.01
    assert not np.array_equal(drawn, uniform(np.arange(200_000), 5, 3))
