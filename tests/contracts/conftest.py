"""Build any exported class from its parameter names, as recipes do."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch

from counterpoise.counts import ClassCounts

COUNTS = ClassCounts((8, 4, 10))
LABELS = torch.arange(3).repeat_interleave(torch.tensor(COUNTS.values))
OFFERED: dict[str, Any] = {
    "counts": COUNTS,
    "labels": LABELS,
    "seed": 0,
    "rounds": 10,
    "num_classes": COUNTS.num_classes,
    "num_features": 4,
    "batch_size": 6,
}


def build(cls: type, **given: Any) -> Any:
    """An instance with what `cls` asks for by name; all else must have a default."""
    names = inspect.signature(cls).parameters
    offered = {name: OFFERED[name] for name in names if name in OFFERED}
    return cls(**(offered | given))


@pytest.fixture(name="build")
def build_fixture() -> Callable[..., Any]:
    return build
