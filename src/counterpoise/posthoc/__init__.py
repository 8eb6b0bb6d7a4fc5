"""Scores -> decision, after training. Numpy only: a saved model needs no torch for it."""

from counterpoise.posthoc.logit_adjustment import LogitAdjustment
from counterpoise.posthoc.minimum_cost import MinimumCost
from counterpoise.posthoc.prior_threshold import PriorThreshold
from counterpoise.posthoc.temperature import Temperature
from counterpoise.posthoc.threshold_search import ThresholdSearch
from counterpoise.posthoc.vector_scaling import VectorScaling

__all__ = [
    "LogitAdjustment",
    "MinimumCost",
    "PriorThreshold",
    "Temperature",
    "ThresholdSearch",
    "VectorScaling",
]
