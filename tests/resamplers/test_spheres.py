"""Spheres of CCR: radii, translations and allocation against slow loops and worked numbers."""

import numpy as np
import pytest
import torch

from counterpoise.resamplers import CCR
from counterpoise.resamplers.spheres import Spheres, directions

pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")


@pytest.fixture
def spheres():
    """A function that makes them, with options for those that matter."""

    def make(energy=0.5, cleaning="translate", allocation="proportional", p=1.0, memory=2**20):
        return Spheres(energy, cleaning, allocation, p, memory)

    return make


def test_worked_allocation(problem_of, spheres) -> None:
    room = torch.empty(14, 1, dtype=torch.float64)
    centres = torch.tensor([[0.0], [100.0], [200.0]], dtype=torch.float64)
    problem = problem_of(centres, np.array([0, 1, 1]))
    spheres().fill(room, centres, torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64), problem)
    assert torch.bincount((room[:, 0] / 100).round().long()).tolist() == [8, 4, 2]
    spheres(allocation="uniform").fill(room, centres, torch.tensor([0.5, 1.0, 2.0]), problem)
    assert sorted(torch.bincount((room[:, 0] / 100).round().long()).tolist()) == [4, 5, 5]


@pytest.mark.parametrize("energy", [0.01, 0.3, 1.0, 3.0, 40.0, 1000.0])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_radii_and_translations_as_in_a_slow_loop(
    energy, p, cloud, problem_of, cleaned_slowly, spheres
) -> None:
    X, y = cloud()
    radii, after = cleaned_slowly(X, y, 1, energy, p)
    points, _ = CCR(energy=energy, p=p, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:75], after, rtol=1e-9, atol=1e-12)
    problem = problem_of(X, y)
    own, others = problem.points[60:], problem.points[:60]
    cleaned = spheres(energy, p=p).clean(own, others, problem, 1)
    np.testing.assert_allclose(cleaned.radii, radii, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_radii_far_from_the_origin(dtype, cloud, cleaned_slowly) -> None:
    X, y = cloud()
    X = (X + 100).astype(dtype)
    _, after = cleaned_slowly(X.astype(np.float64), y, 1, 0.6)
    points, _ = CCR(energy=0.6, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:75], after, atol=2e-3 if dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("allocation", ["proportional", "uniform"])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_synthetic_samples_lie_in_their_spheres_in_proportion(
    allocation, p, cloud, cleaned_slowly
) -> None:
    X, y = cloud((400, 5), width=2)
    X[y == 1] = np.arange(10, 60, 10)[:, None] + X[y == 1]  # far from each other
    X[:5] = X[400:] + np.array([0.01, 0.0]) * np.arange(1, 6)[:, None]
    points, _ = CCR(energy=0.3, allocation=allocation, p=p, random_state=0).fit_resample(X, y)
    radii, _ = cleaned_slowly(X, y, 1, 0.3, p)
    assert len(set(radii.round(6))) == 5
    home = np.round(points[405:, 0] / 10 - 0.5).astype(int) - 1
    apart = np.linalg.norm(points[405:] - X[400 + home], ord=p, axis=1)
    assert (apart <= radii[home]).all()
    shares = 1 / radii if allocation == "proportional" else np.ones(5)
    assert np.abs(np.bincount(home) - 395 * shares / shares.sum()).max() < 1
    part = apart / radii[home]
    assert abs(part.mean() - 0.5) < 5 / (12 * 395) ** 0.5, "the share of the radius is even"


def test_a_tie_in_the_allocation_favours_no_place(cloud, spheres) -> None:
    X, y = cloud((15, 10), width=2)
    X[y == 0] += 50  # all radii are the energy; 5 samples for 10 spheres
    homes = set()
    for seed in range(20):
        points, _ = CCR(random_state=seed).fit_resample(X, y)
        apart = np.abs(points[25:, None] - X[15:]).sum(2)
        homes |= set(apart.argmin(1).tolist())
    assert len(homes) > 7


def test_directions_have_norm_one_and_all_signs(cloud, problem_of) -> None:
    problem = problem_of(*cloud())
    for p, norm in ((1.0, 1), (2.0, 2)):
        away = directions(problem, 4000, 3, p)
        torch.testing.assert_close(away.norm(p=norm, dim=1), torch.ones(4000, dtype=away.dtype))
        assert len(torch.unique(away.sign(), dim=0)) == 8
        assert float(away.mean(0).abs().max()) < 0.03


def test_as_little_as_can_be_apart() -> None:
    X, y = np.array([[1e-310, 0], [9, 9], [0, 0]]), np.array([0, 0, 1])
    points, _ = CCR(energy=1, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:2], [[0.5, 0], [9, 9]])
