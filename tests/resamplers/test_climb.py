"""Whole climbs of RBO against a slow loop that computes each potential anew."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from counterpoise.resamplers.climb import climb
from counterpoise.resamplers.resampler import generator_of


def climb_slowly(potential_of, start, near, charge, draws, step, gamma, p):
    """Slow: RBO's steps from one point, the potential computed anew each time.

    Returns:
        The translation, the number of trials, and the directions taken, d up and D + d down.
    """
    width, way, taken, trials = len(start), np.zeros(len(start)), [], 0
    level = potential_of(start, near, charge, gamma, p)
    unused = list(range(2 * width))
    for drawn in draws:
        if not unused:
            break
        trials += 1
        slot = int(drawn * len(unused))
        direction = unused[slot]
        unused[slot] = unused[-1]
        unused.pop()
        proposed = way.copy()
        proposed[direction % width] += step if direction < width else -step
        new = potential_of(start + proposed, near, charge, gamma, p)
        if abs(new) < abs(level):
            way, level = proposed, new
            taken.append(direction)
            back = (direction + width) % (2 * width)
            unused = [(back + 1 + i) % (2 * width) for i in range(2 * width - 1)]
    return way, trials, taken


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("width", [1, 2, 7])
def test_climbs_as_in_a_slow_loop(p, width, potential_of) -> None:
    random = torch.Generator().manual_seed(width)
    starts = torch.rand(12, width, generator=random, dtype=torch.float64)
    near = torch.rand(12, 9, width, generator=random, dtype=torch.float64)
    charge = 2 * (torch.rand(12, 9, generator=random) < 0.6).double() - 1
    draws = torch.rand(150, 12, generator=random, dtype=torch.float64)
    options = {"gamma": 0.4, "p": p}
    way, felt = climb(starts, near, charge, draws, step_size=0.01, **options)
    assert felt
    ended = 0
    for i in range(12):
        given = (a[i].numpy() for a in (starts, near, charge))
        expected, trials, taken = climb_slowly(
            potential_of, *given, draws[:, i].tolist(), 0.01, **options
        )
        np.testing.assert_allclose(way[i].numpy(), expected, atol=1e-12)
        turns = pairwise(taken)
        assert all((a + width) % (2 * width) != b for a, b in turns), "never straight back"
        ended += trials < 150
    assert width > 2 or ended > 6, "some run out of directions"


def test_a_climb_without_force_tries_every_direction_once_and_stays() -> None:
    """Far from all: the potential is 0, and nothing is below that."""
    starts, near = torch.zeros(2, 3, dtype=torch.float64), torch.full((2, 4, 3), 1e6).double()
    draws = torch.rand(50, 2, dtype=torch.float64)
    way, felt = climb(
        starts, near, torch.ones(2, 4, dtype=torch.float64), draws, step_size=1.0, gamma=0.1, p=1
    )
    assert not felt
    assert not way.any()


def test_directions_are_drawn_evenly() -> None:
    """One trial each, one neighbour of the same class: half of the ways lead away from it."""
    num = 8000
    starts = torch.zeros(num, 2, dtype=torch.float64)
    near = torch.full((num, 1, 2), 0.5, dtype=torch.float64)
    draws = torch.rand(1, num, generator=generator_of(0), dtype=torch.float64)
    charge = -torch.ones(num, 1, dtype=torch.float64)
    way, _ = climb(starts, near, charge, draws, step_size=0.1, gamma=1.0, p=1)
    kinds, counts = torch.unique(way, dim=0, return_counts=True)
    expected = torch.tensor([[-0.1, 0], [0, -0.1], [0, 0]], dtype=torch.float64)
    torch.testing.assert_close(kinds, expected)
    assert (counts - torch.tensor([num / 4, num / 4, num / 2])).abs().max() < 5 * num**0.5 / 2
