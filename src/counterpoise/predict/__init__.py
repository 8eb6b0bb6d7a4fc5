"""One saved artifact that predicts: weights, preprocessing, decision rule, class names."""

from counterpoise.predict.ensemble import Ensemble
from counterpoise.predict.prediction import Prediction
from counterpoise.predict.predictor import FrozenBackbone, Predictor

__all__ = ["Ensemble", "FrozenBackbone", "Prediction", "Predictor"]
