"""What a comparison found: the verdict, and method by method, as plain values."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterpoise.metrics import LOWER_IS_BETTER, Confusion
from counterpoise.metrics.names import in_sentence
from counterpoise.records import Ended, ExperimentRecord, LeftPart
from counterpoise.report.by_size import SizeGroup
from counterpoise.report.number_format import listed
from counterpoise.report.runs import Run

BASELINE = "baseline"

Interval = tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """One metric of one method over the splits.

    Args:
        mean: over splits; None where the metric is undefined in any split.
        sd: sample standard deviation over splits; None with fewer than two.
        values: one for each split, in the order of `Results.experiment.splits`.
        interval: 95 % bootstrap interval of the mean, or None.
    """

    mean: float | None
    sd: float | None
    values: tuple[float | None, ...]
    interval: Interval | None = None

    @classmethod
    def of(cls, values: Sequence[float | None], interval: Interval | None = None) -> Estimate:
        """Mean and standard deviation of one value for each split.

        >>> Estimate.of([0.5, 0.7]).mean
        0.6
        >>> Estimate.of([0.5, None]).mean is None
        True
        """
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return cls(None, None, tuple(values))
        mean = math.fsum(known) / len(known)
        sd = float(np.std(known, ddof=1)) if len(known) > 1 else None
        return cls(mean, sd, tuple(values), interval)


NOTHING = Estimate(None, None, ())


@dataclass(frozen=True)
class Difference:
    """A method minus the baseline on the test set, paired; `interval` as in `Estimate`."""

    difference: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Calibration:
    """NLL and ECE on test by metric name, before posthoc and after; lower is better."""

    before: Mapping[str, Estimate]
    after: Mapping[str, Estimate]


@dataclass(frozen=True)
class MethodResult:
    """One line of the table.

    Args:
        rank: 1 is best by the selecting metric on validation; None for a control, a method
            without that value, and a method that diverged or failed.
        control: shown for comparison only, never the best: it had more labels or updates.
        reference: a control that is no network.
        metrics, validation: metric -> estimate; without values unless status is ok.
        vs_baseline: metric -> difference; None for the baseline and without a baseline.
        recall: test recall of each class, mean over splits; None for a class without samples.
        precision, f1: likewise.
        by_size: the classes with the fewest training samples one by one, and all in groups by
            their number.
        training: metric -> estimate on the training samples; None where they were not recorded.
        confusion: of the test sets of all splits together; None when unknown.
        seconds: training time of one split, mean; stages shared with other methods in full.
        calibration: before and after posthoc; None without posthoc and for margins.
        alias_of: an earlier method that gave the same scores; its rank is shared.
        aliases: later methods that gave the same scores.
        over_splits_only: intervals were drawn over splits, not over test samples.
        left: when and why it left a race; None for all others.
    """

    name: str
    title: str
    status: Ended
    rank: int | None
    control: bool
    converged: bool | None
    probabilities: bool
    metrics: Mapping[str, Estimate]
    validation: Mapping[str, Estimate]
    vs_baseline: Mapping[str, Difference] | None
    recall: tuple[float | None, ...] | None
    confusion: Confusion | None
    seconds: float | None
    updates: int | None
    learning_rate: float | None
    over_splits_only: bool
    notes: tuple[str, ...]
    error: str | None
    calibration: Calibration | None = None
    alias_of: str | None = None
    aliases: tuple[str, ...] = ()
    left: LeftPart | None = None
    precision: tuple[float | None, ...] | None = None
    f1: tuple[float | None, ...] | None = None
    by_size: tuple[SizeGroup, ...] = ()
    training: Mapping[str, Estimate] | None = None
    reference: bool = False

    @property
    def label(self) -> str:
        """The name, with those of the methods that turned out to be the same."""
        return f"{self.name} (= {', '.join(self.aliases)})" if self.aliases else self.name

    @property
    def ok(self) -> bool:
        """Whether every split finished with finite loss."""
        return self.status == "ok"


@dataclass(frozen=True, eq=False)
class Results:
    """A finished comparison.

    Ranked by the selecting metric on *validation*; everything that is said about differences is
    measured on *test*. `indistinguishable` leaves the best itself out.

    Args:
        experiment: the settings that all runs shared.
        methods: ranked methods first, then controls, those that diverged or failed, and those that
            left a race.
        best: name of the best method; None when no method finished.
        indistinguishable: methods that the test set does not show to be worse than the best,
            cheapest first.
        better_on_test: those among them that it shows to be better.
        warnings: what to know before believing the table, in sentences.
        runs: method -> its runs, in the order of the splits.
        unfinished: "method/split" of every run that an interrupted comparison still has to do.
        folder: where it was read from, as it was written.
        reference_verdict: whether the best model that is no network beats every network; None
            without such rows.
        beaten_by: the reference that is better than every network, if one is.
    """

    experiment: ExperimentRecord
    methods: tuple[MethodResult, ...]
    best: str | None
    indistinguishable: tuple[str, ...]
    warnings: tuple[str, ...]
    runs: Mapping[str, Sequence[Run]]
    better_on_test: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    folder: Path | None = None
    reference_verdict: str | None = None
    beaten_by: str | None = None

    @property
    def place(self) -> str:
        """Its folder in a command."""
        return "FOLDER" if self.folder is None else shlex.quote(str(self.folder))

    @property
    def rows(self) -> tuple[MethodResult, ...]:
        """The methods less those that gave the same scores as an earlier one, as tables show."""
        return tuple(method for method in self.methods if method.alias_of is None)

    @property
    def kind(self) -> str:
        """What is ranked, in a word: beside references, which are not ranked, networks."""
        return "network" if any(method.reference for method in self.methods) else "method"

    @property
    def failed(self) -> bool:
        """Whether any method failed (diverging is a result, not a failure)."""
        return any(method.status == "failed" for method in self.methods)

    @property
    def validates(self) -> bool:
        """Whether there are validation samples, without which no method is chosen."""
        return self.experiment.validation != "none"

    @property
    def undecided(self) -> bool:
        """Whether no ranked method is shown to be worse than the best, or one to be better."""
        ranked = sum(method.rank is not None for method in self.rows)
        alike = ranked > 1 and len(self.indistinguishable) == ranked - 1
        return alike or bool(self.better_on_test)

    @property
    def verdict(self) -> str:
        """The best on validation, and what does not differ significantly from it on test."""
        if not self.validates:
            return self._unchosen
        if self.best is None:
            return f"No method finished with a {in_sentence(self.experiment.select)}."
        by = f"by {in_sentence(self.experiment.select)} on validation"
        equal = listed([m for m in self.indistinguishable if m not in self.better_on_test])
        if self.better_on_test:
            rest = (
                f"; not significantly different from it, cheapest first: {equal}" if equal else ""
            )
            return (
                f"Undecided: {self.best} is best {by}, yet on test better than it: "
                f"{listed(self.better_on_test)}{rest}."
            )
        if self.undecided and self.best != BASELINE:  # which is kept where nothing is better
            return (
                f"Undecided: {self.best} is best {by}, but on test no {self.kind} is significantly "
                f"different from it; cheapest first: {equal}."
            )
        if self.undecided:
            return (
                f"Best {by}: {self.best}. On test no {self.kind} is significantly different from "
                f"it, cheapest first: {equal}."
            )
        if not equal:
            ranked = sum(method.rank is not None for method in self.rows)
            stayed = (
                " that stayed in the race" if any(m.status == "left" for m in self.methods) else ""
            )
            others = f"; on test every other {self.kind}{stayed} is worse" if ranked > 1 else ""
            return f"Best {by}: {self.best}{others}."
        return (
            f"Best {by}: {self.best}. On test not significantly different from it, cheapest first: "
            f"{equal}."
        )

    @property
    def _unchosen(self) -> str:
        """Without validation: what the test set says of each method beside the baseline."""
        select = self.experiment.select
        sign = -1.0 if select in LOWER_IS_BETTER else 1.0
        found: dict[str, list[str]] = {"better": [], "worse": [], "not significantly different": []}
        for method in self.rows:
            difference = (method.vs_baseline or {}).get(select)
            if difference is None or difference.interval is None:
                continue
            low, high = sorted(sign * end for end in difference.interval)
            how = "better" if low > 0 else "worse" if high < 0 else "not significantly different"
            found[how].append(method.name)
        said = [f"{how}: {listed(names)}" for how, names in found.items() if names]
        compared = f" On test, by {in_sentence(select)} against the baseline, {'; '.join(said)}."
        return f"Nothing is chosen, as there is no validation.{compared if said else ''}"
