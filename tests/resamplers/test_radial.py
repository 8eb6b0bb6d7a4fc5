"""The potential of RBO and RBU against a slow loop and numbers worked by hand."""

import numpy as np
import pytest
import torch

from counterpoise.resamplers.radial import kernel, potential


@pytest.mark.parametrize(("p", "expected"), [(1.0, 0.0183156389), (2.0, 0.1353352832)])
def test_worked_potential(p, expected, potential_of) -> None:
    x, majority, minority = (
        torch.tensor(a, dtype=torch.float64) for a in ([[0.5, 0.5]], [[0, 0], [1, 0]], [[0, 1]])
    )
    found = potential(x, majority, 0.5, p, 2**20) - potential(x, minority, 0.5, p, 2**20)
    assert float(found[0]) == pytest.approx(expected, abs=1e-9)
    slow = potential_of(np.array([0.5, 0.5]), [(0, 0), (1, 0), (0, 1)], (1, 1, -1), 0.5, p)
    assert slow == pytest.approx(expected, abs=1e-9)


def test_a_potential_in_blocks_is_the_same(cloud) -> None:
    points = torch.from_numpy(cloud((500, 20))[0])
    whole = kernel(points, points, 0.3, 1).sum(1)
    torch.testing.assert_close(potential(points, points, 0.3, 1, 1), whole)
