"""A dense block as one differentiable operation, which keeps the maps of its layers alone.

One buffer holds the block's input and the maps of all layers in a row, and is its output. No maps
are concatenated, since every layer reads the front of the buffer, and mean and variance of a map
are computed once, not in every layer that reads it.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.models.densenet import norm_conv
from counterpoise.models.densenet.norm_conv import Settings, Unit
from counterpoise.models.densenet.plan import Layer, Plan, plan_of
from counterpoise.models.densenet.statistics import moments, statistics
from counterpoise.models.densenet.workspace import (
    Workspace,
    computed_in,
    layout,
    refuse_second_derivatives,
    without_autocast,
)

PARAMETERS = 3  # of a step: BatchNorm's weight and bias, and the kernel
Moments = tuple[Tensor, Tensor]


class DenseFunction(torch.autograd.Function):
    """``apply(layers, inputs, *parameters)``: the block's input and all layers' maps in a row.

    Args:
        layers: in order; running statistics of their BatchNorms go on once.
        inputs: (B, C, H, W).
        parameters: of all steps in order: BatchNorm's weight and bias, and the kernel.

    Raises:
        ArgumentError: one value per channel in training; in the backward pass,
            ``create_graph=True``.
    """

    @staticmethod
    def forward(ctx: Any, layers: list[Layer], inputs: Tensor, *parameters: Tensor) -> Tensor:
        dtype = computed_in(inputs)
        ctx.plan = plan = plan_of(layers, inputs, dtype)
        with without_autocast(inputs):
            maps, mean, saved = _forward(plan, layers, inputs, parameters)
        ctx.save_for_backward(maps, mean, *saved)
        return maps

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        maps, mean, *saved = ctx.saved_tensors
        with without_autocast(grad):
            grads = _backward(ctx.plan, maps, mean, saved, grad, ctx.needs_input_grad[1:])
        return None, *grads


def _forward(
    plan: Plan, layers: list[Layer], inputs: Tensor, parameters: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor, list[Tensor | None]]:
    """The buffer, the means of its maps, and of every layer what `_layer` keeps."""
    batch, _, height, width = inputs.shape
    buffer = torch.empty(
        (batch, plan.width(len(layers)), height, width),
        dtype=torch.promote_types(inputs.dtype, plan.dtype),
        device=inputs.device,
        memory_format=layout(inputs),
    )
    exact = torch.promote_types(buffer.dtype, torch.float32)
    mean, variance = torch.zeros(2, buffer.shape[1], dtype=exact, device=inputs.device)
    room = Workspace(inputs, plan.widest, plan.dtype)
    saved: list[Tensor | None] = []

    def append(maps: Tensor, first: int) -> None:
        last = first + maps.shape[1]
        buffer[:, first:last].copy_(maps)
        if plan.by_batch and last < buffer.shape[1]:
            mean[first:last], variance[first:last] = moments(maps)

    append(inputs, 0)
    each = PARAMETERS * plan.steps
    for k, layer in enumerate(layers):
        end = plan.width(k)
        known = (mean[:end], variance[:end])
        own = parameters[k * each : (k + 1) * each]
        maps, kept = _layer(layer, plan.settings[k], buffer[:, :end], known, own, room)
        saved += kept
        append(maps, end)
    return buffer, mean, saved


def _layer(
    layer: Layer,
    settings: list[Settings],
    maps: Tensor,
    known: Moments | None,
    parameters: tuple[Tensor, ...],
    room: Workspace,
) -> tuple[Tensor, list[Tensor | None]]:
    """New maps, and what is kept: bottleneck or None, what dropout left or None, the units."""
    inner: Tensor | None = None
    units: list[Tensor] = []
    for i, (norm, _) in enumerate(layer.steps):
        if i:
            inner, known = maps, None
        own = parameters[PARAMETERS * i : PARAMETERS * (i + 1)]
        unit = Unit(*statistics(norm, maps, known), *own)
        maps = norm_conv.forward(unit, settings[i], maps, room.maps(maps.shape[1]))
        units += unit
    left: Tensor | None = None
    if layer.dropout:
        noise = F.dropout(torch.ones_like(maps), layer.dropout)
        maps, left = maps.mul_(noise), noise != 0
    return maps, [inner, left, *units]


def _backward(
    plan: Plan,
    buffer: Tensor,
    mean: Tensor,
    saved: list[Tensor],
    grad: Tensor,
    needed: tuple[bool, ...],
) -> list[Tensor | None]:
    """Gradients of the inputs and of all parameters, from the last layer to the first.

    What BatchNorm takes from the gradient of a map, because the map moves mean and variance, is
    linear in the map: it is summed over the layers that read the map and taken off once.
    """
    total = grad.clone(memory_format=layout(buffer))
    constant, slope = torch.zeros(2, *mean.shape, dtype=mean.dtype, device=mean.device)
    room = Workspace(buffer, plan.widest, plan.dtype)
    each = PARAMETERS * plan.steps
    kept = 2 + len(Unit._fields) * plan.steps
    found: list[Tensor | None] = [None] * len(needed)

    def gathered(first: int, last: int) -> Tensor:
        part = slice(first, last)
        if not plan.by_batch:
            return total[:, part]
        lost = (constant[part], slope[part])
        return norm_conv.less(total[:, part], buffer[:, part], mean[part], lost)

    for k in reversed(range(len(plan.settings))):
        begin, end = 1 + k * each, plan.width(k)
        if not any(needed[: begin + each]):
            break
        inner, left, *tensors = saved[k * kept : (k + 1) * kept]
        maps = gathered(end, end + plan.growth)
        if left is not None:
            maps = (maps * left).div_(1 - plan.dropout[k])
        for i in reversed(range(plan.steps)):
            own = begin + PARAMETERS * i
            unit = Unit(*tensors[len(Unit._fields) * i : len(Unit._fields) * (i + 1)])
            settings, inputs = plan.settings[k][i], inner if i else buffer[:, :end]
            needs = (any(needed[:own]), *needed[own : own + PARAMETERS])
            maps_room = room.maps(inputs.shape[1])
            grads = norm_conv.backward(
                unit, settings, inputs, maps_room, maps, needs, shared=i == 0
            )
            found[own : own + PARAMETERS] = grads.weight, grads.bias, grads.kernel
            if grads.maps is None or not needs[0]:
                break
            if i:
                maps = grads.maps
                continue
            norm_conv.add_scaled(total[:, :end], grads.maps, unit.scale(settings.eps))
            if settings.batch:
                lost = norm_conv.through_batch(unit, settings, grads, inputs)
                constant[:end] += lost[0]
                slope[:end] += lost[1]
    if needed[0]:
        first = gathered(0, plan.num_inputs)
        found[0] = first if plan.by_batch else first.clone()
    return found
