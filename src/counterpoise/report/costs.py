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


def cost_words(experiment: ExperimentRecord) -> str:
    """What mistakes cost, in words; empty where nobody said."""
    cost = experiment.cost
    if cost is None:
        return ""
    if cost.matrix is None:
        missed = "missing a sample of a class with fewer training samples than the average class"
        return f"{missed} costs {cost.minority:g}, any other mistake 1"
    rows = list(enumerate(cost.matrix))
    mistakes = [value for i, row in rows for j, value in enumerate(row) if i != j]
    low, high = min(mistakes), max(mistakes)
    if len(rows) == 2:
        first, second = experiment.classes
        return (
            f"predicting '{second}' for '{first}' {cost.matrix[0][1]:g}, '{first}' for '{second}' "
            f"{cost.matrix[1][0]:g}"
        )
    return f"a matrix, {low:g} to {high:g} for a mistake (report.json has it)"
