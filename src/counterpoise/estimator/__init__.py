"""Any method as a scikit-learn classifier."""

from counterpoise.estimator.classifier import CounterpoiseClassifier

__all__ = ["CounterpoiseClassifier"]
