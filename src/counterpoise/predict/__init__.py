"""One saved artifact that predicts: weights, preprocessing, decision rule, class names."""

from counterpoise.predict.ensemble import Ensemble, load
from counterpoise.predict.exported import Exported, export_onnx
from counterpoise.predict.frozen_backbone import FrozenBackbone
from counterpoise.predict.prediction import Prediction
from counterpoise.predict.predictor import Predictor

__all__ = [
    "Ensemble",
    "Exported",
    "FrozenBackbone",
    "Prediction",
    "Predictor",
    "export_onnx",
    "load",
]
