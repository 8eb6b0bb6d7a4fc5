"""What stands between two dense blocks: fewer maps, of half the size."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.models.densenet import norm_conv
from counterpoise.models.densenet.block import Memory
from counterpoise.models.densenet.norm_conv import Unit
from counterpoise.models.densenet.statistics import statistics
from counterpoise.models.densenet.workspace import (
    Workspace,
    computed_in,
    is_exported,
    outside_compiler,
    refuse_second_derivatives,
    without_autocast,
)


class Transition(nn.Module):
    """BatchNorm, ReLU, the average of 2x2 places, and a 1x1 convolution.

    The paper averages after the convolution. As both are linear and the convolution sees one
    place at a time, that is the same but for rounding, and four times the work.

    Args:
        num_inputs: maps that come in.
        num_outputs: maps that go out.
        memory: "naive" keeps the normalised maps for the backward pass; "efficient" makes them
            again from the inputs, which the block before keeps anyway.

    >>> Transition(8, 4)(torch.zeros(2, 8, 6, 6)).shape
    torch.Size([2, 4, 3, 3])
    """

    def __init__(self, num_inputs: int, num_outputs: int, *, memory: Memory = "efficient") -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(num_inputs)
        self.conv = nn.Conv2d(num_inputs, num_outputs, 1, bias=False)
        self.pool = nn.AvgPool2d(2)  # last, as `models.blocks` reads the order: it ends the block
        self.memory = memory

    def forward(self, inputs: Tensor) -> Tensor:
        if self.memory == "efficient" and not is_exported():
            given = (self.norm.weight, self.norm.bias, self.conv.weight)
            return outside_compiler(_TransitionFunction, self, inputs, *given)
        maps: Tensor = self.conv(self.pool(F.relu(self.norm(inputs), inplace=True)))
        return maps


class _TransitionFunction(torch.autograd.Function):
    """The transition as one operation of its inputs and its three parameters."""

    @staticmethod
    def forward(ctx: Any, module: Transition, inputs: Tensor, *parameters: Tensor) -> Tensor:
        ctx.dtype = computed_in(inputs)
        ctx.settings = norm_conv.settings(module.norm, module.conv, pool=True)
        with without_autocast(inputs):
            unit = Unit(*statistics(module.norm, inputs), *parameters)
            room = Workspace(inputs, inputs.shape[1], ctx.dtype).maps(inputs.shape[1])
            made = norm_conv.forward(unit, ctx.settings, inputs, room)
        ctx.save_for_backward(inputs, *unit)
        return made

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        inputs, *tensors = ctx.saved_tensors
        unit, settings, needs = Unit(*tensors), ctx.settings, ctx.needs_input_grad[1:]
        with without_autocast(grad):
            room = Workspace(inputs, inputs.shape[1], ctx.dtype).maps(inputs.shape[1])
            grads = norm_conv.backward(unit, settings, inputs, room, grad, needs)
        return None, *grads
