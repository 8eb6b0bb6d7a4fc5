"""report.json of a comparison: what its runs say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, Strict

from counterpoise.records.environment import EnvironmentRecord
from counterpoise.records.experiment import CostPart, SearchPart
from counterpoise.records.race import LeftPart
from counterpoise.records.record import Listed, Part, Record
from counterpoise.records.run import ConfusionMatrix

Ended = Literal["ok", "diverged", "failed", "left"]  # of a method

Interval = Annotated[tuple[float, float], Strict(False)]


class EstimatePart(Part):
    """One metric of one method over the splits; all null, and no `values`, unless status is ok."""

    mean: float | None = Field(
        description="over the splits; null if the metric is undefined in any of them"
    )
    sd: float | None = Field(description="sample standard deviation; null with one split")
    values: Listed[float | None] = Field(description="one for each split")
    interval: Interval | None = Field(description="[low, high] of the mean, or null")


class DifferencePart(Part):
    """A method minus the baseline."""

    difference: float | None = Field(description="of the means")
    interval: Interval | None = Field(description="[low, high] of the difference, or null")


class CalibrationPart(Part):
    """NLL and ECE on test around the rules after training."""

    before: Mapping[str, EstimatePart] = Field(description="`nll` and `ece` -> estimate")
    after: Mapping[str, EstimatePart] = Field(description="likewise")


class SizePart(Part):
    """Test metrics of classes by how many training samples they have, mean over splits."""

    name: str = Field(
        description='"S1" is the class with the fewest training samples, "S2" the next; "few" are '
        'the classes with fewer than 20, "medium" with 20 to 100, "many" with more'
    )
    num_classes: Listed[int] = Field(description="how many classes it has in each split")
    classes: Listed[int] | None = Field(
        default=None, description='for "S1" and "S2", the number of the class in each split'
    )
    recall: float | None = Field(description="mean over them")
    precision: float | None = Field(description="likewise")
    f1: float | None = Field(description="likewise")


class MethodPart(Part):
    """One method of a comparison."""

    name: str = Field(description="its name")
    title: str = Field(description="its title")
    status: Ended = Field(
        description='"ok", "diverged", "failed", or "left" of a method that left a race'
    )
    rank: int | None = Field(
        description="1 is best; null for a control, for a method without the selecting metric, and "
        "unless status is ok"
    )
    control: bool = Field(description="whether it is outside the ranking")
    reference: bool = Field(
        default=False, description="whether it is a model that is no network, as a yardstick"
    )
    converged: bool | None = Field(
        description="false if in any split a stage was too short for its loss to settle, see "
        "[Converged](compare.md#what-makes-it-fair); null when unknown"
    )
    probabilities: bool = Field(description="whether NLL and ECE are defined")
    metrics: Mapping[str, EstimatePart] = Field(description="test: metric -> estimate")
    validation: Mapping[str, EstimatePart] = Field(
        description="validation: metric -> estimate, without intervals"
    )
    vs_baseline: Mapping[str, DifferencePart] | None = Field(
        description="metric -> method minus baseline on test; null for the baseline, without one, "
        "and unless status is ok"
    )
    recall: Listed[float | None] | None = Field(
        description="test recall by class, mean over splits; null entries for classes without test "
        "samples"
    )
    confusion: ConfusionMatrix | None = Field(
        description="test confusion matrix summed over splits, rows true: a list of K lists up to "
        "100 classes, above that the cells that are not zero as an object of `num_classes`, `rows` "
        "(true classes), `columns` (predicted ones) and `counts`; null when unknown"
    )
    interval_over: Literal["splits", "splits and test groups"] = Field(
        description='"splits and test groups", or "splits"'
    )
    seconds: float | None = Field(
        description="seconds of training of one split, mean; stages shared with other methods "
        "counted in full"
    )
    updates: int | None = Field(description="of each of its runs, or null")
    learning_rate: float | None = Field(description="of its runs, or null")
    calibration: CalibrationPart | None = Field(
        description="`before` and `after` posthoc on test, each `nll` and `ece` -> estimate; null "
        "without posthoc, for margins, and unless status is ok"
    )
    alias_of: str | None = Field(
        description="the earlier method that gave the same scores, whose rank it shares; or null"
    )
    notes: Listed[str] = Field(description="what its runs had to say")
    error: str | None = Field(description="reason by split, or why it left a race, or null")
    left: LeftPart | None = Field(default=None, description="when and why it left a race, or null")
    precision: Listed[float | None] | None = Field(
        default=None,
        description="test precision by class, as `recall`; 0 for a class that is never predicted",
    )
    f1: Listed[float | None] | None = Field(
        default=None, description="test F1 by class, as `recall`"
    )
    by_size: Listed[SizePart] = Field(
        default=(), description="test metrics of the smallest classes, and of groups by size"
    )
    training: Mapping[str, EstimatePart] | None = Field(
        default=None,
        description="training samples: metric -> estimate, without intervals, where "
        "`train.record` has them recorded; or null",
    )


class OperatingPart(Part):
    """What one method's probabilities would cost at other decisions, mean over splits."""

    method: str = Field(description="its name")
    scale: Literal["threshold", "factor"] = Field(
        description='"threshold" of the probability of the rarer of two classes, from which it is '
        'predicted; of more classes "factor" of the probabilities of all classes below the average '
        "size"
    )
    levels: Listed[float] = Field(description="thresholds or factors")
    validation: Listed[float] = Field(description="expected cost at each level")
    test: Listed[float] = Field(description="likewise")
    chosen: float = Field(description="the level of the lowest cost on validation")
    chosen_validation: float = Field(description="what it costs there")
    chosen_test: float = Field(description="what it costs on test")
    unchanged_test: float = Field(description="what the method's own decisions cost on test")


class ReportRecord(Record):
    """report.json of a comparison."""

    dataset: str = Field(description="as it was asked for")
    profile: str = Field(description="as it was asked for")
    model: str = Field(description="in words")
    updates: int | None = Field(description="for each run of a method, or null")
    rounds: int | None = Field(description="for each run of a method, or null")
    command: str = Field(description="as it was typed, or the call from Python")
    classes: Listed[str] = Field(
        description='names of the K classes; every list "by class" has this order'
    )
    counts: Listed[int] = Field(
        description="training samples by class, after profile and split, before sampling (mean "
        "over splits)"
    )
    n_test: Listed[int] = Field(description="test samples by class (folds: summed)")
    n_validation: Mapping[str, Listed[int]] = Field(
        description="split -> validation samples by class"
    )
    validation: Literal["profiled", "balanced", "beside", "none"] = Field(
        default="profiled",
        description="where validation samples come from, as in experiment.json",
    )
    splits: Listed[str] = Field(
        description='names such as "seed-0"; every `values` list has this order'
    )
    seeds: Listed[int] | None = Field(description="list, or null with folds")
    folds: int | None = Field(description="number of folds, or null with seeds")
    select: str = Field(description="key of the metric that ranks")
    cost: CostPart | None = Field(
        default=None, description="what mistakes cost, where that was said"
    )
    operating: Listed[OperatingPart] = Field(
        default=(),
        description="with costs, the operating curves of the method to use and of the baseline",
    )
    best: str | None = Field(description="name of the best method, or null when none finished")
    indistinguishable: Listed[str] = Field(
        description="names of the methods that the test set does not show to be worse than the "
        "best, cheapest first, the best left out"
    )
    better_on_test: Listed[str] = Field(
        description="those among them that the test set shows to be better"
    )
    undecided: bool = Field(
        description="whether `indistinguishable` holds all the others, or `better_on_test` any"
    )
    advice: Listed[str] = Field(
        default=(), description="what to do, in sentences: the end of the terminal's text"
    )
    advised: str | None = Field(
        default=None,
        description="the method that the advice says to use, or null where it recommends none",
    )
    verdict: str = Field(description="the ranking, and what does not differ from the best")
    reference_verdict: str | None = Field(
        default=None,
        description="whether the best model that is no network beats every network, in a sentence; "
        "null without such rows",
    )
    warnings: Listed[str] = Field(description="sentences to read before believing the table")
    unfinished: Listed[str] = Field(
        default=(),
        description='"method/split" of each run that an interrupted comparison still has to do; '
        "the report is then of methods and splits that can be compared",
    )
    searches: Listed[SearchPart] = Field(
        description="one object for each method that searched its settings"
    )
    methods: Listed[MethodPart] = Field(
        description="one object for each method: ranked ones first, then controls, diverged "
        "and failed ones, and those that left a race"
    )
    environment: EnvironmentRecord = Field(description="versions, hardware, threads")
