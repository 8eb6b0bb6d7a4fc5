"""Which samples a run learns from, which its sampler watches, and which it is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.data.splits.contrast import carve_contrast, lending_notes
from counterpoise.recipes.contrast import contrast_rule
from counterpoise.recipes.schema import Recipe

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Parts:
    """Positions in the data set; `counts` are those of `train`, `notes` sentences for the report.

    `contrast` is None for a recipe whose samplers watch nothing; elsewhere it is no part of
    `train`, but for classes too small to be divided.
    """

    train: Indices
    contrast: Indices | None
    counts: ClassCounts
    notes: tuple[str, ...] = ()


def parts_of(
    recipe: Recipe,
    split: Mapping[str, Indices],
    labels: npt.NDArray[np.int64],
    classes: Sequence[str],
    seed: int,
) -> Parts:
    """The training part of a frozen split, less the contrast set that the recipe wants.

    A pure function of its arguments: a stage and the run that ends in it divide alike.

    Args:
        split: arrays of one split, as `read_split` gives them.
        labels: of the whole data set.
    """
    train = split["train"]
    counts = ClassCounts(tuple(int(c) for c in split["counts"]), tuple(classes))
    rule = contrast_rule(recipe)
    if rule is None:
        return Parts(train, None, counts)
    own = labels[train]
    found = carve_contrast(
        own, split.get("train_groups"), len(classes), share=rule.share, seed=seed, kind=rule.kind
    )
    return Parts(
        train[found.train],
        train[found.held],
        ClassCounts.from_labels(own[found.train], len(classes), classes),
        lending_notes(found.lent, own, classes),
    )
