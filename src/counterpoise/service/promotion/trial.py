"""A process in which an exported model is tried before the server loads it.

Run as ``python -m counterpoise.service.promotion.trial FOLDER [RUNNING]``. A graph that takes its
process down, or never ends, does so here. Prints JSON: milliseconds of a sample, by each model.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from counterpoise.errors import CheckpointError, CounterpoiseError
from counterpoise.predict import ExportedModel

BATCH = 16  # samples, as the server has them at a time
TURNS, ENOUGH = 15, 2.0  # of each model, as far as they fit into so many seconds


def main(folders: list[Path]) -> None:
    """Try the first, and print how fast each of them is."""
    models = [ExportedModel.load(folder) for folder in folders]
    require_answers(models[0])
    print(json.dumps(times(models)))


def require_answers(model: ExportedModel) -> None:
    """Classify samples of zeros and of noise.

    Raises:
        CheckpointError: the model fails, or gives no finite numbers for each class.
    """
    for samples in (np.zeros((2, *model.shape), model.dtype), noise(model)):
        try:
            found = model.predict(samples)
        except CounterpoiseError:
            raise
        except Exception as error:  # of a class of its own for each fault
            raise CheckpointError(f"the model cannot be run: {error}") from error
        shape = (len(samples), len(model.classes))
        tables = [found.scores] if found.probabilities is None else [found.probabilities]
        for table in tables:
            if table.shape != shape or not np.isfinite(table).all():
                raise CheckpointError(
                    f"the model gives finite numbers {shape}, one for each class; this one gave "
                    f"{table.shape}{'' if np.isfinite(table).all() else ', some not finite'}"
                )


def times(models: list[ExportedModel]) -> list[float]:
    """Milliseconds of a sample by each model: medians of batches, in turns."""
    batches = [noise(model) for model in models]
    taken: list[list[float]] = [[] for _ in models]
    begun = time.monotonic()
    for turn in range(TURNS + 1):
        for model, samples, row in zip(models, batches, taken, strict=True):
            start = time.perf_counter()
            model.predict(samples)
            if turn:  # the first one is slower
                row.append(time.perf_counter() - start)
        if turn and time.monotonic() - begun > ENOUGH:
            break
    return [float(np.median(row)) * 1000 / BATCH for row in taken]


def noise(model: ExportedModel) -> np.ndarray:
    """Made-up samples (BATCH, ...) of the model's type."""
    draw = np.random.default_rng(0)
    shape = (BATCH, *model.shape)
    if model.dtype.kind == "f":
        return draw.standard_normal(shape).astype(model.dtype)
    return draw.integers(0, 100, shape).astype(model.dtype)


if __name__ == "__main__":
    try:
        main([Path(argument) for argument in sys.argv[1:]])
    except CounterpoiseError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
