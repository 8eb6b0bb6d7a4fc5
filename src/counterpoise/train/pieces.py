"""What a stage trains with, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from torch import nn
from torch.optim import Optimizer

from counterpoise.criterion import Weighted
from counterpoise.metrics import Costs
from counterpoise.protocols import Augment, Sampler, Step
from counterpoise.train.history import Round
from counterpoise.train.schedule import Schedule

Stop = Callable[[Sequence[Round]], bool]  # whether the rounds so far are enough


def never(history: Sequence[Round]) -> bool:
    """Train all rounds."""
    return False


@dataclass(frozen=True)
class Regime:
    """How long a stage trains and what it keeps.

    Args:
        identity: name of the stage; a checkpoint of another one is refused.
        rounds: evaluations, one after each round.
        updates_per_round: updates between two evaluations.
        batch_size: samples of an update, over all ranks.
        clip_norm: largest gradient norm; 0 leaves gradients alone.
        keep: the parameters of the "last" round, or of the "best" by `select` on validation.
        select: metric that "best" means.
        costs: of mistakes, where that metric is the expected cost.
        checkpoint_every: seconds between checkpoints.
        stop: asked after each round whether to end before the last; the schedule stays as it is.
    """

    identity: str
    rounds: int
    updates_per_round: int
    batch_size: int
    clip_norm: float = 0.0
    keep: Literal["last", "best"] = "last"
    select: str = "balanced_accuracy"
    checkpoint_every: float = 20.0
    stop: Stop = never
    costs: Costs | None = None
    total: int = 0

    @property
    def updates(self) -> int:
        """Updates of the whole stage."""
        return self.total or self.rounds * self.updates_per_round


@dataclass
class Pieces:
    """What a stage trains with; made by ``recipes.build``."""

    model: nn.Module
    criterion: Weighted
    sampler: Sampler
    step: Step
    optimizers: list[Optimizer]
    schedule: Schedule
    augment: list[Augment] = field(default_factory=list)
