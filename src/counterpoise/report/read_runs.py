"""Read what an experiment left on disk: its settings, the labels of its splits, its runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from counterpoise.errors import ArgumentError, CheckpointError, DataError, NewerSchemaError, near
from counterpoise.metrics import Confusion, Costs, Evaluation
from counterpoise.metrics.names import EXPECTED_COST, in_sentence, metrics_of, outdated
from counterpoise.npz import open_tables, read_npz
from counterpoise.records import ConfusionPart, ExperimentRecord, RoundRecord, RunRecord
from counterpoise.report.costs import metrics_in
from counterpoise.report.runs import CALIBRATION, Run, SplitTargets


def read_experiment(out: Path) -> ExperimentRecord:
    """Read experiment.json.

    Raises:
        DataError: the folder holds no experiment, or its description is damaged.
    """
    path = out / "experiment.json"
    if not path.is_file():
        raise DataError(f"{out} has no experiment.json; name the folder that a comparison wrote")
    experiment = ExperimentRecord.read(path)
    for name in (experiment.select, *(one.select for one in experiment.searches.values())):
        if name not in (known := metrics_in(experiment)):
            raise DataError(f"{path} is damaged: 'select' is a metric{near(name, known)}")
    return experiment


def read_targets(out: Path, split: str) -> SplitTargets | None:
    """Labels and groups of a split; None when the split was not kept (ledger runs only)."""
    path = out / "splits" / f"{split}.npz"
    if not path.is_file():
        return None
    arrays = read_npz(path)
    try:
        target = arrays["test_labels"].astype(np.int64)
        groups = arrays.get("test_groups", np.arange(len(target)))
        return SplitTargets(
            test_indices=arrays["test"].astype(np.int64),
            test=target,
            test_groups=np.unique(groups, return_inverse=True)[1].astype(np.int64),
            validation=arrays["validation_labels"].astype(np.int64),
        )
    except KeyError as missing:
        raise DataError(f"{path} has no array {missing}; delete it and run again") from None


def read_run(
    out: Path,
    method: str,
    split: str,
    targets: SplitTargets | None,
    num_classes: int,
    costs: Costs | None = None,
) -> Run:
    """Read one run folder; what is missing or damaged makes the run failed, with the reason."""
    folder = out / "runs" / method / split
    try:
        record = RunRecord.read_if_there(folder / "report.json")
    except NewerSchemaError:
        raise
    except DataError as damage:
        return Run(method, split, "failed", method, error=str(damage))
    if record is None:
        return Run(method, split, "failed", method, error="not finished: no report.json")
    run = Run(
        method=method,
        split=split,
        status=record.status,
        title=record.title,
        error=record.error,
        converged=record.converged,
        probabilities=record.probabilities,
        control=record.control,
        reference=record.reference,
        seconds=record.seconds,
        updates=record.updates,
        learning_rate=record.lr,
        stages=record.stages,
        notes=record.notes,
        identity=record.identity or None,
    )
    if run.status != "ok":
        return run
    try:
        test, validation, before = _evaluations(folder, record, targets, num_classes, costs)
    except (ArgumentError, DataError) as fault:
        return replace(run, status="failed", error=f"unusable outputs: {fault}")
    given = record.values or {}
    measured = test.values() if test else {}
    from_scores = test is not None and test.scores is not None
    old: tuple[str, ...] = ()
    if not from_scores:  # a ledger's values are of no costs, or of others
        margins = record.scores == "margins"
        old = outdated(record.revisions, num_classes=num_classes, margins=margins)
        known = {EXPECTED_COST: measured.get(EXPECTED_COST), **dict.fromkeys(old)}
        measured = {**given, **known}
    return replace(
        run,
        test=test,
        validation=validation,
        before=before,
        values_before=before.values(CALIBRATION) if before else record.values_before or {},
        values={m: measured.get(m) for m in metrics_of(with_costs=costs is not None)},
        validation_values=validation.values()
        if validation
        else {**(record.validation_values or {}), **dict.fromkeys(old)},
        notes=(*record.notes, *([_left_out(old)] if old else [])),
        training_values=_without(record.training_values, old),
        history=_history(folder / "metrics.jsonl"),
        synthetic=read_npz(made) if (made := folder / "resampled.npz").is_file() else None,
    )


def _left_out(metrics: Sequence[str]) -> str:
    """What is said of values that a ledger keeps by an earlier definition."""
    named = " and ".join(in_sentence(metric) for metric in metrics)
    return (
        f"its {named} are left out: the ledger holds them by an earlier definition "
        "(a comparison without --ledger computes them)"
    )


def _without(
    values: Mapping[str, float | None] | None, old: Collection[str]
) -> Mapping[str, float | None] | None:
    """Without the values of metrics that have changed since a ledger was written."""
    return None if values is None else {**values, **dict.fromkeys(old)}


def _evaluations(
    folder: Path,
    record: RunRecord,
    targets: SplitTargets | None,
    num_classes: int,
    costs: Costs | None,
) -> tuple[Evaluation | None, Evaluation | None, Evaluation | None]:
    """Test and validation set by the run's scores, and the test set before posthoc."""
    path = folder / "outputs.npz"
    if path.is_file():
        if targets is None:
            raise DataError(f"the split of {path} was not kept")
        arrays = open_tables(path)
        if "test_scores" not in arrays:
            raise DataError(f"{path} has no array 'test_scores'")
        sets = {"test": targets.test, "validation": targets.validation}
        found = {
            part: Evaluation.from_scores(
                arrays[f"{part}_scores"],
                target,
                num_classes,
                arrays.get(f"{part}_probabilities"),
                costs,
            )
            for part, target in sets.items()
            if f"{part}_scores" in arrays
        }
        before = arrays.get("test_before")
        if before is not None:
            found["before"] = Evaluation.from_scores(before, targets.test, num_classes, before)
        return found["test"], found.get("validation"), found.get("before")
    if record.values:
        try:
            cells = _confusion(record.confusion, num_classes)
        except ValueError as error:
            raise DataError(f"{folder / 'report.json'}: 'confusion' is damaged: {error}") from error
        return (None if cells is None else Evaluation(cells, costs=costs)), None, None
    raise DataError(f"{folder} has neither outputs.npz nor values")


def _confusion(
    given: Sequence[Sequence[int]] | ConfusionPart | None, num_classes: int
) -> Confusion | None:
    """The matrix of a run from a ledger: whole, or its cells where there are many classes."""
    if not given:
        return None
    if isinstance(given, ConfusionPart):
        found = Confusion.from_cells(given.rows, given.columns, given.counts, given.num_classes)
    else:
        found = Confusion.from_dense(given)
    if found.num_classes != num_classes:
        raise DataError(f"it is of {num_classes} classes; got {found.num_classes}")
    return found


def _history(path: Path) -> tuple[RoundRecord, ...]:
    """Rounds of a run up to the first line that is damaged: they are only drawn."""
    rounds: list[RoundRecord] = []
    text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    for line in text.splitlines():
        try:
            rounds.append(RoundRecord.parse(line, f"{path}, line {len(rounds) + 1}"))
        except NewerSchemaError:
            raise
        except CheckpointError:
            break
    return tuple(rounds)
