"""Backbones and the classifier: images, series and vectors to features, features to scores.

Importing this package loads no torch; the names that need it are resolved when first used.
"""

import importlib
from typing import TYPE_CHECKING

from counterpoise.models.catalog import NAMES, check, check_options, default_for, known

if TYPE_CHECKING:
    from counterpoise.models.assemble import describe
    from counterpoise.models.classifier import Classifier, HeadSpec, ModelSpec
    from counterpoise.models.doors import create
    from counterpoise.models.features import extract

__all__ = [
    "NAMES",
    "Classifier",
    "HeadSpec",
    "ModelSpec",
    "check",
    "check_options",
    "create",
    "default_for",
    "describe",
    "extract",
    "known",
]

_HOMES = {
    "Classifier": "counterpoise.models.classifier",
    "HeadSpec": "counterpoise.models.classifier",
    "ModelSpec": "counterpoise.models.classifier",
    "create": "counterpoise.models.doors",
    "describe": "counterpoise.models.assemble",
    "extract": "counterpoise.models.features",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'counterpoise.models' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
