"""Networks of one shape, run as one: each on a batch of its own."""

from __future__ import annotations

from torch import Tensor, nn
from torch.func import functional_call, vmap


def scores(
    network: nn.Module, values: dict[str, Tensor], kept: dict[str, Tensor], inputs: Tensor
) -> Tensor:
    """What R networks of one shape make of R batches: (R, B, ...) -> (R, B, K).

    Args:
        network: gives the shape; its own parameters are not read.
        values: stacked parameters by name, (R, ...).
        kept: stacked buffers by name, (R, ...); batch normalisation renews them in place.
        inputs: a batch for each.

    >>> import torch
    >>> network = nn.Linear(2, 1, bias=False)
    >>> values = {"weight": torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])}
    >>> scores(network, values, {}, torch.tensor([[[3.0, 4.0]], [[3.0, 4.0]]])).flatten()
    tensor([3., 4.])
    """

    def one(own: dict[str, Tensor], buffers: dict[str, Tensor], batch: Tensor) -> Tensor:
        found: Tensor = functional_call(network, (own, buffers), (batch,))
        return found

    made: Tensor = vmap(one)(values, kept, inputs)
    return made
