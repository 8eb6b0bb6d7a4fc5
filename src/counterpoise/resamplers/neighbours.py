"""Nearest neighbours by comparing all pairs, a block at a time, on the device of the points."""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 64  # points of which first only the nearest is looked at
SPARE = 4  # candidates beyond those wanted, to tell whether rounding could have hidden one
QUERIES = 256  # in one block, where memory allows it: of a size that caches like
POINTS = 8192


def nearest(
    queries: Tensor,
    points: Tensor,
    num: int,
    *,
    itself: Tensor | None = None,
    p: float = 2.0,
    max_memory: int = 2**30,
) -> tuple[Tensor, Tensor]:
    """The `num` nearest points of each query, nearest first, in bounded memory.

    Right for float32 far from the origin too: where rounding could have hidden a neighbour, a
    query is compared again in float64. Which of several equally distant points are taken is not
    defined, but the same on every call.

    Args:
        queries: (Q, D).
        points: (P, D) of the same type and device.
        num: at most P, or P - 1 with `itself`.
        itself: (Q,) place of each query among the points, which is left out; a duplicate stays.
        p: of the norm: 1, 2 or any other from 1; 2 is the fast one.
        max_memory: bytes for everything but arguments and results.

    Returns:
        Distances (Q, num) and places among the points (Q, num) int64.

    >>> points = torch.tensor([[0.0], [1.0], [3.0]])
    >>> nearest(points, points, 1, itself=torch.arange(3))[1].flatten()
    tensor([1, 0, 1])
    """
    assert 0 < num <= len(points) - (itself is not None)
    distances = queries.new_empty(len(queries), num)
    indices = torch.empty(len(queries), num, dtype=torch.int64, device=queries.device)
    rows, columns = block_shape(points, max_memory)
    centre = _centre(points)
    for start in range(0, len(queries), rows):
        part = slice(start, start + rows)
        own = itself[part] if itself is not None else None
        distances[part], indices[part] = _of_block(
            queries[part], points, num, own, p, columns, centre
        )
    return distances, indices


def block_shape(points: Tensor, max_memory: int) -> tuple[int, int]:
    """Queries and points of one block, so that a few matrices of distances fit in `max_memory`."""
    width = points.shape[1]
    columns = max(GROUP, min(POINTS, len(points), max_memory // (64 * width)))
    rows = max_memory // (4 * 8 * (columns + 16 * width))
    return max(1, min(QUERIES, rows)), columns


def _of_block(
    queries: Tensor,
    points: Tensor,
    num: int,
    itself: Tensor | None,
    p: float,
    columns: int,
    centre: Tensor,
) -> tuple[Tensor, Tensor]:
    if p != 2:
        return _candidates(queries, points, num, itself, p, columns, centre)
    many = min(num + SPARE, len(points) - (itself is not None))
    squares, places = _candidates(queries, points, many, itself, p, columns, centre)
    exact = _exact(queries, points, places)
    order = exact.sort(dim=1, stable=True)
    distances, found = order.values[:, :num], places.gather(1, order.indices[:, :num])
    if many == num or queries.dtype == torch.float64:
        return distances.sqrt(), found
    # of a sum of D products: far more than rounding does, far less than neighbours differ by
    scale = (queries - centre).square().sum(1) + squares[:, -1].clamp_min(0)
    error = 4 * torch.finfo(queries.dtype).eps * scale * queries.shape[1] ** 0.5
    unsure = torch.nonzero(distances[:, -1] > squares[:, -1] - error)[:, 0]
    if len(unsure) and len(points) - (itself is not None) > many:
        own = itself[unsure] if itself is not None else None
        _, again = _candidates(
            queries[unsure].double(), points, num, own, p, columns // 2 or 1, centre.double()
        )
        found[unsure] = again
        distances[unsure] = _exact(queries[unsure], points, again)
    return distances.sqrt(), found


def _candidates(
    queries: Tensor,
    points: Tensor,
    num: int,
    itself: Tensor | None,
    p: float,
    columns: int,
    centre: Tensor,
) -> tuple[Tensor, Tensor]:
    """Smallest distances (Q, num), squared for p = 2, and their places; ascending."""
    best: tuple[Tensor, Tensor] | None = None
    moved = queries - centre if p == 2 else queries
    for start in range(0, len(points), columns):
        block = points[start : start + columns].to(queries.dtype)
        apart = _squares(moved, block - centre) if p == 2 else torch.cdist(queries, block, p=p)
        if itself is not None:
            rows = torch.nonzero((itself >= start) & (itself < start + len(block)))[:, 0]
            apart[rows, itself[rows] - start] = torch.inf
        values, places = _smallest(apart, min(num, len(block)))
        places += start
        if best is not None:
            values = torch.cat((best[0], values), dim=1)
            places = torch.cat((best[1], places), dim=1)
            chosen = values.topk(min(num, values.shape[1]), largest=False)
            values, places = chosen.values, places.gather(1, chosen.indices)
        best = values, places
    assert best is not None, "there is at least one point"
    return best


def _squares(queries: Tensor, points: Tensor) -> Tensor:
    """Squared Euclidean distances (Q, P) by one product of matrices; may be a little below 0."""
    apart = torch.addmm(points.square().sum(1)[None], queries, points.T, alpha=-2)
    return apart.add_(queries.square().sum(1)[:, None])


def _smallest(values: Tensor, num: int) -> tuple[Tensor, Tensor]:
    """The `num` smallest of each row (Q, P): they lie in the `num` groups of smallest minimum."""
    many, rest = divmod(values.shape[1], GROUP)
    if many <= 4 * num:
        chosen = values.topk(num, largest=False)
        return chosen.values, chosen.indices
    grouped = values[:, : many * GROUP].reshape(-1, many, GROUP)  # (Q, G, 64)
    groups = grouped.amin(2).topk(num, largest=False).indices  # (Q, num)
    inside = grouped.gather(1, groups[:, :, None].expand(-1, -1, GROUP)).flatten(1)
    lane = torch.arange(GROUP, device=values.device)
    places = (groups[:, :, None] * GROUP + lane).flatten(1)  # (Q, num * 64)
    if rest:
        last = torch.arange(many * GROUP, values.shape[1], device=values.device)
        inside = torch.cat((inside, values[:, many * GROUP :]), dim=1)
        places = torch.cat((places, last.expand(len(values), -1)), dim=1)
    chosen = inside.topk(num, largest=False)
    return chosen.values, places.gather(1, chosen.indices)


def _exact(queries: Tensor, points: Tensor, places: Tensor) -> Tensor:
    """Squared distances (Q, num) of each query to its own points, from differences."""
    columns = [(queries - points[places[:, j]]).square_().sum(1) for j in range(places.shape[1])]
    return torch.stack(columns, dim=1)


def _centre(points: Tensor) -> Tensor:
    """Mean of the points (D,): products of centred points cancel less."""
    return points.mean(dim=0, dtype=torch.float64).to(points.dtype)
