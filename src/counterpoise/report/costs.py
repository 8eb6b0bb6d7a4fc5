"""What mistakes cost in a comparison, as numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoise.metrics import Costs
from counterpoise.metrics.names import metrics_of
from counterpoise.records import ExperimentRecord


def metrics_in(experiment: ExperimentRecord) -> Mapping[str, str]:
    """Name -> title of the metrics of a comparison, in the order of its tables."""
    return metrics_of(with_costs=experiment.cost is not None)


def costs_of(experiment: ExperimentRecord, split: str) -> Costs | None:
    """By the training samples of a split; None where nobody said what mistakes cost."""
    cost = experiment.cost
    if cost is None:
        return None
    counts = experiment.counts_per_split.get(split, experiment.counts)
    return Costs.of_rule(counts, cost.minority, cost.matrix)
