"""Scores -> decision, after training. Numpy only: a saved model needs no torch for it."""

from counterpoise.posthoc.prior_threshold import PriorThreshold

__all__ = ["PriorThreshold"]
