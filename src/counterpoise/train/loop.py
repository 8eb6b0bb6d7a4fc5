"""The training loop: rounds of a fixed number of updates, each followed by an evaluation."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from counterpoise.batch import Batch, Mixed
from counterpoise.errors import DivergedError
from counterpoise.metrics import Evaluation
from counterpoise.protocols import Augment
from counterpoise.train import state as checkpoints
from counterpoise.train.best_round import BestRound, metric_value
from counterpoise.train.cut import Cut
from counterpoise.train.device import set_up
from counterpoise.train.evaluate import count_confusion
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import train_mode
from counterpoise.train.history import Round, summary
from counterpoise.train.pieces import Pieces, Regime
from counterpoise.train.ranks import mean_over_ranks, own_part

OnUpdate = Callable[[int, int], None]  # update, updates in all


class Loop:
    """Trains one stage, evaluates after each round, and survives being killed.

    Args:
        pieces: model, criterion, sampler, step, optimizers, schedule, augmentations.
        regime: how long, and what is kept.
        training: the samples that the sampler's indices point into.
        evaluations: named parts; "validation" selects, "contrast" feeds ``sampler.observe``.
        fabric: devices and precision.
        checkpoint: file of the resumable state, removed by the caller when the stage is done;
            None writes nothing.
        on_update: called with (update, updates in all) after every update.
    """

    def __init__(
        self,
        pieces: Pieces,
        regime: Regime,
        training: Feed,
        evaluations: Mapping[str, Feed],
        fabric: Fabric,
        checkpoint: Path | None,
        on_update: OnUpdate = lambda update, updates: None,
    ) -> None:
        self.pieces, self.regime, self.training = pieces, regime, training
        self.evaluations, self.fabric = evaluations, fabric
        self.checkpoint, self.on_update = checkpoint, on_update
        self.device = training.device
        self.history: list[Round] = []
        self.update = 0
        self.seconds = self.evaluation_seconds = 0.0
        self.loss_sum = torch.zeros((), device=self.device)
        self.best = BestRound(regime.select)
        self.begun = False
        for augment in pieces.augment:
            augment.attach(training.batch)
        cut = [] if training.cut is None else [training.cut]
        self.random: list[Augment | Cut] = [*pieces.augment, *cut]

    def fit(self) -> list[Round]:
        """Train to the end, from the checkpoint if there is one; the model is left trained.

        Raises:
            DivergedError: the mean training loss of a round is not finite.
            CheckpointError: the checkpoint is damaged or belongs to another stage.
        """
        self.begin()
        while len(self.history) < self.regime.rounds and not self.regime.stop(self.history):
            self._train_round()
            self.close_round()
        return self.finish()

    def begin(self) -> None:
        """Take up the checkpoint if there is one, and bring the model to its device; once."""
        if not self.begun:
            self._restore()
            self._set_up()
            self.fabric.barrier()  # before one of several processes writes what others still read
            self.begun = True

    def finish(self) -> list[Round]:
        """Leave the model with the parameters that are kept."""
        if self.best.found is not None:
            self.raw_model.load_state_dict(self.best.found[1])
        return self.history

    def seconds_per_update(self, most: float = 1.0) -> float:
        """Time some updates, at most about `most` seconds of them; the model is left changed."""
        self._set_up()
        train_mode(self.raw_model)
        self._one_update()
        clock, first = time.perf_counter(), self.update
        while time.perf_counter() - clock < most and self.update - first < 50:
            self._one_update()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return (time.perf_counter() - clock) / (self.update - first)

    def _set_up(self) -> None:
        self.raw_model = self.pieces.model
        self.model, self.optimizers = set_up(self.fabric, self.raw_model, self.pieces.optimizers)
        self.pieces.criterion.to(self.device)
        self.scored = self.model if self.fabric.world_size == 1 else self.raw_model

    def _train_round(self) -> None:
        """The updates that are left of the current round."""
        end = self.open_round()
        clock = time.perf_counter()
        if self.training.streams:
            self.training.expect(self._upcoming(end - self.update))
        saved = clock
        while self.update < end:
            self._one_update()
            self.on_update(self.update, self.regime.updates)
            now = time.perf_counter()
            if now - saved > self.regime.checkpoint_every:
                self.seconds += now - clock
                self.save()
                clock = saved = time.perf_counter()
        self.seconds += time.perf_counter() - clock

    def open_round(self) -> int:
        """Tell all pieces which round it is, and say which update will be its last."""
        current = len(self.history)
        self.pieces.criterion.set_epoch(current)
        self.pieces.sampler.set_epoch(current)
        train_mode(self.raw_model)
        return min((current + 1) * self.regime.updates_per_round, self.regime.updates)

    def _upcoming(self, updates: int) -> Tensor:
        """Indices of the coming updates, end to end; the sampler stays where it is."""
        sampler = self.pieces.sampler
        state = copy.deepcopy(sampler.state_dict())
        taken = [sampler.take(self.regime.batch_size) for _ in range(updates)]
        sampler.load_state_dict(state)
        return torch.cat(taken) if taken else torch.zeros(0, dtype=torch.int64)

    def _one_update(self) -> None:
        pieces = self.pieces
        self.set_learning_rate()
        batch = own_part(self.drawn(pieces.sampler.take(self.regime.batch_size)), self.fabric)
        self.loss_sum += pieces.step(self.model, batch, pieces.criterion, self._step)
        self.update += 1

    def drawn(self, index: Tensor) -> Batch | Mixed:
        """The batch of these samples (B,), augmented."""
        batch: Batch | Mixed = self.training.batch(index)
        for augment in self.pieces.augment:
            assert isinstance(batch, Batch), "only the last augmentation may mix"
            batch = augment(batch)
        return batch

    def _step(self, loss: Tensor, number: int) -> None:
        optimizer = self.optimizers[number]
        for group in optimizer.param_groups:  # zero_grad of torch takes five times as long
            for parameter in group["params"]:
                parameter.grad = None
        self.fabric.backward(loss)
        if self.regime.clip_norm > 0:
            self.fabric.clip_gradients(
                self.model, optimizer, max_norm=self.regime.clip_norm, error_if_nonfinite=False
            )
        optimizer.step()

    def set_learning_rate(self) -> None:
        """That of the next update."""
        factor = self.pieces.schedule(self.update, self.regime.updates)
        for optimizer in self.pieces.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group.setdefault("initial_lr", group["lr"]) * factor

    def close_round(self) -> None:
        """Record the round: loss, learning rate, metrics; let the sampler observe."""
        waiting = time.perf_counter()  # a GPU still has updates of this round to do
        before = self.history[-1]["updates"] if self.history else 0
        mean_loss = mean_over_ranks(self.loss_sum, self.fabric) / (self.update - before)
        self.seconds += time.perf_counter() - waiting
        rounds = len(self.history) + 1
        if not math.isfinite(mean_loss):
            raise DivergedError(
                f"the training loss became {mean_loss} in round {rounds} of {self.regime.rounds} "
                "(lower optimizer.lr, or clip with train.clip_norm)"
            )
        self.loss_sum.zero_()
        clock = time.perf_counter()
        record: Round = {
            "round": rounds,
            "updates": self.update,
            "train_loss": mean_loss,
            "lr": float(self.pieces.optimizers[0].param_groups[0]["lr"]),
        }
        sampler = self.pieces.sampler
        if sampler.shares is not None:
            record["shares"] = list(sampler.shares)
        for name, feed in self.evaluations.items():
            confusion, loss = count_confusion(
                self.scored, feed, self.pieces.criterion.loss, self.fabric
            )
            report = Evaluation(confusion=confusion, costs=self.regime.costs)
            mean = loss if math.isfinite(loss) else None
            record[name] = {"samples": len(feed), "loss": mean, **summary(report)}
            if name == "validation" and self.regime.keep == "best":
                kind = self.pieces.criterion.loss.scores
                value = metric_value(self.regime.select, report, self.model, feed, kind)
                record[name][self.regime.select] = value
                self.best.offer(value, self.raw_model)
            if name == "contrast":
                sampler.observe(report)
                if sampler.f1 is not None:
                    record[name]["f1"] = sampler.f1
        self.evaluation_seconds += time.perf_counter() - clock
        record |= {"seconds": self.seconds, "evaluation_seconds": self.evaluation_seconds}
        self.history.append(record)

    def save(self) -> None:
        """Write the checkpoint, where there is to be one."""
        pieces = self.pieces
        if self.checkpoint is not None and self.fabric.global_rank == 0:
            checkpoints.save(
                self.checkpoint,
                {
                    "identity": self.regime.identity,
                    "model": self.raw_model.state_dict(),
                    "criterion": pieces.criterion.state_dict(),
                    "optimizers": [optimizer.state_dict() for optimizer in pieces.optimizers],
                    "sampler": pieces.sampler.state_dict(),
                    "augment": [augment.state_dict() for augment in self.random],
                    "update": self.update,
                    "loss_sum": self.loss_sum,
                    "history": self.history,
                    "best": self.best.found,
                    "seconds": self.seconds,
                    "evaluation_seconds": self.evaluation_seconds,
                    "random": checkpoints.random_state(self.device),
                },
            )

    def _restore(self) -> None:
        if self.checkpoint is None:
            return
        state = checkpoints.load(self.checkpoint, self.regime.identity)
        if state is None:
            return
        pieces = self.pieces
        pieces.model.load_state_dict(state["model"])
        pieces.criterion.load_state_dict(state["criterion"])
        for optimizer, saved in zip(pieces.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        pieces.sampler.load_state_dict(state["sampler"])
        for augment, saved in zip(self.random, state["augment"], strict=True):
            augment.load_state_dict(saved)
        self.update, self.history = state["update"], state["history"]
        self.best.found = state["best"]
        self.seconds, self.evaluation_seconds = state["seconds"], state["evaluation_seconds"]
        self.loss_sum = state["loss_sum"].to(self.device)
        checkpoints.set_random_state(state["random"], self.device)
