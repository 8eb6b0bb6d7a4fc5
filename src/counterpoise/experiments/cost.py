"""What mistakes cost, as it was asked: ``minority:10``, a file, or a table with class names."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationInfo

from counterpoise.errors import ArgumentError, near
from counterpoise.experiments.cost_table import (
    MOST_FAULTS,
    SHAPES,
    Matrix,
    cut,
    from_file,
    from_rows,
    from_table,
)
from counterpoise.experiments.option_words import Spell, in_python
from counterpoise.metrics.costs import Costs
from counterpoise.metrics.names import EXPECTED_COST, METRICS, TITLES, require_metric
from counterpoise.recipes.schema import Value
from counterpoise.recipes.shipped import BY_COST
from counterpoise.records import CostPart

MINORITY = "minority"


@dataclass(frozen=True)
class CostRule:
    """What the mistakes of a comparison cost, known before its classes are.

    Args:
        minority: cost of missing a sample of a class with fewer training samples than the average
            class, any other mistake 1; or
        matrix: (K, K) costs of predicting class j (column) where i is true (row).
        classes: whose rows these are; empty for the order of the data.
    """

    minority: float | None = None
    matrix: tuple[tuple[float, ...], ...] | None = None
    classes: tuple[str, ...] = ()

    def costs(self, counts: Sequence[int]) -> Costs:
        """For the training samples of one split, by class."""
        return Costs.of_rule(counts, self.minority, self.matrix)

    def record(self) -> CostPart:
        """As experiment.json keeps it."""
        if self.matrix is None:
            return CostPart(minority=self.minority)
        return CostPart(matrix=self.matrix)

    def settings(self, methods: Sequence[str], given: Mapping[str, Value]) -> dict[str, Value]:
        """Those of the method that decides by costs, where it is compared and has none `given`."""
        if BY_COST not in methods or _has_costs(given):
            return {}
        return {f"{BY_COST}.{key}": value for key, value in self.parameters().items()}

    def parameters(self) -> dict[str, Value]:
        """Arguments of `MinimumCost`."""
        if self.matrix is None:
            return {} if self.minority is None else {"minority": self.minority}
        return {"costs": [list(row) for row in self.matrix]}

    def in_order(self, classes: Sequence[str]) -> CostRule:
        """With rows and columns in the order of the data's classes.

        Raises:
            ArgumentError: they are of other classes, or of another number of them.
        """
        if self.matrix is None:
            return self
        if not self.classes:
            if len(self.matrix) != len(classes):
                raise ArgumentError(
                    f"costs of {len(classes)} classes have {len(classes)} rows and columns, in the "
                    f"order {_some(classes)}; got {len(self.matrix)}"
                )
            return self
        faults = [
            f"costs name a class '{name}', which the data do not have{near(name, classes)}"
            for name in self.classes
            if name not in classes
        ]
        missing = [name for name in classes if name not in self.classes]
        if missing:
            faults.append(
                f"costs have a row and a column for each class of the data; missing: "
                f"{_some(missing)}"
            )
        if faults:
            raise ArgumentError("\n".join(cut(faults)))
        place = [self.classes.index(name) for name in classes]
        matrix = tuple(tuple(self.matrix[i][j] for j in place) for i in place)
        return replace(self, matrix=matrix, classes=tuple(classes))

    def require_minority(self, counts: Sequence[Sequence[int]]) -> None:
        """Raise where ``minority`` costs are asked for and no class is below the average.

        Args:
            counts: training samples by class, of each split.

        Raises:
            ArgumentError: all classes have equally many training samples.
        """
        if self.matrix is None and all(len(set(row)) == 1 for row in counts):
            raise ArgumentError(
                f"minority:{self.minority:g} is what missing a class below the average size costs, "
                f"and here all {len(counts[0])} classes have {counts[0][0]} training samples (give "
                "a file with a cost for each pair of classes)"
            )


def cost(value: object, info: ValidationInfo) -> CostRule | None:
    """The rule of the option: what it says of costs, whole and legal."""
    if value is None or isinstance(value, CostRule):
        return value
    name = _spell(info)("cost")
    if isinstance(value, str | os.PathLike):
        text = os.fsdecode(value)
        word, colon, number = text.partition(":")
        if colon and word == MINORITY:
            return CostRule(minority=_minority(number, name))
        return _rule(*from_file(Path(text).expanduser(), name))
    if hasattr(value, "to_dict") and hasattr(value, "index"):  # a frame of pandas
        value = value.to_dict(orient="index")
    if isinstance(value, Mapping):
        return _rule(*from_table(value, name))
    return _rule(*from_rows(value, name))


def select(value: object, info: ValidationInfo) -> object:
    """The rule of the option: a metric, its name with underscores; with costs, theirs."""
    asked = info.data.get("cost")
    if value is None:
        return "balanced_accuracy" if asked is None else EXPECTED_COST
    if not isinstance(value, str):
        return value
    known = METRICS if asked is None else TITLES
    if value.replace("-", "_") != EXPECTED_COST:
        return require_metric(value, known)
    if asked is None and "cost" in info.data:  # else its own fault is said
        spell = _spell(info)
        raise ArgumentError(
            f"{spell('select')} is {EXPECTED_COST}, and nothing says what mistakes cost; give "
            f"{spell('cost')} too: {SHAPES}"
        )
    return EXPECTED_COST


def with_decision(methods: tuple[str, ...], asked: CostRule | None) -> tuple[str, ...]:
    """With costs and a baseline, which it shares its training with, the decision by costs too."""
    if asked is None or "baseline" not in methods or BY_COST in methods:
        return methods
    return (*methods, BY_COST)


def decision_faults(
    methods: Sequence[str], asked: CostRule | None, settings: Mapping[str, Value], spell: Spell
) -> list[str]:
    """What is wrong with a decision by costs that nobody gave."""
    if asked is not None or BY_COST not in methods or _has_costs(settings):
        return []
    return [
        f"{BY_COST} decides by what mistakes cost; give {spell('cost')} too: {SHAPES}, or "
        f"{spell(f'settings.{BY_COST}.minority')}"
    ]


def _has_costs(settings: Mapping[str, Value]) -> bool:
    return not {f"{BY_COST}.minority", f"{BY_COST}.costs"}.isdisjoint(settings)


def _spell(info: ValidationInfo) -> Spell:
    spell: Spell = info.context or in_python
    return spell


def _minority(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentError(f"{name} minority:N has a number above 0; got 'minority:{text}'")
    return number


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:MOST_FAULTS])
    return shown + (f" and {len(names) - MOST_FAULTS} more" if len(names) > MOST_FAULTS else "")


def _rule(matrix: Matrix, classes: tuple[str, ...]) -> CostRule:
    return CostRule(matrix=matrix, classes=classes)
