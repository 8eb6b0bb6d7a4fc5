"""AdaBoost over networks: what each member got wrong counts more for the next. (SAMME.R)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from counterpoise.atomic import replacing
from counterpoise.experiments.tasks import Context, StageTask
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed

LEAST = float(np.finfo(np.float32).eps)  # probability whose logarithm is taken for smaller ones
FILE = "weights.npy"

Floats = npt.NDArray[np.floating[Any]]


def reweighed(
    weight: Floats, probabilities: Floats, target: npt.NDArray[np.int64], learning_rate: float
) -> npt.NDArray[np.float64]:
    """Weights of samples for the next member, (N,), with mean 1.

    With a class coded as 1 and each other one as -1 / (K - 1), a weight is multiplied by
    ``exp(-learning_rate * (K - 1) / K * code . log p)``: by less than 1 where the true class had
    more than its share, by more where it had less.

    Args:
        weight: (N,) of the last member.
        probabilities: (N, K) of the last member.
        target: (N,) labels.
        learning_rate: 1 in the paper.

    Reference: Taherkhani, Cosma and McGinnity 2020, eq. 4; Zhu et al. 2009, algorithm 4

    >>> reweighed(np.ones(2), np.array([[0.8, 0.2], [0.2, 0.8]]), np.array([0, 0]), 1.0)
    array([0.4, 1.6])
    """
    from scipy.special import softmax  # half a second that few trainings need

    num, classes = probabilities.shape
    logarithms = np.log(np.clip(probabilities.astype(np.float64), LEAST, None))
    own = logarithms[np.arange(num), target]
    others = (logarithms.sum(1) - own) / (classes - 1)
    exponent = -learning_rate * (classes - 1) / classes * (own - others)
    grown = np.log(np.clip(weight.astype(np.float64), np.finfo(np.float64).tiny, None)) + exponent
    shares = softmax(grown)
    found: npt.NDArray[np.float64] = shares * num
    return found


def next_weights(
    task: StageTask, context: Context, folder: Path, before: nn.Module, training: Feed
) -> Tensor | None:
    """Weights (N,) of a stage's samples, kept in its `folder`; None where nothing is boosted.

    Args:
        task: a stage; that of a first member has no weights either.
        before: the member before, as it was left.
        training: the samples, on the device of `before`.
    """
    boosting = task.recipe.boosting
    if boosting is None or task.parent is None:
        return None
    from scipy.special import softmax

    last = read_weights(context.out / "stages" / task.parent, len(training))
    probabilities = softmax(scores(before, training).astype(np.float64), axis=1)
    target = training.target.cpu().numpy()
    found = reweighed(last, probabilities, target, boosting.learning_rate)
    with replacing(folder / FILE) as stream:
        np.save(stream, found)
    return torch.from_numpy(found).float().to(training.device)


def read_weights(stage: Path, num: int) -> npt.NDArray[np.float64]:
    """The weights (N,) that a stage trained with; 1 for each of a first member's."""
    try:
        found: npt.NDArray[np.float64] = np.load(stage / FILE, allow_pickle=False)
    except FileNotFoundError:
        return np.ones(num)
    return found
