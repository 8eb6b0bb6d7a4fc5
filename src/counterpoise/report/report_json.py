"""report.json: the results of a comparison as their record, which docs/report.md describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterpoise.metrics import Confusion
from counterpoise.records import (
    CalibrationPart,
    ConfusionPart,
    CostPart,
    DifferencePart,
    EstimatePart,
    MethodPart,
    OperatingPart,
    ReportRecord,
    SearchPart,
    SizePart,
)
from counterpoise.report.advice.advise import advise, advised
from counterpoise.report.by_size import SizeGroup
from counterpoise.report.operating import OperatingCurve, operating_curves
from counterpoise.report.results import Calibration, Difference, Estimate, MethodResult, Results


def record(results: Results) -> ReportRecord:
    """What report.json holds."""
    experiment = results.experiment
    return ReportRecord(
        dataset=experiment.dataset,
        profile=experiment.profile,
        model=experiment.model,
        updates=experiment.updates,
        rounds=experiment.rounds,
        command=experiment.command,
        classes=experiment.classes,
        counts=experiment.counts,
        n_test=experiment.n_test,
        n_validation=experiment.n_validation,
        validation=experiment.validation,
        splits=experiment.splits,
        seeds=experiment.seeds,
        folds=experiment.folds,
        select=experiment.select,
        **({} if experiment.cost is None else _costs(results, experiment.cost)),
        best=results.best,
        indistinguishable=results.indistinguishable,
        better_on_test=results.better_on_test,
        undecided=results.undecided,
        advice=advise(results),
        advised=advised(results),
        verdict=results.verdict,
        reference_verdict=results.reference_verdict,
        warnings=results.warnings,
        unfinished=results.unfinished,
        searches=tuple(_search(name, one) for name, one in experiment.searches.items()),
        methods=tuple(map(_method, results.methods)),
        environment=experiment.environment,
    )


def _costs(results: Results, cost: CostPart) -> dict[str, Any]:
    """What is there with costs only."""
    curves = operating_curves(results)
    return {"cost": cost, "operating": tuple(map(_operating, curves))}


def _operating(curve: OperatingCurve) -> OperatingPart:
    return OperatingPart(
        method=curve.method,
        scale=curve.scale,
        levels=tuple(curve.levels.tolist()),
        validation=tuple(curve.validation.tolist()),
        test=tuple(curve.test.tolist()),
        chosen=float(curve.levels[curve.best]),
        chosen_validation=float(curve.validation[curve.best]),
        chosen_test=float(curve.test[curve.best]),
        unchanged_test=curve.unchanged,
    )


def _method(method: MethodResult) -> MethodPart:
    versus = method.vs_baseline
    return MethodPart(
        name=method.name,
        title=method.title,
        status=method.status,
        rank=method.rank,
        control=method.control,
        reference=method.reference,
        converged=method.converged,
        probabilities=method.probabilities,
        metrics=_estimates(method.metrics),
        validation=_estimates(method.validation),
        vs_baseline=None
        if versus is None
        else {name: _difference(value) for name, value in versus.items()},
        recall=method.recall,
        confusion=None if method.confusion is None else _confusion(method.confusion),
        interval_over="splits" if method.over_splits_only else "splits and test groups",
        seconds=method.seconds,
        updates=method.updates,
        learning_rate=method.learning_rate,
        calibration=_calibration(method.calibration),
        alias_of=method.alias_of,
        notes=method.notes,
        error=method.error,
        left=method.left,
        precision=method.precision,
        f1=method.f1,
        by_size=tuple(map(_size, method.by_size)),
        training=None if method.training is None else _estimates(method.training),
    )


def _size(group: SizeGroup) -> SizePart:
    number = tuple(map(len, group.classes))
    single = {"classes": tuple(k for (k,) in group.classes)} if group.is_single else {}
    return SizePart(
        name=group.name,
        num_classes=number,
        recall=group.recall,
        precision=group.precision,
        f1=group.f1,
        **single,
    )


def _confusion(confusion: Confusion) -> tuple[tuple[int, ...], ...] | ConfusionPart:
    plain = confusion.as_json()
    if isinstance(plain, dict):
        return ConfusionPart.model_validate(plain)
    return tuple(map(tuple, plain))


def _calibration(value: Calibration | None) -> CalibrationPart | None:
    if value is None:
        return None
    return CalibrationPart(before=_estimates(value.before), after=_estimates(value.after))


def _search(method: str, search: SearchPart) -> SearchPart:
    return search.model_copy(update={"method": method})


def _estimates(values: Mapping[str, Estimate]) -> dict[str, EstimatePart]:
    return {name: _estimate(value) for name, value in values.items()}


def _estimate(value: Estimate) -> EstimatePart:
    return EstimatePart(mean=value.mean, sd=value.sd, values=value.values, interval=value.interval)


def _difference(value: Difference) -> DifferencePart:
    return DifferencePart(difference=value.difference, interval=value.interval)
