"""One saved artifact that predicts: weights, preprocessing, decision rule, class names.

Names are resolved when they are first used: `ExportedModel` needs no torch, all others load it.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterpoise.predict.doors import export_onnx
    from counterpoise.predict.ensemble import Ensemble, load
    from counterpoise.predict.exported import Exported
    from counterpoise.predict.exported_model import ExportedModel
    from counterpoise.predict.frozen_backbone import FrozenBackbone
    from counterpoise.predict.prediction import Prediction
    from counterpoise.predict.predictor import Predictor

__all__ = [
    "Ensemble",
    "Exported",
    "ExportedModel",
    "FrozenBackbone",
    "Prediction",
    "Predictor",
    "export_onnx",
    "load",
]

_HOMES = {
    "Ensemble": "ensemble",
    "Exported": "exported",
    "ExportedModel": "exported_model",
    "FrozenBackbone": "frozen_backbone",
    "Prediction": "prediction",
    "Predictor": "predictor",
    "export_onnx": "doors",
    "load": "ensemble",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'counterpoise.predict' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
