"""Which validation samples are looked at after every round, so that looking stays cheap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SHARE = 0.06  # of the training set: a forward pass costs about a third of an update
FEWEST = 10  # of each class, where it has as many


def monitor(
    labels: npt.NDArray[np.int64], validation: npt.NDArray[np.int64], num_train: int
) -> npt.NDArray[np.int64]:
    """Part of `validation` (sorted positions) for the curves drawn round by round.

    The same proportions as the whole, but at least 10 of each class where there are as many.
    Selection, thresholds and reports read all of validation, once, after training.

    Args:
        labels: (N,) of the whole set.
        validation: (V,) positions.
        num_train: training samples; about 6 % as many are kept.

    >>> labels = np.array([0] * 900 + [1] * 20)
    >>> chosen = monitor(labels, np.arange(920), num_train=1000)
    >>> np.bincount(labels[chosen])
    array([58, 10])
    """
    share = min(1.0, SHARE * num_train / max(1, len(validation)))
    if share == 1.0:
        return validation
    chosen = []
    for k in np.unique(labels[validation]):
        own = validation[labels[validation] == k]
        number = min(len(own), max(FEWEST, int(share * len(own))))
        chosen.append(own[np.linspace(0, len(own) - 1, number).round().astype(np.int64)])
    return np.sort(np.concatenate(chosen))
