"""From run folders to a report: estimates, ranking, paired intervals, verdict, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from counterpoise.metrics import LOWER_IS_BETTER, Confusion
from counterpoise.metrics.names import in_sentence
from counterpoise.python_words import as_asked
from counterpoise.records import ExperimentRecord, Status
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.by_size import by_class, by_size
from counterpoise.report.cautions import cautions
from counterpoise.report.costs import costs_of, metrics_in
from counterpoise.report.identical import aliases
from counterpoise.report.read_runs import read_experiment, read_run, read_targets
from counterpoise.report.references import beating, reference_verdict
from counterpoise.report.report import Report
from counterpoise.report.results import NOTHING, Calibration, Difference, Estimate, MethodResult
from counterpoise.report.runs import CALIBRATION, Run, SplitTargets, mean_seconds
from counterpoise.report.significance import rank, significance
from counterpoise.report.unfinished import Finished, finished_part, reason, sentence

BASELINE = "baseline"


def collect(out: str | Path) -> Report:
    """Read the runs in a folder that a comparison wrote; nothing is written.

    Of an interrupted comparison, the methods and splits that can be compared are read (see
    `finished_part`), and a warning says what is missing.

    A method counts as failed or diverged when any of its splits did, and then has no score. The
    bootstrap has a fixed seed: the same runs give the same report.

    Args:
        out: folder with experiment.json, splits/ and runs/.

    Raises:
        DataError: the folder holds no experiment, none of its runs is finished, or a file in it is
            damaged.
    """
    out = Path(out)
    planned, found, experiment, targets, runs = _read(out)
    missing = found.missing
    same = aliases(runs)
    good = {m: group for m, group in runs.items() if all(run.status == "ok" for run in group)}
    intervals = Intervals(good, targets, metrics=tuple(metrics_in(experiment)))
    ranking = rank({m: g for m, g in good.items() if m not in same}, experiment.select)
    results = [_result(experiment, runs[m], good, intervals, ranking, same) for m in runs]
    last = len(results) + 1
    results.sort(key=lambda r: (not r.ok, r.control, r.rank or last, r.alias_of is not None))
    results += _gone(out, planned, found)
    best = ranking[0] if ranking else None
    signs = {m: significance(intervals, m, ranking[0], experiment.select) for m in ranking[1:]}
    equal = [m for m, sign in signs.items() if sign >= 0]
    better = [m for m, sign in signs.items() if sign > 0]
    interrupted = [sentence(planned, found)] if missing else []
    brief = [r.name for r in results if r.ok and r.converged is False]
    beaten = reference_verdict(good, ranking, experiment.select, intervals, brief)
    said = [] if beaten is None else [beaten]
    return Report(
        experiment=experiment,
        methods=tuple(results),
        best=best,
        indistinguishable=tuple(sorted(equal, key=lambda m: (mean_seconds(runs[m]), m))),
        warnings=(*interrupted, *said, *cautions(experiment, results, best, better)),
        runs=runs,
        better_on_test=tuple(better),
        unfinished=missing,
        folder=out,
        reference_verdict=beaten,
        beaten_by=beating(good, ranking, experiment.select, intervals),
    )


def finished_runs(out: str | Path) -> dict[str, tuple[Run, ...]]:
    """The runs that `collect` reports, without estimates: quick even for thousands of folders.

    Args:
        out: as of `collect`.

    Raises:
        DataError: likewise.
    """
    return _read(Path(out))[-1]


def _read(
    out: Path,
) -> tuple[
    ExperimentRecord,
    Finished,
    ExperimentRecord,
    list[SplitTargets | None],
    dict[str, tuple[Run, ...]],
]:
    """What was planned, what is finished of it, and as an experiment; its targets and runs."""
    planned = read_experiment(out)
    found = finished_part(out, planned)
    experiment = found.experiment
    targets = [read_targets(out, split) for split in experiment.splits]
    if found.missing and experiment.folds:
        experiment = _tested(experiment, targets)
    runs = {
        method: tuple(
            read_run(
                out, method, split, known, len(experiment.classes), costs_of(experiment, split)
            )
            for split, known in zip(experiment.splits, targets, strict=True)
        )
        for method in experiment.methods
    }
    return planned, found, experiment, targets, runs


def _gone(out: Path, planned: ExperimentRecord, found: Finished) -> list[MethodResult]:
    """The methods that left a race, those that went on longest and were nearest first."""
    metric = in_sentence(planned.select)
    sign = -1.0 if planned.select in LOWER_IS_BETTER else 1.0
    order = sorted(
        found.left, key=lambda m: (-found.left[m].after, -sign * (found.left[m].difference or 0.0))
    )
    results = []
    for name in order:
        part = found.left[name]
        last = planned.splits[part.after - 1]
        run = read_run(out, name, last, read_targets(out, last), len(planned.classes))
        results.append(
            MethodResult(
                name=name,
                title=run.title,
                status="left",
                rank=None,
                control=False,
                converged=None,
                probabilities=run.probabilities,
                metrics=dict.fromkeys(metrics_in(planned), NOTHING),
                validation=dict.fromkeys(metrics_in(planned), NOTHING),
                vs_baseline=None,
                recall=None,
                confusion=None,
                seconds=None,
                updates=run.updates,
                learning_rate=run.learning_rate,
                over_splits_only=False,
                notes=(),
                error=reason(part, len(planned.splits), metric),
                left=part,
            )
        )
    return results


def _tested(
    experiment: ExperimentRecord, targets: Sequence[SplitTargets | None]
) -> ExperimentRecord:
    """With the test samples of the folds that are left."""
    classes = len(experiment.classes)
    known = [np.bincount(one.test, minlength=classes) for one in targets if one is not None]
    return experiment.model_copy(update={"n_test": tuple(np.sum(known, axis=0).tolist())})


def _result(
    experiment: ExperimentRecord,
    group: Sequence[Run],
    good: Mapping[str, Sequence[Run]],
    intervals: Intervals,
    ranking: Sequence[str],
    same: Mapping[str, str],
) -> MethodResult:
    name, first = group[0].method, group[0]
    known = same.get(name, name)
    ok = name in good
    metrics = dict.fromkeys(metrics_in(experiment), NOTHING)
    validation = dict(metrics)
    if ok:
        for m in validation:
            metrics[m] = Estimate.of([r.values.get(m) for r in group], intervals.of(name, m))
            validation[m] = Estimate.of([r.validation_values.get(m) for r in group])
    broken = [run for run in group if run.status != "ok"]
    ended: Status = "failed" if any(r.status == "failed" for r in broken) else "diverged"
    confusions = [run.test.cells for run in group if run.test is not None]
    complete = ok and len(confusions) == len(group)
    converged = [run.converged for run in group]
    return MethodResult(
        name=name,
        title=first.title,
        status="ok" if ok else ended,
        rank=ranking.index(known) + 1 if known in ranking else None,
        control=any(run.control for run in group),
        reference=any(run.reference for run in group),
        converged=False if False in converged else None if None in converged else True,
        probabilities=all(run.probabilities for run in group),
        metrics=metrics,
        validation=validation,
        vs_baseline=_versus(name, good, intervals, metrics) if ok else None,
        recall=by_class(group, "recall") if complete else None,
        precision=by_class(group, "precision") if complete else None,
        f1=by_class(group, "f1") if complete else None,
        by_size=by_size(experiment, group) if complete else (),
        training=_training(group, metrics) if ok else None,
        confusion=Confusion.total(confusions) if complete else None,
        seconds=mean_seconds(group) if ok else None,
        updates=first.updates,
        learning_rate=(experiment.tuned or {}).get(name) or first.learning_rate,
        over_splits_only=ok and intervals.over_splits_only(name),
        notes=tuple(
            dict.fromkeys(as_asked(note, experiment.command) for run in group for note in run.notes)
        ),
        calibration=_calibration(group, metrics) if ok else None,
        alias_of=same.get(name),
        aliases=tuple(other for other, one in same.items() if one == name),
        error=as_asked(
            "; ".join(f"{run.split}: {run.error or run.status}" for run in broken),
            experiment.command,
        )
        or None,
    )


def _calibration(group: Sequence[Run], metrics: Mapping[str, Estimate]) -> Calibration | None:
    if not all(run.values_before for run in group):
        return None
    before = {m: Estimate.of([run.values_before.get(m) for run in group]) for m in CALIBRATION}
    return Calibration(before, {m: metrics[m] for m in CALIBRATION})


def _training(group: Sequence[Run], names: Iterable[str]) -> dict[str, Estimate] | None:
    """Of the training samples; None where a run did not record them."""
    tables = [run.training_values for run in group if run.training_values is not None]
    if len(tables) < len(group):
        return None
    return {m: Estimate.of([table.get(m) for table in tables]) for m in names}


def _versus(
    name: str,
    good: Mapping[str, Sequence[Run]],
    intervals: Intervals,
    metrics: Iterable[str],
) -> dict[str, Difference] | None:
    if name == BASELINE or BASELINE not in good:
        return None
    found = {}
    for m in metrics:
        own, base = (Estimate.of([r.values.get(m) for r in good[k]]) for k in (name, BASELINE))
        if own.mean is None or base.mean is None:
            found[m] = Difference(None, None)
        else:
            interval = intervals.of_difference(name, BASELINE, m)
            found[m] = Difference(own.mean - base.mean, interval)
    return found
