"""report.json: the schema of docs/report.md, held by tests/report/test_report_json.py."""

from __future__ import annotations

from dataclasses import asdict

from counterpoise.report.results import Calibration, Difference, Estimate, MethodResult, Results
from counterpoise.report.searches import Searched

SCHEMA = 1


def as_json(results: Results) -> dict[str, object]:
    """Plain lists, dicts, numbers, strings and None."""
    experiment = results.experiment
    return {
        "schema": SCHEMA,
        "dataset": experiment.dataset,
        "profile": experiment.profile,
        "model": experiment.model,
        "updates": experiment.updates,
        "rounds": experiment.rounds,
        "command": experiment.command,
        "classes": list(experiment.classes),
        "counts": list(experiment.counts),
        "n_test": list(experiment.n_test),
        "n_validation": {k: list(v) for k, v in experiment.n_validation.items()},
        "splits": list(experiment.splits),
        "seeds": None if experiment.seeds is None else list(experiment.seeds),
        "folds": experiment.folds,
        "select": experiment.select,
        "best": results.best,
        "indistinguishable": list(results.indistinguishable),
        "better_on_test": list(results.better_on_test),
        "undecided": results.undecided,
        "verdict": results.verdict,
        "warnings": list(results.warnings),
        "searches": [_search(searched) for searched in experiment.searches],
        "methods": [_method(method) for method in results.methods],
        "environment": dict(experiment.environment),
    }


def _method(method: MethodResult) -> dict[str, object]:
    versus = method.vs_baseline
    return {
        "name": method.name,
        "title": method.title,
        "status": method.status,
        "rank": method.rank,
        "control": method.control,
        "converged": method.converged,
        "probabilities": method.probabilities,
        "metrics": {name: _estimate(value) for name, value in method.metrics.items()},
        "validation": {name: _estimate(value) for name, value in method.validation.items()},
        "vs_baseline": versus and {name: _difference(value) for name, value in versus.items()},
        "recall": None if method.recall is None else list(method.recall),
        "confusion": None if method.confusion is None else method.confusion.as_json(),
        "interval_over": "splits" if method.over_splits_only else "splits and test groups",
        "seconds": method.seconds,
        "updates": method.updates,
        "learning_rate": method.learning_rate,
        "calibration": _calibration(method.calibration),
        "alias_of": method.alias_of,
        "notes": list(method.notes),
        "error": method.error,
    }


def _calibration(value: Calibration | None) -> dict[str, object] | None:
    if value is None:
        return None
    return {
        when: {name: _estimate(estimate) for name, estimate in estimates.items()}
        for when, estimates in (("before", value.before), ("after", value.after))
    }


def _search(searched: Searched) -> dict[str, object]:
    table = asdict(searched)
    for grid in table["grids"]:
        grid["values"] = {key: list(column) for key, column in grid["values"].items()}
        grid["points"] = [{**point, "recall": list(point["recall"])} for point in grid["points"]]
    return {**table, "grids": list(table["grids"])}


def _estimate(value: Estimate) -> dict[str, object]:
    return {
        "mean": value.mean,
        "sd": value.sd,
        "values": list(value.values),
        "interval": None if value.interval is None else list(value.interval),
    }


def _difference(value: Difference) -> dict[str, object]:
    interval = None if value.interval is None else list(value.interval)
    return {"difference": value.difference, "interval": interval}
