"""Which samples each class of many sees, in MC-CCR and MC-RBO."""

import torch

from counterpoise.resamplers.largest_first import others
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.resampler import generator_of


def test_which_samples_each_class_sees() -> None:
    """Draws for a largest class of 5000."""
    counts = (5000, 10, 9, 8, 7, 6, 5, 4, 3, 2)
    labels = torch.arange(10).repeat_interleave(5000)
    usable = torch.ones(50_000, dtype=torch.bool)
    points = torch.zeros(50_000, 1)
    names = tuple("abcdefghij")
    problem = Problem(points, labels, counts, (5000,) * 10, names, generator_of(0))
    draws = []
    for turn in range(1, 10):
        seen = others(problem, labels, usable, turn, "sampled")
        each = torch.bincount(labels[seen], minlength=10)
        assert len(torch.unique(seen)) == len(seen), "without replacement"
        assert not each[turn:].any()
        assert len(torch.unique(each[:turn])) == 1
        draws.append(int(each[0]))
    assert draws == [5000, 2500, 1666, 1250, 1000, 833, 714, 625, 555]
    usable[:4900] = False
    capped = others(problem, labels, usable, 2, "sampled")
    assert torch.bincount(labels[capped]).tolist() == [100, 2500]
    assert len(others(problem, labels, usable, 0, "sampled")) == 0
    assert len(others(problem, labels, usable, 0, "complete")) == 45_000
