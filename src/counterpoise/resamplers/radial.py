"""Mutual class potential: sums of Gaussian kernels, other classes' minus one's own."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError

GAMMA = 0.05  # of the paper, for few features in [0, 1]
Length = float | Literal["auto"]


def kernel(queries: Tensor, points: Tensor, gamma: float, p: float) -> Tensor:
    """``exp(-(d / gamma) ** 2)`` of each pair, (Q, D) and (P, D) -> (Q, P) float64.

    >>> points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> kernel(torch.tensor([[0.5, 0.5]]), points, 0.5, p=2).round(decimals=7)
    tensor([[0.1353, 0.1353, 0.1353]], dtype=torch.float64)
    """
    apart = torch.cdist(queries, points, p=p, compute_mode="donot_use_mm_for_euclid_dist")
    return apart.to(torch.float64).div_(gamma).square_().neg_().exp_()


def potential(queries: Tensor, points: Tensor, gamma: float, p: float, max_memory: int) -> Tensor:
    """Sum of the kernels of all `points` (P, D) at each query (Q, D), (Q,) float64."""
    columns = max(1, min(len(points), 4096))
    rows = max(1, max_memory // (32 * columns))
    total = torch.zeros(len(queries), dtype=torch.float64, device=queries.device)
    for start in range(0, len(queries), rows):
        part = slice(start, start + rows)
        for first in range(0, len(points), columns):
            block = points[first : first + columns]
            total[part] += kernel(queries[part], block, gamma, p).sum(1)
    return total


def kernel_width(gamma: Length, features: int, p: float) -> float:
    """The width itself, or for "auto" that of the paper as distances between D features grow.

    >>> kernel_width("auto", 100, p=1), kernel_width("auto", 100, p=2), kernel_width(0.2, 100, p=1)
    (5.0, 0.5, 0.2)
    """
    return GAMMA * features ** (1 / p) if gamma == "auto" else float(gamma)


def check_length(name: str, value: Length) -> None:
    """A positive number or "auto", or an error that names the option."""
    if isinstance(value, str) and value != "auto":
        raise ArgumentError(f'{name} is a positive number or "auto"; got {value!r}')
    if value != "auto":
        check_positive(name, value)


def check_positive(name: str, value: float) -> float:
    """A finite number above 0, or an error that names the option."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ArgumentError(f"{name} is a positive number; got {value!r}")
    if not 0 < value < float("inf"):
        raise ArgumentError(f"{name} is a positive number; got {value}")
    return float(value)


def check_norm(p: float) -> None:
    """Refuse what is no norm."""
    if isinstance(p, bool) or not isinstance(p, int | float) or not p >= 1:
        raise ArgumentError(f"p is a number, at least 1 (1 in the papers); got {p!r}")
