"""Read what an experiment left on disk: its settings, the labels of its splits, its runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from counterpoise.errors import ArgumentError, DataError
from counterpoise.metrics import METRICS, Confusion, Evaluation, require_metric
from counterpoise.npz import open_tables, read_npz
from counterpoise.report.document import Document
from counterpoise.report.runs import CALIBRATION, STATUSES, Experiment, Row, Run, SplitTargets
from counterpoise.report.searches import read_searches


def read_experiment(out: Path) -> Experiment:
    """Read experiment.json.

    Raises:
        DataError: the folder holds no experiment, or its description is damaged.
    """
    path = out / "experiment.json"
    if not path.is_file():
        raise DataError(f"{out} has no experiment.json; name the folder that a comparison wrote")
    data = Document(path)
    if data.number("schema") != 1:
        raise DataError(f"{path}: schema 1 is understood here; got {data.entries['schema']}")
    experiment = Experiment(
        dataset=data.text("dataset"),
        profile=data.text("profile"),
        classes=data.texts("classes"),
        counts=data.wholes("counts"),
        n_test=data.wholes("n_test"),
        n_validation=data.wholes_by_name("n_validation"),
        splits=data.texts("splits"),
        seeds=data.wholes("seeds") or None,
        folds=data.whole_or_none("folds"),
        select=require_metric(data.text("select")),
        methods=data.texts("methods"),
        model=data.text("model", ""),
        updates=data.whole_or_none("updates"),
        rounds=data.whole_or_none("rounds"),
        notes=data.texts("notes"),
        command=data.text("command", ""),
        environment=data.mapping("environment"),
        tuned=data.numbers_by_name("tuned"),
        searches=read_searches(data),
        counts_per_split=data.wholes_by_name("counts_per_split"),
    )
    size = len(experiment.classes)
    for name in ("counts", "n_test"):
        if len(getattr(experiment, name)) != size:
            raise DataError(f"{path}: '{name}' has one entry for each of {size} classes")
    if not experiment.methods or not experiment.splits:
        raise DataError(f"{path}: 'methods' and 'splits' name at least one each")
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
    out: Path, method: str, split: str, targets: SplitTargets | None, num_classes: int
) -> Run:
    """Read one run folder; what is missing or damaged makes the run failed, with the reason."""
    folder = out / "runs" / method / split
    if not (folder / "report.json").is_file():
        return Run(method, split, "failed", method, error="not finished: no report.json")
    data = Document(folder / "report.json")
    run = Run(
        method=method,
        split=split,
        status=data.text("status"),
        title=data.text("title", method),
        error=data.text_or_none("error"),
        converged=None if data.entries.get("converged") is None else data.truth("converged"),
        probabilities=data.truth("probabilities"),
        control=data.truth("control"),
        seconds=data.number("seconds", 0.0),
        updates=data.whole_or_none("updates"),
        learning_rate=data.number_or_none("lr"),
        stages=data.texts("stages"),
        notes=data.texts("notes"),
        identity=data.text_or_none("identity"),
    )
    if run.status not in STATUSES:
        raise DataError(f"{data.path}: 'status' is one of {STATUSES}; got '{run.status}'")
    if run.status != "ok":
        return run
    try:
        test, validation, before = _evaluations(folder, data, targets, num_classes)
    except (ArgumentError, DataError) as fault:
        return replace(run, status="failed", error=f"unusable outputs: {fault}")
    given = data.numbers_by_name("values")
    measured = test.values() if test else {}
    from_scores = test is not None and test.scores is not None
    return replace(
        run,
        test=test,
        validation=validation,
        before=before,
        values_before=(
            before.values(CALIBRATION) if before else data.numbers_by_name("values_before")
        ),
        values={m: measured.get(m) if from_scores else given.get(m) for m in METRICS},
        validation_values=(
            validation.values() if validation else data.numbers_by_name("validation_values")
        ),
        history=_history(folder / "metrics.jsonl"),
        synthetic=read_npz(made) if (made := folder / "resampled.npz").is_file() else None,
    )


def _evaluations(
    folder: Path, data: Document, targets: SplitTargets | None, num_classes: int
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
                arrays[f"{part}_scores"], target, num_classes, arrays.get(f"{part}_probabilities")
            )
            for part, target in sets.items()
            if f"{part}_scores" in arrays
        }
        before = arrays.get("test_before")
        if before is not None:
            found["before"] = Evaluation.from_scores(before, targets.test, num_classes, before)
        return found["test"], found.get("validation"), found.get("before")
    if data.mapping("values"):
        cells = _confusion(data, num_classes)
        return (None if cells is None else Evaluation(cells)), None, None
    raise DataError(f"{folder} has neither outputs.npz nor values")


def _confusion(data: Document, num_classes: int) -> Confusion | None:
    """The matrix of a run from a ledger: whole, or its cells where there are many classes."""
    given = data.entries.get("confusion")
    if not given:
        return None
    try:
        if isinstance(given, dict):
            rows, columns, counts, size = (
                given[name] for name in ("rows", "columns", "counts", "num_classes")
            )
            found = Confusion.from_cells(rows, columns, counts, size)
        else:
            found = Confusion.from_dense(data.table("confusion"))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{data.path}: 'confusion' is damaged ({error})") from None
    if found.num_classes != num_classes:
        raise DataError(
            f"{data.path}: 'confusion' is of {num_classes} classes; got {found.num_classes}"
        )
    return found


def _history(path: Path) -> tuple[Row, ...]:
    """Rounds of a run; a last line that was cut off by a crash is left out."""
    rows: list[Row] = []
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                break
            if isinstance(row, dict):
                rows.append(row)
    return tuple(rows)
