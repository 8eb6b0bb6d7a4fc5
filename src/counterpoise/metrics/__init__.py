"""How good is it, class by class? Numpy only: nothing here imports torch."""

from counterpoise.metrics.calibration import BINS, expected_calibration_error, log_losses
from counterpoise.metrics.confusion import Confusion
from counterpoise.metrics.costs import Costs
from counterpoise.metrics.evaluation import Evaluation
from counterpoise.metrics.expected_cost import expected_cost, operating_costs
from counterpoise.metrics.names import (
    CONFUSION_METRICS,
    LOWER_IS_BETTER,
    METRICS,
    require_metric,
)
from counterpoise.metrics.ranking import Ranking, auc, average_precision
from counterpoise.metrics.tallies import (
    accuracy,
    balanced_accuracy,
    f1,
    g_mean,
    macro_f1,
    mcc,
    precision,
    recall,
    worst_recall,
)

__all__ = [
    "BINS",
    "CONFUSION_METRICS",
    "LOWER_IS_BETTER",
    "METRICS",
    "Confusion",
    "Costs",
    "Evaluation",
    "Ranking",
    "accuracy",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "expected_calibration_error",
    "expected_cost",
    "f1",
    "g_mean",
    "log_losses",
    "macro_f1",
    "mcc",
    "operating_costs",
    "precision",
    "recall",
    "require_metric",
    "worst_recall",
]
