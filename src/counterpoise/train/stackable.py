"""Whether trainings can be stacked, and if not, why, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from lightning_fabric.plugins import Precision
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm

from counterpoise.data.cropping import centre
from counterpoise.steps import Plain
from counterpoise.train.freeze import train_mode
from counterpoise.train.loop import Loop
from counterpoise.train.pieces import never
from counterpoise.train.stacked_scores import scores

# Optimizers that change each parameter by its own gradient alone, so that stacking changes nothing.
ELEMENTWISE = (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW)
FEW = 2  # samples of each that the networks are tried on
CLOSE = 1e-3  # of the largest score


def why_not(loops: Sequence[Loop]) -> str | None:
    """Why these loops, once begun, cannot be trained as one; None where they can.

    Args:
        loops: R of them, on one device.
    """
    rules: tuple[Callable[[Sequence[Loop]], str | None], ...] = (
        _devices, _lengths, _optimizers, _networks, _tried
    )  # fmt: skip
    if not loops:
        return "there are none"
    return next((reason for rule in rules if (reason := rule(loops)) is not None), None)


def parameters(loop: Loop) -> dict[str, nn.Parameter]:
    """Of what is trained, by name."""
    return dict(loop.pieces.model.named_parameters())


def learning(loop: Loop) -> list[str]:
    """Names of the parameters that the optimizer changes, in its order."""
    known = {id(value): name for name, value in parameters(loop).items()}
    return [
        known[id(p)] for group in loop.pieces.optimizers[0].param_groups for p in group["params"]
    ]


def _devices(loops: Sequence[Loop]) -> str | None:
    if any(loop.fabric.world_size > 1 for loop in loops):
        return "one of them is shared by several processes already"
    if len({loop.device for loop in loops}) > 1:
        return "they are on several devices"
    if any(type(loop.fabric.strategy.precision) is not Precision for loop in loops):
        return "mixed precision scales each network's loss by itself (train.precision)"
    return None


def _lengths(loops: Sequence[Loop]) -> str | None:
    asked = {
        (r.rounds, r.updates_per_round, r.updates, r.batch_size, r.clip_norm)
        for r in (loop.regime for loop in loops)
    }
    if len(asked) > 1:
        return "they have other rounds, batches or norms of clipped gradients"
    if len({loop.update for loop in loops}) > 1:
        return "checkpoints left them at different updates"
    if any(loop.regime.stop is not never for loop in loops):
        return "each may stop before its last round"
    if any(type(loop.pieces.step) is not Plain for loop in loops):
        return "a step makes more than one update of a batch"
    return None


def _optimizers(loops: Sequence[Loop]) -> str | None:
    each = [loop.pieces.optimizers[0] for loop in loops]
    first = each[0]
    if any(type(one) is not type(first) or type(one) not in ELEMENTWISE for one in each):
        return "their optimizers are not all SGD, Adam or AdamW"
    if any(len(one.param_groups) > 1 for one in each):
        return "an optimizer has several groups of parameters"
    settings = [_settings(one) for one in each]
    if any(other != settings[0] for other in settings[1:]):
        return "their optimizers have other settings"
    total = loops[0].regime.updates
    for loop in loops[1:]:
        factor, other = loops[0].pieces.schedule, loop.pieces.schedule
        if factor is not other and any(factor(u, total) != other(u, total) for u in range(total)):
            return "their learning rates follow other schedules"
    return None


def _settings(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Of the only group; its rate before the schedule."""
    (group,) = optimizer.param_groups
    found = {key: value for key, value in group.items() if key not in ("params", "initial_lr")}
    return {**found, "lr": group.get("initial_lr", group["lr"])}


def _networks(loops: Sequence[Loop]) -> str | None:
    if len({_shape(loop.pieces.model) for loop in loops}) > 1:
        return "their networks have other shapes"
    for loop in loops:
        model = loop.pieces.model
        train_mode(model)
        if getattr(getattr(model, "head", None), "penalty", None) is not None:
            return "a head adds a penalty to the loss"
        norms = [part for part in model.modules() if isinstance(part, _BatchNorm)]
        if any(part.training and part.momentum is None for part in norms):
            return "batch normalisation counts its batches to average them"
        known = {id(value) for value in model.parameters()}
        (group,) = loop.pieces.optimizers[0].param_groups
        if not all(id(value) in known for value in group["params"]):
            return "an optimizer trains what is no part of the network"
    if len({tuple(learning(loop)) for loop in loops}) > 1:
        return "other parameters of them learn"
    return None


def _shape(model: nn.Module) -> tuple[object, ...]:
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return (str(model), *((name, tuple(t.shape), t.dtype, t.requires_grad) for name, t in tensors))


@torch.no_grad()
def _tried(loops: Sequence[Loop]) -> str | None:
    """Each network alone and all of them together on a few samples."""
    inputs = [_few(loop) for loop in loops]
    models = [loop.pieces.model for loop in loops]
    try:
        values = {
            n: torch.stack([parameters(loop)[n] for loop in loops]) for n in parameters(loops[0])
        }
        alone = torch.stack(
            [
                functional_call(model, {**parameters(loop), **_copied(model)}, (few,))
                for model, loop, few in zip(models, loops, inputs, strict=True)
            ]
        )
        together = scores(models[0], values, stacked_buffers(models), torch.stack(inputs))
    except (RuntimeError, ValueError, TypeError) as error:  # of whatever vmap cannot do
        return f"the network cannot: {str(error).splitlines()[0]}"
    # One that came from its checkpoint without finite parameters diverges beside the others.
    largest = float(alone.nan_to_num(0, 0, 0).abs().max())
    if not torch.allclose(alone, together, rtol=CLOSE, atol=CLOSE * largest, equal_nan=True):
        return "the network computes something else when it is stacked"
    return None


def stacked_buffers(models: Sequence[nn.Module]) -> dict[str, Tensor]:
    """Buffers of R networks by name, (R, ...): copies."""
    each = [dict(model.named_buffers()) for model in models]
    return {name: torch.stack([own[name] for own in each]) for name in each[0]}


def _copied(model: nn.Module) -> dict[str, Tensor]:
    """Buffers that a network may renew without keeping it."""
    return {name: value.clone() for name, value in model.named_buffers()}


def _few(loop: Loop) -> Tensor:
    inputs = next(loop.training.batches(FEW)).inputs
    cut = loop.training.cut
    return inputs if cut is None else centre(inputs, cut.side)
