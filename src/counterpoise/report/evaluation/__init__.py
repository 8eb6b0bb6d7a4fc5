"""What one trained model does on labelled data that it has not seen."""

from counterpoise.report.evaluation.evaluated import Evaluated, judge

__all__ = ["Evaluated", "judge"]
