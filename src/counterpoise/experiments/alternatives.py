"""Before a long comparison: what is faster and what is stronger, each with its time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from counterpoise.experiments.option_words import as_typed
from counterpoise.experiments.setup import Setup
from counterpoise.models.backbones import BACKBONES, USUAL, fine_tune_seconds

LONG = 120.0  # seconds, from which they are said
BUDGETS = (60, 120, 300, 600, 1800, 3600, 7200, 14400)
NATURAL = 64  # pixels of the short side from which features of a pretrained backbone are good
HEAD_SECONDS = 1.5  # of a head on features: training and scoring
TRIALS = 4  # settings that each head tries on the first split
RACED = 2  # splits that all methods of a race train on


def alternatives(setup: Setup, seconds: float) -> str | None:
    """One line, or None where the estimate is short or a budget ends it.

    Args:
        setup: of the comparison.
        seconds: estimated for all of it.
    """
    if seconds <= LONG or setup.clock.budget is not None:
        return None
    faster, stronger = ", ".join(_faster(setup, seconds)), ", ".join(_stronger(setup, seconds))
    return f"faster: {faster}" + (f"; stronger: {stronger}" if stronger else "")


def _faster(setup: Setup, seconds: float) -> Iterator[str]:
    options, splits = setup.options, len(setup.grid.seeds)
    budget = max(b for b in BUDGETS if b <= seconds / 2)
    text = f"{budget // 60}m" if budget < 3600 else f"{budget // 3600}h"
    yield f"{as_typed(options.command, 'budget', text)} ranks what is finished by then"
    if not options.race and splits > RACED:
        least = _minutes(seconds * RACED / splits)
        yield f"{as_typed(options.command, 'race')} takes {least} to {_minutes(seconds)} min"
    images = setup.context.kind == "image" and min(setup.grid.input_shape[1:]) >= NATURAL
    at_hand = [name for name in USUAL if BACKBONES[name].at_hand(options.data_root)]
    if images and at_hand:
        number = len(np.load(setup.context.labels, mmap_mode="r", allow_pickle=False))
        heads = len(options.methods) * (TRIALS + splits - 1) * HEAD_SECONDS / setup.jobs
        took = number / BACKBONES[at_hand[0]].speed + heads
        yield f"{as_typed(options.command, 'frozen')} takes about {_minutes(took)} min"


def _stronger(setup: Setup, seconds: float) -> Iterator[str]:
    """Half of the backbone too, where heads are trained on its features; more splits."""
    options, splits = setup.options, len(setup.grid.seeds)
    if options.frozen:
        images = sum(len(split.train) for split in setup.grid.splits["profile"])
        each = fine_tune_seconds(setup.context.image_seconds)
        took = each * images * len(options.methods) / setup.jobs
        yield f"{as_typed(options.command, 'fine_tune')} may be, about {_minutes(took)} min"
    name = "folds" if options.folds else "seeds"
    if options.folds:
        labels = np.load(setup.context.labels, mmap_mode="r", allow_pickle=False)
        if np.bincount(labels).min() < 2 * splits:  # each class needs a sample in every fold
            return
    more = as_typed(options.command, name, str(2 * splits))
    yield f"{more}, about {_minutes(2 * seconds)} min"


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))
