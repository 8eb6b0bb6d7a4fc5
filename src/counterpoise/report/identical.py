"""Methods that turned out to be the same one under several names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from counterpoise.metrics import Evaluation
from counterpoise.npz import row_blocks
from counterpoise.report.runs import Run

ROUNDING = 1e-6  # of probabilities kept in float32; a training apart differs by far more


def aliases(runs: Mapping[str, Sequence[Run]]) -> dict[str, str]:
    """Method -> the first method that gave the same scores on every split.

    The same means: the very same run, or equal predictions and, up to rounding, equal probabilities
    (scores, for margins) on every validation and test sample.
    """
    found: dict[str, str] = {}
    for name, group in runs.items():
        for earlier, other in runs.items():
            if earlier == name:
                break
            if earlier not in found and _alike(group, other):
                found[name] = earlier
                break
    return found


def _alike(group: Sequence[Run], other: Sequence[Run]) -> bool:
    if not all(run.status == "ok" for run in (*group, *other)):
        return False
    if any(run.control for run in (*group, *other)):
        return False
    return all(
        (a.identity is not None and a.identity == b.identity)
        or (
            _equal(a.test, b.test)
            and (a.validation is b.validation is None or _equal(a.validation, b.validation))
        )
        for a, b in zip(group, other, strict=True)
    )


def _equal(a: Evaluation | None, b: Evaluation | None) -> bool:
    if a is None or b is None or a.scores is None or b.scores is None:
        return False
    if (a.probabilities is None) != (b.probabilities is None):
        return False
    one = a.scores if a.probabilities is None else a.probabilities
    two = b.scores if b.probabilities is None else b.probabilities
    return bool(
        np.array_equal(a.predictions, b.predictions)
        and one.shape == two.shape
        and all(
            np.allclose(rows, two[part], rtol=0, atol=ROUNDING) for part, rows in row_blocks(one)
        )
    )
