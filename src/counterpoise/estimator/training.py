"""Train all stages of a recipe in this process, on arrays, without writing a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from counterpoise import registry
from counterpoise.models.classifier import Classifier
from counterpoise.recipes.schema import Recipe, Stage
from counterpoise.recipes.stage import Samples, set_up
from counterpoise.train.history import Round
from counterpoise.train.loop import Loop
from counterpoise.train.pieces import Stop

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Fit:
    """A resolved recipe and what it learns from.

    Args:
        recipe: model, rounds and preprocessing are concrete.
        samples: to learn from.
        validation: positions of those held out, or empty.
        seed: of initial values, sampling and dropout.
        device: resolved.
        stop: asked after each round whether to end a stage before its last.
    """

    recipe: Recipe
    samples: Samples
    validation: npt.NDArray[np.int64]
    seed: int
    device: str
    stop: Stop = lambda history: False


@dataclass(frozen=True, eq=False)
class Trained:
    """A recipe after all its stages.

    Args:
        model: the classifier.
        history: one record a round, updates counted through all stages.
        labels: (M,) of the samples that the last stage drew from.
    """

    model: Classifier
    history: list[Round]
    labels: npt.NDArray[np.int64]


def train(fit: Fit, say: Say) -> Trained:
    """The recipe's stages, one after the other.

    Raises:
        RecipeError: a part of the recipe refuses its arguments or the data.
        DivergedError: the training loss is no longer finite.
    """
    recipe = fit.recipe
    model: Classifier | None = None
    history: list[Round] = []
    labels = fit.samples.labels[fit.samples.train]
    with _own_randomness(fit.device):
        for number, stage in enumerate(recipe.stages):
            ready = set_up(
                recipe,
                number,
                fit.samples,
                seed=fit.seed,
                device=fit.device,
                learned=None if model is None else model.state_dict(),
                stop=Fit.stop if changes_by_round(stage) else fit.stop,
                on_update=partial(_tell, say, stage),
            )
            model, labels = ready.model, ready.labels
            before = history[-1]["updates"] if history else 0
            rounds = ready.loop.fit()
            if len(rounds) < ready.loop.regime.rounds:
                say(
                    f"{stage.name}: stopped after {len(rounds)} of {ready.loop.regime.rounds} "
                    "rounds, the training loss no longer falls"
                )
            for record in rounds:
                named = {"stage": stage.name, "stage_index": number, **record}
                history.append({**named, "updates": record["updates"] + before})
    assert model is not None, "a recipe has a stage"
    return Trained(model, history, labels)


def changes_by_round(stage: Stage) -> bool:
    """Whether losses of different rounds measure different things, so that none is a trend."""
    pieces = [("losses", stage.loss), ("samplers", stage.sampler)]
    if stage.weights is not None:
        pieces.append(("weights", stage.weights))
    members = (registry.find(axis, piece.name) for axis, piece in pieces)
    return any(member is not None and member.changes_by_round for member in members)


def _tell(say: Say, stage: Stage, loop: Loop) -> None:
    """A line at the end of each round."""
    done, left = divmod(loop.update, loop.regime.updates_per_round)
    if not left:
        loss = float(loop.loss_sum) / loop.regime.updates_per_round
        say(f"{stage.name}: round {done}/{loop.regime.rounds}, training loss {loss:.4f}")


@contextmanager
def _own_randomness(device: str) -> Iterator[None]:
    """Leave torch's generators as they were found; CUDA's only where CUDA is in use."""
    used = device != "cpu" or torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if used else []):
        yield
