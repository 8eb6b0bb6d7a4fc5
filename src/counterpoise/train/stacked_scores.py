"""Networks of one shape, run as one: each on a batch of its own."""

from __future__ import annotations

from torch import Tensor, nn
from torch.func import functional_call, vmap


def scores(
    network: nn.Module, values: dict[str, Tensor], fixed: dict[str, Tensor], inputs: Tensor
) -> Tensor:
    """What R networks of one shape make of R batches: (R, B, ...) -> (R, B, K).

    Args:
        network: gives the shape; its own parameters are not read.
        values: stacked parameters by name, (R, ...).
        fixed: stacked buffers by name, (R, ...).
        inputs: a batch for each.

    >>> import torch
    >>> network = nn.Linear(2, 1, bias=False)
    >>> values = {"weight": torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])}
    >>> scores(network, values, {}, torch.tensor([[[3.0, 4.0]], [[3.0, 4.0]]])).flatten()
    tensor([3., 4.])
    """

    def one(own: dict[str, Tensor], kept: dict[str, Tensor], batch: Tensor) -> Tensor:
        found: Tensor = functional_call(network, (own, kept), (batch,))
        return found

    made: Tensor = vmap(one)(values, fixed, inputs)
    return made
