"""What to run or to collect next, with the numbers that it takes."""

from __future__ import annotations

import math

from counterpoise.models.backbones import fine_tune_seconds
from counterpoise.records import ExperimentRecord
from counterpoise.report.advice.command import again, option
from counterpoise.report.advice.sample_size import missing_samples, times_the_data
from counterpoise.report.number_format import quoted, shorter

MORE_ROUNDS = 4  # times as many: a doubling was not enough
MOST_SEEDS = 30  # beyond these, more data are the better advice
MOST_TIMES = 20  # the data: a difference that needs more of them is too small to matter
FOLDS = 5  # or as many as the smallest class has samples
LEAST_FOLDS = 3
OF_BACKBONE = "on frozen features of "  # in what experiment.json says of a model
OF_HALF = f"{OF_BACKBONE}the first half"


def more_rounds(experiment: ExperimentRecord) -> str:
    """Of a comparison whose trainings were too short."""
    rounds = f"{MORE_ROUNDS * experiment.rounds}" if experiment.rounds else "MORE"
    return f"{again(experiment, 'rounds', rounds)} trains longer"


def more_of_class(experiment: ExperimentRecord, k: int) -> str | None:
    """Until the recall of class `k` moves in steps under .1; None if it does already."""
    there, name = experiment.n_test[k], quoted(experiment.classes[k])
    missing = missing_samples(there)
    if not missing:
        return None
    if tests_on_a_part(experiment):
        total = _total(experiment, k)
        tests = f"{_folds(experiment)} tests all {total} samples of {name}, not {there}"
        missing = missing_samples(total)
        return f"{tests}; collect {missing} more" if missing else tests
    if not experiment.folds:
        return f"get {missing} more test samples of {name}"
    steps = f", whose recall on test moves in steps of {shorter(1 / there, 2)}" if there else ""
    return f"collect {missing} more of {name}{steps}"


def more_data(
    experiment: ExperimentRecord, difference: float, interval: tuple[float, float]
) -> str | None:
    """Until a difference of this size shows; None if it does, or there is nothing to be done."""
    times = times_the_data(difference, interval)
    if times is None:
        return None
    tested = sum(experiment.n_test)
    size = f"a difference of {shorter(abs(difference))}"
    needs = f"{size} shows with about {times * tested:,}" if times <= MOST_TIMES else ""
    if tests_on_a_part(experiment):
        total = sum(_total(experiment, k) for k in range(len(experiment.classes)))
        tests = f"{_folds(experiment)} tests on all {total:,} samples, not {tested:,}"
        return f"{tests} ({needs})" if needs else tests
    seeds = times * len(experiment.splits)
    if not experiment.folds and seeds <= MOST_SEEDS:
        more = again(experiment, "seeds", str(seeds))
        return f"{more} is at best enough for {size}, as the test set stays the same"
    return f"{needs} test samples, not {tested:,}" if needs else None


def fine_tuning(experiment: ExperimentRecord, *, whole: bool) -> str | None:
    """Training half of the backbone too; None unless heads were trained on features of all of it.

    Args:
        experiment: what was asked.
        whole: whether to write the whole command, not the option alone.
    """
    if OF_BACKBONE not in experiment.model or OF_HALF in experiment.model:
        return None
    trainings = len(experiment.methods) * len(experiment.splits)
    seconds = fine_tune_seconds(experiment.image_seconds) * sum(experiment.counts) * trainings
    minutes = max(1, round(seconds / max(1, experiment.environment.cores) / 60))
    asked = again(experiment, "fine-tune") if whole else f"`{option(experiment, 'fine-tune')}`"
    return f"{asked} (about {minutes} min) may help"


def tests_on_a_part(experiment: ExperimentRecord) -> bool:
    """Whether folds would test on samples that are now in other parts.

    Folds divide what was carved for training, validation and test. A test or validation part of
    the data set's own is none of that: folds never test on it. Under a profile, what it leaves out
    is unknown here, and few samples of it are left to test on.
    """
    return experiment.profile == "none" and may_fold(experiment)


def may_fold(experiment: ExperimentRecord) -> bool:
    """Whether folds are possible, and would replace a test set that was carved."""
    return (
        not experiment.folds
        and "test" not in experiment.own_parts
        and most_folds(experiment) >= LEAST_FOLDS
    )


def most_folds(experiment: ExperimentRecord) -> int:
    """How many to advise: each class needs a sample in every fold."""
    return min(FOLDS, *(_total(experiment, k) for k in range(len(experiment.classes))))


def _total(experiment: ExperimentRecord, k: int) -> int:
    """Samples of a class that folds would divide."""
    rows = list(experiment.n_validation.values())
    validation = math.floor(sum(row[k] for row in rows) / len(rows)) if rows else 0
    if "validation" in experiment.own_parts:
        validation = 0
    return experiment.n_test[k] + experiment.counts[k] + validation


def _folds(experiment: ExperimentRecord) -> str:
    return again(experiment, "folds", str(most_folds(experiment)))
