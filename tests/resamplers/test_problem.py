"""What a resampler is given: counts, random numbers from one generator, and room."""

import numpy as np
import torch

from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.resampler import generator_of


def posed(seed=0):
    labels = torch.tensor([1, 0, 0, 2, 0])
    points = torch.arange(10.0).reshape(5, 2)
    return Problem(points, labels, (3, 1, 1), (3, 3, 1), ("a", "b", "c"), generator_of(seed))


def test_members_and_what_is_wanted() -> None:
    problem = posed()
    assert problem.num_classes == 3
    assert problem.extra == (0, 2, 0)
    assert problem.members(0).tolist() == [1, 2, 4]


def test_room_follows_the_originals_class_by_class() -> None:
    problem = posed()
    made = problem.grown()
    assert torch.equal(made.points[:5], problem.points)
    assert made.labels.tolist() == [1, 0, 0, 2, 0, 1, 1]
    assert problem.grown((1, 0, 2)).labels[5:].tolist() == [0, 2, 2]


def test_every_number_comes_from_the_generator() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, two = posed(), posed()
    for draw in (
        lambda p: p.uniform(50),
        lambda p: p.integers(7, 50),
        lambda p: p.choice(50, 20),
    ):
        assert torch.equal(draw(one), draw(two))
    assert torch.equal(torch.get_rng_state(), before)
    chosen = posed().choice(50, 20)
    assert len(np.unique(chosen)) == 20
    assert torch.equal(chosen, chosen.sort().values)
