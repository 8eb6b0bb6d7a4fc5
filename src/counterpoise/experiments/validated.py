"""What finished runs say of single validation samples, drawn again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterpoise.experiments.run_folder import OUTPUTS
from counterpoise.experiments.split_files import costs_of, read_split
from counterpoise.experiments.tasks import Context, RunTask
from counterpoise.metrics import Costs, Evaluation

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Validated:
    """What a model says of the validation samples; `probabilities` is None for margins."""

    scores: npt.NDArray[np.floating]
    probabilities: npt.NDArray[np.floating] | None
    target: Indices
    costs: Costs | None = None

    def value(self, select: str, rows: Indices | slice = slice(None)) -> float:
        """A metric on some of the samples; NaN where it is not defined."""
        shares = None if self.probabilities is None else self.probabilities[rows]
        found = Evaluation.from_scores(
            self.scores[rows],
            self.target[rows],
            self.scores.shape[1],
            probabilities=shares,
            costs=self.costs,
        )
        value = found.values([select])[select]
        return float("nan") if value is None else value

    def mixed(self, other: Validated, rows: npt.NDArray[np.bool_]) -> Validated:
        """With what another model says of some samples; margins if either has margins."""
        shares = None
        if self.probabilities is not None and other.probabilities is not None:
            shares = np.where(rows[:, None], other.probabilities, self.probabilities)
        scores = np.where(rows[:, None], other.scores, self.scores)
        return replace(self, scores=scores, probabilities=shares)


def validated(run: RunTask, context: Context) -> tuple[Validated, Indices | None] | None:
    """A run that is finished and ok, and the groups of its samples; None without scores."""
    path = context.out / run.folder / OUTPUTS
    if not path.exists():
        return None
    split = read_split(context.splits, run.data_split)
    with np.load(path, allow_pickle=False) as outputs:
        scores = outputs["validation_scores"]
        shares = outputs.get("validation_probabilities")
    made = Validated(scores, shares, split["validation_labels"], costs_of(context, run.split))
    return made, split.get("validation_groups")


def drawn(target: Indices, groups: Indices | None, draws: int, seed: int = 0) -> Iterator[Indices]:
    """Rows of bootstrap samples, drawn within each class, so that no class is ever missing.

    Args:
        target: (N,) labels.
        groups: (N,) of the samples, which are then drawn group by group.
        draws: number of samples.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    units = np.arange(len(target)) if groups is None else groups
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    members = np.split(np.argsort(unit, kind="stable"), np.cumsum(np.bincount(unit))[:-1])
    strata = [np.flatnonzero(target[first] == k) for k in np.unique(target[first])]
    for _ in range(draws):
        chosen = np.concatenate([random.choice(stratum, len(stratum)) for stratum in strata])
        yield np.concatenate([members[number] for number in chosen])
