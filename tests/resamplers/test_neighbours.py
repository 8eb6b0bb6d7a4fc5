"""Nearest neighbours against all pairs, whatever the size of a block."""

import pytest
import torch

from counterpoise.resamplers.neighbours import block_shape, nearest


def cloud(num, width, seed=0, dtype=torch.float64):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(num, width, generator=random, dtype=torch.float64).to(dtype)


def all_pairs(queries, points, p=2.0):
    """Slow and exact: one difference at a time, in float64."""
    return torch.stack([(q - points.double()).norm(p=p, dim=1) for q in queries.double()])


@pytest.mark.parametrize("max_memory", [1, 10_000, 300_000, 2**30])
@pytest.mark.parametrize("p", [1.0, 2.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_same_as_all_pairs(max_memory, p, dtype) -> None:
    points, queries = cloud(700, 5, dtype=dtype), cloud(40, 5, seed=1, dtype=dtype)
    distances, indices = nearest(queries, points, 7, p=p, max_memory=max_memory)
    expected = all_pairs(queries, points, p).topk(7, largest=False)
    assert torch.equal(indices, expected.indices)
    torch.testing.assert_close(distances, expected.values.to(dtype))


@pytest.mark.parametrize("num", [1, 5, 9])
def test_many_points_go_through_groups(num) -> None:
    points = cloud(64 * 50 + 17, 3)
    place = torch.arange(0, len(points), 13)
    distances, indices = nearest(points[place], points, num, itself=place)
    apart = all_pairs(points[place], points)
    apart[torch.arange(len(place)), place] = torch.inf
    expected = apart.topk(num, largest=False)
    assert torch.equal(indices, expected.indices)
    torch.testing.assert_close(distances, expected.values)


def test_a_duplicate_is_a_neighbour_and_the_sample_itself_is_not() -> None:
    points = torch.tensor([[1.0, 1.0], [1.0, 1.0], [5.0, 5.0]])
    distances, indices = nearest(points, points, 2, itself=torch.arange(3))
    assert indices[:, 0].tolist()[:2] == [1, 0]
    assert distances[:2, 0].tolist() == [0.0, 0.0]
    assert all(row not in indices[row] for row in range(3))


def test_far_from_the_origin_in_single_precision() -> None:
    """Two clumps 20 000 apart whose points are 1 apart: a product of matrices alone fails."""
    points = cloud(400, 4)
    points[:200] += 1e4
    points[200:] -= 1e4
    points = points.float()
    _, indices = nearest(points, points, 3, itself=torch.arange(400))
    apart = all_pairs(points, points).fill_diagonal_(torch.inf)
    assert torch.equal(indices, apart.topk(3, largest=False).indices)
    squares = torch.cdist(points, points, compute_mode="use_mm_for_euclid_dist")
    wrong = squares.fill_diagonal_(torch.inf).topk(3, largest=False).indices
    assert not torch.equal(wrong, indices), "this test could not fail"


@pytest.mark.parametrize("num", [1, 3])
def test_as_many_neighbours_as_there_are_others(num) -> None:
    points = cloud(num + 1, 2, dtype=torch.float32)
    _, indices = nearest(points, points, num, itself=torch.arange(num + 1))
    assert [sorted(row) for row in indices.tolist()] == [
        [i for i in range(num + 1) if i != row] for row in range(num + 1)
    ]


@pytest.mark.parametrize("width", [1, 16, 784, 50_000])
@pytest.mark.parametrize("max_memory", [2**24, 2**28, 2**30])
def test_a_block_fits(width, max_memory) -> None:
    rows, columns = block_shape(torch.empty(10**6, width, device="meta"), max_memory)
    inside = 8 * (2 * rows * columns + columns * width + 8 * rows * width)
    assert inside <= max_memory or (rows, columns) == (1, 64)
