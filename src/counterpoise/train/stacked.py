"""Trainings of one shape as one model: parameters stacked, and one kernel for all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from counterpoise.batch import Batch, Mixed
from counterpoise.errors import ArgumentError, DivergedError
from counterpoise.losses import CrossEntropy
from counterpoise.train.loop import Loop
from counterpoise.train.stackable import learning, parameters, stacked_buffers, why_not
from counterpoise.train.stacked_samples import StackedSamples
from counterpoise.train.stacked_scores import scores


def fit_together(loops: Sequence[Loop]) -> list[str | None]:
    """Train all loops to their ends at once; each is left as its own ``fit`` would leave it.

    They differ in data, seeds, samplers, augmentations, losses and weights as they like. Their
    numbers are those of one after another but for rounding: 1e-8 in float64 after 200 updates.
    Checkpoints are each loop's own, written between rounds; alone or together, either goes on.

    Args:
        loops: of R trainings with networks of one shape, and the same rounds, batches, optimizer
            and learning rates.

    Returns:
        For each, None, or why it diverged; the others then train on.

    Raises:
        ArgumentError: they cannot be trained together, and why; nothing is changed.
    """
    for loop in loops:
        loop.begin()
    reason = why_not(loops)
    if reason is not None:
        raise ArgumentError(f"trainings cannot be stacked: {reason}")
    stack, first = Stack(loops), loops[0]
    saved = time.perf_counter()
    while stack.running and len(stack.running[0].history) < first.regime.rounds:
        stack.train_round()
        if time.perf_counter() - saved > first.regime.checkpoint_every:
            stack.save()
            saved = time.perf_counter()
    for loop in stack.running:
        loop.finish()
    return stack.faults


class Stack:
    """R trainings side by side, all at the same update.

    Args:
        loops: that `why_not` has no objection to.
    """

    def __init__(self, loops: Sequence[Loop]) -> None:
        self.loops = loops
        self.faults: list[str | None] = [None] * len(loops)
        self.network = loops[0].pieces.model
        self.own = [parameters(loop) for loop in loops]
        self.values = {
            name: torch.stack([own[name].detach() for own in self.own]).requires_grad_(
                value.requires_grad
            )
            for name, value in self.own[0].items()
        }
        models = [loop.pieces.model for loop in loops]
        self.buffers = [dict(model.named_buffers()) for model in models]
        self.kept = stacked_buffers(models)  # renewed in place by batch normalisation
        self.names = learning(loops[0])
        self.optimizer = self._optimizer()
        self.samples = StackedSamples.of([loop.training for loop in loops], loops)
        self.alike = _alike(loops)
        self.losses = torch.stack([loop.loss_sum for loop in loops])  # (R,)

    @property
    def running(self) -> list[Loop]:
        """Those that have not diverged."""
        pairs = zip(self.loops, self.faults, strict=True)
        return [loop for loop, fault in pairs if fault is None]

    def train_round(self) -> None:
        """The updates that are left of the round, and each loop's evaluation after it."""
        first = self.running[0]
        clock, begun = time.perf_counter(), first.update
        ends = {loop.open_round() for loop in self.running}
        (end,) = ends
        size = first.regime.batch_size
        drawn = [loop.pieces.sampler.take(size * (end - begun)) for loop in self.loops]
        index = torch.stack(drawn).view(len(drawn), end - begun, size)  # (R, U, B)
        index = self.samples.placed(index) if self.samples is not None else index
        for number in range(end - begun):
            self._update(begun + number, index[:, number])
        if first.device.type == "cuda":
            torch.cuda.synchronize(first.device)
        seconds = (time.perf_counter() - clock) / len(self.loops)
        self._give_back()
        for place, loop in enumerate(self.loops):
            if self.faults[place] is None:
                loop.seconds += seconds
                loop.update = end - 1
                loop.set_learning_rate()  # which is recorded
                loop.update = end
                loop.loss_sum.copy_(self.losses[place])
                try:
                    loop.close_round()
                except DivergedError as diverged:
                    self.faults[place] = str(diverged)
                loop.on_update(loop.update, loop.regime.updates)
        self.losses.zero_()

    def _update(self, update: int, index: Tensor) -> None:
        """One update of every network, on samples `index` (R, B)."""
        first = self.loops[0]
        factor = first.pieces.schedule(update, first.regime.updates)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        for name in self.names:
            self.values[name].grad = None
        if self.samples is not None:
            inputs, target = self.samples.batch(index)
            losses = self._losses(self._scores(inputs), target)
        else:
            batches = [loop.drawn(own) for loop, own in zip(self.loops, index, strict=True)]
            logits = self._scores(torch.stack([batch.inputs for batch in batches]))
            losses = self._own_losses(logits, batches)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        if first.regime.clip_norm > 0:
            self._clip(first.regime.clip_norm)
        self.optimizer.step()
        self.losses += losses.detach()

    def _scores(self, inputs: Tensor) -> Tensor:
        """Inputs (R, B, ...) -> scores (R, B, K), each batch by its own network."""
        return scores(self.network, self.values, self.kept, inputs)

    def _losses(self, logits: Tensor, target: Tensor) -> Tensor:
        """Mean loss of each batch, (R,): logits (R, B, K), target (R, B)."""
        if not self.alike:
            rows = [
                Batch(inputs=own, target=own_target)
                for own, own_target in zip(logits, target, strict=True)
            ]
            return self._own_losses(logits, rows)
        loss = self.loops[0].pieces.criterion.loss
        costs = loss.per_sample(logits.flatten(0, 1), target.flatten())
        return costs.view(target.shape).sum(1) / target.shape[1]

    def _own_losses(self, logits: Tensor, batches: Sequence[Batch | Mixed]) -> Tensor:
        rows = zip(self.loops, logits, batches, strict=True)
        return torch.stack([loop.pieces.criterion(own, batch) for loop, own, batch in rows])

    def _clip(self, most: float) -> None:
        """Gradients of each network by its own norm, as ``clip_grad_norm_`` does for one."""
        found = [self.values[name].grad for name in self.names]
        gradients = [gradient for gradient in found if gradient is not None]
        norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients])  # (P, R)
        factor = (most / (norms.norm(dim=0) + 1e-6)).clamp(max=1)  # (R,)
        for gradient in gradients:
            gradient.mul_(factor.view(-1, *[1] * (gradient.ndim - 1)))

    @torch.no_grad()
    def _give_back(self) -> None:
        """Copy what was learned into the networks of their own."""
        for place, (own, buffers) in enumerate(zip(self.own, self.buffers, strict=True)):
            if self.faults[place] is None:
                for name in self.names:
                    own[name].copy_(self.values[name][place])
                for name, value in self.kept.items():
                    buffers[name].copy_(value[place])

    def _optimizer(self) -> Optimizer:
        """One optimizer for all networks, with what each has learned of its gradients so far."""
        each = [loop.pieces.optimizers[0] for loop in self.loops]
        (group,) = each[0].param_groups
        settings = {key: value for key, value in group.items() if key != "params"}
        settings.setdefault("initial_lr", settings["lr"])
        values = [self.values[name] for name in self.names]
        kind: Any = type(each[0])
        made: Optimizer = kind([{**settings, "params": values}], lr=settings["lr"])
        for name, value in zip(self.names, values, strict=True):
            states = [one.state.get(own[name], {}) for one, own in zip(each, self.own, strict=True)]
            for key, known in states[0].items():
                of_each = isinstance(known, Tensor) and known.shape == value.shape[1:]
                found = torch.stack([state[key] for state in states]) if of_each else known
                made.state[value][key] = found
        return made

    def save(self) -> None:
        """Write each loop's checkpoint."""
        for place, (loop, own) in enumerate(zip(self.loops, self.own, strict=True)):
            if self.faults[place] is not None:
                continue
            for name in self.names:
                value = self.values[name]
                loop.pieces.optimizers[0].state[own[name]] = {
                    key: known[place].clone()
                    if isinstance(known, Tensor) and known.shape == value.shape
                    else known
                    for key, known in self.optimizer.state[value].items()
                }
            loop.save()


def _alike(loops: Sequence[Loop]) -> bool:
    """Whether one plain cross-entropy computes the losses of all."""
    criteria = [loop.pieces.criterion for loop in loops]
    plain = all(
        type(one.loss) is CrossEntropy
        and one.weights is None
        and one.ignore_index is None
        and one.reduction == "mean"
        for one in criteria
    )
    return plain and len({getattr(one.loss, "label_smoothing", None) for one in criteria}) == 1
