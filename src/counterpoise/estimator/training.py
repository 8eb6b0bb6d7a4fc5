"""Train all stages of a recipe in this process, on arrays, without writing a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch

from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.models.classifier import Classifier
from counterpoise.recipes import build
from counterpoise.recipes.contrast import watches
from counterpoise.recipes.resolve import stage_rounds
from counterpoise.recipes.schema import Recipe
from counterpoise.train import device as devices
from counterpoise.train.feed import Feed
from counterpoise.train.frozen_features import on_features
from counterpoise.train.history import Record
from counterpoise.train.loop import Loop, Plan
from counterpoise.train.monitor import monitor

Say = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """A resolved recipe and what it learns from.

    Args:
        recipe: model, rounds and preprocessing are concrete.
        inputs: (N, ...) uint8 or float32; labels (N,) in 0..K-1; weight (N,) float32 or None.
        train: positions of the training samples; `validation`: of those held out, or empty;
            `contrast`: of those that a sampler watches, or empty.
        counts: of the training samples.
        preprocess: fitted on the training samples.
        seed: of initial values, sampling and dropout.
        device: resolved.
    """

    recipe: Recipe
    inputs: npt.NDArray[np.generic]
    labels: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32] | None
    train: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]
    counts: ClassCounts
    preprocess: Preprocess
    seed: int
    device: str
    contrast: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def given(self, number: int) -> build.Given:
        """What the constructors of stage `number` may ask for."""
        rounds = stage_rounds(self.recipe, self.recipe.stages[number])
        labels, batch_size = self.labels[self.train], self.recipe.train.batch_size
        return build.Given(self.counts, labels, self.seed, rounds, batch_size)

    def feed(self, positions: npt.NDArray[np.int64]) -> Feed:
        """Samples on the device; those for training carry their weights."""
        weight = None if self.weight is None else torch.from_numpy(self.weight[positions])
        inputs, labels = self.inputs[positions], self.labels[positions]
        return Feed(inputs, labels, self.preprocess, self.device, weight)


def train(task: Task, say: Say) -> tuple[Classifier, list[Record]]:
    """The trained classifier, and one record a round, updates counted through all stages.

    Raises:
        RecipeError: a part of the recipe refuses its arguments or the data.
        DivergedError: the training loss is no longer finite.
    """
    recipe = task.recipe
    model: Classifier | None = None
    history: list[Record] = []
    with _own_randomness(task.device):
        for number, stage in enumerate(recipe.stages):
            learned = None if model is None else model.state_dict()
            shape, classes = task.inputs.shape[1:], task.counts.num_classes
            model = build.model_at(recipe, number, shape, classes, task.seed, learned=learned)
            loop = _stage_loop(task, number, model, say)
            before = history[-1]["updates"] if history else 0
            for record in loop.fit():
                named = {"stage": stage.name, "stage_index": number, **record}
                history.append({**named, "updates": record["updates"] + before})
    assert model is not None, "a recipe has a stage"
    return model, history


def _stage_loop(task: Task, number: int, model: Classifier, say: Say) -> Loop:
    recipe, stage = task.recipe, task.recipe.stages[number]
    model.to(memory_format=torch.channels_last)
    fabric = devices.fabric(task.device, recipe.train.precision)
    model.to(fabric.device)
    pieces = build.build_pieces(recipe, stage, model, task.given(number))
    _seed(task.seed + 1, task.device)  # dropout; initial values came from the seed itself
    parts = {"train": task.feed(task.train)}
    if len(task.validation):
        watched = task.validation
        if recipe.train.checkpoint == "last":
            watched = monitor(task.labels, watched, len(task.train) + len(task.contrast))
        parts["validation"] = task.feed(watched)
    if len(task.contrast) and watches(stage):
        parts["contrast"] = task.feed(task.contrast)
    given = task.given(number)
    enlargement = build.build_enlargement(stage, given)
    cut = bool(stage.freeze) and stage.resampler is None
    parts = on_features(pieces, parts, enlargement, cut=cut)
    if enlargement is not None:
        enlarged = parts["train"].target.cpu().numpy()
        pieces.sampler = build.build_sampler(stage, replace(given, labels=enlarged))
    plan = Plan(
        identity=recipe.name,
        rounds=stage_rounds(recipe, stage),
        updates_per_round=recipe.train.updates_per_round,
        batch_size=recipe.train.batch_size,
        clip_norm=recipe.train.clip_norm,
        keep=recipe.train.checkpoint,
        checkpoint_every=float("inf"),
    )

    def watch(update: int, updates: int) -> None:
        if update % plan.updates_per_round == 0:
            done = update // plan.updates_per_round
            loss = float(loop.loss_sum) / plan.updates_per_round
            say(f"{stage.name}: round {done}/{plan.rounds}, training loss {loss:.4f}")

    training = parts.pop("train")
    loop = Loop(pieces, plan, training, parts, fabric, None, watch)
    return loop


@contextmanager
def _own_randomness(device: str) -> Iterator[None]:
    """Leave torch's generators as they were found; CUDA's only where CUDA is in use."""
    used = device != "cpu" or torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if used else []):
        yield


def _seed(seed: int, device: str) -> None:
    torch.default_generator.manual_seed(seed)
    if device != "cpu":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
