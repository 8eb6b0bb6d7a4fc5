"""Learning from class-imbalanced data with PyTorch.

``import counterpoise`` loads no torch: names below are resolved when they are first used.
"""

import importlib
from typing import TYPE_CHECKING

from counterpoise.version import __version__

if TYPE_CHECKING:
    from counterpoise.comparison import compare
    from counterpoise.counts import ClassCounts
    from counterpoise.criterion import Weighted
    from counterpoise.estimator import CounterpoiseClassifier
    from counterpoise.evaluation import evaluate

__all__ = [
    "ClassCounts",
    "CounterpoiseClassifier",
    "Weighted",
    "__version__",
    "compare",
    "evaluate",
]

_HOMES = {
    "ClassCounts": "counterpoise.counts",
    "CounterpoiseClassifier": "counterpoise.estimator",
    "Weighted": "counterpoise.criterion",
    "compare": "counterpoise.comparison",
    "evaluate": "counterpoise.evaluation",
}
_PACKAGES = (
    "augment",
    "bridges",
    "data",
    "heads",
    "losses",
    "metrics",
    "models",
    "posthoc",
    "predict",
    "registry",
    "report",
    "resamplers",
    "samplers",
    "steps",
    "sweep",
    "weights",
)


def __getattr__(name: str) -> object:
    if name in _PACKAGES:
        return importlib.import_module(f"counterpoise.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'counterpoise' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted((*__all__, *_PACKAGES))
